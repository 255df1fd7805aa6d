//! Transcripts of the stub against servers that answer by a table.

use std::fmt::Write as _;

use super::*;

const HOST: &str = "192.0.2.1";

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// What a server does with a name: `A` answers, `C` answers with an alias, others are codes; nothing is silence.
fn serve(rules: &[(&str, &str)], query: &Message) -> Option<Message> {
    let (qname, _) = query.question.clone().unwrap();
    let rule = rules.iter().find(|(n, _)| *n == qname.key()).map_or("NXDOMAIN", |(_, rule)| rule);
    let a = |owner: &Name| Record { owner: owner.clone(), ttl_s: 60, data: Data::A([192, 0, 2, 9].into()) };
    let mut response = query.response(Rcode::from_mnemonic(rule).unwrap_or(Rcode::NOERROR));
    match rule {
        "silent" => return None,
        "A" => response.answers = vec![a(&qname)],
        "C" => {
            let target = name("host.hotel-brand.example");
            let alias = Record { owner: qname, ttl_s: 60, data: Data::Cname(target.clone()) };
            response.answers = vec![a(&target), alias];
        }
        _ => {}
    }
    Some(response)
}

/// Runs one question to its end; replies take 10 ms.
fn transcript(config: StubConfig, question: Question, rules: &[(&str, &str)]) -> String {
    let mut stub = Stub::new(config, Rng::part(1, "stub"));
    let mut out = Outbox::default();
    let mut log = String::new();
    let mut now = Timestamp::from_s(0);
    stub.ask(now, question, "token", Some(Cause(7)), &mut out);
    for _ in 0..100 {
        let mut answers = Vec::new();
        while let Some(Output::Send { from, to, octets, cause }) = out.pop() {
            let query = Message::decode(&octets).unwrap();
            let (qname, qtype) = query.question.clone().unwrap();
            assert!(query.header.recursion_desired && query.edns.is_none() && cause == Some(Cause(7)));
            let answer = serve(rules, &query);
            let code = answer.as_ref().map_or("-".to_owned(), |m| m.header.rcode.to_string());
            writeln!(log, "{:.2} {} {qtype} {qname} {code}", now.as_s(), to.ip()).unwrap();
            answers.extend(answer.map(|m| (to, from, m.encode())));
        }
        let mut replies = Vec::new();
        if answers.is_empty() {
            now = stub.due().expect("under way");
            replies = stub.handle_timer(now, &mut out);
        }
        for (from, to, octets) in answers {
            now = now.plus_us(10_000);
            replies.extend(stub.handle_datagram(now, from, to, &octets, &mut out));
        }
        if let Some((token, reply)) = replies.pop() {
            assert_eq!((token, stub.pending(), stub.due(), stub.strays()), ("token", 0, None, 0));
            let records: Vec<_> = reply.records.iter().map(|r| r.data.rtype().to_string()).collect();
            write!(log, "{:.2} {} {:?} {records:?}", now.as_s(), reply.question.qname, reply.outcome).unwrap();
            return log;
        }
    }
    panic!("no end: {log}");
}

fn config(search: &[&str], servers: &[&str]) -> StubConfig {
    let servers: Vec<SocketAddr> = servers.iter().map(|s| format!("{s}:53").parse().unwrap()).collect();
    let mut config = StubConfig::new(HOST.parse().unwrap(), servers[0]);
    config.servers = servers;
    config.search = search.iter().map(|s| name(s)).collect();
    config
}

macro_rules! check {
    ($search:expr, $servers:expr, $name:expr, $rules:expr, @$expected:literal) => {
        let question = Question::new(name($name), RrType::A).searched();
        insta::assert_snapshot!(transcript(config(&$search, &$servers), question, &$rules), @$expected);
    };
}

