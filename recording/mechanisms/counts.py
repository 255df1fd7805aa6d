#!/usr/bin/python3
"""counts.py COUNTS: prints the table for README.md from what labels.py counted: labelled series by mechanism, program and side, with n >= 30 and n >= 100 lookups."""
import csv
import sys
from collections import defaultdict
from pathlib import Path


def main(counts):
    cells = defaultdict(lambda: [0, 0, 0])
    resolvers = defaultdict(set)
    for row in csv.DictReader(counts.open(), delimiter="\t"):
        side = "client" if row["vantage"] == "resolver-client" else "auth"
        for key in ((row["mechanism"], row["program"]), (row["mechanism"], "~all"), ("~all", "~all")):
            resolvers[key].add(row["resolver"])
            cell = cells[(*key, side)]
            n = int(row["lookups"])
            for at, least in enumerate((1, 30, 100)):
                cell[at] += n >= least
    print("| mechanism | program | resolvers | client side: series, n >= 30, n >= 100 | authoritative side |\n|---|---|---|---|---|")
    for key in sorted(resolvers):
        sides = [" / ".join(map(str, cells[(*key, side)])) for side in ("client", "auth")]
        words = " ".join(sorted(resolvers[key])) if "~all" not in key else len(resolvers[key])
        print("|", " | ".join(word.replace("~all", "all") for word in (*key, str(words), *sides)), "|")


main(Path(sys.argv[1]))
