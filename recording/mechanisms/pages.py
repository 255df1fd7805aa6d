#!/usr/bin/python3
"""pages.py: serves made-up web sites on port 80 of every address of this host; wakes for connections only.

www.ZONE/a/b      a page with three pictures on hashed host names below img.ZONE (those of ZONEs that begin with "cd")
sNN.ZONE/         a small site of two pages; its first page names the next two sites of the same ZONE
anything else     a page with one picture on static.ZONE
"""
import hashlib
import re

import far_end


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


class Page(far_end.Page):
    def answer(self, host):
        if self.path.endswith(".png"):
            return 200, "image/png", b"\x89PNG\r\n"
        if self.path == "/robots.txt":
            return 200, "text/plain", b""
        return 200, "text/html", f"<html><head><title>{host}</title></head><body>{page(host, self.path)}</body></html>\n".encode()


class Server(far_end.Server):
    request_queue_size = 128


far_end.serve(Server(Page))
