# shellcheck shell=bash disable=SC2016,SC2034,SC2153,SC2154
# Mail servers, as receivers and as senders. Sourced by mail.sh; each function's first word is the instance's name.

postfix_at() { # NAME [LINE...]; /run/h/NAME/master: more lines for master.cf
  local name=$1 root=${ROOT[$1]}
  shift
  account "$root" postfix 901
  grep -q '^postdrop:' "$root/etc/group" || printf 'postdrop:x:902:\n' >>"$root/etc/group"
  person "$root"
  cp "$root/usr/share/postfix/master.cf.dist" "$root/etc/postfix/master.cf"
  # Debian's master.cf runs most services in a chroot that its init script fills; here they run without
  sed -i -E 's/^([a-z]+ +(inet|unix) +[-n] +[-n] +)y/\1n/' "$root/etc/postfix/master.cf"
  [ ! -e "/run/h/$name/master" ] || cat "/run/h/$name/master" >>"$root/etc/postfix/master.cf"
  printf 'postmaster: root\nroot: /dev/null\n' >"$root/etc/aliases"
  mkdir -p "$root/var/spool/postfix" "$root/var/lib/postfix"
  printf '# dict-type so-name dict-function mkmap-function\n' >"$root/etc/postfix/dynamicmaps.cf"
  {
    cat "$root/usr/share/postfix/main.cf.debian"
    printf 'myhostname = %s\nmydomain = %s\nmydestination = $myhostname, $mydomain, localhost\nmynetworks = 127.0.0.0/8\ninet_interfaces = all\n' "${FQDN[$name]}" "$(domain_of "$name")"
    printf 'inet_protocols = ipv4\nsmtp_tls_security_level = none\nsmtpd_tls_security_level = none\nalias_maps = hash:/etc/aliases\nalias_database = hash:/etc/aliases\n'
    # a longer life of the processes: fewer starts, which cost most of the time of a recording
    printf 'max_idle = 3600s\nmax_use = 10000\n'
    printf '%s\n' "$@"
  } >"$root/etc/postfix/main.cf"
  on "$name" postalias hash:/etc/aliases
  chroot "$root" chown -R postfix:postfix /var/lib/postfix
  chroot "$root" chgrp postdrop /usr/sbin/postdrop /usr/sbin/postqueue
  chmod 2555 "$root"/usr/sbin/post{drop,queue}
  on "$name" postfix check || true
  syslog_at "$name"
  up "$name" postfix start-fg
}

receiving_postfix() { # NAME [LINE...]: what is taken is thrown away
  postfix_at "$@" 'local_transport = discard:' 'local_recipient_maps ='
}

exim_at() { # NAME [MACRO...]
  local name=$1 root=${ROOT[$1]}
  shift
  account "$root" Debian-exim 903 /var/spool/exim4
  person "$root"
  cat >"$root/etc/exim4/update-exim4.conf.conf" <<END
dc_eximconfig_configtype='internet'
dc_other_hostnames='$(domain_of "$name")'
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
  printf '%s\n' "$@" >"$root/etc/exim4/exim4.conf.localmacros"
  printf 'postmaster: root\nroot: :blackhole:\noffice: :blackhole:\n' >"$root/etc/aliases"
  mkdir -p "$root/var/lib/exim4" "$root/var/log/exim4" "$root"/var/spool/exim4/{db,input,msglog} "$root/var/mail"
  chown -R 903:903 "$root/var/spool/exim4" "$root/var/log/exim4"
  chown root:mail "$root/var/mail"
  chmod 2775 "$root/var/mail"
  on "$name" update-exim4.conf
  up "$name" /usr/sbin/exim4 -bdf -q30m
}

