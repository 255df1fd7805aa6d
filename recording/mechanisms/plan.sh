# shellcheck shell=bash disable=SC2153,SC2154
# Starts what plan.tsv says (plan.py): for each row `host kind start_s lasts_s arguments`, the function run_KIND of the story is called
# at its time with HOST SECONDS ARGUMENTS...; it starts the program by `during HOST SECONDS COMMAND...`.
# VT_SQUEEZE=SECONDS: for a trial, each start is taken modulo this.

during() { # HOST SECONDS COMMAND...: in the background, ended after so many seconds
  local host=$1 seconds=$2
  shift 2
  up "$host" timeout -s TERM -k 5 "$seconds" "$@"
}
home() { echo "/run/h/$1"; }

follow_plan() {
  local at host kind seconds args
  while IFS=$'\t' read -r at host kind seconds args; do
    [ "$at" -lt $((end - start)) ] || break
    wait_for $((start + at))
    IFS=$'\t' read -ra words <<<"$args"
    "run_$kind" "$host" "$seconds" "${words[@]}" || say "$host $kind could not be started"
  done < <(grep -v '^#' "$TABLES/plan.tsv" | awk -F'\t' -v OFS='\t' -v squeeze="${VT_SQUEEZE:-0}" '{
    at = $3; host = $1; kind = $2; seconds = $4; if (squeeze) at %= squeeze
    rest = ""; for (n = 5; n <= NF; n++) rest = rest (n > 5 ? OFS : "") $n
    print at, host, kind, seconds, rest }' | sort -n)
}

# What several stories run. A cron table's line is `minute-and-so-on command`.
run_cron() { # HOST SECONDS LINE: BusyBox crond
  mkdir -p "/run/h/$1/crontabs"
  printf '%s\n' "$3" >"/run/h/$1/crontabs/root"
  during "$1" "$2" busybox crond -f -c "/run/h/$1/crontabs" -L /dev/null
}
run_debian_cron() { # HOST SECONDS LINE: Debian's cron, on a host with a file system of its own
  printf 'SHELL=/bin/sh\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\nMAILTO=""\n%s\n' "$3" >"${ROOT[$1]}/var/spool/cron/crontabs/root"
  chmod 600 "${ROOT[$1]}/var/spool/cron/crontabs/root"
  during "$1" "$2" cron -f
}
run_loop() { # HOST SECONDS PAUSE_S COMMAND: counts its pause from the command's end
  during "$1" "$2" bash -c "while :; do $4 >/dev/null 2>&1; sleep $3; done"
}
run_once() { # HOST SECONDS COMMAND
  during "$1" "$2" bash -c "$3"
}
run_monit() { # HOST SECONDS NAME PAUSE_S [PORT PROTOCOL]
  printf 'set daemon %s\nset logfile /dev/null\nset idfile /run/h/%s/id\nset statefile /run/h/%s/state\nset pidfile /run/h/%s/pid\ncheck host partner with address %s\n  if failed port %s protocol %s then alert\n' "$4" "$1" "$1" "$1" "$3" "${5:-80}" "${6:-http}" >"/run/h/$1/monitrc"
  chmod 600 "/run/h/$1/monitrc"
  during "$1" "$2" monit -I -c "/run/h/$1/monitrc"
}
scrape() { # HOST SECONDS: Prometheus, as prometheus.yml says
  during "$1" "$2" env GOMAXPROCS=1 prometheus --config.file="/run/h/$1/prometheus.yml" --storage.tsdb.path="/run/h/$1/data" --web.listen-address=127.0.0.1:9090 --log.level=error
}
run_prometheus() { # HOST SECONDS NAME PAUSE_S
  printf 'global:\n  scrape_interval: %ss\n  scrape_timeout: 20s\nscrape_configs:\n  - job_name: partner\n    static_configs:\n      - targets: ["%s:80"]\n' "$4" "$3" >"/run/h/$1/prometheus.yml"
  scrape "$1" "$2"
}
probe() { # HOST SECONDS PAUSE_S MODULE TARGET: Prometheus asks its exporter, which blackbox.yml is for, and only the exporter's names are resolved
  printf 'global:\n  scrape_interval: %ss\n  scrape_timeout: 20s\nscrape_configs:\n  - job_name: partner\n    metrics_path: /probe\n    params:\n      module: [%s]\n      target: ["%s"]\n    static_configs:\n      - targets: ["127.0.0.1:9115"]\n' "$3" "$4" "$5" >"/run/h/$1/prometheus.yml"
  during "$1" "$2" env GOMAXPROCS=1 prometheus-blackbox-exporter --config.file="/run/h/$1/blackbox.yml" --web.listen-address=127.0.0.1:9115 --log.level=error
  scrape "$1" "$2"
}
run_collectd() { # HOST SECONDS NAME PAUSE_S
  printf 'Hostname "x"\nFQDNLookup false\nInterval %s\nReadThreads 1\nWriteThreads 1\nBaseDir "/run/h/%s"\nPIDFile "/run/h/%s/pid"\nTypesDB "/usr/share/collectd/types.db"\nLoadPlugin curl\n<Plugin curl>\n<Page "p">\nURL "http://%s/"\nMeasureResponseTime true\n</Page>\n</Plugin>\n' "$4" "$1" "$1" "$3" >"/run/h/$1/collectd.conf"
  during "$1" "$2" collectd -f -C "/run/h/$1/collectd.conf"
}
run_mbsync() { # HOST SECONDS NAME SPEC
  mkdir -p "/run/h/$1/mail"
  printf 'IMAPAccount a\nHost %s\nUser u\nPass p\nSSLType None\n\nIMAPStore far\nAccount a\n\nMaildirStore near\nPath /run/h/%s/mail/\nInbox /run/h/%s/mail/INBOX\n\nChannel c\nFar :far:\nNear :near:\nPatterns *\n' "$3" "$1" "$1" >"/run/h/$1/mbsyncrc"
  run_cron "$1" "$2" "$4 mbsync -q -c /run/h/$1/mbsyncrc -a >/dev/null 2>&1"
}
update_by_apt() { # HOST SECONDS NAME SPEC OPTION
  local home=/run/h/$1
  mkdir -p "$home/lists/partial" "$home/cache/archives/partial" "$home/etc-apt"
  echo "deb [trusted=yes] http://$3/debian stable main" >"$home/etc-apt/sources.list"
  run_cron "$1" "$2" "$4 apt-get -qq update -o $5 -o Dir::Etc=$home/etc-apt -o Dir::State::lists=$home/lists -o Dir::Cache=$home/cache -o Dir::State=$home >/dev/null 2>&1"
}

