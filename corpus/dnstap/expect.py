#!/usr/bin/env python3
"""expect.py SHORT YAML: turns what `dnstap-read` and `dnstap-read -y` say of one file into one line a message.

Columns: kind, milliseconds since 1970 (dnstap-read shows no more), who asked and its port, who was asked and
its port, transport, octets, opcode, identifier, first question's name, type and class, and the response's code."""
import datetime
import re
import sys

COLUMNS = "kind time_ms client client_port server server_port proto octets opcode id qname qtype qclass rcode"
SHORT = re.compile(r"(\S+ \S+) (\w\w) (\S+):(\d+) (?:->|<-) (\S+):(\d+) (\w+) (\d+)b ")


def value(document, key, default=None):
    found = re.search(rf"^ +{key}: (.*)$", document, re.M)
    return found[1] if found else default


def question(document):
    found = re.search(r"^ +QUESTION_SECTION:\n +- '?(.*?)'?$", document, re.M)
    name, qclass, qtype = found[1].replace("''", "'").rsplit(" ", 2) if found else ("-", "-", "-")
    return name, qtype, qclass


def main(short, documents):
    print("#" + "\t".join(COLUMNS.split()))
    for line, document in zip(short, documents, strict=True):
        stamp, kind, client, client_port, server, server_port, proto, octets = SHORT.match(line).groups()
        time = datetime.datetime.strptime(stamp + "+0000", "%d-%b-%Y %H:%M:%S.%f%z")
        time_ms = (time - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(milliseconds=1)
        client, server = (value(document, key).strip('"') for key in ("query_address", "response_address"))
        rcode = value(document, "status") if kind.endswith("R") else "-"
        print(kind, time_ms, client, client_port, server, server_port, proto, octets, value(document, "opcode"),
              value(document, "id"), *question(document), rcode, sep="\t")


if __name__ == "__main__":
    with open(sys.argv[1]) as short, open(sys.argv[2]) as documents:
        main(short.read().splitlines(), [part for part in re.split("^---\n", documents.read(), flags=re.M) if part.strip()])
