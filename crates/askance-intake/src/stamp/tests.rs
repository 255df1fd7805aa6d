use askance_record::SourceId;
use proptest::prelude::*;

use super::*;
use crate::Limits;

fn clock(zone: Option<&str>, year: Option<i16>) -> Clock {
    let zone = zone.map(|name| TimeZone::get(name).expect("bundled zone"));
    Clock::new(&Options { zone, year, source: SourceId(0), limits: Limits::TINY, ..Options::default() })
}

/// The instant, resolution and rest of a stamp, or why there is none.
fn check(text: &str, expected: &str) {
    let shown = match find(text.as_bytes()) {
        Ok(stamp) => match clock(None, Some(2016)).settle(&stamp) {
            Ok(ts) => format!("{ts} {} {:?}", stamp.resolution, text.get(stamp.len..).unwrap()),
            Err(why) => format!("{why:?}"),
        },
        Err(why) => format!("{why:?}"),
    };
    assert_eq!(shown, expected, "{text}");
}

#[test]
fn every_form_is_read() {
    check("1322849924.408856||x", "2011-12-02T18:18:44.408856Z 1us \"||x\"");
    check("1571234567", "2019-10-16T14:02:47Z 1s \"\"");
    check("1571234567123 x", "2019-10-16T14:02:47.123Z 1ms \" x\"");
    check("1571234567123456", "2019-10-16T14:02:47.123456Z 1us \"\"");
    check("1571234567123456789", "2019-10-16T14:02:47.123456Z 1us \"\"");
    check("[1571234567] unbound", "2019-10-16T14:02:47Z 1s \" unbound\"");
    check("2016-07-20T10:55:33.000Z|n", "2016-07-20T10:55:33Z 1ms \"|n\"");
    check("2019-10-08T11:29:05+02:00 h", "2019-10-08T09:29:05Z 1s \" h\"");
    check("2020-02-29T00:00:12.734324+0000", "2020-02-29T00:00:12.734324Z 1us \"\"");
    check("2022-06-29 13:54:29 H=", "2022-06-29T13:54:29Z 1s \" H=\"");
    check("2022-06-29 13:54:29.123 +0200 H=", "2022-06-29T11:54:29.123Z 1ms \" H=\"");
    check("2022-06-29 13:54 x", "2022-06-29T13:54:00Z 1min \" x\"");
    check("2022-06-29", "2022-06-29T00:00:00Z 1d \"\"");
    check("19-Oct-2022 05:34:02.425 client", "2022-10-19T05:34:02.425Z 1ms \" client\"");
    check("9-OCT-2022 05:34:02 x", "2022-10-09T05:34:02Z 1s \" x\"");
    check("Aug  9 09:06:36 dnsmasq", "2016-08-09T09:06:36Z 1s \" dnsmasq\"");
    check("Nov 13 10:59:46 keira", "2016-11-13T10:59:46Z 1s \" keira\"");
    check("Nov 13 2020 10:59:46 keira", "2020-11-13T10:59:46Z 1s \" keira\"");
    check("20211222 21:46:04 x", "2021-12-22T21:46:04Z 1s \" x\"");
    check("22.12.2021 21:46:04", "2021-12-22T21:46:04Z 1s \"\"");
    check("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z 1s \"\"");
}

#[test]
fn what_is_no_stamp_is_told() {
    for text in
        ["", "client", "x 12", "[12", "[]", "Nov", "Nov 13", "Nov 13 client", "12-", "2022-1", "2022-12-x", "1-x-2"]
    {
        check(text, "Absent");
    }
    for text in
        ["2022-02-30 00:00:00", "30-Feb-2022 00:00:00", "Feb 30 00:00:00", "2022-01-01 24:00:00", "Jan 1 00:61:00"]
    {
        check(text, "Impossible");
    }
    check("4/21/2017 7:52:03 AM", "Ambiguous");
    check("22/12/2021 21:46:04", "Ambiguous");
    check("99999999999999999999", "Impossible");
}

fn read(clock: &mut Clock, text: &str) -> Result<(Timestamp, usize), NoStamp> {
    let stamp = find(text.as_bytes())?;
    Ok((clock.settle(&stamp)?, stamp.len))
}

fn settle(clock: &mut Clock, text: &str) -> String {
    read(clock, text).map_or_else(|why| format!("{why:?}"), |(ts, _)| ts.to_string())
}

fn assumptions(clock: &Clock) -> Vec<String> {
    let mut ledger = Ledger::default();
    clock.finish(&mut ledger);
    ledger.assumptions
}

