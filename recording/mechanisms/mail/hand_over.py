#!/usr/bin/python3
"""hand_over.py MAILS HOW: gives this host's queue each mail of the table (epoch, host, sender, recipient, server) when its time has come.

HOW: smtp (to the mail server on this host), dma, nullmailer or msmtp (to that program's own command; its account is named after the server).
"""
import smtplib
import subprocess
import sys
import time

COMMANDS = {"dma": ["/usr/sbin/dma", "-f", "{sender}", "{to}"], "nullmailer": ["/usr/bin/nullmailer-inject", "-f", "{sender}", "{to}"],
            "msmtp": ["/usr/libexec/msmtp/msmtpqueue/msmtp-enqueue.sh", "--account={server}", "--", "{to}"]}


def main(table, how):
    for line in open(table):
        at, _, sender, to, server = line.rstrip("\n").split("\t")
        pause = int(at) - time.time()
        if pause > 0:
            time.sleep(pause)
        text = f"From: <{sender}>\r\nTo: <{to}>\r\nSubject: A message\r\n\r\n" + "A line of a message without meaning.\r\n" * 5
        try:
            if how == "smtp":
                with smtplib.SMTP("127.0.0.1", 25, timeout=120) as client:
                    client.sendmail(sender, [to], text)
            else:
                words = [word.format(sender=sender, to=to, server=server) for word in COMMANDS[how]]
                subprocess.run(words, input=text.replace("\r", "").encode(), check=True)
            print(int(time.time()), to, "handed over", flush=True)
        except (smtplib.SMTPException, OSError, subprocess.CalledProcessError) as error:
            print(int(time.time()), to, repr(error), flush=True)


main(sys.argv[1], sys.argv[2])
