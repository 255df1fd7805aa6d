#!/usr/bin/env python3
"""Takes one Frame Streams connection at a Unix socket and writes down what both ends said.

receive.py SOCKET FILE      until the sender ends
receive.py --bare IN OUT    a copy without READY, ACCEPT and FINISH, as a program writes a file"""
import socket
import struct
import sys

CONTENT_TYPE = b"protobuf:dnstap.Dnstap"
ACCEPT, START, STOP, READY, FINISH = 1, 2, 3, 4, 5


def control(kind, content_type=b""):
    payload = struct.pack(">I", kind)
    if content_type:
        payload += struct.pack(">II", 1, len(content_type)) + content_type
    return struct.pack(">II", 0, len(payload)) + payload


def frames(octets):
    """Each frame with its length; the type where it is a control frame."""
    while octets:
        length, = struct.unpack(">I", octets.read(4) or b"\0\0\0\0")
        if length:
            yield None, struct.pack(">I", length) + octets.read(length)
            continue
        head = octets.read(4)
        if not head:
            return
        payload = octets.read(struct.unpack(">I", head)[0])
        yield struct.unpack(">I", payload[:4])[0], b"\0\0\0\0" + head + payload


def receive(path, out):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        connection, _ = listener.accept()
    with connection, connection.makefile("rb") as octets:
        for kind, frame in frames(octets):
            out.write(frame)
            answer = {READY: control(ACCEPT, CONTENT_TYPE), STOP: control(FINISH)}.get(kind)
            if answer:
                try:
                    connection.sendall(answer)
                except BrokenPipeError:  # Unbound does not wait for FINISH
                    return
                out.write(answer)
            if kind == STOP:
                return


if __name__ == "__main__":
    with open(sys.argv[-1], "wb") as out:
        if sys.argv[1] == "--bare":
            with open(sys.argv[2], "rb") as octets:
                out.writelines(frame for kind, frame in frames(octets) if kind not in (READY, ACCEPT, FINISH))
        else:
            receive(sys.argv[1], out)
