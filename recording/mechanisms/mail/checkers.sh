# shellcheck shell=bash disable=SC2016,SC2034,SC2153,SC2154
# Programs that check a sender for a mail server: policy servers, milters, proxies. Sourced by mail.sh.

policyd_weight_at() { # NAME
  local name=$1 root=${ROOT[$1]}
  account "$root" polw 920
  # lists of others do not exist in this world
  printf '@dnsbl_score = ();\n@rhsbl_score = ();\n$USER = "polw";\n$GROUP = "polw";\n1;\n' >"$root/etc/policyd-weight.conf"
  receiving_postfix "$name" 'smtpd_peername_lookup = no' \
    'smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination, check_policy_service inet:127.0.0.1:12525'
  up "$name" /usr/sbin/policyd-weight -f /etc/policyd-weight.conf start
}

own_lookups_off='smtpd_peername_lookup = no'

policy_postfix() { # NAME SERVICE COMMAND: a policy program that Postfix starts and keeps as long as its server process
  printf '%s unix - n n - 0 spawn user=nobody argv=%s\n' "$2" "$3" >"/run/h/$1/master"
  receiving_postfix "$1" "$own_lookups_off" "$2_time_limit = 86400" 'smtpd_policy_service_max_idle = 3600s' 'smtpd_policy_service_max_ttl = 86400s' \
    "smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination, check_policy_service unix:private/$2"
}
policyd_spf_python_at() { policy_postfix "$1" policyd-spf /usr/bin/policyd-spf; }
policyd_spf_perl_at() { policy_postfix "$1" policy-spf /usr/sbin/postfix-policyd-spf-perl; }

milter_postfix() { # NAME MILTER...
  local name=$1
  shift
  receiving_postfix "$name" "$own_lookups_off" "smtpd_milters = $*" 'milter_default_action = accept'
}

opendkim_up() { # NAME: as Debian has it, but as verifier only, and without the root's trust anchor, which is not that of this world
  local root=${ROOT[$1]}
  mkdir -p "$root/run/opendkim"
  printf 'Syslog yes\nSyslogSuccess yes\nMode v\nNameservers %s\nSocket inet:8891@127.0.0.1\nUserID opendkim\nUMask 007\n' "$(sed -n 's/^nameserver //p' "$root/etc/resolv.conf")" >"$root/etc/opendkim.conf"
  up "$1" opendkim -f -x /etc/opendkim.conf
}
opendmarc_up() { # NAME
  local root=${ROOT[$1]}
  mkdir -p "$root/run/opendmarc"
  printf 'Syslog true\nSocket inet:8893@127.0.0.1\nUserID opendmarc\nUMask 0002\nSPFSelfValidate true\nPublicSuffixList /usr/share/publicsuffix/public_suffix_list.dat\n' >"$root/etc/opendmarc.conf"
  up "$1" opendmarc -f -c /etc/opendmarc.conf
}
opendkim_at() {
  milter_postfix "$1" inet:127.0.0.1:8891
  opendkim_up "$1"
}
opendmarc_at() {
  milter_postfix "$1" inet:127.0.0.1:8893
  opendmarc_up "$1"
}
sendmail_milters_at() {
  sendmail_at "$1" 10m "INPUT_MAIL_FILTER(\`opendkim', \`S=inet:8891@127.0.0.1')" "INPUT_MAIL_FILTER(\`opendmarc', \`S=inet:8893@127.0.0.1')"
  opendkim_up "$1"
  opendmarc_up "$1"
}

pyspf_milter_at() {
  local root=${ROOT[$1]}
  mkdir -p "$root/run/pyspf-milter"
  chroot "$root" chown pyspf-milter /run/pyspf-milter
  sed -i 's/^Socket = .*/Socket = inet:8894@127.0.0.1/' "$root/etc/pyspf-milter/pyspf-milter.conf"
  milter_postfix "$1" inet:127.0.0.1:8894
  up "$1" pyspf-milter /etc/pyspf-milter/pyspf-milter.conf
}

