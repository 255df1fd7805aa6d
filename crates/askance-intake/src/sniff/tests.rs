use super::*;

#[track_caller]
fn check(text: &str, expected: Option<Format>) {
    assert_eq!(of(text.as_bytes()), expected, "{text}");
    let crlf = format!("\u{feff}{}", text.replace('\n', "\r\n"));
    assert_eq!(of(crlf.as_bytes()), expected, "with a byte order mark and CRLF: {text}");
    if !text.starts_with('#') {
        let junk = format!("junk\nmore junk [1] {{\n\n{text}");
        assert_eq!(of(junk.as_bytes()), expected, "after junk: {text}");
    }
}

#[test]
fn captures() {
    assert_eq!(of(b"\xd4\xc3\xb2\xa1\x02\x00"), Some(Format::Pcap));
    assert_eq!(of(b"\xa1\xb2\xc3\xd4\x00\x02"), Some(Format::Pcap));
    assert_eq!(of(b"\x4d\x3c\xb2\xa1"), Some(Format::Pcap));
    assert_eq!(of(b"\xa1\xb2\x3c\x4d"), Some(Format::Pcap));
    assert_eq!(of(b"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00"), Some(Format::PcapNg));
    assert_eq!(of(b"\x0a\x0d\x0d"), None);
}

#[test]
fn resolver_logs() {
    check(
        "client @0x7f62b80115d0 192.0.2.70#55575 (docs.example): query: docs.example IN AAAA + (192.0.2.2)",
        Some(Format::BindQuery),
    );
    check("client 192.0.2.66#42811 (ipv6.example): query: ipv6.example IN A +EDC (192.0.2.2)", Some(Format::BindQuery));
    check(
        "Nov 13 10:59:46 keira named[2075772]: 19-Oct-2022 05:34:02.425 client @0x7f 192.0.2.31#3076 (example.com): query (cache) 'example.com/ANY/IN' denied",
        Some(Format::BindQuery),
    );
    check(
        "2019-10-08T11:29:05+02:00 hostfoo unbound[17265]: [17265:13] info: 127.0.0.1 www.example. A IN",
        Some(Format::Unbound),
    );
    check("[16667:e] info: 192.0.2.1 _ldap._tcp.example. SRV IN", Some(Format::Unbound));
    check("[1571234567] unbound[99:0] reply: 192.0.2.1 www.example. A IN NOERROR 0.01 0 51", Some(Format::Unbound));
    check("Aug  9 09:06:36 dnsmasq[1]: query[NULL] vaaaakawbni.example from 192.0.2.3", Some(Format::Dnsmasq));
}

#[test]
fn zeek() {
    check("#separator \\x09\n#path\tdns\n#fields\tts\tuid", Some(Format::ZeekDns));
    check("#fields\tts\tuid\tid.orig_h\tid.orig_p\tconn_state\n", Some(Format::ZeekConn));
    check("#fields\tts\tuid\tid.orig_h\tquery\n", Some(Format::ZeekDns));
    check(r#"{"ts":1.0,"id.orig_h":"192.0.2.1","query":"www.example","qtype":1}"#, Some(Format::ZeekDns));
    check(r#"{"ts":1.0,"id_orig_h":"192.0.2.1","conn_state":"SF"}"#, Some(Format::ZeekConn));
    check(r#"{"ts":1.0,"query":"www.example"}"#, None);
}

#[test]
fn flows() {
    check("start,src,dst,proto\n1,192.0.2.1,192.0.2.2,tcp", Some(Format::FlowCsv));
    check("ts,te,td,sa,da,sp,dp,pr,flg", Some(Format::FlowCsv));
    check("\"Start\", \"Src_IP\",\"Dst_IP\"", Some(Format::FlowCsv));
    check("client,src,dst", None);
    check("2016-07-20T10:55:33.000Z|name|client", None);
}

#[test]
fn mail_logs() {
    check("May 11 04:02:37 host1 postfix/smtpd[26897]: connect from unknown[192.0.2.1]", Some(Format::Postfix));
    check("1999-03-02 09:44:33 no host name found for IP address 192.0.2.2", Some(Format::Exim));
    check(
        "2022-06-29 13:54:29.123 [77] H=(smtpclient.test) [192.0.2.14]:17125 F=<info@example> rejected RCPT",
        Some(Format::Exim),
    );
    check(
        "May 11 04:02:37 host1 smtpd[77]: 5a1c7b2e9f0d3c41 smtp connected address=192.0.2.7 host=mail.example",
        Some(Format::OpenSmtpd),
    );
    check("May 11 04:02:37 host1 sendmail[77]: w4B22bXX000077: from=<a@example>, size=1", Some(Format::Sendmail));
    check("May 11 04:02:37 host1 sm-mta[77]: ruleset=check_relay", Some(Format::Sendmail));
}

#[test]
fn most_lines_decide() {
    let mixed = "May 11 04:02:37 h postfix/smtpd[1]: connect from a[192.0.2.1]\n\
                 May 11 04:02:38 h dnsmasq[2]: query[A] a.example from 192.0.2.1\n\
                 May 11 04:02:39 h dnsmasq[2]: forwarded a.example to 192.0.2.2\n";
    check(mixed, Some(Format::Dnsmasq));
    check("just words\nand more of them\n", None);
    check("", None);
}
