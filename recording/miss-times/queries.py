#!/usr/bin/env python3
"""queries.py [list|zone]: the scripted query list, and the zone that it asks. Offsets are seconds after the start, in order.

Each name is asked under one pattern, so that its misses tell one rule of a cache. `list` prints offset<TAB>name<TAB>type.
"""
import sys

ZONE, DAYS = "ttl.example", 3
SPAN = DAYS * 86400


class Draws:
    """The same draws everywhere (Park and Miller)."""

    def __init__(self, seed):
        self.state = seed

    def unit(self):
        self.state = self.state * 48271 % 2147483647
        return self.state / 2147483647


def poll(period, first=60):
    return range(first, SPAN, period)


def dense(seed, mean):
    """Whole seconds, on average `mean` apart, at least one."""
    draws, at = Draws(seed), 30
    while at < SPAN:
        yield at
        at += 1 + int(2 * mean * draws.unit())


# name, records of the zone, types asked, when
PATTERNS = [
    # a poll that is shorter than, equal to, longer than the TTL
    *[(f"poll{period}-ttl{ttl}", [f"{ttl} A 203.0.113.7"], ["A"], poll(period))
      for ttl, period in [(300, 60), (300, 300), (300, 420), (1800, 600), (3600, 600), (3600, 3600), (3600, 3300), (3600, 1700), (7200, 1000), (60, 45)]],
    # irregular demand, from sparse to dense
    *[(f"every{mean}-ttl{ttl}", [f"{ttl} A 203.0.113.8"], ["A"], dense(ttl + mean, mean))
      for ttl, mean in [(3600, 100), (3600, 900), (3600, 5000), (300, 150), (900, 200)]],
    # caps: a TTL of two days, of a second, of none
    ("two-days", ["172800 A 203.0.113.9"], ["A"], poll(3571)),
    ("one-second", ["1 A 203.0.113.9"], ["A"], poll(1801)),
    ("no-ttl", ["0 A 203.0.113.9"], ["A"], poll(1801)),
    # nothing there: the zone's negative TTL is 900 s
    ("absent", [], ["A"], poll(300)),
    ("absent-two", [], ["AAAA", "A"], poll(240)),
    ("no-aaaa", ["3600 A 203.0.113.10"], ["AAAA", "A"], poll(500)),
    # an alias and its target age apart
    ("alias", ["7200 CNAME target"], ["A"], poll(400)),
    ("target", ["600 A 203.0.113.11"], [], ()),
    # several types of one name
    ("types", ["1200 A 203.0.113.12", "2400 MX 10 target", "3600 TXT \"v=spf1 -all\""], ["A", "MX", "TXT"], poll(310)),
]


def queries():
    rows = []
    for name, _, types, times in PATTERNS:
        # types of one act are a second apart: their order at the resolver is then certain
        rows += [(at + i, f"{name}.{ZONE}", qtype) for at in times for i, qtype in enumerate(types)]
    # the second zone: its SOA asks for five hours of negative caching
    rows += [(at, "absent.long-negative.example", "A") for at in poll(700)]
    # the third: delegated, and refused by its server
    rows += [(at, "host.refused.example", "A") for at in poll(7200)]
    return sorted(rows)


def zone():
    print(f"$ORIGIN {ZONE}.\n@ 3600 SOA ns.{ZONE}. hostmaster.{ZONE}. 1 7200 900 1209600 900\n@ 86400 NS ns\nns 86400 A 192.0.2.53")
    for name, records, _, _ in PATTERNS:
        for record in records:
            print(f"{name} {record}")


if sys.argv[1:] == ["zone"]:
    zone()
else:
    for at, name, qtype in queries():
        print(at, name, qtype, sep="\t")
