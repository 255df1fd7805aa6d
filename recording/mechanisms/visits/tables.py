#!/usr/bin/python3
"""tables.py FOLDER: writes the story's tables: who is who, which names exist, which process makes which series, and when each program is started.

Fixed seed; stdlib only. FOLDER/play/HOST has `epoch<TAB>command` (../play.py), FOLDER/sites/HOST the addresses a crawler begins with.
"""
import math
import random
import sys
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

START = datetime(2025, 4, 7, tzinfo=timezone.utc).timestamp()
DAYS = 14
SITES = 40
HOUR, DAY = 3600, 86400
# id, resolver, program, command, period, share of the period by which a start varies, TTL
CRAWLERS = [
    ("cr1", "unbound", "wget-recursive", "wget -q -r -l inf -H -D {z} -P /tmp/{id} --delete-after -T 20 -t 1 http://s00.{z}/", DAY, 0.0, 3600),
    ("cr2", "bind", "wget-recursive", "wget -q -r -l inf -H -D {z} -P /tmp/{id} --delete-after -T 20 -t 1 -w 2 --random-wait http://s00.{z}/", 7 * DAY, 0.05, 300),
    ("cr3", "knot", "linkchecker", "xargs linkchecker -q --no-status -t 2 -F none <@SITES@/{id}", DAY, 0.0, 900),
    ("cr4", "dnsmasq", "httrack", "httrack http://s00.{z}/ -O /tmp/{id} -q -w -%v0 -I0 +*.{z}/* -r50 -c2 -A1000000 --max-rate=0", DAY, 0.01, 300),
    ("cr5", "unbound-prefetch", "scrapy", "scrapy runspider -L ERROR @HERE@/spider.py -a zone={z}", DAY, 0.0, 3600),
    ("cr6", "unbound", "htdig", "bash @HERE@/htdig.sh {id} {z} @SITES@/{id}", 12 * HOUR, 0.02, 60),
    ("cr7", "bind", "curl-links", "xargs -n 10 curl -s -I -m 20 -o /dev/null <@SITES@/{id}", 6 * HOUR, 0.0, 900),
    ("cr8", "knot", "wget2-recursive", "wget2 -q -r -l inf -H -D {z} -P /tmp/{id} --delete-after -T 20 --tries=1 --max-threads=3 http://s00.{z}/", 12 * HOUR, 0.1, 86400),
    ("cr9", "dnsmasq", "wget-list", "wget -q -i @SITES@/{id} -O /dev/null -T 20 -t 1", 6 * HOUR, 0.0, 60),
    ("cr10", "unbound", "linkchecker", "xargs linkchecker -q --no-status -t 10 -F none <@SITES@/{id}", 30 * DAY, 0.0, 300),
    ("cr11", "unbound-prefetch", "httrack", "httrack http://s00.{z}/ -O /tmp/{id} -q -w -%v0 -I0 +*.{z}/* -r50 -c4 -A1000000 --max-rate=0", DAY, 0.2, 900),
    ("cr12", "bind", "w3m-list", "xargs -n 1 w3m -dump <@SITES@/{id}", DAY, 0.05, 3600),
    ("cr13", "knot", "wget-list", "wget -q -i @SITES@/{id} -O /dev/null -T 20 -t 1 -w 5 --random-wait", 8 * HOUR, 0.6, 300),
    ("cr14", "unbound", "curl-links", "xargs -n 40 curl -s -I -m 20 <@SITES@/{id}", 30 * DAY, 0.0, 86400),
    ("cr15", "dnsmasq", "linkchecker", "xargs linkchecker -q --no-status -t 4 -F none <@SITES@/{id}", 2 * DAY, 0.1, 3600),
    ("cr16", "unbound-prefetch", "wget-recursive", "wget -q -r -l inf -H -D {z} -P /tmp/{id} --delete-after -T 20 -t 1 http://s00.{z}/", 12 * HOUR, 0.3, 60),
]
BROWSERS = {
    "curl": "curl -s -m 20 -o /dev/null {u}", "wget-p": "wget -q -T 20 -t 1 -p -H -P /tmp/{id} {u}", "lynx": "lynx -dump {u}",
    "w3m": "w3m -dump {u}", "links2": "links2 -dump {u}", "elinks": "elinks -dump {u}", "chromium": "chromium --headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --no-first-run --dump-dom {u}",
}
# id, resolver, browser, time zone, week, views a working day, cache on the host
PEOPLE = [
    ("hu1", "unbound", "curl", "Europe/Berlin", "office", 34, "-"), ("hu2", "bind", "lynx", "America/New_York", "office", 30, "-"),
    ("hu3", "knot", "w3m", "Asia/Tokyo", "office", 26, "-"), ("hu4", "dnsmasq", "wget-p", "Europe/London", "office", 28, "-"),
    ("hu5", "unbound-prefetch", "links2", "America/Los_Angeles", "office", 32, "-"), ("hu6", "unbound", "elinks", "Australia/Sydney", "office", 30, "-"),
    ("hu7", "bind", "wget-p", "Europe/Berlin", "evening", 24, "-"), ("hu8", "knot", "curl", "America/Chicago", "evening", 26, "-"),
    ("hu9", "dnsmasq", "lynx", "Asia/Kolkata", "evening", 30, "-"), ("hu10", "unbound", "w3m", "America/Sao_Paulo", "evening", 28, "-"),
    ("hu11", "unbound", "wget-p", "Europe/Helsinki", "office", 50, "dnsmasq"), ("hu12", "bind", "curl", "Europe/Madrid", "office", 60, "nscd"),
    ("hu13", "knot", "elinks", "Africa/Johannesburg", "office", 60, "dnsmasq"), ("hu14", "unbound-prefetch", "lynx", "Europe/Berlin", "evening", 36, "-"),
    ("hu15", "bind", "links2", "Asia/Singapore", "both", 40, "-"), ("hu16", "unbound", "curl", "America/Denver", "both", 36, "-"),
    ("hu17", "knot", "wget-p", "Europe/Warsaw", "both", 34, "-"), ("hu18", "dnsmasq", "curl", "Europe/Paris", "office", 40, "-"),
    ("hu19", "unbound-prefetch", "curl", "Asia/Dubai", "office", 34, "-"), ("hu20", "unbound", "lynx", "Europe/Berlin", "both", 60, "nscd"),
    ("hu21", "bind", "curl", "Europe/Lisbon", "bursts", 30, "-"), ("hu22", "knot", "links2", "America/New_York", "bursts", 26, "-"),
    ("hu23", "dnsmasq", "w3m", "Pacific/Auckland", "both", 36, "-"), ("hu24", "unbound", "chromium", "Europe/Berlin", "office", 3, "-"),
]
PAGES = ["news", "mail", "shop", "wiki"]
TTLS = [300, 60, 3600, 900, 30, 86400]


