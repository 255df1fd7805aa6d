# shellcheck shell=bash disable=SC2034
# The recursive resolvers: each as its package has it by default, but for listening, root hints and names that it would not ask for. Sourced by world.sh.

hints() { printf '. 518400 IN NS a.root-ns.example.\na.root-ns.example. 518400 IN A 203.0.113.1\n' >/run/h/hints; }

unbound_at() { # NAME [LINE...]
  local name=$1 line
  shift
  {
    printf 'server:\n  interface: %s\n  access-control: 0.0.0.0/0 allow\n  do-ip6: no\n  username: ""\n  chroot: ""\n  directory: "/run/h/%s"\n' "${ADDRESS[$name]}" "$name"
    printf '  pidfile: "/run/h/%s/unbound.pid"\n  root-hints: /run/h/hints\n  module-config: "iterator"\n  use-syslog: no\n' "$name"
    # answered by Unbound itself by default (RFC 6303)
    printf '  local-zone: "%s.in-addr.arpa." nodefault\n' 2.0.192 100.51.198 113.0.203
    for line; do printf '  %s\n' "$line"; done
    printf 'remote-control:\n  control-enable: no\n'
  } >"/run/h/$name/unbound.conf"
  up "$name" unbound -d -c "/run/h/$name/unbound.conf"
}

bind_at() { # NAME [OPTION...]
  local name=$1
  shift
  {
    printf 'options { directory "/run/h/%s"; pid-file "/run/h/%s/named.pid"; session-keyfile "/run/h/%s/session.key"; listen-on { any; }; listen-on-v6 { none; };\n' "$name" "$name" "$name"
    printf '  recursion yes; allow-recursion { any; }; allow-query { any; }; dnssec-validation no; empty-zones-enable no; %s };\ncontrols { };\n' "$*"
    printf 'zone "." { type hint; file "/run/h/hints"; };\n'
  } >"/run/h/$name/named.conf"
  up "$name" named -4 -n 1 -f -c "/run/h/$name/named.conf"
}

knot_conf() { # NAME ADDRESS LINE...: kresd.conf, with these lines first
  local home=/run/h/$1
  mkdir -p "$home/cache"
  printf '%s\n' "${@:3}" >"$home/kresd.conf"
  cat >>"$home/kresd.conf" <<END
net.listen('$2', 53, { kind = 'dns' })
net.ipv6 = false
cache.open(20 * MB, 'lmdb://$home/cache')
trust_anchors.remove('.')
modules.unload('ta_update')
modules.unload('ta_signal_query')
modules.unload('ta_sentinel')
modules.unload('priming')
modules.unload('detect_time_skew')
modules.unload('detect_time_jump')
-- the documentation addresses' reverse zones are among those that Knot Resolver answers itself
policy.special_names = {}
END
}

knot_at() { # NAME
  knot_conf "$1" "${ADDRESS[$1]}" "modules = { 'hints' }" "hints.root({ ['a.root-ns.example.'] = '203.0.113.1' })"
  up "$1" kresd -n -c "/run/h/$1/kresd.conf" "/run/h/$1"
}

dnsmasq_at() { # NAME UPSTREAM
  up "$1" dnsmasq --keep-in-foreground --user=root --conf-file=/dev/null --no-hosts --no-resolv "--server=${ADDRESS[$2]}" --listen-address="${ADDRESS[$1]}" \
    --bind-interfaces --pid-file=
}

# The five kinds, each on a host of its own; a forwarder's upstream is a resolver of its own ("behind").
declare -A EGRESS=([unbound]=192.0.2.1 [unbound-prefetch]=192.0.2.2 [bind]=192.0.2.3 [knot]=192.0.2.4 [dnsmasq]=192.0.2.6)
resolver_hosts() {
  local row
  for row in unbound:192.0.2.1 unbound-prefetch:192.0.2.2 bind:192.0.2.3 knot:192.0.2.4 dnsmasq:192.0.2.5 behind:192.0.2.6; do
    host "${row%:*}" "${row#*:}" 127.0.0.1 "${row%:*}.resolvers.example" - UTC -
  done
}
resolvers() {
  hints
  unbound_at unbound
  unbound_at unbound-prefetch 'prefetch: yes'
  bind_at bind
  knot_at knot
  unbound_at behind
  dnsmasq_at dnsmasq behind
}
