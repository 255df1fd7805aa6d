#!/usr/bin/python3
"""tables.py DIR: the tables of the story watchers: monitors and fetchers of mail, programs that look up PTR by the clock, caches of the
client's own, names in firewalls, names that become known.

A poll's TTL is not longer than its period (the authoritative side sees it), or at least ten times as long (a cache refresh there).
"""
import math
import random
import sys
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from plan import DAY, RESOLVERS, Plan

FOLDER = Path(sys.argv[1])


class Turns(Plan):
    """Each program goes through the resolvers in turn, from one of its own."""

    turns = {}

    def host(self, program, search="-", packages="-", resolver=None):
        first, before = self.turns.setdefault(program, [len(self.turns), 0])
        self.turns[program][1] += 1
        return super().host(program, search, packages, resolver or RESOLVERS[(first + before) % 5])


P = Turns("watchers", 20250409, days=5, block=16)
HOUR = 3600
START = datetime(2025, 4, 7, tzinfo=timezone.utc).timestamp()
SPECS = {60: "* * * * *", 300: "*/5 * * * *", 600: "*/10 * * * *", 900: "4-59/15 * * * *", 1200: "*/20 * * * *", 1800: "13,43 * * * *", 3600: "27 * * * *", 7200: "8 */2 * * *"}
# period, acts, TTL
TIMES = [(300, 33, 60), (900, 60, 300), (600, 20, 60), (1800, 31, 900), (300, 70, 3600), (1200, 35, 900), (3600, 38, 3600), (600, 80, 86400), (7200, 16, 300), (900, 32, 900), (60, 56, 60), (300, 44, 300)]
turns = {}


def times(program):
    """The next of these for this program, which begins at one of its own."""
    first, before = turns.setdefault(program, [len(turns), 0])
    turns[program][1] += 1
    return TIMES[(first * 7 + before * 5) % len(TIMES)]


def pointer_of(address):
    return ".".join(reversed(address.split("."))) + ".in-addr.arpa"


def seen(period, ttl):
    return "cache-refresh" if ttl >= 10 * period else None


def cron(program, command, acts=None, **more):
    period, count, ttl = times(program)
    count = min(count, acts or count)
    return P.add(program, "scheduled-poll", "cron", period * count, ttl, f"{SPECS[period]} {command} >/dev/null 2>&1", notes=f"every {period} s by crond", auth=seen(period, ttl), **more)


def own(program, kind, *args, acts=None, least=60, **more):
    """A program with an interval of its own."""
    period, count, ttl = times(program)
    while period < least:
        period, count, ttl = times(program)
    count = min(count, acts or count)
    return P.add(program, "scheduled-poll", kind, period * count, ttl, "NAME", period, *args, notes=f"every {period} s by its own clock", auth=seen(period, ttl), **more)


