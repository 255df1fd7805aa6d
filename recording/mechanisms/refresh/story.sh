#!/bin/bash
# title: Caches that ask again when a TTL has run out, and programs that keep a firewall's addresses fresh
# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
set -eu
STORY_END=2025-04-17T00:00:00Z
PACKAGES="busybox-static curl wget nginx-light squid nscd haproxy monit prometheus collectd-core nftables ipset iptables ferm libnet-dns-perl wireguard-go wireguard-tools dbus systemd bind9 unbound dnsmasq-base"
UNPACK="resolved=systemd-resolved unscd=unscd dnscache=dnscache"
export UNPACK
. "$(dirname "$0")/../world.sh"
. "$MECHANISMS/plan.sh"

run_nginx() { # HOST SECONDS NAME MEAN_S
  local home=/run/h/$1
  mkdir -p "$home/logs"
  printf 'user root;\nworker_processes 1;\ndaemon off;\npid %s/pid;\nerror_log %s/error.log;\nevents { worker_connections 64; }\nhttp {\n  access_log off;\n  client_body_temp_path %s/b; proxy_temp_path %s/p; fastcgi_temp_path %s/f; uwsgi_temp_path %s/u; scgi_temp_path %s/s;\n  resolver %s;\n  server { listen 127.0.0.1:8080; location / { set $far http://%s; proxy_pass $far; } }\n}\n' \
    "$home" "$home" "$home" "$home" "$home" "$home" "$home" "${RESOLVER_OF[$1]}" "$3" >"$home/nginx.conf"
  during "$1" "$2" nginx -c "$home/nginx.conf"
  steady "$1" "$2" direct "$4" http://127.0.0.1:8080/
}
squid_conf() { # HOST LINE...
  local home=/run/h/$1
  mkdir -p "$home/core"
  touch "$home/cache.log"
  chown -R proxy "$home/core" "$home/cache.log"
  chmod 755 /run/h "$home"
  printf 'pid_filename %s/pid\ncoredump_dir %s/core\ncache_log %s/cache.log\naccess_log none\ncache_store_log none\nnetdb_filename none\ncache deny all\nworkers 1\nserver_persistent_connections off\nclient_persistent_connections off\nshutdown_lifetime 1 second\nvisible_hostname box\npinger_enable off\ndns_nameservers %s\nmime_table /usr/share/squid/mime.conf\n' \
    "$home" "$home" "$home" "${RESOLVER_OF[$1]}" >"$home/squid.conf"
  shift
  printf '%s\n' "$@" >>"$home/squid.conf"
}
run_squid() { # HOST SECONDS NAME MEAN_S
  squid_conf "$1" 'http_port 127.0.0.1:3128' 'http_access allow all'
  during "$1" "$2" squid --foreground -f "/run/h/$1/squid.conf"
  steady "$1" "$2" proxy "$4" "http://$3/"
}
run_squid_acl() { # HOST SECONDS NAME SPEC: the addresses of an ACL are those at the last reading of the configuration
  squid_conf "$1" 'http_port 127.0.0.1:3128' "acl partner dst $3" 'http_access allow partner' 'http_access deny all'
  during "$1" "$2" squid --foreground -f "/run/h/$1/squid.conf"
  run_cron "$1" "$2" "$4 squid -k reconfigure -f /run/h/$1/squid.conf"
}
run_unbound() { # HOST SECONDS NAME MEAN_S
  local home=/run/h/$1
  asks "$1" 127.0.0.1
  printf 'server:\n  interface: 127.0.0.1\n  do-ip6: no\n  username: ""\n  chroot: ""\n  directory: "%s"\n  pidfile: "%s/pid"\n  module-config: "iterator"\n  use-syslog: no\nforward-zone:\n  name: "."\n  forward-addr: %s\nremote-control:\n  control-enable: no\n' "$home" "$home" "${RESOLVER_OF[$1]}" >"$home/unbound.conf"
  during "$1" "$2" unbound -d -c "$home/unbound.conf"
  steady "$1" "$2" direct "$4" "http://$3/"
}
run_bind() { # HOST SECONDS NAME MEAN_S
  local home=/run/h/$1
  asks "$1" 127.0.0.1
  printf 'options { directory "%s"; pid-file "%s/pid"; session-keyfile "%s/key"; listen-on { 127.0.0.1; }; listen-on-v6 { none; }; forward only; forwarders { %s; }; dnssec-validation no; empty-zones-enable no; };\ncontrols { };\n' "$home" "$home" "$home" "${RESOLVER_OF[$1]}" >"$home/named.conf"
  during "$1" "$2" named -4 -n 1 -f -c "$home/named.conf"
  steady "$1" "$2" direct "$4" "http://$3/"
}
run_dnscache() { # HOST SECONDS NAME MEAN_S
  local home=${ROOT[$1]}/run/d
  asks_own "$1" 127.0.0.1
  mkdir -p "$home/ip" "$home/servers"
  touch "$home/ip/127.0.0.1"
  echo "${RESOLVER_OF[$1]}" >"$home/servers/@"
  head -c 128 /dev/urandom >"$home/seed"
  during "$1" "$2" bash -c 'exec env ROOT=/run/d IP=127.0.0.1 IPSEND=0.0.0.0 CACHESIZE=1000000 FORWARDONLY=1 UID=0 GID=0 dnscache </run/d/seed' || return
  steady "$1" "$2" direct "$4" "http://$3/"
}
run_nscd() { # HOST SECONDS NAME MEAN_S
  printf 'paranoia no\nenable-cache passwd no\nenable-cache group no\nenable-cache services no\nenable-cache netgroup no\nenable-cache hosts yes\npositive-time-to-live hosts 3600\nnegative-time-to-live hosts 20\nsuggested-size hosts 211\ncheck-files hosts yes\npersistent hosts no\nshared hosts no\nmax-db-size hosts 33554432\n' >"${ROOT[$1]}/etc/nscd.conf"
  mkdir -p "${ROOT[$1]}/run/nscd" "${ROOT[$1]}/var/db/nscd"
  during "$1" "$2" nscd -F
  steady "$1" "$2" direct "$4" "http://$3/"
}
run_unscd() { # HOST SECONDS NAME MEAN_S
  printf 'enable-cache passwd no\nenable-cache group no\nenable-cache hosts yes\npositive-time-to-live hosts 60\nnegative-time-to-live hosts 20\nsuggested-size hosts 211\ncheck-files hosts no\n' >"${ROOT[$1]}/etc/nscd.conf"
  mkdir -p "${ROOT[$1]}/run/nscd"
  during "$1" "$2" nscd -d
  steady "$1" "$2" direct "$4" "http://$3/"
}
run_haproxy() { # HOST SECONDS NAME PAUSE_S
  printf 'global\n  maxconn 100\nresolvers own\n  nameserver one %s:53\n  timeout resolve %ss\n  timeout retry 5s\n  hold valid %ss\ndefaults\n  mode tcp\n  timeout connect 10s\n  timeout client 60s\n  timeout server 60s\nlisten relay\n  bind 127.0.0.1:2525\n  server out %s:80 check inter %ss resolvers own resolve-prefer ipv4 init-addr none\n' "${RESOLVER_OF[$1]}" "$4" "$4" "$3" "$(($4 * 10))" >"/run/h/$1/haproxy.cfg"
  during "$1" "$2" haproxy -db -f "/run/h/$1/haproxy.cfg"
}
run_curl() { run_loop "$1" "$2" "$4" "curl -s -m 20 -o /dev/null http://$3/"; }
run_wget() { run_loop "$1" "$2" "$4" "wget -q -T 20 -t 1 -O /dev/null http://$3/"; }
run_crowd() { steady "$1" "$2" direct "$4" "http://$3/"; } # HOST SECONDS NAME MEAN_S

