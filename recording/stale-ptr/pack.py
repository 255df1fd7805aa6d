#!/usr/bin/python3
"""pack.py OUT CASE: compresses what a run of the story wrote (OUT) into CASE/records and fills in CASE/case.toml's hashes.

Nothing is cut: the files are what the daemons wrote. flows.csv and published-list.txt are derived (flows.py, publish.py).
"""
import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FILES = {
    "fwd/query.log": "forward-auth-query.log", "fwd/fwd.pcap": "forward-auth.pcap",
    "rev/query.log": "reverse-auth-query.log", "rev/rev.pcap": "reverse-auth.pcap",
    "root/query.log": "root-tld-query.log",
    "adns/unbound.log": "resolver-northbank.log", "bdns/query.log": "resolver-lakeside-clinic.log", "cdns/unbound.log": "resolver-cardpay.log",
    "ddns/dnsmasq.log": "resolver-tradeschool.log", "isp/query.log": "resolver-isp.log", "edns/unbound.log": "resolver-archive-society.log",
    "fdns/unbound.log": "resolver-uptime-watch.log", "gdns/unbound.log": "resolver-booking-portal.log", "hhdns/unbound.log": "resolver-data-desk.log",
    "vdns/unbound.log": "resolver-crm-vendor.log", "hdns/unbound.log": "resolver-mail-host.log",
    "a/mail.log": "mail-northbank.log", "b/mainlog": "mail-lakeside-clinic.log", "c/mail.log": "mail-cardpay.log", "d/mail.log": "mail-tradeschool.log",
    "e/mail.log": "mail-archive-society.log", "vendor/mail.log": "mail-crm-vendor.log", "hoster/mail.log": "mail-mail-host.log",
}
ZONES = {
    "zones-before": ["hotel-brand.example", "other-hotel.example", "lake-hotel.example", "park-hotel.example", "invites-app.example", "100.51.198"],
    "zones-after": ["mail-clients.example", "100.51.198"],
}


def derived(script, source):
    return subprocess.run([HERE / script], stdin=source.open("rb"), check=True, capture_output=True).stdout


def main(out, case):
    records = case / "records"
    shutil.rmtree(records, ignore_errors=True)
    records.mkdir(parents=True)
    log = out / "log"
    for source, name in FILES.items():
        shutil.copyfile(log / source, records / name)
    (records / "flows.csv").write_bytes(derived("flows.py", log / "conntrack.log"))
    (records / "published-list.txt").write_bytes(derived("publish.py", log / "fwd/query.log"))
    plain = sorted(path for path in records.iterdir())
    subprocess.run(["zstd", "-19", "-q", "--rm", *map(str, plain)], check=True)
    shutil.copyfile(log / "s/survey.jsonl", records / "survey.jsonl")
    for folder, zones in ZONES.items():
        target = records / folder
        target.mkdir()
        for zone in zones:
            name = zone if zone.endswith("example") else f"{zone}.in-addr.arpa"
            shutil.copyfile(out / folder / f"{zone}.zone", target / f"{name}.zone")
    def hash_of(found):
        return hashlib.sha256((case / found[1]).read_bytes()).hexdigest()
    text = re.sub(r"@([a-z0-9./-]+)@", hash_of, (HERE / "case.toml.in").read_text())
    (case / "case.toml").write_text(text)
    print(sum(path.stat().st_size for path in records.rglob("*") if path.is_file()), "bytes of records")


main(Path(sys.argv[1]), Path(sys.argv[2]))
