# shellcheck shell=bash disable=SC2016,SC2034,SC2153,SC2154
# Programs with a queue of mail to send. Sourced by mail.sh. The servers among them are in mta.sh.

hand_over() { # NAME HOW: gives the host's queue its mails, in the background
  local root=${ROOT[$1]}
  awk -F'\t' -v host="$1" '$2 == host' "$TABLES/mails.tsv" >"$root/srv/mails"
  cp "$MECHANISMS/mail/hand_over.py" "$root/srv/"
  up "$1" python3 /srv/hand_over.py /srv/mails "$2"
}

sending_haraka() { # NAME: one plugin lets this host relay; everything about the outbound queue is Haraka's default
  haraka_at "$1" own_host
}

cron_up() { # NAME LINE...: busybox's crond with these lines as root's table
  local root=${ROOT[$1]} name=$1
  shift
  mkdir -p "$root/srv/crontabs"
  printf '%s\n' "$@" >"$root/srv/crontabs/root"
  up "$name" busybox crond -f -c /srv/crontabs -L /dev/null
}

dma_at() {
  local root=${ROOT[$1]}
  mkdir -p "$root/etc/dma" "$root/var/spool/dma"
  cp "$root/usr/share/dma/dma.conf" "$root/etc/dma/dma.conf"
  : >"$root/etc/aliases"
  chown root:mail "$root/var/spool/dma" "$root/usr/sbin/dma"
  chmod 2775 "$root/var/spool/dma"
  chmod 2755 "$root/usr/sbin/dma"
  syslog_at "$1"
  # Debian's flush of the queue; hourly instead of every five minutes
  cron_up "$1" '17 * * * * /usr/sbin/dma -q'
}

nullmailer_at() { # its smart hosts are the servers of the instance's destinations
  local root=${ROOT[$1]}
  mkdir -p "$root/etc/nullmailer" "$root"/var/spool/nullmailer/{queue,tmp,failed}
  awk -F'\t' -v host="$1" '$2 == host { print $5 " smtp" }' "$TABLES/mails.tsv" | sort -u >"$root/etc/nullmailer/remotes"
  printf '%s\n' "${FQDN[$1]}" >"$root/etc/nullmailer/me"
  domain_of "$1" >"$root/etc/nullmailer/defaultdomain"
  mkfifo "$root/var/spool/nullmailer/trigger"
  chown -R mail:mail "$root/var/spool/nullmailer"
  chown mail:root "$root/usr/sbin/nullmailer-queue"
  chmod 4755 "$root/usr/sbin/nullmailer-queue"
  chmod 622 "$root/var/spool/nullmailer/trigger"
  syslog_at "$1"
  up "$1" runuser -u mail -- sh -c 'cd /var/spool/nullmailer && exec nullmailer-send'
}

msmtp_at() {
  local root=${ROOT[$1]} server
  mkdir -p "$root/root/.msmtpqueue"
  for server in $(awk -F'\t' -v host="$1" '$2 == host { print $5 }' "$TABLES/mails.tsv" | sort -u); do
    printf 'account %s\nhost %s\nport 25\nfrom desk@%s\n' "$server" "$server" "${FQDN[$1]}"
  done >"$root/root/.msmtprc"
  chmod 600 "$root/root/.msmtprc"
  cron_up "$1" '*/30 * * * * HOME=/root /usr/libexec/msmtp/msmtpqueue/msmtp-runqueue.sh >/dev/null 2>&1'
}