# 1. Monitors of mail servers, and programs that fetch mail
plugins = "/usr/lib/nagios/plugins"
for n in range(4):
    cron("check-smtp-cron", f"{plugins}/check_smtp -H NAME -t 20")
    cron("check-imap-cron", f"{plugins}/check_imap -H NAME -t 20")
    cron("check-pop-cron", f"{plugins}/check_pop -H NAME -t 20")
    host, fqdn = cron("mpop-cron", "mpop --file=/dev/null --host=NAME --user=u --passwordeval='echo p' --tls=off --auth=user --deliver=mbox,/dev/null --uidls-file=/tmp/NAME.uidls", acts=80)
    P.label(host, pointer_of(next(row[3] for row in P.names if row[0] == fqdn and row[2] == "A")), "scheduled-poll", "by crond; the server's own name, which no zone has", "client")
    own("monit-mail", "monit_mail", ("smtp", "imap", "pop", "smtp")[n])
    own("blackbox-exporter-tcp", "blackbox_tcp", (25, 143, 110, 25)[n], acts=60)
    own("imapfilter", "imapfilter", acts=80)
    period, count, ttl = times("getmail-cron")
    P.add("getmail-cron", "scheduled-poll", "getmail", period * min(count, 36), ttl, "NAME", SPECS[period], ("POP3", "IMAP")[n % 2], notes=f"every {period} s by crond", auth=seen(period, ttl))
    period, count, ttl = times("mbsync-cron")
    P.add("mbsync-cron", "scheduled-poll", "mbsync", period * min(count, 60), ttl, "NAME", SPECS[period], notes=f"every {period} s by crond", auth=seen(period, ttl))
    period, count, ttl = times("fdm-cron")
    P.add("fdm-cron", "scheduled-poll", "fdm", period * min(count, 80), ttl, "NAME", SPECS[period], notes=f"every {period} s by crond", auth=seen(period, ttl))
    own("offlineimap", "offlineimap", acts=60, least=300)
    # swaks: a server by its name, or the MX of a domain and then its name
    if n % 2:
        cron("swaks-cron", "swaks --server NAME --to u@box.invalid --from m@box.invalid --quit-after HELO --timeout 20s", acts=50)
    else:
        period, count, ttl = times("swaks-cron")
        host, fqdn = P.add("swaks-cron", "scheduled-poll", "cron", period * min(count, 50), ttl, f"{SPECS[period]} swaks --to u@NAME --from m@box.invalid --quit-after HELO --timeout 20s >/dev/null 2>&1",
                           notes=f"every {period} s by crond; asks MX first", auth=seen(period, ttl), aaaa=False)
        P.names[-1] = (fqdn, ttl, "MX", f"10 mx.{fqdn}.")
        P.name(f"mx.{fqdn}", ttl)
        P.label(host, f"mx.{fqdn}", "scheduled-poll", f"every {period} s by crond; the host that the MX names", "client")
        P.label(host, f"mx.{fqdn}", seen(period, ttl) or "scheduled-poll", f"every {period} s by crond; the host that the MX names", "auth")
for _ in range(2):
    period, count, ttl = times("check-smtp-sleep")
    P.add("check-smtp-sleep", "scheduled-poll", "loop", period * count, ttl, period, f"{plugins}/check_smtp -H NAME -t 20", notes=f"every {period} s; the pause counts from the end", auth=seen(period, ttl))

# 2. PTR by the clock: an address of its own, whose PTR is looked up
ROUTER = "254.255.18.198.in-addr.arpa"
P.names.append((ROUTER, 3600, "PTR", "gateway.watchers.example."))


def reverse(program, command, hops=False, forward=False, kind="cron", acts=None, before=None):
    """command holds ADDRESS, or NAME where the program is given a name; before: what the host holds for the whole time (another kind of run)."""
    period, count, ttl = times(program)
    count = min(count, acts or count)
    note = f"every {period} s by crond"
    if kind == "cron":
        args = (f"{SPECS[period]} {command} >/dev/null 2>&1",)
    else:
        args, note = (period, command), f"every {period} s; the pause counts from the end"
    start, seconds = P.start(period * count)
    host = P.host(program)
    fqdn = f"{host}.watchers.example"
    P.name(fqdn, ttl)
    address = P.names[-1][3]
    pointer = pointer_of(address)
    P.names.append((pointer, ttl, "PTR", f"{fqdn}."))
    args = tuple(str(word).replace("NAME", fqdn).replace("ADDRESS", address) for word in args)
    if before:
        P.plan.append((host, before, max(start - 5, 0), seconds, address))
    P.plan.append((host, kind, start, seconds, *args))
    for name in [pointer] + [fqdn] * forward:
        P.label(host, name, "scheduled-poll", note, "client")
        P.label(host, name, seen(period, ttl) or "scheduled-poll", note, "auth")
    if before == "held":
        P.label(host, pointer_of(P.hosts[-1][1]), "scheduled-poll", note + "; the host's own address, which no zone has", "client")
    if hops:
        P.label(host, ROUTER, "scheduled-poll", note + "; the router on the way", "client")


for n in range(4):
    reverse("traceroute-cron", "traceroute -q 1 ADDRESS" if n % 2 else "traceroute -I -q 2 NAME", hops=True, forward=not n % 2)
    reverse("mtr-cron", "mtr -r -c 2 ADDRESS" if n % 2 else "mtr -r -c 1 NAME", hops=True, forward=not n % 2)
    reverse("ping-cron", f"ping -c {1 + n % 2} NAME", forward=True)
    reverse("nmap-cron", "nmap -sn ADDRESS", acts=60)
    reverse("fping-reverse-cron", "fping -d -c 1 ADDRESS")
    reverse("tcptraceroute-cron", "tcptraceroute -q 1 ADDRESS 80", hops=True)
    reverse("tracepath-cron", "tracepath -b ADDRESS", hops=True, acts=70)
    reverse("iptables-list-cron", "iptables -L INPUT", before="wall")
    reverse("netstat-cron", "netstat -t", before="held")
    reverse("ss-cron", "ss -tr", before="held")
    reverse("inetutils-traceroute-cron", "inetutils-traceroute --resolve-hostnames -q 1 ADDRESS", hops=True)
