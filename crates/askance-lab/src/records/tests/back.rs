//! In = out: what intake reads is what was put in, for any lookups.

use askance_record::{Host, Lookup, Transport};
use proptest::prelude::*;

use super::*;

/// What a format shows of a lookup, as text that both sides can be brought to.
fn shown(format: &RecordFormat, row: &Lookup) -> String {
    let step_us = match format {
        RecordFormat::UnboundLog => 1_000_000,
        RecordFormat::BindQueryLog | RecordFormat::CsvList { .. } => 1_000,
        _ => 1,
    };
    let ts = row.ts.us() - row.ts.us().rem_euclid(step_us);
    let mut text = format!("{ts} {} {}", row.client, row.qname.key());
    if matches!(format, RecordFormat::CsvList { .. }) {
        return text;
    }
    text.push_str(&format!(" {:?}", row.qtype));
    if matches!(format, RecordFormat::UnboundLog) {
        return format!("{text} {:?} {:?} {:?} {:?}", row.side, row.rcode, row.rtt_us, row.cached);
    }
    text.push_str(&format!(" {:?} {} {:?}", row.client_port, row.server, row.transport));
    if matches!(format, RecordFormat::BindQueryLog) {
        return format!("{text} {} {}", row.qname.raw(), row.flags.expect("the log shows flags"));
    }
    format!("{text} {:?} {:?} {:?} {:?} {:?}", row.id, row.side, row.rcode, row.rtt_us, row.ttl_min_s)
}

/// What a lookup is as a row.
fn row(format: &RecordFormat, look: &Look) -> Lookup {
    use askance_record::{Flags, Side};
    let (qname, qtype) = look.query.question.clone().expect("a question");
    let header = look.query.header;
    let mut flags = if header.recursion_desired { Flags::RD } else { Flags::empty() };
    if header.checking_disabled {
        flags |= Flags::CD;
    }
    if let Some(edns) = look.query.edns {
        flags |= if edns.dnssec_ok { Flags::EDNS | Flags::DO } else { Flags::EDNS };
    }
    let response = look.response.as_ref();
    Lookup {
        // At the server.
        ts: at(look.us + LATENCY_US),
        client: Host::Ip(look.client.ip()),
        client_port: Some(look.client.port()),
        server: Host::Ip(look.server.ip()),
        transport: Some(if look.tcp { Transport::Tcp } else { Transport::Udp }),
        id: Some(header.id),
        qname,
        qtype: Some(qtype),
        side: if response.is_some() { Side::Both } else { Side::Query },
        rcode: response.map(|(message, _)| message.header.rcode),
        flags: Some(flags),
        ttl_min_s: response.and_then(|(message, _)| message.answers.iter().map(|r| r.ttl_s).min()),
        rtt_us: response.map(|&(_, after)| u64::try_from(after).expect("not negative")),
        cached: response.map(|&(_, after)| after == 0 && matches!(format, RecordFormat::UnboundLog)),
        ..Lookup::default()
    }
}

fn check(format: &RecordFormat, looks: &[Look]) -> Result<(), TestCaseError> {
    let tap = tap(format.clone());
    let mut script = Script::default();
    for look in looks {
        script.look(look);
    }
    let (octets, kept) = record(tap.clone(), script);
    // A text log without a line is of no format.
    let contents = if octets.is_empty() { Contents::default() } else { read(&octets, &tap) };
    let sorted = |mut rows: Vec<String>| {
        rows.sort_unstable();
        rows
    };
    let expected = sorted(looks.iter().map(|look| shown(format, &row(format, look))).collect());
    let found = sorted(contents.lookups.iter().map(|row| shown(format, row)).collect());
    prop_assert_eq!(found, expected);
    prop_assert_eq!(contents.ledger.rejected_count(), 0, "{:?}", &contents.ledger);
    prop_assert_eq!(contents.ledger.duplicates, 0);
    // The truth counts what the source shows, no more and no less.
    let counted: usize = labels(&kept)
        .lines()
        .skip(1)
        .map(|line| {
            let notes = line.rsplit(',').next().expect("notes");
            notes.split(' ').next().and_then(|n| n.parse::<usize>().ok()).expect("a number of rows")
        })
        .sum();
    prop_assert_eq!(counted, looks.len());
    Ok(())
}

/// Lookups at distinct instants, so that each has its place in every format.
fn looks() -> impl Strategy<Value = Vec<Look>> {
    let odd = prop_oneof![Just("_dmarc"), Just(r"odd\.dot"), Just(r"blank\032x")].prop_map(str::to_owned);
    let label = prop_oneof!["[a-zA-Z0-9-]{1,12}", odd];
    let one = (
        (label, 0usize..4, any::<u16>(), 0u8..3, any::<bool>()),
        (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), 1u8..200),
        (0i64..3, 1i64..200_000, 1i64..2_000_000),
    );
    proptest::collection::vec(one, 0..12).prop_map(|all| {
        let mut us = 100_000;
        let mut looks = Vec::new();
        for (i, ((label, kind, id, records, tcp), (rd, cd, edns, dnssec_ok, host), (answers, after, gap))) in
            (0..).zip(all)
        {
            us += gap + 40_000;
            let qtype = [RrType::A, RrType::PTR, RrType::MX, RrType(65_280)][kind];
            let data = (0..records).map(|n| Data::A([203, 0, 113, n].into())).collect();
            let client = format!("192.0.2.{host}:{}", 10_000 + i);
            let mut one = look(us, &client, id, &format!("{label}.hotel-brand.example"), qtype, data);
            one.tcp = tcp;
            one.query.header.recursion_desired = rd;
            one.query.header.checking_disabled = cd;
            one.query.edns = edns.then(|| Edns { dnssec_ok, ..Edns::default() });
            one.response = match answers {
                0 => None,
                1 => one.response.map(|(message, _)| (message, 0)),
                _ => one.response.map(|(message, _)| (message, after)),
            };
            looks.push(one);
        }
        looks
    })
}

/// Unbound shows what it cannot print as `?`, and Zeek a dot inside a label as any dot.
fn plain(looks: &[Look]) -> Vec<Look> {
    let is_plain = |look: &&Look| look.query.question.as_ref().is_some_and(|(qname, _)| !qname.key().contains('\\'));
    looks.iter().filter(is_plain).cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(looks in looks()) {
        for format in [RecordFormat::BindQueryLog, RecordFormat::Pcap, RecordFormat::CsvList { delimiter: '|' }] {
            check(&format, &looks)?;
        }
        for format in [RecordFormat::UnboundLog, RecordFormat::ZeekDns] {
            check(&format, &plain(&looks))?;
        }
    }
}
