use askance_record::{Resolution, Rng, Timestamp, Vantage};

use super::*;
use crate::mechanism::Priors;
use crate::observe::{FlowEvidence, MailEvidence, Observation};
use crate::simulate::{SimulateGiven, simulate};
use crate::state::Role;

fn given(seen: Observation, days: f64) -> SimulateGiven {
    SimulateGiven {
        observation: seen,
        // Wednesday 2016-06-01.
        start: Timestamp::from_s(1_464_739_200),
        days,
        acts_per_day: 8.0,
        ttl_s: 3600,
        period_s: 7200.0,
        utc_offset_h: -4.0,
    }
}

/// Address lookups at the name server of the name, as the public records of 2016 are.
fn address_only() -> Observation {
    Observation {
        types_shown: Some(vec![Role::A]),
        resolution: Resolution::Second,
        ..Observation::new(Vantage::Authoritative)
    }
}

struct Case {
    attributor: Attributor,
    state: SeriesState,
    evidence: Evidence,
    of: Attribution,
}

/// A series of `m`, whose survivors are set to `set`.
fn case(m: M, set: &[M], seen: &Observation, evidence: Evidence) -> Case {
    let mut state = SeriesState::new(7);
    for event in simulate(m, &mut Rng::new(3), &given(seen.clone(), 14.0)) {
        state.push(&event);
    }
    let attributor = Attributor::new(seen.clone(), Priors::default());
    let mut of = attributor.attribute(&state, &evidence);
    of.set = set.to_vec();
    Case { attributor, state, evidence, of }
}

impl Case {
    fn settle(&self) -> Settled {
        self.attributor.settle(&self.state, &self.evidence, &self.of)
    }

    /// Expected gain of each kind.
    fn gains(&self) -> Vec<(RecordKind, f64)> {
        self.settle().records.iter().map(|s| (s.kind, expected(s).gain_bans)).collect()
    }

    fn kinds(&self) -> Vec<RecordKind> {
        self.settle().records.iter().map(|s| s.kind).collect()
    }
}

fn expected(s: &Settle) -> &Expected {
    s.expected.as_ref().expect("simulated")
}

#[test]
fn checks_of_senders_are_told_from_refreshes_by_mail_and_reverse_lookups() {
    let set = [M::SenderVerification, M::CacheRefresh];
    let gains = case(M::SenderVerification, &set, &address_only(), Evidence::default()).gains();
    // Each of these shows the connection that is checked, or the PTR lookup of the check.
    let mut front =
        [RecordKind::MailLog, RecordKind::ReverseZoneLog, RecordKind::ResolverClientLog, RecordKind::FlowRecords];
    let mut first: Vec<RecordKind> = gains[..4].iter().map(|g| g.0).collect();
    first.sort_unstable();
    front.sort_unstable();
    assert_eq!(first, front, "{gains:?}");
    assert!(gains[3].1 > 0.5 && gains[4].1 < 0.1, "{gains:?}");
}

#[test]
fn people_are_told_from_mail_filters_by_flows_and_texts() {
    let set = [M::HumanUse, M::MailAuthentication];
    let settled = case(M::HumanUse, &set, &address_only(), Evidence::default()).settle();
    let best = &settled.records[0];
    assert_eq!(best.kind, RecordKind::ResolverClientLog, "{settled:?}");
    assert_eq!(best.separates, [(M::HumanUse, M::MailAuthentication)]);
    assert_eq!(expected(best).days_needed, Some(1));
    let flows = settled.records.iter().find(|s| s.kind == RecordKind::FlowRecords).expect("offered");
    assert!(expected(flows).gain_bans > 1.0, "{flows:?}");
}

#[test]
fn no_record_tells_a_beacon_from_a_poll_that_connects_too() {
    let set = [M::ScheduledPoll, M::Beacon];
    let settled = case(M::ScheduledPoll, &set, &address_only(), Evidence::default()).settle();
    for s in &settled.records {
        assert_eq!(expected(s).days_needed, None, "{s:?}");
    }
    let mail = settled.records.iter().find(|s| s.kind == RecordKind::MailLog).expect("offered");
    assert!(expected(mail).gain_bans.abs() < 0.05, "{mail:?}");
}

