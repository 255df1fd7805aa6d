#!/usr/bin/env python3
"""Derives from recorded captures the forms that this machine cannot record: other link types, the
other byte order, disorder, holes, cut files, wrappers."""
import bz2
import gzip
import lzma
import struct
import subprocess
import sys
from pathlib import Path

OUT = Path(sys.argv[1])


def read(name):
    """Link type, units per second and (seconds, units, length, octets) of a little-endian file."""
    octets = (OUT / name).read_bytes()
    magic, *_, link = struct.unpack_from("<IHHiIII", octets)
    frames, at = [], 24
    while at < len(octets):
        s, units, kept, length = struct.unpack_from("<IIII", octets, at)
        frames.append((s, units, length, octets[at + 16:at + 16 + kept]))
        at += 16 + kept
    return link, 1_000_000_000 if magic == 0xA1B23C4D else 1_000_000, frames


def pcap(link, frames, order="<", magic=0xA1B2C3D4):
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link)
    for s, units, length, octets in frames:
        out += struct.pack(order + "IIII", s, units, len(octets), length) + octets
    return out


def write(name, octets):
    (OUT / name).write_bytes(octets)


def relinked(frames, head):
    """IP frames of Ethernet with another head."""
    for s, units, length, octets in frames:
        kind = octets[12:14]
        if kind in (b"\x08\x00", b"\x86\xdd"):
            new = head(kind) + octets[14:]
            yield s, units, length - len(octets) + len(new), new


def tagged(frames, tags):
    """Ethernet frames with VLAN tags, outermost first."""
    for s, units, length, octets in frames:
        yield s, units, length + len(tags), octets[:12] + tags + octets[12:]


def family(order, six):
    return lambda kind: struct.pack(order + "I", 2 if kind == b"\x08\x00" else six)


def is_tcp(octets):
    return octets[12:14] == b"\x08\x00" and octets[23] == 6


def tcp_parts(octets):
    """Sequence number, flags and payload of an Ethernet frame with TCP over IPv4."""
    ip = octets[14:14 + struct.unpack(">H", octets[16:18])[0]]
    tcp = ip[(ip[0] & 15) * 4:]
    return struct.unpack(">I", tcp[4:8])[0], tcp[13], tcp[(tcp[12] >> 4) * 4:]


def disorder(frames):
    """Each two neighbouring data segments of one direction swapped; a third of them sent twice."""
    frames = list(frames)
    out, i = [], 0
    while i < len(frames):
        here = frames[i]
        following = frames[i + 1] if i + 1 < len(frames) else None
        if following and all(is_tcp(f[3]) and tcp_parts(f[3])[2] and not tcp_parts(f[3])[1] & 7 for f in (here, following)) \
                and here[3][26:38] == following[3][26:38]:
            # The stamps stay in order: the wire had the segments in this one.
            out += [here[:2] + following[2:], following[:2] + here[2:]]
            i += 2
        else:
            out.append(here)
            i += 1
        if i % 3 == 0 and is_tcp(out[-1][3]) and tcp_parts(out[-1][3])[2]:
            out.append(out[-1])
    return out


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, 12 + len(body)) + body + struct.pack(order + "I", 12 + len(body))


def option(code, value, order="<"):
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order):
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link, order="<", options=b""):
    return block(1, struct.pack(order + "HHI", link, 0, 262144) + options, order)


def enhanced(number, ticks, length, octets, order="<"):
    body = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(octets), length)
    return block(6, body + octets + bytes(-len(octets) % 4), order)


def sections():
    """A section of two interfaces with milliseconds and 2^-20 s, one in the other byte order with
    nanoseconds and an offset, one with old packet blocks and simple ones, and blocks nobody knows."""
    link, _, few = read("nanoseconds.pcap")
    ns = [(s * 1_000_000_000 + n, length, octets) for s, n, length, octets in few]
    third = len(ns) // 3
    out = section("<") + interface(link, options=option(9, b"\x03")) + interface(link, options=option(9, b"\x94"))
    for i, (t, length, octets) in enumerate(ns[:third]):
        ticks = t // 1_000_000 if i % 2 == 0 else (t << 20) // 1_000_000_000
        out += enhanced(i % 2, ticks, length, octets)
    out += block(0x0BAD, b"not a packet")
    offset = ns[third][0] // 1_000_000_000 - 5
    out += section(">") + interface(link, ">", option(9, b"\x09", ">") + option(14, struct.pack(">q", offset), ">"))
    for t, length, octets in ns[third:2 * third]:
        out += enhanced(0, t - offset * 1_000_000_000, length, octets, ">")
    out += section("<") + interface(link)
    for i, (t, length, octets) in enumerate(ns[2 * third:]):
        us = t // 1000
        if i % 4 == 3:
            out += block(3, struct.pack("<I", length) + octets)
        else:
            out += block(2, struct.pack("<HHIIII", 0, 0, us >> 32, us & 0xFFFFFFFF, len(octets), length) + octets)
    return out


def main():
    link, _, frames = read("ethernet-udp.pcap")
    few = frames[:24]
    write("raw.pcap", pcap(101, relinked(few, lambda kind: b"")))
    write("null.pcap", pcap(0, relinked(few, family("<", 10))))
    write("null-bsd.pcap", pcap(0, relinked(read("ipv6-udp.pcap")[2][:12], family(">", 30))))
    write("loop.pcap", pcap(108, relinked(few, family(">", 24))))
    write("vlan.pcap", pcap(link, tagged(few, b"\x81\x00\x20\x07")))
    write("qinq.pcap", pcap(link, tagged(few, b"\x88\xa8\x00\x07\x81\x00\x00\x08")))
    write("big-endian.pcap", pcap(link, few, ">"))
    write("big-endian-ns.pcap", pcap(link, read("nanoseconds.pcap")[2], ">", 0xA1B23C4D))
    write("two-files.pcap", pcap(link, few[:8]) + pcap(link, few[8:16], ">"))
    write("cut.pcap", (OUT / "ethernet-udp.pcap").read_bytes()[:3000])
    write("cut.pcapng", (OUT / "interfaces.pcapng").read_bytes()[:2500])
    write("sections.pcapng", sections())

    link, _, frames = read("tcp.pcap")
    write("tcp-disorder.pcap", pcap(link, disorder(frames)))
    write("tcp-no-syn.pcap", pcap(link, [f for f in frames if not (is_tcp(f[3]) and tcp_parts(f[3])[1] & 2)]))
    # Two segments inside the longest answer, and one that is a whole answer.
    long = [i for i, f in enumerate(frames) if is_tcp(f[3]) and len(tcp_parts(f[3])[2]) > 1200]
    many = [i for i, f in enumerate(frames) if is_tcp(f[3]) and 900 < len(tcp_parts(f[3])[2]) <= 1200]
    write("tcp-hole.pcap", pcap(link, [f for i, f in enumerate(frames) if i not in long[4:6] + many[:1]]))

    octets = (OUT / "sll2.pcap").read_bytes()
    half = len(octets) // 2
    for end, wrap in (("gz", lambda o: gzip.compress(o, mtime=0)), ("xz", lzma.compress), ("bz2", bz2.compress)):
        write(f"sll2.pcap.{end}", wrap(octets[:half]) + wrap(octets[half:]))
    for end, tool in (("zst", "zstd"), ("lz4", "lz4")):
        parts = (subprocess.run([tool, "-c"], input=part, stdout=subprocess.PIPE, check=True).stdout
                 for part in (octets[:half], octets[half:]))
        write(f"sll2.pcap.{end}", b"".join(parts))


main()
