#!/bin/sh
# Records the dnstap files of this folder with BIND and Unbound themselves, on loopback addresses, and what
# dnstap-read says of them. Needs named, unbound (both built with dnstap), dig, dnstap-read and python3.
# Its hashes then go into MANIFEST.toml (`sha256sum *.dnstap`). Usage: record.sh
#
#   dig 127.0.0.10 ── resolver port 5302 (BIND) or 5303 (Unbound) ── name server port 5301 (BIND)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
port=5301
work=$(mktemp -d)
chmod 755 "$work"
pids=
stop() {
  for pid in $pids; do kill "$pid" 2>/dev/null || :; done
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 1' INT TERM

mkdir "$work/server" "$work/resolver" "$work/unbound"
cat >"$work/server/zone" <<'ZONE'
$TTL 300
@ SOA ns.hotel-brand.example. hostmaster.hotel-brand.example. 1 7200 900 86400 60
@ NS ns
@ MX 10 mail1
@ TXT "v=spf1 -all"
ns A 127.0.0.1
mail1 A 192.0.2.25
mail1 AAAA 2001:db8::25
www CNAME mail1
ZONE
python3 -c 'print("\n".join(f"large TXT \"{n:03} {chr(120) * 200}\"" for n in range(12)))' >>"$work/server/zone"

named_conf() { # HOST PORT RECURSION IPV6-ADDRESS
  cat <<CONF
options { directory "$work/$1"; pid-file none; port $port; recursion $3; dnssec-validation no; empty-zones-enable no;
  listen-on port $2 { 127.0.0.1; }; listen-on-v6 { $4; }; allow-query { any; };
  allow-transfer { any; }; qname-minimization off; max-udp-size 1232; resolver-query-timeout 10000;
  dnstap { all; }; dnstap-output file "$work/$1/out.dnstap"; dnstap-identity "$1.hotel-brand.example"; };
controls { };
CONF
}
named_conf server $port no ::1 >"$work/server/named.conf"
echo 'zone "hotel-brand.example" { type primary; file "zone"; allow-update { any; }; };' >>"$work/server/named.conf"
named_conf resolver 5302 yes none >"$work/resolver/named.conf"
cat >>"$work/resolver/named.conf" <<'CONF'
zone "hotel-brand.example" { type static-stub; server-addresses { 127.0.0.1; }; };
zone "nobody.example" { type static-stub; server-addresses { 127.0.0.99; }; };
zone "forwarded.example" { type forward; forward only; forwarders { 127.0.0.1 port 5301; }; };
zone "." { type hint; file "/dev/null"; };
CONF
cat >"$work/unbound/unbound.conf" <<CONF
server:
  interface: 127.0.0.1@5303
  outgoing-interface: 127.0.0.1
  directory: "$work/unbound"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: "log"
  num-threads: 1
  access-control: 127.0.0.0/8 allow
  do-not-query-localhost: no
  domain-insecure: "."
  root-hints: ""
  module-config: "iterator"
  qname-minimisation: no
dnstap:
  dnstap-enable: yes
  dnstap-socket-path: "$work/unbound/socket"
  dnstap-send-identity: yes
  dnstap-identity: "unbound.hotel-brand.example"
  dnstap-send-version: yes
  dnstap-log-client-query-messages: yes
  dnstap-log-client-response-messages: yes
  dnstap-log-resolver-query-messages: yes
  dnstap-log-resolver-response-messages: yes
  dnstap-log-forwarder-query-messages: yes
  dnstap-log-forwarder-response-messages: yes
stub-zone:
  name: "hotel-brand.example"
  stub-addr: 127.0.0.1@$port
forward-zone:
  name: "forwarded.example"
  forward-addr: 127.0.0.1@$port
remote-control:
  control-enable: no
CONF

# Questions of every kind; $1 port of the server.
ask() {
  d="dig -b 127.0.0.10 @127.0.0.1 -p $1 +tries=1 +time=3"
  $d mail1.hotel-brand.example A
  $d mail1.hotel-brand.example A
  $d MAIL1.Hotel-Brand.example AAAA +dnssec
  $d www.hotel-brand.example A +tcp
  $d hotel-brand.example MX +norecurse +nocookie
  $d hotel-brand.example TXT +noedns
  $d large.hotel-brand.example TXT +ignore
  $d large.hotel-brand.example TXT
  $d absent.hotel-brand.example PTR
  $d mail1.hotel-brand.example MX +cdflag
  $d 'odd\.label.hotel-brand.example' A
  $d 'a\032b.hotel-brand.example' A
  $d www.forwarded.example A
  $d -t TYPE65280 mail1.hotel-brand.example
  $d +subnet=198.51.100.0/24 mail1.hotel-brand.example A
  $d -c CH -t TXT version.bind
}

named -g -c "$work/server/named.conf" >"$work/server/log" 2>&1 & server=$!
named -g -c "$work/resolver/named.conf" >"$work/resolver/log" 2>&1 & resolver=$!
pids="$server $resolver"
python3 "$here/receive.py" "$work/unbound/socket" "$work/unbound/out.dnstap" & receiver=$!
pids="$pids $receiver"
until [ -S "$work/unbound/socket" ]; do :; done
unbound -d -c "$work/unbound/unbound.conf" & unbound=$!
pids="$pids $unbound"
sleep 2
ask $port >/dev/null || :
dig -b ::1 @::1 -p $port +tries=1 +time=3 mail1.hotel-brand.example A >/dev/null
dig -b 127.0.0.10 @127.0.0.1 -p $port +tries=1 +time=3 hotel-brand.example AXFR >/dev/null
printf 'server 127.0.0.1 %s\nupdate add new.hotel-brand.example 60 A 192.0.2.26\nsend\n' $port | nsupdate
ask 5302 >/dev/null || :
dig -b 127.0.0.10 @127.0.0.1 -p 5302 +tries=1 +time=3 a.nobody.example >/dev/null || :
ask 5303 >/dev/null || :
sleep 2
kill $server $resolver $unbound
wait $server $resolver $unbound || :
wait $receiver

mkdir -p "$here/expect"
for name in server resolver unbound; do
  cp "$work/$name/out.dnstap" "$here/$name.dnstap"
  # dnstap-read knows files and not sockets: what the two ends said to each other first is left out for it.
  python3 "$here/receive.py" --bare "$here/$name.dnstap" "$work/$name/bare.dnstap"
  TZ=UTC dnstap-read "$work/$name/bare.dnstap" >"$work/short"
  TZ=UTC dnstap-read -y "$work/$name/bare.dnstap" >"$work/yaml"
  python3 "$here/expect.py" "$work/short" "$work/yaml" >"$here/expect/$name.dnstap.tsv"
done
