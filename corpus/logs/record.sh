#!/bin/sh
# Records the name-server logs of this folder with the servers themselves, on loopback addresses.
# Needs named, unbound, dnsmasq and dig. Usage: record.sh OUTDIR
set -eu
out=$(realpath "$1")
mkdir -p "$out"
work=$(mktemp -d)
pids=
stop() {
  for pid in $pids; do kill "$pid" 2>/dev/null || true; done
  [ -n "${KEEP-}" ] || rm -rf "$work"
}
trap stop EXIT
zone=$work/zone
cat > "$zone" <<'ZONE'
$TTL 300
@ SOA ns.hotel-brand.example. hostmaster.hotel-brand.example. 1 7200 900 86400 60
@ NS ns
@ MX 10 mail1
@ TXT "v=spf1 -all"
ns A 192.0.2.1
mail1 A 192.0.2.25
mail1 AAAA 2001:db8::25
www CNAME mail1
ZONE
chmod 755 "$work"; chmod 644 "$zone"

# Questions of every kind; $1 server, $2 port.
ask() {
  d="dig @$1 -p $2 +tries=1 +time=2"
  $d mail1.hotel-brand.example A >/dev/null || true
  $d MAIL1.Hotel-Brand.example AAAA +dnssec >/dev/null || true
  $d www.hotel-brand.example A +tcp >/dev/null || true
  $d hotel-brand.example MX +norecurse +nocookie >/dev/null || true
  $d hotel-brand.example TXT +noedns >/dev/null || true
  $d _dmarc.hotel-brand.example TXT +cdflag +bufsize=1232 >/dev/null || true
  $d 'odd\.label.hotel-brand.example' A >/dev/null || true
  $d 'a\032b.hotel-brand.example' A >/dev/null || true
  $d -t TYPE65 mail1.hotel-brand.example >/dev/null || true
  $d +subnet=198.51.100.0/24 mail1.hotel-brand.example A >/dev/null || true
  $d -b 127.0.0.9 mail1.hotel-brand.example A >/dev/null || true
  $d elsewhere.example A >/dev/null || true
  $d -x 192.0.2.25 >/dev/null || true
  $d . NS >/dev/null || true
  $d -c CH -t TXT version.bind >/dev/null || true
}

bind() { # name, print-time, recursion, who may ask
  cat > "$work/named.conf" <<CONF
options { directory "$work"; listen-on port 5301 { 127.0.0.1; }; listen-on-v6 port 5301 { ::1; };
  pid-file none; recursion $3; dnssec-validation no; querylog yes; allow-query { $4; }; };
controls { };
logging { channel q { file "$out/bind-$1.log"; severity info; print-time $2; print-category yes; print-severity yes; };
  category default { q; }; category queries { q; }; category query-errors { q; }; category security { q; }; };
zone "hotel-brand.example" { type primary; file "$zone"; };
zone "." { type primary; file "$work/root"; };
CONF
  printf '$TTL 300\n@ SOA a. b. 1 7200 900 86400 60\n@ NS a.\na. A 192.0.2.9\n' > "$work/root"
  named -f -c "$work/named.conf" >"$work/named.err" 2>&1 &
  named=$!; pids="$pids $named"
  sleep 2
  ask 127.0.0.1 5301
  dig @::1 -p 5301 +tries=1 +time=2 mail1.hotel-brand.example A >/dev/null || true
  kill $named 2>/dev/null; wait $named || true
}
rm -f "$out"/bind-*.log
bind local local yes any
bind iso8601 iso8601 no any
bind iso8601-utc iso8601-utc yes 127.0.0.9
bind notime no yes any

cat > "$work/unbound.conf" <<CONF
server:
  interface: 127.0.0.1@5302
  interface: ::1@5302
  directory: "$work"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: "UBLOG"
  do-daemonize: no
  num-threads: 1
  log-queries: yes
  log-replies: yes
  LOGOPT
  local-zone: "elsewhere.example." refuse
  local-zone: "hotel-brand.example." static
  local-data: "mail1.hotel-brand.example. 300 A 192.0.2.25"
  local-data: "hotel-brand.example. 300 MX 10 mail1.hotel-brand.example."
  root-hints: ""
  module-config: "iterator"
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@5399
CONF
unbound_() { # name, option
  sed "s|UBLOG|$out/unbound-$1.log|; s|LOGOPT|$2|" "$work/unbound.conf" > "$work/u.conf"
  unbound -d -c "$work/u.conf" >"$work/unbound.err" 2>&1 &
  pid=$!; pids="$pids $pid"
  sleep 1
  ask 127.0.0.1 5302
  kill $pid 2>/dev/null; wait $pid || true
}
rm -f "$out"/unbound-*.log
unbound_ epoch ''
unbound_ ascii 'log-time-ascii: yes'
if unbound-checkconf -o log-time-iso >/dev/null 2>&1; then unbound_ iso "log-time-iso: yes"; fi
unbound_ tag 'log-tag-queryreply: yes\n  log-servfail: yes'

dnsmasq_() { # name, log-queries form
  dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --port=5303 --listen-address=127.0.0.1 --bind-interfaces \
    --address=/blocked.example/0.0.0.0 --host-record=mail1.hotel-brand.example,192.0.2.25,2001:db8::25 \
    --cname=www.hotel-brand.example,mail1.hotel-brand.example --server=/hotel-brand.example/127.0.0.1#5301 \
    --local=/elsewhere.example/ --ptr-record=26.2.0.192.in-addr.arpa,stale.hotel-brand.example \
    --log-facility="$out/dnsmasq-$1.log" $2 >/dev/null 2>&1 &
  pid=$!; pids="$pids $pid"
  sleep 1
  ask 127.0.0.1 5303
  dig @127.0.0.1 -p 5303 +tries=1 +time=2 a.blocked.example >/dev/null || true
  dig @127.0.0.1 -p 5303 +tries=1 +time=2 -x 192.0.2.26 >/dev/null || true
  ask 127.0.0.1 5303
  kill $pid 2>/dev/null; wait $pid || true
}
rm -f "$out"/dnsmasq-*.log
named -f -c "$work/named.conf" >"$work/named.err" 2>&1 &
pids="$pids $!"
sleep 2
dnsmasq_ plain --log-queries
dnsmasq_ extra --log-queries=extra
