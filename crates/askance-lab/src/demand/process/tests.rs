//! When clients act: the first acts of every process, and the laws that hold for all of them.

use std::sync::Arc;

use askance_record::{Rng, Timestamp};
use insta::assert_snapshot;
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::*;
use crate::demand::{Week, WeekTemplate};

/// Monday 2016-05-02, 00:00 UTC.
const MONDAY: Timestamp = Timestamp::from_s(1_462_147_200);
const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;

fn days(n: i64) -> Range<Timestamp> {
    MONDAY..MONDAY.plus_us(n * DAY_US)
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a zone of the database")
}

fn office() -> Human {
    Human {
        week: Week::new(WeekTemplate::at_work(), zone("America/New_York")),
        sessions_per_day: 6.0,
        acts_per_session: 3.0,
        think_s: 40.0,
    }
}

fn campaigns() -> Campaigns {
    Campaigns {
        week: Week::new(WeekTemplate::at_work(), zone("America/Chicago")),
        campaigns_per_week: 3.0,
        messages: 40.0,
        spread_s: 600.0,
        singles_per_day: 4.0,
    }
}

fn publicity() -> FadeOut {
    FadeOut {
        instant: MONDAY.plus_us(HOUR_US),
        peak_per_h: 30.0,
        scale_s: 3600.0,
        power: 1.0,
        background_per_day: 3.0,
        week: None,
    }
}

fn rescan() -> Rescan {
    Rescan { items: 7, every_days: 1.0, every_jitter: 0.2, batch: 3, batch_gap_s: 0.5, pause_s: 300.0 }
}

fn beacon() -> Beacon {
    let sleep = SleepLoop { jitter: Jitter::Uniform { less: 0.2, more: 0.0 }, ..SleepLoop::every(3600.0) };
    Beacon { sleep, task_share: 0.3, task_s: 20.0, busy_s: 5.0 }
}

fn first_ten(process: &Process) -> String {
    let acts = process.acts(Rng::part(7, "process"), days(60)).take(10);
    let line = |a: Act| format!("{:.19} {}{}", a.at.to_string(), a.item, if a.long { " long" } else { "" });
    acts.map(line).collect::<Vec<_>>().join("\n")
}

macro_rules! check {
    ($process:expr, @$expected:literal) => {
        assert_snapshot!(first_ten(&$process), @$expected)
    };
}

