//! Place, time, loss, coverage, filters.

use super::*;

/// Lookups of one client, one a second, each answered after 10 ms.
fn every_second(n: i64) -> Vec<Look> {
    let one = |i: i64| {
        let port = 20_000 + i;
        let qname = if i % 2 == 0 { "mail1.hotel-brand.example" } else { "www.park-hotel.example" };
        let data = vec![Data::A([198, 51, 100, 25].into())];
        let mut look = look(i * 1_000_000, &format!("192.0.2.10:{port}"), 9, qname, RrType::A, data);
        look.response.as_mut().expect("answered").1 = 10_000;
        look
    };
    (0..n).map(one).collect()
}

fn stamps(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.split('|').next()).collect()
}

const LIST: RecordFormat = RecordFormat::CsvList { delimiter: '|' };

#[test]
fn the_clock_is_the_sensors_own() {
    let looks = every_second(3);
    let right = written(tap(LIST), &looks);
    assert_eq!(stamps(&right), ["2016-03-01T16:00:00.008Z", "2016-03-01T16:00:01.008Z", "2016-03-01T16:00:02.008Z"]);
    let fast = TapConfig { clock_offset_us: 2_500_000, resolution_us: 1_000_000, ..tap(LIST) };
    let fast = written(fast, &looks);
    assert_eq!(stamps(&fast), ["2016-03-01T16:00:02.000Z", "2016-03-01T16:00:03.000Z", "2016-03-01T16:00:04.000Z"]);
}

#[test]
fn upstream_is_stamped_when_it_leaves() {
    let at = vec![ip("192.0.2.10")];
    let upstream = TapConfig { at, what: TapKind::Upstream, ..tap(LIST) };
    assert_eq!(stamps(&written(upstream.clone(), &every_second(1))), ["2016-03-01T16:00:00.000Z"]);
    let server = TapConfig { what: TapKind::ClientSide, ..upstream };
    assert_eq!(written(server, &every_second(1)), "", "nobody asks the client");
}

#[test]
fn coverage_is_told_by_the_sensors_clock() {
    let covers = vec![(at(2_000_000), at(4_000_000)), (at(6_000_000), at(7_000_000))];
    let tap = TapConfig { covers, clock_offset_us: -8_000, ..tap(LIST) };
    let mut script = Script::default();
    for look in &every_second(9) {
        script.look(look);
    }
    let (octets, kept) = record(tap, script);
    let text = String::from_utf8(octets).expect("text");
    assert_eq!(stamps(&text), ["2016-03-01T16:00:02.000Z", "2016-03-01T16:00:03.000Z", "2016-03-01T16:00:06.000Z"]);
    let written = &kept.written()[0];
    assert_eq!((written.rows, written.seen, written.missed, written.left_out), (3, 18, 0, 12));
}

