//! What must hold for any octets, target by target: more than "it does not panic".
//!
//! Public API only. The fuzz targets call these, and a stable test of `askance-net` calls them
//! with everything in `corpus/`, as it is and damaged. Each says whether the octets were
//! taken for what they pretend to be, so that a test can see that its inputs reach both ways.

use askance_lab::{Scenario, ScenarioError};
use askance_proto::dns::{Data, Header, Message, Record, Verdict, Zone};
use askance_proto::mail::{
    Address, Bounce, Dkim, DkimResult, DkimVerdict, DmarcRecord, Message as Mail, Spf, SpfAudit, SpfReason, SpfRequest,
    SpfResult,
};
use askance_proto::smtp::{Command, Reply, ReplyError, ReplyReader, ServerSession};
use askance_proto::{Inquiry, Outcome, Question, Reply as DnsReply, Step};
use askance_record::{Name, RrType, Timestamp};

/// One target: its name, which is also the folder of its corpus, and its law.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// Every target.
pub const TARGETS: &[Target] = &[
    ("dns-message", dns_message),
    ("zone-text", zone_text),
    ("smtp-session", smtp_session),
    ("smtp-reply", smtp_reply),
    ("spf-policy", spf_policy),
    ("mail-message", mail_message),
    ("bounce", bounce),
    ("scenario", scenario),
];

/// A DNS message: what was read is written so that it reads the same again.
pub fn dns_message(octets: &[u8]) -> bool {
    let header = Header::decode(octets);
    let Ok(message) = Message::decode(octets) else { return false };
    let header = header.expect("a message has a header");
    assert_eq!(
        (header.id, header.response, header.opcode),
        (message.header.id, message.header.response, message.header.opcode)
    );
    let again = message.encode();
    assert!(again.len() <= 65_535);
    let Ok(reread) = Message::decode(&again) else { panic!("{message:?} cannot be read again") };
    // Compressed, it may have been shorter than any writer can make it: then it is cut, and says so.
    if reread.header.truncated == message.header.truncated {
        assert_eq!(reread, message);
    }
    let small = message.encode_within(512);
    assert!(small.len() <= 512);
    let cut = Message::decode(&small).expect("a cut message is a message");
    assert!(message.answers.starts_with(&cut.answers) && message.authority.starts_with(&cut.authority));
    assert!(
        cut.header.truncated
            || (cut.answers.len(), cut.authority.len()) == (message.answers.len(), message.authority.len())
    );
    assert_eq!((cut.question, cut.edns), (message.question, message.edns));
    true
}

/// A master file of the zone `example`: what was read is written so that it reads the same again,
/// and every record is found by its name and type.
pub fn zone_text(octets: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(octets) else { return false };
    let origin = Name::parse("example").expect("a name");
    let Ok(zone) = Zone::parse(&origin, text) else { return false };
    let written = zone.to_master_text();
    match Zone::parse(&origin, &written) {
        Ok(again) => assert_eq!(again, zone, "{written}"),
        Err(why) => panic!("{why}: {written}"),
    }
    for record in zone.records() {
        let found = zone.answer(&record.owner, record.data.rtype());
        match found.verdict {
            Verdict::Answer => assert!(found.answers.iter().any(|r| r.data == record.data), "{record}"),
            // Below a cut, or the cut itself.
            Verdict::Referral => assert!(found.authority.iter().all(|r| matches!(r.data, Data::Ns(_)))),
            verdict => panic!("{record}: {verdict:?}"),
        }
    }
    true
}

