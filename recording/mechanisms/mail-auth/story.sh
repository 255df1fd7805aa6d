#!/bin/bash
# title: Receivers of mail that check SPF, DKIM and DMARC
# shellcheck disable=SC1091,SC2034,SC2154
PACKAGES="postfix-policyd-spf-python postfix-policyd-spf-perl opendkim opendmarc spamassassin spampd pyspf-milter dkimpy-milter rspamd amavisd-new qpsmtpd libipc-shareable-perl libmail-dkim-perl python3-dkim m4 rsyslog nodejs openssl"
UNPACK="postfix=postfix exim-heavy=exim4-base,exim4-config,exim4-daemon-heavy,libspf2-2,libmariadb3,libidn12 sendmail=sendmail-bin,sendmail-base,sendmail-cf,liblockfile1,liblockfile-bin,lockfile-progs,libwrap0"
# besides: ../mail/haraka.sh ROOTS. Who is who: ../mail/instances.tsv
set -eu
PART=auth
STORY_END=2025-04-14T00:00:00Z
. "$(dirname "$0")/../world.sh"
. "$MECHANISMS/mail/mail.sh"
world_begin
mail_world senders

begin a1 policyd_spf_python_at
begin a2 policyd_spf_perl_at
begin a3 opendkim_at
begin a4 opendmarc_at
begin a5 pyspf_milter_at
begin a6 dkimpy_milter_at
begin a7 rspamd_milter_at
begin a8 spampd_at
begin a9 exim_at 'CHECK_RCPT_SPF = true'
begin a10 haraka_at own_host dkim rcpt_to.in_host_list forget
begin a11 qpsmtpd_at 'sender_permitted_from reject 1' 'dkim reject 0' rcpt_ok 'queue/maildir /srv/qp/tmp/box'
begin a12 amavis_at
begin a13 sendmail_milters_at
for name in a1 a2 a3 a4 a5 a6 a7 a8 a9 a10 a11 a12 a13; do ! wanted "$name" || wait_port "$name" 25; done
for pair in a3:8891 a4:8893 a5:8894 a6:8892 a7:11332 a8:10025 a12:10024 a13:8891 a13:8893; do ! wanted "${pair%:*}" || wait_port "${pair%:*}" "${pair#*:}"; done
if [ -n "${VT_ONLY:-}" ]; then grep -w -F "$(for name in ${VT_ONLY//,/ }; do echo "${ADDRESS[$name]}"; done)" "$TABLES/sends.tsv" >/run/sends; else cp "$TABLES/sends.tsv" /run/sends; fi
up senders python3 "$MECHANISMS/mail/send.py" /run/sends "$TABLES/dkim.key"
stop_after a10 1 &
world_run
keep_logs
world_end
