#!/usr/bin/python3
"""publish.py < forward-auth-query.log > published-list.txt: what a third party might publish of such a log.

Only A queries of the subject, only while the story lasts; time, name, client; one second of resolution under a mask of
milliseconds; in no order inside a day (fixed seed). Everything else that the server saw is left out.
"""
import random
import re
import sys
from datetime import datetime
from pathlib import Path

VARS = dict(line.split("=", 1) for line in (Path(__file__).parent / "names.sh").read_text().split("\n") if "=" in line and line[:1] != "#")
LINE = re.compile(r"^(\S+ \S+) client @\S+ ([0-9.]+)#\d+ \(\S+\): query: (\S+) IN (\S+) ")


def main():
    days = {}
    for line in sys.stdin:
        found = LINE.match(line)
        if not found or found[3].lower() != VARS["SUBJECT"] or found[4] != "A":
            continue
        when = datetime.strptime(found[1], "%d-%b-%Y %H:%M:%S.%f")
        if when.strftime("%Y-%m-%dT%H:%M:%SZ") >= VARS["STORY_START"]:
            days.setdefault(when.date(), []).append(f"{when:%Y-%m-%dT%H:%M:%S}.000Z|{VARS['SUBJECT']}|{found[2]}")
    rng = random.Random(2016)
    for day in sorted(days):
        rng.shuffle(days[day])
        print("\n".join(days[day]))


main()