/// The client's side of a session: the commands do not depend on how the octets are cut, and what is
/// said and kept is bounded by what was sent. True where a message came whole.
pub fn smtp_session(octets: &[u8]) -> bool {
    // Above this, what waits too long ends the session, and that does depend on the cuts.
    let octets = octets.get(..60_000).unwrap_or(octets);
    let (cut, octets) = octets.split_first().unwrap_or((&0, &[]));
    let whole = session(octets, octets.len().max(1));
    let pieces = session(octets, 1 + usize::from(*cut));
    assert_eq!(whole, pieces);
    let (commands, said) = whole;
    assert!(said.len() <= 256 * (octets.len() + 1), "{} octets said to {}", said.len(), octets.len());
    let lines = octets.split(|&b| b == b'\n').count();
    assert!(commands.len() <= 2 * lines);
    let mut reader = ReplyReader::default();
    reader.push(&said);
    while let Some(reply) = reader.take() {
        assert!(reply.is_ok_and(|reply| (200..600).contains(&reply.code)));
    }
    commands.iter().any(|command| matches!(command, Command::Message(content) if content.len() <= octets.len()))
}

/// A session with a server that takes everything but TLS, which would drop what waits.
fn session(octets: &[u8], piece: usize) -> (Vec<Command>, Vec<u8>) {
    let mut session = ServerSession::new("mx.receiver.example");
    let mut said = session.greet(&Reply::new(220, "mx.receiver.example ESMTP"));
    let mut commands = Vec::new();
    for piece in octets.chunks(piece) {
        session.handle_octets(piece);
        while let Some(command) = session.next() {
            let reply = match &command {
                Command::Data => Reply::new(354, "go on"),
                Command::Quit => Reply::new(221, "bye"),
                Command::StartTls => Reply::new(454, "not now"),
                Command::Malformed(reply) => reply.clone(),
                _ => Reply::enhanced(250, (2, 0, 0), "ok"),
            };
            said.extend(session.answer(&reply));
            commands.push(command);
        }
    }
    (commands, said)
}

/// The server's side: replies do not depend on how the octets are cut, and what was read is
/// written so that it reads the same again. True where a reply came whole.
pub fn smtp_reply(octets: &[u8]) -> bool {
    let (cut, octets) = octets.split_first().unwrap_or((&0, &[]));
    let whole = replies(octets, octets.len().max(1));
    assert_eq!(whole, replies(octets, 1 + usize::from(*cut)));
    for reply in whole.iter().flatten() {
        assert!((200..600).contains(&reply.code) && !reply.lines.is_empty());
        // A code that stood on the first line alone is written on each, which can make one too long.
        if reply.lines.iter().all(|line| line.len() < 1_900) {
            assert_eq!(Reply::parse(&reply.render()), Some(Ok(reply.clone())));
        }
    }
    whole.iter().any(Result::is_ok)
}

/// Replies up to the first thing that is none.
fn replies(octets: &[u8], piece: usize) -> Vec<Result<Reply, ReplyError>> {
    let mut reader = ReplyReader::default();
    let mut found = Vec::new();
    for piece in octets.chunks(piece) {
        reader.push(piece);
        while let Some(reply) = reader.take() {
            let broken = reply.is_err();
            found.push(reply);
            if broken {
                return found;
            }
        }
    }
    found
}

/// Lines of text as the policies of a world: the verdict is the same each time, takes a bounded
/// number of questions, and follows the limits of RFC 7208 §4.6.4. True where there is a policy.
pub fn spf_policy(octets: &[u8]) -> bool {
    let texts: Vec<&[u8]> = octets.split(|&b| b == b'\n').take(16).collect();
    let first = texts.first().copied().unwrap_or_default();
    let request = SpfRequest {
        client: "192.0.2.10".parse().expect("an address"),
        helo: "mail1.hotel-brand.example".to_owned(),
        mail_from: "news@hotel-brand.example".to_owned(),
        receiver: "mx.receiver.example".to_owned(),
        now_s: 1_456_848_000,
    };
    let run = || run(Spf::new(request.clone()), 160, |question| world(question, &texts));
    let verdict = run();
    assert_eq!(verdict, run());
    assert!(verdict.lookups <= 11 && verdict.voids <= 3, "{verdict:?}");
    let is_policy = first.to_ascii_lowercase().starts_with(b"v=spf1");
    match verdict.result {
        SpfResult::Pass | SpfResult::Fail | SpfResult::SoftFail => assert!(is_policy && verdict.mechanism.is_some()),
        SpfResult::None => assert!(verdict.lookups == 0),
        _ => {}
    }
    assert!(verdict.explanation.is_none() || verdict.result == SpfResult::Fail);
    assert_eq!(verdict.fault.as_ref().map(SpfReason::result), verdict.fault.as_ref().map(|_| verdict.result));
    let audit = self::run(SpfAudit::new(request.domain()), 400, |question| world(question, &texts));
    if !audit.cut && !audit.depends_on_sender() {
        assert_eq!(audit.result_of(request.client), verdict.result, "{audit:?}");
    }
    verdict.result != SpfResult::None
}

