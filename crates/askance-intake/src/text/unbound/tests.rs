use crate::lines::check::{options, rows, rows_with, unwrapped};
use crate::{Format, Limits, Options};

fn check(input: &str) -> String {
    rows(|options| Ok(crate::text::reader(unwrapped(input), Format::Unbound, options)))
}

#[test]
fn every_time_form_is_read() {
    insta::assert_snapshot!(check(r"
[1571234567] unbound[17265:0] info: 127.0.0.1 reachms.corp.com. A IN
Mar 01 16:00:00 unbound[17265:13] info: 127.0.0.1 reachms.corp.com. A IN
Mar  1 16:00:00 ns1 unbound[17265]: [17265:1f] info: 127.0.0.1 reachms.corp.com. A IN
2025-10-14T17:44:30.123+02:00 unbound[901988:1] info: 127.0.0.1 reachms.corp.com. A IN
2019-10-08T11:29:05+02:00 hostfoo unbound[17265]: [17265:13] info: 127.0.0.1 reachms.corp.com. A IN
2025-10-14T17:44:30+02:00 1.2.3.4 unbound[901988]: [901988:1] query: 5.6.7.8 9.10.11.12.example.com. PTR IN
2025-11-20T10:06:07+01:00 10.20.30.40 unbound[6257]: [6257:1] reply: 1.2.3.4 login.testintegration.cn. A IN SERVFAIL 0.017445 0 51
2025-10-14T17:20:41+02:00 1.2.3.4 unbound[901988]: [901988:0] info: transparent 5.6.7.8@53433 example.com. A IN
[16667:e] info: 192.168.1.1 _ldap._tcp.SXB._sites.dc._msdcs.key.corp.net. SRV IN
2019-10-08T11:29:05+02:00 hostfoo unbound[17265]: [265456:0] info: generate keytag query _ta-4f66. NULL IN
"), @"
    line 2 2019-10-16T14:02:47Z resolver-client 127.0.0.1 > - reachms.corp.com IN A query - [-] -
    line 3 2016-03-01T16:00:00Z resolver-client 127.0.0.1 > - reachms.corp.com IN A query - [-] -
    line 4 2016-03-01T16:00:00Z resolver-client 127.0.0.1 > - reachms.corp.com IN A query - [-] -
    line 8 2025-11-20T09:06:07Z resolver-client 1.2.3.4 > - login.testintegration.cn IN A response SERVFAIL [-] - rtt=17445us cached=false
    line 5 2025-10-14T15:44:30.123Z resolver-client 127.0.0.1 > - reachms.corp.com IN A query - [-] -
    line 6 2019-10-08T09:29:05Z resolver-client 127.0.0.1 > - reachms.corp.com IN A query - [-] -
    line 7 2025-10-14T15:44:30Z resolver-client 5.6.7.8 > - 9.10.11.12.example.com IN PTR query - [-] -
    in 8 paired 0 duplicates 0
    rejected 1 no time stamp, first line 10
    unrelated 1 empty line, first line 1
    unrelated 1 local-zone action, first line 9
    unrelated 1 message of another kind, first line 11
    assumed stamps that name no zone are taken as UTC
    assumed stamps that name no year are of 2016
    assumed time stamps resolve 1s
    assumed the vantage is resolver-client: Unbound logs what its clients ask
    ");
}

#[test]
fn replies_join_their_query() {
    insta::assert_snapshot!(check(r"
[1571234567] unbound[1:0] info: 192.0.2.1 Mail1.example. A IN
[1571234567] unbound[1:0] info: 192.0.2.2 mail1.example. A IN
[1571234567] unbound[1:0] info: 192.0.2.1 mail1.example. AAAA IN
[1571234568] unbound[1:0] info: 192.0.2.1 mail1.example. A IN NOERROR 0.250000 0 47
[1571234568] unbound[1:0] info: 192.0.2.2 mail1.example. A IN NOERROR 0.000000 1 47 on udp 192.0.2.53 53
[1571234569] unbound[1:0] info: 192.0.2.2 mail1.example. A IN NOTIMPL 0.000000 1 47 on tcp 2001:db8::53 53
[1571234569] unbound[1:0] info: 192.0.2.2 - - - FORMERR - - -
"), @"
    line 2 2019-10-16T14:02:47Z resolver-client 192.0.2.1 > - Mail1.example IN A both NOERROR [-] - rtt=250000us cached=false
    line 3 2019-10-16T14:02:47Z resolver-client 192.0.2.2 > 192.0.2.53 mail1.example IN A both NOERROR [-] udp rtt=0us cached=true
    line 7 2019-10-16T14:02:49Z resolver-client 192.0.2.2 > 2001:db8::53 mail1.example IN A response NOTIMP [-] tcp rtt=0us cached=true
    line 4 2019-10-16T14:02:47Z resolver-client 192.0.2.1 > - mail1.example IN AAAA query - [-] -
    in 7 paired 2 duplicates 0
    rejected 1 reply without a question, first line 8
    unrelated 1 empty line, first line 1
    assumed time stamps resolve 1s
    assumed the vantage is resolver-client: Unbound logs what its clients ask
    ");
}

#[test]
fn what_is_no_query_is_told() {
    insta::assert_snapshot!(check(r"
[1571234567] unbound[1:0] notice: init module 0: iterator
[1571234567] unbound[1:0] error: SERVFAIL <x.example. A IN>: all servers failed
[1571234567] unbound[1:0] info: service stopped (unbound 1.17.1).
[1571234567] unbound[1:0] info: 192.0.2.1 x.example. A
[1571234567] unbound[1:0] info: 192.0.2.1 x.example. NOTYPE IN
[1571234567] unbound[1:0] info: 192.0.2.1 x.example. A IN WHAT 0.1 0 1
[1571234567] unbound[1:0] info: 192.0.2.1 x.example. A IN NOERROR x 0 1
[1571234567] unbound[1:0] info: 192.0.2.1 x..example. A IN
[99999999999999999999] unbound[1:0] info: 192.0.2.1 x.example. A IN
nonsense
"), @"
    in 6 paired 0 duplicates 0
    rejected 1 bad response time, first line 8
    rejected 1 name with an empty label, first line 9
    rejected 1 no such date or time, first line 10
    rejected 1 not an Unbound log line, first line 11
    rejected 1 unknown query type, first line 6
    rejected 1 unknown response code, first line 7
    unrelated 1 empty line, first line 1
    unrelated 2 line of another severity, first line 2
    unrelated 2 message of another kind, first line 4
    ");
}

#[test]
fn a_file_joined_behind_a_younger_one_is_paired_too() {
    insta::assert_snapshot!(check(r"
[1571239999] unbound[1:0] info: 192.0.2.1 a.example. A IN
[1571234567] unbound[1:0] info: 192.0.2.1 b.example. A IN
[1571234568] unbound[1:0] info: 192.0.2.1 b.example. A IN NOERROR 0.250000 0 47
[1571240000] unbound[1:0] info: 192.0.2.1 a.example. A IN NOERROR 0.250000 0 47
"), @"
    line 3 2019-10-16T14:02:47Z resolver-client 192.0.2.1 > - b.example IN A both NOERROR [-] - rtt=250000us cached=false
    line 2 2019-10-16T15:33:19Z resolver-client 192.0.2.1 > - a.example IN A both NOERROR [-] - rtt=250000us cached=false
    in 4 paired 2 duplicates 0
    unrelated 1 empty line, first line 1
    assumed time stamps resolve 1s
    assumed the vantage is resolver-client: Unbound logs what its clients ask
    ");
}

#[test]
fn no_more_wait_than_the_limits_allow() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let line =
        |name: &&str, rest: &str| format!("[1571234567] unbound[1:0] info: 192.0.2.1 {name}.example. A IN{rest}\n");
    let queries = names.map(|name| line(&name, "")).concat();
    let input = queries + &line(&"a", " NOERROR 0.1 0 47") + &line(&"j", " NOERROR 0.1 0 47");
    let options = Options { limits: Limits::TINY, ..options() };
    let shown = rows_with(&options, |options| Ok(crate::text::reader(unwrapped(&input), Format::Unbound, options)));
    insta::assert_snapshot!(shown, @"
    line 1 2019-10-16T14:02:47Z resolver-client 192.0.2.1 > - a.example IN A query - [-] -
    line 2 2019-10-16T14:02:47Z resolver-client 192.0.2.1 > - b.example IN A query - [-] -
    line 11 2019-10-16T14:02:47Z resolver-client 192.0.2.1 > - a.example IN A response NOERROR [-] - rtt=100000us cached=false
    line 10 2019-10-16T14:02:47Z resolver-client 192.0.2.1 > - j.example IN A both NOERROR [-] - rtt=100000us cached=false
    line 3 2019-10-16T14:02:47Z resolver-client 192.0.2.1 > - c.example IN A query - [-] -
    line 4 2019-10-16T14:02:47Z resolver-client 192.0.2.1 > - d.example IN A query - [-] -
    line 5 2019-10-16T14:02:47Z resolver-client 192.0.2.1 > - e.example IN A query - [-] -
    line 6 2019-10-16T14:02:47Z resolver-client 192.0.2.1 > - f.example IN A query - [-] -
    line 7 2019-10-16T14:02:47Z resolver-client 192.0.2.1 > - g.example IN A query - [-] -
    line 8 2019-10-16T14:02:47Z resolver-client 192.0.2.1 > - h.example IN A query - [-] -
    line 9 2019-10-16T14:02:47Z resolver-client 192.0.2.1 > - i.example IN A query - [-] -
    in 12 paired 1 duplicates 0
    assumed time stamps resolve 1s
    assumed the vantage is resolver-client: Unbound logs what its clients ask
    ");
}
