# shellcheck shell=bash disable=SC2016,SC2034,SC2153,SC2154
# Programs that look through old logs and stored mail; cron starts them. Sourced by mail.sh.

# Several ways to come round: NIGHTLY with a full turn on Sundays, every few hours, and some days when somebody wants it again.
again='41 14 8 4 *|5 10 10 4 *|20 16 10 4 *'

rounds() { # NAME SCRIPT CRON...: the script of the job, and when it comes round ("again" for the days above)
  local name=$1 script=$2 when lines=()
  printf '#!/bin/sh\n%s\n' "$2" >"${ROOT[$1]}/srv/job"
  chmod +x "${ROOT[$1]}/srv/job"
  shift 2
  for when; do
    if [ "$when" = again ]; then
      while IFS= read -r when; do lines+=("$when /srv/job >/dev/null 2>>/var/log/job.err"); done < <(printf '%s\n' "$again" | tr '|' '\n')
    else
      lines+=("$when /srv/job >/dev/null 2>>/var/log/job.err")
    fi
  done
  cron_up "$name" "${lines[@]}"
}

old_logs() { cp -r "$TABLES/$1" "${ROOT[$1]}/srv/data"; }

logresolve_at() {
  old_logs "$1"
  rounds "$1" 'for log in /srv/data/*.log; do logresolve <$log >/srv/out; done' '13 */3 * * *' again
}
logresolve_c_at() {
  old_logs "$1"
  rounds "$1" 'for log in /srv/data/*.log; do logresolve -c <$log >/srv/out; done' '40 3,11,19 * * *' again
}
adnslogres_at() {
  old_logs "$1"
  rounds "$1" 'for log in /srv/data/*.log; do adnslogres <$log >/srv/out; done' '25 1,7,13,19 * * *' again
}
awstats_at() { # statistics made anew each time: no memory of names from the time before
  local root=${ROOT[$1]}
  old_logs "$1"
  printf 'Include "/etc/awstats/awstats.conf"\nLogFile="/srv/data/everything"\nSiteDomain="%s"\nDNSLookup=1\nDirData="/srv/stats"\n' "${FQDN[$1]}" >"$root/etc/awstats/awstats.old.conf"
  rounds "$1" 'rm -rf /srv/stats; mkdir /srv/stats; /usr/lib/cgi-bin/awstats.pl -config=old -update' '50 5,11,17,23 * * *' again
}
webalizer_at() {
  old_logs "$1"
  mkdir -p "${ROOT[$1]}/srv/stats"
  rounds "$1" 'for log in /srv/data/*.log; do rm -f /srv/names.db; webalizer -Q -c /dev/null -N 4 -D /srv/names.db -o /srv/stats -F clf $log; done' '7 2,8 * * *' '7 14 * * 1-5' again
}
jdresolve_at() {
  old_logs "$1"
  rounds "$1" 'for log in /srv/data/www.log /srv/data/shop.log /srv/data/blog.log; do jdresolve $log >/srv/out; done' '30 */6 * * *' again
}
spamc_at() {
  local root=${ROOT[$1]}
  old_logs "$1"
  spamassassin_files "$1"
  syslog_at "$1"
  up "$1" spamd -m 2 --min-children=1 --max-conn-per-child=100000 -u nobody -x -q
  rounds "$1" 'for mail in /srv/data/*.eml; do spamc -c <$mail; done' '15 2 * * *' again
}
rspamc_at() {
  rspamd_files "$1"
  old_logs "$1"
  printf 'count = 1;\nbind_socket = "127.0.0.1:11333";\n' >"${ROOT[$1]}/etc/rspamd/local.d/worker-normal.inc"
  printf 'enabled = false;\n' | tee "${ROOT[$1]}/etc/rspamd/local.d/worker-proxy.inc" >"${ROOT[$1]}/etc/rspamd/local.d/worker-controller.inc"
  up "$1" rspamd -f -u _rspamd -g _rspamd -c /etc/rspamd/rspamd.conf
  rounds "$1" 'rspamc -h 127.0.0.1:11333 symbols /srv/data/*.eml' '15 */4 * * *' again
}
dkimverify_at() {
  old_logs "$1"
  rounds "$1" 'for mail in /srv/data/*.eml; do dkimverify <$mail; done' '35 3 * * *' '0 15 * * 6' again
}
opendkim_t_at() {
  old_logs "$1"
  printf 'Mode v\nSyslog no\nNameservers %s\n' "$(sed -n 's/^nameserver //p' "${ROOT[$1]}/etc/resolv.conf")" >"${ROOT[$1]}/etc/opendkim.conf"
  rounds "$1" 'opendkim -x /etc/opendkim.conf -t $(ls /srv/data/*.eml | tr "\n" "," | sed "s/,$//")' '5 */2 * * *' again
}
spamassassin_mbox_at() {
  old_logs "$1"
  spamassassin_files "$1"
  rounds "$1" 'spamassassin --mbox </srv/data/mbox' '20 1 * * 2,4' again
}
opendkim_testmsg_at() {
  old_logs "$1"
  rounds "$1" 'for mail in /srv/data/*.eml; do opendkim-testmsg <$mail; done' '45 0,6,12,18 * * *' again
}
dkimproxy_verify_at() {
  old_logs "$1"
  rounds "$1" 'for mail in /srv/data/*.eml; do dkimproxy-verify <$mail; done' '55 1 * * *' '0 9 * * 1-5' again
}
