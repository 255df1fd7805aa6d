#!/usr/bin/env python3
"""ask.py START LIST RESOLVER...: asks every resolver each question of LIST at its time. START is an epoch in seconds."""
import socket
import struct
import sys
import time

TYPES = {"A": 1, "MX": 15, "TXT": 16, "AAAA": 28}
start, resolvers = int(sys.argv[1]), sys.argv[3:]
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("198.51.100.99", 0))


def query(ident, name, qtype):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!6H", ident, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", TYPES[qtype], 1)


answered = asked = 0
for line in open(sys.argv[2]):
    at, name, qtype = line.rstrip("\n").split("\t")
    # a tenth into the second: the resolvers' whole seconds are then beyond doubt
    pause = start + int(at) + 0.1 - time.time()
    if pause > 0:
        time.sleep(pause)
    waiting = {}
    for i, resolver in enumerate(resolvers):
        asked += 1
        ident = asked & 0xFFFF
        sock.sendto(query(ident, name, qtype), (resolver, 53))
        waiting[ident] = resolver
    sock.settimeout(0.7)
    try:
        while waiting:
            octets, _ = sock.recvfrom(4096)
            waiting.pop(struct.unpack("!H", octets[:2])[0], None)
            answered += 1
    except TimeoutError:
        pass
print(f"asked {asked}, answered {answered} in time")