dkimpy_milter_at() {
  local root=${ROOT[$1]}
  mkdir -p "$root/run/dkimpy-milter"
  chroot "$root" chown dkimpy-milter /run/dkimpy-milter
  printf 'Mode v\nSocket inet:8892@127.0.0.1\n' >>"$root/etc/dkimpy-milter/dkimpy-milter.conf"
  milter_postfix "$1" inet:127.0.0.1:8892
  up "$1" dkimpy-milter /etc/dkimpy-milter/dkimpy-milter.conf
}

rspamd_files() { # NAME: lists and maps of others off, as they do not exist in this world; no Redis
  local local_d=${ROOT[$1]}/etc/rspamd/local.d module
  mkdir -p "$local_d" "${ROOT[$1]}/run/rspamd"
  for module in rbl surbl asn fuzzy_check hfilter neural phishing greylist ratelimit replies reputation history_redis url_redirector rspamd_update mime_types bimi redis; do
    printf 'enabled = false;\n' >"$local_d/$module.conf"
  done
  printf 'disable_hyperscan = true;\nmap_watch_interval = 1d;\n' >"$local_d/options.inc"
  printf 'enabled = false;\n' >"$local_d/worker-fuzzy.inc"
  printf 'type = "file";\nfilename = "/var/log/rspamd/rspamd.log";\nlevel = "notice";\n' >"$local_d/logging.inc"
  mkdir -p "${ROOT[$1]}/var/log/rspamd"
  chroot "${ROOT[$1]}" chown _rspamd:_rspamd /var/log/rspamd /run/rspamd
}
rspamd_milter_at() {
  local local_d=${ROOT[$1]}/etc/rspamd/local.d
  rspamd_files "$1"
  printf 'milter = yes;\ntimeout = 120s;\nupstream "local" { default = yes; self_scan = yes; }\ncount = 1;\nbind_socket = "127.0.0.1:11332";\n' >"$local_d/worker-proxy.inc"
  printf 'enabled = false;\n' >"$local_d/worker-normal.inc"
  printf 'enabled = false;\n' >"$local_d/worker-controller.inc"
  milter_postfix "$1" inet:127.0.0.1:11332
  up "$1" rspamd -f -u _rspamd -g _rspamd -c /etc/rspamd/rspamd.conf
}

spamassassin_files() { # NAME
  printf 'skip_rbl_checks 1\nskip_uribl_checks 1\ndns_available yes\nuse_bayes 0\nuse_auto_whitelist 0\n' >>"${ROOT[$1]}/etc/spamassassin/local.cf"
}
proxied_postfix() { # NAME FILTER BACK: a proxy before the queue
  printf '127.0.0.1:%s inet n - n - - smtpd\n  -o smtpd_proxy_filter=\n  -o smtpd_authorized_xforward_hosts=127.0.0.0/8\n' "$3" >"/run/h/$1/master"
  receiving_postfix "$1" "$own_lookups_off" "smtpd_proxy_filter = 127.0.0.1:$2"
}
spampd_at() {
  spamassassin_files "$1"
  proxied_postfix "$1" 10025 10026
  up "$1" spampd --nodetach --host=127.0.0.1:10025 --relayhost=127.0.0.1:10026 --children=2 --maxrequests=100000 --user=spampd --group=spampd --tagall --set-envelope-headers
}

amavis_at() {
  local root=${ROOT[$1]}
  printf 'use strict;\n$myhostname = "%s";\n$max_servers = 1;\n$max_requests = 100000;\n$enable_dkim_verification = 1;\n@bypass_spam_checks_maps = (1);\n@bypass_virus_checks_maps = (1);\n$enable_zmq = 0;\n$enable_db = 0;\n$forward_method = "smtp:[127.0.0.1]:10026";\n$notify_method = $forward_method;\n@local_domains_acl = (".%s");\n$final_bad_header_destiny = D_PASS;\n$final_banned_destiny = D_PASS;\n1;\n' \
    "${FQDN[$1]}" "$(domain_of "$1")" >"$root/etc/amavis/conf.d/50-user"
  mkdir -p "$root/run/amavis" "$root"/var/lib/amavis/{tmp,db,virusmails}
  chroot "$root" chown -R amavis:amavis /run/amavis /var/lib/amavis
  proxied_postfix "$1" 10024 10026
  up "$1" /usr/sbin/amavisd foreground
}
