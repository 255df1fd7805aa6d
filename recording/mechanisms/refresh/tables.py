#!/usr/bin/python3
"""tables.py DIR: the tables of the story refresh: caches that ask again when a TTL has run out, and programs that keep a firewall's addresses fresh.

Demand for a name is at least ten times as dense as its TTL. The client side of a program without cache of its own is a scheduled poll.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from plan import DAY, Plan

P = Plan("refresh", 20250408, days=10, block=8)


def cache(program, kind, ttl, per_ttl=10, **more):
    """A cache of the client's own, asked steadily for the name."""
    gap, refreshes = ttl / per_ttl, (54, 34, 56, 58, 62)[P.count % 5]
    P.add(program, "cache-refresh", kind, ttl * refreshes, ttl, "NAME", gap, notes=f"asked every {gap:g} s by a local client (mean of exponential pauses)", **more)


def dense(program, kind, ttl, refreshes, pause, *args, **more):
    """No cache of its own: the resolver's cache is what refreshes."""
    P.add(program, "scheduled-poll", kind, ttl * refreshes, ttl, "NAME", pause, *args, auth="cache-refresh", notes=f"every {pause} s, which is dense beside the TTL", **more)


for ttl in (60, 300, 900, 30):
    cache("nginx", "nginx", ttl)
for ttl in (60, 300, 30):
    cache("squid", "squid", ttl)
for ttl in (60, 300, 900):
    cache("dnsmasq-cache", "dnsmasq", ttl)
    cache("unbound-forwarder", "unbound", ttl)
    cache("systemd-resolved", "resolved", ttl, packages="resolved")
for ttl in (300, 60):
    cache("nscd", "nscd", ttl, packages="own")
    cache("bind-forwarder", "bind", ttl)
    cache("dnscache", "dnscache", ttl, packages="dnscache")
for refreshes in (110, 54):
    P.add("unscd", "cache-refresh", "unscd", 60 * refreshes, 30, "NAME", 4, packages="unscd", notes="its own lifetime of 60 s, not the TTL; asked every 4 s by a local client (mean of exponential pauses)")
for ttl, refreshes, pause in ((300, 56, 25), (900, 54, 80), (3600, 52, 300)):
    dense("haproxy", "haproxy", ttl, refreshes, pause)
    dense("monit", "monit", ttl, refreshes, pause)
for ttl, refreshes, pause in ((900, 54, 60), (3600, 52, 300)):
    dense("prometheus", "prometheus", ttl, refreshes, pause)
    dense("collectd", "collectd", ttl, refreshes, pause)
for ttl, refreshes, pause in ((300, 34, 30), (900, 32, 90)):
    dense("curl-sleep", "curl", ttl, refreshes, pause)
    dense("wget-sleep", "wget", ttl, refreshes, pause)
P.add("curl-cron", "scheduled-poll", "cron", 10 * DAY, 86400, "5 * * * * curl -s -m 20 -o /dev/null http://NAME/", auth="cache-refresh", notes="every hour, which is dense beside the TTL")
P.add("wget-cron", "scheduled-poll", "cron", 10 * DAY, 86400, "35 */2 * * * wget -q -T 20 -t 1 -O /dev/null http://NAME/", auth="cache-refresh", notes="every two hours, which is dense beside the TTL")
# many hosts with one name behind one resolver: exponential pauses from a fixed seed
for ttl, refreshes, resolver in ((300, 56, "unbound"), (300, 54, "bind"), (900, 55, "knot")):
    first = None
    start, seconds = P.start(ttl * refreshes)
    for member in range(4):
        host = P.host("urllib-crowd", resolver=resolver)
        first = first or host
        fqdn = f"{first}.refresh.example"
        if host == first:
            P.name(fqdn, ttl)
            P.label(host, fqdn, "cache-refresh", "four hosts with exponential pauses of their own; driven by a schedule", "auth")
        P.plan.append((host, "crowd", start, seconds, fqdn, ttl / 3))


def object_(program, kind, period, acts, ttl, *args, **more):
    if acts > 104:
        acts = (104, 60, 108, 70)[P.count % 4] if kind not in ("ferm", "wireguard") else 56
    P.add(program, "firewall-object", kind, period * acts, ttl, "NAME", *args, notes=f"resolves the name anew every {period} s for a rule", **more)


for spec, period, acts, ttl in (("*/5 * * * *", 300, 150, 60), ("*/15 * * * *", 900, 180, 900), ("0 * * * *", 3600, 70, 300), ("* * * * *", 60, 200, 30)):
    object_("nft-cron", "nft", period, acts, ttl, spec)
    object_("ipset-cron", "ipset", period, acts, ttl, spec)
for spec, period, acts, ttl in (("*/10 * * * *", 600, 150, 300), ("*/15 * * * *", 900, 150, 60), ("20 * * * *", 3600, 56, 900)):
    object_("iptables-cron", "iptables", period, acts, ttl, spec)
    object_("ferm-cron", "ferm", period, acts, ttl, spec)
    object_("wg-reresolve-cron", "wireguard", period, acts, ttl, spec)
for spec, period, acts, ttl in (("*/10 * * * *", 600, 110, 60), ("5,35 * * * *", 1800, 104, 900)):
    object_("squid-acl-reconfigure", "squid_acl", period, acts, ttl, spec)
for pause, acts, ttl in ((300, 150, 300), (1200, 200, 900), (60, 150, 60)):
    object_("nft-loop", "nft_loop", pause, acts, ttl, pause)
P.write(sys.argv[1])
