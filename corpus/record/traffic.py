#!/usr/bin/env python3
"""Traffic for record.sh: what a client asks, by the name of a scene."""
import select
import socket
import struct
import subprocess
import sys
import time

V4, V6, SINK = "192.0.2.54", "2001:db8::54", "192.0.2.55"


def dig(*words, server=V4):
    subprocess.run(["dig", "+time=2", "+tries=1", f"@{server}", *words], check=False)


def message(id, labels, qtype=1, flags=0x0100, qclass=1, counts=(1, 0, 0, 0), rest=b""):
    """A message whose question's name is given as raw labels, or as raw octets."""
    name = labels if isinstance(labels, bytes) else b"".join(bytes([len(l)]) + l for l in labels) + b"\0"
    question = name + struct.pack(">HH", qtype, qclass) if counts[0] else b""
    return struct.pack(">HHHHHH", id, flags, *counts) + question + rest


def name(text):
    return [label.encode() for label in text.split(".")]


def zone():
    """Records too many to write down."""
    for size, label in ((700, "txt700"), (1500, "txt1500"), (3600, "txt3600"), (20000, "txt20000")):
        strings = " ".join('"%s"' % (chr(97 + i % 26) * 200) for i in range(size // 200))
        print(f"{label} 120 IN TXT {strings}")
    for i in range(60):
        print(f"many 90 IN A 203.0.113.{i + 1}")


def few():
    for words in (("www.example",), ("example", "MX"), ("nowhere.example",), ("-x", "192.0.2.25")):
        dig(*words)


def udp():
    few()
    for words in (
        ("www.example", "AAAA"), ("alias.example",), ("mail.moved.example",), ("example", "TXT"), ("example", "SOA"),
        ("example", "NS"), ("example", "CAA"), ("example", "HINFO"), ("_dmarc.example", "TXT"), ("spf.example", "SPF"),
        ("_sip._udp.example", "SRV"), ("secure.example", "SSHFP"), ("web.example", "HTTPS"), ("only4.example", "AAAA"),
        ("odd\\.name.example",), ("a.b.wild.example",), ("WwW.ExAmPlE",), ("lame.example",), ("huge.example",),
        ("www.example", "+dnssec"), ("www.example", "+subnet=203.0.113.0/24"), ("www.example", "+noedns"),
        ("www.example", "+cookie=0123456789abcdef"), ("www.example", "+norecurse"), ("example", "ANY"),
        ("version.bind", "TXT", "CH"), (".", "NS"), ("www.example", "+edns=7", "+noednsneg"), ("www.example", "+adflag", "+cdflag"),
        ("txt1500.example", "TXT", "+ignore", "+bufsize=512"),
    ):
        dig(*words)
    # No answer, and asked again with the same identifier.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for _ in range(3):
            s.sendto(message(77, name("unanswered.example")), (SINK, 53))
    # The same question twice before the answer: two lookups.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(2)
        for _ in range(2):
            s.sendto(message(78, name("www.example")), (V4, 53))
        for _ in range(2):
            s.recv(4096)


def udp6():
    for words in (("www.example", "AAAA"), ("nowhere.example",), ("many.example", "+bufsize=4096")):
        dig(*words, server=V6)
    dig("example", "MX", "+tcp", server=V6)


def large():
    for words in (("txt700.example", "TXT"), ("txt1500.example", "TXT"), ("txt3600.example", "TXT"), ("many.example",)):
        dig(*words, "+bufsize=4096", "+ignore")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(2)
        s.setsockopt(socket.IPPROTO_IP, 10, 0)  # IP_MTU_DISCOVER = IP_PMTUDISC_DONT
        padding = struct.pack(">BHHIHHH", 0, 41, 4096, 0, 804, 12, 800) + bytes(800)
        s.sendto(message(79, name("www.example"), counts=(1, 0, 0, 1), rest=padding), (V4, 53))
        s.recv(4096)


def large6():
    for words in (("txt1500.example", "TXT"), ("txt3600.example", "TXT")):
        dig(*words, "+bufsize=4096", "+ignore", server=V6)


def framed(*messages):
    return b"".join(struct.pack(">H", len(m)) + m for m in messages)


def receive(s, n):
    """n messages of a stream."""
    octets = b""
    for _ in range(n):
        while len(octets) < 2 or len(octets) < 2 + int.from_bytes(octets[:2], "big"):
            octets += s.recv(65536)
        octets = octets[2 + int.from_bytes(octets[:2], "big"):]


def stream():
    s = socket.create_connection((V4, 53), timeout=5)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def tcp():
    dig("+tcp", "+keepopen", "www.example", "example", "MX", "nowhere.example", "txt20000.example", "TXT")
    with stream() as s:  # several messages a segment
        s.sendall(framed(*(message(100 + i, name(n)) for i, n in
                           enumerate(("www.example", "alias.example", "mx1.example", "many.example", "gone.example")))))
        receive(s, 5)
    with stream() as s:  # one message over many segments, the length alone
        octets = framed(message(200, name("www.example")), message(201, name("mx2.example")))
        for part in (octets[:2], octets[2:9], octets[9:30], octets[30:]):
            s.sendall(part)
            subprocess.run(["true"], check=True)  # a moment, so that the segments stay apart
        receive(s, 2)
    with stream() as s:  # ends inside a message
        s.sendall(framed(message(400, name("www.example")))[:20])


def transfer():
    """A zone transfer: an answer of several messages, of which the first alone has the question."""
    dig("example", "AXFR", server="198.51.100.53")


def fastopen():
    """From the second connection on, the question is in the first segment."""
    for i in range(3):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
            s.sendto(framed(message(500 + i, name("www.example"))), 0x20000000, (SINK, 53))  # MSG_FASTOPEN
            receive(s, 1)


def hostile():
    long = [b"x" * 63] * 3 + [b"y" * 61]
    cases = [
        message(1, [b"esc\x1b[2J", b"example"]),
        message(2, [b"with.dot", b"back\\slash", b"example"]),
        message(3, [b"\x00\xff\xe2\x80\xae", b"example"]),
        message(4, [b"<script>", b"sp ace", b"'; DROP", b"example"]),
        message(5, long),
        message(6, long[:3] + [b"y" * 62]),                                   # 256 octets
        message(7, b"\xc0\x0c"),                                              # a pointer to itself
        message(8, b"\x01a\xc0\x0c"),                                         # a loop
        message(9, b"\xc0\x20" + b"\0" * 20),                                 # forwards
        message(10, b"\x40abc\0"),                                            # a label type long gone
        message(11, b"\x3fabc"),                                              # ends inside a label
        message(12, name("example"))[:-2],                                    # ends inside the question
        message(13, name("example"), counts=(1, 1, 0, 0)),                    # announces a record
        message(14, name("first.example"), counts=(2, 0, 0, 0), rest=b"\x06second\xc0\x12\x00\x01\x00\x01"),
        message(15, b"", counts=(0, 0, 0, 0)),                                # no question
        b"xyzzy\n",
        b"",
        message(16, b"\0", qtype=2),                                          # the root
        message(17, name("example"), qtype=65280, qclass=65281),
        message(18, name("notify.example"), flags=0x2400),                    # NOTIFY
        message(19, name("update.example"), flags=0x2800),                    # UPDATE
        message(20, name("example"), rest=b"trailing octets"),
        message(21, name("answer.example"), flags=0x8180),                    # a response nobody asked for
        message(22, name("loop.example"), flags=0x8180, counts=(1, 1, 0, 0),
                rest=b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x02\xc0\x2a"),
        message(23, name("size.example"), flags=0x8180, counts=(1, 1, 0, 0),
                rest=b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x05\x01\x02\x03\x04\x05"),
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for case in cases:
            s.sendto(case, (SINK, 53))


def tick():
    """Datagrams of another port; they push what was captured before them out of its buffers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for _ in range(3):
            s.sendto(b"tick", (SINK, 9953))
            time.sleep(0.2)


def sink():
    """Takes datagrams and never answers; refuses whatever is asked over TCP."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((SINK, 53))
    tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 8)
    tcp.bind((SINK, 53))
    tcp.listen()
    while True:
        for ready in select.select([udp, tcp], [], [])[0]:
            if ready is udp:
                udp.recv(65535)
                continue
            connection, _ = tcp.accept()
            with connection:
                octets = connection.recv(65535)
                connection.sendall(octets[:4] + b"\x81\x05" + octets[6:])


if __name__ == "__main__":
    {f.__name__: f for f in (zone, few, udp, udp6, large, large6, tcp, transfer, fastopen, hostile, tick, sink)}[sys.argv[1]]()
