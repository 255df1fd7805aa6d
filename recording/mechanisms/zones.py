#!/usr/bin/python3
"""zones.py NAMES DIR SERIAL: writes zone files and BIND configurations of the root, forward and reverse servers from a table of names.

NAMES: tab-separated rows `name ttl type data`, `#` comments. The zone of a name is its longest parent with a row of type ZONE, or else
its last two labels (names below in-addr.arpa: the zones of REVERSE). Types beside those of DNS: ZONE (the ttl is that of negative
answers, 900 where there is no such row), LAME (the zone is delegated to a host without name server), REFUSED (to a server that refuses).
"""
import sys
from pathlib import Path

SERVERS = {"root": ("203.0.113.1", "a.root-ns.example"), "fwd": ("203.0.113.53", "ns1.dns-host.example"), "rev": ("203.0.113.54", "ns1.address-host.example"),
           "LAME": ("203.0.113.55", "ns1.gone-host.example"), "REFUSED": ("203.0.113.56", "ns1.other-host.example")}
REVERSE = ["2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa", "113.0.203.in-addr.arpa", "18.198.in-addr.arpa", "19.198.in-addr.arpa"]
NEGATIVE_TTL = 900


def read(path):
    rows = [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return [(name.lower().rstrip("."), ttl, kind, data) for name, ttl, kind, data in rows]


def zone_of(name, apexes):
    labels = name.split(".")
    for cut in range(len(labels)):
        if ".".join(labels[cut:]) in apexes:
            return ".".join(labels[cut:])
    return ".".join(labels[-2:])


def soa(zone, serial, server, negative):
    host = SERVERS[server][1]
    origin = "." if zone == "." else f"{zone}."
    return [f"$TTL 86400", f"$ORIGIN {origin}", f"@ 86400 IN SOA {host}. hostmaster.{host}. {serial} 7200 3600 1209600 {negative}", f"@ 86400 IN NS {host}."]


def main(names, folder, serial):
    rows = read(names)
    marks = {name: (kind, ttl) for name, ttl, kind, _ in rows if kind in ("ZONE", "LAME", "REFUSED")}
    apexes = set(marks) | set(REVERSE)
    zones = {zone: [] for zone in apexes}
    for name, ttl, kind, data in rows:
        if kind not in ("ZONE", "LAME", "REFUSED"):
            zones.setdefault(zone_of(name, apexes), []).append(f"{name}. {ttl} IN {kind} {data}")
    held = {"fwd": [], "rev": []}
    delegations = {"example": [], "in-addr.arpa": []}
    for zone, records in sorted(zones.items()):
        kind, negative = marks.get(zone, ("ZONE", NEGATIVE_TTL))
        server = "rev" if zone.endswith(".in-addr.arpa") else "fwd"
        server_of = server if kind == "ZONE" else kind
        parent = zone_of(zone.split(".", 1)[1], apexes) if zone.count(".") > 1 and not zone.endswith("arpa") else None
        line = f"{zone}. {172800 if kind == 'ZONE' else 3600} IN NS {SERVERS[server_of][1]}."
        if parent in zones:
            zones[parent].append(line)
        else:
            delegations["in-addr.arpa" if server == "rev" else "example"].append(line)
        if kind == "ZONE":
            held[server].append((zone, negative))
    for server, list_of in held.items():
        for zone, negative in list_of:
            (folder / server / f"{zone}.zone").write_text("\n".join(soa(zone, serial, server, negative) + zones[zone]) + "\n")
    glue = [f"{host}. 172800 IN A {address}" for address, host in SERVERS.values()]
    (folder / "root" / "root.zone").write_text("\n".join(soa(".", serial, "root", 86400) + ["example. 172800 IN NS a.root-ns.example.", "in-addr.arpa. 172800 IN NS a.root-ns.example.", glue[0]]) + "\n")
    (folder / "root" / "example.zone").write_text("\n".join(soa("example", serial, "root", 3600) + glue + delegations["example"]) + "\n")
    (folder / "root" / "in-addr.arpa.zone").write_text("\n".join(soa("in-addr.arpa", serial, "root", 3600) + delegations["in-addr.arpa"]) + "\n")
    served = {"root": [".=root.zone", "example=example.zone", "in-addr.arpa=in-addr.arpa.zone"], "refusing": []}
    served |= {server: [f"{zone}={zone}.zone" for zone, _ in list_of] for server, list_of in held.items()}
    for server, list_of in served.items():
        home = f"{folder}/{server}"
        text = f'options {{ directory "{home}"; pid-file "{home}/named.pid"; session-keyfile "{home}/session.key"; listen-on {{ any; }}; listen-on-v6 {{ none; }};\n'
        text += "  recursion no; allow-query { any; }; dnssec-validation no; empty-zones-enable no; notify no; };\ncontrols { };\n"
        text += "".join('zone "{}" {{ type primary; file "{}"; }};\n'.format(*pair.split("=")) for pair in list_of)
        (folder / server / "named.conf").write_text(text)


main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
