use crate::Format;
use crate::lines::check::{rows, unwrapped};

fn check(input: &str) -> String {
    rows(|options| Ok(crate::text::reader(unwrapped(input), Format::Dnsmasq, options)))
}

#[test]
fn answers_join_their_query() {
    insta::assert_snapshot!(check(r#"
Aug  9 09:06:36 dnsmasq[1]: query[NULL] vaaaakawbni.example.attack from 172.18.0.3
Aug  9 09:06:36 dnsmasq[1]: query[NULL] <name unprintable> from 172.18.0.3
Aug  9 09:06:36 dnsmasq[1]: query[A] mail1.example from 192.0.2.1
Aug  9 09:06:36 dnsmasq[1]: forwarded mail1.example to 192.0.2.53
Aug  9 09:06:36 dnsmasq[1]: query[AAAA] mail1.example from 192.0.2.1
Aug  9 09:06:36 dnsmasq[1]: reply mail1.example is 198.51.100.25
Aug  9 09:06:36 dnsmasq[1]: reply mail1.example is 198.51.100.26
Aug  9 09:06:36 dnsmasq[1]: reply mail1.example is NODATA-IPv6
Aug  9 09:06:37 dnsmasq[1]: query[A] www.example from 192.0.2.2
Aug  9 09:06:37 dnsmasq[1]: cached www.example is <CNAME>
Aug  9 09:06:37 dnsmasq[1]: cached mail1.example is 198.51.100.25
Aug  9 09:06:38 dnsmasq[1]: query[SRV] pabax5ia.example.attack from 192.0.2.1
Aug  9 09:06:38 dnsmasq[1]: reply pabax5ia.example.attack is <SRV>
Aug  9 09:06:39 dnsmasq[1]: query[PTR] 33.139.120.45.in-addr.arpa from 192.0.2.1
Aug  9 09:06:39 dnsmasq[1]: reply 45.120.139.33 is NXDOMAIN
Aug  9 09:06:40 dnsmasq[1]: query[PTR] 25.100.51.198.in-addr.arpa from 192.0.2.1
Aug  9 09:06:40 dnsmasq[1]: reply 198.51.100.25 is mail1.example
Aug  9 09:06:41 dnsmasq[1]: query[A] ads.example from 192.0.2.1
Aug  9 09:06:41 dnsmasq[1]: gravity blocked ads.example is 0.0.0.0
Aug  9 09:06:41 dnsmasq[1]: query[type=65] a b.example from 192.0.2.1
Aug  9 09:06:41 dnsmasq[1]: auth[A] own.example from 192.0.2.1
Aug  9 09:06:42 dnsmasq[1]: query[TXT] hotel-brand.example from 192.0.2.1
Aug  9 09:06:42 dnsmasq[1]: reply hotel-brand.example is v=spf1 "this is" -all
Aug  9 09:06:43 dnsmasq[1]: query[NS] . from 192.0.2.7
Aug  9 09:06:43 dnsmasq[1]: config error is REFUSED (EDE: not ready)
"#), @r#"
    line 2 2016-08-09T09:06:36Z resolver-client 172.18.0.3 > - vaaaakawbni.example.attack IN NULL query - [-] -
    line 4 2016-08-09T09:06:36Z resolver-client 192.0.2.1 > - mail1.example IN A both NOERROR [-] - cached=false = @ - A 198.51.100.25; @ - A 198.51.100.26
    line 6 2016-08-09T09:06:36Z resolver-client 192.0.2.1 > - mail1.example IN AAAA both NOERROR [-] - cached=false = 
    line 10 2016-08-09T09:06:37Z resolver-client 192.0.2.2 > - www.example IN A both NOERROR [-] - cached=true = @ - CNAME mail1.example; mail1.example - A 198.51.100.25
    line 13 2016-08-09T09:06:38Z resolver-client 192.0.2.1 > - pabax5ia.example.attack IN SRV both NOERROR [-] - cached=false = @ - SRV 
    line 15 2016-08-09T09:06:39Z resolver-client 192.0.2.1 > - 33.139.120.45.in-addr.arpa IN PTR both NXDOMAIN [-] - cached=false = 
    line 17 2016-08-09T09:06:40Z resolver-client 192.0.2.1 > - 25.100.51.198.in-addr.arpa IN PTR both NOERROR [-] - cached=false = @ - PTR mail1.example
    line 19 2016-08-09T09:06:41Z resolver-client 192.0.2.1 > - ads.example IN A both NOERROR [-] - = @ - A 0.0.0.0
    line 21 2016-08-09T09:06:41Z resolver-client 192.0.2.1 > - a\032b.example IN HTTPS query - [-] -
    line 22 2016-08-09T09:06:41Z authoritative 192.0.2.1 > - own.example IN A query - [-] -
    line 23 2016-08-09T09:06:42Z resolver-client 192.0.2.1 > - hotel-brand.example IN TXT both NOERROR [-] - cached=false = @ - TXT "v=spf1 \"this is\" -all"
    line 25 2016-08-09T09:06:43Z resolver-client 192.0.2.7 > - . IN NS query - [-] -
    in 23 paired 10 duplicates 0
    rejected 1 name that dnsmasq did not print, first line 3
    unrelated 1 answer of no query, or of one of several, first line 26
    unrelated 1 empty line, first line 1
    unrelated 1 query forwarded upstream, first line 5
    assumed stamps that name no zone are taken as UTC
    assumed stamps that name no year are of 2016
    assumed time stamps resolve 1s
    assumed the vantage is resolver-client: dnsmasq logs what its clients ask
    "#);
}

#[test]
fn an_answer_that_fits_two_queries_is_given_to_none() {
    insta::assert_snapshot!(check(r"
Aug  9 09:06:36 dnsmasq[1]: query[A] x.example from 192.0.2.1
Aug  9 09:06:36 dnsmasq[1]: query[A] x.example from 192.0.2.2
Aug  9 09:06:36 dnsmasq[1]: reply x.example is 198.51.100.25
Aug  9 09:06:36 dnsmasq[1]: reply error is SERVFAIL
Aug  9 09:06:36 dnsmasq[1]: query[A] y.example from 192.0.2.1
Aug  9 09:06:36 dnsmasq[1]: query[AAAA] y.example from 192.0.2.1
Aug  9 09:06:36 dnsmasq[1]: reply y.example is NXDOMAIN
"), @"
    line 2 2016-08-09T09:06:36Z resolver-client 192.0.2.1 > - x.example IN A query - [-] -
    line 3 2016-08-09T09:06:36Z resolver-client 192.0.2.2 > - x.example IN A query - [-] -
    line 6 2016-08-09T09:06:36Z resolver-client 192.0.2.1 > - y.example IN A query - [-] -
    line 7 2016-08-09T09:06:36Z resolver-client 192.0.2.1 > - y.example IN AAAA query - [-] -
    in 4 paired 0 duplicates 0
    unrelated 3 answer of no query, or of one of several, first line 4
    unrelated 1 empty line, first line 1
    assumed stamps that name no zone are taken as UTC
    assumed stamps that name no year are of 2016
    assumed time stamps resolve 1s
    assumed the vantage is resolver-client: dnsmasq logs what its clients ask
    ");
}

#[test]
fn a_serial_number_ties_answers_to_queries() {
    insta::assert_snapshot!(check(r"
Aug  9 09:06:36 dnsmasq[1]: 1 192.0.2.1/4000 query[A] x.example from 192.0.2.1
Aug  9 09:06:36 dnsmasq[1]: 2 192.0.2.2/4001 query[A] x.example from 192.0.2.2
Aug  9 09:06:36 dnsmasq[1]: 2 192.0.2.2/4001 reply x.example is <CNAME>
Aug  9 09:06:36 dnsmasq[1]: 1 192.0.2.1/4000 reply error is SERVFAIL
Aug  9 09:06:36 dnsmasq[1]: 2 192.0.2.2/4001 reply y.example is 198.51.100.25
Aug  9 09:06:36 dnsmasq[1]: UDP 3 192.0.2.2/4001 query[A] x.example from 192.0.2.2
Aug  9 09:06:36 dnsmasq[1]: UDP 3 192.0.2.2/4001 cached-stale x.example is NODATA (EDE: stale answer)
Aug  9 09:06:36 dnsmasq[1]: UDP 9 192.0.2.2/4001 cached x.example is NODATA
Aug  9 09:06:36 dnsmasq[1]: 4 dnssec-query[DS] example to 192.0.2.53
"), @"
    line 2 2016-08-09T09:06:36Z resolver-client 192.0.2.1#4000 > - x.example IN A both SERVFAIL [-] - cached=false = 
    line 3 2016-08-09T09:06:36Z resolver-client 192.0.2.2#4001 > - x.example IN A both NOERROR [-] - cached=false = @ - CNAME y.example; y.example - A 198.51.100.25
    line 7 2016-08-09T09:06:36Z resolver-client 192.0.2.2#4001 > - x.example IN A both NOERROR [-] udp cached=true = 
    in 7 paired 4 duplicates 0
    unrelated 1 answer of no query, or of one of several, first line 9
    unrelated 1 empty line, first line 1
    unrelated 1 query of the validator, first line 10
    assumed stamps that name no zone are taken as UTC
    assumed stamps that name no year are of 2016
    assumed time stamps resolve 1s
    assumed the vantage is resolver-client: dnsmasq logs what its clients ask
    ");
}

#[test]
fn what_is_no_query_is_told() {
    insta::assert_snapshot!(check(r"
Aug  9 09:06:36 dnsmasq[1]: started, version 2.90 cachesize 150
Aug  9 09:06:36 dnsmasq-dhcp[1]: DHCPACK(eth0) 192.0.2.1 00:00:5e:00:53:01 host
Aug  9 09:06:36 dnsmasq[1]: validation x.example is INSECURE
Aug  9 09:06:36 dnsmasq[1]: query[A] x.example
Aug  9 09:06:36 dnsmasq[1]: query[WHAT] x.example from 192.0.2.1
Aug  9 09:06:36 dnsmasq[1]: query[A] x..example from 192.0.2.1
Aug  9 09:06:36 dnsmasq[1]: query[A] x.example from somebody
dnsmasq[1]: query[A] x.example from 192.0.2.1
nonsense
"), @"
    in 6 paired 0 duplicates 0
    rejected 1 bad client address, first line 8
    rejected 1 name with an empty label, first line 7
    rejected 1 no time stamp, first line 9
    rejected 1 not a dnsmasq log line, first line 10
    rejected 1 query cut short, first line 5
    rejected 1 unknown query type, first line 6
    unrelated 1 empty line, first line 1
    unrelated 1 line of another program, first line 3
    unrelated 1 message of another kind, first line 2
    unrelated 1 outcome of validation, first line 4
    ");
}
