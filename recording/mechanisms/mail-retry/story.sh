#!/bin/bash
# title: Queues of mail for destinations that are down or say not now
# shellcheck disable=SC1091,SC2034,SC2154
PACKAGES="busybox-static m4 rsyslog nodejs"
UNPACK="postfix=postfix exim-heavy=exim4-base,exim4-config,exim4-daemon-heavy,libspf2-2,libmariadb3,libidn12 opensmtpd=opensmtpd sendmail=sendmail-bin,sendmail-base,sendmail-cf,liblockfile1,liblockfile-bin,lockfile-progs,libwrap0 courier=courier-mta,courier-base,courier-authdaemon,courier-authlib,courier-authlib-userdb,libcourier-unicode4,libgamin0,gamin,libpcre3,libidn12,gnutls-bin,libgnutls-dane0 dma=dma nullmailer=nullmailer msmtp=msmtp,msmtp-mta,libgsasl18,libgssglue1,libidn12,libntlm0,libsecret-1-0,libsecret-common"
# besides: ../mail/haraka.sh ROOTS. Who is who: ../mail/instances.tsv
set -eu
PART=retry
# the tables are for five days; the recording that is kept was ended here
STORY_END=2025-04-09T11:26:28Z
. "$(dirname "$0")/../world.sh"
. "$MECHANISMS/mail/mail.sh"
world_begin
mail_world sinks
cut -f1 "$TABLES/outages.tsv" | sort -u >/run/sinks
up sinks python3 "$MECHANISMS/mail/sinks.py" /run/sinks "$TABLES/outages.tsv"

begin t1 postfix_at
begin t2 postfix_at
begin t3 exim_at
begin t4 exim_at
begin t5 opensmtpd_at
begin t6 opensmtpd_at
begin t7 sendmail_at 10m
begin t8 sendmail_at 1h
begin t9 courier_at
begin t10 dma_at
begin t11 nullmailer_at
begin t12 msmtp_at
begin t13 sending_haraka
for name in t1 t2 t3 t4 t5 t6 t7 t8 t9 t13; do
  if wanted "$name"; then
    wait_port "$name" 25
    begin "$name" hand_over smtp
  fi
done
begin t10 hand_over dma
begin t11 hand_over nullmailer
begin t12 hand_over msmtp
stop_after t13 1 &
world_run
keep_logs
world_end
