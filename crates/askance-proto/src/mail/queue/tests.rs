//! The grids that each program's clock makes.

use askance_record::{Rng, Timestamp};
use proptest::prelude::*;

use super::RetrySchedule;

/// Attempts of a message that always fails at once: minutes after arrival.
fn attempts(schedule: RetrySchedule, first: Timestamp) -> Vec<f64> {
    let (mut rng, mut last, mut out) = (Rng::new(7), first, vec![]);
    while let Some(next) = schedule.next_attempt(first, last, u32::try_from(out.len()).unwrap() + 1, &mut rng) {
        assert!(next > last, "{schedule:?} stands still at {last}");
        out.push(next.since_s(first) / 60.0);
        last = next;
        assert!(out.len() < 10_000, "{schedule:?} never gives up");
    }
    out
}

/// The first minutes, how many attempts in all, and the last in days.
fn check(schedule: RetrySchedule) -> String {
    let all = attempts(schedule, Timestamp::from_s(1_740_960_000));
    let begin: Vec<String> = all.iter().take(18).map(|m| format!("{}", (m * 10.0).round() / 10.0)).collect();
    format!("{}\n{} attempts, the last after {:.2} d", begin.join(" "), all.len() + 1, all.last().unwrap() / 1440.0)
}

#[test]
fn postfix() {
    insta::assert_snapshot!(check(RetrySchedule::Postfix), @r"
    5 10 20 40 80 150 220 290 360 430 500 570 640 710 780 850 920 990
    108 attempts, the last after 5.01 d
    ");
}

#[test]
fn exim_with_queue_runs() {
    insta::assert_snapshot!(check(RetrySchedule::Exim), @r"
    30 60 90 120 180 270 420 630 960 1320 1680 2040 2400 2760 3120 3480 3840 4200
    24 attempts, the last after 4.17 d
    ");
}

#[test]
fn exim_rule_alone() {
    let gaps_min =
        [0, 119, 120, 180, 270, 405, 608, 912, 1368].map(|age| super::exim_gap_us(age * super::MIN) / super::MIN);
    assert_eq!(gaps_min, [15, 15, 60, 90, 135, 202, 303, 455, 360]);
}

#[test]
fn qmail() {
    insta::assert_snapshot!(check(RetrySchedule::Qmail), @r"
    6.7 26.7 60 106.7 166.7 240 326.7 426.7 540 666.7 806.7 960 1126.7 1306.7 1500 1706.7 1926.7 2160
    40 attempts, the last after 7.04 d
    ");
}

#[test]
fn opensmtpd() {
    insta::assert_snapshot!(check(RetrySchedule::OpenSmtpd), @r"
    6.7 26.7 60 106.7 166.7 240 326.7 426.7 540 666.7 806.7 960 1126.7 1306.7 1500 1706.7 1926.7 2160
    30 attempts, the last after 3.89 d
    ");
}

#[test]
fn sendmail() {
    insta::assert_snapshot!(check(RetrySchedule::Sendmail), @r"
    10 20 30 40 50 60 70 80 90 100 110 120 130 140 150 160 170 180
    721 attempts, the last after 5.00 d
    ");
}

#[test]
fn exchange() {
    insta::assert_snapshot!(check(RetrySchedule::Exchange), @r"
    1 2 3 4 9 14 19 24 29 34 44 54 64 74 84 94 104 114
    295 attempts, the last after 2.00 d
    ");
}

#[test]
fn kumomta() {
    insta::assert_snapshot!(check(RetrySchedule::KumoMta), @r"
    19.6 59.7 139.5 299 618.9 1259.1 2538.7 5098.3
    9 attempts, the last after 3.54 d
    ");
}

#[test]
fn postal() {
    insta::assert_snapshot!(check(RetrySchedule::Postal), @r"
    5 11.5 20 30.9 45.2 63.8 87.9 119.3 160.1 213.1 282 371.6 488.1 639.6 836.4 1092.4 1425.1
    18 attempts, the last after 0.99 d
    ");
}

#[test]
fn haraka() {
    insta::assert_snapshot!(check(RetrySchedule::Haraka), @r"
    1.1 3.2 7.5 16 33.1 67.2 135.5 272 545.1 1091.2 2183.5 4368
    13 attempts, the last after 3.03 d
    ");
}

#[test]
fn stalwart() {
    insta::assert_snapshot!(check(RetrySchedule::Stalwart), @r"
    2 7 17 32 62 122 242 362 482 602 722 842 962 1082 1202 1322 1442 1562
    65 attempts, the last after 4.92 d
    ");
}

#[test]
fn a_message_between_queue_runs_waits_for_the_next() {
    // 20 s after a queue run of Postfix: the first gap is longer, as it was measured (580 s).
    let all = attempts(RetrySchedule::Postfix, Timestamp::from_s(1_740_960_020));
    let gaps: Vec<String> = all.windows(2).map(|w| format!("{:.0}", (w[1] - w[0]) * 60.0)).collect();
    assert_eq!(
        (format!("{:.0}", all[0] * 60.0), gaps[..5].join(" ")),
        ("580".into(), "600 1200 2400 4200 4200".into())
    );
}

#[test]
fn identifiers_are_read_back() {
    for schedule in RetrySchedule::ALL {
        assert_eq!(schedule.as_str().parse(), Ok(schedule));
    }
    assert_eq!("smail".parse::<RetrySchedule>(), Err(()));
}

proptest! {
    #[test]
    fn every_schedule_goes_on_and_ends(start in 0i64..4_000_000_000_000_000, schedule in 0usize..10) {
        let all = attempts(RetrySchedule::ALL[schedule], Timestamp::from_us(start));
        prop_assert!(*all.last().unwrap() < 8.0 * 1440.0);
    }
}
