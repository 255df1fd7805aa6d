#!/usr/bin/python3
"""tables.py DIR: the tables of the story polls: programs that ask on a clock, and agents with jitter.

TTLs of polls are shorter than the time between two polls, so that the authoritative side sees the polls; those that poll much faster than
the TTL (at least ten times) are cache refreshes there.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from plan import DAY, Plan

P = Plan("polls", 20250407)
HOUR = 3600
NOTE = "driven by nothing but its own clock"


def poll(program, kind, period, acts, ttl, *args, notes=NOTE, **more):
    if kind in ("cron", "debian_cron", "loop", "mbsync", "apt") and acts > 54:
        acts = (54, 58, 62, 104)[P.count % 4]  # each costs several processes
    P.add(program, "scheduled-poll", kind, period * acts, ttl, *args, notes=f"every {period} s; {notes}", **more)


# wall-clock schedules
for spec, period, acts, ttl in (("*/10 * * * *", 600, 150, 60), ("7 * * * *", 3600, 336, 900), ("*/30 * * * *", 1800, 200, 300), ("*/5 * * * *", 300, 200, 30)):
    poll("curl-cron", "cron", period, acts, ttl, f"{spec} curl -s -m 20 -o /dev/null http://NAME/", aaaa=False)
    poll("wget-cron", "cron", period, acts, ttl, f"{spec} wget -q -T 20 -t 1 -O /dev/null http://NAME/")
poll("curl-cron", "cron", 7200, 168, 3600, "20 */2 * * * curl -s -4 -m 20 -o /dev/null http://NAME/")
poll("curl-cron", "cron", 60, 300, 30, "* * * * * curl -s -4 -m 20 -o /dev/null http://NAME/")
for spec, period, acts, ttl in (("*/15 * * * *", 900, 160, 300), ("12,42 * * * *", 1800, 160, 900), ("3 * * * *", 3600, 300, 60)):
    poll("debian-cron-curl", "debian_cron", period, acts, ttl, f"{spec} curl -s -m 20 -o /dev/null http://NAME/", packages="own")
for spec, period, acts, ttl in (("*/5 * * * *", 300, 160, 60), ("*/20 * * * *", 1200, 150, 900), ("*/15 * * * *", 900, 150, 300)):
    poll("check-http-cron", "cron", period, acts, ttl, f"{spec} /usr/lib/nagios/plugins/check_http -H NAME -t 20 >/dev/null")
    poll("check-dns-cron", "cron", period, acts, ttl, f"{spec} /usr/lib/nagios/plugins/check_dns -H NAME -t 20 >/dev/null")
    poll("fping-cron", "cron", period, acts, ttl, f"{spec} fping -q -c 1 NAME >/dev/null 2>&1")
poll("apt-cron", "apt", 6 * HOUR, 56, 3600, "NAME", "25 */6 * * *")
poll("apt-cron", "apt", HOUR, 120, 300, "NAME", "40 * * * *")
poll("mbsync-cron", "mbsync", 1200, 130, 300, "NAME", "*/20 * * * *")
poll("mbsync-cron", "mbsync", 3600, 200, 60, "NAME", "5 * * * *")
poll("rsync-cron", "cron", 3600, 250, 900, "51 * * * * rsync -q --contimeout=20 rsync://NAME/pub/ >/dev/null 2>&1")
poll("rsync-cron", "cron", 900, 160, 60, "*/15 * * * * rsync -q --contimeout=20 rsync://NAME/pub/ >/dev/null 2>&1")
poll("curl-cron-random-delay", "cron", 3600, 300, 60, "0 * * * * perl -e 'sleep int(rand(900))' && curl -s -m 20 -o /dev/null http://NAME/", notes="with a random delay of up to 15 minutes, as package maintainers write such lines")
poll("curl-cron-random-delay", "cron", 1800, 200, 300, "*/30 * * * * perl -e 'sleep int(rand(300))' && curl -s -m 20 -o /dev/null http://NAME/", notes="with a random delay of up to 5 minutes")
poll("wget-cron-random-delay", "cron", 12 * HOUR, 28, 300, "0 */12 * * * perl -e 'sleep int(rand(43200))' && wget -q -T 20 -t 1 -O /dev/null http://NAME/", notes="Debian's certbot line: twice a day with a random delay of up to twelve hours")
poll("wget-cron-random-delay", "cron", 3600, 300, 60, "17 * * * * sleep $(($(od -An -N2 -tu2 /dev/urandom) % 600)) && wget -q -T 20 -t 1 -O /dev/null http://NAME/", notes="with a random delay of up to 10 minutes")
# pauses counted from the last act
for pause, acts, ttl in ((300, 150, 60), (1000, 150, 300), (3600, 250, 900), (45, 200, 30)):
    poll("curl-sleep", "loop", pause, acts, ttl, pause, "curl -s -m 20 -o /dev/null http://NAME/")
    poll("wget-sleep", "loop", pause, acts, ttl, pause, "wget -q -T 20 -t 1 -O /dev/null http://NAME/", aaaa=False)
for pause, acts, ttl in ((300, 200, 60), (900, 200, 300), (1800, 250, 900), (120, 180, 60)):
    poll("monit", "monit", pause, acts, ttl, "NAME", pause)
for pause, acts, ttl in ((300, 110, 60), (900, 90, 300), (3600, 130, 900)):
    poll("fetchmail", "fetchmail", pause, acts, ttl, "NAME", pause)
    poll("ddclient", "ddclient", pause, acts, ttl, "NAME", pause)
for pause, acts, ttl in ((300, 120, 60), (600, 120, 300)):
    poll("inadyn", "inadyn", pause, acts, ttl, "NAME", pause)
for longest, shortest, days, ttl in ((7200, 900, 14, 300), (3600, 1800, 8, 900), (1024, 512, 3, 60)):
    P.add("htpdate", "scheduled-poll", "htpdate", days * DAY, ttl, "NAME", shortest, longest, notes=f"polls at {shortest} to {longest} s as its clock's error says")
for pause, acts, ttl in ((60, 200, 30), (600, 200, 300), (3600, 250, 900)):
    poll("collectd", "collectd", pause, acts, ttl, "NAME", pause)
for pause, acts, ttl in ((900, 130, 300), (300, 150, 60)):
    poll("smokeping", "smokeping", pause, acts, ttl, "NAME", pause)
for pause, acts, ttl in ((600, 160, 300), (60, 300, 30), (1800, 160, 900)):
    poll("prometheus", "prometheus", pause, acts, ttl, "NAME", pause)
    poll("blackbox-exporter", "blackbox", pause, acts, ttl, "NAME", pause)
for pause, acts, ttl in ((600, 120, 300), (300, 150, 60)):
    poll("nagios4", "nagios", pause, acts, ttl, "NAME", pause, packages="own")
poll("zabbix-agent", "zabbix", 300, 120, 60, "NAME", 300)
poll("zabbix-agent", "zabbix", 120, 200, 30, "NAME", 120)
for checks, days, ttl in ((24, 7, 900), (48, 4, 300)):
    P.add("freshclam", "scheduled-poll", "freshclam", days * DAY, ttl, "NAME", checks, notes=f"{checks} checks a day", packages="own")

# agents: pauses drawn anew each time, each act a real HTTP request to the answer
n = 0
for period, jitter in ((60, 0.0), (60, 0.2), (300, 0.1), (300, 0.5), (900, 0.2), (900, 0.37), (1800, 0.0), (3600, 0.3), (3600, 0.5), (10800, 0.25)):
    for client in ("curl", "wget", "requests", "urllib"):
        form = ("below", "around")[n % 2]
        low = period * (1 - jitter)
        ttl = max(t for t in (30, 60, 300, 900, 3600) if t <= low)
        ttl = min(ttl, (30, 60, 300, 900, 3600)[n % 5]) if n % 3 else ttl
        acts = (56, 60, 110, 140)[n % 4]  # curl, wget, requests, urllib
        words = "[S(1-j), S]" if form == "below" else "[S(1-j), S(1+j)]"
        P.add(f"agent-{client}", "beacon", "agent", period * acts, ttl, client, period, jitter, form, "NAME", n,
              notes=f"sleeps {words} with S = {period} s and j = {jitter}", aaaa=False if client in ("curl", "wget") and n % 3 == 0 else None)
        n += 1
P.write(sys.argv[1])
