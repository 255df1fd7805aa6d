#!/usr/bin/python3
"""listener.py CERTIFICATE: what all the names of the story lead to: HTTP on port 80, HTTPS on 443 of every address of this host.

It wakes for connections only. It says "none" (and sometimes "send N": an agent's task is to send N bytes), what PhoenixC2's listener says
to an agent that has no task, and to inventory agents when to come again (/inventory/HOURS). Anything else is not found.
"""
import collections
import hashlib
import http.server
import json
import ssl
import sys
import threading
import zlib

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


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    wbufsize = -1

    def do_GET(self):
        host = (self.headers.get("Host") or "").split(":")[0].lower()
        status, kind, body = answer(host, self.path, self.command)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    do_PUT = do_POST

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
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
    server = Server(("0.0.0.0", 443), Page)
    server.context = context
    threading.Thread(target=server.serve_forever, args=(86400,), daemon=True).start()
    Server(("0.0.0.0", 80), Page).serve_forever(86400)


main(sys.argv[1])
