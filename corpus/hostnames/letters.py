#!/usr/bin/env python3
"""letters.py NAMES >crates/askance-inference/data/letters.txt

Counts which letter follows which in ordinary hostnames (one name a line) and prints log2 probabilities in hundredths, a row
for the letter before (a-z, 0-9, hyphen, anything else or the start of a label), a column for the letter after, add-one smoothed.
The shipped table was made from the hostnames in these published lists, as facts about language, not as a copy of the lists:

    apt-get download webext-ublock-origin-firefox   # Debian 12, 1.67.0: hostnames of its filter lists (advertisers, trackers, CDNs)
    npm pack top-sites                              # 1.1.222: the most linked sites
    grep -ohE 'https?://[A-Za-z0-9.-]+' /usr/share/doc/*/copyright
"""
import math
import sys

SYMBOLS = "abcdefghijklmnopqrstuvwxyz0123456789-"
OTHER = len(SYMBOLS)
code = {c: k for k, c in enumerate(SYMBOLS)}
counts = [[1] * (OTHER + 1) for _ in range(OTHER + 1)]
names = sorted({line.strip().lower().rstrip(".") for line in open(sys.argv[1], encoding="ascii", errors="ignore")})
for name in names:
    for label in name.split(".")[:-1]:
        before = OTHER
        for c in label:
            now = code.get(c, OTHER)
            counts[before][now] += 1
            before = now
print(f"# log2 of the probability of a letter after another in ordinary hostnames, in hundredths; from {len(names)} names; see corpus/hostnames/letters.py")
for row in counts:
    total = sum(row)
    print(" ".join(str(round(100 * math.log2(n / total))) for n in row))
