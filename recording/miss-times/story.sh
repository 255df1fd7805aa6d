#!/bin/bash
# Process 1 of the guest runs this as root (see ../virtual-time). Three days of one query list, put to resolvers with the
# settings that Debian 12 ships them with, and to variants of one setting each. Output: /out.
set -eu
cd "$(dirname "$0")"
declare -A RESOLVERS=([unbound]=198.51.100.1 [unbound-prefetch]=198.51.100.2 [unbound-serve-expired]=198.51.100.3 [bind]=198.51.100.4)
start=$(($(date +%s) / 60 * 60 + 120))
mkdir -p /run/m /out
for address in 198.18.0.1 192.0.2.53 192.0.2.54 198.51.100.99 "${RESOLVERS[@]}"; do ip addr add "$address/32" dev lo; done
tc qdisc add dev lo root netem delay 2ms

# the name servers: root and example at one address, the zones at another, and one that refuses
soa() { printf '@ 3600 SOA ns.%s hostmaster.%s 1 7200 900 1209600 %s\n' "$1" "$1" "$2"; }
{ printf '$ORIGIN .\n'; soa example. 86400; printf '@ 518400 NS a.root-ns.example.\na.root-ns.example. 518400 A 198.18.0.1\nexample. 172800 NS a.root-ns.example.\n'; } >/run/m/root.zone
{
  printf '$ORIGIN example.\n'; soa example. 86400
  printf '@ 172800 NS a.root-ns\na.root-ns 518400 A 198.18.0.1\n'
  printf 'ttl 172800 NS ns.ttl\nns.ttl 172800 A 192.0.2.53\nlong-negative 172800 NS ns.long-negative\nns.long-negative 172800 A 192.0.2.53\nrefused 172800 NS ns.refused\nns.refused 172800 A 192.0.2.54\n'
} >/run/m/example.zone
python3 queries.py zone >/run/m/ttl.zone
{ printf '$ORIGIN long-negative.example.\n'; printf '@ 86400 SOA ns hostmaster 1 7200 900 1209600 18000\n@ 86400 NS ns\nns 86400 A 192.0.2.53\n'; } >/run/m/long-negative.zone
server() { # NAME ADDRESS [ZONE FILE]...
  local name=$1 address=$2
  shift 2
  {
    printf 'options { directory "/run/m"; pid-file "/run/m/%s.pid"; session-keyfile "/run/m/%s.key"; listen-on { %s; }; listen-on-v6 { none; }; recursion no; querylog yes; empty-zones-enable no; };\ncontrols { };\n' "$name" "$name" "$address"
    printf 'logging { channel q { file "/out/%s.log"; print-time iso8601-utc; print-category yes; print-severity yes; }; category queries { q; }; };\n' "$name"
    while [ $# -gt 0 ]; do printf 'zone "%s" { type primary; file "/run/m/%s"; };\n' "$1" "$2"; shift 2; done
  } >"/run/m/$name.conf"
  named -4 -n 1 -f -c "/run/m/$name.conf" 2>"/out/$name.err" &
}
server root 198.18.0.1 . root.zone example example.zone
server authority 192.0.2.53 ttl.example ttl.zone long-negative.example long-negative.zone
server refusing 192.0.2.54

printf '. 518400 IN NS a.root-ns.example.\na.root-ns.example. 518400 IN A 198.18.0.1\n' >/run/m/hints
unbound_at() { # NAME [LINE...]
  local name=$1 line
  shift
  {
    printf 'server:\n  interface: %s\n  outgoing-interface: %s\n  access-control: 0.0.0.0/0 allow\n  do-ip6: no\n  username: ""\n  chroot: ""\n  directory: "/run/m"\n  pidfile: "/run/m/%s.pid"\n' "${RESOLVERS[$name]}" "${RESOLVERS[$name]}" "$name"
    printf '  root-hints: /run/m/hints\n  module-config: "iterator"\n  use-syslog: no\n  logfile: "/out/%s.log"\n' "$name"
    for line; do printf '  %s\n' "$line"; done
    printf 'remote-control:\n  control-enable: no\n'
  } >"/run/m/$name.conf"
  unbound -d -c "/run/m/$name.conf" &
}
unbound_at unbound
unbound_at unbound-prefetch 'prefetch: yes'
unbound_at unbound-serve-expired 'serve-expired: yes'
{
  printf 'options { directory "/run/m"; pid-file "/run/m/bind.pid"; session-keyfile "/run/m/bind.key"; listen-on { %s; }; listen-on-v6 { none; }; query-source address %s;\n' "${RESOLVERS[bind]}" "${RESOLVERS[bind]}"
  printf '  recursion yes; allow-recursion { any; }; allow-query { any; }; dnssec-validation no; empty-zones-enable no; };\ncontrols { };\nzone "." { type hint; file "/run/m/hints"; };\n'
} >/run/m/bind.conf
named -4 -n 1 -f -c /run/m/bind.conf 2>/out/bind.err &
sleep 5
{ unbound -V | head -1; named -v; echo "start $start"; for r in "${!RESOLVERS[@]}"; do echo "$r ${RESOLVERS[$r]}"; done | sort; } >/out/facts
python3 queries.py list >/out/queries.tsv
python3 ask.py "$start" /out/queries.tsv 198.51.100.1 198.51.100.2 198.51.100.3 198.51.100.4 >>/out/facts
sleep 5
kill %1 %2 %3 %4 %5 %6 %7 || true
