use super::*;
use crate::lines::check::{rows, unwrapped};

fn check(input: &str) -> String {
    rows(|options| Ok(reader(unwrapped(input), options)))
}

#[test]
fn our_own_form_is_read_in_any_order_of_columns() {
    insta::assert_snapshot!(check(
        "start,end,src,src_port,dst,dst_port,proto,packets,bytes,state\n\
         2016-07-20T10:55:33Z,2016-07-20T10:55:34.5Z,192.0.2.1,40000,198.51.100.25,25,tcp,12,3400,ESTABLISHED\n\
         2016-07-20T10:55:33Z,,192.0.2.1,40001,198.51.100.25,25,tcp,1,60,SYN_SENT\n\
         dst,src,start\n\
         2001:db8::1,2001:db8::2,1469012133.25\n\
         2001:db8::1,2001:db8::2\n\
         2001:db8::1,nobody,1469012133\n"
    ), @r#"
    line 2 2016-07-20T10:55:33Z .. 2016-07-20T10:55:34.5Z tcp 192.0.2.1#40000 > 198.51.100.25#25 packets=12 bytes=3400 state="ESTABLISHED" established=Some(true)
    line 3 2016-07-20T10:55:33Z .. - tcp 192.0.2.1#40001 > 198.51.100.25#25 packets=1 bytes=60 state="SYN_SENT" established=Some(false)
    line 5 2016-07-20T10:55:33.25Z .. -  2001:db8::2#- > 2001:db8::1#- packets=- bytes=- state="" established=None
    in 5 paired 0 duplicates 0
    rejected 1 bad source address, first line 7
    rejected 1 too few fields, first line 6
    unrelated 2 header line, first line 1
    assumed time stamps resolve 1s
    "#);
}

#[test]
fn nfdump_is_read_with_its_summary() {
    insta::assert_snapshot!(check(
        "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt\n\
         2016-07-20 10:55:33,2016-07-20 10:55:36,3.012,192.0.2.1,198.51.100.25,40000,25,TCP,...AP.SF,0,0,11,1840,9,1000\n\
         2016-07-20 10:55:33,2016-07-20 10:55:33,0.000,192.0.2.1,198.51.100.26,40000,25,TCP,......S.,0,0,1,60,0,0\n\
         2016-07-20 10:55:33,2016-07-20 10:55:33,0.000,192.0.2.1,198.51.100.26,0,8.0,ICMP,........,0,0,1,84,0,0\n\
         Summary\n\
         flows,bytes,packets,avg_bps,avg_pps,avg_bpp\n\
         3,2984,22,1234,5,93\n"
    ), @r#"
    line 2 2016-07-20T10:55:33Z .. 2016-07-20T10:55:36Z tcp 192.0.2.1#40000 > 198.51.100.25#25 packets=20 bytes=2840 state="" established=Some(true)
    line 3 2016-07-20T10:55:33Z .. 2016-07-20T10:55:33Z tcp 192.0.2.1#40000 > 198.51.100.26#25 packets=1 bytes=60 state="" established=Some(false)
    line 4 2016-07-20T10:55:33Z .. 2016-07-20T10:55:33Z icmp 192.0.2.1#0 > 198.51.100.26#2048 packets=1 bytes=84 state="" established=None
    in 3 paired 0 duplicates 0
    unrelated 1 header line, first line 1
    unrelated 3 summary, first line 5
    assumed stamps that name no zone are taken as UTC
    assumed time stamps resolve 1s
    "#);
}

#[test]
fn without_a_header_nothing_is_guessed() {
    insta::assert_snapshot!(check("2016-07-20T10:55:33Z,192.0.2.1,198.51.100.25\n"), @"
    in 1 paired 0 duplicates 0
    rejected 1 no header that names the columns, first line 1
    ");
}
