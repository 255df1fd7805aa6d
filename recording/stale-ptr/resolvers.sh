# shellcheck shell=bash disable=SC2016,SC2034,SC2153
# The recursive resolvers, each with its client-side log. Sourced by story.sh.

hints() {
  printf '. 518400 IN NS a.root-ns.example.\na.root-ns.example. 518400 IN A 198.18.0.1\n' >/run/h/hints
}

# unbound_at NAME [LINE...]: recursion and logging; everything else as the program has it by default. The reverse zones of the
# documentation addresses are answered by Unbound itself by default (RFC 6303): "nodefault" lets them be asked.
unbound_at() {
  local name=$1 line
  shift
  {
    printf 'server:\n  interface: %s\n  interface: 127.0.0.1\n  access-control: 0.0.0.0/0 allow\n  do-ip6: no\n  username: ""\n  chroot: ""\n  directory: "/run/h/%s"\n' "${ADDRESS[$name]}" "$name"
    printf '  pidfile: "/run/h/%s/unbound.pid"\n  root-hints: /run/h/hints\n  module-config: "iterator"\n  use-syslog: no\n  logfile: "/out/log/%s/unbound.log"\n' "$name" "$name"
    printf '  log-queries: yes\n  log-replies: yes\n'
    printf '  local-zone: "%s.in-addr.arpa." nodefault\n' 2.0.192 100.51.198 113.0.203
    for line; do printf '  %s\n' "$line"; done
    printf 'remote-control:\n  control-enable: no\n'
  } >"/run/h/$name/unbound.conf"
  up "$name" unbound -d -c "/run/h/$name/unbound.conf"
}

# bind_at NAME STAMP: a recursive BIND with its query log
bind_at() {
  local name=$1
  {
    printf 'options { directory "/run/h/%s"; pid-file "/run/h/%s/named.pid"; session-keyfile "/run/h/%s/session.key"; listen-on { any; }; listen-on-v6 { none; };\n' "$name" "$name" "$name"
    printf '  recursion yes; allow-recursion { any; }; allow-query { any; }; dnssec-validation no; empty-zones-enable no; querylog yes; };\ncontrols { };\n'
    printf 'logging { channel q { file "/out/log/%s/query.log"; print-time %s; print-category yes; print-severity yes; };\n' "$name" "$2"
    printf '  channel g { file "/out/log/%s/named.log"; print-time yes; print-category yes; print-severity yes; };\n' "$name"
    printf '  category default { g; }; category queries { q; }; category query-errors { q; }; };\nzone "." { type hint; file "/run/h/hints"; };\n'
  } >"/run/h/$name/named.conf"
  up "$name" named -4 -n 1 -f -c "/run/h/$name/named.conf"
}

dnsmasq_at() { # NAME UPSTREAM
  up "$1" dnsmasq --keep-in-foreground --user=root --conf-file=/dev/null --no-hosts --no-resolv "--server=$2" --listen-address="${ADDRESS[$1]}" \
    --bind-interfaces --pid-file= --log-queries=extra --log-facility="/out/log/$1/dnsmasq.log"
}

resolvers() {
  hints
  unbound_at vdns
  unbound_at hdns 'log-tag-queryreply: yes'
  unbound_at adns
  bind_at bdns iso8601
  unbound_at cdns 'log-time-ascii: yes' 'prefetch: yes' 'log-tag-queryreply: yes'
  bind_at isp iso8601-utc
  dnsmasq_at ddns "${ADDRESS[isp]}"
  unbound_at edns 'log-time-ascii: yes'
  unbound_at fdns
  unbound_at gdns
  unbound_at hhdns 'log-tag-queryreply: yes'
}
