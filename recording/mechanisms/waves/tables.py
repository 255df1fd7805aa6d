#!/usr/bin/python3
"""tables.py FOLDER: writes the story's tables: who is who, which names exist, which process makes which series, and when each program is started.

Fixed seed; stdlib only. FOLDER/play/HOST has `epoch<TAB>command` (../play.py).
"""
import math
import random
import sys
from datetime import datetime, timezone
from pathlib import Path

START = datetime(2025, 4, 7, tzinfo=timezone.utc).timestamp()
DAYS, DAY, HOUR = 5, 86400, 3600
RESOLVERS = ["unbound", "unbound-prefetch", "bind", "knot", "dnsmasq"]
ADDRESS = {"unbound": "192.0.2.1", "unbound-prefetch": "192.0.2.2", "bind": "192.0.2.3", "knot": "192.0.2.4", "dnsmasq": "192.0.2.5"}
# id, resolver of the first askers, browser, names, long names, TTL; then who plays it: (resolver, program, first day, plays, hours, exponent of the falling rate)
RECORDED = [
    ("rp1", "unbound", "curl", 24, False, 60, [("unbound", "dnsreplay", 2, 60, 12, 1.0), ("bind", "dnsperf", 2, 40, 24, 0.8)]),
    ("rp2", "bind", "wget", 20, False, 300, [("knot", "dnsreplay", 2, 50, 8, 1.0), ("dnsmasq", "tcpreplay", 3, 40, 12, 1.2)]),
    ("rp3", "knot", "curl", 24, False, 30, [("unbound", "drool", 2, 45, 24, 1.0), ("unbound-prefetch", "dnsperf", 3, 70, 6, 1.0)]),
    ("rp4", "dnsmasq", "lynx", 20, False, 900, [("bind", "drool", 2, 40, 12, 0.8), ("unbound", "tcpreplay", 2, 60, 8, 1.0)]),
    ("rp5", "unbound-prefetch", "curl", 20, False, 3600, [("knot", "dnsperf", 3, 60, 24, 1.0), ("unbound-prefetch", "dnsreplay", 2, 80, 12, 1.0)]),
    ("rp6", "unbound", "w3m", 20, False, 60, [("dnsmasq", "drool", 2, 40, 12, 1.0), ("knot", "tcpreplay", 4, 50, 6, 1.0)]),
    ("rp7", "bind", "curl", 16, False, 86400, [("unbound", "drool", 2, 40, 24, 1.0), ("bind", "dnsreplay", 4, 40, 12, 1.2)]),
    ("rp8", "unbound", "curl", 90, True, 60, [("knot", "dnsreplay", 2, 1, 12, 1.0), ("bind", "dnsperf", 3, 3, 24, 1.0)]),
    ("rp9", "knot", "wget", 80, True, 300, [("unbound", "drool", 2, 2, 12, 1.0), ("dnsmasq", "dnsreplay", 3, 4, 24, 1.0)]),
    ("rp10", "dnsmasq", "curl", 100, True, 30, [("unbound-prefetch", "tcpreplay", 2, 2, 12, 1.0), ("unbound", "dnsperf", 4, 3, 24, 1.0)]),
]
# id, hour of the story at which it becomes known, exponent, hours, TTL, follows the day, visitors behind each resolver, visitors behind one address of each
EVENTS = [
    ("pb1", 20.5, 1.0, 1, 60, False, (220, 90, 150, 60, 110), (130, 0, 0, 60, 0)), ("pb2", 33.2, 1.0, 6, 300, True, (160, 80, 110, 140, 60), (0, 110, 0, 0, 70)),
    ("pb3", 44.7, 0.8, 24, 30, True, (120, 60, 200, 80, 90), (0, 0, 150, 0, 0)), ("pb4", 57.1, 1.2, 6, 900, False, (200, 120, 90, 60, 70), (0, 90, 0, 120, 0)),
    ("pb5", 68.9, 1.0, 1, 3600, True, (150, 90, 140, 100, 80), (100, 0, 0, 0, 140)), ("pb6", 80.4, 1.3, 24, 60, True, (90, 160, 70, 110, 130), (0, 0, 110, 90, 0)),
    ("pb7", 92.3, 1.0, 6, 30, False, (180, 60, 120, 90, 60), (160, 0, 0, 0, 90)), ("pb8", 86.6, 0.8, 6, 300, True, (110, 140, 60, 120, 100), (0, 130, 60, 0, 0)),
    ("pb9", 49.5, 1.0, 24, 86400, True, (140, 70, 90, 60, 160), (0, 0, 0, 140, 100)), ("pb10", 38.8, 1.5, 3, 60, False, (130, 110, 160, 80, 60), (90, 60, 0, 0, 0)),
]
CLIENTS = {
    "curl-crowd": ["curl -s -m 20 -o /dev/null {u}"], "wget-crowd": ["wget -q -O /dev/null -T 20 -t 1 {u}"], "dig-crowd": ["dig +short {n}"], "lynx-crowd": ["lynx -dump {u}"],
    "mixed-crowd": ["curl -s -m 20 -o /dev/null {u}", "wget -q -O /dev/null -T 20 -t 1 {u}", "lynx -dump {u}", "w3m -dump {u}", "links2 -dump {u}", "curl -s -m 20 -o /dev/null {u}"],
}
KINDS = ["mixed-crowd", "curl-crowd", "wget-crowd", "mixed-crowd", "lynx-crowd", "mixed-crowd", "dig-crowd", "curl-crowd", "mixed-crowd", "wget-crowd"]


