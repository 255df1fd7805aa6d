# shellcheck shell=bash disable=SC2016,SC2034,SC2153
# The mail servers. Sourced by story.sh. What the packages' own installation scripts would do (users, folders, modes) is done
# here, because packages that conflict with each other are unpacked, not installed.

# account ROOT NAME ID [HOME]
account() {
  printf '%s:x:%s:%s::%s:/bin/sh\n' "$2" "$3" "$3" "${4:-/nonexistent}" >>"$1/etc/passwd"
  printf '%s:x:%s:\n' "$2" "$3" >>"$1/etc/group"
  printf '%s:*:20000:0:99999:7:::\n' "$2" >>"$1/etc/shadow"
}

person() { # ROOT NAME: a mailbox owner
  account "$1" "$2" 1500 "/home/$2"
  mkdir -p "$1/home/$2"
  chown 1500:1500 "$1/home/$2"
}

syslog_at() { # NAME traditional|iso: rsyslog as Debian configures it, mail facility only
  local root=${ROOT[$1]}
  {
    printf 'module(load="imuxsock")\n'
    [ "$2" = iso ] || printf '$ActionFileDefaultTemplate RSYSLOG_TraditionalFileFormat\n'
    printf 'mail.* -/var/log/mail.log\n'
  } >"$root/etc/rsyslog.conf"
  up "$1" rsyslogd -n -i /run/rsyslogd.pid
  until [ -S "$root/dev/log" ]; do sleep 0.1; done
}

postfix_files() { # NAME: what the package's installation script does
  local root=${ROOT[$1]}
  account "$root" postfix 901
  printf 'postdrop:x:902:\n' >>"$root/etc/group"
  cp "$root/usr/share/postfix/master.cf.dist" "$root/etc/postfix/master.cf"
  # Debian's master.cf runs most services in a chroot that its init script fills; here they run without
  sed -i -E 's/^([a-z]+ +(inet|unix) +[-n] +[-n] +)y/\1n/' "$root/etc/postfix/master.cf"
  printf 'postmaster: root\nroot: /dev/null\n' >"$root/etc/aliases"
  mkdir -p "$root/var/spool/postfix" "$root/var/lib/postfix"
  printf '# dict-type so-name dict-function mkmap-function\n' >"$root/etc/postfix/dynamicmaps.cf"
  cat >"$root/etc/postfix/main.cf"
  printf 'smtputf8_enable = no\ninet_protocols = ipv4\nsmtp_tls_security_level = none\nalias_maps = hash:/etc/aliases\nalias_database = hash:/etc/aliases\n' >>"$root/etc/postfix/main.cf"
  on "$1" postalias hash:/etc/aliases
  chown 901:901 "$root/var/lib/postfix"
  chgrp 902 "$root"/usr/sbin/post{drop,queue}
  chmod 2555 "$root"/usr/sbin/post{drop,queue}
  on "$1" postfix check || true
}

# The files below /usr/share/postfix/main.cf.debian, then the few settings an administrator is asked for.
postfix_receiver() { # NAME USER SYSLOG [LINE...]
  local name=$1 user=$2 form=$3
  shift 3
  person "${ROOT[$name]}" "$user"
  {
    cat "${ROOT[$name]}/usr/share/postfix/main.cf.debian"
    printf 'myhostname = %s\nmydomain = %s\nmydestination = $myhostname, $mydomain, localhost\nmynetworks = 127.0.0.0/8\ninet_interfaces = all\n' "${FQDN[$name]}" "${FQDN[$name]#*.}"
    printf '%s\n' "$@"
  } | postfix_files "$name"
  syslog_at "$name" "$form"
  up "$name" postfix start-fg
}

exim_receiver() { # NAME USER
  local name=$1 root=${ROOT[$1]}
  account "$root" Debian-exim 903 /var/spool/exim4
  person "$root" "$2"
  cat >"$root/etc/exim4/update-exim4.conf.conf" <<END
dc_eximconfig_configtype='internet'
dc_other_hostnames='${FQDN[$name]#*.}'
dc_local_interfaces=''
dc_readhost=''
dc_relay_domains=''
dc_minimaldns='false'
dc_relay_nets=''
dc_smarthost=''
CFILEMODE='644'
dc_use_split_config='false'
dc_hide_mailname=''
dc_mailname_in_oh='true'
dc_localdelivery='mail_spool'
END
  # Debian's switch for sender verification
  printf 'CHECK_RCPT_VERIFY_SENDER = true\n' >"$root/etc/exim4/exim4.conf.localmacros"
  printf 'postmaster: root\nroot: %s\n' "$2" >"$root/etc/aliases"
  mkdir -p "$root/var/lib/exim4" "$root/var/log/exim4" "$root"/var/spool/exim4/{db,input,msglog} "$root/var/mail"
  chown -R 903:903 "$root/var/spool/exim4" "$root/var/log/exim4"
  chown root:mail "$root/var/mail"
  chmod 2775 "$root/var/mail"
  on "$name" update-exim4.conf
  up "$name" /usr/sbin/exim4 -bdf -q30m
}

