#!/usr/bin/python3
"""survey.py ADDRESS...: a small SMTP survey in the manners of a polite one: a connection at a time, no mail is ever sent.

Each address is tried with two sender identities; postmaster at the name of the banner, then an address of the
surveyor's own domain as recipient. One JSON object a session: what was said at each stage. class is "send-only" when both
identities of an address were let in up to MAIL and refused for good, in the same words, at RCPT; else "unknown".
"""
import json
import smtplib
import sys
import time

SELF = "survey.research-desk.example"
IDENTITIES = ("survey@research-desk.example", "postmaster@survey.research-desk.example")


def session(target, identity):
    replies = []

    def note(stage, reply):
        code, text = reply
        replies.append({"stage": stage, "code": code, "text": text.decode("ascii", "replace")})
        return code

    client = smtplib.SMTP(timeout=60, local_hostname=SELF)
    try:
        note("banner", client.connect(target, 25))
        host = replies[0]["text"].split()[0]
        note("ehlo", client.ehlo())
        note("mail", client.mail(identity))
        note("rcpt-postmaster", client.rcpt(f"postmaster@{host}"))
        note("rcpt-own", client.rcpt("probe@research-desk.example"))
        note("quit", client.quit())
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        replies.append({"stage": "closed", "code": None, "text": str(error)})
    return replies


def main():
    for target in sys.argv[1:]:
        sessions = []
        for identity in IDENTITIES:
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            replies = session(target, identity)
            refusals = [(r["code"], r["text"]) for r in replies if r["stage"].startswith("rcpt")]
            stage = [r["stage"] for r in replies if r["code"]][-1]
            sessions.append(({"at": at, "target": target, "port": 25, "identity": identity, "stage": stage, "replies": replies}, refusals))
            time.sleep(30)
        words = {refusal for _, refusals in sessions for refusal in refusals}
        same = len(words) == 1 and 500 <= next(iter(words))[0] < 600 and all(refusals for _, refusals in sessions)
        for row, _ in sessions:
            print(json.dumps({**row, "class": "send-only" if same else "unknown"}), flush=True)


main()