class Tables:
    def __init__(self, folder):
        self.folder, self.hosts, self.names, self.series, self.rows, self.count = folder, [], [], [], {}, 0
        (folder / "play").mkdir(parents=True, exist_ok=True)

    def host(self, name, resolver, program, address=None):
        self.count += 1
        self.hosts.append((name, address or f"198.18.3.{self.count}", resolver, "-", "-", "UTC", "-", program))
        self.rows.setdefault(name, [])

    def name(self, *row):
        self.names.append(row)

    def says(self, host, name, mechanism, program="-", notes="-", side="-"):
        self.series.append((host, name, mechanism, program, "-", "-", notes, side))

    def write(self):
        for name, rows in (("hosts", self.hosts), ("names", self.names), ("series", self.series)):
            (self.folder / f"{name}.tsv").write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
        for host, rows in self.rows.items():
            (self.folder / "play" / host).write_text("".join(f"{at:.3f}\t{command}\n" for at, command in sorted(rows)))


def falling(rng, start, count, half, exponent, end, daily=False):
    """`count` instants between `start` and `end` at a rate that falls as (1 + t/half)^-exponent, and follows the day if `daily`."""
    found, span = [], end - start
    near = min(span, 4 * half)
    while len(found) < count:
        # a rate that falls fast makes even proposals wasteful: half of them come from the first hours
        after = rng.random() * (near if rng.random() < 0.5 else span)
        # how densely proposals fall here, in units of an even density over the span
        density = 0.5 + (0.5 * span / near if after < near else 0.0)
        value = (1 + after / half) ** -exponent
        if daily:
            value *= 0.15 + 0.85 * math.exp(-(((start + after) % DAY / HOUR - 15) ** 2) / 25)
        if rng.random() < value / density:
            found.append(start + after)
    return sorted(found)


