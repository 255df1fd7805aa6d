#!/usr/bin/python3
"""cached.py LIBRARY MEAN_S SEED URL LIFETIME_S: one long-lived client with a cache of names of its own (of the library named), which gets a
page again and again, with exponential pauses of this mean (a fixed seed), each time by a new connection.

LIBRARY: aiohttp (TCPConnector's ttl_dns_cache), pycurl (one handle's DNS_CACHE_TIMEOUT), dnspython (its Cache, by the TTL), dnspython-lru.
"""
import random
import sys
import time
import urllib.parse
import urllib.request


def by_aiohttp(rng, mean, url, lifetime):
    import asyncio

    import aiohttp

    async def go():
        connector = aiohttp.TCPConnector(ttl_dns_cache=int(lifetime), force_close=True)
        async with aiohttp.ClientSession(connector=connector) as session:
            while True:
                try:
                    async with session.get(url, timeout=aiohttp.ClientTimeout(total=20)) as answer:
                        await answer.read()
                except (aiohttp.ClientError, asyncio.TimeoutError) as error:
                    print(time.time(), error, flush=True)
                await asyncio.sleep(rng.expovariate(1 / mean))

    asyncio.run(go())


def by_pycurl(rng, mean, url, lifetime):
    import pycurl

    handle = pycurl.Curl()
    for option, value in ((pycurl.URL, url), (pycurl.FORBID_REUSE, 1), (pycurl.TIMEOUT, 20), (pycurl.NOSIGNAL, 1), (pycurl.DNS_CACHE_TIMEOUT, int(lifetime)), (pycurl.WRITEFUNCTION, lambda _: None)):
        handle.setopt(option, value)
    while True:
        try:
            handle.perform()
        except pycurl.error as error:
            print(time.time(), error, flush=True)
        time.sleep(rng.expovariate(1 / mean))


def by_dnspython(rng, mean, url, cache):
    import dns.exception
    import dns.resolver

    resolver = dns.resolver.Resolver()
    resolver.cache = cache
    name = urllib.parse.urlsplit(url).hostname
    while True:
        try:
            address = resolver.resolve(name, "A")[0].to_text()
            urllib.request.urlopen(urllib.request.Request(url.replace(name, address), headers={"Host": name, "Connection": "close"}), timeout=20).read()
        except (OSError, dns.exception.DNSException) as error:
            print(time.time(), error, flush=True)
        time.sleep(rng.expovariate(1 / mean))


def main(library, mean, seed, url, lifetime):
    rng, mean = random.Random(seed), float(mean)
    if library == "aiohttp":
        by_aiohttp(rng, mean, url, lifetime)
    elif library == "pycurl":
        by_pycurl(rng, mean, url, lifetime)
    else:
        import dns.resolver

        by_dnspython(rng, mean, url, dns.resolver.LRUCache() if library == "dnspython-lru" else dns.resolver.Cache())


main(*sys.argv[1:])
