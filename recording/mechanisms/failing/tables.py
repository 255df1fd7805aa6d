#!/usr/bin/python3
"""tables.py DIR: the tables of the story failing: programs that do not give up on a name that fails, and stub resolvers that try a search list.

A name fails because it is not there (zones fN.example with negative TTL N), because its zone's server does not answer (lame.example) or
refuses (refused.example). mends.tsv says when a missing name is added; until then it does not exist.
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from plan import DAY, Plan

P = Plan("failing", 20250409, block=16)
for ttl in (30, 60, 300, 900, 3600):
    P.names.append((f"f{ttl}.example", ttl, "ZONE", "-"))
P.names += [("lame.example", 300, "LAME", "-"), ("refused.example", 300, "REFUSED", "-"), ("corp.failing.example", 300, "ZONE", "-"), ("lan.failing.example", 3600, "ZONE", "-")]
MENDS = []
turn = 0


def retry(program, kind, seconds, failure, *args, mended=None, notes="", search="-", packages="-"):
    """failure: a negative TTL, lame or refused; mended: the share of the instance's time after which the missing name is added."""
    host = P.host(program, search, packages)
    fqdn = f"{host}.{f'f{failure}' if isinstance(failure, int) else failure}.example"
    start, seconds = P.start(seconds)
    P.plan.append((host, kind, start, seconds, *(str(word).replace("NAME", fqdn) for word in args)))
    if mended:
        MENDS.append((start + int(seconds * mended), fqdn, 300, "A", f"198.19.24.{len(MENDS) + 1}"))
    why = {"lame": "no name server answers", "refused": "the name server refuses"}.get(failure, "the name does not exist")
    P.label(host, fqdn, "retry-loop", f"{why}; {notes}" + ("; then it is added" if mended else ""), "-" if isinstance(failure, int) else "client")
    # resolv.conf(5): without a list the domain of the host's own name is searched. hosts.example is not among the zones that are captured.
    P.label(host, fqdn, "search-suffix-leak", "the resolver library tries the domain of the host's own name after the failure; beneath it is a retry loop", "client")