def replays(tables):
    browsers = {"curl": "curl -s -m 20 -o /dev/null http://{n}/", "wget": "wget -q -O /dev/null -T 20 -t 1 http://{n}/", "lynx": "lynx -dump http://{n}/", "w3m": "w3m -dump http://{n}/"}
    for id_, resolver, browser, count, long_names, ttl, plays in RECORDED:
        rng = random.Random(f"7 {id_}")
        first = f"{id_}-first"
        tables.host(first, resolver, f"{browser}-person")
        names = [rng.getrandbits(104).to_bytes(13, "big").hex() if long_names else "u" + rng.getrandbits(32).to_bytes(4, "big").hex() for _ in range(count)]
        for k, name in enumerate(names):
            tables.name(f"{name}.{id_}.example", ttl, "A", f"198.19.{200 + k % 3}.{1 + k}")
            at = START + (k % 2) * DAY + rng.uniform(8, 18) * HOUR
            tables.rows[first].append((at, browsers[browser].format(n=f"{name}.{id_}.example")))
        if long_names:
            tables.says(first, f"*.{id_}.example", "human-use", notes="looks like a tunnel: addresses made for one visit; driven by a schedule")
        for number, (other, program, day, times, hours, exponent) in enumerate(plays, 1):
            who = f"{id_}-again{number}"
            tables.host(who, other, program)
            begin = START + day * DAY + rng.uniform(0, DAY)
            for at in falling(rng, begin, times, hours * HOUR, exponent, START + DAYS * DAY - HOUR):
                tables.rows[who].append((at, f"bash @HERE@/again.sh {program} {id_} {who} {ADDRESS[other]}"))
            note = f"what {first} asked on the first two days is played again, {times} times; when is by a schedule"
            if long_names:
                tables.says(who, f"*.{id_}.example", "replay", notes=note)
            else:
                for name in names:
                    tables.says(who, f"{name}.{id_}.example", "replay", notes=note)


def publicity(tables):
    for k, resolver in enumerate(RESOLVERS):
        tables.host(f"crowd-{k}", resolver, "mixed-crowd", f"198.18.{64 + 8 * k}.0")
        tables.host(f"nat-{k}", resolver, "mixed-crowd", f"198.18.4.{k + 1}")
        tables.host(f"steady-{k}", resolver, "curl-timed", f"198.18.5.{k + 1}")
    used = [0] * len(RESOLVERS)
    for number, (id_, hour, exponent, hours, ttl, daily, free, behind) in enumerate(EVENTS):
        rng = random.Random(f"7 {id_}")
        name, kind = f"www.{id_}.example", KINDS[number]
        known = START + hour * HOUR
        when = datetime.fromtimestamp(known, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        tables.name(name, ttl, "A", f"198.19.210.{number + 1}")
        note = f"becomes known at {when}; visitors by a schedule with a falling rate ({hours} h, exponent {exponent:g}{', follows the day' if daily else ''})"
        end = START + DAYS * DAY - 600
        steady = number % len(RESOLVERS)
        period = (1800, 3600, 7200)[number % 3]
        tables.rows[f"steady-{steady}"] += [(START + rng.uniform(0, 1) + 120 + at, f"curl -s -m 20 -o /dev/null http://{name}/") for at in range(0, DAYS * DAY - 600, period)]
        tables.says(f"steady-{steady}", name, "scheduled-poll", notes=f"asks every {period} s, also before the name becomes known")

        def visit():
            return rng.choice(CLIENTS[kind]).format(u=f"http://{name}/", n=name)

        for k in range(len(RESOLVERS)):
            for at in falling(rng, known, free[k] * 2 // 3, hours * HOUR, exponent, end, daily):
                used[k] += 1
                address = f"198.18.{64 + 8 * k + (used[k] >> 8)}.{used[k] & 255}"
                returns = [at] if rng.random() > 0.08 else [at, *(at + rng.expovariate(1 / DAY) for _ in range(rng.randint(4, 9)))]
                for again in returns:
                    if again < end:
                        tables.rows[f"crowd-{k}"].append((again, f"@{address} {visit()}"))
                if len(returns) > 4:
                    tables.says(f"crowd-{k}@{address}", name, "publicity", kind, "a new visitor who comes back; " + note, "client")
            tables.says(f"crowd-{k}", name, "publicity", kind, note, "auth")
            if behind[k]:
                for at in falling(rng, known, behind[k] + 20, hours * HOUR, exponent, end, daily):
                    tables.rows[f"nat-{k}"].append((at, visit()))
                tables.says(f"nat-{k}", name, "publicity", kind, "many new visitors behind one address; " + note, "client")


def main(folder):
    tables = Tables(folder)
    tables.host("pages", "127.0.0.1", "-", "203.0.113.82")
    del tables.rows["pages"]
    replays(tables)
    publicity(tables)
    tables.write()


main(Path(sys.argv[1]))
