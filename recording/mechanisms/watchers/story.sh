#!/bin/bash
# title: Monitors and fetchers of mail, PTR by the clock, caches of the client's own, names in firewalls, names that become known
# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
set -eu
STORY_END=2025-04-12T00:00:00Z
PACKAGES="busybox-static monitoring-plugins-basic monitoring-plugins-standard swaks mpop isync fdm getmail6 offlineimap3 imapfilter monit prometheus prometheus-blackbox-exporter traceroute mtr-tiny iputils-ping iputils-tracepath inetutils-traceroute tcptraceroute nmap fping net-tools iproute2 iptables nftables knot-resolver pdns-recursor dnsdist dnsmasq-base trafficserver tinyproxy python3-aiohttp python3-pycurl python3-dnspython nodejs openjdk-17-jdk-headless dbus systemd arno-iptables-firewall bind9-dnsutils httpie w3m libwww-perl python3-requests"
UNPACK="resolved=systemd-resolved"
export UNPACK
. "$(dirname "$0")/../world.sh"
. "$MECHANISMS/plan.sh"

# Monitors and fetchers of mail
run_monit_mail() { # HOST SECONDS NAME PAUSE_S PROTOCOL
  local port
  case $5 in smtp) port=25 ;; imap) port=143 ;; *) port=110 ;; esac
  run_monit "$1" "$2" "$3" "$4" "$port" "$5"
}
run_blackbox_tcp() { # HOST SECONDS NAME PAUSE_S PORT
  printf 'modules:\n  mail:\n    prober: tcp\n    timeout: 15s\n    tcp:\n      preferred_ip_protocol: ip4\n      query_response:\n        - expect: "ready"\n' >"/run/h/$1/blackbox.yml"
  probe "$1" "$2" "$4" mail "$3:$5"
}
run_imapfilter() { # HOST SECONDS NAME PAUSE_S: its own loop, as its manual has it
  mkdir -p "/run/h/$1/.imapfilter"
  printf 'options.timeout = 20\noptions.starttls = false\nfunction all()\n  local account = IMAP { server = "%s", username = "u", password = "p" }\n  account.INBOX:check_status()\n  account:logout()\nend\nbecome_daemon(%s, all, true, true)\n' "$3" "$4" >"/run/h/$1/imapfilter.lua"
  during "$1" "$2" env HOME="/run/h/$1" bash -c "imapfilter -c /run/h/$1/imapfilter.lua; exec sleep $2"
}
run_getmail() { # HOST SECONDS NAME SPEC PROTOCOL
  mkdir -p "/run/h/$1/getmail" "/run/h/$1/mail/"{new,cur,tmp}
  printf '[retriever]\ntype = Simple%sRetriever\nserver = %s\nusername = u\npassword = p\n[destination]\ntype = Maildir\npath = /run/h/%s/mail/\n' "$5" "$3" "$1" >"/run/h/$1/getmail/getmailrc"
  run_cron "$1" "$2" "$4 getmail -q --getmaildir=/run/h/$1/getmail >>/out/log/$1/getmail.log 2>&1"
}
run_fdm() { # HOST SECONDS NAME SPEC
  mkdir -p "/run/h/$1/mail"
  printf 'set lock-file "/run/h/%s/lock"\naction "keep" maildir "/run/h/%s/mail"\naccount "a" pop3 server "%s" port 110 user "u" pass "p" new-only cache "/run/h/%s/cache"\nmatch all action "keep"\n' "$1" "$1" "$3" "$1" >"/run/h/$1/fdm.conf"
  chmod 600 "/run/h/$1/fdm.conf"
  run_cron "$1" "$2" "$4 env HOME=/run/h/$1 fdm -q -f /run/h/$1/fdm.conf fetch >>/out/log/$1/fdm.log 2>&1"
}
run_offlineimap() { # HOST SECONDS NAME PAUSE_S
  mkdir -p "/run/h/$1/mail" "/run/h/$1/meta"
  printf '[general]\naccounts = a\nmetadata = /run/h/%s/meta\nui = quiet\nsocktimeout = 20\n[Account a]\nlocalrepository = near\nremoterepository = far\nautorefresh = %s\n[Repository near]\ntype = Maildir\nlocalfolders = /run/h/%s/mail\n[Repository far]\ntype = IMAP\nremotehost = %s\nremoteport = 143\nremoteuser = u\nremotepass = p\nssl = no\nstarttls = no\nauth_mechanisms = LOGIN\n' "$1" "$(($4 / 60))" "$1" "$3" >"/run/h/$1/offlineimaprc"
  during "$1" "$2" offlineimap -c "/run/h/$1/offlineimaprc"
}