for n in range(2):
    reverse("traceroute-sleep", "traceroute -q 1 ADDRESS", hops=True, kind="loop")


# 3. Caches of the client's own, asked steadily
REFRESHES = [40, 24, 44, 15, 70]


def cache(program, kind, ttl, *args, lifetime=None, per=5, most=110, **more):
    """lifetime: how long the cache keeps a name, where that is not the TTL."""
    kept = lifetime or ttl
    count = min(REFRESHES[P.count % 5], most)
    gap = kept / per
    note = f"asked every {gap:g} s by a local client (mean of exponential pauses)" + (f"; keeps a name for {lifetime} s, whatever the TTL" if lifetime else "")
    # a cache that keeps a name for less than the TTL is a poll in front of the resolver's cache
    P.add(program, "cache-refresh", kind, kept * count, ttl, "NAME", gap, *args, notes=note, **more)


for ttl in (60, 300, 900, 3600):
    cache("knot-forwarder", "kresd", ttl)
    cache("pdns-recursor-forwarder", "pdns", min(ttl, 600), most=34 if ttl < 900 else 18)
    cache("cacheable-lookup", "node", ttl, "cacheable-lookup", 0)
    cache("dnspython-cache", "cached", ttl, ("dnspython", "dnspython-lru")[ttl in (300, 3600)], 0, aaaa=False)
    cache("lookup-dns-cache", "node", ttl, "lookup-dns-cache", 0)
for ttl in (60, 300, 900, 60):
    cache("dnsdist", "dnsdist", ttl, most=34)
    cache("systemd-resolved", "resolved", ttl, packages="resolved")
for ttl, lifetime in ((60, 60), (30, 120), (60, 300), (300, 600)):
    cache("aiohttp", "cached", ttl, "aiohttp", lifetime, lifetime=lifetime)
    cache("npm-dnscache", "node", ttl, "dnscache", lifetime, lifetime=lifetime)
    cache("dnsmasq-min-ttl", "dnsmasq", ttl, f"--min-cache-ttl={lifetime}", lifetime=lifetime)
for ttl, lifetime in ((60, 60), (30, 60), (60, 300), (30, 180)):
    cache("pycurl", "cached", ttl, "pycurl", lifetime, lifetime=lifetime)
for ttl, lifetime in ((30, 30), (20, 30), (60, 300), (60, 120)):
    cache("java-inetaddress", "java", ttl, lifetime, lifetime=lifetime, most=56)
for ttl in (60, 300, 60, 120):
    cache("trafficserver", "ats", ttl, most=24)
# relays without a cache of their own: the resolver's cache is what asks the authoritative server
for ttl in (300, 900, 60):
    host, fqdn = P.add("tinyproxy", "cache-refresh", "tinyproxy", ttl * 40, ttl, "NAME", ttl / 7, label=False)
    P.label(host, fqdn, "cache-refresh", f"a proxy without a cache, asked every {ttl / 7:.0f} s (mean of exponential pauses)", "auth")


# 4. Names in firewalls
def object_(program, kind, period, acts, ttl):
    P.add(program, "firewall-object", kind, period * acts, ttl, "NAME", SPECS[period], notes=f"resolves the name anew every {period} s for a rule")


for period, acts, ttl in ((300, 56, 60), (900, 104, 300), (3600, 50, 900), (600, 80, 600)):
    object_("iptables-restore-cron", "restore", period, acts, ttl)
    object_("nft-set-cron", "nft_set", period, acts, ttl)
for period, acts, ttl in ((900, 60, 60), (1800, 50, 900), (3600, 40, 300), (900, 80, 900)):
    P.add("arno-iptables-firewall", "firewall-object", "arno", period * acts, ttl, "NAME", SPECS[period], notes=f"resolves the name anew every {period} s for a rule", packages="own", aaaa=False)

