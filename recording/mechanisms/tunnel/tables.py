#!/usr/bin/python3
"""tables.py FOLDER: writes the story's tables: who is who, which names exist, which process makes which series, and when people start something.

Fixed seed; stdlib only. FOLDER/play/HOST has `epoch<TAB>command` (../play.py), FOLDER/timing/HOST what cov3rt is to send.
"""
import random
import sys
from datetime import datetime, timezone
from pathlib import Path

START = datetime(2025, 4, 7, tzinfo=timezone.utc).timestamp()
DAYS = 2
RESOLVERS = ["unbound", "unbound-prefetch", "bind", "knot", "dnsmasq"]
ADDRESS = {"unbound": "192.0.2.1", "unbound-prefetch": "192.0.2.2", "bind": "192.0.2.3", "knot": "192.0.2.4", "dnsmasq": "192.0.2.5"}
SERVER = "203.0.113.100"
IODINE = [
    ("io1", "unbound", "-T NULL", "iodine-null"), ("io2", "bind", "-T TXT", "iodine-txt"), ("io3", "knot", "-T CNAME", "iodine-cname"),
    ("io4", "unbound-prefetch", "-T MX -L 0", "iodine-mx-eager"), ("io5", "dnsmasq", "-T A -L 0", "iodine-a-eager"), ("io6", "bind", "-T SRV", "iodine-srv"),
    ("io7", "knot", "-T PRIVATE", "iodine-private"), ("io8", "unbound", "-T TXT -L 0 -O Base64", "iodine-txt-eager"), ("io9", "dnsmasq", "-T TXT -M 100", "iodine-txt"),
    ("io10", "unbound-prefetch", "-T NULL -I 20 -M 150", "iodine-null"),
]
DNS2TCP = [("dt1", "unbound", "TXT"), ("dt2", "bind", "KEY"), ("dt3", "bind", "TXT"), ("dt4", "dnsmasq", "TXT"), ("dt5", "unbound-prefetch", "KEY")]
PYDNST = [("pd1", "unbound", 300), ("pd2", "bind", 900), ("pd3", "unbound-prefetch", 1800), ("pd4", "dnsmasq", 600)]
DNSM = [("dm1", "unbound"), ("dm2", "unbound-prefetch"), ("dm3", "bind"), ("dm4", "knot"), ("dm5", "dnsmasq")]
MESSENGER = [("me1", "unbound"), ("me2", "bind"), ("me3", "knot"), ("me4", "dnsmasq")]
TUNNELER = [("tu1", "unbound"), ("tu2", "bind"), ("tu3", "unbound-prefetch"), ("tu4", "dnsmasq")]
# seconds of a zero and of a one, characters, TTL
TIMING = [
    ("ct1", "unbound", 1.0, 5.0, 12, 0), ("ct2", "bind", 1.0, 5.0, 40, 1), ("ct3", "knot", 2.0, 6.0, 30, 0), ("ct4", "dnsmasq", 5.0, 15.0, 16, 0),
    ("ct5", "unbound-prefetch", 10.0, 30.0, 40, 5), ("ct6", "bind", 20.0, 60.0, 25, 0), ("ct7", "unbound", 30.0, 90.0, 60, 0), ("ct8", "knot", 60.0, 180.0, 36, 30),
    ("ct9", "dnsmasq", 60.0, 300.0, 24, 30), ("ct10", "unbound", 300.0, 900.0, 30, 60), ("ct11", "bind", 120.0, 360.0, 60, 60), ("ct12", "unbound-prefetch", 600.0, 1800.0, 16, 60),
    ("ct13", "knot", 900.0, 2700.0, 10, 300), ("ct14", "dnsmasq", 30.0, 60.0, 8, 0), ("ct15", "unbound", 3.0, 4.0, 20, 0),
]
SPAM = [("sa1", "unbound", 60), ("sa2", "bind", 30), ("sa3", "knot", 45)]
CDN = [("cd1", "unbound", "wget", 300), ("cd2", "bind", "wget2", 60), ("cd3", "knot", "aria2c", 3600), ("cd4", "dnsmasq", "wget", 30), ("cd5", "unbound-prefetch", "wget", 900)]
FRESH = [("fc1", "unbound", 24, 1800), ("fc2", "bind", 12, 300), ("fc3", "knot", 48, 900)]
LOGS = [("lr1", "unbound", "logresolve", 1800, 3600), ("lr2", "bind", "jdresolve", 3600, 900), ("lr3", "knot", "adnslogres", 1800, 300), ("lr4", "dnsmasq", "logresolve -c", 3600, 300)]
MTR = [("mt1", "unbound", 1800), ("mt2", "bind", 900)]
WORDS = "north harbour ledger quiet copper window marble letter garden signal winter paper river engine velvet anchor meadow lantern copper bridge".split()


