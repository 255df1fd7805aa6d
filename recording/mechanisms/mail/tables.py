#!/usr/bin/python3
"""tables.py PART FOLDER: writes into FOLDER the tables of one mail story (verify, auth, retry, rescan) from instances.tsv beside this script.

hosts.tsv, names.tsv and series.tsv are those of ../world.sh. Besides: sends.tsv (who connects to which receiver when), mails.tsv and
outages.tsv (what senders' queues get, which destinations are down when), and folders with old logs and old mail. Everything comes from
one fixed seed but the DKIM key, which is made anew.
"""
import random
import subprocess
import sys
from collections import namedtuple
from datetime import datetime, timezone
from pathlib import Path

Instance = namedtuple("Instance", "part id number address fqdn resolver packages program mechanism peers what")
START = int(datetime(2025, 4, 7, tzinfo=timezone.utc).timestamp())
# of the story, as story.sh has it
DAYS = {"retry": 5, "rescan": 4}.get(sys.argv[1], 7)
END = START + DAYS * 86400
TTLS = [30, 60, 300, 900, 3600, 86400]
FIRST = "amber brisk cedar dusty early faint grand hollow ivory jolly keen lunar mellow noble olive plain quiet royal sandy tidy upper vivid warm young zesty bold calm deep fair gold high iron lost main near open pale rare slow true".split()
SECOND = "anchor bakery canvas depot easel forge garage hamlet inlet jewel kettle ladder market needle outlet parcel quiver ribbon saddle ticket umbrella valley wagon yarrow zipper bridge candle drawer engine fabric ginger handle island jacket kitchen letter mirror napkin oven pencil".split()
HOSTS = ["mail", "mail1", "mail2", "out", "out1", "smtp", "smtp2", "mta3", "relay", "post", "srv7", "vps12", "news", "web1"]
# who else asks for a receiver's correspondents, and of what kind: the mechanism and program of lookups that the instance's program does not make
OWN_CHECK = {"rspamd": "rspamd", "exim-spf": "exim", "haraka-dkim": "haraka", "qpsmtpd-spf-dkim": "qpsmtpd", "opendkim+opendmarc": "sendmail"}


# Haraka wakes once a second, which costs much in virtual time: it works for the first days only
SHORT, SHORT_DAYS = ("haraka", "haraka-dkim"), {"verify": 2, "auth": 1, "retry": 1}.get(sys.argv[1])


def instances(part):
    rows = [line.split("\t") for line in (Path(__file__).parent / "instances.tsv").read_text().splitlines() if line and line[0] != "#"]
    return [one for one in (Instance(*row) for row in rows) if one.part == part]


def office_time(rng, day):
    return START + day * 86400 + int(rng.triangular(7.5, 18.0, 10.5) * 3600)


def day_hour(rng):
    while True:
        hour = rng.uniform(0, 24)
        if rng.random() < (1.0 if 7 <= hour < 22 else 0.3):
            return hour


def weekday(rng):
    while True:
        day = rng.randrange(DAYS)
        if day % 7 < 5:
            return day


