#!/usr/bin/python3
"""Mail servers with nothing in them: SMTP on port 25, POP3 on 110, IMAP on 143 of every address of this host. They take any password, know
one empty mailbox, take no mail (nobody here sends any), and look nothing up. On port 9 a connection is only kept open."""
import asyncio


async def lines(reader):
    while line := await asyncio.wait_for(reader.readline(), 60):
        yield line.decode("latin-1").strip()


async def smtp(reader, say):
    await say("220 mail server ready ESMTP")
    async for line in lines(reader):
        word = line.upper()[:4]
        await say("221 bye" if word == "QUIT" else "550 5.7.1 not here" if word in ("RCPT", "DATA") else "250 ok")
        if word == "QUIT":
            return


async def pop3(reader, say):
    await say("+OK ready")
    async for line in lines(reader):
        word = line.upper().split(" ")[0]
        if word == "QUIT":
            await say("+OK bye")
            return
        if word == "STAT":
            await say("+OK 0 0")
        elif word == "CAPA":
            await say("+OK\r\nUSER\r\nUIDL\r\nTOP\r\n.")
        elif word in ("LIST", "UIDL"):
            await say("+OK\r\n.")
        elif word in ("USER", "PASS", "NOOP", "RSET"):
            await say("+OK")
        else:
            await say("-ERR")


async def imap(reader, say):
    await say("* OK ready")
    async for line in lines(reader):
        tag, _, rest = line.partition(" ")
        word = rest.upper().removeprefix("UID ").split(" ")[0]
        if word == "CAPABILITY":
            await say("* CAPABILITY IMAP4rev1")
        elif word in ("LIST", "LSUB"):
            await say(f'* {word} () "/" ' + ('""' if rest.endswith('""') else "INBOX"))
        elif word in ("SELECT", "EXAMINE"):
            await say("* FLAGS (\\Seen \\Deleted \\Answered \\Flagged \\Draft)\r\n* 0 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 1] ok\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted \\Answered \\Flagged \\Draft)] ok")
        elif word == "STATUS":
            await say("* STATUS INBOX (MESSAGES 0 RECENT 0 UNSEEN 0 UIDNEXT 1 UIDVALIDITY 7)")
        elif word == "SEARCH":
            await say("* SEARCH")
        elif word == "LOGOUT":
            await say("* BYE")
        known = word in "CAPABILITY LOGIN LIST LSUB SELECT EXAMINE STATUS SEARCH FETCH STORE LOGOUT NOOP CLOSE CHECK EXPUNGE SUBSCRIBE".split()
        await say(f"{tag} {'OK done' if known else 'BAD unknown'}")
        if word == "LOGOUT":
            return


async def held(reader, _):
    await reader.read()


def session(protocol):
    async def serve(reader, writer):
        async def say(text):
            writer.write(text.encode() + b"\r\n")
            await writer.drain()

        try:
            await protocol(reader, say)
        except (OSError, asyncio.TimeoutError, ValueError):
            pass
        finally:
            writer.close()

    return serve


async def main():
    for protocol, port in ((smtp, 25), (pop3, 110), (imap, 143), (held, 9)):
        await asyncio.start_server(session(protocol), "0.0.0.0", port)
    await asyncio.Event().wait()


asyncio.run(main())