def hex_name(rng, octets):
    return rng.getrandbits(8 * octets).to_bytes(octets, "big").hex()


class Tables:
    def __init__(self, folder):
        self.folder, self.hosts, self.names, self.series, self.count = folder, [], [], [], 0
        for part in ("play", "timing"):
            (folder / part).mkdir(parents=True, exist_ok=True)

    def host(self, name, resolver, program):
        self.count += 1
        self.hosts.append((name, f"198.18.{self.count >> 7}.{(self.count & 127) + 1}", resolver, "-", "-", "UTC", "-", program))

    def name(self, *row):
        self.names.append(row)

    def says(self, host, name, mechanism, program="-", notes="-", side="-"):
        self.series.append((host, name, mechanism, program, "-", "-", notes, side))

    def play(self, host, rows):
        (self.folder / "play" / host).write_text("".join(f"{at:.3f}\t{command}\n" for at, command in sorted(rows)))

    def write(self):
        for name, rows in (("hosts", self.hosts), ("names", self.names), ("series", self.series)):
            (self.folder / f"{name}.tsv").write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))


def delegated(tables, zone, number):
    """A zone whose name server is the tunnel's own program, on an address of its own."""
    tables.name(f"t.{zone}", 300, "NS", f"ns.{zone}.")
    tables.name(f"ns.{zone}", 300, "A", f"203.0.113.{number}")


def sessions(rng, count, command):
    """Sessions in the hours of day, far enough from each other."""
    found = []
    for number in range(count):
        day, part = divmod(number * DAYS, count)
        width = 12.5 * DAYS / count
        at = 7.5 + part / count * 12.5 + rng.uniform(0, 0.7 * width)
        found.append((START + day * 86400 + at * 3600, command(rng)))
    return found


def tunnels(tables):
    number, serving = 101, []
    for id_, resolver, options, program in IODINE:
        rng = random.Random(f"7 {id_}")
        tables.host(id_, resolver, program)
        delegated(tables, f"{id_}.example", number)
        net = number - 100
        tables.play(id_, sessions(rng, 4, lambda r: f"bash @HERE@/iodine-session.sh {id_} 10.9.{net}.1 {r.randint(90, 420)} {r.randint(1, 2)} {r.randint(0, 1)} {options}"))
        tables.says(id_, f"^.t.{id_}.example", "tunnel", notes="pings and curl in both directions; sessions by a schedule")
        number += 1
    for id_, resolver, kind in DNS2TCP:
        rng = random.Random(f"7 {id_}")
        tables.host(id_, resolver, f"dns2tcp-{kind.lower()}")
        delegated(tables, f"{id_}.example", number)
        times = sessions(rng, 4, lambda r: f"bash @HERE@/dns2tcp-session.sh {id_} {kind} {r.randint(60, 240)} {r.randint(1, 3)}")
        tables.play(id_, times)
        # the server looks round every half second and reads its standard input, so it runs for a session only
        serving += [(at - 5, f"sleep 900 | timeout 900 dns2tcpd -F -f /run/{id_}.conf") for at, _ in times]
        tables.says(id_, f"^.t.{id_}.example", "tunnel", notes="curl through it; sessions by a schedule")
        number += 1
    tables.play("tserv", serving)
    for id_, resolver in TUNNELER:
        rng = random.Random(f"7 {id_}")
        tables.host(id_, resolver, "tunneler")
        delegated(tables, f"{id_}.example", number)
        tables.play(id_, sessions(rng, 4, lambda r: f"bash @HERE@/tunneler-session.sh {id_} {ADDRESS[resolver]} {r.choice((250, 500, 1000))} {r.randint(1, 3)}"))
        tables.says(id_, f"^.t.{id_}.example", "tunnel", notes="curl through it; sessions by a schedule")
        number += 1
    for id_, resolver, period in PYDNST:
        rng = random.Random(f"7 {id_}")
        tables.host(id_, resolver, "pydnst")
        words = ["uname -a", "ls /usr/share", "id", "df", "head -c 300 /etc/services", "ip addr"]
        tables.play(id_, sessions(rng, 5, lambda r: f"bash @HERE@/pydnst-command.sh {id_} {r.choice(words)}"))
        tables.says(id_, "^.t.pd.example", "tunnel", notes=f"asks for orders every {period} s with data in the name; orders by a schedule")
        tables.says(id_, "^.t.pd.example", "beacon", notes=f"asks for orders every {period} s with data in the name; orders by a schedule")
    tables.name("t.pd.example", 300, "NS", "ns.pd.example.")
    tables.name("ns.pd.example", 300, "A", SERVER)
    for id_, resolver in DNSM:
        rng = random.Random(f"7 {id_}")
        tables.host(id_, resolver, "dnsm")
        tables.name(f"*.k.{id_}.example", 0, "A", "198.19.0.1")
        tables.play(id_, sessions(rng, 6, lambda r: f"head -c {r.randint(2000, 8000)} @TEXT@ | @PYTHON@ -m dnsm._cli -p --zone k.{id_}.example"))
        tables.says(id_, f"^.k.{id_}.example", "tunnel", notes="sends a file's head; when is by a schedule")
    for id_, resolver in MESSENGER:
        rng = random.Random(f"7 {id_}")
        tables.host(id_, resolver, "dns-tunnel-messenger")
        own = resolver != "dnsmasq"
        if own:
            tables.name(f"*.m.{id_}.example", 0, "A", "198.19.0.2")
        else:
            tables.name(f"m.{id_}.example", 300, "NS", f"ns.{id_}.example.")
            tables.name(f"ns.{id_}.example", 300, "A", f"203.0.113.{number}")
        rows = []
        for day in range(DAYS):
            for _ in range(rng.randint(25, 70)):
                words = " ".join(rng.choices(WORDS, k=rng.randint(2, 14)))
                rows.append((START + day * 86400 + rng.uniform(6, 22) * 3600, f'@PYTHON@ -m dns_tunnel_messenger.cli send "{words}" --zone m.{id_}.example --server {ADDRESS[resolver]}'))
        tables.play(id_, rows)
        tables.says(id_, f"^.m.{id_}.example", "tunnel", notes="a message of some words a name; when is by a schedule" + ("" if own else "; the program's own listener never answers"))


