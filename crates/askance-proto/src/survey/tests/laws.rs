//! Whatever a server sends, a probe ends, says little, and only words of the allowed set.

use askance_record::Timestamp;
use proptest::prelude::*;

use super::{START, plan};
use crate::survey::{
    Certificate, Class, Network, Patience, Probe, ProbeInput, ProbeOutput, Reach, Stage, VISITS_MAX, Visit, VisitPlan,
    classify, next_visit,
};

/// Most commands in one conversation: two `EHLO`, `HELO`, `STARTTLS`, `MAIL`, three `RCPT`, `RSET`, `QUIT`.
const COMMANDS_MAX: usize = 10;

/// What may ever be said.
const WORDS: [&[u8]; 7] = [b"EHLO ", b"HELO ", b"STARTTLS\r\n", b"MAIL FROM:<", b"RCPT TO:<", b"RSET\r\n", b"QUIT\r\n"];

/// Something that a server, or the network, does.
#[derive(Clone, Debug)]
enum Act {
    Octets(Vec<u8>),
    Reply(u16, String),
    Wait(i64),
    Close,
}

fn act() -> impl Strategy<Value = Act> {
    let code = prop_oneof![Just(220u16), Just(250), Just(421), Just(450), Just(500), Just(550), 0u16..1000];
    let text = prop_oneof![
        Just("ESMTP".to_owned()),
        Just("STARTTLS".to_owned()),
        Just("Relay denied".to_owned()),
        Just("mx.brand.example\r\n250 DATA".to_owned()),
        "[ -~]{0,40}",
        "\\PC{0,20}",
    ];
    prop_oneof![
        3 => proptest::collection::vec(any::<u8>(), 0..300).prop_map(Act::Octets),
        12 => (code, text).prop_map(|(code, text)| Act::Reply(code, text)),
        2 => (0i64..200_000_000).prop_map(Act::Wait),
        1 => Just(Act::Close),
    ]
}

/// Runs a probe against acts, then against silence; gives what it said and its visit.
fn run(acts: &[Act], visit: VisitPlan) -> (Vec<Vec<u8>>, Visit, Timestamp) {
    let plan =
        plan(&["127.0.0.1"], |r| r.recipients = vec!["a@brand.example".to_owned(), "b@brand.example".to_owned()]);
    let (mut now, mut said) = (START, Vec::new());
    let mut probe = Probe::new(plan.ask(visit), now);
    probe.handle(now, &ProbeInput::Connected);
    let mut drain = |probe: &mut Probe, now: Timestamp| loop {
        match probe.poll() {
            ProbeOutput::Write(octets) => said.push(octets),
            ProbeOutput::StartTls => probe.handle(now, &ProbeInput::Secured(None)),
            ProbeOutput::Wait { until } => return Some(until),
            ProbeOutput::Over => return None,
        }
    };
    for act in acts {
        drain(&mut probe, now);
        match act {
            Act::Octets(octets) => probe.handle(now, &ProbeInput::Octets(octets)),
            Act::Reply(code, text) => probe.handle(now, &ProbeInput::Octets(format!("{code} {text}\r\n").as_bytes())),
            Act::Wait(us) => {
                now = now.plus_us(*us);
                probe.handle(now, &ProbeInput::Timer);
            }
            Act::Close => probe.handle(now, &ProbeInput::Closed),
        }
    }
    while let Some(until) = drain(&mut probe, now) {
        assert!(until >= now, "a time to wait for lies ahead");
        now = until;
        probe.handle(now, &ProbeInput::Timer);
    }
    (said, probe.into_visit(), now)
}