# 5. Names that become known. id, hour of the story, exponent, hours, TTL, visitors behind each resolver, behind one address of each, clients
EVENTS = [
    ("wp1", 20.4, 1.0, 4, 60, (24, 18, 16, 22, 17), (30, 0, 0, 0, 24), "lwp-crowd", ["lwp-request -m GET -t 20 {u}"]),
    ("wp2", 51.7, 1.2, 8, 300, (22, 16, 24, 17, 19), (0, 30, 0, 20, 0), "requests-crowd", ['python3 -c "import requests; requests.get(\'{u}\', timeout=20)"']),
    ("wp3", 77.2, 0.9, 2, 30, (17, 22, 16, 18, 24), (0, 0, 34, 0, 0), "node-fetch-crowd", ['node -e "fetch(\'{u}\').then((page) => page.text())"']),
    ("wp4", 93.9, 1.0, 6, 900, (18, 16, 20, 16, 16), (24, 0, 0, 20, 0), "scripts-crowd", ["http --ignore-stdin --timeout=20 -b {u}", "w3m -dump {u}", "lwp-request -m GET -t 20 {u}", 'python3 -c "import requests; requests.get(\'{u}\', timeout=20)"']),
]


def falling(rng, start, count, half, exponent, end):
    """`count` instants between `start` and `end` at a rate that falls as (1 + t/half)^-exponent."""
    found, span = [], end - start
    near = min(span, 4 * half)
    while len(found) < count:
        after = rng.random() * (near if rng.random() < 0.5 else span)
        density = 0.5 + (0.5 * span / near if after < near else 0.0)
        if rng.random() < (1 + after / half) ** -exponent / density:
            found.append(start + after)
    return sorted(found)


rows = {}
for k, resolver in enumerate(RESOLVERS):
    P.hosts.append((f"crowd-{k}", f"198.18.{64 + 8 * k}.0", resolver, "-", "-", "UTC", "-", "scripts-crowd"))
    P.hosts.append((f"nat-{k}", f"198.18.5.{k + 1}", resolver, "-", "-", "UTC", "-", "scripts-crowd"))
    rows |= {f"crowd-{k}": [], f"nat-{k}": []}
used = [0] * len(RESOLVERS)
for number, (id_, hour, exponent, hours, ttl, free, behind, program, commands) in enumerate(EVENTS):
    rng = random.Random(f"8 {id_}")
    fqdn = f"www.{id_}.example"
    known, end = START + hour * HOUR, START + P.days * DAY - 600
    when = datetime.fromtimestamp(known, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    note = f"becomes known at {when}; visitors by a schedule with a falling rate ({hours} h, exponent {exponent:g})"
    P.names.append((fqdn, ttl, "A", f"198.19.250.{number + 1}"))
    for k in range(len(RESOLVERS)):
        for at in falling(rng, known, free[k], hours * HOUR, exponent, end):
            used[k] += 1
            address = f"198.18.{64 + 8 * k + (used[k] >> 8)}.{used[k] & 255}"
            returns = [at] if rng.random() > 0.05 else [at, *(at + rng.expovariate(1 / DAY) for _ in range(rng.randint(4, 7)))]
            returns = [again for again in returns if again < end]
            for again in returns:
                rows[f"crowd-{k}"].append((again, f"@{address} {rng.choice(commands).format(u=f'http://{fqdn}/')}"))
            if len(returns) > 4:
                P.series.append((f"crowd-{k}@{address}", fqdn, "publicity", program, "-", "-", "a new visitor who comes back; " + note, "client"))
        P.series.append((f"crowd-{k}", fqdn, "publicity", program, "-", "-", note, "auth"))
        if behind[k]:
            for at in falling(rng, known, behind[k], hours * HOUR, exponent, end):
                rows[f"nat-{k}"].append((at, rng.choice(commands).format(u=f"http://{fqdn}/")))
            P.series.append((f"nat-{k}", fqdn, "publicity", program, "-", "-", "many new visitors behind one address; " + note, "client"))
(FOLDER / "play").mkdir(exist_ok=True)
for host, found in rows.items():
    (FOLDER / "play" / host).write_text("".join(f"{at:.3f}\t{command}\n" for at, command in sorted(found)))
P.write(FOLDER)
