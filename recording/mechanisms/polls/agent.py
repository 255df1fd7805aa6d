#!/usr/bin/python3
"""agent.py CLIENT PERIOD_S JITTER FORM NAME SEED: asks for a page by CLIENT (curl, wget, requests, urllib), sleeps, and so on.

FORM below: the pause is even in [S(1-j), S]; around: in [S(1-j), S(1+j)].
"""
import random
import subprocess
import sys
import time


def fetch(client, url):
    if client == "curl":
        subprocess.run(["curl", "-s", "-m", "20", "-o", "/dev/null", url], check=False)
    elif client == "wget":
        subprocess.run(["wget", "-q", "-T", "20", "-t", "1", "-O", "/dev/null", url], check=False)
    elif client == "requests":
        import requests

        requests.get(url, timeout=20)
    else:
        import urllib.request

        urllib.request.urlopen(url, timeout=20).read()


def main(client, period, jitter, form, name, seed):
    rng = random.Random(int(seed))
    period, jitter = float(period), float(jitter)
    while True:
        try:
            fetch(client, f"http://{name}/")
        except OSError as error:
            print(error, flush=True)
        time.sleep(rng.uniform(period * (1 - jitter), period * (1 + jitter) if form == "around" else period))


main(*sys.argv[1:])
