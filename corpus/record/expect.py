#!/usr/bin/env python3
"""Turns `tshark -T pdml` into one line a DNS message: what another reader sees in a capture.

Columns: frame, microseconds since 1970, source, destination, their ports, transport, identifier,
response (0 or 1), opcode, questions, first question's name, type and class, response code (with its
extension), TTLs of the answer section, and whether tshark calls the frame malformed.
Messages quoted inside ICMP are left out: they were not sent as such."""
import sys
import xml.etree.ElementTree as ET

COLUMNS = "frame time_us src dst sport dport proto id response opcode questions qname qtype qclass rcode ttls malformed"


def presentation(octets):
    """Labels as RFC 1035 section 5.1 writes them; None where they are not plain."""
    out, at = [], 0
    while at < len(octets):
        length = octets[at]
        if length == 0:
            return ".".join(out) or "."
        if length > 63:
            return None
        label = octets[at + 1:at + 1 + length]
        out.append("".join(
            "\\" + chr(c) if c in b".\\" else chr(c) if 0x21 <= c <= 0x7E else "\\%03d" % c for c in label))
        at += 1 + length
    return None


def number(text):
    return int(text, 0)


def first(proto, name):
    for field in proto.iter("field"):
        if field.get("name") == name:
            return field
    return None


def show(proto, name):
    field = first(proto, name)
    return field.get("show") if field is not None else None


def group(proto, name):
    for field in proto.findall("field"):
        if field.get("show") == name:
            return field
    return None


def message(proto):
    response = number(show(proto, "dns.flags.response") or "0")
    queries, answers = group(proto, "Queries"), group(proto, "Answers")
    qname = qtype = qclass = rcode = ttls = "-"
    if queries is not None:
        field = first(queries, "dns.qry.name")
        qname = presentation(bytes.fromhex(field.get("value"))) or "?" if field is not None else "?"
        qtype = show(queries, "dns.qry.type") or "-"
        qclass = number(show(queries, "dns.qry.class") or "0")
    if response:
        rcode = number(show(proto, "dns.flags.rcode") or "0")
        extended = show(proto, "dns.resp.ext_rcode")
        rcode += number(extended) << 4 if extended else 0
        found = [f.get("show") for f in answers.iter("field") if f.get("name") == "dns.resp.ttl"] if answers is not None else []
        ttls = ",".join(str(number(t)) for t in found) or "-"
    return (number(show(proto, "dns.id") or "0"), response, number(show(proto, "dns.flags.opcode") or "0"),
            number(show(proto, "dns.count.queries") or "0"), qname, qtype, qclass, rcode, ttls)


def packet(element):
    frame = time_us = src = dst = sport = dport = transport = "-"
    malformed = int(any(p.get("name") == "_ws.malformed" for p in element.iter("proto")))
    for proto in element.findall("proto"):
        name = proto.get("name")
        if name == "geninfo":
            frame = number(show(proto, "num"))
            stamp = first(proto, "timestamp").get("value")
            s, _, rest = stamp.partition(".")
            time_us = int(s or 0) * 1_000_000 + int((rest + "000000")[:6])
        elif name in ("ip", "ipv6"):
            src, dst = show(proto, name + ".src"), show(proto, name + ".dst")
        elif name in ("udp", "tcp"):
            transport, sport, dport = name, show(proto, name + ".srcport"), show(proto, name + ".dstport")
        elif name in ("icmp", "icmpv6"):
            return
        elif name == "dns":
            yield (frame, time_us, src, dst, sport, dport, transport, *message(proto), malformed)


def main():
    print("#" + COLUMNS.replace(" ", "\t"))
    for _, element in ET.iterparse(sys.stdin):
        if element.tag == "packet":
            for row in packet(element):
                print("\t".join(map(str, row)))
            element.clear()


main()
