#!/bin/bash
# title: Old logs and stored mail looked through again
# shellcheck disable=SC1091,SC2034,SC2154
PACKAGES="busybox-static apache2-utils adns-tools awstats webalizer jdresolve spamassassin spamd spamc rspamd python3-dkim opendkim opendkim-tools rsyslog openssl"
# Who is who: ../mail/instances.tsv
set -eu
PART=rescan
# the tables are for four days; the recording that is kept was ended here
STORY_END=2025-04-09T17:50:01Z
. "$(dirname "$0")/../world.sh"
. "$MECHANISMS/mail/mail.sh"
world_begin

begin s1 logresolve_at
begin s2 logresolve_c_at
begin s3 adnslogres_at
begin s4 awstats_at
begin s5 webalizer_at
begin s6 jdresolve_at
begin s7 spamc_at
begin s8 rspamc_at
begin s9 dkimverify_at
begin s10 opendkim_t_at
begin s11 spamassassin_mbox_at
begin s12 opendkim_testmsg_at
begin s13 dkimproxy_verify_at
if wanted s7; then wait_port s7 783; fi
if wanted s8; then wait_port s8 11333; fi
world_run
keep_logs
for name in "${!ROOT[@]}"; do [ ! -s "${ROOT[$name]}/var/log/job.err" ] || head -c 20000 "${ROOT[$name]}/var/log/job.err" >"/out/log/$name/job.err"; done
world_end
