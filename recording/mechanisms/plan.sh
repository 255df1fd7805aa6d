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
    beat_quietly $((start + at))
    IFS=$'\t' read -ra words <<<"$args"
    "run_$kind" "$host" "$seconds" "${words[@]}" || say "$host $kind could not be started"
  done < <(grep -v '^#' "$TABLES/plan.tsv" | awk -F'\t' -v OFS='\t' -v squeeze="${VT_SQUEEZE:-0}" '{
    at = $3; host = $1; kind = $2; seconds = $4; if (squeeze) at %= squeeze
    rest = ""; for (n = 5; n <= NF; n++) rest = rest (n > 5 ? OFS : "") $n
    print at, host, kind, seconds, rest }' | sort -n)
}
beat_quietly() {
  local pause=$(($1 - $(date +%s)))
  [ "$pause" -le 0 ] || sleep "$pause"
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
run_monit() { # HOST SECONDS NAME PAUSE_S
  printf 'set daemon %s\nset logfile /dev/null\nset idfile /run/h/%s/id\nset statefile /run/h/%s/state\nset pidfile /run/h/%s/pid\ncheck host partner with address %s\n  if failed port 80 protocol http then alert\n' "$4" "$1" "$1" "$1" "$3" >"/run/h/$1/monitrc"
  chmod 600 "/run/h/$1/monitrc"
  during "$1" "$2" monit -I -c "/run/h/$1/monitrc"
}
run_prometheus() { # HOST SECONDS NAME PAUSE_S
  printf 'global:\n  scrape_interval: %ss\n  scrape_timeout: 20s\nscrape_configs:\n  - job_name: partner\n    static_configs:\n      - targets: ["%s:80"]\n' "$4" "$3" >"/run/h/$1/prometheus.yml"
  during "$1" "$2" env GOMAXPROCS=1 prometheus --config.file="/run/h/$1/prometheus.yml" --storage.tsdb.path="/run/h/$1/data" --web.listen-address=127.0.0.1:9090 --log.level=error
}
run_collectd() { # HOST SECONDS NAME PAUSE_S
  printf 'Hostname "x"\nFQDNLookup false\nInterval %s\nReadThreads 1\nWriteThreads 1\nBaseDir "/run/h/%s"\nPIDFile "/run/h/%s/pid"\nTypesDB "/usr/share/collectd/types.db"\nLoadPlugin curl\n<Plugin curl>\n<Page "p">\nURL "http://%s/"\nMeasureResponseTime true\n</Page>\n</Plugin>\n' "$4" "$1" "$1" "$3" >"/run/h/$1/collectd.conf"
  during "$1" "$2" collectd -f -C "/run/h/$1/collectd.conf"
}
