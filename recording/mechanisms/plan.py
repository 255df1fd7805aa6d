"""Tables of a story with many small instances: one program with one configuration on one host, about names of its own (see world.sh, plan.sh).

`Plan.add` gives each instance the next host, address, name, resolver and TTL, a start within the span so that it lasts as long as it needs,
and labels for both sides. Everything follows from the order of calls and a fixed seed.
"""
import random
from pathlib import Path

RESOLVERS = ["unbound", "bind", "knot", "dnsmasq", "unbound-prefetch"]
DAY = 86400


class Plan:
    def __init__(self, zone, seed, days=14, block=0):
        self.zone, self.days, self.block = zone, days, block
        self.rng = random.Random(seed)
        self.count = 0
        self.hosts, self.names, self.series, self.plan = [], [(f"{zone}.example", 300, "ZONE", "-")], [], []

    def name(self, fqdn, ttl, aaaa=False):
        """A name with an address of its own on the host web."""
        number = len(self.names)
        self.names.append((fqdn, ttl, "A", f"198.19.{self.block + number // 250}.{number % 250 + 1}"))
        if aaaa:
            self.names.append((fqdn, ttl, "AAAA", f"2001:db8:{self.block:x}::{number:x}"))

    def host(self, program, search="-", packages="-", resolver=None):
        """A new host; its name and resolver."""
        self.count += 1
        host = f"{self.zone[0]}{self.count}"
        resolver = resolver or RESOLVERS[self.count % 5]
        self.hosts.append((host, f"198.18.{self.block + self.count // 250}.{self.count % 250 + 1}", resolver, "-", search, "UTC", packages, program))
        return host

    def label(self, host, name, mechanism, notes="-", side="-", program="-"):
        self.series.append((host, name, mechanism, program, "-", "-", notes, side))

    def start(self, seconds):
        """A start such that this many seconds are left in the span, and how many there are."""
        whole = self.days * DAY
        seconds = min(int(seconds), whole)
        return self.rng.randrange(0, whole - seconds + 1), seconds

    def run(self, host, kind, seconds, *args):
        self.plan.append((host, kind, *self.start(seconds), *args))

    def add(self, program, mechanism, kind, seconds, ttl, *args, notes="-", auth=None, aaaa=None, resolver=None, search="-", packages="-", label=True):
        """One instance about one name of its own; args may hold NAME. auth: the mechanism as the authoritative server sees it, if another."""
        host = self.host(program, search, packages, resolver)
        fqdn = f"{host}.{self.zone}.example"
        self.name(fqdn, ttl, self.count % 3 == 0 if aaaa is None else aaaa)
        self.run(host, kind, seconds, *(str(word).replace("NAME", fqdn) for word in args))
        if label and auth and auth != mechanism:
            self.label(host, fqdn, mechanism, notes, "client")
            self.label(host, fqdn, auth, notes, "auth")
        elif label:
            self.label(host, fqdn, mechanism, notes)
        return host, fqdn

    def write(self, folder):
        heads = {"hosts": "name address resolver fqdn search zone packages program", "names": "name ttl type data",
                 "series": "host name mechanism program start end notes side", "plan": "host kind start_s lasts_s arguments"}
        for table, head in heads.items():
            rows = ["# " + head.replace(" ", "\t")] + ["\t".join(map(str, row)) for row in getattr(self, table)]
            (Path(folder) / f"{table}.tsv").write_text("\n".join(rows) + "\n")
