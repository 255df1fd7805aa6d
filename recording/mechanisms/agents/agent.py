#!/usr/bin/python3
"""agent.py CLIENT PERIOD_S JITTER FORM URL SEED: asks by a client program, sleeps, and so on.

FORM below: the pause is even in [S(1-j), S]; around: in [S(1-j), S(1+j)]. The other agent.* are the same in other languages.
"""
import random
import subprocess
import sys
import time
from urllib.parse import urlsplit


def fetch(client, url):
    """What the controller says."""
    parts = urlsplit(url)
    host, port = parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme]
    words = {
        "socat": ["socat", "-t5", "-", f"OPENSSL:{host}:{port},verify=0" if parts.scheme == "https" else f"TCP:{host}:{port}"],
        "ncat": ["ncat", "-w", "20", *(["--ssl"] if parts.scheme == "https" else []), host, str(port)],
        "openssl": ["openssl", "s_client", "-quiet", "-connect", f"{host}:{port}"],
    }[client]
    request = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    return subprocess.run(words, input=request, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, timeout=60).stdout


def main(client, period, jitter, form, url, seed):
    rng = random.Random(int(seed))
    period, jitter = float(period), float(jitter)
    while True:
        try:
            if not fetch(client, url):
                print("no answer", flush=True)
        except (OSError, subprocess.TimeoutExpired) as error:
            print(error, flush=True)
        time.sleep(rng.uniform(period * (1 - jitter), period * (1 + jitter) if form == "around" else period))


main(*sys.argv[1:])