/// A world in which the checked domain has the first text, and every other name one of them.
fn world(question: Question, texts: &[&[u8]]) -> DnsReply {
    let key = question.qname.key();
    let mark = key.bytes().fold(7u8, |sum, b| sum.wrapping_mul(31).wrapping_add(b));
    let data = match question.qtype {
        _ if mark % 7 == 1 => return DnsReply::empty(question, Outcome::NxDomain),
        _ if mark % 31 == 2 => return DnsReply::empty(question, Outcome::Timeout),
        RrType::TXT if key == "hotel-brand.example" => vec![Data::Txt(strings(texts[0]))],
        RrType::TXT => vec![Data::Txt(strings(texts[usize::from(mark) % texts.len()]))],
        RrType::A => vec![Data::A([192, 0, 2, mark % 32].into())],
        RrType::AAAA => return DnsReply::empty(question, Outcome::NoData),
        RrType::PTR => vec![Data::Ptr(Name::parse("mail1.hotel-brand.example").expect("a name"))],
        RrType::MX => (0..u16::from(mark % 14))
            .map(|n| Data::Mx { preference: n, exchange: Name::parse(&format!("mx{n}.example")).expect("a name") })
            .collect(),
        other => panic!("a policy asks for {other}"),
    };
    let records = data.into_iter().map(|data| Record { owner: question.qname.clone(), ttl_s: 300, data }).collect();
    DnsReply { question, outcome: Outcome::Answered, records }
}

fn strings(text: &[u8]) -> Vec<Vec<u8>> {
    text.chunks(255).map(<[u8]>::to_vec).collect()
}

/// Runs a check; each step asks something, and not for ever.
fn run<I: Inquiry>(mut check: I, questions_max: usize, answer: impl Fn(Question) -> DnsReply) -> I::Verdict {
    let mut replies = Vec::new();
    let mut asked = 0;
    loop {
        match check.step(&replies) {
            Step::Done(verdict) => return verdict,
            Step::Ask(questions) => {
                assert!(!questions.is_empty(), "a step that asks nothing");
                asked += questions.len();
                assert!(asked <= questions_max, "no end of questions");
                replies = questions.into_iter().map(&answer).collect();
            }
        }
    }
}

