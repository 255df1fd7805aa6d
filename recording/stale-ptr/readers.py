"""Just enough reading of the recorded files to count what a row of labels.csv covers (labels.py, and the table in the case's README).

lookups(path, text) yields (epoch seconds, client, lower-case name, type). Replies are not counted, only queries.
"""
import re
import socket
import struct
from datetime import datetime, timezone

BIND = re.compile(r"^(\d\S+(?: \d\d:\S+)?) (?:queries: info: )?client @\S+ ([0-9.]+)#\d+ \(.*?\): query: (\S+) IN (\S+) ")
UNBOUND = re.compile(r"^(\[\d+\]|\w{3} [ \d]\d [\d:]{8}) unbound\[\d+:\w+\] (?:info|query): ([0-9.]+) (\S+)\. (\S+) IN$")
DNSMASQ = re.compile(r"^(\w{3} [ \d]\d [\d:]{8}) dnsmasq\[\d+\]: \d+ [0-9.]+/\d+ query\[(\w+)\] (\S+) from ([0-9.]+)$")
TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA"}


def epoch(text, form, offset_s):
    return datetime.strptime(text, form).replace(tzinfo=timezone.utc).timestamp() - offset_s


def when(text, offset_s):
    if text.startswith("["):
        return float(text[1:-1])
    if text[0].isalpha():
        return epoch("2025 " + text, "%Y %b %d %H:%M:%S", offset_s)
    if text.endswith("Z"):
        return epoch(text, "%Y-%m-%dT%H:%M:%S.%fZ", 0)
    if "T" in text:
        return epoch(text, "%Y-%m-%dT%H:%M:%S.%f", offset_s)
    return epoch(text, "%d-%b-%Y %H:%M:%S.%f", offset_s)


def packets(data):
    at = 24
    while at + 16 <= len(data):
        seconds, micros, size, _ = struct.unpack_from("<IIII", data, at)
        frame = data[at + 16 : at + 16 + size]
        at += 16 + size
        if frame[12:14] != b"\x08\x00" or frame[23] != 17:
            continue
        udp = 14 + 4 * (frame[14] & 15)
        dns = udp + 8
        if struct.unpack_from(">H", frame, udp + 2)[0] != 53 or frame[dns + 2] & 0x80:
            continue
        labels, here = [], dns + 12
        while frame[here]:
            labels.append(frame[here + 1 : here + 1 + frame[here]].decode("ascii"))
            here += 1 + frame[here]
        kind = struct.unpack_from(">H", frame, here + 1)[0]
        yield seconds + micros / 1e6, socket.inet_ntoa(frame[26:30]), ".".join(labels).lower(), TYPES.get(kind, str(kind))


def lookups(path, data, offset_s):
    if "pcap" in path:
        yield from packets(data)
        return
    for line in data.decode().splitlines():
        if "published" in path:
            stamp, name, client = line.split("|")
            yield when(stamp, 0), client, name, "A"
        elif found := BIND.match(line):
            yield when(found[1], offset_s), found[2], found[3].lower(), found[4]
        elif found := UNBOUND.match(line):
            yield when(found[1], offset_s), found[2], found[3].lower(), found[4]
        elif found := DNSMASQ.match(line):
            yield when(found[1], offset_s), found[4], found[3].lower(), found[2]
