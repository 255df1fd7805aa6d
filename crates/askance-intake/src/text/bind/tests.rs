use crate::lines::check::{options, rows, rows_with, unwrapped};
use crate::{Format, Options};

fn check(input: &str) -> String {
    rows(|options| Ok(crate::text::reader(unwrapped(input), Format::BindQuery, options)))
}

#[test]
fn every_time_form_is_read() {
    let message =
        "client @0x7f91b8005490 127.0.0.1#62536 (www.example.com): query: www.example.com IN AAAA +E(0)K (127.0.0.1)";
    let heads = [
        "01-Mar-2016 16:00:00.123 ",
        "01-Mar-2016 16:00:00.123 queries: info: ",
        "2016-03-01T16:00:00.123 queries: info: ",
        "2016-03-01T16:00:00.123Z info: ",
        "2016-03-01T16:00:00.123+0200 ",
        "Mar  1 16:00:00 ns1 named[2075772]: ",
        "Mar  1 16:00:00 ns1 named[2075772]: 01-Mar-2016 16:00:00.123 queries: info: ",
        "2016-03-01T16:00:00+02:00 ns1 named[2075772]: 01-Mar-2016 16:00:00.123 ",
        "<30>1 2016-03-01T16:00:00Z ns1 named 123 - - ",
        "queries: info: ",
        "",
    ];
    let input = heads.map(|head| format!("{head}{message}\n")).concat();
    insta::assert_snapshot!(check(&input), @"
    line 1 2016-03-01T16:00:00.123Z resolver-client 127.0.0.1#62536 > 127.0.0.1 www.example.com IN AAAA query - [rd edns cookie] udp
    line 2 2016-03-01T16:00:00.123Z resolver-client 127.0.0.1#62536 > 127.0.0.1 www.example.com IN AAAA query - [rd edns cookie] udp
    line 3 2016-03-01T16:00:00.123Z resolver-client 127.0.0.1#62536 > 127.0.0.1 www.example.com IN AAAA query - [rd edns cookie] udp
    line 4 2016-03-01T16:00:00.123Z resolver-client 127.0.0.1#62536 > 127.0.0.1 www.example.com IN AAAA query - [rd edns cookie] udp
    line 5 2016-03-01T14:00:00.123Z resolver-client 127.0.0.1#62536 > 127.0.0.1 www.example.com IN AAAA query - [rd edns cookie] udp
    line 6 2016-03-01T16:00:00Z resolver-client 127.0.0.1#62536 > 127.0.0.1 www.example.com IN AAAA query - [rd edns cookie] udp
    line 7 2016-03-01T16:00:00.123Z resolver-client 127.0.0.1#62536 > 127.0.0.1 www.example.com IN AAAA query - [rd edns cookie] udp
    line 8 2016-03-01T14:00:00.123Z resolver-client 127.0.0.1#62536 > 127.0.0.1 www.example.com IN AAAA query - [rd edns cookie] udp
    line 9 2016-03-01T16:00:00Z resolver-client 127.0.0.1#62536 > 127.0.0.1 www.example.com IN AAAA query - [rd edns cookie] udp
    in 11 paired 0 duplicates 0
    rejected 2 no time stamp, first line 10
    assumed stamps that name no zone are taken as UTC
    assumed stamps that name no year are of 2016
    assumed time stamps resolve 1s
    assumed the vantage is told from RD: a query that desires recursion was asked of a resolver, any other of an authoritative server
    ");
}

#[test]
fn every_part_of_a_query_line_is_read() {
    insta::assert_snapshot!(check(r"
19-Oct-2022 05:34:02.425 client @0x7f62b80115d0 192.168.101.70#55575 (docs.sekoia.io): query: docs.sekoia.io IN AAAA + (192.168.100.102)
19-Oct-2022 05:34:02.425 client 192.168.103.66#42811 (ipv6.google.com): query: ipv6.google.com IN A +EDC (192.168.100.102)
19-Oct-2022 05:34:02.425 client 192.168.101.70#55575 (docs.sekoia.io): query: docs.sekoia.io IN AAAA +ET (192.168.100.102)
19-Oct-2022 05:34:02.425 client 192.0.2.1#1: query: example.com IN A +
19-Oct-2022 05:34:02.425 client 192.0.2.1#1: view internal: query: example.com IN A -SE(0)V (192.0.2.53#53) [ECS 198.51.100.0/24/0]
19-Oct-2022 05:34:02.425 client @0x1 2001:db8::1#5353/key tsig.example (a\032b\.c.example): view x y: query: a\032b\.c.example CH TYPE65280 -T (2001:db8::53)
19-Oct-2022 05:34:02.425 client @0x1 fe80::1%eth0#5353/key tsig.example: query: . IN NS +E(0)DCK (fe80::2%eth0#53)
19-Oct-2022 05:34:02.425 client @0x1 192.0.2.1#1 (a:b).example): query: a:b).example IN HTTPS +E(0) (192.0.2.53)
"), @r"
    line 2 2022-10-19T05:34:02.425Z resolver-client 192.168.101.70#55575 > 192.168.100.102 docs.sekoia.io IN AAAA query - [rd] udp
    line 3 2022-10-19T05:34:02.425Z resolver-client 192.168.103.66#42811 > 192.168.100.102 ipv6.google.com IN A query - [rd cd do edns] udp
    line 4 2022-10-19T05:34:02.425Z resolver-client 192.168.101.70#55575 > 192.168.100.102 docs.sekoia.io IN AAAA query - [rd edns] tcp
    line 5 2022-10-19T05:34:02.425Z resolver-client 192.0.2.1#1 > - example.com IN A query - [rd] udp
    line 6 2022-10-19T05:34:02.425Z authoritative 192.0.2.1#1 > 192.0.2.53 example.com IN A query - [edns cookie signed ecs] udp
    line 7 2022-10-19T05:34:02.425Z authoritative 2001:db8::1#5353 > 2001:db8::53 a\032b\.c.example CH TYPE65280 query - [signed] tcp
    line 8 2022-10-19T05:34:02.425Z resolver-client fe80::1#5353 > fe80::2 . IN NS query - [rd cd do edns cookie signed] udp
    line 9 2022-10-19T05:34:02.425Z resolver-client 192.0.2.1#1 > 192.0.2.53 a:b).example IN HTTPS query - [rd edns] udp
    in 8 paired 0 duplicates 0
    unrelated 1 empty line, first line 1
    assumed stamps that name no zone are taken as UTC
    assumed time stamps resolve 1ms
    assumed the vantage is told from RD: a query that desires recursion was asked of a resolver, any other of an authoritative server
    ");
}

#[test]
fn answers_and_refusals_join_their_query() {
    insta::assert_snapshot!(check(r"
19-Oct-2022 05:34:02.425 client @0x1 192.0.2.1#3076 (example.com): query: example.com IN A +E(0)K (192.0.2.53)
19-Oct-2022 05:34:02.435 client @0x1 192.0.2.1#3076 (example.com): response: example.com IN A NOERROR 1 0 1 +E(0)K (192.0.2.53)
19-Oct-2022 05:34:03.000 client @0x1 192.0.2.1#3077 (example.net): query: example.net IN A +E(0)K (192.0.2.53)
19-Oct-2022 05:34:03.100 client @0x1 192.0.2.1#3077 (example.net): query failed (SERVFAIL) for example.net/IN/A at query.c:7177
19-Oct-2022 05:34:03.200 client @0x1 192.0.2.1#3077 (example.net): query: example.net IN A +E(0)K (192.0.2.53)
19-Oct-2022 05:34:03.300 client @0x1 192.0.2.1#3077 (example.net): query failed (zone not loaded) for example.net/IN/A at query.c:5713
19-Oct-2022 05:34:04.000 client @0x1 192.0.2.1#3078 (example.org): response: example.org IN A NXDOMAIN 0 1 1 -E(0) (192.0.2.53)
19-Oct-2022 05:34:02.425 client @0x7f65100ee4d8 192.168.1.1#3076 (example.com): query (cache) 'example.com/ANY/IN' denied
06-Feb-2025 10:32:43.895 security: info: client @0x7fcb602f4168 192.168.1.1#44717 (wr_test): query (cache) 'wr_test/A/IN' denied (allow-query-cache did not match)
Nov 13 10:59:46 keira named[2075772]: 19-Oct-2022 05:34:02.425 client @0x7f65100ee4d8 104.219.136.31#3076 (example.com): query (cache) 'example.com/ANY/IN' denied
06-Feb-2025 10:32:43.895 queries: info: client @0x1 192.0.2.1#44717 (x.example): query: x.example IN A + (192.0.2.53)
06-Feb-2025 10:32:43.896 security: info: client @0x1 192.0.2.1#44717 (x.example): query (cache) 'x.example/A/IN' denied (allow-query-cache did not match)
06-Feb-2025 10:32:43.897 query-errors: info: client @0x1 192.0.2.1#44717 (x.example): query failed (REFUSED) for x.example/IN/A at query.c:5713
"), @"
    line 2 2022-10-19T05:34:02.425Z resolver-client 192.0.2.1#3076 > 192.0.2.53 example.com IN A both NOERROR [rd edns cookie] udp rtt=10000us
    line 8 2022-10-19T05:34:04Z authoritative 192.0.2.1#3078 > 192.0.2.53 example.org IN A response NXDOMAIN [edns] udp
    line 9 2022-10-19T05:34:02.425Z resolver-client 192.168.1.1#3076 > - example.com IN ANY both REFUSED [-] -
    line 10 2025-02-06T10:32:43.895Z resolver-client 192.168.1.1#44717 > - wr_test IN A both REFUSED [-] -
    line 4 2022-10-19T05:34:03Z resolver-client 192.0.2.1#3077 > 192.0.2.53 example.net IN A both SERVFAIL [rd edns cookie] udp
    line 6 2022-10-19T05:34:03.2Z resolver-client 192.0.2.1#3077 > 192.0.2.53 example.net IN A both - [rd edns cookie] udp
    line 11 2022-10-19T05:34:02.425Z resolver-client 104.219.136.31#3076 > - example.com IN ANY both REFUSED [-] -
    line 12 2025-02-06T10:32:43.895Z resolver-client 192.0.2.1#44717 > 192.0.2.53 x.example IN A both REFUSED [rd] udp
    in 13 paired 5 duplicates 0
    unrelated 1 empty line, first line 1
    assumed stamps that name no zone are taken as UTC
    assumed time stamps resolve 1ms
    assumed the vantage is told from RD: a query that desires recursion was asked of a resolver, any other of an authoritative server
    ");
}

#[test]
fn relatives_of_bind_are_read() {
    insta::assert_snapshot!(check(r"
28-Nov-2024 15:26:27.498 client 1.2.3.4#36615: UDP: query: PD2LORA2.enim.l2 IN A response: NOERROR +A test.dev. 3600 IN A 10.56.12.201;
28-Nov-2024 15:26:28.498 client 1.2.3.4#36615: UDP: query: x.example IN A response: NXDOMAIN +
28-Nov-2024 15:26:29.498 client 192.0.2.1#5: query: x.example IN A +EDC (192.0.2.53)
28-Nov-2024 15:26:29.598 client 192.0.2.1#5: answer: x.example IN A +EDC (192.0.2.53) -> NOERROR x.example. 300 IN A 192.0.2.7
28-Nov-2024 15:26:29.598 rpz: info: client @0x1 192.0.2.1#5 (x.example): rpz QNAME NXDOMAIN rewrite x.example/A/IN via x.example.rpz.local
"), @"
    line 2 2024-11-28T15:26:27.498Z resolver-client 1.2.3.4#36615 > - PD2LORA2.enim.l2 IN A response NOERROR [aa rd] udp ttl=3600s = test.dev 3600 A 10.56.12.201
    line 3 2024-11-28T15:26:28.498Z resolver-client 1.2.3.4#36615 > - x.example IN A response NXDOMAIN [rd] udp = 
    line 4 2024-11-28T15:26:29.498Z resolver-client 192.0.2.1#5 > 192.0.2.53 x.example IN A both NOERROR [rd cd do edns] udp rtt=100000us ttl=300s = @ 300 A 192.0.2.7
    in 4 paired 1 duplicates 0
    unrelated 1 client message of another kind, first line 6
    unrelated 1 empty line, first line 1
    assumed stamps that name no zone are taken as UTC
    assumed time stamps resolve 1ms
    assumed the vantage is told from RD: a query that desires recursion was asked of a resolver, any other of an authoritative server
    ");
}

#[test]
fn what_is_no_query_is_told() {
    insta::assert_snapshot!(check(r"
19-Oct-2022 05:34:02.425 general: notice: running
general: notice: running
19-Oct-2022 05:34:02.425 resolver: info: timed out resolving 'x.example/A/IN': 192.0.2.1#53
19-Oct-2022 05:34:02.425 client @0x1 192.0.2.1#1 (x.example): transfer of 'x.example/IN': AXFR started
19-Oct-2022 05:34:02.425 query: example.com IN A + (192.0.2.53)
19-Oct-2022 05:34:02.425 client @0x1 192.0.2.1#1 (x.example): query: x.example IN
19-Oct-2022 05:34:02.425 client @0x1 192.0.2.1#1 (x.example): query: x.example IN NOTYPE + (192.0.2.53)
19-Oct-2022 05:34:02.425 client @0x1 192.0.2.1#1 (x.example): query: x.example XX A + (192.0.2.53)
19-Oct-2022 05:34:02.425 client @0x1 192.0.2.1#1 (x.example): query: x.example IN A ?? (192.0.2.53)
19-Oct-2022 05:34:02.425 client @0x1 192.0.2.1#1 (x.example): query: x.example IN A + (ns1)
19-Oct-2022 05:34:02.425 client @0x1 192.0.2.1#1 (x..example): query: x..example IN A + (192.0.2.53)
31-Feb-2022 05:34:02.425 client @0x1 192.0.2.1#1 (x.example): query: x.example IN A + (192.0.2.53)
complete nonsense
"), @"
    in 9 paired 0 duplicates 0
    rejected 1 bad flags, first line 10
    rejected 1 bad server address, first line 11
    rejected 1 name with an empty label, first line 12
    rejected 1 no client before the query, first line 6
    rejected 1 no such date or time, first line 13
    rejected 1 not a BIND log line, first line 14
    rejected 1 query cut short, first line 7
    rejected 1 unknown query class, first line 9
    rejected 1 unknown query type, first line 8
    unrelated 1 client message of another kind, first line 5
    unrelated 1 empty line, first line 1
    unrelated 3 line of another category, first line 2
    assumed stamps that name no zone are taken as UTC
    assumed time stamps resolve 1ms
    ");
}

#[test]
fn a_year_is_needed_where_none_is_written() {
    let line = "Nov 13 10:59:46 keira named[1]: client 192.0.2.1#1: query: example.com IN A +\n";
    let opened = |options: &Options| Ok(crate::text::reader(unwrapped(line), Format::BindQuery, options));
    insta::assert_snapshot!(rows_with(&Options { year: None, ..options() }, opened), @"
    error: the stamps name no year (line 1 (byte 0))
    in 0 paired 0 duplicates 0
    ");
}