opensmtpd_at() { # NAME
  local name=$1 root=${ROOT[$1]}
  account "$root" opensmtpd 904 /var/lib/opensmtpd/empty
  account "$root" opensmtpq 905 /var/lib/opensmtpd/empty
  person "$root"
  mkdir -p "$root/var/lib/opensmtpd/empty" "$root/var/spool/smtpd"
  chmod 711 "$root/var/spool/smtpd"
  chown root:905 "$root/usr/sbin/smtpctl"
  chmod 2555 "$root/usr/sbin/smtpctl"
  printf 'postmaster: root\nroot: office\n' >"$root/etc/aliases"
  # the packaged file with the two changes that its own comments name
  sed -i -e 's/^listen on localhost/listen on 0.0.0.0/' -e "s/^# match from any for domain \"example.org\"/match from any for domain \"$(domain_of "$name")\"/" "$root/etc/smtpd.conf"
  syslog_at "$name"
  up "$name" /usr/sbin/smtpd -F
}

sendmail_at() { # NAME INTERVAL [M4 LINE...]
  local name=$1 root=${ROOT[$1]} interval=$2 line
  shift 2
  account "$root" smmta 906 /var/lib/sendmail
  account "$root" smmsp 907 /var/lib/sendmail
  person "$root"
  chmod 755 "$root/etc/mail"
  mkdir -p "$root/etc/mail/m4" "$root/var/spool/mqueue" "$root/var/lib/sendmail/host_status" "$root/run/sendmail/mta" "$root/etc/mail/tls"
  chown -R root:root "$root/etc/mail"
  chown 906:906 "$root/run/sendmail/mta"
  chown root:906 "$root/var/spool/mqueue"
  chmod 750 "$root/var/spool/mqueue"
  : >"$root/etc/mail/m4/dialup.m4"
  : >"$root/etc/mail/m4/provider.m4"
  {
    sed -e 's/, Addr=127.0.0.1//' "$root/usr/share/sendmail/cf/debian/sendmail.mc" | sed '/^MAILER/,$d'
    for line; do printf '%s\n' "$line"; done
    sed -n '/^MAILER/,$p' "$root/usr/share/sendmail/cf/debian/sendmail.mc"
  } >"$root/etc/mail/sendmail.mc"
  printf '%s\n%s\n' "${FQDN[$name]}" "$(domain_of "$name")" >"$root/etc/mail/local-host-names"
  printf 'postmaster: root\nroot: /dev/null\noffice: /dev/null\n' >"$root/etc/mail/aliases"
  : >"$root/etc/mail/access"
  : >"$root/etc/mail/trusted-users"
  on "$name" sh -c 'cd /etc/mail && m4 sendmail.mc >sendmail.cf && makemap hash access <access'
  syslog_at "$name"
  on "$name" /usr/libexec/sendmail/sendmail -bi || true
  up "$name" /usr/libexec/sendmail/sendmail -L sm-mta -bD "-q$interval"
}

haraka_at() { # NAME PLUGIN...: no message is kept; the folder "haraka" of unpacked packages is made by haraka.sh
  local name=$1 root=${ROOT[$1]} home=${ROOT[$1]}/srv/haraka
  shift
  mkdir -p "$home"/{queue,plugins}
  cp -r "$root/opt/haraka/node_modules/Haraka/config" "$home/config"
  ln -s /opt/haraka/node_modules "$home/node_modules"
  printf '%s\n' "${FQDN[$name]}" >"$home/config/me"
  printf '%s\n' "$@" >"$home/config/plugins"
  domain_of "$name" >"$home/config/host_list"
  printf 'listen=0.0.0.0:25\nnodes=0\n' >"$home/config/smtp.ini"
  printf 'level=notice\n' >"$home/config/log.ini"
  # where a delivery would be: take and forget
  printf "exports.hook_queue = function (next) { next(OK) }\n" >"$home/plugins/forget.js"
  printf "exports.hook_connect = function (next, connection) { connection.relaying = connection.remote.is_local; next() }\n" >"$home/plugins/own_host.js"
  up "$name" node /opt/haraka/node_modules/Haraka/bin/haraka -c /srv/haraka
}

