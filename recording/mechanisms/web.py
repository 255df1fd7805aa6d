#!/usr/bin/python3
"""Serves a small page (the client's address, or what a dynamic DNS service says) over HTTP/1.1 on port 80 of every address of this host; wakes for connections only."""
import http.server



class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self):
        text = f"good {self.client_address[0]}\n" if "/update" in self.path else f"<html><body>Current IP Address: {self.client_address[0]}</body></html>\n"
        page = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page)

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


Server(("0.0.0.0", 80), Page).serve_forever(86400)
