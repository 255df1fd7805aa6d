#!/bin/bash
# shellcheck disable=SC2153 # RESOLVER is from hosts.sh
# The story of the case stale-ptr: process 1 of the guest runs this as root (see ../virtual-time). Output: /out.
# VT_ROOTS: folder with the unpacked mail servers. VT_SPAN: seconds of the story (default: all of it).
set -eu
STORY=$(cd "$(dirname "$0")" && pwd)
cd "$STORY"
# shellcheck source=/dev/null
for part in names hosts zones resolvers mta; do . "./$part.sh"; done

# for short trials, an event's time can be given on the guest's command line
for name in RETRY_FROM SURVEY_AT ZONE_DELETED PAIRED_ADDED PTR_CHANGED; do
  other=VT_$name
  [ -z "${!other:-}" ] || declare "$name=${!other}"
done
export RETRY_FROM

epoch() { date -u -d "$1" +%s; }
start=$(epoch "$STORY_START") end=$(epoch "$STORY_END")
[ -z "${VT_SPAN:-}" ] || end=$((start + VT_SPAN))
wait_for() { # EPOCH
  local pause=$(($1 - $(date +%s)))
  [ "$pause" -le 0 ] || sleep "$pause"
}
say() { echo "$(date -u +%FT%TZ) $*" | tee -a /out/progress; }

touch /etc/mailname
mkdir -p /out/log /etc/netns /run/h
hostname router

# the router's flow record: every TCP connection between hosts
nft 'add table inet router; add chain inet router through { type filter hook forward priority 0; }; add rule inet router through ip protocol tcp ct state new counter'
sysctl -qw net.netfilter.nf_conntrack_acct=1 net.netfilter.nf_conntrack_timestamp=1
conntrack -E -p tcp -e NEW,UPDATES,DESTROY -o timestamp,id,extended >/out/log/conntrack.log 2>/out/log/conntrack.err &

# a mount of its own: two layers of one overlay may not lie inside each other
roots=/run/packages
mkdir -p "$roots"
mount -t hostfs none "$roots" -o "$VT_ROOTS"
while IFS=$'\t' read -r name address fqdn _ resolver _ zone software _; do
  case $software in
    postfix*) packages=$roots/postfix ;;
    exim | opensmtpd | sendmail) packages=$roots/$software ;;
    *) packages= ;;
  esac
  host "$name" "$address" "$fqdn" "$resolver" "$zone" "$packages"
done < <(grep -v '^#' hosts.tsv)
say "hosts up"

captures=()
for name in fwd rev; do
  ip netns exec "$name" tcpdump -i eth0 -n --immediate-mode -U -Z root -w "/out/log/$name/$name.pcap" port 53 >/dev/null 2>&1 &
  captures+=($!)
done
name_servers
sleep 2
resolvers
sleep 2
mail_servers
mkdir -p /out/zones-before
cp /run/h/fwd/*.zone /run/h/rev/*.zone /out/zones-before/
say "servers up"

# the vendor's host also serves one file over HTTP from the address in question
mkdir -p "${ROOT[vendor]}/srv"
printf 'campaign,sent\nspring,0\n' >"${ROOT[vendor]}/srv/campaign.csv"
up vendor python3 -c 'import functools as f, http.server as h
h.ThreadingHTTPServer(("198.51.100.25", 80), f.partial(h.SimpleHTTPRequestHandler, directory="/srv")).serve_forever(3600)'

python3 schedule.py /out/log
for name in vendor hoster; do
  cp "/out/log/$name.tsv" "${ROOT[$name]}/tmp/mails"
  cp hand-over.sh "${ROOT[$name]}/tmp/hand-over.sh"
done
say "ready"
# for looking at what costs time: the guest's own counters, every ten minutes
if [ -n "${VT_TRACE:-}" ]; then
  while sleep 600; do echo "$(date -u +%T) $(head -1 /proc/stat) $(grep -E 'ctxt|processes' /proc/stat | tr '\n' ' ')"; [ -e /out/wakers ] || grep -H ^voluntary /proc/[0-9]*/status | awk '{ print $2, $1 }' | sort -rn | head -25 | while read -r n file; do echo "$n $(tr '\0' ' ' <"${file%/status*}/cmdline" | cut -c1-80) $(cat "${file%/status*}/comm")"; done >/out/wakers; done >/out/trace &
fi
wait_for "$start"
url=http://$SUBJECT/campaign.csv

# the monitor: cron and curl
mkdir -p /run/h/f/crontabs
printf '*/10 * * * * curl -s -m 20 -o /dev/null %s\n' "$url" >/run/h/f/crontabs/root
up f busybox crond -f -c /run/h/f/crontabs -L /dev/null

# the proxy
cat >/run/h/g/haproxy.cfg <<END
global
  maxconn 100
resolvers own
  nameserver one ${RESOLVER[g]}:53
  timeout resolve 30s
  timeout retry 30s
  hold valid 30s
defaults
  mode tcp
  timeout connect 10s
  timeout client 60s
  timeout server 60s
listen relay
  bind 127.0.0.1:2525
  server out $SUBJECT:80 check inter 5m resolvers own resolve-prefer ipv4 init-addr none
END
up g haproxy -db -f /run/h/g/haproxy.cfg

# the second monitor: monit
printf 'set daemon 900\nset logfile /out/log/i/monit.log\nset idfile /run/h/i/id\nset statefile /run/h/i/state\nset pidfile /run/h/i/pid\ncheck host partner with address %s\n  if failed port 25 protocol smtp then alert\n' "$SUBJECT" >/run/h/i/monitrc
chmod 600 /run/h/i/monitrc
up i monit -I -c /run/h/i/monitrc

# the data desk
cp /out/log/retry.tsv /run/h/h/schedule
up h "$STORY/fetch-on-demand.sh" /run/h/h/schedule "$url"

for name in vendor hoster; do up "$name" /bin/bash /tmp/hand-over.sh; done

at() { # EPOCH WORDS COMMAND...: an event of the story, unless it is beyond the end
  local when=$1 words=$2
  shift 2
  [ "$when" -lt "$end" ] || return 0
  beat "$when"
  "$@"
  say "$words"
}
copy_logs() { # of the host whose log folder is not the outside's (Exim cannot write there)
  cp "${ROOT[b]}/var/log/exim4/mainlog" "/out/log/b/mainlog" 2>/dev/null || true
}
beat() { # EPOCH: sleeps until then, with a line every quarter of a day
  local now
  while now=$(date +%s) && [ "$now" -lt "$1" ]; do
    local next=$((now - now % 21600 + 21600))
    [ "$next" -le "$1" ] || next=$1
    sleep $((next - now))
    copy_logs
    say "$(date +%s)"
  done
}
survey() { on s /usr/bin/python3 "$STORY/survey.py" 198.51.100.{25,26,27,28} >>/out/log/s/survey.jsonl; }
at "$(epoch "$SURVEY_AT")" "survey" survey
at "$(epoch "$ZONE_DELETED")" "zone deleted" delete_zone
at "$(epoch "$PAIRED_ADDED")" "paired name added" add_paired
at "$(epoch "$PTR_CHANGED")" "PTR changed" change_ptr
beat "$end"
say "end"
mkdir -p /out/zones-after
cp /run/h/fwd/*.zone /run/h/rev/*.zone /out/zones-after/
for name in vendor hoster a e; do cp "${ROOT[$name]}/etc/postfix/main.cf" "/out/log/$name/main.cf"; done
kill "${captures[@]}"
sleep 1
