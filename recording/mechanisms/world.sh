# shellcheck shell=bash disable=SC1091,SC2034,SC2153
# The world that the stories share: hosts round one router, root + forward + reverse name servers, five kinds of resolver, captures,
# the router's flow record. A story's script runs as process 1 of the guest does (see ../virtual-time) and reads:
#   . ../world.sh; world_begin; wait_for "$start"; up HOST PROGRAM ...; world_run; world_end
# Tables in the story's folder (tab-separated, # comments, - for none), or those that its tables.py writes when run with a folder's name:
#   hosts.tsv   name address resolver fqdn search zone packages program    (resolver: unbound unbound-prefetch bind knot dnsmasq)
#   names.tsv   name ttl type data                                         (zones.py)
#   series.tsv  host name mechanism program start end notes side           (labels.py; nothing here reads it)
# Addresses: clients in 198.18.0.0/16 (or anywhere but in the following), name servers in 203.0.113.0/24, resolvers in 192.0.2.0/29;
# every address of 198.19.0.0/16 is on the host "web", which serves HTTP on port 80: names' addresses are taken from there.
# VT_SPAN: seconds of the story (default: all of it, to STORY_END); STORY_START and STORY_END are set before world_begin.
MECHANISMS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
STORY=$(cd "$(dirname "$0")" && pwd)
STORY_START=${STORY_START:-2025-04-07T00:00:00Z} STORY_END=${STORY_END:-2025-04-21T00:00:00Z}
. "$MECHANISMS/hosts.sh"
. "$MECHANISMS/resolvers.sh"

epoch() { date -u -d "$1" +%s; }
say() { echo "$(date -u +%FT%TZ) $*" | tee -a /out/progress; }
wait_for() { # EPOCH
  local pause=$(($1 - $(date +%s)))
  [ "$pause" -le 0 ] || sleep "$pause"
}
beat() { # EPOCH: sleeps until then, with a line every quarter of a day
  local now next
  while now=$(date +%s) && [ "$now" -lt "$1" ]; do
    next=$((now - now % 21600 + 21600))
    [ "$next" -le "$1" ] || next=$1
    sleep $((next - now))
    say "$(awk '/^processes/ { print $2 " processes so far" }' /proc/stat)"
  done
}
at() { # EPOCH WORDS COMMAND...: an event of the story, unless it is beyond the end
  local when=$1 words=$2
  shift 2
  [ "$when" -lt "$end" ] || return 0
  beat "$when"
  "$@"
  say "$words"
}

serial=2025040700
zones() { # NAMES: the servers' zones from this table of names, also in the midst of the story
  serial=$((serial + 1))
  python3 "$MECHANISMS/zones.py" "$1" /run/h "$serial"
  local server
  for server in root fwd rev; do
    if [ -e "/run/h/$server/named.pid" ]; then kill -HUP "$(cat "/run/h/$server/named.pid")"; fi
  done
}

capture() { # HOST FILE FILTER
  ip netns exec "$1" tcpdump -i eth0 -n --immediate-mode -U -Z root -w "/out/log/$2.pcap" "$3" >/dev/null 2>&1 &
  captures+=($!)
}
captures=()

flow_record() { # every connection through the router; DNS over UDP is not tracked
  nft -f - <<END
table inet router {
  chain raw { type filter hook prerouting priority raw; udp dport 53 notrack; udp sport 53 notrack; }
  chain through { type filter hook forward priority 0; ct state new counter; }
}
END
  sysctl -qw net.netfilter.nf_conntrack_acct=1 net.netfilter.nf_conntrack_timestamp=1
  conntrack -E -e NEW,UPDATES,DESTROY -o timestamp,id,extended >/out/log/conntrack.log 2>/out/log/conntrack.err &
  captures+=($!)
}

world_begin() {
  local name address resolver fqdn search zone packages tables=$STORY row
  start=$(epoch "$STORY_START") end=$(epoch "$STORY_END")
  [ -z "${VT_SPAN:-}" ] || end=$((start + VT_SPAN))
  hostname router
  touch /etc/mailname
  mkdir -p /out/log /etc/netns /run/h/{root,fwd,rev,refusing} /run/packages
  # a mount of its own: two layers of one overlay may not lie inside each other
  [ -z "${VT_ROOTS:-}" ] || mount -t hostfs none /run/packages -o "$VT_ROOTS"
  if [ -e "$STORY/tables.py" ]; then
    tables=/out/tables
    mkdir -p "$tables"
    python3 "$STORY/tables.py" "$tables"
  fi
  TABLES=$tables
  flow_record
  for row in root:203.0.113.1 fwd:203.0.113.53 rev:203.0.113.54 lame:203.0.113.55 refusing:203.0.113.56 web:203.0.113.80; do
    host "${row%:*}" "${row#*:}" 127.0.0.1 "${row%:*}.servers.example" - UTC -
  done
  resolver_hosts
  also_net web 198.19.0.0/16
  while IFS=$'\t' read -r name address resolver fqdn search zone packages _; do
    host "$name" "$address" "$resolver" "$fqdn" "$search" "$zone" "$packages"
  done < <(grep -v '^#' "$tables/hosts.tsv")
  say "$host_count hosts up"
  capture fwd forward 'port 53'
  capture rev reverse 'port 53'
  capture root root 'port 53'
  for name in unbound unbound-prefetch bind knot dnsmasq; do capture "$name" "clients-$name" "port 53 and not net 203.0.113.0/24 and not host ${ADDRESS[behind]}"; done
  zones "$tables/names.tsv"
  for name in root fwd rev refusing; do up "$name" named -4 -n 1 -f -c "/run/h/$name/named.conf"; done
  sleep 2
  resolvers
  up web python3 "$MECHANISMS/web.py"
  sleep 2
  date -u +%FT%TZ >/out/begin
  say "servers up"
}

world_run() { # from the programs' start to the story's end
  say "ready"
  if [ -n "${VT_TRACE:-}" ]; then wakers & fi
  beat "$end"
}

wakers() { # what costs time, after half an hour of the story: /out/wakers has context switches by process
  local n file
  sleep 1800
  grep -H ^voluntary /proc/[0-9]*/status | awk '{ print $2, $1 }' | sort -rn | head -40 | while read -r n file; do
    echo "$n $(tr '\0' ' ' <"${file%/status*}/cmdline" | cut -c1-100)"
  done >/out/wakers
}

world_end() {
  echo "$(cat /out/begin) $(date -u +%FT%TZ)" >/out/span
  # shellcheck disable=SC2086
  dpkg-query -W -f '${Package} ${Version}\n' bind9 curl dnsmasq-base knot-resolver libc6 unbound wget ${PACKAGES:-} 2>/dev/null | sort -u >/out/versions || true
  [ "$TABLES" = /out/tables ] || cp -r "$TABLES" /out/tables
  kill "${captures[@]}"
  sleep 1
  say "end"
}
