#!/usr/bin/python3
"""schedule.py FOLDER: writes when which mail is handed to which sending host, and when the data desk wants its file.

vendor.tsv and hoster.tsv: epoch, envelope sender, recipient; retry.tsv: epoch. Fixed seed; stdlib only.
Arrivals are Poisson with a rate that follows office hours in Europe/Berlin (UTC+1 during the whole story) and
falls at the weekend; a subject's mail draws up to three more within a minute or two (invitations come in groups).
"""
import math
import os
import random
import sys
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).parent
VARS = dict(line.split("=", 1) for line in (HERE / "names.sh").read_text().split("\n") if "=" in line and line[:1] != "#")


def epoch(name):
    return int(datetime.fromisoformat(os.environ.get(name, VARS[name]).replace("Z", "+00:00")).timestamp())


START, END = epoch("STORY_START"), epoch("STORY_END")
RECEIVERS = {
    "a": "office@northbank.example",
    "b": "info@lakeside-clinic.example",
    "c": "desk@cardpay.example",
    "d": "office@tradeschool.example",
    "e": "board@archive-society.example",
}
# mails a weekday: the invitations application (the stale address), the sibling tenant, the other senders together
RATES = {"a": (6.5, 1.0, 6.0), "b": (5.5, 1.0, 5.0), "c": (5.0, 0.8, 4.0), "d": (4.2, 1.2, 3.0), "e": (0.3, 0.2, 1.0)}
OTHERS = [
    "desk@regional-news.example", "orders@bookshop.example", "loans@city-library.example",
    "tickets@rail-tickets.example", "dev-bounces@software-lists.example", "notice@insurance.example",
]
SUBJECT_SENDER, SIBLING_SENDER = "meeting@invites-app.example", "news@other-hotel.example"


def shape(now):
    """Relative rate; its mean over a weekday is one."""
    local = now + 3600
    hour, weekday = local % 86400 / 3600, (local // 86400 + 3) % 7
    work = math.exp(-((hour - 10.5) ** 2) / 6) + 0.9 * math.exp(-((hour - 15.0) ** 2) / 7)
    rate = 0.15 + 2.35 * work
    return rate * (0.3 if weekday >= 5 else 1.0)


def arrivals(rng, per_day):
    now, top = float(START + 600), 3.0
    while True:
        now += rng.expovariate(per_day * top / 86400)
        if now >= END - 900:
            return
        if rng.random() < shape(now) / top:
            yield int(now)


def main(folder):
    rng = random.Random(20250303)
    vendor, hoster, retry = [], [], []
    for org, recipient in RECEIVERS.items():
        subject, sibling, others = RATES[org]
        for when in arrivals(rng, subject):
            vendor.append((when, SUBJECT_SENDER, recipient))
            if rng.random() < 0.25:
                for _ in range(rng.randint(1, 3)):
                    when += rng.randint(4, 70)
                    vendor.append((when, SUBJECT_SENDER, recipient))
        vendor += [(when, SIBLING_SENDER, recipient) for when in arrivals(rng, sibling)]
        hoster += [(when, rng.choice(OTHERS), recipient) for when in arrivals(rng, others)]
    # two invitations to the seldom-mailed organisation while the forward name is gone
    for text in ("2025-03-12T08:17:40+00:00", "2025-03-13T07:03:12+00:00"):
        vendor.append((int(datetime.fromisoformat(text).timestamp()), SUBJECT_SENDER, RECEIVERS["e"]))
    now = float(epoch("RETRY_FROM"))
    while now < END - 3600:
        retry.append((int(now),))
        now += 300 + rng.expovariate(1 / (4.0 * 3600))
    for name, rows in (("vendor", vendor), ("hoster", hoster), ("retry", retry)):
        text = "".join("\t".join(map(str, row)) + "\n" for row in sorted(rows))
        (Path(folder) / f"{name}.tsv").write_text(text)


main(sys.argv[1])
