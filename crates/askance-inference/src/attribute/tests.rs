use askance_record::{Resolution, Vantage};
use proptest::prelude::*;

use crate::mechanism::Family;
use crate::observe::{FlowEvidence, MailEvidence, Population};
use crate::settle::RecordKind;
use crate::simulate::{SimulateGiven, simulate};
use crate::state::{Event, RcodeClass};
use askance_record::Rng;

use super::*;

/// The mechanisms that this release models well enough to answer with.
const WELL: [M; 9] = [
    M::SenderVerification,
    M::MailAuthentication,
    M::DeliveryRetry,
    M::CacheRefresh,
    M::ScheduledPoll,
    M::FirewallObject,
    M::HumanUse,
    M::RetryLoop,
    M::SearchSuffixLeak,
];
const SEEDS: u64 = 4;

fn given(vantage: Vantage) -> SimulateGiven {
    SimulateGiven {
        observation: Observation::new(vantage),
        // Wednesday 2016-06-01.
        start: Timestamp::from_s(1_464_739_200),
        days: 14.0,
        acts_per_day: 20.0,
        ttl_s: 3600,
        period_s: 1800.0,
        utc_offset_h: -4.0,
    }
}

fn state_of(events: &[Event]) -> SeriesState {
    let mut state = SeriesState::new(1);
    for event in events {
        state.push(event);
    }
    state
}

fn judge_events(events: &[Event], given: &Observation, evidence: &Evidence) -> Attribution {
    attribute(&state_of(events), given, evidence, &Priors::default())
}

fn judge(m: M, seed: u64, given: &SimulateGiven) -> Attribution {
    let events = simulate(m, &mut Rng::new(seed), given);
    let evidence = Evidence { ttl_s: Some(given.ttl_s), ..Evidence::default() };
    judge_events(&events, &given.observation, &evidence)
}

/// One line a mechanism: how often it was best, in the set, and how often another was answered.
fn table(given: &SimulateGiven, of: &[M]) -> String {
    use core::fmt::Write as _;
    let mut out = String::new();
    for &m in of {
        let answers: Vec<Attribution> = (0..SEEDS).map(|seed| judge(m, seed, given)).collect();
        let count = |holds: &dyn Fn(&Attribution) -> bool| answers.iter().filter(|a| holds(a)).count();
        let best = count(&|a| a.best == m);
        let set = count(&|a| a.set.contains(&m));
        let wrong = count(&|a| !a.abstained && a.best != m);
        writeln!(out, "{m:<20} best {best} set {set} wrong {wrong}").expect("a string takes all");
    }
    out
}