def demand(rng, kind, n):
    """n times of connections in the manner of one kind of sender."""
    times = []
    newsletter_hour, newsletter_days = rng.uniform(5, 20), sorted(rng.sample(range(DAYS), 6))
    turn = 0
    while len(times) < n:
        if kind == "campaign":
            at, size, gap = office_time(rng, weekday(rng)), rng.randint(4, 22), rng.choice([3, 12, 40, 90])
        elif kind == "newsletter":
            at, size, gap = START + newsletter_days[turn % 6] * 86400 + int((newsletter_hour + rng.uniform(0, 0.2)) * 3600), max(2, n // 6), rng.choice([2, 20, 120])
        elif kind == "spam":
            at, size, gap = START + rng.randrange(DAYS * 86400), rng.randint(2, 16), rng.choice([2, 8, 60, 300])
        elif kind == "office":
            at, size, gap = office_time(rng, weekday(rng)), 1, 1
        else:
            at, size, gap = START + int((rng.randrange(DAYS) * 24 + day_hour(rng)) * 3600), 1, 1
        turn += 1
        for _ in range(min(size, n - len(times))):
            times.append(at)
            at += 1 + int(rng.expovariate(1 / gap))
    return sorted(min(at, END - 600) for at in times)


class Story:
    def __init__(self, part, folder):
        self.part, self.folder, self.rng = part, folder, random.Random(f"mail-{part}")
        self.names, self.series, self.sends, self.mails, self.outages = [], [], [], [], []
        words = [f"{a}-{b}.example" for a in FIRST for b in SECOND]
        random.Random("tenants").shuffle(words)
        offset = {"verify": 0, "auth": 400, "retry": 800, "rescan": 1200}[part]
        self.tenants = iter(words[offset : offset + 400])
        self.key = None

    def name(self, name, ttl, kind, data):
        self.names.append((name, ttl, kind, data))

    def label(self, one, name, mechanism=None, program=None, notes="-"):
        self.series.append((one.id, name, mechanism or one.mechanism, program or one.program, "-", "-", notes))

    def public_key(self):
        if not self.key:
            self.key = self.folder / "dkim.key"
            subprocess.run(["openssl", "genrsa", "-traditional", "-out", str(self.key), "1024"], check=True, capture_output=True)
            pem = subprocess.run(["openssl", "rsa", "-in", str(self.key), "-pubout"], check=True, capture_output=True, text=True).stdout
            self.public = "".join(line for line in pem.splitlines() if "-" not in line)
        return self.public

    def receiver(self, one):
        domain = one.fqdn.split(".", 1)[1]
        self.name(one.fqdn, 3600, "A", one.address)
        self.name(domain, 3600, "MX", f"10 {one.fqdn}.")
        self.name(f"{one.address.split('.')[3]}.2.0.192.in-addr.arpa", 86400, "PTR", one.fqdn + ".")
        return domain

    # a sender of the parts verify and auth: its zone, its address, when it connects
    def sender(self, one, number, domain_of_receiver):
        rng, tenant, turn = self.rng, next(self.tenants), int(one.number)
        address = f"198.18.{one.number}.{number + 10}"
        reverse = f"{number + 10}.{one.number}.18.198.in-addr.arpa"
        a_ttl = TTLS[(3 * number + turn) % 6]
        ptr_ttl, ttl = rng.choice([60, 300, 3600, 3600, 86400]), rng.choice(TTLS)
        host, helo, mx = f"{rng.choice(HOSTS)}.{tenant}", None, f"mx.{tenant}"
        self.name(tenant, rng.choice([60, 300, 900, 3600]), "ZONE", "-")
        if self.part == "auth":
            helo = f"helo.{tenant}"
        elif number == 0 and turn % 2:
            helo = f"box.{tenant}"
        elif number == 0 and turn % 6 == 2:
            helo = f"localdomain.{tenant}"
        stale = number == 1 and turn % 4 == 1
        if stale:
            how = "the PTR's name has no address any more"
        else:
            how = "-"
            self.name(host, a_ttl, "A", f"198.19.{one.number}.{number + 10}" if number == 1 and turn % 4 == 2 else address)
        if number != 1 or turn % 4 != 3:
            self.name(reverse, ptr_ttl, "PTR", host + ".")
        if helo and "localdomain" not in helo:
            self.name(helo, ttl, "A", address)
        self.name(tenant, ttl, "MX", f"10 {mx}.")
        self.name(mx, rng.choice(TTLS), "A", f"198.19.{one.number}.{number + 100}")
        roles = {"host": host, "reverse": reverse, "domain": tenant, "mx": mx, "helo": helo, "how": how}
        selector = self.authentication(tenant, address, helo, number + turn, ttl) if self.part == "auth" else "-"
        kind = ["campaign", "transactional", "newsletter", "spam", "office"][(2 * number + turn) % 5]
        n = rng.choice([40, 102, 103, 105, 108])
        for at in demand(rng, kind, n):
            if one.program in SHORT:
                at = START + (at - START) * SHORT_DAYS // DAYS
            # many connections end before a mail is handed over: an unknown recipient, a list that was bought
            data = 1 if self.part == "auth" or rng.random() < 0.15 else 0
            self.sends.append((at, address, one.address, helo or host, f"news@{tenant}", f"office@{domain_of_receiver}", data, selector))
        return roles

    def authentication(self, tenant, address, helo, number, ttl):
        forms = [f"v=spf1 ip4:{address} -all", f"v=spf1 include:_spf.{tenant} ~all", "v=spf1 a mx ~all", f"v=spf1 redirect=_spf.{tenant}", None, f"v=spf1 mx ip4:{address} -all"]
        spf = forms[number % 6]
        if spf:
            self.name(tenant, ttl, "TXT", f'"{spf}"')
        if spf and "_spf" in spf:
            self.name(f"_spf.{tenant}", self.rng.choice(TTLS), "TXT", f'"v=spf1 ip4:{address} -all"')
        if number % 2:
            self.name(helo, ttl, "TXT", f'"v=spf1 ip4:{address} -all"')
        self.name(tenant, ttl, "A", f"198.19.200.{number + 10}")
        if number % 3 != 2:
            self.name(f"_dmarc.{tenant}", self.rng.choice(TTLS), "TXT", '"v=DMARC1; p=quarantine"')
        if number % 8 == 7:
            return "-"
        selector = self.rng.choice(["s1", "k2025", "default", "mail"])
        self.dkim_record(selector, tenant)
        return selector

    def dkim_record(self, selector, tenant):
        self.name(f"{selector}._domainkey.{tenant}", self.rng.choice(TTLS), "TXT", f'"v=DKIM1; k=rsa; p={self.public_key()}"')

    def verify(self, one):
        domain = self.receiver(one)
        if one.program in ("sendmail", "courier"):
            self.own_names(one, domain)
        for number in range(int(one.peers)):
            roles = self.sender(one, number, domain)
            for role in ("reverse", "host", "helo", "domain", "mx"):
                if roles[role]:
                    self.label(one, roles[role], notes=roles["how"])
            if roles["how"] != "-":
                self.label(one, f"{roles['host']}.{domain}", "search-suffix-leak", notes="the resolver library tries the search suffix after NXDOMAIN; beneath it is sender verification")

    def own_names(self, one, domain, program=None):
        for name in (f"{one.address.split('.')[3]}.2.0.192.in-addr.arpa", one.fqdn, domain):
            self.label(one, name, "sender-verification", program, "the receiver's own address and names, asked with every connection or recipient")

    def auth(self, one):
        domain = self.receiver(one)
        if OWN_CHECK.get(one.program) == "sendmail":
            self.own_names(one, domain, "sendmail")
        for number in range(int(one.peers)):
            roles = self.sender(one, number, domain)
            tenant, selector = roles["domain"], self.sends[-1][7]
            for role in ("helo", "domain", "mx"):
                self.label(one, roles[role])
            for prefix in ("_spf", "_dmarc", "_adsp._domainkey", "_domainkey", "_policy._domainkey", f"{selector}._domainkey"):
                if not prefix.startswith("-"):
                    self.label(one, f"{prefix}.{tenant}")
            if one.program == "pyspf-milter":
                address = f"[198.18.{one.number}.{number + 10}]"
                self.label(one, address, notes="Postfix names an unknown client so to the milter, which takes it for a HELO name")
                self.label(one, f"{address}.{domain}", "search-suffix-leak", notes="the resolver library tries the search suffix after NXDOMAIN; beneath it is mail authentication")
            if one.program in OWN_CHECK:
                for role in ("reverse", "host"):
                    self.label(one, roles[role], "sender-verification", OWN_CHECK[one.program])
                if roles["how"] != "-":
                    self.label(one, f"{roles['host']}.{domain}", "search-suffix-leak", OWN_CHECK[one.program], "the resolver library tries the search suffix after NXDOMAIN; beneath it is sender verification")
                if OWN_CHECK[one.program] == "sendmail":
                    for role in ("domain", "mx", "helo"):
                        self.label(one, roles[role], "sender-verification", "sendmail", "MIXTURE: sendmail checks that the domain of MAIL FROM can take mail, the milters check SPF and DMARC")

    def retry(self, one):
        rng = self.rng
        domain = self.receiver(one)
        if one.program in ("sendmail", "haraka"):
            self.label(one, f"{one.address.split('.')[3]}.2.0.192.in-addr.arpa", notes="the sender's own address, asked with every try")
            self.label(one, one.fqdn, notes="the sender's own name, asked with every try")
        for number in range(int(one.peers)):
            tenant = next(self.tenants)
            address = f"198.18.{one.number}.{number + 10}"
            ttl, mx_ttl = TTLS[(number + int(one.number)) % 6], rng.choice(TTLS)
            self.name(tenant, rng.choice([60, 300, 900, 3600]), "ZONE", "-")
            mx = f"{rng.choice(['mx', 'mx1', 'in', 'mail'])}.{tenant}"
            self.name(mx, ttl, "A", address)
            self.label(one, mx)
            if one.program == "opensmtpd":
                for last in (number + 10, number + 110):
                    self.label(one, f"{last}.{one.number}.18.198.in-addr.arpa", notes="OpenSMTPD asks for the name of the server that it connects to")
            leak = "the program asks for an AAAA that is not there and tries the search suffix; beneath it is a retried delivery"
            if one.program == "sendmail":
                self.label(one, f"{mx}.{domain}", "search-suffix-leak", notes=leak)
            if one.program not in ("nullmailer", "msmtp-queue"):
                self.name(tenant, mx_ttl, "MX", f"10 {mx}.")
                self.label(one, tenant)
                self.label(one, f"_mta-sts.{tenant}")
                if number % 4 == 3:
                    second = f"backup.{tenant}"
                    self.name(tenant, mx_ttl, "MX", f"20 {second}.")
                    self.name(second, mx_ttl, "A", f"198.18.{one.number}.{number + 110}")
                    self.outages.append((f"198.18.{one.number}.{number + 110}", START, END, "refuse"))
                    self.label(one, second)
                    if one.program == "sendmail":
                        self.label(one, f"{second}.{domain}", "search-suffix-leak", notes=leak)
            at = START + rng.uniform(0, 0.1 if one.program in SHORT else 0.8) * 86400
            end = START + SHORT_DAYS * 86400 if one.program in SHORT else END
            while at < end - 7200:
                hours = rng.choice([3, 8, 20, 30, 50, 90] if one.program not in SHORT else [5, 12])
                if one.program == "sendmail" or one.program == "nullmailer":
                    hours = min(hours, 20)
                mode = rng.choice(["refuse", "450", "450", "421"])
                to = min(at + hours * 3600 * rng.uniform(0.7, 1.3), end)
                self.outages.append((address, int(at), int(to), mode))
                for _ in range(rng.choice([1, 1, 2, 3])):
                    self.mails.append((int(rng.uniform(at, (at + to) / 2)), one.id, f"desk@{one.fqdn}", f"office@{tenant}" if mx != tenant else tenant, mx))
                at = to + rng.uniform(0.2, 1.0) * 86400

    def rescan(self, one):
        home = self.folder / one.id
        home.mkdir()
        self.receiver(one)
        if one.program in ("spamassassin", "rspamd", "dkimverify", "opendkim", "opendkim-testmsg", "dkimproxy-verify"):
            self.stored_mail(one, home)
        else:
            self.old_logs(one, home)

    def old_logs(self, one, home):
        rng = self.rng
        zone = next(self.tenants)
        self.name(zone, 900, "ZONE", "-")
        logs = {vhost: [] for vhost in ("www", "shop", "blog", "api", "img", "old")}
        for number in range(int(one.peers)):
            address, reverse = f"198.18.{one.number}.{number + 10}", f"{number + 10}.{one.number}.18.198.in-addr.arpa"
            host = f"{rng.choice(['pool', 'dsl', 'host', 'cust', 'crawl'])}-{number + 10}.{zone}"
            if number % 7 != 6:
                self.name(reverse, TTLS[number % 6], "PTR", host + ".")
                self.name(host, TTLS[(number + 3) % 6], "A", address)
            self.label(one, reverse)
            self.label(one, host)
            for vhost in rng.sample(list(logs), 1 + number % 6):
                for _ in range(rng.randint(1, 12)):
                    at = START - rng.randrange(86400, 30 * 86400)
                    when = datetime.fromtimestamp(at, timezone.utc).strftime("%d/%b/%Y:%H:%M:%S +0000")
                    logs[vhost].append((at, f'{address} - - [{when}] "GET /{rng.randrange(400)}.html HTTP/1.1" 200 {rng.randrange(300, 90000)} "-" "Mozilla/5.0"\n'))
        (home / "everything").write_text("".join(line for _, line in sorted(row for rows in logs.values() for row in rows)))
        for vhost, rows in logs.items():
            (home / f"{vhost}.log").write_text("".join(line for _, line in sorted(rows)))

    def stored_mail(self, one, home):
        import dkim
        rng, box = self.rng, []
        domain = one.fqdn.split(".", 1)[1]
        for number in range(int(one.peers)):
            tenant, address = next(self.tenants), f"198.18.{one.number}.{number + 10}"
            host, ttl, reverse = f"out.{tenant}", TTLS[number % 6], f"{number + 10}.{one.number}.18.198.in-addr.arpa"
            self.name(tenant, rng.choice([60, 300, 900, 3600]), "ZONE", "-")
            self.name(reverse, 3600, "PTR", host + ".")
            self.name(host, ttl, "A", address)
            self.name(tenant, ttl, "MX", f"10 {host}.")
            self.name(tenant, rng.choice(TTLS), "TXT", f'"v=spf1 ip4:{address} -all"')
            self.name(f"_dmarc.{tenant}", rng.choice(TTLS), "TXT", '"v=DMARC1; p=none"')
            self.dkim_record("s1", tenant)
            for name in (reverse, host, tenant, f"_dmarc.{tenant}", f"s1._domainkey.{tenant}", f"_adsp._domainkey.{tenant}", f"_domainkey.{tenant}", f"_policy._domainkey.{tenant}"):
                self.label(one, name)
            for copy in range(1 + (3 * number + 2) % 8):
                at = datetime.fromtimestamp(START - rng.randrange(86400, 60 * 86400), timezone.utc)
                when = at.strftime("%a, %d %b %Y %H:%M:%S +0000")
                text = (f"From: News <news@{tenant}>\r\nTo: <office@{domain}>\r\nSubject: Letter {copy + 1}\r\nDate: {when}\r\n"
                        f"Message-ID: <{copy}.{number}@{tenant}>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nWords of a letter without meaning.\r\n").encode()
                signed = dkim.sign(text, b"s1", tenant.encode(), self.key.read_bytes(), include_headers=[b"from", b"to", b"subject", b"date"])
                received = f"Received: from {host} ({host} [{address}])\r\n\tby {one.fqdn} (Postfix) with ESMTP id {rng.randrange(16**10):010X}\r\n\tfor <office@{domain}>; {when}\r\n"
                head = f"Return-Path: <news@{tenant}>\r\nDelivered-To: office@{domain}\r\n{received}"
                message = (head.encode() + signed + text).replace(b"\r\n", b"\n")
                box.append(message)
                (home / f"{number:02d}-{copy}.eml").write_bytes(message)
        (home / "mbox").write_bytes(b"".join(b"From news Mon Apr  7 00:00:00 2025\n" + message + b"\n" for message in box))

    def write(self):
        hosts = [(one.id, one.address, one.resolver, one.fqdn, one.fqdn.split(".", 1)[1], "UTC", one.packages, one.program) for one in instances(self.part)]
        helpers = {"verify": "senders", "auth": "senders", "retry": "sinks"}
        if self.part in helpers:
            hosts.append((helpers[self.part], "203.0.113.200", "unbound", f"{helpers[self.part]}.servers.example", "-", "UTC", "-", "-"))
        for file, rows in (("hosts", hosts), ("names", self.names), ("series", self.series), ("sends", sorted(self.sends)), ("mails", sorted(self.mails)), ("outages", self.outages)):
            (self.folder / f"{file}.tsv").write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))


def main(part, folder):
    story = Story(part, folder)
    for one in instances(part):
        getattr(story, part)(one)
    story.write()


main(sys.argv[1], Path(sys.argv[2]))