#[test]
fn a_dotted_name_is_searched_for_after_nxdomain() {
    check!(["clinic.example", "corp.example"], ["192.0.2.53"], "mail1.hotel-brand.example", [], @"
    0.00 192.0.2.53 A mail1.hotel-brand.example NXDOMAIN
    0.01 192.0.2.53 A mail1.hotel-brand.example.clinic.example NXDOMAIN
    0.02 192.0.2.53 A mail1.hotel-brand.example.corp.example NXDOMAIN
    0.03 mail1.hotel-brand.example NxDomain []
    ");
    check!(["clinic.example"], ["192.0.2.53"], "mail1.hotel-brand.example",
        [("mail1.hotel-brand.example.clinic.example", "A")], @r#"
    0.00 192.0.2.53 A mail1.hotel-brand.example NXDOMAIN
    0.01 192.0.2.53 A mail1.hotel-brand.example.clinic.example NOERROR
    0.02 mail1.hotel-brand.example Answered ["A"]
    "#);
}

#[test]
fn a_single_label_is_searched_for_first() {
    check!(["clinic.example"], ["192.0.2.53"], "mail", [("mail.clinic.example", "C")], @r#"
    0.00 192.0.2.53 A mail.clinic.example NOERROR
    0.01 mail Answered ["CNAME", "A"]
    "#);
    check!(["clinic.example"], ["192.0.2.53"], "mail", [("mail.clinic.example", "NOERROR")], @"
    0.00 192.0.2.53 A mail.clinic.example NOERROR
    0.01 192.0.2.53 A mail NXDOMAIN
    0.02 mail NoData []
    ");
}

#[test]
fn failures_end_the_list_or_not() {
    // SERVFAIL of a suffix lets the list go on, REFUSED ends it; the name as it is comes last either way.
    check!(["a.example", "b.example"], ["192.0.2.53"], "mail",
        [("mail.a.example", "SERVFAIL"), ("mail.b.example", "A")], @r#"
    0.00 192.0.2.53 A mail.a.example SERVFAIL
    0.01 192.0.2.53 A mail.a.example SERVFAIL
    0.02 192.0.2.53 A mail.b.example NOERROR
    0.03 mail Answered ["A"]
    "#);
    check!(["a.example", "b.example"], ["192.0.2.53"], "mail",
        [("mail.a.example", "REFUSED"), ("mail.b.example", "A")], @"
    0.00 192.0.2.53 A mail.a.example REFUSED
    0.01 192.0.2.53 A mail.a.example REFUSED
    0.02 192.0.2.53 A mail NXDOMAIN
    0.03 mail NxDomain []
    ");
    // SERVFAIL of the name as it is does not keep the list from being tried, yet decides the outcome.
    check!(["a.example"], ["192.0.2.53"], "mail.example", [("mail.example", "SERVFAIL")], @"
    0.00 192.0.2.53 A mail.example SERVFAIL
    0.01 192.0.2.53 A mail.example SERVFAIL
    0.02 192.0.2.53 A mail.example.a.example NXDOMAIN
    0.03 mail.example Failed []
    ");
}

#[test]
fn silent_servers_are_asked_in_rounds() {
    check!([], ["192.0.2.53"], "a.example", [("a.example", "silent")], @"
    0.00 192.0.2.53 A a.example -
    5.00 192.0.2.53 A a.example -
    10.00 a.example Timeout []
    ");
    check!([], ["192.0.2.53", "192.0.2.54", "192.0.2.55"], "a.example", [("a.example", "silent")], @"
    0.00 192.0.2.53 A a.example -
    5.00 192.0.2.54 A a.example -
    8.00 192.0.2.55 A a.example -
    14.00 192.0.2.53 A a.example -
    19.00 192.0.2.54 A a.example -
    22.00 192.0.2.55 A a.example -
    28.00 a.example Timeout []
    ");
}

#[test]
fn without_servers_it_times_out() {
    let mut config = config(&[], &["192.0.2.53"]);
    config.servers.clear();
    insta::assert_snapshot!(transcript(config, Question::new(name("a.example"), RrType::A), &[]), @"0.00 a.example Timeout []");
}

#[test]
fn only_the_answer_to_the_question_counts() {
    let mut stub = Stub::new(config(&[], &["192.0.2.53"]), Rng::part(1, "stub"));
    let mut out = Outbox::default();
    let now = Timestamp::from_s(0);
    stub.ask(now, Question::new(name("a.example"), RrType::A), (), None, &mut out);
    let Some(Output::Send { from, to, octets, .. }) = out.pop() else { panic!("no query") };
    let good = serve(&[("a.example", "A")], &Message::decode(&octets).unwrap()).unwrap();
    let mut other_id = good.clone();
    other_id.header.id ^= 1;
    let mut other_name = good.clone();
    other_name.question = Some((name("b.example"), RrType::A));
    let mut other_type = good.clone();
    other_type.question = Some((name("a.example"), RrType::AAAA));
    let mut no_response = good.clone();
    no_response.header.response = false;
    let elsewhere: SocketAddr = "192.0.2.99:53".parse().unwrap();
    let other_port = SocketAddr::new(from.ip(), from.port() ^ 1);
    let spoofs = [
        (to, from, other_id.encode()),
        (to, from, other_name.encode()),
        (to, from, other_type.encode()),
        (to, from, no_response.encode()),
        (elsewhere, from, good.encode()),
        (to, other_port, good.encode()),
        (to, from, vec![0; 5]),
    ];
    for (i, (server, own, octets)) in (1..).zip(spoofs) {
        assert_eq!(stub.handle_datagram(now, server, own, &octets, &mut out), None);
        assert_eq!(stub.strays(), i);
    }
    let ((), reply) = stub.handle_datagram(now, to, from, &good.encode(), &mut out).unwrap();
    assert_eq!(reply.outcome, Outcome::Answered);
    assert_eq!(stub.handle_datagram(now, to, from, &good.encode(), &mut out), None);
    assert_eq!(stub.strays(), 8);
}

#[test]
fn aliases_that_loop_are_no_data() {
    let alias = |owner: &str, target: &str| Record { owner: name(owner), ttl_s: 1, data: Data::Cname(name(target)) };
    let (outcome, records) = answer(&name("a"), RrType::A, vec![alias("a", "b"), alias("b", "a")]);
    assert_eq!((outcome, records.len()), (Outcome::NoData, 2));
}
