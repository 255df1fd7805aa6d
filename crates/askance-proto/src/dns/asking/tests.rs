//! Transcripts of questions against servers that do as a table says.

use std::fmt::Write as _;

use askance_record::RrType;
use proptest::prelude::{any, prop, prop_assert, proptest};

use super::*;

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn record(owner: &Name, data: Data) -> Record {
    Record { owner: owner.clone(), ttl_s: 60, data }
}

/// The answers of a server to a query, as octets.
///
/// `a` addresses; `alias`; `alias-only` without recursion; `refer`; `nodata`; `nx`; `nx-alias`; a code such as `SERVFAIL`;
/// `lower` answers in lower case over UDP; `cut` truncates over UDP; `plain` knows no EDNS; `other` answers another
/// question, `forged` with another identifier, `query` is none, `junk` and `short` are no messages. Nothing is silence.
fn serve(what: &str, query: &Message, over: Over) -> Option<Vec<u8>> {
    let (asked, qtype) = query.question.clone().unwrap();
    let target = name("Host.Hotel-Brand.example");
    let address = |last| Data::A([192, 0, 2, last].into());
    let mut response = query.response(Rcode::from_mnemonic(what).unwrap_or(Rcode::NOERROR));
    response.header.recursion_available = true;
    response.header.authentic_data = what == "a";
    let answers = vec![record(&asked, address(9)), record(&asked, address(8))];
    match what {
        "silent" => return None,
        "plain" if query.edns.is_some() => response = query.response(Rcode::FORMERR),
        "a" | "query" | "plain" => response.answers = answers,
        "alias" => response.answers = vec![record(&target, address(9)), record(&asked, Data::Cname(target))],
        "alias-only" => {
            response.answers = vec![record(&asked, Data::Cname(target))];
            (response.header.recursion_available, response.header.authoritative) = (false, true);
        }
        "nx" | "nx-alias" => {
            response.header.rcode = Rcode::NXDOMAIN;
            response.answers.extend((what == "nx-alias").then(|| record(&asked, Data::Cname(target))));
        }
        "refer" => response.header.recursion_available = false,
        "lower" => {
            response.answers = answers;
            if over == Over::Udp {
                response.question = Some((name(asked.key()), qtype));
            }
        }
        "cut" => {
            response.header.truncated = over == Over::Udp;
            response.answers = if over == Over::Udp { Vec::new() } else { answers };
        }
        "other" => response.question = Some((target, qtype)),
        "forged" => response.header.id ^= 1,
        _ => {}
    }
    response.header.response = what != "query";
    let mut octets = response.encode();
    match what {
        "junk" => octets.truncate(14),
        "short" => octets.truncate(5),
        _ => {}
    }
    Some(octets)
}

/// Asks servers; each does the next thing of its list, then its last one again.
fn transcript(servers: &[&[&str]]) -> String {
    let question = Question::new(name("mail1.hotel-brand.example"), RrType::A);
    let mut asking = Asking::new(question, servers.len(), Rng::new(1));
    let (mut log, mut turns, mut spellings) = (String::new(), vec![0; servers.len()], Vec::new());
    loop {
        match asking.step() {
            AskingStep::Done(heard) => {
                let records: Vec<String> = heard.reply.records.iter().map(ToString::to_string).collect();
                let authentic = if heard.authentic { " authentic" } else { "" };
                writeln!(log, "{:?}{authentic}, {} strays {records:?}", heard.reply.outcome, heard.strays).unwrap();
                return log;
            }
            AskingStep::Send { server, over, octets, patience_us } => {
                let query = Message::decode(&octets).unwrap();
                let (asked, _) = query.question.clone().unwrap();
                assert_eq!(asked.key(), "mail1.hotel-brand.example");
                assert!(!spellings.contains(&(query.header.id, asked.raw().to_owned())), "drawn anew each time");
                spellings.push((query.header.id, asked.raw().to_owned()));
                let edns = if query.edns.is_some() { "" } else { " without EDNS" };
                write!(log, "{over:?} {server}{edns} {}s", patience_us / 1_000_000).unwrap();
                loop {
                    let list = servers[server];
                    let what = list[turns[server].min(list.len() - 1)];
                    turns[server] += 1;
                    write!(log, " {what}").unwrap();
                    match serve(what, &query, over) {
                        None => break asking.silent(),
                        Some(octets) if asking.heard(&octets) == Taken::Ours => break,
                        Some(_) => {}
                    }
                }
                writeln!(log).unwrap();
            }
        }
    }
}