opensmtpd_receiver() { # NAME USER
  local name=$1 root=${ROOT[$1]}
  account "$root" opensmtpd 904 /var/lib/opensmtpd/empty
  account "$root" opensmtpq 905 /var/lib/opensmtpd/empty
  person "$root" "$2"
  mkdir -p "$root/var/lib/opensmtpd/empty" "$root/var/spool/smtpd"
  chmod 711 "$root/var/spool/smtpd"
  chown root:905 "$root/usr/sbin/smtpctl"
  chmod 2555 "$root/usr/sbin/smtpctl"
  printf 'postmaster: root\nroot: %s\n' "$2" >"$root/etc/aliases"
  # the packaged file with the two changes that its own comments name
  sed -i -e 's/^listen on localhost/listen on 0.0.0.0/' -e "s/^# match from any for domain \"example.org\"/match from any for domain \"${FQDN[$name]#*.}\"/" "$root/etc/smtpd.conf"
  syslog_at "$name" traditional
  up "$name" /usr/sbin/smtpd -F
}

sendmail_receiver() { # NAME USER
  local name=$1 root=${ROOT[$1]}
  account "$root" smmta 906 /var/lib/sendmail
  account "$root" smmsp 907 /var/lib/sendmail
  chmod 755 "$root/etc/mail"
  mkdir -p "$root/etc/mail/m4" "$root/var/spool/mqueue" "$root/var/lib/sendmail/host_status" "$root/run/sendmail/mta" "$root/etc/mail/tls"
  chown -R root:root "$root/etc/mail"
  chown 906:906 "$root/run/sendmail/mta"
  chown root:906 "$root/var/spool/mqueue"
  chmod 750 "$root/var/spool/mqueue"
  : >"$root/etc/mail/m4/dialup.m4"
  : >"$root/etc/mail/m4/provider.m4"
  sed -e 's/, Addr=127.0.0.1//' "$root/usr/share/sendmail/cf/debian/sendmail.mc" >"$root/etc/mail/sendmail.mc"
  printf '%s\n%s\n' "${FQDN[$name]}" "${FQDN[$name]#*.}" >"$root/etc/mail/local-host-names"
  printf 'postmaster: root\nroot: /dev/null\n%s: /dev/null\n' "$2" >"$root/etc/mail/aliases"
  : >"$root/etc/mail/access"
  : >"$root/etc/mail/trusted-users"
  on "$name" sh -c 'cd /etc/mail && m4 sendmail.mc >sendmail.cf && makemap hash access <access'
  syslog_at "$name" traditional
  on "$name" /usr/libexec/sendmail/sendmail -bi || true
  # Debian's QUEUE_INTERVAL is 10 minutes
  up "$name" /usr/libexec/sendmail/sendmail -L sm-mta -bD -q10m
}

sender() { # NAME SYSLOG MAC then lines "DOMAIN TRANSPORT ADDRESS HELO" on standard input
  local name=$1 form=$2 mac=$3 root=${ROOT[$1]} domain transport address helo
  postfix_files "$name" < <(
    cat "$root/usr/share/postfix/main.cf.debian"
    printf 'myhostname = %s\nmydestination = localhost\nmynetworks = 127.0.0.0/8\ninet_interfaces = all\n' "${FQDN[$name]}"
    printf 'sender_dependent_default_transport_maps = hash:/etc/postfix/by-sender\n'
    printf 'smtpd_client_restrictions = check_client_access static:{521 5.7.1 %s does not accept mail from you}\n' "${FQDN[$name]}"
  )
  while read -r domain transport address helo; do
    address_of "$name" "$address" "$mac"
    printf '@%s %s:\n' "$domain" "$transport" >>"$root/etc/postfix/by-sender"
    printf '%s unix - - n - - smtp\n  -o smtp_bind_address=%s\n  -o smtp_helo_name=%s\n' "$transport" "$address" "$helo" >>"$root/etc/postfix/master.cf"
  done
  on "$name" postmap hash:/etc/postfix/by-sender
  syslog_at "$name" "$form"
  up "$name" postfix start-fg
}

mac_of() { ip -n "$1" -o link show eth0 | sed -E 's/.*ether ([0-9a-f:]+).*/\1/'; }

mail_servers() {
  postfix_receiver a office iso
  exim_receiver b info
  opensmtpd_receiver c desk
  sendmail_receiver d office
  postfix_receiver e board traditional 'smtpd_client_restrictions = permit_mynetworks, reject_unknown_client_hostname'
  sender vendor traditional "$(mac_of vendor)" <<END
invites-app.example invites 198.51.100.25 out1.invites-app.example
other-hotel.example tenant2 198.51.100.26 $SIBLING
lake-hotel.example tenant3 198.51.100.27 mail3.lake-hotel.example
park-hotel.example tenant4 198.51.100.28 mail4.park-hotel.example
END
  sender hoster traditional "$(mac_of hoster)" <<END
regional-news.example out1 203.0.113.11 smtp1.regional-news.example
bookshop.example out2 203.0.113.12 out.bookshop.example
city-library.example out3 203.0.113.13 mail.city-library.example
rail-tickets.example out4 203.0.113.14 relay.rail-tickets.example
software-lists.example out5 203.0.113.15 mta3.software-lists.example
insurance.example out6 203.0.113.16 post.insurance.example
END
}