def timing(tables):
    for id_, resolver, zero, one, size, ttl in TIMING:
        rng = random.Random(f"7 {id_}")
        tables.host(id_, resolver, "cov3rt-dns-timing")
        tables.name(f"www.{id_}.example", ttl, "A", f"198.19.1.{tables.count & 127}")
        tables.name(f"end.{id_}.example", 300, "A", f"198.19.1.{tables.count & 127}")
        message = ""
        while len(message) < size:
            message += rng.choice(WORDS) + " "
        (tables.folder / "timing" / id_).write_text(f"{START + rng.uniform(600, 7200):.3f}\t{ADDRESS[resolver]}\twww.{id_}.example\tend.{id_}.example\t{zero}\t{one}\t{message[:size]}\n")
        tables.says(id_, f"www.{id_}.example", "timing-channel", notes=f"0 is a gap of {zero:g} s, 1 one of {one:g} s")


def lookalikes(tables):
    for id_, resolver, mails in SPAM:
        rng = random.Random(f"7 {id_}")
        tables.host(id_, resolver, "spamassassin-dnsbl")
        tables.name(f"{id_}.example", (60, 300, 900, 3600)[tables.count % 4], "ZONE", "-")
        for part in ("ip", "mail", "uri"):
            tables.name(f"127.0.0.2.{part}.{id_}.example", 300, "A", "127.0.0.2")
        rows = []
        senders = [f"{rng.choice(WORDS)}{rng.randint(1, 99)}@{rng.choice(WORDS)}{rng.randint(1, 30)}.example" for _ in range(400)]
        for day in range(DAYS):
            for _ in range(mails):
                hour = min(23.9, max(0.1, rng.gauss(13, 4)))
                address = f"198.18.{rng.randint(100, 199)}.{rng.randint(1, 254)}" if rng.random() < 0.7 else f"198.18.120.{rng.randint(1, 12)}"
                rows.append((START + day * 86400 + hour * 3600, f"bash @HERE@/mail.sh {id_} {address} {rng.choice(senders)} {rng.choice(senders)} {rng.choice(WORDS)}{rng.randint(1, 60)}.example"))
        tables.play(id_, rows)
        for part, what in (("ip", "block list of the peer's address"), ("mail", "block list of hashed mail addresses"), ("uri", "block list of domains in the text")):
            tables.says(id_, f"^.{part}.{id_}.example", "sender-verification", notes=f"looks like a tunnel: {what}; mails by a schedule")
    for id_, resolver, program, ttl in CDN:
        rng = random.Random(f"7 {id_}")
        tables.host(id_, resolver, f"{program}-pages")
        tables.name(f"www.{id_}.example", ttl, "A", "198.19.200.1")
        tables.name(f"*.img.{id_}.example", ttl, "A", "198.19.200.2")
        rows = []
        for day in range(DAYS):
            for _ in range(rng.randint(16, 24) if day < 5 else rng.randint(1, 5)):
                at = START + day * 86400 + rng.uniform(7, 17) * 3600
                page = f"http://www.{id_}.example/{rng.choice(WORDS)}/{rng.randint(1, 400)}"
                command = {"wget": f"wget -q -T 20 -t 1 -p -H -P /tmp/{id_} {page}", "wget2": f"wget2 -q --tries=1 -p -H -P /tmp/{id_} {page}", "aria2c": f"bash @HERE@/aria.sh {id_} {page}"}[program]
                rows.append((at, command))
        tables.play(id_, rows)
        tables.says(id_, f"^.img.{id_}.example", "human-use", notes="looks like a tunnel: pictures on hashed host names; pages read by a schedule")
        tables.says(id_, f"www.{id_}.example", "human-use", notes="pages read by a schedule")
    for id_, resolver, checks, ttl in FRESH:
        tables.host(id_, resolver, "freshclam")
        tables.name(f"current.cvd.{id_}.example", ttl, "TXT", '"1.4.6:62:27600:1744000000:1:90:49192:336"')
        tables.name(f"mirror.{id_}.example", ttl, "A", "198.19.200.3")
        tables.says(id_, f"current.cvd.{id_}.example", "scheduled-poll", notes=f"looks like a tunnel's record type: TXT; {checks} checks a day")
    for id_, resolver, command, period, ttl in LOGS:
        rng = random.Random(f"7 {id_}")
        tables.host(id_, resolver, command.split()[0] + ("-c" if "-c" in command else ""))
        net, rows = 150 + tables.count & 255, []
        visitors = rng.sample(range(1, 255), 45)
        lines = []
        for last in visitors:
            name = f"dsl-{hex_name(rng, 3)}.{id_}.example"
            tables.name(f"{last}.{net}.18.198.in-addr.arpa", ttl, "PTR", f"{name}.")
            tables.name(name, ttl, "A", f"198.18.{net}.{last}")
            first = START + rng.uniform(0, DAYS / 2) * 86400
            lines.append((first, f'198.18.{net}.{last} - - [07/Apr/2025:00:00:00 +0000] "GET / HTTP/1.1" 200 44'))
            tables.says(id_, f"{last}.{net}.18.198.in-addr.arpa", "stored-mail-rescan", notes="a web server's log resolved anew again and again")
        tables.play(id_, [(first, f"echo '{line}' >>/tmp/{id_}.log") for first, line in lines])
        phase = rng.randint(0, 900)
        (tables.folder / "timing" / f"{id_}.log").write_text(f"{START + phase}\t{period}\t{command}\n")
    for id_, resolver, period in MTR:
        tables.host(id_, resolver, "mtr")
        for k in range(4):
            number = 10 * tables.count % 250 + k
            tables.name(f"{number}.77.19.198.in-addr.arpa", 3600, "PTR", f"core{k}.{id_}.example.")
            tables.name(f"core{k}.{id_}.example", 3600, "A", f"198.19.77.{number}")
            tables.says(id_, f"{number}.77.19.198.in-addr.arpa", "scheduled-poll", notes=f"mtr -r to the address every {period} s")
        tables.says(id_, "1.1.254.169.in-addr.arpa", "scheduled-poll", notes=f"the router's address on the way, every {period} s", side="client")
        rows = [(START + 60 + at, f"mtr -r -c 1 198.19.77.{10 * tables.count % 250 + k}") for at in range(0, DAYS * 86400, period) for k in range(4)]
        tables.play(id_, rows)


def main(folder):
    tables = Tables(folder)
    tables.hosts.append(("tserv", SERVER, "127.0.0.1", "-", "-", "UTC", "-", "-"))
    tables.hosts.append(("pages", "203.0.113.82", "127.0.0.1", "-", "-", "UTC", "-", "-"))
    tunnels(tables)
    timing(tables)
    lookalikes(tables)
    tables.write()


main(Path(sys.argv[1]))
