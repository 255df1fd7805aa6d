#!/usr/bin/python3
"""listener.py CERTIFICATE: what all the names of the story lead to: HTTP on port 80, HTTPS on 443 of every address of this host.

It wakes for connections only. It says "none" (and sometimes "send N": an agent's task is to send N bytes), what PhoenixC2's listener says
to an agent that has no task, and to inventory agents when to come again (/inventory/HOURS). Anything else is not found.
"""
import collections
import hashlib
import json
import ssl
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
import far_end

asked = collections.Counter()


def answer(host, path, method):
    """Status, type, body."""
    if path.strip("/") == "connect":
        return 200, "application/json", json.dumps({"name": hashlib.md5(host.encode()).hexdigest()[:8]}).encode()
    if path.strip("/").startswith("tasks/"):
        return 200, "application/json", b"[]\n"
    if path.startswith("/inventory/"):
        hours = path.split("/")[2]
        return 200, "application/x-compress", zlib.compress(f'<?xml version="1.0" encoding="UTF-8"?>\n<REPLY><RESPONSE>STOP</RESPONSE><PROLOG_FREQ>{hours}</PROLOG_FREQ></REPLY>\n'.encode())
    if path not in ("/", "/index.html"):
        return 404, "text/plain", b"not found\n"
    if method == "POST":
        return 200, "text/plain", b"taken\n"
    asked[host] += 1
    draw = int(hashlib.md5(f"{host}{asked[host]}".encode()).hexdigest(), 16)
    if draw % 40 == 0:
        return 200, "text/plain", f"send {1000 + draw // 40 % 20000} ".encode() + b"." * (draw // 1000 % 3000) + b"\n"
    return 200, "text/plain", b"none" + b"." * (draw // 40 % 40) + b"\n"


class Page(far_end.Form):
    def answer(self, host):
        return answer(host, self.path, self.command)


class Server(far_end.Server):
    context = None

    def finish_request(self, request, client_address):
        if self.context:
            request.settimeout(30)
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)
        request.close()

    def handle_error(self, *_):
        pass


def main(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    secure = Server(Page, 443)
    secure.context = context
    far_end.serve(Server(Page), secure)


main(sys.argv[1])
