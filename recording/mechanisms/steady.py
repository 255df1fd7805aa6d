#!/usr/bin/python3
"""steady.py HOW MEAN_S SEED URL: steady demand: gets a page over HTTP again and again, with exponential pauses of this mean (a fixed seed).

HOW is direct, proxy (by the proxy at 127.0.0.1:3128), or look-up (the name is only resolved, by the C library).
"""
import random
import socket
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def main(how, mean, seed, url):
    rng = random.Random(seed)
    proxies = {"http": "http://127.0.0.1:3128"} if how == "proxy" else {}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies))
    while True:
        try:
            if how == "look-up":
                socket.getaddrinfo(urllib.parse.urlsplit(url).hostname, 80, type=socket.SOCK_STREAM)
            else:
                opener.open(urllib.request.Request(url, headers={"Connection": "close"}), timeout=20).read()
        except (OSError, urllib.error.URLError) as error:
            print(time.time(), error, flush=True)
        time.sleep(rng.expovariate(1 / float(mean)))


main(*sys.argv[1:])
