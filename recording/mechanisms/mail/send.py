#!/usr/bin/python3
"""send.py SENDS KEY: connects to the receivers at the times of the table, each time from the sender's own address; never looks a name up.

SENDS: epoch, source, destination, HELO, MAIL FROM, RCPT TO, whether a message is handed over, DKIM selector or -. One thread a session.
"""
import smtplib
import sys
import threading
import time
from email.utils import formatdate
from pathlib import Path


def session(source, target, helo, sender, recipient, data, message):
    try:
        client = smtplib.SMTP(timeout=300, local_hostname=helo, source_address=(source, 0))
        client.connect(target, 25)
        client.ehlo()
        code, _ = client.mail(sender)
        if code == 250:
            code, _ = client.rcpt(recipient)
        if code == 250 and data:
            code, reply = client.data(message)
        client.quit()
        print(int(time.time()), source, target, code, flush=True)
    except (smtplib.SMTPException, OSError) as error:
        print(int(time.time()), source, target, repr(error), flush=True)


def message_of(sender, recipient, selector, key, signed):
    """The sender's message; its signature is made once, as the content of a campaign is the same."""
    found = signed.get((sender, selector))
    if found is None:
        tenant = sender.split("@")[1]
        found = (f"From: News <{sender}>\r\nTo: <{recipient}>\r\nSubject: News of {tenant}\r\nDate: {formatdate(time.time())}\r\nMessage-ID: <{time.time()}@{tenant}>\r\n"
                 "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n" + "A line of a message without meaning.\r\n" * 12).encode()
        if selector != "-":
            import dkim
            found = dkim.sign(found, selector.encode(), tenant.encode(), key, include_headers=[b"from", b"to", b"subject", b"date"]) + found
        signed[(sender, selector)] = found
    return found


def main(table, key_file):
    key = Path(key_file).read_bytes() if Path(key_file).exists() else b""
    signed = {}
    for line in open(table):
        at, source, target, helo, sender, recipient, data, selector = line.rstrip("\n").split("\t")
        message = message_of(sender, recipient, selector, key, signed) if data == "1" else b""
        pause = int(at) - time.time()
        if pause > 0:
            time.sleep(pause)
        threading.Thread(target=session, args=(source, target, helo, sender, recipient, data == "1", message), daemon=True).start()
    time.sleep(400)


main(sys.argv[1], sys.argv[2])