#[test]
fn only_what_is_kept_is_written_and_labelled() {
    let keep = TapConfig { keep_names: vec![name("hotel-brand.example")], keep_types: vec![RrType::A], ..tap(LIST) };
    let mut script = Script::default();
    for look in &every_second(5) {
        script.look(look);
    }
    let (octets, kept) = record(keep, script);
    assert_eq!(String::from_utf8(octets).expect("text").lines().count(), 3);
    insta::assert_snapshot!(labels(&kept), @"
    file,vantage,client,name,mechanism,start,end,origin,notes
    tap.log,resolver-client,192.0.2.10,mail1.hotel-brand.example,sender-verification,2016-03-01T16:00:00.008Z,2016-03-01T16:00:04.008Z,simulated,3 rows of north-bank
    ");
}

#[test]
fn a_sensor_misses_its_share_and_the_truth_follows() {
    let n = 2_000;
    for format in [LIST, RecordFormat::Pcap, RecordFormat::ZeekDns] {
        let tap = TapConfig { loss: 0.25, ..tap(format) };
        let mut script = Script::default();
        for look in &every_second(n) {
            script.look(look);
        }
        let (octets, kept) = record(tap.clone(), script);
        let written = &kept.written()[0];
        assert_eq!(written.seen, 4_000);
        // Four standard deviations of a binomial around 1000.
        assert!((890..1110).contains(&written.missed), "{}", written.missed);
        let rows = read(&octets, &tap).lookups.len();
        let labelled: usize = labels(&kept)
            .lines()
            .skip(1)
            .filter_map(|line| line.rsplit(',').next()?.split(' ').next()?.parse::<usize>().ok())
            .sum();
        assert_eq!(labelled, rows, "{:?}", tap.format);
    }
}

#[test]
fn lines_come_in_the_order_of_arrival() {
    // A slow link: what is sent first arrives last.
    let mut script = Script::default();
    for (i, trip_us) in (0..).zip([900_000, 400_000, 1_000]) {
        let query = Message::query(7, name(&format!("n{i}.example")), RrType::A).encode();
        let us = i * 100_000;
        let client = socket(&format!("192.0.2.10:{}", 4_000 + i));
        script.0.push((us, Some(us + trip_us), client, socket(RESOLVER), Said::Datagram(query), None));
    }
    let lost = Message::query(7, name("lost.example"), RrType::A).encode();
    script.0.push((50_000, None, socket("192.0.2.10:4100"), socket(RESOLVER), Said::Datagram(lost), None));
    let text = String::from_utf8(record(tap(LIST), script).0).expect("text");
    insta::assert_snapshot!(text, @"
    2016-03-01T16:00:00.201Z|n2.example|192.0.2.10
    2016-03-01T16:00:00.500Z|n1.example|192.0.2.10
    2016-03-01T16:00:00.900Z|n0.example|192.0.2.10
    ");
}

#[test]
fn equal_seeds_give_equal_octets() {
    let of = |seed| {
        let tap = TapConfig { loss: 0.3, seed, ..tap(RecordFormat::BindQueryLog) };
        written(tap, &every_second(50))
    };
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
}

#[test]
fn impossible_taps_are_refused() {
    let refused =
        |taps: Vec<TapConfig>| Records::new(taps, causes(), &mut Memory::default()).expect_err("refused").to_string();
    let bind = TapConfig { what: TapKind::Upstream, ..tap(RecordFormat::BindQueryLog) };
    assert_eq!(refused(vec![bind]), "source tap: a server's query log holds only what clients ask of it");
    assert_eq!(refused(vec![TapConfig { loss: 1.5, ..tap(LIST) }]), "source tap: loss is a share from 0 to 1");
    assert_eq!(refused(vec![tap(LIST), tap(LIST)]), "two sources are called tap");
}

#[test]
fn a_full_disk_is_told_at_the_end() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Sink for Full {
        fn file(&mut self, _: &str) -> io::Result<Box<dyn Write>> {
            Ok(Box::new(Full))
        }
    }
    let mut records = Records::new(vec![tap(LIST)], causes(), &mut Full).expect("taps");
    let mut script = Script::default();
    for look in &every_second(3) {
        script.look(look);
    }
    script.tell(&mut records);
    assert!(matches!(records.finish(), Err(RecordsError::Write { id, .. }) if id == "tap"));
}

#[test]
fn a_late_response_is_a_row_of_its_own() {
    let mut late = look(0, "192.0.2.10:4000", 5, "slow.example", RrType::A, vec![Data::A([198, 51, 100, 25].into())]);
    late.response.as_mut().expect("answered").1 = 12_000_000;
    let rows = |format| {
        let text = written(tap(format), core::slice::from_ref(&late));
        let rows = text.lines().filter(|line| !line.starts_with('#'));
        rows.map(|row| row.split('\t').map(str::to_owned).collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    let zeek = rows(RecordFormat::ZeekDns);
    let of = |row: &[String]| [0, 8, 14].map(|i| row[i].clone());
    assert_eq!(
        zeek.iter().map(|row| of(row)).collect::<Vec<_>>(),
        [["1456848000.008000", "-", "-"].map(str::to_owned), ["1456848012.008000", "-", "0"].map(str::to_owned),]
    );
    // The resolver itself knows how long it took.
    let unbound = rows(RecordFormat::UnboundLog);
    assert!(unbound[1][0].ends_with(" A IN NOERROR 12.000000 0 57"), "{unbound:?}");
}

#[test]
fn nobody_waits_for_ever() {
    let mut pending = pending::Pending::default();
    let pair = sight::Pair { client: socket("192.0.2.10:4000"), server: socket(RESOLVER) };
    let asked = |us| pending::Asked { at: at(us), cause: None, has_row: true };
    pending.ask((pair, false, 1), asked(0));
    pending.ask((pair, false, 2), asked(0));
    pending.ask((pair, false, 2), asked(10_000_000));
    pending.tick(at(30_000_001));
    assert_eq!(pending.answer(&(pair, false, 1)), None);
    assert_eq!(pending.answer(&(pair, false, 2)), Some(asked(10_000_000)), "asked again in between");
    assert_eq!(pending.answer(&(pair, false, 2)), None, "answered");
}
