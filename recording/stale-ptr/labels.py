#!/usr/bin/python3
"""labels.py CASE: writes CASE/labels.csv, and on standard output how many lookups each row covers.

A label follows from the story: from the host's one job in hosts.tsv and from which servers can see the host's lookups.
The records are read for one thing only: a row that covers no lookup is left out.
"""
import csv
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

from readers import lookups

HERE = Path(__file__).parent
VARS = dict(line.split("=", 1) for line in (HERE / "names.sh").read_text().split("\n") if "=" in line and line[:1] != "#")
HOSTS = [row for row in csv.reader((HERE / "hosts.tsv").read_text().splitlines(), delimiter="\t") if row[0][:1] != "#"]
START, END, DELETED = VARS["STORY_START"], VARS["STORY_END"], VARS["ZONE_DELETED"]
SUBJECT = VARS["SUBJECT"]
SENDERS = [  # name, its PTR name, the envelope domain
    (SUBJECT, VARS["SUBJECT_PTR"], VARS["SENDER_DOMAIN"]),
    (VARS["SIBLING"], VARS["SIBLING_PTR"], "other-hotel.example"),
    ("smtp1.regional-news.example", "11.113.0.203.in-addr.arpa", "regional-news.example"),
    ("out.bookshop.example", "12.113.0.203.in-addr.arpa", "bookshop.example"),
    ("mail.city-library.example", "13.113.0.203.in-addr.arpa", "city-library.example"),
    ("relay.rail-tickets.example", "14.113.0.203.in-addr.arpa", "rail-tickets.example"),
    ("mta3.software-lists.example", "15.113.0.203.in-addr.arpa", "software-lists.example"),
    ("post.insurance.example", "16.113.0.203.in-addr.arpa", "insurance.example"),
]
# the files in which lookups stand; None: the clients are the resolvers' egress addresses
CLIENT_LOGS = {
    "vdns": "crm-vendor", "hdns": "mail-host", "adns": "northbank", "bdns": "lakeside-clinic", "cdns": "cardpay", "isp": "isp",
    "ddns": "tradeschool", "edns": "archive-society", "fdns": "uptime-watch", "gdns": "booking-portal", "hhdns": "data-desk",
}
AUTHORITATIVE = ["forward-auth-query.log", "forward-auth.pcap", "reverse-auth-query.log", "reverse-auth.pcap", "root-tld-query.log", "published-list.txt"]
BERLIN = 3600  # Europe/Berlin is UTC+1 during the whole story


def rows_of(kind, software, fqdn, upstream):
    """(name, mechanism, start, end, note) of a host's job; upstream: as the authoritative servers see it."""
    domain = fqdn.split(".", 1)[1]
    if kind == "mta":
        how = f"{software} checks whoever connects: PTR of the address, then the address of that name"
        for name, reverse, _ in SENDERS:
            yield reverse, "sender-verification", START, END, how
            yield name, "sender-verification", START, END, how
        yield VARS["PAIRED"], "sender-verification", VARS["PAIRED_ADDED"], END, how + "; the PTR names it from " + VARS["PTR_CHANGED"]
        if software in ("exim", "sendmail"):
            for _, _, envelope in SENDERS:
                yield envelope, "sender-verification", START, END, f"{software} checks that the domain of MAIL FROM can take mail"
            for target in ("incoming.crm-vendor.example", "mta.mail-host.example"):
                yield target, "sender-verification", START, END, f"{software} checks that the domain of MAIL FROM can take mail: address of its MX"
        yield f"{SUBJECT}.{domain}", "search-suffix-leak", DELETED, END, "the resolver library tries the search suffix after NXDOMAIN; beneath it is sender verification"
    elif kind == "poll":
        yield SUBJECT, "scheduled-poll", START, END, f"{software}" + ("; behind a cache" if upstream else "")
        yield f"{SUBJECT}.{domain}", "search-suffix-leak", DELETED, END, "the resolver library tries the search suffix after NXDOMAIN; beneath it is a poll"
    elif kind == "dense":
        yield SUBJECT, "cache-refresh" if upstream else "scheduled-poll", START, END, f"{software} resolves every 30 s" + ("; the cache lets one lookup a TTL through" if upstream else "")
    elif kind == "retry":
        yield SUBJECT, "retry-loop", DELETED, END, "curl --retry in bursts; lookups of the same job before the deletion succeeded at once and are not labelled" + ("; the cache of negative answers lets one in 900 s through" if upstream else "")
        yield f"{SUBJECT}.{VARS['RETRY_SUFFIX']}", "search-suffix-leak", DELETED, END, "the resolver library tries the search suffix after NXDOMAIN"
    elif kind == "sender":
        for other in HOSTS:
            if other[3] == "mta":
                for name in (other[2], other[2].split(".", 1)[1]):
                    yield name, "delivery-retry", START, END, "postfix asks MX and address of the recipient's domain; only the seldom-mailed organisation defers"
        for other in HOSTS:
            if other[3] in ("poll", "survey"):
                last = other[1].split(".")[3] + "." + ".".join(reversed(other[1].split(".")[:3])) + ".in-addr.arpa"
                yield last, "sender-verification", START, END, "the sending host's own smtpd checks who connects"
                yield other[2], "sender-verification", START, END, "the sending host's own smtpd checks who connects"


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def main(case):
    by_address = {row[1]: row for row in HOSTS}
    wanted = []  # file, vantage, client, row
    for row in HOSTS:
        name, address, fqdn, kind, resolver, egress, _, software, _ = row
        if kind not in ("mta", "poll", "dense", "retry", "sender"):
            continue
        seen_at = [(by_address[resolver][0], address)]
        forwards_to = by_address[resolver][4]
        if forwards_to != "-":  # the forwarder's own resolver sees the forwarder
            seen_at.append((by_address[forwards_to][0], resolver))
        for log, client in seen_at:
            for label in rows_of(kind, software, fqdn, False):
                wanted.append((f"records/resolver-{CLIENT_LOGS[log]}.log.zst", "resolver-client", client, label))
        for file in AUTHORITATIVE:
            for label in rows_of(kind, software, fqdn, True):
                note = label[4]
                if egress == "203.0.113.129" and label[0] == SUBJECT:
                    note += "; MIXTURE: this resolver serves receiver D's forwarder and the farm's monitor"
                wanted.append((f"records/{file}.zst", "authoritative", egress, (*label[:4], note)))
    counts, kinds = {}, {}
    for file in sorted({row[0] for row in wanted}):
        data = subprocess.run(["zstd", "-dcq", str(case / file)], check=True, capture_output=True).stdout
        offset = BERLIN if file in ("records/resolver-lakeside-clinic.log.zst", "records/resolver-tradeschool.log.zst") else 0
        for at, client, name, kind in lookups(file, data, offset):
            counts.setdefault((file, client, name), []).append(at)
            kinds.setdefault((file, client, name), Counter())[kind] += 1
    kept = []
    for file, vantage, client, (name, mechanism, start, end, note) in wanted:
        inside = sum(seconds(start) <= at < seconds(end) for at in counts.get((file, client, name), []))
        if inside:
            kept.append((file, vantage, client, name, mechanism, start, end, note))
            print(inside, file, client, name, mechanism, dict(kinds[file, client, name]), sep="\t")
    with open(case / "labels.csv", "w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow("file,vantage,client,name,mechanism,start,end,notes".split(","))
        writer.writerows(kept)


main(Path(sys.argv[1]))