#[test]
fn a_log_without_years_runs_into_the_next_one() {
    let mut clock = clock(None, Some(2015));
    assert_eq!(settle(&mut clock, "Dec 31 23:59:59"), "2015-12-31T23:59:59Z");
    assert_eq!(settle(&mut clock, "Jan  1 00:00:00"), "2016-01-01T00:00:00Z");
    // A line that overtook another at midnight.
    assert_eq!(settle(&mut clock, "Dec 31 23:59:59"), "2015-12-31T23:59:59Z");
    assert_eq!(settle(&mut clock, "Jan  1 00:00:01"), "2016-01-01T00:00:01Z");
    assert_eq!(settle(&mut clock, "Feb 29 00:00:01"), "2016-02-29T00:00:01Z");
    assert_eq!(settle(&mut clock, "Dec 24 00:00:01"), "2016-12-24T00:00:01Z");
    assert_eq!(
        assumptions(&clock),
        [
            "stamps that name no zone are taken as UTC",
            "stamps that name no year run from 2015 to 2016, a new year where the month steps back",
            "time stamps resolve 1s",
        ]
    );
}

#[test]
fn a_year_must_be_told() {
    assert_eq!(settle(&mut clock(None, None), "Dec 31 23:59:59"), "YearNeeded");
    assert_eq!(settle(&mut clock(None, Some(2015)), "Feb 29 12:00:00"), "Impossible");
}

#[test]
fn hours_that_a_zone_skips_or_repeats_are_settled_and_told() {
    let mut clock = clock(Some("Europe/Berlin"), None);
    for (text, expected) in [
        ("2016-03-27 01:59:59", "2016-03-27T00:59:59Z"),
        ("2016-03-27 02:30:00", "2016-03-27T01:30:00Z"),
        ("2016-03-27 03:00:00", "2016-03-27T01:00:00Z"),
        ("2016-10-30 01:59:59", "2016-10-29T23:59:59Z"),
        ("2016-10-30 02:00:00", "2016-10-30T00:00:00Z"),
        ("2016-10-30 02:59:59", "2016-10-30T00:59:59Z"),
        ("2016-10-30 02:00:00", "2016-10-30T01:00:00Z"),
        ("2016-10-30 02:59:59", "2016-10-30T01:59:59Z"),
        ("2016-10-30 03:00:00", "2016-10-30T02:00:00Z"),
    ] {
        assert_eq!(settle(&mut clock, text), expected, "{text}");
    }
    assert_eq!(
        assumptions(&clock),
        [
            "stamps in an hour that the zone skips are moved behind it",
            "stamps in an hour that the zone repeats are told apart by the order of lines",
            "time stamps resolve 1s",
        ]
    );
}

#[test]
fn patterns_read_what_no_rule_can_tell() {
    let pattern = Pattern::new("%m/%d/%Y %I:%M:%S %p").expect("a pattern");
    let stamp = pattern.read(b"4/21/2017 7:52:03 PM").expect("a stamp");
    assert_eq!(clock(None, None).settle(&stamp).unwrap().to_string(), "2017-04-21T19:52:03Z");
    let stamp = Pattern::new("%d/%m %H:%M").expect("a pattern").read(b"05/04 10:00").expect("a stamp");
    assert_eq!(stamp.resolution, Resolution::Minute);
    assert_eq!(clock(None, Some(2016)).settle(&stamp).unwrap().to_string(), "2016-04-05T10:00:00Z");
    let stamp = Pattern::new("%Y-%m-%d %H:%M:%S %z").expect("a pattern").read(b"2016-04-05 10:00:00 +0200").unwrap();
    assert_eq!(clock(None, None).settle(&stamp).unwrap().to_string(), "2016-04-05T08:00:00Z");
    assert!(Pattern::new("%!").is_none());
}

proptest! {
    #[test]
    fn arithmetic_agrees_with_the_calendar(us in -62_135_596_800_000_000i64..253_402_207_199_000_000) {
        let written = jiff::Timestamp::from_microsecond(us).unwrap();
        let (ts, len) = read(&mut clock(None, None), &written.to_string()).unwrap();
        prop_assert_eq!(ts.us(), us);
        prop_assert_eq!(len, written.to_string().len());
    }

    #[test]
    fn local_stamps_agree_with_the_zone(s in 0i64..4_000_000_000) {
        let zone = TimeZone::get("America/New_York").unwrap();
        let shown = jiff::Timestamp::from_second(s).unwrap().to_zoned(zone.clone()).datetime();
        let expected = zone.to_timestamp(shown).unwrap();
        let (ts, _) = read(&mut clock(Some("America/New_York"), None), &shown.to_string()).unwrap();
        prop_assert_eq!(ts.to_jiff(), expected);
    }

    #[test]
    fn any_octets_are_read_or_refused(text in proptest::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(stamp) = find(&text) {
            prop_assert!(stamp.len > 0 && stamp.len <= text.len());
        }
    }
}