#[test]
fn first_acts() {
    check!(Process::Once, @"2016-05-02T00:00:00 0");
    check!(Process::Poisson { per_day: 24.0 }, @r"
    2016-05-02T02:34:07 0
    2016-05-02T02:48:29 1
    2016-05-02T03:03:35 2
    2016-05-02T03:45:23 3
    2016-05-02T06:06:01 4
    2016-05-02T06:28:45 5
    2016-05-02T07:17:18 6
    2016-05-02T10:12:44 7
    2016-05-02T11:30:48 8
    2016-05-02T12:11:33 9
    ");
    check!(Process::Human(office()), @r"
    2016-05-02T11:27:51 0
    2016-05-02T11:28:08 1
    2016-05-02T14:45:28 2
    2016-05-02T14:46:42 3
    2016-05-02T14:47:05 4
    2016-05-02T14:48:38 5
    2016-05-02T15:28:24 6
    2016-05-02T15:28:56 7
    2016-05-02T15:29:02 8
    2016-05-02T15:29:32 9
    ");
    check!(Process::Campaigns(campaigns()), @r"
    2016-05-02T13:00:50 0
    2016-05-02T16:51:24 1
    2016-05-02T22:01:44 2
    2016-05-03T09:27:56 3
    2016-05-03T14:02:20 4
    2016-05-03T15:40:45 5
    2016-05-03T16:20:48 6
    2016-05-03T17:55:47 7
    2016-05-03T19:17:10 8
    2016-05-03T20:08:08 9
    ");
    check!(Process::FadeOut(publicity()), @r"
    2016-05-02T01:00:28 0
    2016-05-02T01:01:54 1
    2016-05-02T01:02:41 2
    2016-05-02T01:09:06 3
    2016-05-02T01:10:41 4
    2016-05-02T01:14:58 5
    2016-05-02T01:16:03 6
    2016-05-02T01:23:10 7
    2016-05-02T01:26:28 8
    2016-05-02T01:27:11 9
    ");
}

#[test]
fn first_acts_of_jobs_and_loops() {
    let cron = Cron::parse("17,47 6-7 * * 1-5").expect("five fields");
    check!(Process::Clock(ClockJob::cron(cron, zone("Europe/Berlin"))), @r"
    2016-05-02T04:17:01 0
    2016-05-02T04:47:00 1
    2016-05-02T05:17:01 2
    2016-05-02T05:47:00 3
    2016-05-03T04:17:00 4
    2016-05-03T04:47:00 5
    2016-05-03T05:17:00 6
    2016-05-03T05:47:00 7
    2016-05-04T04:17:00 8
    2016-05-04T04:47:00 9
    ");
    check!(Process::Clock(ClockJob::every(600.0, 42.0)), @r"
    2016-05-02T00:00:42 0
    2016-05-02T00:10:42 1
    2016-05-02T00:20:42 2
    2016-05-02T00:30:42 3
    2016-05-02T00:40:42 4
    2016-05-02T00:50:42 5
    2016-05-02T01:00:42 6
    2016-05-02T01:10:42 7
    2016-05-02T01:20:42 8
    2016-05-02T01:30:42 9
    ");
    check!(Process::Sleep(SleepLoop { drift_ppm: 50.0, ..SleepLoop::every(3600.0) }), @r"
    2016-05-02T00:04:35 0
    2016-05-02T01:04:36 1
    2016-05-02T02:04:36 2
    2016-05-02T03:04:36 3
    2016-05-02T04:04:37 4
    2016-05-02T05:04:37 5
    2016-05-02T06:04:37 6
    2016-05-02T07:04:37 7
    2016-05-02T08:04:38 8
    2016-05-02T09:04:38 9
    ");
    check!(Process::Beacon(beacon()), @r"
    2016-05-02T00:04:35 0
    2016-05-02T01:01:55 1 long
    2016-05-02T01:02:00 2 long
    2016-05-02T01:02:05 3
    2016-05-02T01:55:18 4
    2016-05-02T02:51:05 5 long
    2016-05-02T02:51:10 6 long
    2016-05-02T02:51:15 7 long
    2016-05-02T02:51:20 8 long
    2016-05-02T02:51:25 9 long
    ");
}

#[test]
fn first_acts_of_walks_and_replays() {
    check!(Process::Sweep(Sweep { items: 5, cycle_days: 2.0, burst: 3, burst_gap_s: 0.2 }), @r"
    2016-05-02T09:19:43 4
    2016-05-02T09:19:43 0
    2016-05-02T09:19:43 1
    2016-05-03T08:12:57 2
    2016-05-03T08:12:57 3
    2016-05-04T06:05:07 2
    2016-05-04T06:05:07 3
    2016-05-04T06:05:08 4
    2016-05-05T08:12:04 0
    2016-05-05T08:12:04 1
    ");
    check!(Process::Rescan(rescan()), @r"
    2016-05-02T01:50:20 0
    2016-05-02T01:50:21 1
    2016-05-02T01:50:21 2
    2016-05-02T01:53:50 3
    2016-05-02T01:53:51 4
    2016-05-02T01:53:51 5
    2016-05-02T01:57:54 6
    2016-05-02T21:33:17 0
    2016-05-02T21:33:18 1
    2016-05-02T21:33:18 2
    ");
    let old = [0i64, 5, 5, 900, 86_400].map(|s| Timestamp::from_s(1_400_000_000 + s));
    let acts: Arc<[Act]> =
        old.into_iter().zip([3, 1, 4, 1, 5]).map(|(at, item)| Act { at, item, long: false }).collect();
    let replay = Replay { acts, shift_us: 62_148_000_000_000, share: 0.8, late_s: 30.0 };
    check!(Process::Replay(replay), @r"
    2016-05-02T00:14:37 3
    2016-05-02T00:14:37 1
    2016-05-02T00:14:37 4
    2016-05-02T00:28:44 1
    2016-05-03T00:13:59 5
    ");
}

#[test]
fn retries_keep_their_delays() {
    let table = |retry: Retry, n: usize| -> String {
        let times: Vec<_> =
            retry.attempts(MONDAY, Rng::new(3)).take(n).map(|t| format!("{:.1}", t.since_s(MONDAY))).collect();
        times.join(" ")
    };
    assert_snapshot!(table(Retry::FAST, 6), @"0.8 1.9 3.0 4.2 5.2 6.1");
    assert_snapshot!(table(Retry::BACK_OFF, 99), @"0.9 3.0 7.3 15.8 32.2 61.7 117.9 179.4 240.0 294.4");
    assert_snapshot!(table(Retry::HOURLY, 4), @"3567.7 7178.4 10804.8 14429.6");
}

/// Share of acts by local hour, in percent, and the share on Saturday and Sunday.
fn by_hour(process: &Process, weeks: i64, zone: &TimeZone) -> ([f64; 24], f64) {
    let (mut hours, mut weekend, mut n) = ([0.0; 24], 0.0, 0.0);
    for act in process.acts(Rng::part(1, "hours"), days(7 * weeks)) {
        let local = zone.to_datetime(act.at.to_jiff());
        hours[usize::from(local.hour().unsigned_abs())] += 1.0;
        weekend += if local.weekday().to_monday_zero_offset() >= 5 { 1.0 } else { 0.0 };
        n += 1.0;
    }
    (hours.map(|h| 100.0 * h / n), 100.0 * weekend / n)
}

#[test]
fn an_office_worker_works_in_office_hours_and_has_lunch() {
    let ny = zone("America/New_York");
    let (hours, weekend) = by_hour(&Process::Human(office()), 52, &ny);
    assert!(hours[9..18].iter().sum::<f64>() > 80.0, "{hours:?}");
    assert!(hours[12] < 0.7 * hours[11] && hours[12] < 0.8 * hours[14], "{hours:?}");
    assert!(weekend < 4.0, "{weekend}");
    let at_home = Human { week: Week::new(WeekTemplate::at_home(), ny.clone()), ..office() };
    let (hours, weekend) = by_hour(&Process::Human(at_home), 52, &ny);
    assert!(hours[18..23].iter().sum::<f64>() > 38.0, "{hours:?}");
    assert!((30.0..50.0).contains(&weekend), "{weekend}");
}

#[test]
fn daylight_saving_moves_the_office_in_utc_and_not_in_local_time() {
    // 2016-11-06: clocks in New York go back. Compare the four weeks before and after.
    let change = Timestamp::from_s(1_478_412_000);
    let share_before_14_utc = |window: Range<Timestamp>| {
        let human = Process::Human(Human { sessions_per_day: 200.0, ..office() });
        let (mut early, mut n) = (0.0, 0.0);
        for act in human.acts(Rng::new(5), window) {
            early += if act.at.us().rem_euclid(DAY_US) < 14 * HOUR_US { 1.0 } else { 0.0 };
            n += 1.0;
        }
        early / n
    };
    let summer = share_before_14_utc(change.plus_us(-28 * DAY_US)..change);
    let winter = share_before_14_utc(change..change.plus_us(28 * DAY_US));
    // 14:00 UTC is 10 o'clock in summer and 9 o'clock in winter.
    assert!(summer > 0.2 && winter < 0.17, "{summer} {winter}");
}

#[test]
fn holidays_are_lived_like_sundays() {
    let mut human = Human { sessions_per_day: 500.0, ..office() };
    human.week.holidays = vec![date(2016, 5, 4)];
    let mut per_day = [0u32; 7];
    for act in Process::Human(human).acts(Rng::new(2), days(7)) {
        let local = zone("America/New_York").to_datetime(act.at.to_jiff());
        per_day[usize::from(local.weekday().to_monday_zero_offset().unsigned_abs())] += 1;
    }
    assert!(per_day[2] * 10 < per_day[1] && per_day[2] * 10 < per_day[3], "{per_day:?}");
}

#[test]
fn mean_rates_are_as_configured() {
    let count = |process: Process, n: i64| process.acts(Rng::part(11, "rates"), days(n)).count() as f64;
    let near = |found: f64, wanted: f64| assert!((found / wanted - 1.0).abs() < 0.06, "{found} for {wanted}");
    near(count(Process::Poisson { per_day: 100.0 }, 70), 7000.0);
    near(count(Process::Human(office()), 700), 700.0 * 18.0);
    let spread = Week { day_spread: 0.6, ..office().week };
    near(count(Process::Human(Human { week: spread, ..office() }), 1400), 1400.0 * 18.0);
    near(count(Process::Campaigns(campaigns()), 1400), 200.0 * (3.0 * 40.0 + 28.0));
    near(count(Process::Clock(ClockJob { missed: 0.1, ..ClockJob::every(300.0, 0.0) }), 30), 0.9 * 30.0 * 288.0);
    near(count(Process::Sweep(Sweep { items: 1000, cycle_days: 5.0, burst: 8, burst_gap_s: 0.1 }), 50), 10_000.0);
    near(count(Process::Rescan(Rescan { items: 500, ..rescan() }), 50), 25_000.0);
    // Integral of 30/h * 1/(1 + t/1h) over 70 days, and 3 a day.
    near(count(Process::FadeOut(publicity()), 70), 30.0 * libm::log(70.0 * 24.0) + 210.0);
}

#[test]
fn campaigns_come_in_bursts_and_poisson_does_not() {
    // Variance over mean of the counts in quarters of an hour.
    let dispersion = |process: Process| {
        let mut counts = vec![0.0f64; 100 * 96];
        for act in process.acts(Rng::new(4), days(100)) {
            let slot = usize::try_from((act.at.us() - MONDAY.us()) / 900_000_000).expect("in the window");
            counts[slot] += 1.0;
        }
        let mean = counts.iter().sum::<f64>() / counts.len() as f64;
        counts.iter().map(|c| (c - mean) * (c - mean)).sum::<f64>() / counts.len() as f64 / mean
    };
    let (bursts, steady) =
        (dispersion(Process::Campaigns(campaigns())), dispersion(Process::Poisson { per_day: 21.0 }));
    assert!(bursts > 10.0 && (0.9..1.1).contains(&steady), "{bursts} {steady}");
}

#[test]
fn a_fade_out_falls_by_its_power() {
    let steep = FadeOut { power: 2.0, peak_per_h: 3600.0, background_per_day: 0.0, ..publicity() };
    let mut per_hour = [0.0f64; 9];
    for act in Process::FadeOut(steep.clone()).acts(Rng::new(6), days(2)) {
        assert!(act.at >= steep.instant);
        if let Some(hour) =
            per_hour.get_mut(usize::try_from((act.at.us() - steep.instant.us()) / HOUR_US).expect("after"))
        {
            *hour += 1.0;
        }
    }
    // The integral of 3600 (1+x)^-2 from h to h+1 is 3600 / ((h+1)(h+2)).
    for (h, found) in per_hour.iter().enumerate() {
        let wanted = 3600.0 / ((h + 1) * (h + 2)) as f64;
        assert!((found - wanted).abs() < 5.0 * libm::sqrt(wanted), "hour {h}: {found} for {wanted}");
    }
    let weekly = FadeOut { week: Some(office().week), ..steep };
    let night = Process::FadeOut(weekly).acts(Rng::new(6), days(1));
    let early = night.filter(|a| a.at.us() - MONDAY.us() < 10 * HOUR_US).count();
    assert!(early < 400, "{early} acts while the readers sleep");
}

#[test]
fn a_sweep_visits_each_item_once_a_cycle() {
    let sweep = Sweep { items: 101, cycle_days: 3.0, burst: 10, burst_gap_s: 0.1 };
    let acts: Vec<Act> = Process::Sweep(sweep).acts(Rng::new(9), days(9)).collect();
    assert_eq!(acts.len(), 303);
    let mut orders = Vec::new();
    for cycle in acts.chunks(101) {
        let order: Vec<u64> = cycle.iter().map(|a| a.item).collect();
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..101).collect::<Vec<_>>());
        orders.push(order);
    }
    assert_ne!(orders[0], orders[1]);
}

#[test]
fn cron_knows_steps_lists_days_and_daylight_saving() {
    let due = |text: &str, zone_name: &str, from: i64, n: usize| -> Vec<String> {
        let cron = Cron::parse(text).expect("five fields");
        let job = ClockJob { late_s: 0.0, ..ClockJob::cron(cron, zone(zone_name)) };
        let from = Timestamp::from_s(from);
        let acts = Process::Clock(job).acts(Rng::new(1), from..from.plus_us(3000 * DAY_US));
        acts.take(n).map(|a| a.at.to_string()).collect()
    };
    // Berlin skips 02:00 to 03:00 on 2016-03-27 and repeats it on 2016-10-30.
    assert_snapshot!(due("30 2 * * *", "Europe/Berlin", 1_458_950_400, 3).join("\n"), @r"
    2016-03-26T01:30:00Z
    2016-03-28T00:30:00Z
    2016-03-29T00:30:00Z
    ");
    assert_snapshot!(due("30 2 * * *", "Europe/Berlin", 1_477_699_200, 3).join("\n"), @r"
    2016-10-29T00:30:00Z
    2016-10-30T00:30:00Z
    2016-10-30T01:30:00Z
    ");
    assert_snapshot!(due("0 0 13 * 5", "UTC", 1_462_060_800, 4).join("\n"), @r"
    2016-05-06T00:00:00Z
    2016-05-13T00:00:00Z
    2016-05-20T00:00:00Z
    2016-05-27T00:00:00Z
    ");
    assert_snapshot!(due("5/25 12 29 2 *", "UTC", 1_462_060_800, 3).join("\n"), @r"
    2020-02-29T12:05:00Z
    2020-02-29T12:30:00Z
    2020-02-29T12:55:00Z
    ");
    for bad in ["", "* * * *", "60 * * * *", "* * 0 * *", "5-1 * * * *", "*/0 * * * *", "a * * * *", "1,,2 * * * *"] {
        assert!(Cron::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn what_never_happens_ends() {
    let never = ClockJob { missed: 1.0, ..ClockJob::every(60.0, 0.0) };
    let february = Cron::parse("0 0 31 2 *").expect("five fields");
    let asleep = Week { template: WeekTemplate::new([0.0; 168]), ..office().week };
    for process in [
        Process::Clock(never),
        Process::Clock(ClockJob::cron(february, TimeZone::UTC)),
        Process::Poisson { per_day: 0.0 },
        Process::Human(Human { sessions_per_day: 0.0, ..office() }),
        Process::Human(Human { week: asleep.clone(), ..office() }),
        Process::FadeOut(FadeOut { peak_per_h: 0.0, background_per_day: 0.0, ..publicity() }),
        Process::FadeOut(FadeOut { background_per_day: 0.0, week: Some(asleep), ..publicity() }),
        Process::Sweep(Sweep { items: 0, cycle_days: 1.0, burst: 1, burst_gap_s: 1.0 }),
        Process::Rescan(Rescan { items: 0, ..rescan() }),
    ] {
        assert_eq!(process.acts(Rng::new(1), days(30)).count(), 0, "{process:?}");
    }
}

#[test]
fn outages_swallow_acts_and_windows_restart_the_process() {
    let hour = |h: i64| MONDAY.plus_us(h * HOUR_US);
    let windows = vec![hour(0)..hour(3), hour(10)..hour(12)];
    let job = Process::Clock(ClockJob { late_s: 0.0, ..ClockJob::every(1800.0, 0.0) });
    let acts = ActiveActs::new(job, Rng::new(1), windows, vec![hour(1)..hour(2)]);
    let hours: Vec<f64> = acts.map(|a| a.at.since_s(MONDAY) / 3600.0).collect();
    assert_eq!(hours, [0.0, 0.5, 2.0, 2.5, 10.0, 10.5, 11.0, 11.5]);
}

fn any_process() -> impl Strategy<Value = Process> {
    let small = 0.001..50.0f64;
    prop_oneof![
        Just(Process::Once),
        small.clone().prop_map(|per_day| Process::Poisson { per_day }),
        (small.clone(), small.clone(), 0.0..3000.0f64).prop_map(|(sessions_per_day, acts_per_session, think_s)| {
            Process::Human(Human { sessions_per_day, acts_per_session, think_s, ..office() })
        }),
        (small.clone(), small.clone(), 0.0..1e5f64).prop_map(|(campaigns_per_week, messages, spread_s)| {
            Process::Campaigns(Campaigns { campaigns_per_week, messages, spread_s, ..campaigns() })
        }),
        (60.0..1e5f64, 0.0..1e5f64, 0.0..900.0f64).prop_map(|(period_s, phase_s, late_s)| {
            Process::Clock(ClockJob { late_s, ..ClockJob::every(period_s, phase_s) })
        }),
        (60.0..1e5f64, 0.0..1.0f64, 0.0..2.0f64).prop_map(|(period_s, less, more)| {
            Process::Sleep(SleepLoop { jitter: Jitter::Uniform { less, more }, ..SleepLoop::every(period_s) })
        }),
        (60.0..1e5f64, 0.0..1e5f64).prop_map(|(period_s, sd_s)| {
            Process::Sleep(SleepLoop { jitter: Jitter::Normal { sd_s }, ..SleepLoop::every(period_s) })
        }),
        (0.0..1.0f64, 0.0..1e4f64)
            .prop_map(|(task_share, task_s)| { Process::Beacon(Beacon { task_share, task_s, ..beacon() }) }),
        (-90i64..90, 0.0..3.0f64).prop_map(|(day, power)| {
            Process::FadeOut(FadeOut { instant: MONDAY.plus_us(day * DAY_US), power, ..publicity() })
        }),
        (0u64..5000, 0.0..9.0f64, 0u64..20).prop_map(|(items, cycle_days, burst)| {
            Process::Sweep(Sweep { items, cycle_days, burst, burst_gap_s: 2.0 })
        }),
        (0u64..5000, 0.0..9.0f64, 0u64..20).prop_map(|(items, every_days, batch)| {
            Process::Rescan(Rescan { items, every_days, batch, ..rescan() })
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn acts_ascend_stay_in_the_window_and_repeat(process in any_process(), seed: u64, offset in -30i64..30) {
        let start = MONDAY.plus_us(offset * 7 * HOUR_US);
        let window = start..start.plus_us(6 * DAY_US);
        let acts: Vec<Act> = process.acts(Rng::new(seed), window.clone()).take(2000).collect();
        prop_assert!(acts.is_sorted_by_key(|a| a.at));
        prop_assert!(acts.iter().all(|a| window.contains(&a.at)));
        let again: Vec<Act> = process.acts(Rng::new(seed), window).take(2000).collect();
        prop_assert_eq!(acts, again);
    }
}
