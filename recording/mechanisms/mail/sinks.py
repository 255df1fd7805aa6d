#!/usr/bin/python3
"""sinks.py ADDRESSES OUTAGES: the mail servers of the destinations: one listener an address, and what the table says of it from when to when:
refuse (nobody listens), 421 (busy at connect), 450 (not now, at RCPT). Otherwise mail is taken and thrown away. Looks nothing up.

ADDRESSES: one a line. OUTAGES: address, from, to (epochs), mode.
"""
import asyncio
import sys
import time

outages = {}
listeners = {}


def mode_of(address):
    now = time.time()
    return next((mode for begin, end, mode in outages.get(address, []) if begin <= now < end), "take")


async def session(reader, writer):
    address = writer.get_extra_info("sockname")[0]
    mode, body = mode_of(address), False

    async def say(text):
        writer.write(text.encode() + b"\r\n")
        await writer.drain()

    try:
        if mode == "421":
            await say("421 4.3.2 too busy, try again later")
            return
        await say("220 mail server ready ESMTP")
        while line := await asyncio.wait_for(reader.readline(), 300):
            word = line.strip().upper()
            if body:
                if line.rstrip(b"\r\n") == b".":
                    body = False
                    await say("250 2.0.0 taken")
            elif word.startswith((b"EHLO", b"HELO")):
                await say("250 mail server")
            elif word.startswith(b"RCPT") and mode == "450":
                await say("450 4.7.1 not now, please try again later")
            elif word == b"DATA":
                await say("554 5.5.1 no recipient" if mode == "450" else "354 go on")
                body = mode != "450"
            elif word == b"QUIT":
                await say("221 bye")
                return
            else:
                await say("250 ok")
    except (OSError, asyncio.TimeoutError):
        pass
    finally:
        writer.close()


async def main():
    addresses = open(sys.argv[1]).read().split()
    edges = set()
    for line in open(sys.argv[2]):
        address, begin, end, mode = line.split()
        outages.setdefault(address, []).append((int(begin), int(end), mode))
        if mode == "refuse":
            edges |= {int(begin), int(end)}
    edges = sorted(edges)
    while True:
        for address in addresses:
            down = mode_of(address) == "refuse"
            if down and address in listeners:
                listeners.pop(address).close()
            elif not down and address not in listeners:
                listeners[address] = await asyncio.start_server(session, address, 25)
        later = [edge for edge in edges if edge > time.time()]
        await asyncio.sleep(later[0] - time.time() + 0.01 if later else 86400)


asyncio.run(main())
