#!/usr/bin/python3
"""pack.py OUT STORY CASE: puts what a run wrote (OUT) into CASE: records compressed, case.toml, the story's tables and package versions.

Nothing is cut from a capture but what is later than the end of the span. clients.pcap is the five resolvers' captures in one, in the order of stamps; flows.csv is derived (flows.py).
A story may have a file case.toml.in with more tables, added at the end, and extra-records.tsv: `file below OUT/log`, `name below
records/`, `lines for its source table, ; between them` (no hash: it is filled in).
"""
import hashlib
import json
import lzma
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import captures
import tables

HERE = Path(__file__).parent
RESOLVERS = ["unbound", "unbound-prefetch", "bind", "knot", "dnsmasq"]
TEXT = {"clients": "resolver-client", "forward": "authoritative", "reverse": "authoritative"}


def zone_names(folder):
    found = {row.name if row.type in ("ZONE", "LAME", "REFUSED") else ".".join(row.name.split(".")[-2:]) for row in tables.names(folder)}
    return sorted(name for name in found if not name.endswith("arpa"))


def source(case, name, lines):
    path = f"records/{name}"
    digest = hashlib.sha256((case / path).read_bytes()).hexdigest()
    return "\n".join(["[[source]]", f'id = "{name.split(".")[0]}"', f'path = "{path}"', *lines, f'sha256 = "{digest}"', ""])


def main(out, story, case):
    start, end = (out / "span").read_text().split()
    until = datetime.fromisoformat(end.replace("Z", "+00:00")).timestamp()
    covers = f'covers = [["{start}", "{end}"]]'
    log, folder, records = out / "log", out / "tables", case / "records"
    shutil.rmtree(records, ignore_errors=True)
    records.mkdir(parents=True)
    for name in ("hosts.tsv", "names.tsv", "series.tsv"):
        shutil.copyfile(folder / name, case / name)
    shutil.copyfile(out / "versions", case / "versions.txt")

    def keep(name, data):
        (records / name).write_bytes(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))

    keep("clients.pcap.xz", captures.merged([(log / f"clients-{name}.pcap").read_bytes() for name in RESOLVERS], until))
    for name in ("forward", "reverse"):
        keep(f"{name}.pcap.xz", captures.merged([(log / f"{name}.pcap").read_bytes()], until))
    flows = subprocess.run([HERE / "flows.py", str(until)], stdin=(log / "conntrack.log").open("rb"), check=True, capture_output=True)
    print(flows.stderr.decode(), end="")
    keep("flows.csv.xz", flows.stdout)
    parts = []
    reverse = ["2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa", "113.0.203.in-addr.arpa", "18.198.in-addr.arpa", "19.198.in-addr.arpa"]
    zones = {"forward": zone_names(folder), "reverse": reverse}
    for name, vantage in TEXT.items():
        keeps = [f"keeps = {{ names = {json.dumps(zones[name])} }}"] if name in zones else []
        parts.append(source(case, f"{name}.pcap.xz", ['format = "auto"', 'kind = "dns"', f'vantage = "{vantage}"', covers, *keeps]))
    parts.append(source(case, "flows.csv.xz", ['format = "flow-csv"', 'kind = "flow"', covers]))
    extra = story / "extra-records.tsv"
    for row in extra.read_text().splitlines() if extra.exists() else []:
        if row and not row.startswith("#"):
            path, name, lines = row.split("\t")
            keep(name, (log / path).read_bytes())
            parts.append(source(case, name, [*lines.split(";"), covers]))
    subject = tables.series(folder)[0].name.lstrip("*.")
    title = next(line.split(":", 1)[1].strip() for line in (story / "story.sh").read_text().splitlines() if line.startswith("# title:"))
    head = ["# Written by recording/mechanisms/pack.py.", 'schema = "askance.case/1"', f'title = "{title}"', f'question = "Which mechanism made which series?"',
            f'subjects = ["{subject}"]', 'display_zone = "UTC"', ""]
    more = story / "case.toml.in"
    (case / "case.toml").write_text("\n".join(head + parts) + (more.read_text() if more.exists() else ""))
    subprocess.run([HERE / "labels.py", folder, case, start, end, out / "label-counts.tsv"], check=True)
    print(sum(path.stat().st_size for path in records.rglob("*") if path.is_file()), "bytes of records")


main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