# Caches of a host, and what asks them steadily
asks() { printf 'nameserver %s\noptions timeout:10 attempts:1\n' "$2" >"/etc/netns/$1/resolv.conf"; } # HOST ADDRESS: whom the host's programs ask
asks_own() { printf 'nameserver %s\noptions timeout:10 attempts:1\n' "$2" >"${ROOT[$1]}/etc/resolv.conf"; }
steady() { # HOST SECONDS HOW MEAN_S URL
  [ -e "${ROOT[$1]}/tmp/steady.py" ] || cp "$MECHANISMS/steady.py" "${ROOT[$1]}/tmp/steady.py"
  during "$1" "$2" python3 /tmp/steady.py "$3" "$4" "$1" "$5"
}
run_dnsmasq() { # HOST SECONDS NAME MEAN_S [OPTION]
  asks "$1" 127.0.0.1
  during "$1" "$2" dnsmasq --keep-in-foreground --user=root --conf-file=/dev/null --no-hosts --no-resolv "--server=${RESOLVER_OF[$1]}" --listen-address=127.0.0.1 --bind-interfaces --pid-file= "${@:5}"
  steady "$1" "$2" direct "$4" "http://$3/"
}
run_resolved() { # HOST SECONDS NAME MEAN_S
  local root=${ROOT[$1]}
  asks_own "$1" 127.0.0.53
  echo 'systemd-resolve:x:991:991::/:/usr/sbin/nologin' >>"$root/etc/passwd"
  echo 'systemd-resolve:x:991:' >>"$root/etc/group"
  mkdir -p "$root/run/systemd/resolve" "$root/run/dbus"
  chown 991:991 "$root/run/systemd/resolve"
  printf '[Resolve]\nDNS=%s\nFallbackDNS=\nLLMNR=no\nMulticastDNS=no\nDNSSEC=no\nDNSOverTLS=no\nDomains=~.\n' "${RESOLVER_OF[$1]}" >"$root/etc/systemd/resolved.conf"
  during "$1" "$2" bash -c 'dbus-daemon --system --nofork --nopidfile & exec /lib/systemd/systemd-resolved'
  steady "$1" "$2" direct "$4" "http://$3/"
}