CAUSES = (300, "lame", 60, "refused", 900, 30, "lame", 3600)
for n, cause in enumerate(CAUSES[:7]):
    every, retries = ((7200, 8), (21600, 10), (3600, 7), (14400, 9))[n % 4]
    retry("curl-retry", "cron", min(14 * DAY, every * (220 // retries)), cause, f"0 */{every // 3600} * * * curl -s --retry {retries} --retry-all-errors -m 20 -o /dev/null http://NAME/",
          notes=f"curl --retry {retries} --retry-all-errors every {every // 3600} h", mended=0.9 if cause == 60 else None)
for n, cause in enumerate(CAUSES[:6]):
    wait = (60, 600, 30)[n % 3]
    retry("wget-retry", "once", (6000, 14 * 3600, 4000)[n % 3], cause, f"wget -q -t 0 --waitretry={wait} --retry-on-host-error -O /dev/null http://NAME/", notes=f"wget -t 0 --waitretry={wait}", mended=0.8 if cause == 300 else None)
for n, cause in enumerate(CAUSES[:5]):
    retry("autossh", "autossh", (40, 12, 30, 20, 36)[n] * 600, cause, "NAME", notes="autossh -M 0 as it is by default, without gate time")
for n, cause in enumerate(CAUSES[:6]):
    retry("openvpn", "openvpn", (4, 10, 2, 6, 8, 3)[n] * 3600, cause, "NAME", ("udp", "tcp")[n % 2], notes="--resolv-retry infinite, connect-retry as it is by default", mended=0.85 if n == 0 else None)
for n, cause in enumerate(CAUSES[:7]):
    retry("chronyd", "chrony", (14, 10, 7, 5, 12, 4, 9)[n] * DAY, cause, "NAME", notes="a time server's name that fails", mended=0.9 if cause == 900 else None)
for n, cause in enumerate(CAUSES[:6]):
    retry("rsyslog", "rsyslog", (3600, 8000, 1500, 2500, 6000, 900)[n], cause, "NAME", (30, 60, 10)[n % 3], notes=f"omfwd, resumeInterval {(30, 60, 10)[n % 3]} s, resumeRetryCount -1")
for n, cause in enumerate(CAUSES):
    retry("requests-retry", "requests", (6, 10, 4, 20)[n % 4] * 3600, cause, "NAME", (8, 14, 10)[n % 3], (1, 0.5, 2)[n % 3], (1800, 3600, 900)[n % 3],
          notes=f"urllib3 Retry(total={(8, 14, 10)[n % 3]}, backoff_factor={(1, 0.5, 2)[n % 3]}) every {(1800, 3600, 900)[n % 3]} s", mended=0.9 if n == 5 else None)
for n, cause in enumerate(CAUSES[:5]):
    retry("runit-wget", "runit", (110, 90, 140, 100, 70)[n], cause, "NAME", notes="a service that ends when its server cannot be found, started anew by runsv each second")
for n, cause in enumerate(CAUSES[:5]):
    pause = (30, 10, 60, 120, 5)[n]
    retry("ssh-until-loop", "once", pause * 90, cause, f"until ssh -o BatchMode=yes -o ConnectTimeout=20 u@NAME true; do sleep {pause}; done >/dev/null 2>&1", notes=f"until ssh ...; do sleep {pause}; done")
    retry("rsync-until-loop", "once", pause * 90, CAUSES[n + 2], f"until rsync -q --contimeout=20 rsync://NAME/pub/; do sleep {pause}; done >/dev/null 2>&1", notes=f"until rsync ...; do sleep {pause}; done")
for n, cause in enumerate(("lame", "refused", "lame", "refused")):
    retry("lftp", "once", (120, 300, 200, 90)[n], cause, "lftp -c 'set net:max-retries 0; set dns:max-retries 0; open http://NAME/; cat index.html' >/dev/null 2>&1", notes="lftp, retries without end")
    retry("apt-retries", "apt", (4, 6, 8, 12)[n] * 3600, cause, "NAME", "*/30 * * * *", notes="Acquire::Retries 10 every half hour")

# stub resolvers with a search list: the bare name does not exist, or (ndots) the suffixes are tried first
NDOTS = ("corp.failing.example;options ndots:5", "corp.failing.example lan.failing.example;options ndots:4")  # for stubs that try a name with a dot as it is, and no list when it does not exist
LISTS = ("corp.failing.example", "corp.failing.example lan.failing.example", "corp.failing.example;options ndots:5", "lan.failing.example")


def leak(program, kind, pause, acts, *args, notes="", bare=True, lists=LISTS, single=False):
    """The driving clock is a plain one: the bare name is a scheduled poll, what is tried below the search list is the leak."""
    global turn
    search = lists[turn % len(lists)]
    turn += 1
    exists = turn % 5 == 0 or "ndots" in search
    host = P.host(program, search)
    fqdn = f"{host}.failing.example" if exists else f"{host}.f{(60, 300, 900)[turn % 3]}.example"
    if single:
        fqdn, exists, bare = host, False, False
    if exists:
        P.name(fqdn, (60, 300)[turn % 2])
    P.run(host, kind, pause * acts, *(str(word).replace("NAME", fqdn) for word in args))
    words = f"search {search}; the name {'exists' if exists else 'does not exist'}; every {pause} s"
    if bare:
        P.label(host, fqdn, "scheduled-poll", words)
    for suffix in search.split(";")[0].split():
        P.label(host, f"{fqdn}.{suffix}", "search-suffix-leak", words + (f"; {notes}" if notes else ""))


for pause, acts in ((300, 54), (900, 52), (3600, 56)):
    leak("curl-glibc", "loop", pause, acts, pause, "curl -s -m 20 -o /dev/null http://NAME/")
    leak("wget-glibc", "loop", pause, acts, pause, "wget -q -T 20 -t 1 -O /dev/null http://NAME/")
    leak("ping-glibc", "loop", pause, acts, pause, "ping -q -c 1 -W 2 NAME")
    leak("busybox-nslookup", "loop", pause, acts, pause, "busybox nslookup NAME", single=True, notes="a single label")
    leak("host", "loop", pause, acts, pause, "host NAME", lists=NDOTS)
    leak("dig-search", "loop", pause, acts, pause, "dig +search +short NAME", lists=NDOTS)
    leak("aria2-c-ares", "loop", pause, acts, pause, "aria2c -q --max-tries=1 -d /tmp -o x --allow-overwrite=true http://NAME/", lists=NDOTS)
    leak("musl-getaddrinfo", "musl", pause, acts, "NAME", pause, lists=NDOTS)
for pause, acts in ((60, 120), (300, 110), (600, 100), (900, 90), (3600, 100)):
    leak("prometheus-go", "prometheus", pause, acts, "NAME", pause)
    leak("monit-glibc", "monit", pause, acts, "NAME", pause)
P.write(sys.argv[1])
rows = ["# at_s\tname\tttl\ttype\tdata"] + ["\t".join(map(str, row)) for row in sorted(MENDS)]
(Path(sys.argv[1]) / "mends.tsv").write_text("\n".join(rows) + "\n")
