"""What the web servers have in common (web.py, pages.py, agents/listener.py): HTTP/1.1 on every address of this host; wakes for connections only."""
import http.server
import threading


class Page(http.server.BaseHTTPRequestHandler):
    """GET and HEAD; what is answered is what `answer` of a server's own class says."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    wbufsize = -1

    def do_GET(self):
        status, kind, body = self.answer((self.headers.get("Host") or "").split(":")[0].lower())
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


class Form(Page):
    """Takes what is sent by POST or PUT, too, and answers as to GET."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    do_PUT = do_POST


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64

    def __init__(self, page, port=80):
        super().__init__(("0.0.0.0", port), page)


def serve(server, *others):
    """All of them, to the end; 86400: otherwise each would look twice a second whether it is to stop."""
    for one in others:
        threading.Thread(target=one.serve_forever, args=(86400,), daemon=True).start()
    server.serve_forever(86400)
