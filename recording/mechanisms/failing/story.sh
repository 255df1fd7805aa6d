#!/bin/bash
# title: Programs that do not give up on a name that fails, and stub resolvers that try a search list
# shellcheck disable=SC1091,SC2016,SC2034,SC2154,SC2317
set -eu
PACKAGES="busybox-static curl wget autossh openssh-client openvpn chrony rsyslog runit rsync lftp apt iputils-ping bind9-host bind9-dnsutils aria2 musl-tools gcc prometheus monit python3-requests openssl"
. "$(dirname "$0")/../world.sh"
. "$MECHANISMS/plan.sh"

run_autossh() { # HOST SECONDS NAME
  during "$1" "$2" env AUTOSSH_GATETIME=0 autossh -M 0 -N -o BatchMode=yes -o ConnectTimeout=20 "u@$3"
}
run_openvpn() { # HOST SECONDS NAME PROTOCOL
  during "$1" "$2" openvpn --client --dev tun --proto "$4" --remote "$3" 1194 --resolv-retry infinite --nobind --ca /run/h/ca.crt --auth-user-pass /run/h/password --verb 1
}
run_chrony() { # HOST SECONDS NAME
  printf 'server %s iburst\ncmdport 0\nbindcmdaddress /\npidfile /run/h/%s/pid\ndriftfile /run/h/%s/drift\nuser root\n' "$3" "$1" "$1" >"/run/h/$1/chrony.conf"
  during "$1" "$2" chronyd -d -x -f "/run/h/$1/chrony.conf"
}
run_rsyslog() { # HOST SECONDS NAME RESUME_S
  local home=/run/h/$1
  printf 'module(load="imuxsock" SysSock.Use="off")\ninput(type="imuxsock" Socket="%s/log")\nglobal(workDirectory="%s")\naction(type="omfwd" target="%s" port="514" protocol="tcp" action.resumeInterval="%s" action.resumeRetryCount="-1" queue.type="LinkedList")\n' "$home" "$home" "$3" "$4" >"$home/rsyslog.conf"
  during "$1" "$2" rsyslogd -n -f "$home/rsyslog.conf" -i "$home/pid"
  during "$1" "$2" bash -c "sleep 5; for n in 1 2 3; do logger -u $home/log message \$n; sleep 60; done"
}
run_requests() { # HOST SECONDS NAME TOTAL BACKOFF EVERY_S
  during "$1" "$2" python3 "$STORY/requests-retry.py" "http://$3/" "$4" "$5" "$6"
}
run_runit() { # HOST SECONDS NAME
  mkdir -p "/run/h/$1/service"
  printf '#!/bin/sh\nexec wget -q -T 20 -t 1 -O /dev/null http://%s/\n' "$3" >"/run/h/$1/service/run"
  chmod +x "/run/h/$1/service/run"
  during "$1" "$2" runsv "/run/h/$1/service"
}
run_apt() { update_by_apt "$@" Acquire::Retries=10; } # HOST SECONDS NAME SPEC
run_musl() { during "$1" "$2" /tmp/lookup "$3" "$4"; } # HOST SECONDS NAME PAUSE_S
mends() { # missing names are added at their times
  local at name ttl kind data
  cp "$TABLES/names.tsv" /run/h/names.tsv
  while IFS=$'\t' read -r at name ttl kind data; do
    wait_for $((start + at))
    printf '%s\t%s\t%s\t%s\n' "$name" "$ttl" "$kind" "$data" >>/run/h/names.tsv
    zones /run/h/names.tsv
    say "$name added"
  done < <(grep -v '^#' "$TABLES/mends.tsv")
}

world_begin
openssl req -x509 -newkey rsa:2048 -nodes -keyout /run/h/ca.key -out /run/h/ca.crt -subj /CN=x -days 9999 2>/dev/null
printf 'u\np\n' >/run/h/password
chmod 600 /run/h/password
musl-gcc -static -O2 -o /tmp/lookup "$STORY/lookup.c"
wait_for "$start"
mends &
follow_plan &
world_run
world_end