# What the host holds while its tables of connections and rules are shown
run_held() { during "$1" "$2" bash -c "exec 3<>/dev/tcp/$3/9; read -r <&3"; } # HOST SECONDS ADDRESS: a connection
run_wall() { on "$1" iptables -A INPUT -s "$3" -j ACCEPT; }                   # HOST SECONDS ADDRESS: a rule

# Caches
run_kresd() { # HOST SECONDS NAME MEAN_S
  asks "$1" 127.0.0.1
  knot_conf "$1" 127.0.0.1 "policy.add(policy.all(policy.FORWARD('${RESOLVER_OF[$1]}')))"
  during "$1" "$2" kresd -n -c "/run/h/$1/kresd.conf" "/run/h/$1"
  steady "$1" "$2" direct "$4" "http://$3/"
}
run_pdns() { # HOST SECONDS NAME MEAN_S
  local home=/run/h/$1
  mkdir -p "$home/pdns"
  printf 'local-address=127.0.0.1\nforward-zones-recurse=.=%s\nsocket-dir=%s/pdns\ndaemon=no\nsecurity-poll-suffix=\nthreads=1\ndnssec=off\nsetuid=\nsetgid=\nquiet=yes\ndont-query=\nhint-file=/run/h/hints\nmax-tcp-clients=4\n' "${RESOLVER_OF[$1]}" "$home" >"$home/pdns/recursor.conf"
  asks "$1" 127.0.0.1
  during "$1" "$2" pdns_recursor --config-dir="$home/pdns"
  steady "$1" "$2" direct "$4" "http://$3/"
}
run_dnsdist() { # HOST SECONDS NAME MEAN_S
  printf 'setLocal("127.0.0.1:53")\nsetSecurityPollSuffix("")\nsetMaxTCPClientThreads(1)\nnewServer({address="%s", healthCheckMode="up"})\ngetServer(0):setUp()\npc = newPacketCache(1000, {maxTTL=86400, minTTL=0})\ngetPool(""):setCache(pc)\n' "${RESOLVER_OF[$1]}" >"/run/h/$1/dnsdist.conf"
  asks "$1" 127.0.0.1
  during "$1" "$2" dnsdist --supervised --disable-syslog -C "/run/h/$1/dnsdist.conf"
  steady "$1" "$2" direct "$4" "http://$3/"
}
run_cached() { during "$1" "$2" python3 "$STORY/cached.py" "$5" "$4" "$1" "http://$3/" "$6"; }                                   # HOST SECONDS NAME MEAN_S LIBRARY LIFETIME_S
run_node() { during "$1" "$2" node "$STORY/cached.mjs" /run/packages/npm "$5" "$4" "$1" "http://$3/" "$6"; }                      # HOST SECONDS NAME MEAN_S LIBRARY LIFETIME_S
run_java() { # HOST SECONDS NAME MEAN_S LIFETIME_S: options keep the machine's own timers quiet, not the cache
  during "$1" "$2" java -Xint -Xmx64m -XX:+UseSerialGC -XX:-UsePerfData -XX:+UnlockDiagnosticVMOptions -XX:GuaranteedSafepointInterval=0 -Dsun.net.inetaddr.ttl="$5" -cp /tmp Cached "$4" "$1" "http://$3/"
}
run_ats() { # HOST SECONDS NAME MEAN_S
  local home=/run/h/$1 key
  cp -r /etc/trafficserver "$home/ats"
  mkdir -p "$home/ats-run"
  for key in "bin_path STRING /usr/bin" "local_state_dir STRING $home/ats-run" "log.logfile_dir STRING $home/ats-run" "http.server_ports STRING 3128" "url_remap.remap_required INT 0" "http.cache.http INT 0" \
    "exec_thread.autoconfig INT 0" "exec_thread.limit INT 1" "task_threads INT 1" "thread.max_heartbeat_mseconds INT 1000" "dns.resolv_conf STRING NULL" "dns.nameservers STRING ${RESOLVER_OF[$1]}" "admin.user_id STRING #-1" \
    "http.keep_alive_enabled_out INT 0" "hostdb.host_file.path STRING NULL"; do
    echo "CONFIG proxy.config.$key" >>"$home/ats/records.config"
  done
  during "$1" "$2" env TS_RUNROOT= PROXY_CONFIG_CONFIG_DIR="$home/ats" traffic_server
  steady "$1" "$2" proxy "$4" "http://$3/"
}
run_tinyproxy() { # HOST SECONDS NAME MEAN_S
  printf 'Port 3128\nListen 127.0.0.1\nTimeout 30\nMaxClients 5\nLogLevel Error\n' >"/run/h/$1/tinyproxy.conf"
  during "$1" "$2" tinyproxy -d -c "/run/h/$1/tinyproxy.conf"
  steady "$1" "$2" proxy "$4" "http://$3/"
}

