#!/usr/bin/python3
"""labels.py TABLES CASE START END COUNTS: writes CASE/labels.csv from a story's tables, and COUNTS: how many lookups each row covers.

Every label follows from the tables. The captures are read for one thing only: a row that covers no lookup is left out (and said
on standard error). A series' row has a client-side label and one at the authoritative server, where the client is the resolver.
Names below in-addr.arpa are in reverse.pcap, others in forward.pcap. side is client, auth or - for both. A name `*.zone` stands for every name below it that was asked.
"""
import csv
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import tables
from captures import questions

HEADER = "file,vantage,client,name,mechanism,start,end,notes,program,resolver,ttl_s".split(",")


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def ttl_of(name, names):
    own = [row for row in names if row.name == name and row.type not in ("ZONE", "LAME", "REFUSED")]
    for kind in ("A", "PTR", "MX", "TXT"):
        for row in own:
            if row.type == kind:
                return row.ttl
    if own:
        return own[0].ttl
    above = [row for row in names if row.type == "ZONE" and name.endswith("." + row.name)]
    return max(above, key=lambda row: len(row.name)).ttl if above else "900"


def main(folder, case, story_start, story_end, counts_file):
    hosts = {row.name: row for row in tables.hosts(folder)}
    names = tables.names(folder)
    counts = {}
    for file in ("clients", "forward", "reverse"):
        path = case / "records" / f"{file}.pcap.xz"
        if path.exists():
            data = subprocess.run(["xz", "-dc", str(path)], check=True, capture_output=True).stdout
            for at, client, name, _ in questions(data):
                counts.setdefault((file, client, name), []).append(at)
    rows, wide = [], []
    for one in tables.series(folder):
        host = hosts[one.host]
        start, end = (word if word != "-" else default for word, default in ((one.start, story_start), (one.end, story_end)))
        program = one.program if one.program != "-" else host.program
        for file, client in (("clients", host.address), ("reverse" if one.name.endswith("in-addr.arpa") else "forward", tables.EGRESS[host.resolver])):
            if one.side not in ("-", "client" if file == "clients" else "auth"):
                continue
            asked = [one.name.lower()]
            if one.name.startswith("*."):
                asked = sorted(name for f, c, name in counts if f == file and c == client and name.endswith(one.name[1:]))
            for name in asked:
                inside = sum(seconds(start) <= at < seconds(end) for at in counts.get((file, client, name), []))
                if not inside:
                    print("no lookup:", file, host.name, name, one.mechanism, file=sys.stderr)
                    continue
                vantage = "resolver-client" if file == "clients" else "authoritative"
                row = [f"records/{file}.pcap.xz", vantage, client, name, one.mechanism, start, end, "" if one.notes == "-" else one.notes, program, host.resolver, ttl_of(name, names)]
                if row not in rows:
                    rows.append(row)
                    wide.append([inside, host.name, *row])
    with open(case / "labels.csv", "w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows)
    with open(counts_file, "w") as out:
        out.write("lookups\thost\t" + "\t".join(HEADER) + "\n")
        for row in wide:
            out.write("\t".join(map(str, row)) + "\n")


main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:6])