#[test]
fn what_the_source_has_is_not_offered() {
    let span = (Timestamp::from_s(1_464_739_200), Timestamp::from_s(1_466_000_000));
    let evidence = Evidence {
        mail: Some(MailEvidence { coverage: vec![span], ..MailEvidence::default() }),
        flows: Some(FlowEvidence { coverage: vec![span], ..FlowEvidence::default() }),
        ttl_s: Some(3600),
        ..Evidence::default()
    };
    let set = [M::HumanUse, M::Crawler];
    let seen = Observation::new(Vantage::ResolverClient);
    let mut kinds = case(M::HumanUse, &set, &seen, evidence).kinds();
    kinds.sort_unstable();
    let want = [RecordKind::SameMinuteNames, RecordKind::TwiceTheSpan, RecordKind::FourTimesTheSpan];
    assert_eq!(kinds, want);
    let bare = case(M::HumanUse, &set, &address_only(), Evidence::default()).kinds();
    // At an authoritative server each answer carries the TTL, and a client is a crowd.
    assert_eq!(bare.len(), RecordKind::ALL.len() - 2, "{bare:?}");
    assert!(!bare.contains(&RecordKind::ZoneTtl) && !bare.contains(&RecordKind::SameMinuteNames));
}

#[test]
fn the_same_series_gives_the_same_answer_and_another_key_other_draws() {
    let set = [M::SenderVerification, M::HumanUse];
    let mut one = case(M::SenderVerification, &set, &address_only(), Evidence::default());
    let first = one.settle();
    assert_eq!(first, one.settle());
    let mut renamed = SeriesState::new(8);
    for event in one.state.events() {
        renamed.push(&event);
    }
    one.state = renamed;
    let second = one.settle();
    let gain = |settled: &Settled| of_kind(settled, RecordKind::MailLog).gain_bans;
    assert_ne!(gain(&first).to_bits(), gain(&second).to_bits());
    assert!((gain(&first) - gain(&second)).abs() < 0.5, "{first:?} {second:?}");
}

fn of_kind(settled: &Settled, kind: RecordKind) -> &Expected {
    expected(settled.records.iter().find(|s| s.kind == kind).expect("offered"))
}

#[test]
fn an_interval_holds_its_gain_and_a_pair_is_told_both_ways() {
    let set = [M::SenderVerification, M::CacheRefresh, M::HumanUse];
    let settled = case(M::SenderVerification, &set, &address_only(), Evidence::default()).settle();
    assert_eq!(settled.members, set);
    for s in &settled.records {
        let e = expected(s);
        assert!(e.interval.0 <= e.gain_bans && e.gain_bans <= e.interval.1, "{s:?}");
        assert_eq!(e.pairs.len(), 3);
        assert!(e.pairs.iter().any(|p| p.pair == e.hardest && p.days_needed == e.days_needed), "{s:?}");
    }
}

#[test]
fn the_cost_is_bounded_whatever_the_rate_and_the_set() {
    let set = [M::SenderVerification, M::CacheRefresh, M::HumanUse, M::Crawler, M::DeliveryRetry, M::ScheduledPoll];
    for acts_per_day in [0.7, 400.0] {
        let mut case = case(M::SenderVerification, &set, &address_only(), Evidence::default());
        let given = SimulateGiven { acts_per_day, ttl_s: 60, ..given(address_only(), 28.0) };
        case.state = SeriesState::new(7);
        for event in simulate(M::SenderVerification, &mut Rng::new(3), &given) {
            case.state.push(&event);
        }
        case.of = case.attributor.attribute(&case.state, &case.evidence);
        case.of.set = set.to_vec();
        let settled = case.settle();
        assert_eq!(settled.members.len(), MEMBERS_MAX);
        let views = 4;
        let spans = (1 + 2 + views) + views * DAYS.len();
        let most = u64::from(DRAWS_MAX) * (MEMBERS_MAX * spans) as u64;
        assert!(settled.cost.draws <= most, "{acts_per_day}: {:?}", settled.cost);
        assert!(settled.cost.lookups <= LOOKUPS_BUDGET * 3 / 2, "{acts_per_day}: {:?}", settled.cost);
    }
}

#[test]
fn too_few_sessions_or_one_survivor_leave_the_list_by_rule() {
    let one = case(M::HumanUse, &[M::HumanUse], &address_only(), Evidence::default());
    assert_eq!(one.settle().cost, Cost::default());
    let mut few = case(M::HumanUse, &[M::HumanUse, M::CacheRefresh], &address_only(), Evidence::default());
    let two: Vec<_> = few.state.events().take(2).collect();
    few.state = SeriesState::new(1);
    for event in &two {
        few.state.push(event);
    }
    let settled = few.settle();
    assert_eq!(settled.records, few.of.settle);
    assert!(settled.records.iter().all(|s| s.expected.is_none()));
}
