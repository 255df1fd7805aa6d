#!/usr/bin/python3
"""tables.py DIR: the tables of the story agents: agents that sleep and ask, and ordinary programs with a random delay of their own.

Both have periods from half a minute to four hours, a host and a name of their own (now and then two or three hosts), and the same far end.
TTLs are shorter than the shortest gap, so that the authoritative side sees the acts, or else at least ten times as long: cache refreshes there.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from plan import DAY, Plan

P = Plan("agents", 20250409, days=5, block=160)
HOUR = 3600


def instance(program, mechanism, kind, seconds, ttl, *args, gap, hosts=1, **more):
    """One instance, or several hosts with one name, each behind a resolver of its own. gap: a usual pause between two acts."""
    auth = "cache-refresh" if ttl >= 10 * gap else None
    host, fqdn = P.add(program, mechanism, kind, min(seconds, 5 * DAY), ttl, *args, auth=auth, **more)
    for _ in range(hosts - 1):
        other = P.host(program, packages=more.get("packages", "-"))
        P.run(other, kind, min(seconds, 5 * DAY), *(str(word).replace("NAME", fqdn) for word in args))
        for side, what in (("client", mechanism), ("auth", auth or mechanism)):
            P.label(other, fqdn, what, more["notes"] + "; one of several hosts with this name", side)


# agents: S, j, form, TTL, acts
SLEEPS = [
    (60, 0.2, "below", 60, 110), (7200, 0.1, "around", 900, 84), (300, 0.37, "below", 60, 140), (1800, 0.3, "around", 900, 90), (14400, 0.2, "below", 3600, 45),
    (900, 0.5, "around", 300, 100), (30, 0.3, "below", 900, 150), (3600, 0.25, "below", 900, 120), (120, 0.5, "around", 60, 60), (600, 0.6, "below", 60, 130),
    (14400, 0.4, "around", 300, 40), (300, 0.0, "below", 3600, 160), (3600, 0.5, "around", 60, 110), (900, 0.2, "below", 300, 24), (7200, 0.6, "below", 900, 100),
    (60, 0.0, "below", 60, 90), (1800, 0.0, "below", 900, 60), (300, 0.1, "around", 60, 12), (7200, 0.3, "around", 86400, 84), (600, 0.3, "around", 300, 100),
    (1200, 0.4, "below", 300, 110), (10800, 0.3, "around", 3600, 55), (180, 0.2, "around", 60, 100),
]
STACKS = ["node", "lwp", "net-http", "php", "luasocket", "tcl", "socat", "ncat", "openssl"]
n = 0
for stack in STACKS:
    for turn in range(4):
        S, j, form, ttl, acts = SLEEPS[(n * 9 + 1) % len(SLEEPS)]
        acts = min(acts, 70 if ttl > 5 * S else (24, 18, 30)[n % 3])  # for the recording's cost
        mean = S * (1 - j / 2) if form == "below" else S
        scheme = "https" if stack == "openssl" or n % 2 else "http"
        words = "[S(1-j), S]" if form == "below" else "[S(1-j), S(1+j)]"
        instance(f"agent-{stack}", "beacon", "agent", mean * (acts + 0.5), ttl, stack, S, j, form, f"{scheme}://NAME/", n, gap=mean,
                 aaaa=False if stack == "socat" else None, hosts=3 if n % 17 == 3 else 2 if n % 17 == 11 else 1, notes=f"sleeps {words} with S = {S} s and j = {j}; {scheme}")
        n += 1
for flavour, sleeps in (("python", ((60, 60, 24), (300, 60, 28), (900, 300, 20), (3600, 900, 24))), ("go", ((120, 60, 24), (600, 300, 28), (1800, 900, 20), (7200, 3600, 24)))):
    for S, ttl, acts in sleeps:
        instance(f"phoenixc2-{flavour}", "beacon", "phoenix", S * (acts + 0.5), ttl, flavour, "NAME", S, gap=S,
                 notes=f"PhoenixC2's own agent, sleep time {S} s (it has no jitter); its controller has no task for it")


# ordinary programs with a random delay of their own
def poll(program, kind, mean, acts, ttl, *args, notes, **more):
    instance(program, "scheduled-poll", kind, mean * (acts + 0.5), ttl, *args, gap=mean, notes=notes, **more)


for hours, acts, ttl in ((1, 16, 900), (1, 10, 300), (2, 16, 3600), (1, 18, 60)):
    poll("fusioninventory-agent", "fusion", hours * HOUR * 0.75, acts, ttl, "NAME", hours, packages="own",
         notes=f"its daemon; the server says every {hours} h, of which it draws [1/2, 1]")
own_line = " with a random delay as in Debian's own line"
for spec, period, acts, ttl, line in (("20 * * * *", HOUR, 9, 900, ""), ("0 */12 * * *", 12 * HOUR, 9, 300, "perl -e 'sleep int(rand(43200))' && "),
                                      ("3,33 * * * *", 1800, 9, 60, ""), ("40 */4 * * *", 4 * HOUR, 9, 3600, "perl -e 'sleep int(rand(3600))' && ")):
    poll("certbot-renew", "certbot", period, acts, ttl, "NAME", spec, f"{line}certbot", notes=f"every {period} s by crond{own_line if line else ''}; certbot draws up to 8 minutes itself")
for spec, period, sleep, acts, ttl in (("0 */4 * * *", 4 * HOUR, 3600, 11, 3600), ("30 * * * *", HOUR, 1800, 10, 300), ("15 */2 * * *", 2 * HOUR, 3600, 11, 900), ("*/20 * * * *", 1200, 600, 16, 60)):
    poll("cron-apt", "cronapt", period, acts, ttl, "NAME", sleep, spec, packages="own", notes=f"every {period} s by crond; draws up to {sleep} s itself")
for spec, period, sleep, acts, ttl in (("25 */6 * * *", 6 * HOUR, 1800, 11, 3600), ("17 * * * *", HOUR, 1800, 10, 900), ("*/15 * * * *", 900, 300, 16, 300), ("47 */2 * * *", 2 * HOUR, 3600, 11, 60)):
    poll("apt-compat", "aptcompat", period, acts, ttl, "NAME", sleep, spec, packages="own", notes=f"Debian's /etc/cron.daily/apt-compat every {period} s; draws up to {sleep} s itself")
for S, jitter, acts, ttl, hosts in ((300, 60, 28, 60, 1), (1800, 900, 24, 300, 1), (7200, 2880, 30, 3600, 1), (900, 450, 24, 300, 2), (60, 20, 80, 900, 1), (14400, 4800, 26, 900, 1)):
    poll("apscheduler", "apscheduler", S, acts, ttl, "NAME", S, jitter, hosts=hosts, notes=f"a job of APScheduler, every {S} s with jitter {jitter} s")
for S, jitter, acts, ttl in ((240, 60, 24, 60), (1500, 900, 24, 900), (3000, 1200, 24, 300), (10800, 3600, 28, 3600), (600, 600, 12, 60)):
    poll("recur-lftp", "recur", S + jitter / 2, acts, ttl, "NAME", S, jitter, notes=f"recur --delay {S} --jitter {jitter}")
for fields, period, jitter, acts, ttl in (("-H* -M/5", 300, 120, 24, 60), ("-H* -M7", 3600, 1800, 24, 900), ("-H/2 -M30", 7200, 3600, 28, 3600), ("-H* -M/20", 1200, 900, 12, 300), ("-H/4 -M0", 14400, 7200, 26, 900)):
    poll("snooze-rsync", "snooze", period, acts, ttl, "NAME", jitter, fields, notes=f"snooze every {period} s with -J {jitter}")

# as people and package maintainers write it: a command of every day behind a random sleep
CRON = [("*/10 * * * *", 600, 300), ("7 * * * *", 3600, 1800), ("0 */2 * * *", 7200, 3600), ("*/30 * * * *", 1800, 600), ("*/5 * * * *", 300, 120), ("15 */4 * * *", 14400, 7200)]
LOOP = [(300, 150), (900, 600), (1800, 1800), (3600, 1200), (7200, 7200), (120, 60), (10800, 2400)]
n = 0
for program in ("git-fetch", "svn-update", "rsync", "unison"):
    for turn in range(4):
        acts = (24, 18, 12, 20, 28)[(n + n // 5) % 5]
        hosts = 2 if n % 9 == 4 else 1
        if turn % 2:
            spec, period, splay = CRON[n // 2 % len(CRON)]
            ttl = max(t for t in (60, 300, 900, 3600) if t <= period - splay)
            poll(f"{program}-splay", "splay_cron", period, acts, ttl, program, "NAME", spec, splay, hosts=hosts, notes=f"every {period} s by crond behind a random sleep of up to {splay} s")
        else:
            base, splay = LOOP[(n + 1) // 2 % len(LOOP)]
            ttl = max(t for t in (60, 300, 900, 3600) if t <= base)
            if program == "git-fetch" and base == 300:
                ttl = 86400
            poll(f"{program}-splay", "splay_loop", base + splay / 2, acts, ttl, program, "NAME", base, splay, hosts=hosts, notes=f"then sleeps {base} s and up to {splay} s more at random")
        n += 1
# and without
for program, spec, period, acts, ttl in (("git-fetch", "*/15 * * * *", 900, 20, 300), ("svn-update", "12 */2 * * *", 7200, 24, 3600),
                                         ("lftp", "*/10 * * * *", 600, 24, 60), ("lftp", "48 */4 * * *", 14400, 20, 3600)):
    poll(f"{program}-cron", "plain_cron", period, acts, ttl, program, "NAME", spec, notes=f"every {period} s by crond")
P.write(sys.argv[1])