qpsmtpd_at() { # NAME PLUGIN...
  local name=$1 root=${ROOT[$1]}
  shift
  mkdir -p "$root/srv/qp"/{config,tmp}
  cp -r "$root/etc/qpsmtpd/." "$root/srv/qp/config/"
  printf '%s\n' "$@" >"$root/srv/qp/config/plugins"
  printf '%s\n' "${FQDN[$name]}" >"$root/srv/qp/config/me"
  domain_of "$name" >"$root/srv/qp/config/rcpthosts"
  rm -f "$root/srv/qp/config/logging"
  printf '/srv/qp/tmp\n' >"$root/srv/qp/config/spool_dir"
  printf '/usr/share/qpsmtpd/plugins\n' >"$root/srv/qp/config/plugin_dirs"
  chmod 700 "$root/srv/qp/tmp"
  chown -R nobody:nogroup "$root/srv/qp/tmp"
  up "$name" env QPSMTPD_CONFIG=/srv/qp/config qpsmtpd-prefork --interface 0.0.0.0 --port 25 --user nobody --children 8 --idle-children 2 --max-from-ip 0
}

smtpfront() { # NAME: mailfront's SMTP dialogue, which takes a message and says so (smtpfront-echo)
  printf '%s\n' "${FQDN[$1]}" >"${ROOT[$1]}/srv/me"
}

tcpserver_at() { # NAME
  up "$1" tcpserver -p -v -R -l "${FQDN[$1]}" 0 25 /usr/sbin/smtpfront-echo
}

tcpd_at() { # NAME: inetd and TCP wrappers, whose PARANOID compares name and address
  local root=${ROOT[$1]}
  printf 'smtp stream tcp nowait root /usr/sbin/tcpd /usr/sbin/smtpfront-echo\n' >"$root/etc/inetd.conf"
  printf 'ALL: PARANOID\n' >"$root/etc/hosts.deny"
  : >"$root/etc/hosts.allow"
  up "$1" inetd -d /etc/inetd.conf
}

courier_at() { # NAME
  local name=$1 root=${ROOT[$1]} folder
  account "$root" courier 908 /var/lib/courier
  person "$root"
  printf '%s\n' "${FQDN[$name]}" >"$root/etc/courier/me"
  domain_of "$name" >"$root/etc/courier/defaultdomain"
  printf 'localhost\n%s\n%s\n' "${FQDN[$name]}" "$(domain_of "$name")" >"$root/etc/courier/locals"
  domain_of "$name" >"$root/etc/courier/esmtpacceptmailfor"
  printf '"Mail system" <postmaster@%s>\n' "$(domain_of "$name")" >"$root/etc/courier/dsnfrom"
  printf 'postmaster: office\nroot: office\n' >"$root/etc/courier/aliases/system"
  mkdir -p "$root"/var/lib/courier/{allfilters,filters,msgq,msgs,track,tmp,sts} "$root/run/courier/authdaemon"
  chown -R 908:908 "$root/var/lib/courier" "$root/run/courier"
  chmod 750 "$root"/var/lib/courier/{allfilters,filters,msgq,msgs,track}
  chmod 770 "$root/var/lib/courier/tmp"
  chown 908:908 "$root"/usr/lib/courier/courier/submitmkdir
  chown root:908 "$root/usr/sbin/sendmail"
  chmod 2755 "$root/usr/sbin/sendmail"
  chown root:908 "$root/usr/lib/courier/courier/submitmkdir"
  chmod 4755 "$root/usr/lib/courier/courier/submitmkdir"
  mkdir -p "$root/home/office/Maildir"/{cur,new,tmp}
  chown -R 1500:1500 "$root/home/office"
  syslog_at "$name"
  ln -sf makedat.courier "$root/usr/bin/makedat"
  on "$name" sh -c 'makesmtpaccess; makealiases; makeacceptmailfor; makehosteddomains' || true
  up "$name" sh -c 'authdaemond start; courierfilter start; /usr/lib/courier/courierctl.start; esmtpd start; sleep infinity'
}
