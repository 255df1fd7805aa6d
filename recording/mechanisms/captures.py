"""Just enough reading and joining of the captures that tcpdump wrote in the guest (Ethernet, little-endian, microseconds)."""
import socket
import struct


def records(data):
    """(seconds, microseconds, frame) of each packet."""
    at = 24
    while at + 16 <= len(data):
        seconds, micros, size, _ = struct.unpack_from("<IIII", data, at)
        if at + 16 + size > len(data):
            return
        yield seconds, micros, data[at + 16 : at + 16 + size]
        at += 16 + size


def merged(files, end):
    """One capture of several, in the order of stamps, up to a time (a run that was stopped has a ragged end)."""
    everything = sorted((s, u, n, frame) for n, data in enumerate(files) for s, u, frame in records(data) if s < end)
    out = bytearray(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
    for seconds, micros, _, frame in everything:
        out += struct.pack("<IIII", seconds, micros, len(frame), len(frame)) + frame
    return bytes(out)


def questions(data):
    """(epoch seconds, client, lower-case name, type number) of each query over UDP."""
    for seconds, micros, frame in records(data):
        if frame[12:14] != b"\x08\x00" or frame[23] != 17:
            continue
        udp = 14 + 4 * (frame[14] & 15)
        dns = udp + 8
        if struct.unpack_from(">H", frame, udp + 2)[0] != 53 or len(frame) < dns + 17 or frame[dns + 2] & 0x80:
            continue
        labels, here = [], dns + 12
        while here < len(frame) and frame[here]:
            labels.append(frame[here + 1 : here + 1 + frame[here]].decode("latin-1"))
            here += 1 + frame[here]
        if here + 3 <= len(frame):
            yield seconds + micros / 1e6, socket.inet_ntoa(frame[26:30]), ".".join(labels).lower(), struct.unpack_from(">H", frame, here + 1)[0]