# Names in firewalls
run_restore() { # HOST SECONDS NAME SPEC: the rules as iptables-save would write them, but for the name
  printf '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -s %s -j ACCEPT\nCOMMIT\n' "$3" >"/run/h/$1/rules.v4"
  run_cron "$1" "$2" "$4 iptables-restore /run/h/$1/rules.v4"
}
run_nft_set() { # HOST SECONDS NAME SPEC
  on "$1" nft 'table inet wall { set partners { type ipv4_addr; flags timeout; timeout 1d; }; }'
  run_cron "$1" "$2" "$4 nft \"flush set inet wall partners; add element inet wall partners { $3 }\""
}
run_arno() { # HOST SECONDS NAME SPEC: the helper of its plugin for hosts with changing addresses; its job processor would wake every second
  local root=${ROOT[$1]}
  sed -i "s/^ENABLED=.*/ENABLED=1/; s/^DYNDNS_HOST_OPEN_TCP=.*/DYNDNS_HOST_OPEN_TCP=\"$3~22\"/" "$root/etc/arno-iptables-firewall/plugins/dyndns-host-open.conf"
  on "$1" iptables -N DYNDNS_CHAIN
  run_cron_own "$1" "$2" "$4 /usr/share/arno-iptables-firewall/aif-job-execute /usr/share/arno-iptables-firewall/plugins/dyndns-host-open-helper >/tmp/job.log 2>&1"
}
run_cron_own() { # HOST SECONDS LINE: BusyBox crond on a host with a file system of its own
  mkdir -p "${ROOT[$1]}/var/spool/cron/b"
  printf '%s\n' "$3" >"${ROOT[$1]}/var/spool/cron/b/root"
  during "$1" "$2" busybox crond -f -c /var/spool/cron/b -L /dev/null
}

world_begin
javac -d /tmp "$STORY/Cached.java"
# the source of the router's own messages to traceroute and its kin
ip addr add 198.18.255.254/32 dev lo
up web python3 "$STORY/mailbox.py"
for k in 0 1 2 3 4; do also_net "crowd-$k" "198.18.$((64 + 8 * k)).0/21"; done
wait_for "$start"
for file in "$TABLES"/play/*; do up "$(basename "$file")" python3 "$MECHANISMS/play.py" "$file"; done
follow_plan &
world_run
world_end
