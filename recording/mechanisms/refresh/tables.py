#!/usr/bin/python3
"""tables.py DIR: the tables of the story refresh: caches that ask again when a TTL has run out, and programs that keep a firewall's addresses fresh.

Demand for a name is at least ten times as dense as its TTL. The client side of a program without cache of its own is a scheduled poll.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from plan import DAY, Plan

P = Plan("refresh", 20250408, block=8)


def cache(program, kind, ttl, refreshes, per_ttl=11, **more):
    """A cache of the client's own, asked steadily for the name."""
    gap, refreshes = ttl / per_ttl, refreshes * 2 // 5
    P.add(program, "cache-refresh", kind, ttl * refreshes, ttl, "NAME", gap, notes=f"asked every {gap:g} s by a local client (mean of exponential pauses)", **more)


def dense(program, kind, ttl, refreshes, pause, *args, **more):
    """No cache of its own: the resolver's cache is what refreshes."""
    P.add(program, "scheduled-poll", kind, ttl * refreshes, ttl, "NAME", pause, *args, auth="cache-refresh", notes=f"every {pause} s, which is dense beside the TTL", **more)


for ttl, refreshes in ((60, 160), (300, 150), (900, 140), (3600, 200), (30, 120), (300, 110)):
    cache("nginx", "nginx", ttl, refreshes)
for ttl, refreshes in ((60, 150), (300, 130), (30, 160), (900, 60)):
    cache("squid", "squid", ttl, refreshes)
for ttl, refreshes in ((60, 150), (300, 200), (900, 130), (3600, 250), (30, 120)):
    cache("dnsmasq-cache", "dnsmasq", ttl, refreshes)
    cache("unbound-forwarder", "unbound", ttl, refreshes)
    cache("systemd-resolved", "resolved", ttl, refreshes, packages="resolved")
for ttl, refreshes in ((60, 150), (300, 150), (900, 120), (3600, 120)):
    cache("nscd", "nscd", ttl, refreshes, packages="own")
    cache("bind-forwarder", "bind", ttl, refreshes)
    cache("dnscache", "dnscache", ttl, refreshes, packages="dnscache")
for ttl, refreshes in ((300, 200), (900, 100)):
    P.add("unscd", "cache-refresh", "unscd", 60 * refreshes, 30, "NAME", 4, packages="unscd", notes="its own lifetime of 60 s, not the TTL; asked every 4 s by a local client (mean of exponential pauses)")
for ttl, refreshes, pause in ((300, 80, 20), (900, 60, 60), (3600, 70, 300), (3600, 52, 200), (300, 55, 25)):
    dense("haproxy", "haproxy", ttl, refreshes, pause)
    dense("monit", "monit", ttl, refreshes, pause)
for ttl, refreshes, pause in ((300, 70, 20), (900, 55, 60), (3600, 60, 300)):
    dense("prometheus", "prometheus", ttl, refreshes, pause)
    dense("collectd", "collectd", ttl, refreshes, pause)
for ttl, refreshes, pause in ((300, 34, 30), (900, 32, 90)):
    dense("curl-sleep", "curl", ttl, refreshes, pause)
    dense("wget-sleep", "wget", ttl, refreshes, pause)
P.add("curl-cron", "scheduled-poll", "cron", 14 * DAY, 86400, "5 * * * * curl -s -m 20 -o /dev/null http://NAME/", auth="cache-refresh", notes="every hour, which is dense beside the TTL")
P.add("wget-cron", "scheduled-poll", "cron", 14 * DAY, 86400, "35 */2 * * * wget -q -T 20 -t 1 -O /dev/null http://NAME/", auth="cache-refresh", notes="every two hours, which is dense beside the TTL")
# many hosts with one name behind one resolver: exponential pauses from a fixed seed
for ttl, refreshes, resolver in ((300, 60, "unbound"), (300, 56, "bind"), (900, 60, "knot"), (900, 55, "dnsmasq"), (300, 60, "unbound-prefetch")):
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


for spec, period, acts, ttl in (("*/5 * * * *", 300, 150, 60), ("*/15 * * * *", 900, 180, 900), ("0 * * * *", 3600, 300, 300), ("* * * * *", 60, 200, 30), ("*/30 * * * *", 1800, 200, 300)):
    object_("nft-cron", "nft", period, acts, ttl, spec)
    object_("ipset-cron", "ipset", period, acts, ttl, spec)
for spec, period, acts, ttl in (("*/10 * * * *", 600, 150, 300), ("*/15 * * * *", 900, 150, 60), ("20 * * * *", 3600, 280, 900), ("*/5 * * * *", 300, 110, 30)):
    object_("iptables-cron", "iptables", period, acts, ttl, spec)
    object_("ferm-cron", "ferm", period, acts, ttl, spec)
    object_("wg-reresolve-cron", "wireguard", period, acts, ttl, spec)
for spec, period, acts, ttl in (("*/10 * * * *", 600, 110, 60), ("5,35 * * * *", 1800, 110, 900), ("45 * * * *", 3600, 110, 300)):
    object_("squid-acl-reconfigure", "squid_acl", period, acts, ttl, spec)
for pause, acts, ttl in ((300, 150, 300), (1200, 200, 900), (60, 150, 60)):
    object_("nft-loop", "nft_loop", pause, acts, ttl, pause)
P.write(sys.argv[1])