/// A message, then after an octet 0 the TXT record that every key and policy lookup finds: the parts
/// of the message make it up, and what is unknown or unsigned changes no verdict. True where a signature passes.
pub fn mail_message(octets: &[u8]) -> bool {
    let (mail, record) = octets.split_at(octets.iter().position(|&b| b == 0).unwrap_or(octets.len()));
    let record = record.get(1..).unwrap_or_default();
    let message = Mail::read(mail.to_vec());
    let fields: Vec<u8> = message.fields().flat_map(|field| field.octets().iter().copied()).collect();
    assert!(mail.starts_with(&fields) && mail.ends_with(message.body()));
    assert!(mail.len() - fields.len() - message.body().len() <= 2, "only an empty line stands between");
    for author in message.authors() {
        assert!(!author.local.is_empty() && !author.domain.is_empty());
        assert!(!author.domain.contains(|c: char| c.is_whitespace() || c.is_ascii_uppercase()), "{author}");
    }
    assert!(message.leaves().iter().all(|leaf| leaf.octets().len() <= mail.len()));
    let verdict = signatures(&message, record);
    assert!(verdict.signatures.len() <= 5);
    if message.fields().next().is_some() {
        let marked = message.with_field_on_top("X-Not-Signed-By-Anyone: yes\r\n");
        assert_eq!(signatures(&marked, record), verdict, "a field that nobody signed");
    }
    assert_eq!(signatures(&message, &with_tag(record)), verdict, "a tag that nobody knows");
    match DmarcRecord::parse(record) {
        Some(read) => {
            assert!(read.percentage <= 100);
            assert_eq!(DmarcRecord::parse(&[record, b";zzz9=1"].concat()), Some(read));
        }
        None => assert_eq!(DmarcRecord::parse(&[record, b";zzz9=1"].concat()), None),
    }
    if let Ok(text) = str::from_utf8(record)
        && let Some(address) = Address::parse(text)
    {
        assert!(!address.local.is_empty() && !address.domain.is_empty());
    }
    verdict.result() == DkimResult::Pass
}

fn signatures(message: &Mail, record: &[u8]) -> DkimVerdict {
    run(Dkim::new(message, 1_456_848_000), 5, |question| {
        assert_eq!(question.qtype, RrType::TXT);
        let record = Record { owner: question.qname.clone(), ttl_s: 300, data: Data::Txt(strings(record)) };
        DnsReply { question, outcome: Outcome::Answered, records: vec![record] }
    })
}

/// A key record with one more tag, where it can take one.
fn with_tag(record: &[u8]) -> Vec<u8> {
    let tags = record.split(|&b| b == b';').count();
    if tags > 60 || record.windows(4).any(|w| w == b"zzz9") || record.trim_ascii().is_empty() {
        return record.to_vec();
    }
    let ended = String::from_utf8_lossy(record).trim_end().ends_with(';');
    [record, if ended { b"zzz9=1" } else { b";zzz9=1" }].concat()
}

/// A delivery status notification: what was read is written so that it reads the same again.
pub fn bounce(octets: &[u8]) -> bool {
    let Some(read) = Bounce::parse(octets) else { return false };
    assert!((1..=256).contains(&read.recipients.len()));
    // The boundary is made of the server's own name, which is not a stranger's to choose.
    let first = Bounce { reporting_mta: "mx.receiver.example".to_owned(), original_header: Vec::new(), ..read };
    let now = Timestamp::from_s(1_456_848_000);
    let again = Bounce::parse(&first.render("news@hotel-brand.example", "A1", now)).expect("a notification");
    assert_eq!(again.recipients.len(), first.recipients.len());
    for (was, is) in first.recipients.iter().zip(&again.recipients) {
        assert_eq!((was.action, was.status), (is.action, is.status));
    }
    let third = Bounce::parse(&again.render("news@hotel-brand.example", "A1", now)).expect("a notification");
    assert_eq!(bare(third), bare(again));
    true
}

/// A notification whose addresses stand without what may surround them, layer on layer.
fn bare(mut bounce: Bounce) -> Bounce {
    for recipient in &mut bounce.recipients {
        recipient.address = recipient.address.trim_matches([' ', '<', '>']).to_owned();
    }
    bounce
}

/// A scenario file: read, or refused with a reason and a place in the text.
pub fn scenario(octets: &[u8]) -> bool {
    let text = String::from_utf8_lossy(octets);
    match Scenario::parse(&text) {
        Ok(scenario) => {
            assert!(scenario.days > 0.0 && scenario.end() >= scenario.start.0);
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            if let ScenarioError::Toml(problem) = &error {
                assert!(problem.line <= text.matches('\n').count() + 1, "{error}");
                assert!(!problem.shown.chars().any(char::is_control));
            }
            false
        }
    }
}
