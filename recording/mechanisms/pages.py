#!/usr/bin/python3
"""pages.py: serves made-up web sites on port 80 of every address of this host; wakes for connections only.

www.ZONE/a/b      a page with three pictures on hashed host names below img.ZONE (those of ZONEs that begin with "cd")
sNN.ZONE/         a small site of two pages; its first page names the next two sites of the same ZONE
anything else     a page with one picture on static.ZONE
"""
import hashlib
import http.server
import re


def page(host, path):
    zone = host.split(".", 1)[-1]
    if host.startswith("www.cd"):
        if path.count("/") < 2:
            return "<p>home</p>"
        links = (hashlib.md5(f"{host}{path}{i}".encode()).hexdigest() for i in range(3))
        return "".join(f'<img src="http://{one}.img.{zone}/{one[:6]}.png">' for one in links)
    site = re.match(r"s(\d+)$", host.split(".")[0])
    if site and "pictures" not in path:
        number = int(site[1])
        inner = "".join(f'<a href="/p{i}.html">{i}</a>' for i in range(1, 2))
        others = "".join(f'<a href="http://s{(number + step) % 40:02d}.{zone}/">next</a>' for step in (1, 2)) if path in ("/", "/index.html") else ""
        return inner + others
    return f'<a href="/more.html">more</a><img src="http://static.{zone}/a.png">'


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    wbufsize = -1

    def do_GET(self):
        host = (self.headers.get("Host") or "").split(":")[0].lower()
        kind = "image/png" if self.path.endswith(".png") else "text/plain" if self.path == "/robots.txt" else "text/html"
        text = b"\x89PNG\r\n" if kind == "image/png" else b"" if kind == "text/plain" else f"<html><head><title>{host}</title></head><body>{page(host, self.path)}</body></html>\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


Server(("0.0.0.0", 80), Page).serve_forever(86400)
