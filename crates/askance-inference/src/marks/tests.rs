use askance_record::{Timestamp, Vantage};

use crate::mechanism::MechanismId as M;
use crate::state::SeriesState;

use super::*;

/// ln p of `count` equal sessions, by mechanism, relative to the best.
fn score(given: &Observation, session: &[Role], count: i64) -> Vec<(M, f64)> {
    let mut state = SeriesState::new(0);
    for k in 0..count {
        for (at, &role) in (0i64..).zip(session) {
            state.push(&Event::new(Timestamp::from_us(k * 3_600_000_000 + at * 50_000), role));
        }
    }
    let all = Sessions::of(&state, given);
    let tables = Tables::new(given);
    let mut marks = Marks::new(&tables);
    for session in &all.sessions {
        marks.step(all.lookups(session));
    }
    let sums = marks.ln();
    let best = sums.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
    let mut ranked: Vec<(M, f64)> = M::ALL.into_iter().map(|m| (m, sums[m.index()] - best)).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked
}

#[test]
fn programs_are_a_distribution() {
    for m in M::ALL {
        let sum: f64 = programs(m).iter().map(|p| p.1).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{m}: {sum}");
    }
}

#[test]
fn programs_stand_in_order() {
    for (at, program) in Program::ALL.into_iter().enumerate() {
        assert_eq!(program as usize, at, "{program:?}");
    }
}

#[test]
fn rows_are_distributions_at_every_vantage() {
    for ptr_visible in [true, false] {
        let visible: [bool; Role::COUNT] = core::array::from_fn(|k| ptr_visible || k != usize::from(Role::Ptr.as_u8()));
        for (program, thinned) in Program::ALL
            .into_iter()
            .flat_map(|p| [Thinned::No, Thinned::Evenly, Thinned::By([0.7; Role::COUNT])].map(|t| (p, t)))
        {
            let shown = show(program, &visible, &thinned);
            for cells in shown.matrices.as_flattened() {
                assert!((cells.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{program:?}: {cells:?}");
            }
        }
    }
}

#[test]
fn the_pair_decides_where_it_can_be_seen() {
    let client = Observation::new(Vantage::ResolverClient);
    let ranked = score(&client, &[Role::Ptr, Role::A], 12);
    assert_eq!(ranked[0].0, M::SenderVerification, "{ranked:?}");
    // Programs that resolve the addresses of a log ask the same pair: their company tells them apart.
    let same = [M::SenderVerification, M::MailAuthentication, M::StoredMailRescan];
    let others = ranked.iter().filter(|r| !same.contains(&r.0));
    for (m, ln) in others {
        assert!(*ln < -7.0, "{m}: {ranked:?}");
    }
}

#[test]
fn a_only_decides_nothing_at_the_authoritative_server() {
    let authoritative = Observation::new(Vantage::Authoritative);
    let ranked = score(&authoritative, &[Role::A], 40);
    let of = |m: M| ranked.iter().find(|r| r.0 == m).expect("all are ranked").1;
    for m in [M::SenderVerification, M::CacheRefresh, M::ScheduledPoll, M::HumanUse] {
        assert!(of(m) > -3.0, "{m} is pushed away: {ranked:?}");
    }
}

#[test]
fn txt_roles_point_to_authentication_and_mx_to_delivery() {
    let client = Observation::new(Vantage::ResolverClient);
    let spf = score(&client, &[Role::TxtSpf, Role::TxtDkim, Role::TxtDmarc], 10);
    assert_eq!(spf[0].0, M::MailAuthentication, "{spf:?}");
    let mx = score(&client, &[Role::Mx, Role::Aaaa, Role::A], 10);
    assert_eq!(mx[0].0, M::DeliveryRetry, "{mx:?}");
}

/// PTR and A of a series of checks upstream: `with_ptr` of 60 sessions show the PTR.
fn upstream(with_ptr: i64, evidence: &Evidence) -> f64 {
    let mut state = SeriesState::new(0);
    for k in 0..60 {
        if k < with_ptr {
            state.push(&Event::new(Timestamp::from_us(k * 3_600_000_000), Role::Ptr));
        }
        state.push(&Event::new(Timestamp::from_us(k * 3_600_000_000 + 50_000), Role::A));
    }
    let given = Observation::new(Vantage::ResolverUpstream);
    let all = Sessions::of(&state, &given);
    let tables = Tables::new(&given);
    let fitted = tables.fitted(&all, &given, evidence);
    let mut marks = Marks::new(fitted.as_ref().unwrap_or(&tables));
    for session in &all.sessions {
        marks.step(all.lookups(session));
    }
    let ln = marks.ln();
    ln[M::SenderVerification.index()] - ln[M::ScheduledPoll.index()]
}

#[test]
fn a_ptr_that_lives_long_is_seen_seldom_and_that_is_no_evidence_against_a_check() {
    let unequal = Evidence { ttl_s: Some(300), ptr_ttl_s: Some(86_400), ..Evidence::default() };
    let alike = Evidence { ttl_s: Some(3600), ptr_ttl_s: Some(3600), ..Evidence::default() };
    let [before, after] = [&alike, &unequal].map(|evidence| upstream(3, evidence));
    assert!(after > before + 3.0, "{before} {after}");
    // Where both live equally long, as many are seen of each; a PTR that is always there is so unlikely when it
    // lives for a day that it counts for less.
    let [before, after] = [&alike, &unequal].map(|evidence| upstream(60, evidence));
    assert!(after < before, "{before} {after}");
}

#[test]
fn shares_follow_the_ratio_of_the_ttls() {
    let [a, ptr] = [Role::A, Role::Ptr].map(|role| usize::from(role.as_u8()));
    let mut hidden = [0.0; Role::COUNT];
    // lambda T of 0.5 and 4.
    (hidden[a], hidden[ptr]) = (0.5 / 1.5, 4.0 / 5.0);
    let mut matrix = [[0.0; STATES]; STATES];
    (matrix[EDGE][ptr], matrix[ptr][a], matrix[a][EDGE]) = (1.0, 1.0, 1.0);
    let seen = thin_by(&matrix, &hidden);
    let ptrs = seen[EDGE][ptr];
    let addresses = seen[EDGE][a] + ptrs * seen[ptr][a];
    assert!((ptrs / addresses - (1.0 + 0.5) / (1.0 + 4.0)).abs() < 1e-9, "{ptrs} {addresses}");
}
