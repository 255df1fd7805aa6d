//! Each format as its producer writes it.

use super::*;

fn check(format: RecordFormat) -> String {
    let mut tap = tap(format);
    tap.at.push(ip("2001:db8::53"));
    written(tap, &check_of_a_sender())
}

#[test]
fn bind_query_log() {
    insta::assert_snapshot!(check(RecordFormat::BindQueryLog), @r"
    01-Mar-2016 16:00:01.508 client @0x7fe459323098 192.0.2.10#41234 (25.100.51.198.in-addr.arpa): query: 25.100.51.198.in-addr.arpa IN PTR +E(0) (192.0.2.53)
    01-Mar-2016 16:00:02.008 client @0x7fe459323098 192.0.2.10#41235 (Mail1.Hotel-Brand.example): query: Mail1.Hotel-Brand.example IN A +E(0)DC (192.0.2.53)
    01-Mar-2016 16:00:03.008 client @0x7fe459323098 2001:db8::10#5353 (a\(b\.c\032d.example): query: a\(b\.c\032d.example IN TXT - (2001:db8::53)
    01-Mar-2016 16:00:04.008 client @0x7fe459323098 192.0.2.10#41234 (.): query: . IN NS +E(0)T (192.0.2.53)
    01-Mar-2016 16:00:05.008 client @0x7fe459323098 192.0.2.10#41234 (lost.example): query: lost.example IN A +E(0) (192.0.2.53)
    ");
}

#[test]
fn unbound_log() {
    insta::assert_snapshot!(check(RecordFormat::UnboundLog), @"
    [1456848001] unbound[28971:0] info: 192.0.2.10 25.100.51.198.in-addr.arpa. PTR IN
    [1456848001] unbound[28971:0] info: 192.0.2.10 25.100.51.198.in-addr.arpa. PTR IN NOERROR 0.044027 0 94
    [1456848002] unbound[28971:0] info: 192.0.2.10 Mail1.Hotel-Brand.example. A IN
    [1456848002] unbound[28971:0] info: 192.0.2.10 Mail1.Hotel-Brand.example. A IN NXDOMAIN 0.000000 1 54
    [1456848003] unbound[28971:0] info: 2001:db8::10 a?b?c?d.example. TXT IN
    [1456848003] unbound[28971:0] info: 2001:db8::10 a?b?c?d.example. TXT IN NOERROR 0.000000 1 73
    [1456848004] unbound[28971:0] info: 192.0.2.10 . NS IN
    [1456848004] unbound[28971:0] info: 192.0.2.10 . NS IN NOERROR 0.000000 1 52
    [1456848005] unbound[28971:0] info: 192.0.2.10 lost.example. A IN
    ");
}

#[test]
fn unbound_shows_no_question_of_what_it_could_not_read() {
    let mut look = look(0, "192.0.2.10:4000", 1, "a.example", RrType::A, vec![]);
    look.response = Some((Message { question: None, ..look.query.response(Rcode::FORMERR) }, 0));
    let text = written(tap(RecordFormat::UnboundLog), &[look]);
    assert!(text.ends_with(" info: 192.0.2.10 - - - FORMERR - - -\n"), "{text}");
    let rows = read(text.as_bytes(), &tap(RecordFormat::UnboundLog));
    assert_eq!((rows.lookups.len(), rows.ledger.rejected_count()), (1, 1));
}

#[test]
fn zeek_dns_log() {
    insta::assert_snapshot!(check(RecordFormat::ZeekDns), @r"
    #separator \x09
    #set_separator	,
    #empty_field	(empty)
    #unset_field	-
    #path	dns
    #open	2016-03-01-16-00-01
    #fields	ts	uid	id.orig_h	id.orig_p	id.resp_h	id.resp_p	proto	trans_id	rtt	query	qclass	qclass_name	qtype	qtype_name	rcode	rcode_name	AA	TC	RD	RA	Z	answers	TTLs	rejected
    #types	time	string	addr	port	addr	port	enum	count	interval	string	count	string	count	string	count	string	bool	bool	bool	bool	count	vector[string]	vector[interval]	bool
    1456848001.508000	CpMpcvXGnTvkAgeCSL	192.0.2.10	41234	192.0.2.53	53	udp	1	0.044027	25.100.51.198.in-addr.arpa	1	C_INTERNET	12	PTR	0	NOERROR	F	F	T	T	0	mail1.hotel-brand.example	300.000000	F
    1456848002.008000	C1skoagTlNpmZHFSiY	192.0.2.10	41235	192.0.2.53	53	udp	2	0.000000	mail1.hotel-brand.example	1	C_INTERNET	1	A	3	NXDOMAIN	F	F	T	T	0	-	-	F
    1456848003.008000	Cm3g9BAJb9Jdd8hyd1	2001:db8::10	5353	2001:db8::53	53	udp	3	0.000000	a(b.c d.example	1	C_INTERNET	16	TXT	0	NOERROR	F	F	T	T	0	TXT 12 v=spf1\x2c -all TXT 3 two	300.000000	F
    1456848004.008000	CLEgNQoRXSQBaDHLIJ	192.0.2.10	41234	192.0.2.53	53	tcp	4	0.000000	(empty)	1	C_INTERNET	2	NS	0	NOERROR	F	F	T	T	0	ns1.example	300.000000	F
    1456848005.008000	CpMpcvXGnTvkAgeCSL	192.0.2.10	41234	192.0.2.53	53	udp	5	-	lost.example	1	C_INTERNET	1	A	-	-	F	F	T	F	0	-	-	F
    #close	2016-03-01-16-00-15
    ");
}

#[test]
fn zeek_conn_log() {
    insta::assert_snapshot!(check(RecordFormat::ZeekConn), @r"
    #separator \x09
    #set_separator	,
    #empty_field	(empty)
    #unset_field	-
    #path	conn
    #open	2016-03-01-16-00-04
    #fields	ts	uid	id.orig_h	id.orig_p	id.resp_h	id.resp_p	proto	service	duration	orig_bytes	resp_bytes	conn_state	local_orig	local_resp	missed_bytes	history	orig_pkts	orig_ip_bytes	resp_pkts	resp_ip_bytes	tunnel_parents
    #types	time	string	addr	port	addr	port	enum	string	interval	count	count	string	bool	bool	count	string	count	count	count	count	set[string]
    1456848003.992000	CLEgNQoRXSQBaDHLIJ	192.0.2.10	41234	192.0.2.53	53	tcp	dns	0.048000	30	54	SF	-	-	0	ShADadFf	7	314	5	258	-
    1456848002.008000	C1skoagTlNpmZHFSiY	192.0.2.10	41235	192.0.2.53	53	udp	dns	0.000000	54	54	SF	-	-	0	Dd	1	82	1	82	-
    1456848003.008000	Cm3g9BAJb9Jdd8hyd1	2001:db8::10	5353	2001:db8::53	53	udp	dns	0.000000	33	73	SF	-	-	0	Dd	1	81	1	121	-
    1456848001.508000	CpMpcvXGnTvkAgeCSL	192.0.2.10	41234	192.0.2.53	53	udp	dns	3.500000	96	94	SF	-	-	0	Dd	2	152	1	122	-
    #close	2016-03-01-16-00-05
    ");
}

#[test]
fn published_list() {
    insta::assert_snapshot!(check(RecordFormat::CsvList { delimiter: '|' }), @r"
    2016-03-01T16:00:01.508Z|25.100.51.198.in-addr.arpa|192.0.2.10
    2016-03-01T16:00:02.008Z|mail1.hotel-brand.example|192.0.2.10
    2016-03-01T16:00:03.008Z|a(b\.c\032d.example|2001:db8::10
    2016-03-01T16:00:04.008Z|.|192.0.2.10
    2016-03-01T16:00:05.008Z|lost.example|192.0.2.10
    ");
}

#[test]
fn mail_logs_hold_what_their_node_says() {
    let lines = [
        ("mx1", "postfix/smtpd", "connect from mail.city-library.example[203.0.113.13]"),
        ("mx1", "exim", "no host name found for IP address 198.51.100.25"),
        ("mx2", "postfix/smtpd", "connect from unknown[198.51.100.25]"),
        ("mx1", "postfix/smtpd", "disconnect from mail.city-library.example[203.0.113.13] ehlo=1 quit=1 commands=2"),
    ];
    let log = |program| {
        let format = RecordFormat::MailLog { node: "mx1".into(), host: "mx1".into(), program };
        let mut sink = Memory::default();
        let mut records = Records::new(vec![tap(format)], causes(), &mut sink).expect("taps");
        for (i, (node, program, text)) in (0..).zip(lines) {
            let note = Note::Log { program, text: text.into() };
            records.note(at(i * 500_000), node, &note);
        }
        records.note(at(9_000_000), "vendor", &Note::Story("zone deleted, after a call".into()));
        let kept = records.finish().expect("memory");
        let mut story = Vec::new();
        kept.write_story(&mut story).expect("memory");
        assert_eq!(story, b"at,node,what\n2016-03-01T16:00:09Z,vendor,\"zone deleted, after a call\"\n");
        assert_eq!(labels(&kept).lines().count(), 1, "a mail log has no lookups");
        let octets = sink.0.borrow()["tap.log"].clone();
        String::from_utf8(octets).expect("text")
    };
    let postfix = log(MailProgram::Postfix);
    insta::assert_snapshot!(postfix, @"
    2016-03-01T16:00:00.000000+00:00 mx1 postfix/smtpd[14486]: connect from mail.city-library.example[203.0.113.13]
    2016-03-01T16:00:00.500000+00:00 mx1 exim[5616]: no host name found for IP address 198.51.100.25
    2016-03-01T16:00:01.500000+00:00 mx1 postfix/smtpd[14486]: disconnect from mail.city-library.example[203.0.113.13] ehlo=1 quit=1 commands=2
    ");
    insta::assert_snapshot!(log(MailProgram::Exim), @"
    2016-03-01 16:00:00 no host name found for IP address 198.51.100.25
    ");
    let format = RecordFormat::MailLog { node: "mx1".into(), host: "mx1".into(), program: MailProgram::Postfix };
    let mail = read(postfix.as_bytes(), &tap(format)).mail;
    let peers: Vec<_> = mail.iter().map(|event| (event.kind.as_str(), event.peer, event.ts)).collect();
    let peer = Some(ip("203.0.113.13"));
    assert_eq!(peers, [("connect", peer, at(0)), ("disconnect", peer, at(1_500_000))]);
}

#[test]
fn a_file_without_rows_is_still_one_of_its_format() {
    let empty = |format| record(tap(format), Script::default()).0;
    assert_eq!(empty(RecordFormat::Pcap).len(), 24);
    assert_eq!(empty(RecordFormat::Dnstap).len(), 42 + 12);
    let text = String::from_utf8(empty(RecordFormat::ZeekDns)).expect("text");
    assert!(text.starts_with("#separator \\x09\n") && text.ends_with("#close\t1970-01-01-00-00-00\n"), "{text}");
    assert_eq!(empty(RecordFormat::BindQueryLog), b"");
}
