use super::*;

#[test]
fn counts_and_shares_read_as_people_write_them() {
    assert_eq!(count(0), "0");
    assert_eq!(count(999), "999");
    assert_eq!(count(1_234_567), "1,234,567");
    assert_eq!(counted(1, "lookup", "lookups"), "1 lookup");
    assert_eq!(share(0.998), "99.8\u{a0}%");
    assert_eq!(share(0.5), "50\u{a0}%");
    assert_eq!(share(0.200_04), "20\u{a0}%");
    assert_eq!(share(0.000_01), "< 0.1\u{a0}%");
    assert_eq!(share(1.0 - 1e-15), "100\u{a0}%");
    assert_eq!(share(0.999_99), "> 99.9\u{a0}%");
    assert_eq!(share(0.0), "0\u{a0}%");
    assert_eq!(share(f64::NAN), "not finite");
}

#[test]
fn significant_digits_never_invent_precision() {
    for (x, digits, expected) in [
        (0.0, 3, "0"),
        (1234.5, 2, "1,200"),
        (0.012_345, 3, "0.0123"),
        (9.999, 3, "10"),
        (-3.0, 2, "-3"),
        (1e-7, 2, "1.0e-7"),
        (f64::INFINITY, 2, "not finite"),
    ] {
        assert_eq!(fmt_sig(x, digits), expected, "{x} with {digits} digits");
    }
}

#[test]
fn likelihood_ratios_are_said_as_times() {
    assert_eq!(times(1.6), "about 40 times");
    assert_eq!(times(0.0), "about 1 times");
    assert_eq!(times(-1.0), "about 1/10");
    assert_eq!(times(9.0), "about 10^9 times");
    assert_eq!(signed_log(-0.001), "0.00");
    assert_eq!(signed_log(-1.5), "\u{2212}1.50");
}

#[test]
fn durations_have_at_most_two_units() {
    for (s, expected) in [
        (0.25, "0.25 s"),
        (45.0, "45 s"),
        (3600.0, "1 h"),
        (5400.0, "1 h 30 min"),
        (7182.0, "2 h"),
        (90_000.0, "1 d 1 h"),
        (12_355_200.0, "143 d"),
    ] {
        assert_eq!(duration(s), expected, "{s} s");
    }
    assert_eq!(octets(999), "999 B");
    assert_eq!(octets(4_200_000), "4.2 MB");
}

#[test]
fn a_long_name_keeps_both_ends() {
    assert_eq!(middle("abcdefghij", 5), "ab…ij");
    assert_eq!(middle("short", 5), "short");
}

#[test]
fn instants_are_shown_in_the_zone_of_the_case() {
    let clock = Clock::new("America/New_York");
    assert_eq!(clock.instant("2016-09-23T13:56:29Z"), "2016-09-23 09:56:29");
    assert_eq!(clock.instant("about noon"), "about noon");
    assert_eq!(Clock::new("Nowhere/At_All").zone(), "UTC");
}

#[test]
fn an_axis_has_round_marks_and_not_too_many() {
    let clock = Clock::new("Europe/Moscow");
    let ms = |text| Clock::ms(text).unwrap();
    let labels = |from, to| {
        let ticks = clock.ticks(ms(from), ms(to), 8);
        ticks.into_iter().map(|t| t.label).collect::<Vec<_>>().join(" | ")
    };
    assert_eq!(labels("2016-05-04T00:00:00Z", "2016-09-23T13:56:29Z"), "Jun 2016 | Jul | Aug | Sep");
    assert_eq!(
        labels("2016-12-30T20:00:00Z", "2017-01-01T10:00:00Z"),
        "31 Dec 00:00 | 06:00 | 12:00 | 18:00 | 1 Jan 00:00 | 06:00 | 12:00"
    );
    assert_eq!(clock.ticks(0, 0, 8).len(), 1, "one instant");
    assert_eq!(clock.ticks(5, 4, 8), Vec::new(), "an empty span");
    assert!(clock.ticks(i64::MIN, i64::MAX, 8).is_empty(), "out of range");
}
