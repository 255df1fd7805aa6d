#!/usr/bin/python3
"""Serves a small page (the client's address, or what a dynamic DNS service says) over HTTP/1.1 on port 80 of every address of this host; wakes for connections only."""
import far_end


class Page(far_end.Form):
    wbufsize = 0  # head and body are packets of their own

    def answer(self, _):
        address = self.client_address[0]
        text = f"good {address}\n" if "/update" in self.path else f"<html><body>Current IP Address: {address}</body></html>\n"
        return 200, "text/html", text.encode()


far_end.serve(far_end.Server(Page))