#[test]
fn what_servers_say() {
    insta::assert_snapshot!(transcript(&[&["a"]]), @r#"
    Udp 0 2s a
    Answered authentic, 0 strays ["mail1.hotel-brand.example. 60 IN A 192.0.2.8", "mail1.hotel-brand.example. 60 IN A 192.0.2.9"]
    "#);
    insta::assert_snapshot!(transcript(&[&["alias"]]), @r#"
    Udp 0 2s alias
    Answered, 0 strays ["mail1.hotel-brand.example. 60 IN CNAME host.hotel-brand.example.", "host.hotel-brand.example. 60 IN A 192.0.2.9"]
    "#);
    insta::assert_snapshot!(transcript(&[&["nx"]]), @"
    Udp 0 2s nx
    NxDomain, 0 strays []
    ");
    insta::assert_snapshot!(transcript(&[&["nx-alias"]]), @r#"
    Udp 0 2s nx-alias
    NxDomain, 0 strays ["mail1.hotel-brand.example. 60 IN CNAME host.hotel-brand.example."]
    "#);
    insta::assert_snapshot!(transcript(&[&["nodata"]]), @"
    Udp 0 2s nodata
    NoData, 0 strays []
    ");
}

#[test]
fn silence_is_waited_for_and_failure_is_not_asked_again() {
    insta::assert_snapshot!(transcript(&[&["silent"], &["silent", "a"]]), @r#"
    Udp 0 2s silent
    Udp 1 2s silent
    Udp 0 3s silent
    Udp 1 3s a
    Answered authentic, 0 strays ["mail1.hotel-brand.example. 60 IN A 192.0.2.8", "mail1.hotel-brand.example. 60 IN A 192.0.2.9"]
    "#);
    insta::assert_snapshot!(transcript(&[&["silent"]]), @"
    Udp 0 2s silent
    Udp 0 3s silent
    Udp 0 5s silent
    Timeout, 0 strays []
    ");
    insta::assert_snapshot!(transcript(&[&["SERVFAIL"], &["silent"], &["REFUSED"]]), @"
    Udp 0 2s SERVFAIL
    Udp 1 2s silent
    Udp 2 2s REFUSED
    Udp 1 3s silent
    Udp 1 5s silent
    Failed, 0 strays []
    ");
    insta::assert_snapshot!(transcript(&[]), @"Timeout, 0 strays []");
}

#[test]
fn a_server_that_does_not_recurse_says_nothing_about_absence() {
    insta::assert_snapshot!(transcript(&[&["refer"]]), @"
    Udp 0 2s refer
    Failed, 0 strays []
    ");
    insta::assert_snapshot!(transcript(&[&["alias-only"]]), @"
    Udp 0 2s alias-only
    Failed, 0 strays []
    ");
}

#[test]
fn what_is_cut_or_respelt_is_asked_again_over_tcp() {
    insta::assert_snapshot!(transcript(&[&["cut"]]), @r#"
    Udp 0 2s cut
    Tcp 0 6s cut
    Answered, 0 strays ["mail1.hotel-brand.example. 60 IN A 192.0.2.8", "mail1.hotel-brand.example. 60 IN A 192.0.2.9"]
    "#);
    insta::assert_snapshot!(transcript(&[&["lower"]]), @r#"
    Udp 0 2s lower
    Tcp 0 6s lower
    Answered, 0 strays ["mail1.hotel-brand.example. 60 IN A 192.0.2.8", "mail1.hotel-brand.example. 60 IN A 192.0.2.9"]
    "#);
    insta::assert_snapshot!(transcript(&[&["plain"]]), @r#"
    Udp 0 2s plain
    Udp 0 without EDNS 2s plain
    Answered, 0 strays ["mail1.hotel-brand.example. 60 IN A 192.0.2.8", "mail1.hotel-brand.example. 60 IN A 192.0.2.9"]
    "#);
}

#[test]
fn others_answers_are_counted_and_passed_over() {
    insta::assert_snapshot!(transcript(&[&["forged", "other", "query", "short", "a"]]), @r#"
    Udp 0 2s forged other query short a
    Answered authentic, 4 strays ["mail1.hotel-brand.example. 60 IN A 192.0.2.8", "mail1.hotel-brand.example. 60 IN A 192.0.2.9"]
    "#);
    insta::assert_snapshot!(transcript(&[&["junk"]]), @"
    Udp 0 2s junk
    Failed, 0 strays []
    ");
}

proptest! {
    /// Whatever comes back, a question ends after a bounded number of tries.
    #[test]
    fn it_ends(servers in 0usize..4, replies in prop::collection::vec(prop::option::of(prop::collection::vec(any::<u8>(), 0..64)), 0..64), turns in any::<u64>()) {
        let question = Question::new(name("mail1.hotel-brand.example"), RrType::TXT);
        let mut asking = Asking::new(question, servers, Rng::new(turns));
        let mut rng = Rng::new(turns ^ 1);
        let mut tries = 0;
        while let AskingStep::Send { octets, .. } = asking.step() {
            tries += 1;
            prop_assert!(tries <= 3 * 3 * 3, "{tries} tries");
            let reply = replies.get(tries % replies.len().max(1)).cloned().flatten();
            // Octets of anybody behind a header that fits, or a whole answer with a random one.
            let reply = reply.map(|tail| {
                let mut reply = octets.clone();
                reply[2] |= 0x80;
                reply[3] = rng.bits().to_be_bytes()[0];
                if rng.chance(0.5) { reply.truncate(12); reply.extend(tail); }
                reply
            });
            match reply {
                Some(reply) if asking.heard(&reply) == Taken::Ours => {}
                _ => asking.silent(),
            }
        }
    }
}
