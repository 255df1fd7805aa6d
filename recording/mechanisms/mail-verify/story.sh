#!/bin/bash
# title: Receivers of mail that check who connects
# shellcheck disable=SC1091,SC2034,SC2154
PACKAGES="qpsmtpd libipc-shareable-perl policyd-weight mailfront ucspi-tcp tcpd openbsd-inetd m4 rsyslog libnet-dns-perl nodejs"
UNPACK="postfix=postfix exim-heavy=exim4-base,exim4-config,exim4-daemon-heavy,libspf2-2,libmariadb3,libidn12 opensmtpd=opensmtpd sendmail=sendmail-bin,sendmail-base,sendmail-cf,liblockfile1,liblockfile-bin,lockfile-progs,libwrap0 courier=courier-mta,courier-base,courier-authdaemon,courier-authlib,courier-authlib-userdb,libcourier-unicode4,libgamin0,gamin,libpcre3,libidn12,gnutls-bin,libgnutls-dane0"
# besides: ../mail/haraka.sh ROOTS. Who is who: ../mail/instances.tsv
set -eu
PART=verify
STORY_END=2025-04-14T00:00:00Z
. "$(dirname "$0")/../world.sh"
. "$MECHANISMS/mail/mail.sh"
world_begin
mail_world senders

begin v1 receiving_postfix
begin v2 receiving_postfix
strict='smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination, warn_if_reject reject_unknown_client_hostname, warn_if_reject reject_unknown_helo_hostname, warn_if_reject reject_unknown_sender_domain'
begin v3 receiving_postfix "$strict"
begin v4 receiving_postfix "$strict"
begin v5 exim_at 'CHECK_RCPT_VERIFY_SENDER = true'
begin v6 exim_at 'CHECK_RCPT_REVERSE_DNS = true' 'MAIN_HELO_TRY_VERIFY_HOSTS = *'
begin v7 opensmtpd_at
begin v8 opensmtpd_at
begin v9 sendmail_at 10m
begin v10 sendmail_at 10m
begin v11 haraka_at own_host mail_from.is_resolvable rcpt_to.in_host_list forget
begin v13 tcpserver_at
begin v14 tcpd_at
begin v15 qpsmtpd_at fcrdns 'helo policy strict' resolvable_fromhost rcpt_ok 'queue/maildir /srv/qp/tmp/box'
begin v16 courier_at
begin v17 policyd_weight_at
begin v18 opensmtpd_at
for name in v1 v2 v3 v4 v5 v6 v7 v8 v9 v10 v11 v13 v14 v15 v16 v17 v18; do ! wanted "$name" || wait_port "$name" 25; done
if [ -n "${VT_ONLY:-}" ]; then grep -w -F "$(for name in ${VT_ONLY//,/ }; do echo "${ADDRESS[$name]}"; done)" "$TABLES/sends.tsv" >/run/sends; else cp "$TABLES/sends.tsv" /run/sends; fi
up senders python3 "$MECHANISMS/mail/send.py" /run/sends "$TABLES/dkim.key"
stop_after v11 2 &
world_run
keep_logs
world_end
