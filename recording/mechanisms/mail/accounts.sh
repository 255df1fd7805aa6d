# shellcheck shell=bash disable=SC2016,SC2034,SC2153,SC2154
# What the packages' own installation scripts would do on a host (users, folders, modes), and the system log. Sourced by mail.sh.

account() { # ROOT NAME ID [HOME]
  if ! grep -q "^$2:" "$1/etc/passwd"; then
    printf '%s:x:%s:%s::%s:/bin/sh\n' "$2" "$3" "$3" "${4:-/nonexistent}" >>"$1/etc/passwd"
    printf '%s:*:20000:0:99999:7:::\n' "$2" >>"$1/etc/shadow"
  fi
  grep -q "^$2:" "$1/etc/group" || printf '%s:x:%s:\n' "$2" "$3" >>"$1/etc/group"
}

person() { # ROOT: the mailbox "office"
  account "$1" office 1500 /home/office
  mkdir -p "$1/home/office"
  chown 1500:1500 "$1/home/office"
}

syslog_at() { # NAME: rsyslog as Debian configures it
  local root=${ROOT[$1]}
  printf 'module(load="imuxsock")\nmail.* -/var/log/mail.log\n*.*;mail.none -/var/log/other.log\n' >"$root/etc/rsyslog.conf"
  up "$1" rsyslogd -n -i /run/rsyslogd.pid
  until [ -S "$root/dev/log" ]; do sleep 0.1; done
}

domain_of() { printf '%s' "${FQDN[$1]#*.}"; }
ids_of() { printf '%s:%s' "$(sed -n "s/^$2:x:\([0-9]*\):.*/\1/p" "${ROOT[$1]}/etc/passwd")" "$(sed -n "s/^$2:x:\([0-9]*\):.*/\1/p" "${ROOT[$1]}/etc/group")"; }
wait_port() { # NAME PORT: until the host listens there; half a minute at most
  local n
  for ((n = 0; n < 60; n++)); do
    [ -z "$(ip netns exec "$1" ss -Hltn "sport = :$2")" ] || return 0
    sleep 0.2
  done
  say "$1 does not listen on port $2"
}