#[test]
fn each_mechanism_finds_itself_in_front_of_the_cache() {
    insta::assert_snapshot!(table(&given(Vantage::ResolverClient), &WELL), @"
    sender-verification  best 4 set 4 wrong 0
    mail-authentication  best 4 set 4 wrong 0
    delivery-retry       best 4 set 4 wrong 0
    cache-refresh        best 4 set 4 wrong 0
    scheduled-poll       best 4 set 4 wrong 0
    firewall-object      best 4 set 4 wrong 0
    human-use            best 4 set 4 wrong 0
    retry-loop           best 4 set 4 wrong 0
    search-suffix-leak   best 4 set 4 wrong 0
    ");
}

#[test]
fn each_mechanism_stays_in_the_set_behind_the_cache() {
    insta::assert_snapshot!(table(&given(Vantage::Authoritative), &WELL), @"
    sender-verification  best 0 set 4 wrong 0
    mail-authentication  best 4 set 4 wrong 0
    delivery-retry       best 4 set 4 wrong 0
    cache-refresh        best 4 set 4 wrong 0
    scheduled-poll       best 4 set 4 wrong 0
    firewall-object      best 4 set 4 wrong 0
    human-use            best 4 set 4 wrong 0
    retry-loop           best 4 set 4 wrong 0
    search-suffix-leak   best 4 set 4 wrong 0
    ");
}

#[test]
fn what_is_not_listed_is_none_of_these() {
    for vantage in [Vantage::ResolverClient, Vantage::Authoritative] {
        for seed in 0..SEEDS {
            let got = judge(M::None, seed, &given(vantage));
            assert_eq!(got.best, M::None, "{vantage} {seed}: {:?}", got.candidates);
        }
    }
}

#[test]
fn an_a_only_record_never_answers_mail_or_people_strongly() {
    let mut given = given(Vantage::Authoritative);
    given.observation.types_shown = Some(vec![Role::A]);
    for m in [M::SenderVerification, M::HumanUse, M::CacheRefresh, M::MailAuthentication] {
        for seed in 0..SEEDS {
            let got = judge(m, seed, &given);
            assert!(got.set.contains(&m), "{m} {seed}: {:?}", got.set);
            let said = matches!(got.best, M::HumanUse | M::SenderVerification | M::MailAuthentication);
            assert!(got.abstained || !said, "{m} {seed}: {} {}", got.best, got.log10_lr);
        }
    }
}

#[test]
fn a_beacon_is_never_preferred_to_a_poll_by_rhythm_alone() {
    for vantage in [Vantage::ResolverClient, Vantage::Authoritative] {
        for m in [M::Beacon, M::ScheduledPoll, M::CacheRefresh, M::FirewallObject] {
            for seed in 0..SEEDS {
                let got = judge(m, seed, &given(vantage));
                assert_ne!(got.best.family(), Family::Malicious, "{m} at {vantage}, {seed}");
                assert!(m != M::Beacon || got.set.contains(&m), "{vantage} {seed}: {:?}", got.set);
            }
        }
    }
}

#[test]
fn nothing_is_said_beyond_the_cap() {
    for m in WELL {
        let got = judge(m, 1, &given(Vantage::ResolverClient));
        let all = got.candidates.iter().map(|c| c.log10_lr).chain(got.pairwise.iter().map(|p| p.1));
        let cap = Calibration::embedded().cap;
        assert!(all.into_iter().all(|lr| (cap.low..=cap.high).contains(&lr)), "{m}");
        assert!(!["strong support", "very strong support"].contains(&got.verbal), "{m}: {}", got.verbal);
        assert_eq!(got.capped, got.reasons.iter().any(|r| r.contains("capped")), "{m}");
    }
}

#[test]
fn hiding_ptr_lowers_the_answer_and_raises_no_wrong_one() {
    for seed in 0..SEEDS {
        let full = given(Vantage::ResolverClient);
        let events = simulate(M::SenderVerification, &mut Rng::new(seed), &full);
        // A tool that resolves the addresses of a log checks names the same way, but many in one minute.
        let alone = Population { same_minute_families: Some(0.0), ..Population::default() };
        let alone = Evidence { population: Some(alone), ..Evidence::default() };
        let seen = judge_events(&events, &full.observation, &alone);
        let hidden = Observation { ptr_visible: false, ..full.observation };
        let rest: Vec<Event> = events.into_iter().filter(|e| e.role != Role::Ptr).collect();
        let blind = judge_events(&rest, &hidden, &alone);
        assert!(!seen.abstained && seen.best == M::SenderVerification, "{seed}");
        assert!(blind.set.contains(&M::SenderVerification), "{seed}: {:?}", blind.set);
        assert!(blind.set.len() > seen.set.len(), "{seed}: {:?}", blind.set);
        assert!(blind.abstained || blind.best == M::SenderVerification, "{seed}: {}", blind.best);
    }
}

#[test]
fn misleading_evidence_is_as_rare_as_royall_allows() {
    // P(LR >= 10 | another mechanism) <= 1/10, for every mechanism that was not at work.
    let (mut misleading, mut all) = (0, 0);
    for m in WELL {
        for seed in 10..10 + SEEDS {
            for got in judge(m, seed, &given(Vantage::Authoritative)).candidates {
                all += u32::from(got.id != m);
                misleading += u32::from(got.id != m && got.log10_lr >= 1.0);
            }
        }
    }
    assert!(misleading * 10 <= all, "{misleading} of {all}");
}

#[test]
fn a_mail_log_raises_the_check_of_a_sender() {
    let mut given = given(Vantage::Authoritative);
    given.observation.types_shown = Some(vec![Role::A]);
    let events = simulate(M::SenderVerification, &mut Rng::new(3), &given);
    let arrivals = events.iter().map(|e| e.ts.plus_us(-1_500_000)).collect();
    let mail = MailEvidence { arrivals, ..MailEvidence::default() };
    let with = Evidence { mail: Some(mail), ..Evidence::default() };
    let before = judge_events(&events, &given.observation, &Evidence::default());
    let after = judge_events(&events, &given.observation, &with);
    assert!(before.set.len() > 2 && before.abstained, "{:?}", before.set);
    assert!(after.set.iter().all(|m| m.family() == Family::Mail), "{:?}", after.set);
    assert!(before.settle.iter().any(|s| s.kind == RecordKind::MailLog));
    assert!(!after.settle.iter().any(|s| s.kind == RecordKind::MailLog));
}

#[test]
fn flows_tell_a_beacon_from_a_firewall_object() {
    let given = given(Vantage::ResolverClient);
    let events = simulate(M::FirewallObject, &mut Rng::new(5), &given);
    let lr = |flows: Vec<Timestamp>| {
        let flows = FlowEvidence { from_client: flows, ..FlowEvidence::default() };
        let evidence = Evidence { flows: Some(flows), ttl_s: Some(3600), ..Evidence::default() };
        let got = judge_events(&events, &given.observation, &evidence);
        let of = |m: M| got.candidates.iter().find(|c| c.id == m).expect("listed").ln_cross;
        of(M::Beacon) - of(M::FirewallObject)
    };
    assert!(lr(events.iter().map(|e| e.ts.plus_us(200_000)).collect()) > 5.0);
    assert!(lr(Vec::new()) < -5.0);
}

/// How far a delivery leads a poll by what other records say, nats.
fn delivery_over_poll(evidence: &Evidence) -> f64 {
    let events: Vec<Event> = (0..40).map(|k| Event::new(Timestamp::from_s(4000 * k), Role::A)).collect();
    let got = judge_events(&events, &Observation::new(Vantage::ResolverClient), evidence);
    let of = |m: M| got.candidates.iter().find(|c| c.id == m).expect("listed").ln_cross;
    of(M::DeliveryRetry) - of(M::ScheduledPoll)
}

#[test]
fn an_mx_lookup_just_before_and_mail_ports_speak_for_a_delivery() {
    let asked = |after_s: i64| (0..40).map(|k| Timestamp::from_s(4000 * k + after_s)).collect();
    let just_before = delivery_over_poll(&Evidence { routes: asked(-2), ..Evidence::default() });
    let long_after = delivery_over_poll(&Evidence { routes: asked(2000), ..Evidence::default() });
    assert!(just_before > 10.0 && long_after < -10.0, "{just_before} {long_after}");
    let ports = |share: f64| {
        let flows = FlowEvidence { mail_ports: Some(share), ..FlowEvidence::default() };
        delivery_over_poll(&Evidence { flows: Some(flows), ..Evidence::default() })
    };
    assert!(ports(1.0) > ports(0.0) + 3.0, "{} {}", ports(1.0), ports(0.0));
}

#[test]
fn a_ptr_lookup_that_comes_after_checks_nobody() {
    let given = Observation::new(Vantage::ResolverClient);
    let events: Vec<Event> = (0..40).map(|k| Event::new(Timestamp::from_s(4000 * k), Role::Mx)).collect();
    let lead = |after_us: i64| {
        let checks = events.iter().map(|e| e.ts.plus_us(after_us)).collect();
        let got = judge_events(&events, &given, &Evidence { checks, ..Evidence::default() });
        let of = |m: M| got.candidates.iter().find(|c| c.id == m).expect("listed").ln_cross;
        of(M::SenderVerification) - of(M::DeliveryRetry)
    };
    assert!(lead(-200_000) > 10.0 && lead(200_000) < 0.0, "{} {}", lead(-200_000), lead(200_000));
}

#[test]
fn stamps_too_coarse_for_a_rhythm_get_no_answer() {
    let silent = |resolution: Resolution, gap_s: i64| {
        let given = Observation { resolution, ..Observation::new(Vantage::ResolverClient) };
        let events: Vec<Event> = (0..60).map(|k| Event::new(Timestamp::from_s(gap_s * k), Role::A)).collect();
        let got = judge_events(&events, &given, &Evidence::default());
        got.reasons.iter().find(|r| r.contains("times are known to")).map(|r| (got.abstained, r.clone()))
    };
    for (resolution, gap_s, told) in [
        (Resolution::Minute, 120, "the minute"),
        (Resolution::Hour, 7200, "the hour"),
        (Resolution::Day, 172_800, "the day"),
    ] {
        let (abstained, why) = silent(resolution, gap_s).expect("a reason");
        assert!(abstained && why.contains(told), "{why}");
    }
    assert_eq!(silent(Resolution::Minute, 1800), None);
    assert_eq!(silent(Resolution::Microsecond, 120), None);
}

#[test]
fn minute_stamps_still_find_the_pair() {
    let mut given = given(Vantage::ResolverClient);
    given.observation.resolution = Resolution::Minute;
    let got = judge(M::SenderVerification, 2, &given);
    assert_eq!(got.best, M::SenderVerification, "{:?}", got.candidates);
}

#[test]
fn nothing_and_one_lookup_are_no_answer() {
    let given = Observation::new(Vantage::ResolverClient);
    for events in [vec![], vec![Event::new(Timestamp::from_s(0), Role::A)]] {
        let got = judge_events(&events, &given, &Evidence::default());
        assert!(got.abstained, "{got:?}");
        let sum: f64 = got.posterior.iter().map(|p| p.1).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{got:?}");
    }
}

#[test]
fn an_outage_is_not_a_gap() {
    // A job each ten minutes; the sensor is down for a week. The hole must cost the job nothing.
    let mut events: Vec<Event> = (0..300).map(|k| Event::new(Timestamp::from_s(k * 600), Role::A)).collect();
    let hole = 7 * 86_400 + 77;
    events.extend((300..600).map(|k| Event::new(Timestamp::from_s(k * 600 + hole), Role::A)));
    let up = |from: i64, to: i64| (Timestamp::from_s(from), Timestamp::from_s(to));
    let coverage = vec![up(0, 300 * 600), up(300 * 600 + hole - 60, 600 * 600 + hole)];
    let given = Observation { coverage, ..Observation::new(Vantage::ResolverClient) };
    let got = judge_events(&events, &given, &Evidence::default());
    assert_eq!(got.best, M::ScheduledPoll, "{:?}", got.candidates);
    assert_eq!(got.fit.gaps, 598);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn whole_weeks_later_nothing_changes(weeks in 1i64..500, at in 0usize..9, seed in 0u64..50) {
        let given = given(Vantage::ResolverClient);
        let events = simulate(WELL[at], &mut Rng::new(seed), &given);
        let later: Vec<Event> =
            events.iter().map(|e| Event { ts: e.ts.plus_us(weeks * 7 * 86_400_000_000), ..*e }).collect();
        let (a, b) = (judge_events(&events, &given.observation, &Evidence::default()),
            judge_events(&later, &given.observation, &Evidence::default()));
        prop_assert_eq!(&a.set, &b.set);
        for (x, y) in a.candidates.iter().zip(&b.candidates) {
            prop_assert_eq!(x.id, y.id);
            prop_assert!((x.ln_total - y.ln_total).abs() < 1e-6 * x.ln_total.abs(), "{x:?} {y:?}");
        }
    }

    #[test]
    fn another_name_for_the_client_changes_nothing(key in any::<u64>(), at in 0usize..9, seed in 0u64..50) {
        let given = given(Vantage::Authoritative);
        let events = simulate(WELL[at], &mut Rng::new(seed), &given);
        prop_assume!(events.len() < crate::state::KEPT_MAX);
        let mut renamed = SeriesState::new(key);
        for event in events.iter().rev() {
            renamed.push(event);
        }
        let again = attribute(&renamed, &given.observation, &Evidence::default(), &Priors::default());
        prop_assert_eq!(again, judge_events(&events, &given.observation, &Evidence::default()));
    }

    #[test]
    fn hostile_instants_give_finite_scores(
        stamps in proptest::collection::vec((any::<i64>(), 0..Role::COUNT, 0..RcodeClass::COUNT), 0..40),
        vantage in 0..5usize, step in prop_oneof![Just(1e-6), Just(1.0), Just(86_400.0)],
    ) {
        let events: Vec<Event> = stamps.iter().map(|&(us, role, rcode)| Event {
            rcode: RcodeClass::ALL[rcode],
            ..Event::new(Timestamp::from_us(us), Role::ALL[role])
        }).collect();
        let resolution = Resolution::from_step_s(step);
        let given = Observation { resolution, ..Observation::new(Vantage::ALL[vantage]) };
        let got = judge_events(&events, &given, &Evidence::default());
        for c in &got.candidates {
            prop_assert!(c.ln_total.is_finite() && c.log10_lr.is_finite() || c.excluded_because.is_some(), "{c:?}");
        }
        prop_assert!((got.posterior.iter().map(|p| p.1).sum::<f64>() - 1.0).abs() < 1e-6);
    }
}
