use super::*;
use crate::lines::check::{rows, unwrapped};

fn check(format: Format, input: &str) -> String {
    rows(|options| Ok(reader(unwrapped(input), format, options)))
}

const HEADER: &str = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n\
#open\t2016-07-20-10-00-00\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\trtt\tquery\tqclass\tqclass_name\tqtype\tqtype_name\trcode\trcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected\n";

#[test]
fn dns_tsv_is_read() {
    let input = format!(
        "{HEADER}\
1521911721.255387\tC1\t192.0.2.1\t58304\t192.0.2.53\t53\tudp\t57398\t0.000131\tMail1.Hotel-Brand.example\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tT\t0\tmx.example,198.51.100.25\t300.000000,60.000000\tF\n\
1521911721.255388\tC1\t192.0.2.1\t58304\t192.0.2.53\t53\tudp\t57398\t0.000131\tmail1.hotel-brand.example\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tT\t0\tmx.example,198.51.100.25\t300.000000,60.000000\tF\n\
1521911722.0\tC2\t2001:db8::1\t58304\t2001:db8::53\t53\ttcp\t1\t-\tx.example\t1\tC_INTERNET\t255\t*\t-\t-\tF\tF\tF\tF\t0\t-\t-\tF\n\
1521911723.0\tC3\t192.0.2.1\t58304\t192.0.2.53\t53\tudp\t2\t-\ta\\x09b\\\\c.example\t1\tC_INTERNET\t16\tTXT\t3\tNXDOMAIN\tT\tT\tF\tF\t0\tTXT 18 v=spf1\\x2c -all\t5.0\tF\n\
1521911724.0\tC4\t192.0.2.1\t58304\t192.0.2.53\t53\tudp\t2\t-\t(empty)\t1\tC_INTERNET\t2\tNS\t5\tREFUSED\tF\tF\tT\tF\t0\t-\t-\tT\n\
1521911725.0\tC5\t192.0.2.1\t58304\t192.0.2.53\t53\tudp\t2\t-\t-\t-\t-\t-\t-\t0\tNOERROR\tF\tF\tF\tT\t0\t198.51.100.25\t60.0\tF\n\
1521911725.0\tC5\t192.0.2.1\n\
#close\t2016-07-20-11-00-00\n\
#fields\tquery\tts\tqtype_name\n\
other.example\t1521911726.5\tAAAA\n\
#path\thttp\n\
some\trow\n"
    );
    insta::assert_snapshot!(check(Format::ZeekDns, &input), @r#"
    line 8 2018-03-24T17:15:21.255387Z resolver-client 192.0.2.1#58304 > 192.0.2.53 Mail1.Hotel-Brand.example IN A both NOERROR [rd ra] udp id=57398 rtt=131us ttl=60s = @ 300 - mx.example; @ 60 A 198.51.100.25
    line 9 2018-03-24T17:15:21.255388Z resolver-client 192.0.2.1#58304 > 192.0.2.53 mail1.hotel-brand.example IN A both NOERROR [rd ra] udp id=57398 rtt=131us ttl=60s = @ 300 - mx.example; @ 60 A 198.51.100.25
    line 10 2018-03-24T17:15:22Z authoritative 2001:db8::1#58304 > 2001:db8::53 x.example IN ANY query - [] tcp id=1
    line 11 2018-03-24T17:15:23Z authoritative 192.0.2.1#58304 > 192.0.2.53 a\009b\\c.example IN TXT response NXDOMAIN [aa tc] udp id=2 ttl=5s = @ 5 TXT "v=spf1, -all"
    line 12 2018-03-24T17:15:24Z resolver-client 192.0.2.1#58304 > 192.0.2.53 . IN NS response REFUSED [rd] udp id=2 = 
    line 17 2018-03-24T17:15:26.5Z resolver-client - > - other.example - AAAA query - [-] -
    in 8 paired 0 duplicates 1
    rejected 1 row without a query name, first line 13
    rejected 1 too few fields, first line 14
    unrelated 10 header or footer, first line 1
    unrelated 1 row of another log, first line 19
    assumed the vantage is told from RD: a query that desires recursion was seen before its resolver, any other before an authoritative server
    "#);
}

#[test]
fn dns_json_is_read() {
    insta::assert_snapshot!(check(Format::ZeekDns, r#"{"ts":1521911721.255387,"uid":"C1","id.orig_h":"192.0.2.1","id.orig_p":58304,"id.resp_h":"192.0.2.53","id.resp_p":53,"proto":"udp","trans_id":57398,"rtt":0.000131,"query":"Mail1.Hotel-Brand.example","qclass":1,"qtype":1,"rcode":0,"AA":false,"TC":false,"RD":true,"RA":true,"Z":0,"answers":["mx.example","198.51.100.25"],"TTLs":[300.0,60.0],"rejected":false}
{"_path":"dns","_write_ts":"2018-03-24T17:15:21.0Z","ts":"2018-03-24T17:15:20.865716Z","uid":"C2","id_orig_h":"192.0.2.1","id_orig_p":58304,"id_resp_h":"192.0.2.53","proto":"udp","trans_id":2,"query":"x\"y.example","qtype_name":"AAAA"}
{"ts":1521911722,"uid":"C3","id":{"orig_h":"2001:db8::1","orig_p":1,"resp_h":"2001:db8::53","resp_p":53},"query":"z.example","qtype":28,"answers":[],"extra":{"a":[1]}}
{"preview":false,"result":{"_raw":"{\"ts\":1521911723.5,\"uid\":\"C4\",\"query\":\"n.example\",\"qtype\":15}"}}
{"ts":1521911724.5,"query":"cut.exam
{"ts":1521911724.5,"query":"bad.example","trans_id":"x"}
{"ts":1521911724.5}
{"query":"x.example"}
{"result":{"_raw":"1521911724.5\tx"}}
row
"#), @r#"
    line 1 2018-03-24T17:15:21.255387Z resolver-client 192.0.2.1#58304 > 192.0.2.53 Mail1.Hotel-Brand.example IN A both NOERROR [rd ra] udp id=57398 rtt=131us ttl=60s = @ 300 - mx.example; @ 60 A 198.51.100.25
    line 2 2018-03-24T17:15:20.865716Z resolver-client 192.0.2.1#58304 > 192.0.2.53 x"y.example - AAAA query - [-] udp id=2
    line 3 2018-03-24T17:15:22Z resolver-client 2001:db8::1#1 > 2001:db8::53 z.example - AAAA query - [-] - = 
    line 4 2018-03-24T17:15:23.5Z resolver-client - > - n.example - MX query - [-] -
    in 10 paired 0 duplicates 0
    rejected 1 bad message identifier, first line 6
    rejected 1 damaged JSON, first line 5
    rejected 1 no time stamp, first line 8
    rejected 2 row before any #fields, first line 9
    rejected 1 row without a query name, first line 7
    assumed the vantage is told from RD: a query that desires recursion was seen before its resolver, any other before an authoritative server
    "#);
}

#[test]
fn conn_is_read() {
    insta::assert_snapshot!(check(Format::ZeekConn, "#separator \\x09\n#unset_field\t-\n#path\tconn\n\
#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\n\
1521911721.255387\tC1\t192.0.2.1\t40000\t198.51.100.25\t25\ttcp\tsmtp\t1.5\t100\t200\tSF\t10\t500\t9\t560\n\
1521911721.255387\tC2\t192.0.2.1\t40000\t198.51.100.25\t25\ttcp\t-\t-\t-\t-\tS0\t1\t60\t0\t0\n\
1521911721.255387\tC3\t192.0.2.1\t40000\t198.51.100.25\t53\tudp\tdns\t0.1\t30\t60\tSF\t1\t58\t1\t88\n\
{\"ts\":1521911721.5,\"id.orig_h\":\"192.0.2.1\",\"id.resp_h\":\"198.51.100.25\",\"id.resp_p\":25,\"proto\":\"tcp\",\"conn_state\":\"REJ\",\"orig_bytes\":1}\n\
1521911721.255387\tC3\tnobody\t40000\t198.51.100.25\t53\tudp\tdns\t0.1\t30\t60\tSF\t1\t58\t1\t88\n"), @r#"
    line 5 2018-03-24T17:15:21.255387Z .. 2018-03-24T17:15:22.755387Z tcp 192.0.2.1#40000 > 198.51.100.25#25 packets=19 bytes=1060 state="SF" established=Some(true)
    line 6 2018-03-24T17:15:21.255387Z .. - tcp 192.0.2.1#40000 > 198.51.100.25#25 packets=1 bytes=60 state="S0" established=Some(false)
    line 7 2018-03-24T17:15:21.255387Z .. 2018-03-24T17:15:21.355387Z udp 192.0.2.1#40000 > 198.51.100.25#53 packets=2 bytes=146 state="SF" established=None
    line 8 2018-03-24T17:15:21.5Z .. - tcp 192.0.2.1#- > 198.51.100.25#25 packets=- bytes=1 state="REJ" established=Some(false)
    in 5 paired 0 duplicates 0
    rejected 1 bad source address, first line 9
    unrelated 4 header or footer, first line 1
    "#);
}
