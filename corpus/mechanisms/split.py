#!/usr/bin/env python3
"""split.py >split.toml: which programs may be fitted on, by a rule that cannot know how well they are told apart.

A program is kept for testing where SHA-256 of its name, as a number, leaves 0 divided by 3; then, mechanism by mechanism, one
program is moved so that a mechanism with two programs or more has at least one on either side (the one of the least hash).
"""
import collections
import csv
import glob
import hashlib
import os

here = os.path.dirname(os.path.abspath(__file__))
programs = collections.defaultdict(set)
for path in sorted(glob.glob(f"{here}/*/labels.csv")):
    for row in csv.DictReader(open(path, encoding="utf-8")):
        programs[row["mechanism"]].add(row["program"])


def number(program):
    return int(hashlib.sha256(program.encode()).hexdigest(), 16)


test = {p for own in programs.values() for p in own if number(p) % 3 == 0}
for mechanism, own in sorted(programs.items()):
    ranked = sorted(own, key=number)
    if len(own) == 1:
        test -= own
    elif not own & test:
        test.add(ranked[0])
    elif own <= test:
        test.discard(ranked[0])
print('# Written by split.py: a rule, not a choice.\nschema = "askance.split/1"')
for mechanism, own in sorted(programs.items()):
    quoted = lambda names: ", ".join(f'"{p}"' for p in sorted(names))
    print(f"\n[mechanism.{mechanism}]\nfit = [{quoted(own - test)}]\ntest = [{quoted(own & test)}]")
