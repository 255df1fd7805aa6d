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
        for (program, thinned) in Program::ALL.into_iter().flat_map(|p| [(p, false), (p, true)]) {
            let shown = show(program, &visible, thinned);
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
    let others = ranked.iter().filter(|r| !matches!(r.0, M::SenderVerification | M::MailAuthentication));
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