proptest! {
    #[test]
    fn a_probe_ends_and_says_only_what_it_may(acts in proptest::collection::vec(act(), 0..40), starttls: bool) {
        let waited: i64 = acts.iter().map(|a| if let Act::Wait(us) = a { *us } else { 0 }).sum();
        let (said, visit, ended) = run(&acts, VisitPlan { starttls, ..VisitPlan::default() });
        prop_assert!(said.len() <= COMMANDS_MAX, "{} commands", said.len());
        for line in &said {
            prop_assert!(WORDS.iter().any(|word| line.starts_with(word)), "{}", line.escape_ascii());
            prop_assert!(line.ends_with(b"\r\n") && line.iter().filter(|b| b.is_ascii_control()).count() == 2);
            prop_assert!(line.len() <= 512, "RFC 5321 §4.5.3.1.4");
        }
        let heard: usize = visit.replies.iter().map(|h| h.raw.len()).sum();
        prop_assert!(heard <= Patience::default().octets_max);
        let session_us = Patience::default().session_us;
        prop_assert!(ended.us() - START.us() <= session_us.max(waited), "it ends in time");
        let verdict = classify(core::slice::from_ref(&visit), Patience::default().slow_us);
        prop_assert!(!verdict.why.is_empty() && !verdict.silent.is_empty());
        prop_assert!(!matches!(
            verdict.class,
            Class::SelectiveSender | Class::SelectiveClient
        ), "one visit never shows a selection");
    }

    #[test]
    fn how_the_octets_are_cut_changes_nothing(
        replies in proptest::collection::vec((200u16..600, "[ -~]{0,30}"), 0..8),
        cut in 1usize..7,
    ) {
        let whole: Vec<Act> = replies.iter().map(|(code, text)| Act::Reply(*code, text.clone())).collect();
        let pieces: Vec<Act> = replies
            .iter()
            .flat_map(|(code, text)| {
                let line = format!("{code} {text}\r\n").into_bytes();
                line.chunks(cut).map(|c| Act::Octets(c.to_vec())).collect::<Vec<_>>()
            })
            .collect();
        let (a, b) = (run(&whole, VisitPlan::default()), run(&pieces, VisitPlan::default()));
        prop_assert_eq!(a.0, b.0);
        prop_assert_eq!(a.1.replies, b.1.replies);
    }

    #[test]
    fn a_target_is_visited_a_few_times_whatever_it_shows(
        acts in proptest::collection::vec(proptest::collection::vec(act(), 0..12), VISITS_MAX + 2),
        senders in 1usize..5,
        sources in 0usize..5,
    ) {
        let slow_us = Patience::default().slow_us;
        let mut visits: Vec<Visit> = Vec::new();
        while let Some(next) = next_visit(&visits, senders, sources, slow_us) {
            prop_assert!(next.sender < senders && (next.source == 0 || next.source < sources));
            let mut visit = run(&acts[visits.len()], VisitPlan { sender: 0, ..next }).1;
            visit.sender = next.sender;
            visits.push(visit);
            prop_assert!(visits.len() <= VISITS_MAX);
        }
        prop_assert!(!visits.is_empty());
        classify(&visits, slow_us);
    }

    #[test]
    fn no_octets_are_a_certificate_by_chance_and_none_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut nested = octets.clone();
        prop_assert!(Certificate::from_der(&octets).is_none_or(|c| c.names.len() <= 100));
        for _ in 0..2 {
            let length = u8::try_from(nested.len().min(255)).unwrap();
            nested.splice(0..0, [0x30, 0x81, length]);
        }
        Certificate::from_der(&nested);
    }

    #[test]
    fn a_network_contains_its_hosts_and_no_neighbour(address: u32, prefix_len in 20u8..=32) {
        let network = Network::of(core::net::Ipv4Addr::from(address).into(), prefix_len);
        let hosts: Vec<_> = network.hosts().collect();
        prop_assert!(hosts.iter().all(|host| network.contains(*host)));
        let ends = if prefix_len <= 30 { 2 } else { 0 };
        prop_assert_eq!(hosts.len() as u128 + ends, network.size());
        prop_assert_eq!(network.to_string().parse::<Network>().unwrap(), network);
        let beyond = core::net::Ipv4Addr::from(address ^ (1 << 31));
        prop_assert!(!network.contains(beyond.into()));
    }
}

#[test]
fn no_word_that_delivers_or_spies_can_be_said() {
    // Every command of every conversation above is one of `WORDS`; none of these is among them.
    for word in ["DATA", "BDAT", "VRFY", "EXPN", "AUTH", "HELP", "TURN", "ETRN"] {
        assert!(WORDS.iter().all(|allowed| !allowed.starts_with(word.as_bytes())), "{word}");
        assert_eq!(Stage::parse(&word.to_lowercase()), None, "there is no such rung");
    }
}

#[test]
fn endless_greetings_are_left() {
    let line = |text: &str| Act::Octets(text.as_bytes().to_vec());
    let endless: Vec<_> = (0..200).map(|_| line("220-more\r\n")).collect();
    let huge = vec![line(&"x".repeat(3_000))];
    let flood = vec![line("220 mx.brand.example\r\n"), line(&format!("250-{}\r\n", "a".repeat(990)).repeat(100))];
    let dribble: Vec<_> = (0..40).flat_map(|_| [line("220-slow\r\n"), Act::Wait(1_000_000)]).collect();
    let bare = vec![line("220 mx.brand.example\n")];
    let found = [endless, huge, flood, dribble, bare].map(|acts| {
        let (said, visit, _) = run(&acts, VisitPlan::default());
        let verdict = classify(core::slice::from_ref(&visit), Patience::default().slow_us);
        format!("{} {:?} said {}", verdict.class.as_str(), visit.end, said.len())
    });
    insta::assert_snapshot!(found.join("\n"), @"
    not-smtp Garbled(TooManyLines) said 0
    not-smtp Garbled(LineTooLong) said 0
    unknown Flooded said 1
    tarpit Silent { pieces: 30 } said 0
    unknown Silent { pieces: 0 } said 1
    ");
}

#[test]
fn where_addresses_lie() {
    let reach = |text: &str| format!("{text} {:?}", Reach::of(text.parse().unwrap()));
    let texts = [
        "127.255.0.1",
        "10.1.2.3",
        "172.31.0.1",
        "172.32.0.1",
        "192.168.1.1",
        "192.0.2.1",
        "0.1.2.3",
        "169.254.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fd00::1",
        "fe80::1",
        "2001:db8::1",
        "ff02::1",
        "::ffff:192.0.2.1",
    ];
    insta::assert_snapshot!(texts.map(reach).join("\n"), @"
    127.255.0.1 Loopback
    10.1.2.3 Private
    172.31.0.1 Private
    172.32.0.1 Outside
    192.168.1.1 Private
    192.0.2.1 Outside
    0.1.2.3 Nowhere
    169.254.0.1 Nowhere
    224.0.0.1 Nowhere
    255.255.255.255 Nowhere
    ::1 Loopback
    :: Nowhere
    fd00::1 Private
    fe80::1 Nowhere
    2001:db8::1 Outside
    ff02::1 Nowhere
    ::ffff:192.0.2.1 Nowhere
    ");
}