class Tables:
    def __init__(self, folder):
        self.folder, self.hosts, self.names, self.series, self.count = folder, [], [], [], 0
        for part in ("play", "sites"):
            (folder / part).mkdir(parents=True, exist_ok=True)

    def host(self, name, resolver, program, zone="UTC"):
        self.count += 1
        self.hosts.append((name, f"198.18.2.{self.count}", resolver, "-", "-", zone, "-", program))

    def name(self, *row):
        self.names.append(row)

    def says(self, host, name, mechanism, program="-", notes="-", side="-"):
        self.series.append((host, name, mechanism, program, "-", "-", notes, side))

    def play(self, host, rows):
        (self.folder / "play" / host).write_text("".join(f"{at:.3f}\t{command}\n" for at, command in sorted(rows)))

    def write(self):
        for name, rows in (("hosts", self.hosts), ("names", self.names), ("series", self.series)):
            (self.folder / f"{name}.tsv").write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))


def crawlers(tables):
    for id_, resolver, program, command, period, vary, ttl in CRAWLERS:
        rng = random.Random(f"7 {id_}")
        zone = f"{id_}.example"
        tables.host(id_, resolver, program)
        often = "once" if period > DAYS * DAY else f"every {period // HOUR} h" + (" or so" if vary else "")
        for site in range(SITES):
            tables.name(f"s{site:02d}.{zone}", ttl, "A", f"198.19.200.{(site * 5 + tables.count) % 250 + 1}")
            tables.says(id_, f"s{site:02d}.{zone}", "crawler", notes=f"goes through {SITES} sites {often}")
        (tables.folder / "sites" / id_).write_text("".join(f"http://s{site:02d}.{zone}/\n" for site in range(SITES)))
        at, rows = START + rng.uniform(HOUR, min(period, 20 * HOUR)), []
        while at < START + DAYS * DAY - HOUR:
            shift = rng.uniform(-0.5, 0.5) * vary * period if rows else 0.0
            rows.append((max(at + shift, START), command.format(z=zone, id=id_)))
            at += period
        tables.play(id_, rows)


