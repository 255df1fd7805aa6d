#!/usr/bin/python3
"""record_packets.py FILE [clients]: writes every packet of port 53 on eth0 to FILE (pcap, Ethernet, microseconds); `clients`: not those to and from
name servers (203.0.113.0/24) or the forwarder's upstream (192.0.2.6). It sleeps until a packet comes: tcpdump wakes once a second,
which over weeks of virtual time costs more than all the mail servers. The stamps are the kernel's (SO_TIMESTAMPNS)."""
import signal
import socket
import struct
import sys

SO_TIMESTAMPNS, ETH_P_ALL = 35, 3
UPSTREAM = bytes([192, 0, 2, 6])


def wanted(frame, clients):
    if frame[12:14] != b"\x08\x00" or frame[23] not in (6, 17):
        return False
    ports = 14 + 4 * (frame[14] & 15)
    if 53 not in struct.unpack_from(">HH", frame, ports):
        return False
    ends = (frame[26:30], frame[30:34])
    return not clients or not any(end[:3] == bytes([203, 0, 113]) or end == UPSTREAM for end in ends)


def main(file, clients):
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    tap.bind(("eth0", 0))
    tap.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    out = open(file, "wb")
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    out.flush()

    def stop(*_):
        out.flush()
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    since = 0
    while True:
        frame, more, _, _ = tap.recvmsg(65536, 64)
        if not wanted(frame, clients):
            continue
        seconds, nanos = struct.unpack("<qq", next(data for _, kind, data in more if kind == SO_TIMESTAMPNS)[:16])
        out.write(struct.pack("<IIII", seconds, nanos // 1000, len(frame), len(frame)) + frame)
        since += 1
        if since == 100:
            out.flush()
            since = 0


main(sys.argv[1], "clients" in sys.argv)