run_nft() { # HOST SECONDS NAME SPEC
  printf 'table inet wall\nflush table inet wall\ntable inet wall {\n  chain in { type filter hook input priority 10; ip saddr %s tcp dport 2222 accept; }\n}\n' "$3" >"/run/h/$1/wall.nft"
  run_cron "$1" "$2" "$4 nft -f /run/h/$1/wall.nft"
}
run_nft_loop() { # HOST SECONDS NAME PAUSE_S
  printf 'table inet wall\nflush table inet wall\ntable inet wall {\n  chain in { type filter hook input priority 10; ip saddr %s tcp dport 2222 accept; }\n}\n' "$3" >"/run/h/$1/wall.nft"
  run_loop "$1" "$2" "$4" "nft -f /run/h/$1/wall.nft"
}
run_ipset() { # HOST SECONDS NAME SPEC
  run_cron "$1" "$2" "$4 ipset create -exist partner hash:ip timeout 86400; ipset add -exist partner $3"
}
run_iptables() { # HOST SECONDS NAME SPEC
  run_cron "$1" "$2" "$4 iptables -F INPUT; iptables -A INPUT -s $3 -j ACCEPT"
}
run_ferm() { # HOST SECONDS NAME SPEC
  printf '@def $PARTNER = @resolve((%s));\ndomain ip table filter chain INPUT { policy ACCEPT; saddr $PARTNER ACCEPT; }\n' "$3" >"/run/h/$1/ferm.conf"
  run_cron "$1" "$2" "$4 ferm /run/h/$1/ferm.conf >/dev/null 2>&1"
}
run_wireguard() { # HOST SECONDS NAME SPEC: a tunnel whose peer does not answer, and the script that WireGuard's package has for peers with changing addresses
  local key peer
  key=$(wg genkey) peer=$(wg genkey | wg pubkey)
  printf '[Interface]\nPrivateKey = %s\n[Peer]\nPublicKey = %s\nAllowedIPs = 10.9.0.0/16\nEndpoint = %s:51820\n' "$key" "$peer" "$3" >"/run/h/$1/$1.conf"
  during "$1" "$2" bash -c "mkdir -p /var/run/wireguard; wireguard-go -f $1 & sleep 1; wg setconf $1 /run/h/$1/$1.conf; ip link set $1 up; wait"
  run_cron "$1" "$2" "$4 bash /usr/share/doc/wireguard-tools/examples/reresolve-dns/reresolve-dns.sh /run/h/$1/$1.conf"
}

world_begin
wait_for "$start"
follow_plan &
world_run
world_end
