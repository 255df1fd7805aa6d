use super::*;
use crate::lines::check::{rows, unwrapped};

fn check(format: Format, input: &str) -> String {
    rows(|options| Ok(reader(unwrapped(input), format, options)))
}

#[test]
fn postfix_is_read() {
    insta::assert_snapshot!(check(Format::Postfix, r"
May 11 04:02:37 host1 postfix/smtpd[26897]: connect from mail1.hotel-brand.example[198.51.100.25]
May 11 04:02:37 host1 postfix/smtpd[26897]: warning: hostname mx.example.org does not resolve to address 192.0.2.8: Name or service not known
May 11 04:02:37 host1 postfix/smtpd[26897]: warning: hostname mx6.example.org does not resolve to address 2001:db8::8
May 11 04:02:37 host1 postfix/smtpd[26897]: warning: 192.0.2.9: hostname old.example verification failed: Name or service not known
May 11 04:02:37 host1 postfix/smtpd[26897]: warning: dict_nis_init: NIS domain name not set
May 11 04:02:37 host1 postfix/smtpd[26897]: NOQUEUE: reject: RCPT from unknown[192.168.1.1]: 554 5.7.1 Service unavailable
May 11 04:02:37 host1 postfix/smtpd[26897]: NOQUEUE: reject: RCPT from unknown[2001:db8::1]: 450 4.7.25 Client host rejected: cannot find your hostname, [2001:db8::1]; from=<a@x.example> to=<b@y.example> proto=ESMTP helo=<out1.x.example>
May 11 04:02:38 host1 postfix/smtpd[26897]: BE6E22B4: client=mail1.hotel-brand.example[198.51.100.25], sasl_method=PLAIN
May 11 04:02:38 host1 postfix/cleanup[26898]: BE6E22B4: message-id=<1@x.example>
May 11 04:02:38 host1 postfix/qmgr[12]: BE6E22B4: from=<a@x.example>, size=1280, nrcpt=1 (queue active)
May 11 04:02:39 host1 postfix/smtp[13]: BE6E22B4: to=<b@y.example>, relay=mx1.y.example[192.0.2.20]:25, delay=0.6, delays=0.1/0.2/0.1/0.2, dsn=2.0.0, status=sent (250 2.0.0 Ok: to=<c@z.example>, status=bounced)
May 11 04:02:39 host1 postfix/smtp[13]: BE6E22B4: to=<b@y.example>, relay=none, delay=0.6, delays=0.1/0.2/0.1/0.2, dsn=4.4.3, status=deferred (Host or domain name not found. Name service error for name=y.example type=MX: Host not found, try again)
May 11 04:02:39 host1 postfix/smtp[13]: 4Xyz12AbCdz1: to=<b@y.example>, relay=mx1.y.example[192.0.2.20]:25, delay=0.6, dsn=5.1.1, status=bounced (host mx1.y.example[192.0.2.20] said: 550 5.1.1 no such user (in reply to RCPT TO command))
May 11 04:02:39 host1 postfix/qmgr[12]: BE6E22B4: from=<a@x.example>, status=expired, returned to sender
May 11 04:02:39 host1 postfix/qmgr[12]: BE6E22B4: removed
May 11 04:02:40 host1 postfix/pickup[14]: 1234567: uid=0 from=<root>
May 11 04:02:40 host1 postfix/smtpd[26897]: lost connection after RCPT from unknown[192.168.1.1]
May 11 04:02:40 host1 postfix/smtpd[26897]: disconnect from unknown[192.168.1.1] ehlo=1 mail=1 rcpt=0/1 commands=2/3
May 11 04:02:41 host1 postfix/postscreen[15]: CONNECT from [192.0.2.7]:34567 to [192.0.2.25]:25
May 11 04:06:00 host1 postfix/anvil[16]: statistics: max connection rate 1/60s for (smtp:203.0.113.13) at May 11 04:02:37
May 11 04:06:00 host1 dovecot[16]: imap-login: Login
May 11 04:06:00 nonsense
no stamp at all
"), @r#"
    line 2 2016-05-11T04:02:37Z connect postfix/smtpd@host1 "" peer=198.51.100.25 "mail1.hotel-brand.example" helo="" from="" to="" code=- | connect from mail1.hotel-brand.example[198.51.100.25]
    line 3 2016-05-11T04:02:37Z name-mismatch postfix/smtpd@host1 "" peer=192.0.2.8 "mx.example.org" helo="" from="" to="" code=- | warning: hostname mx.example.org does not resolve to address 192.0.2.8: Name or service not known
    line 4 2016-05-11T04:02:37Z name-mismatch postfix/smtpd@host1 "" peer=2001:db8::8 "mx6.example.org" helo="" from="" to="" code=- | warning: hostname mx6.example.org does not resolve to address 2001:db8::8
    line 5 2016-05-11T04:02:37Z name-mismatch postfix/smtpd@host1 "" peer=192.0.2.9 "old.example" helo="" from="" to="" code=- | warning: 192.0.2.9: hostname old.example verification failed: Name or service not known
    line 7 2016-05-11T04:02:37Z reject postfix/smtpd@host1 "" peer=192.168.1.1 "" helo="" from="" to="" code=554 | NOQUEUE: reject: RCPT from unknown[192.168.1.1]: 554 5.7.1 Service unavailable
    line 8 2016-05-11T04:02:37Z reject postfix/smtpd@host1 "" peer=2001:db8::1 "" helo="out1.x.example" from="a@x.example" to="b@y.example" code=450 | NOQUEUE: reject: RCPT from unknown[2001:db8::1]: 450 4.7.25 Client host rejected: cannot find your hostname, [2001:db8::1]; from=<a@x.example> to=<b@y.example> proto=ESMTP helo=<out1.x.example>
    line 9 2016-05-11T04:02:38Z accept postfix/smtpd@host1 "BE6E22B4" peer=198.51.100.25 "mail1.hotel-brand.example" helo="" from="" to="" code=- | BE6E22B4: client=mail1.hotel-brand.example[198.51.100.25], sasl_method=PLAIN
    line 12 2016-05-11T04:02:39Z deliver postfix/smtp@host1 "BE6E22B4" peer=192.0.2.20 "mx1.y.example" helo="" from="a@x.example" to="b@y.example" code=250 | BE6E22B4: to=<b@y.example>, relay=mx1.y.example[192.0.2.20]:25, delay=0.6, delays=0.1/0.2/0.1/0.2, dsn=2.0.0, status=sent (250 2.0.0 Ok: to=<c@z.example>, status=bounced)
    line 13 2016-05-11T04:02:39Z defer postfix/smtp@host1 "BE6E22B4" peer=- "" helo="" from="a@x.example" to="b@y.example" code=- | BE6E22B4: to=<b@y.example>, relay=none, delay=0.6, delays=0.1/0.2/0.1/0.2, dsn=4.4.3, status=deferred (Host or domain name not found. Name service error for name=y.example type=MX: Host not found, try again)
    line 14 2016-05-11T04:02:39Z bounce postfix/smtp@host1 "4Xyz12AbCdz1" peer=192.0.2.20 "mx1.y.example" helo="" from="" to="b@y.example" code=550 | 4Xyz12AbCdz1: to=<b@y.example>, relay=mx1.y.example[192.0.2.20]:25, delay=0.6, dsn=5.1.1, status=bounced (host mx1.y.example[192.0.2.20] said: 550 5.1.1 no such user (in reply to RCPT TO command))
    line 15 2016-05-11T04:02:39Z bounce postfix/qmgr@host1 "BE6E22B4" peer=- "" helo="" from="a@x.example" to="" code=- | BE6E22B4: from=<a@x.example>, status=expired, returned to sender
    line 17 2016-05-11T04:02:40Z accept postfix/pickup@host1 "1234567" peer=- "" helo="" from="root" to="" code=- | 1234567: uid=0 from=<root>
    line 18 2016-05-11T04:02:40Z disconnect postfix/smtpd@host1 "" peer=192.168.1.1 "" helo="" from="" to="" code=- | lost connection after RCPT from unknown[192.168.1.1]
    line 19 2016-05-11T04:02:40Z disconnect postfix/smtpd@host1 "" peer=192.168.1.1 "" helo="" from="" to="" code=- | disconnect from unknown[192.168.1.1] ehlo=1 mail=1 rcpt=0/1 commands=2/3
    line 20 2016-05-11T04:02:41Z connect postfix/postscreen@host1 "" peer=192.0.2.7 "" helo="" from="" to="" code=- | CONNECT from [192.0.2.7]:34567 to [192.0.2.25]:25
    in 17 paired 0 duplicates 0
    rejected 2 not a line of this mail log, first line 23
    unrelated 1 connection statistics, first line 21
    unrelated 1 empty line, first line 1
    unrelated 1 line of another program, first line 22
    unrelated 1 message identifier, first line 10
    unrelated 2 queue manager, first line 11
    unrelated 1 warning of another kind, first line 6
    assumed stamps that name no zone are taken as UTC
    assumed stamps that name no year are of 2016
    assumed time stamps resolve 1s
    "#);
}

#[test]
fn exim_is_read() {
    insta::assert_snapshot!(check(Format::Exim, r#"
1999-03-02 09:44:33 no host name found for IP address 127.0.0.2
2022-06-29 13:54:29 H=(smtpclient.test) [1.136.28.14]:17125 F=<info@toto.com.au> rejected RCPT <tutu@titi.com.au>: relay not permitted
2022-06-29 13:54:29.123 +0200 [1234] H=a.example (b.example) [2001:db8::1] temporarily rejected RCPT <c@d.example>: 451 try later
2025-03-03 09:04:47 1tp0n9-0000lG-2F <= meeting@invites-app.example H=mail1.hotel-brand.example (out1.invites-app.example) [198.51.100.25] P=esmtp S=1578 id=1@mta.example
2025-03-03 09:04:47 1tp0n9-0000lG-2F => info <info@lakeside-clinic.example> R=local_user T=mail_spool
2025-03-03 09:04:47 1tp0n9-00000000lG2-2F0a => b@y.example R=dnslookup T=remote_smtp H=mx1.y.example [192.0.2.20] C="250 OK id=1"
2025-03-03 09:04:47 1tp0n9-0000lG-2F ** b@y.example R=dnslookup T=remote_smtp H=mx1.y.example [192.0.2.20]: SMTP error from remote mail server after RCPT TO:<b@y.example>: 550 no such user
2025-03-03 09:04:47 1tp0n9-0000lG-2F == b@y.example R=dnslookup T=remote_smtp defer (-44) H=mx1.y.example [192.0.2.20]: SMTP error from remote mail server after RCPT TO:<b@y.example>: 450 greylisted
2025-03-03 09:04:47 1tp0n9-0000lG-2F <= <> R=1tp0n9-0000lG-2E U=Debian-exim P=local S=1700
2025-03-03 09:04:47 1tp0n9-0000lG-2F Completed
2025-03-03 09:04:47 SMTP connection from [198.51.100.25]:40000 (TCP/IP connection count = 1)
2025-03-03 09:04:47 SMTP connection from mail1.hotel-brand.example [198.51.100.25]:40000 closed by QUIT
2025-03-03 09:04:47 unexpected disconnection while reading SMTP command from (x.example) [198.51.100.25] D=1s
2025-03-03 09:04:47 no IP address found for host x.example (during SMTP connection from [192.0.2.1])
2025-03-03 09:04:47 192.0.2.1 does not match any IP address for x.example
2025-03-03 09:04:47 refused connection from H=[192.0.2.1]
2025-03-03 09:15:40 Start queue run: pid=2950
2025-03-03 00:45:35 Warning: No server certificate defined; will use a selfsigned one.
 Suggested action: either install a certificate or change tls_advertise_hosts option
Mar  3 09:04:47 mx1 exim[77]: 2025-03-03 09:04:47 no host name found for IP address 192.0.2.3
Mar  3 09:04:47 mx1 exim[77]: no host name found for IP address 192.0.2.4
nonsense
"#), @r#"
    line 2 1999-03-02T09:44:33Z name-mismatch exim@ "" peer=127.0.0.2 "" helo="" from="" to="" code=- | no host name found for IP address 127.0.0.2
    line 3 2022-06-29T13:54:29Z reject exim@ "" peer=1.136.28.14 "" helo="smtpclient.test" from="info@toto.com.au" to="tutu@titi.com.au" code=- | H=(smtpclient.test) [1.136.28.14]:17125 F=<info@toto.com.au> rejected RCPT <tutu@titi.com.au>: relay not permitted
    line 4 2022-06-29T11:54:29.123Z reject exim@ "" peer=2001:db8::1 "a.example" helo="b.example" from="" to="c@d.example" code=451 | [1234] H=a.example (b.example) [2001:db8::1] temporarily rejected RCPT <c@d.example>: 451 try later
    line 5 2025-03-03T09:04:47Z accept exim@ "1tp0n9-0000lG-2F" peer=198.51.100.25 "mail1.hotel-brand.example" helo="out1.invites-app.example" from="meeting@invites-app.example" to="" code=- | 1tp0n9-0000lG-2F <= meeting@invites-app.example H=mail1.hotel-brand.example (out1.invites-app.example) [198.51.100.25] P=esmtp S=1578 id=1@mta.example
    line 6 2025-03-03T09:04:47Z deliver exim@ "1tp0n9-0000lG-2F" peer=- "" helo="" from="" to="info@lakeside-clinic.example" code=- | 1tp0n9-0000lG-2F => info <info@lakeside-clinic.example> R=local_user T=mail_spool
    line 7 2025-03-03T09:04:47Z deliver exim@ "1tp0n9-00000000lG2-2F0a" peer=192.0.2.20 "mx1.y.example" helo="" from="" to="b@y.example" code=250 | 1tp0n9-00000000lG2-2F0a => b@y.example R=dnslookup T=remote_smtp H=mx1.y.example [192.0.2.20] C="250 OK id=1"
    line 8 2025-03-03T09:04:47Z bounce exim@ "1tp0n9-0000lG-2F" peer=192.0.2.20 "mx1.y.example" helo="" from="" to="b@y.example" code=550 | 1tp0n9-0000lG-2F ** b@y.example R=dnslookup T=remote_smtp H=mx1.y.example [192.0.2.20]: SMTP error from remote mail server after RCPT TO:<b@y.example>: 550 no such user
    line 9 2025-03-03T09:04:47Z defer exim@ "1tp0n9-0000lG-2F" peer=192.0.2.20 "mx1.y.example" helo="" from="" to="b@y.example" code=450 | 1tp0n9-0000lG-2F == b@y.example R=dnslookup T=remote_smtp defer (-44) H=mx1.y.example [192.0.2.20]: SMTP error from remote mail server after RCPT TO:<b@y.example>: 450 greylisted
    line 10 2025-03-03T09:04:47Z accept exim@ "1tp0n9-0000lG-2F" peer=- "" helo="" from="" to="" code=- | 1tp0n9-0000lG-2F <= <> R=1tp0n9-0000lG-2E U=Debian-exim P=local S=1700
    line 12 2025-03-03T09:04:47Z connect exim@ "" peer=198.51.100.25 "" helo="" from="" to="" code=- | SMTP connection from [198.51.100.25]:40000 (TCP/IP connection count = 1)
    line 13 2025-03-03T09:04:47Z disconnect exim@ "" peer=198.51.100.25 "mail1.hotel-brand.example" helo="" from="" to="" code=- | SMTP connection from mail1.hotel-brand.example [198.51.100.25]:40000 closed by QUIT
    line 14 2025-03-03T09:04:47Z disconnect exim@ "" peer=198.51.100.25 "" helo="x.example" from="" to="" code=- | unexpected disconnection while reading SMTP command from (x.example) [198.51.100.25] D=1s
    line 15 2025-03-03T09:04:47Z name-mismatch exim@ "" peer=192.0.2.1 "x.example" helo="" from="" to="" code=- | no IP address found for host x.example (during SMTP connection from [192.0.2.1])
    line 16 2025-03-03T09:04:47Z name-mismatch exim@ "" peer=192.0.2.1 "x.example" helo="" from="" to="" code=- | 192.0.2.1 does not match any IP address for x.example
    line 17 2025-03-03T09:04:47Z reject exim@ "" peer=192.0.2.1 "" helo="" from="" to="" code=- | refused connection from H=[192.0.2.1]
    line 21 2025-03-03T09:04:47Z name-mismatch exim@mx1 "" peer=192.0.2.3 "" helo="" from="" to="" code=- | no host name found for IP address 192.0.2.3
    line 22 2016-03-03T09:04:47Z name-mismatch exim@mx1 "" peer=192.0.2.4 "" helo="" from="" to="" code=- | no host name found for IP address 192.0.2.4
    in 18 paired 0 duplicates 0
    rejected 1 not a line of this mail log, first line 23
    unrelated 1 continuation of another line, first line 20
    unrelated 1 empty line, first line 1
    unrelated 3 message of another kind, first line 11
    assumed stamps that name no zone are taken as UTC
    assumed stamps that name no year are of 2016
    assumed time stamps resolve 1s
    "#);
}

#[test]
fn opensmtpd_is_read() {
    insta::assert_snapshot!(check(Format::OpenSmtpd, r#"
Mar  2 23:45:34 mx1 smtpd[1291]: info: OpenSMTPD 6.8.0p2 starting
Mar  3 08:27:10 mx1 smtpd[1303]: 811493d9255bae81 smtp connected address=198.51.100.25 host=mail1.hotel-brand.example
Mar  3 08:27:10 mx1 smtpd[1303]: 811493d9255bae81 smtp message msgid=65f7fd12 size=1582 nrcpt=1 proto=ESMTP
Mar  3 08:27:10 mx1 smtpd[1303]: 811493d9255bae81 smtp envelope evpid=65f7fd1287fbc60d from=<meeting@invites-app.example> to=<desk@cardpay.example>
Mar  3 08:27:10 mx1 smtpd[1303]: 811493d9255bae81 smtp disconnected reason=quit
Mar  3 08:27:10 mx1 smtpd[1303]: 811493da1706b055 mda delivery evpid=65f7fd1287fbc60d from=<meeting@invites-app.example> to=<desk@cardpay.example> rcpt=<desk@cardpay.example> user=desk delay=0s result=Ok stat=Delivered
Mar  3 08:27:11 mx1 smtpd[1303]: 811493d9255bae82 smtp connected address=[2001:db8::1] host=<unknown>
Mar  3 08:27:11 mx1 smtpd[1303]: 811493d9255bae82 smtp failed-command command="RCPT TO:<nobody@cardpay.example>" result="550 Invalid recipient: <nobody@cardpay.example>"
Mar  3 08:27:12 mx1 smtpd[1303]: 811493da1706b056 mta delivery evpid=65f7fd1287fbc60e from=<a@x.example> to=<b@y.example> rcpt=<-> source="192.0.2.1" relay="192.0.2.20 (mx1.y.example)" delay=1s result="TempFail" stat="451 4.7.1 Greylisting in action"
Mar  3 08:27:12 mx1 smtpd[1303]: 811493da1706b056 mta delivery evpid=65f7fd1287fbc60e from=<a@x.example> to=<b@y.example> rcpt=<-> source="192.0.2.1" relay="192.0.2.20 (mx1.y.example)" delay=1s result="PermFail" stat="550 5.1.1 no"
Mar  3 08:27:12 mx1 smtpd[1303]: 811493da1706b056 mta connecting address=smtp://192.0.2.20:25 host=mx1.y.example
Mar  3 08:27:12 mx1 cron[1]: x
"#), @r#"
    line 3 2016-03-03T08:27:10Z connect smtpd@mx1 "" peer=198.51.100.25 "mail1.hotel-brand.example" helo="" from="" to="" code=- | 811493d9255bae81 smtp connected address=198.51.100.25 host=mail1.hotel-brand.example
    line 4 2016-03-03T08:27:10Z accept smtpd@mx1 "65f7fd12" peer=198.51.100.25 "mail1.hotel-brand.example" helo="" from="" to="" code=- | 811493d9255bae81 smtp message msgid=65f7fd12 size=1582 nrcpt=1 proto=ESMTP
    line 6 2016-03-03T08:27:10Z disconnect smtpd@mx1 "" peer=198.51.100.25 "mail1.hotel-brand.example" helo="" from="" to="" code=- | 811493d9255bae81 smtp disconnected reason=quit
    line 7 2016-03-03T08:27:10Z deliver smtpd@mx1 "65f7fd12" peer=- "" helo="" from="meeting@invites-app.example" to="desk@cardpay.example" code=- | 811493da1706b055 mda delivery evpid=65f7fd1287fbc60d from=<meeting@invites-app.example> to=<desk@cardpay.example> rcpt=<desk@cardpay.example> user=desk delay=0s result=Ok stat=Delivered
    line 8 2016-03-03T08:27:11Z connect smtpd@mx1 "" peer=2001:db8::1 "" helo="" from="" to="" code=- | 811493d9255bae82 smtp connected address=[2001:db8::1] host=<unknown>
    line 9 2016-03-03T08:27:11Z reject smtpd@mx1 "" peer=2001:db8::1 "" helo="" from="" to="nobody@cardpay.example" code=550 | 811493d9255bae82 smtp failed-command command="RCPT TO:<nobody@cardpay.example>" result="550 Invalid recipient: <nobody@cardpay.example>"
    line 10 2016-03-03T08:27:12Z defer smtpd@mx1 "65f7fd12" peer=192.0.2.20 "mx1.y.example" helo="" from="a@x.example" to="b@y.example" code=451 | 811493da1706b056 mta delivery evpid=65f7fd1287fbc60e from=<a@x.example> to=<b@y.example> rcpt=<-> source="192.0.2.1" relay="192.0.2.20 (mx1.y.example)" delay=1s result="TempFail" stat="451 4.7.1 Greylisting in action"
    line 11 2016-03-03T08:27:12Z bounce smtpd@mx1 "65f7fd12" peer=192.0.2.20 "mx1.y.example" helo="" from="a@x.example" to="b@y.example" code=550 | 811493da1706b056 mta delivery evpid=65f7fd1287fbc60e from=<a@x.example> to=<b@y.example> rcpt=<-> source="192.0.2.1" relay="192.0.2.20 (mx1.y.example)" delay=1s result="PermFail" stat="550 5.1.1 no"
    in 8 paired 0 duplicates 0
    unrelated 1 empty line, first line 1
    unrelated 1 line of another program, first line 13
    unrelated 3 message of another kind, first line 2
    assumed stamps that name no zone are taken as UTC
    assumed stamps that name no year are of 2016
    assumed time stamps resolve 1s
    "#);
}

#[test]
fn sendmail_is_read() {
    insta::assert_snapshot!(check(Format::Sendmail, r"
Mar  3 00:45:37 mail sendmail[1318]: alias database /etc/mail/aliases rebuilt by root
Mar  3 00:45:38 mail sm-mta[1344]: starting daemon (8.17.1.9): SMTP+queueing@00:10:00
Mar  3 07:53:47 mail sm-mta[2780]: 5236rkAv002780: from=<meeting@invites-app.example>, size=1214, class=0, nrcpts=1, msgid=<1@mta.example>, proto=ESMTP, daemon=MTA-v4, relay=mail1.hotel-brand.example [198.51.100.25]
Mar  3 07:53:47 mail sm-mta[2780]: 5236rkAv002781: from=<a@x.example>, size=1214, class=0, nrcpts=1, proto=ESMTP, daemon=MTA-v4, relay=forged.example [192.0.2.1] (may be forged)
Mar  3 07:53:47 mail sm-mta[2781]: 5236rkAv002780: to=/dev/null, ctladdr=<office@tradeschool.example> (8/0), delay=00:00:00, xdelay=00:00:00, mailer=*file*, pri=31469, dsn=2.0.0, stat=Sent
Mar  3 07:53:48 mail sm-mta[2781]: 5236rkAv002782: to=<b@y.example>, delay=00:00:00, xdelay=00:00:00, mailer=esmtp, pri=31469, relay=mx1.y.example. [192.0.2.20], dsn=2.0.0, stat=Sent (250 OK id=1)
Mar  3 07:53:48 mail sm-mta[2781]: 5236rkAv002782: to=<b@y.example>, delay=00:00:00, mailer=esmtp, relay=mx1.y.example. [192.0.2.20], dsn=4.0.0, stat=Deferred: Connection timed out with mx1.y.example.
Mar  3 07:53:48 mail sm-mta[2781]: 5236rkAv002782: to=<b@y.example>, delay=00:00:00, mailer=esmtp, relay=mx1.y.example. [192.0.2.20], dsn=5.1.1, stat=User unknown
Mar  3 07:53:49 mail sm-mta[2781]: ruleset=check_relay, arg1=x.example, arg2=192.0.2.1, relay=x.example [192.0.2.1], reject=553 5.3.0 denied
Mar  3 07:53:49 mail sm-mta[2781]: 5236rkAv002783: ruleset=check_rcpt, arg1=<c@d.example>, relay=[192.0.2.1], reject=550 5.7.1 <c@d.example>... Relaying denied. IP name lookup failed [192.0.2.1]
Mar  3 07:53:49 mail sm-mta[2781]: NOQUEUE: connect from x.example [192.0.2.1]
Mar  3 07:53:49 mail sm-mta[2781]: 5236rkAv002784: x.example [192.0.2.1] did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA-v4
Mar  3 07:53:49 mail sm-mta[2781]: 5236rkAv002785: lost input channel from x.example [192.0.2.1] to MTA-v4 after rcpt
Mar  3 07:53:49 mail sm-mta[2781]: STARTTLS=server, relay=x.example [192.0.2.1], version=TLSv1.3, verify=NO
"), @r#"
    line 4 2016-03-03T07:53:47Z accept sm-mta@mail "5236rkAv002780" peer=198.51.100.25 "mail1.hotel-brand.example" helo="" from="meeting@invites-app.example" to="" code=- | 5236rkAv002780: from=<meeting@invites-app.example>, size=1214, class=0, nrcpts=1, msgid=<1@mta.example>, proto=ESMTP, daemon=MTA-v4, relay=mail1.hotel-brand.example [198.51.100.25]
    line 5 2016-03-03T07:53:47Z accept sm-mta@mail "5236rkAv002781" peer=192.0.2.1 "forged.example" helo="" from="a@x.example" to="" code=- | 5236rkAv002781: from=<a@x.example>, size=1214, class=0, nrcpts=1, proto=ESMTP, daemon=MTA-v4, relay=forged.example [192.0.2.1] (may be forged)
    line 6 2016-03-03T07:53:47Z deliver sm-mta@mail "5236rkAv002780" peer=- "" helo="" from="" to="/dev/null" code=- | 5236rkAv002780: to=/dev/null, ctladdr=<office@tradeschool.example> (8/0), delay=00:00:00, xdelay=00:00:00, mailer=*file*, pri=31469, dsn=2.0.0, stat=Sent
    line 7 2016-03-03T07:53:48Z deliver sm-mta@mail "5236rkAv002782" peer=192.0.2.20 "mx1.y.example" helo="" from="" to="b@y.example" code=250 | 5236rkAv002782: to=<b@y.example>, delay=00:00:00, xdelay=00:00:00, mailer=esmtp, pri=31469, relay=mx1.y.example. [192.0.2.20], dsn=2.0.0, stat=Sent (250 OK id=1)
    line 8 2016-03-03T07:53:48Z defer sm-mta@mail "5236rkAv002782" peer=192.0.2.20 "mx1.y.example" helo="" from="" to="b@y.example" code=- | 5236rkAv002782: to=<b@y.example>, delay=00:00:00, mailer=esmtp, relay=mx1.y.example. [192.0.2.20], dsn=4.0.0, stat=Deferred: Connection timed out with mx1.y.example.
    line 9 2016-03-03T07:53:48Z bounce sm-mta@mail "5236rkAv002782" peer=192.0.2.20 "mx1.y.example" helo="" from="" to="b@y.example" code=- | 5236rkAv002782: to=<b@y.example>, delay=00:00:00, mailer=esmtp, relay=mx1.y.example. [192.0.2.20], dsn=5.1.1, stat=User unknown
    line 10 2016-03-03T07:53:49Z reject sm-mta@mail "" peer=192.0.2.1 "x.example" helo="" from="" to="" code=553 | ruleset=check_relay, arg1=x.example, arg2=192.0.2.1, relay=x.example [192.0.2.1], reject=553 5.3.0 denied
    line 11 2016-03-03T07:53:49Z reject sm-mta@mail "5236rkAv002783" peer=192.0.2.1 "" helo="" from="" to="c@d.example" code=550 | 5236rkAv002783: ruleset=check_rcpt, arg1=<c@d.example>, relay=[192.0.2.1], reject=550 5.7.1 <c@d.example>... Relaying denied. IP name lookup failed [192.0.2.1]
    line 12 2016-03-03T07:53:49Z connect sm-mta@mail "" peer=192.0.2.1 "x.example" helo="" from="" to="" code=- | NOQUEUE: connect from x.example [192.0.2.1]
    line 13 2016-03-03T07:53:49Z disconnect sm-mta@mail "5236rkAv002784" peer=192.0.2.1 "x.example" helo="" from="" to="" code=- | 5236rkAv002784: x.example [192.0.2.1] did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA-v4
    line 14 2016-03-03T07:53:49Z disconnect sm-mta@mail "5236rkAv002785" peer=192.0.2.1 "x.example" helo="" from="" to="" code=- | 5236rkAv002785: lost input channel from x.example [192.0.2.1] to MTA-v4 after rcpt
    in 11 paired 0 duplicates 0
    unrelated 1 empty line, first line 1
    unrelated 3 message of another kind, first line 2
    assumed stamps that name no zone are taken as UTC
    assumed stamps that name no year are of 2016
    assumed time stamps resolve 1s
    "#);
}
