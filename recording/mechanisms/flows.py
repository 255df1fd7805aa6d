#!/usr/bin/python3
"""flows.py END_EPOCH_S < conntrack.log > flows.csv: one row a connection from the lines of `conntrack -E -e NEW,UPDATES,DESTROY -o timestamp,id,extended`.

start is the first packet; end the last change of state but the removal (which comes a time-out later); packets and bytes
are those of both directions; state is TCP's before removal, empty for others. Ports are empty for ICMP.
"""
import re
import sys
from datetime import datetime, timezone

LINE = re.compile(r"^\[(\d+)\.(\d+)\]\s+\[(NEW|UPDATE|DESTROY)\] \S+\s+\d+ (\S+)\s+\d+ (?:\d+ )?(?:([A-Z][A-Z_0-9]+) )?(.*?)id=(\d+)$")


def stamp(us):
    return datetime.fromtimestamp(us // 1_000_000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{us % 1_000_000:06d}Z"


def main():
    flows, done, odd = {}, [], 0
    for line in sys.stdin:
        found = LINE.match(line.rstrip())
        if not found:
            odd += 1
            continue
        seconds, micros, event, proto, state, rest, key = found.groups()
        now = int(seconds) * 1_000_000 + int(micros)
        if now >= float(sys.argv[1]) * 1e6:
            break
        pairs = [word.split("=", 1) for word in rest.split() if "=" in word]
        first = {}
        for name, value in pairs:
            first.setdefault(name, value)
        # conntrack's id is not unique over weeks, so the addresses belong to the key
        key = (key, proto, *(first.get(name, "") for name in ("src", "dst", "sport", "dport", "id")))
        flow = flows.setdefault(key, {"start": now, "end": now, "proto": proto, "state": state or "", "packets": "", "bytes": ""})
        flow.update({name: first.get(name, "") for name in ("src", "dst", "sport", "dport")})
        if event == "DESTROY":
            flow["state"] = state or flow["state"]
            for name in ("packets", "bytes"):
                flow[name] = sum(int(value) for word, value in pairs if word == name)
            done.append(flows.pop(key))
        else:
            flow["end"], flow["state"] = now, state or flow["state"]
    done += flows.values()
    done.sort(key=lambda flow: (flow["start"], flow["src"], flow["sport"]))
    print("start,end,src,src_port,dst,dst_port,proto,packets,bytes,state")
    for flow in done:
        print(stamp(flow["start"]), stamp(flow["end"]), flow["src"], flow["sport"], flow["dst"], flow["dport"], flow["proto"], flow["packets"], flow["bytes"], flow["state"], sep=",")
    print(f"{len(done)} connections, {odd} lines not understood", file=sys.stderr)


main()