def wants(week, local):
    """Relative demand at a local hour; about 1 at its peak."""
    hour, weekday = local.hour + local.minute / 60, local.weekday()
    free = weekday >= 5 or (local.month, local.day) == (4, 18)
    office = 0.0 if free else math.exp(-((hour - 10.3) ** 2) / 4) + 0.85 * math.exp(-((hour - 15.2) ** 2) / 5)
    evening = math.exp(-((hour - 20.5) ** 2) / 4) + (0.7 * math.exp(-((hour - 13) ** 2) / 12) if free else 0.12 * math.exp(-((hour - 7.3) ** 2) / 0.5))
    return {"office": office + (0.04 if free and 9 < hour < 20 else 0.0), "evening": evening, "both": 0.8 * office + 0.6 * evening, "bursts": 0.5 * office + 0.5 * evening}[week]


def visits(rng, week, zone, per_day):
    """Instants of page views: sessions begin as the week says, a session is a run of views with time to read between them."""
    region = ZoneInfo(zone)
    length = 14.0 if week == "bursts" else 4.0
    total = sum(wants(week, datetime.fromtimestamp(START + k * 900, region)) for k in range(96)) / 96 or 0.2
    away = rng.randrange(DAYS) if rng.random() < 0.4 else None
    now = START + 300.0
    while True:
        now += rng.expovariate(per_day / length / DAY / total * 1.05)
        if now >= START + DAYS * DAY - 600:
            return
        local = datetime.fromtimestamp(now, region)
        if rng.random() * 1.05 > wants(week, local) or (away is not None and int((now - START) // DAY) == away):
            continue
        at = now
        for _ in range(1 + int(rng.expovariate(1 / (length - 1)))):
            yield at
            at += min(600.0, rng.lognormvariate(3.4, 0.9))


def people(tables):
    shared = {}
    for id_, resolver, browser, where, week, views, cache in PEOPLE:
        rng = random.Random(f"7 {id_}")
        zone = f"{id_}.example"
        program = browser + "-person" + ("" if cache == "-" else f"+{cache}")
        tables.host(id_, resolver, program, where)
        town = f"www.town-{resolver}.example"
        if resolver not in shared:
            shared[resolver] = town
            tables.name(town, (300, 60, 900, 30, 3600)[len(shared) - 1], "A", "198.19.200.9")
            tables.name(f"static.town-{resolver}.example", 300, "A", "198.19.200.9")
        note = f"a person in {where} ({week}), driven by a schedule" + ("" if cache == "-" else f"; {cache} on the host")
        turn = (tables.count * 5) % len(TTLS)
        pages = [f"{page}.{zone}" for page in PAGES]
        for page, ttl in zip(pages, TTLS[turn:] + TTLS[:turn], strict=False):
            tables.name(page, ttl, "A", f"198.19.200.{rng.randint(10, 250)}")
            tables.says(id_, page, "human-use", notes=note)
            if cache == "nscd":
                tables.says(id_, page, "cache-refresh", notes="nscd asks again for what it holds when that runs out, some times without a reader")
        tables.name(f"static.{zone}", 300, "A", "198.19.200.8")
        if browser in ("wget-p", "chromium"):
            tables.says(id_, f"static.{zone}", "human-use", notes=note)
            tables.says(id_, f"static.town-{resolver}.example", "human-use", notes=note)
        tables.says(id_, town, "human-use", notes=note + "; several people of this resolver ask this name")
        if cache == "nscd":
            tables.says(id_, town, "cache-refresh", notes="nscd asks again for what it holds when that runs out, some times without a reader", side="client")
        weights = [1 / (1 + k) ** 0.9 for k in range(len(pages))]
        rows, site, last = [], pages[0], 0.0
        for at in visits(rng, week, where, 1.1 * views):
            if at - last > 900 or rng.random() < 0.35:
                site = town if rng.random() < 0.12 else rng.choices(pages, weights)[0]
            last = at
            rows.append((at, BROWSERS[browser].format(u=f"http://{site}/{rng.randint(1, 99)}.html", id=id_)))
        tables.play(id_, rows)


def main(folder):
    tables = Tables(folder)
    tables.hosts.append(("pages", "203.0.113.82", "127.0.0.1", "-", "-", "UTC", "-", "-"))
    crawlers(tables)
    people(tables)
    tables.write()


main(Path(sys.argv[1]))
