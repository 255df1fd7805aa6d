"""Reading of a story's tables (see world.sh)."""
from collections import namedtuple

Host = namedtuple("Host", "name address resolver fqdn search zone packages program")
Name = namedtuple("Name", "name ttl type data")
Series = namedtuple("Series", "host name mechanism program start end notes side")
# what an authoritative server sees as client: the resolver, or the one behind a forwarder (resolvers.sh)
EGRESS = {"unbound": "192.0.2.1", "unbound-prefetch": "192.0.2.2", "bind": "192.0.2.3", "knot": "192.0.2.4", "dnsmasq": "192.0.2.6"}


def table(path, kind):
    rows = [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return [kind(*(row + ["-"] * (len(kind._fields) - len(row)))) for row in rows]


def hosts(folder):
    return table(folder / "hosts.tsv", Host)


def names(folder):
    return table(folder / "names.tsv", Name)


def series(folder):
    return table(folder / "series.tsv", Series)
