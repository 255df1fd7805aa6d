#!/bin/bash
# title: Names that carry data, names that look as if, and gaps that carry data: iodine, dns2tcp and others beside block lists, hashed host names and log resolvers
# Process 1 of the guest runs this as root (see ../world.sh). Besides Debian packages: ./tools.sh (PyPI, crates.io).
PACKAGES="iodine dns2tcp net-tools spamassassin spamd spamc wget wget2 aria2 clamav-freshclam apache2-utils jdresolve adns-tools mtr-tiny busybox-static"
STORY_START=2025-04-07T00:00:00Z
STORY_END=2025-04-09T00:00:00Z
set -eu
. "$(dirname "$0")/../world.sh"
tools=/.old$(dirname "$VT_ROOTS")
export PYTHON=$tools/venv-names/bin/python3 TUNNELER=$tools/cargo-names/bin
# iodined, dns2tcpd and tunneler take the queries of type A or NS with which Unbound and BIND hide the type and parts of the name for
# data, or do not answer them: hardly a tunnel comes about through them as Debian ships them. Here they are without QNAME minimisation,
# as they were by default before Unbound 1.7.2 and BIND 9.14.
resolvers() {
  hints
  unbound_at unbound 'qname-minimisation: no'
  unbound_at unbound-prefetch 'prefetch: yes' 'qname-minimisation: no'
  bind_at bind 'qname-minimization off;'
  knot_at knot
  unbound_at behind 'qname-minimisation: no'
  dnsmasq_at dnsmasq behind
}
world_begin
rows_of() { awk -F'\t' -v wanted="^$1" '$8 ~ wanted { print $1 }' "$TABLES/hosts.tsv"; }
sed -i "s|@HERE@|$STORY|g; s|@PYTHON@|$PYTHON|g; s|@TEXT@|/usr/share/common-licenses/GPL-3|g" "$TABLES"/play/*
also_net pages 198.19.200.0/24
up pages python3 "$MECHANISMS/pages.py"
capture tserv tunnels 'port 53'

# the far ends of the tunnels
mkdir -p /srv/cgi-bin /run/pydnst/server
for i in 0 1 2; do tail -n +$((40 * i)) /usr/share/common-licenses/GPL-3 | head -c $((400 + 500 * i)) >/srv/doc$i; done
printf '#!/bin/sh\ncat >/dev/null\nprintf "Content-Type: text/plain\\n\\nthanks\\n"\n' >/srv/cgi-bin/sink
chmod +x /srv/cgi-bin/sink
up tserv busybox httpd -f -p 80 -h /srv
number=101
for id in $(rows_of iodine); do
  also tserv "203.0.113.$number"
  up tserv iodined -f -c -P secret -l "203.0.113.$number" "10.9.$((number - 100)).1/30" "t.$id.example"
  number=$((number + 1))
done
for id in $(rows_of dns2tcp); do
  also tserv "203.0.113.$number"
  printf 'listen = 203.0.113.%s\nport = 53\nuser = nobody\ndomain = t.%s.example\nresources = web:127.0.0.1:80\n' "$number" "$id" >"/run/$id.conf"
  number=$((number + 1))
done
for id in $(rows_of tunneler); do
  also tserv "203.0.113.$number"
  up tserv "$TUNNELER/server" --local-address "203.0.113.$number" --local-port 53 --remote-address 127.0.0.1 --remote-port 80 --tunneled-type Tcp dns \
    --client-suffix ".t.$id.example" --read-timeout-in-milliseconds 100 --idle-client-timeout-in-milliseconds 20000
  number=$((number + 1))
done
also tserv "203.0.113.$number"
up tserv "$PYTHON" -m dns_tunnel_messenger.cli listen --host "203.0.113.$number" --port 53 --zone m.me4.example

pydnst_config() { # FOLDER RESOLVER PERIOD
  cat >"$1/pydnst.toml" <<END
[general]
DNST_SERVER_NAME = "t.pd.example"
DEFAULT_SHARED_KEY = "$shared"
[client]
USE_DEFAULT_DNS_SERVER = false
MAIN_INTERFACE = "eth0"
DNS_SERVER_ADDRESS_FALLBACK = "$2"
DNS_SERVER_ADDRESS = "$2"
DNS_SERVER_PORT = 53
KEEP_ALIVE_PERIOD = $3
DNST_CLIENT_ID_PATH = "dnst_client_id.txt"
SERVER_PUBLIC_PEM_PATH = "server_public.pem"
[server]
LISTENING_INTERFACE = "eth0"
LISTENING_PORT = 53
SERVER_PRIVATE_PEM_PATH = "server_private.pem"
MESSAGES_JSON = "/run/pydnst/messages.json"
UDS_PATH_COMMANDER = "/run/pydnst/commander"
END
}
shared=$("$PYTHON" -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')
(cd /run/pydnst/server && "$PYTHON" -m pydnst create_certificates >/dev/null 2>&1) || say "no certificates"
pydnst_config /run/pydnst/server 127.0.0.1 300
up tserv bash -c "cd /run/pydnst/server && exec $PYTHON -m pydnst server run"

wait_for "$start"
while IFS=$'\t' read -r id resolver period; do
  mkdir -p "/run/pydnst/$id"
  pydnst_config "/run/pydnst/$id" "${EGRESS[$resolver]/%.6/.5}" "$period"
  cp /run/pydnst/server/server_public.pem "/run/pydnst/$id/"
  up "$id" bash -c "cd /run/pydnst/$id && exec $PYTHON -m pydnst client run"
done <<END
pd1	unbound	300
pd2	bind	900
pd3	unbound-prefetch	1800
pd4	dnsmasq	600
END

# cov3rt makes its own ARP requests
for id in $(rows_of cov3rt); do
  ip addr add 169.254.1.1/32 dev "$(cut -d' ' -f1 <<<"${LINK[$id]}")" noprefixroute
  up "$id" "$PYTHON" "$STORY/cov3rt_send.py" "$TABLES/timing/$id"
done

for id in $(rows_of spamassassin); do
  mkdir -p "/run/h/$id/rules" "/run/h/$id/site"
  printf 'loadplugin Mail::SpamAssassin::Plugin::%s\n' Check HeaderEval DNSEval URIDNSBL HashBL >"/run/h/$id/rules/init.pre"
  cat >"/run/h/$id/rules/50_lists.cf" <<END
util_rb_tld example
dns_available yes
skip_rbl_checks 0
header PEER_LISTED eval:check_rbl('peer', 'ip.$id.example.')
describe PEER_LISTED the peer's address
tflags PEER_LISTED net
header MAIL_LISTED eval:check_hashbl_emails('mail.$id.example')
describe MAIL_LISTED addresses of the mail
tflags MAIL_LISTED net
body URI_LISTED eval:check_uridnsbl('URI_LISTED')
urirhssub URI_LISTED uri.$id.example. A 127.0.0.2
describe URI_LISTED domains of the text
tflags URI_LISTED net
END
  up "$id" spamd -C "/run/h/$id/rules" --siteconfigpath="/run/h/$id/site" -x -u nobody -i 127.0.0.1 -p 783 -m 2 --min-children=1 --min-spare=1 --max-spare=1
done

while read -r id checks; do
  mkdir -p "/run/h/$id/db"
  printf '%s\n' "DatabaseDirectory /run/h/$id/db" "DatabaseOwner root" "DNSDatabaseInfo current.cvd.$id.example" "DatabaseMirror http://mirror.$id.example" \
    "MaxAttempts 1" "ConnectTimeout 10" "Checks $checks" "Foreground yes" "UpdateLogFile /out/log/$id/freshclam.log" "LogTime yes" "ScriptedUpdates yes" >"/run/h/$id/freshclam.conf"
  up "$id" freshclam -d -F --config-file="/run/h/$id/freshclam.conf"
done <<END
fc1 24
fc2 12
fc3 48
END

for file in "$TABLES"/timing/*.log; do
  IFS=$'\t' read -r from period command <"$file"
  id=$(basename "$file" .log)
  # shellcheck disable=SC2086
  up "$id" bash "$STORY/log-loop.sh" "$id" "$from" "$period" $command
done
for file in "$TABLES"/play/*; do
  id=$(basename "$file")
  up "$id" env PYTHON="$PYTHON" TUNNELER="$TUNNELER" python3 "$MECHANISMS/play.py" "$file"
done
world_run
"$PYTHON" -m pip list 2>/dev/null | grep -iE '^(cov3rt|dnsm|pydnst|dns-tunnel-messenger|scapy) ' | sed 's/  */ /; s/$/ (PyPI)/' >/out/tool-versions
world_end
"$TUNNELER/client" --version | sed 's/$/ (crates.io)/' >>/out/tool-versions
cat /out/tool-versions >>/out/versions
python3 - "$MECHANISMS" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
import captures
files = ["/out/log/forward.pcap", "/out/log/tunnels.pcap"]
data = captures.merged([open(path, "rb").read() for path in files])
open(files[0], "wb").write(data)
END
