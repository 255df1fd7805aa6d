//! Plans that are refused, the order of a survey, and going on after an interruption.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};

use askance_record::{Rng, Timestamp};
use proptest::prelude::*;

use super::{SENDERS, START, plan};
use crate::smtp::Reply;
use crate::survey::{
    Assignment, Class, Heard, Identity, Known, Network, Next, Pace, Plan, PlanError, PlanRequest, Recipient, Schedule,
    Stage, Visit, VisitEnd,
};

fn refused(targets: &[&str], change: impl FnOnce(&mut PlanRequest)) -> String {
    let mut request = plan(&["127.0.0.1"], |_| ()).request().clone();
    request.targets = targets.iter().map(|t| t.parse().unwrap()).collect();
    change(&mut request);
    Plan::new(request).map_or_else(|e: PlanError| e.to_string(), |plan| format!("{} targets", plan.targets().len()))
}

#[test]
fn what_a_survey_must_not_do_is_refused() {
    let outside = ["192.0.2.0/28"];
    let why = |r: &mut PlanRequest| r.reason = Some("the operator asked for it".to_owned());
    let told = [
        refused(&["127.0.0.0/24"], |_| ()),
        refused(&["10.0.0.0/22"], |_| ()),
        refused(&["10.0.0.0/21"], |_| ()),
        refused(&["10.0.0.0/21"], |r| r.large = true),
        refused(&["10.0.0.0/8"], |r| r.large = true),
        refused(&["fd00::/64"], |r| r.large = true),
        refused(&outside, |_| ()),
        refused(&outside, |r| r.reason = Some("  ".to_owned())),
        refused(&outside, why),
        refused(&outside, |r| {
            why(r);
            (r.helo_confirmed, r.pace) = (true, Pace::lifted(100));
        }),
        refused(&outside, |r| {
            why(r);
            (r.helo_confirmed, r.patience.errors_max) = (true, 3);
        }),
        refused(&outside, |r| {
            why(r);
            r.helo_confirmed = true;
        }),
        refused(&["127.0.0.0/30", "224.0.0.1"], |_| ()),
        refused(&["10.0.0.0/29"], |r| r.exclude = vec!["10.0.0.0/30".parse().unwrap()]),
        refused(&["10.0.0.1"], |r| r.exclude = vec!["10.0.0.0/8".parse().unwrap()]),
        refused(&["127.0.0.1"], |r| r.senders[1].mail_from = String::new()),
        refused(&["127.0.0.1"], |r| r.senders[0].mail_from = "a@b.example>\r\nDATA".to_owned()),
        refused(&["127.0.0.1"], |r| r.senders[0].helo = "localhost".to_owned()),
        refused(&["127.0.0.1"], |r| r.senders.clear()),
        refused(&["127.0.0.1"], |r| r.sources = vec!["::1".parse().unwrap()]),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    254 targets
    1022 targets
    2046 addresses are more than a /22 (1024), and nobody allowed that
    2046 targets
    16777216 addresses are more than one survey holds (1048576)
    18446744073709551616 addresses are more than one survey holds (1048576)
    192.0.2.0/28 is neither loopback nor private, and no reason is given why it may be asked
    192.0.2.0/28 is neither loopback nor private, and no reason is given why it may be asked
    192.0.2.0/28 is somebody else's, and the EHLO name is not confirmed by reverse and forward lookup
    192.0.2.0/28 is somebody else's, and the pace or the number of refusals is above the polite one
    192.0.2.0/28 is somebody else's, and the pace or the number of refusals is above the polite one
    14 targets
    224.0.0.1 has addresses that no host has: multicast, link-local, reserved or unspecified
    3 targets
    no target is left to ask
    "" is not a mail address such as survey@example.org
    "a@b.example>\r\nDATA" is not a mail address such as survey@example.org
    "localhost" is not a full host name to give at EHLO
    a survey has 1 to 4 sender identities and at most 4 source addresses
    the source address ::1 is of another family than some target
    "#);
}

#[test]
fn only_targets_are_allowed() {
    let plan = plan(&["10.0.0.0/30", "127.0.0.9"], |r| r.exclude = vec!["10.0.0.2".parse().unwrap()]);
    let allowed = |text: &str| plan.allows(text.parse().unwrap());
    assert!(allowed("10.0.0.1") && allowed("127.0.0.9"));
    assert!(!allowed("10.0.0.2") && !allowed("10.0.0.0") && !allowed("127.0.0.10") && !allowed("192.0.2.1"));
    assert_eq!((plan.connections_max(), plan.least_us()), (12, 100_000));
}

/// A visit in which `postmaster` was accepted or refused.
fn visit(assignment: Assignment, accepted: bool, began: Timestamp) -> Visit {
    let (code, text) = if accepted { (250, "Ok") } else { (550, "no") };
    let mut visit = Visit::interrupted(assignment.visit, began);
    (visit.end, visit.stage) = (VisitEnd::Answered, Stage::Rcpt);
    visit.replies = vec![Heard {
        stage: Stage::Rcpt,
        recipient: Some((Recipient::Postmaster, "postmaster@brand.example".to_owned())),
        reply: Reply::new(code, text),
        raw: Vec::new(),
        delay_us: 1,
        ahead: false,
    }];
    visit
}

#[test]
fn a_network_has_one_visitor_who_pauses() {
    let plan = plan(&["127.0.0.1", "127.0.0.2", "127.0.1.1"], |r| r.senders.truncate(1));
    let mut schedule = Schedule::new(plan, BTreeMap::new(), 1);
    let Next::Visit(first) = schedule.next(START) else { panic!("somebody is ready") };
    let Next::Wait { until: Some(gap) } = schedule.next(START) else { panic!("not two at one instant") };
    assert_eq!(gap, START.plus_us(100_000));
    let Next::Visit(second) = schedule.next(gap) else { panic!("the other network is ready") };
    assert_eq!((first.target.to_string(), second.target.to_string()), ("127.0.0.1".into(), "127.0.1.1".into()));
    assert_eq!(schedule.next(START.plus_us(9_000_000)), Next::Wait { until: None }, "127.0.0.1 is not finished");
    let ends = START.plus_us(10_000_000);
    assert!(schedule.finished(ends, first.target, visit(first, true, START)).is_some());
    let Next::Wait { until: Some(at) } = schedule.next(ends) else { panic!("a pause") };
    assert!((2_000_000..=3_000_000).contains(&(at.us() - ends.us())));
    assert!(matches!(schedule.next(at), Next::Visit(a) if a.target.to_string() == "127.0.0.2"));
    assert_eq!(schedule.progress(), (1, 3));
}

#[test]
fn what_was_begun_is_not_begun_again() {
    let plan = plan(&["127.0.0.0/29"], |_| ());
    let target = |n: u8| IpAddr::from([127, 0, 0, n]);
    let first = Assignment {
        target: target(3),
        visit: crate::survey::VisitPlan { starttls: true, ..Default::default() },
        ordinal: 1,
    };
    let begun = |visits, open| Known::Begun { visits, open };
    let second = crate::survey::VisitPlan { sender: 1, ..first.visit };
    let known = BTreeMap::from([
        (target(1), Known::Finished { visits: 2 }),
        (target(2), begun(Vec::new(), Some((first.visit, START)))),
        (target(3), begun(vec![visit(first, true, START)], Some((second, START)))),
        (target(4), begun(vec![visit(first, true, START)], None)),
        (target(200), Known::Finished { visits: 2 }),
    ]);
    let mut schedule = Schedule::new(plan, known, 1);
    let at_once: Vec<_> = schedule.take_at_once().into_iter().map(|f| (f.target, f.verdict.class)).collect();
    assert_eq!(at_once, [(target(2), Class::Unknown), (target(3), Class::Open)]);
    assert_eq!(schedule.progress(), (3, 6));
    let (mut now, mut made) = (START, Vec::new());
    loop {
        match schedule.next(now) {
            Next::Visit(a) => {
                made.push((a.target, a.visit.sender, a.ordinal));
                schedule.finished(now, a.target, visit(a, true, now));
            }
            Next::Wait { until } => now = until.expect("nothing is under way"),
            Next::Done => break,
        }
    }
    let of_four: Vec<_> = made.iter().filter(|m| m.0 == target(4)).collect();
    assert_eq!(of_four, [&(target(4), 1, 2)], "the visit that was made stays made");
    assert!(made.iter().all(|m| m.0 != target(1) && m.0 != target(2) && m.0 != target(3)));
    assert_eq!(made.len(), 5, "two senders for each of the two that nobody visited");
}

#[test]
fn the_budget_is_never_overspent() {
    let plan = plan(&["127.0.0.0/24"], |r| (r.connections_max, r.pace) = (Some(7), Pace::lifted(3)));
    let mut schedule = Schedule::new(plan, BTreeMap::new(), 1);
    let mut made = 0;
    while let Next::Visit(a) = schedule.next(START) {
        made += 1;
        schedule.finished(START, a.target, visit(a, true, START));
    }
    assert_eq!((made, schedule.next(START)), (7, Next::Done));
    // Whoever begins again has what is left of it.
    let plan = schedule.plan().clone();
    let target = |n: u8| IpAddr::from([127, 0, 0, n]);
    let first = Assignment { target: target(2), visit: crate::survey::VisitPlan::default(), ordinal: 1 };
    let begun = |open| Known::Begun { visits: vec![visit(first, true, START)], open };
    for (finished, left) in [(2, 3), (5, 0), (9, 0)] {
        let known = BTreeMap::from([
            (target(1), Known::Finished { visits: finished }),
            (target(2), begun(None)),
            (target(3), Known::Begun { visits: Vec::new(), open: Some((first.visit, START)) }),
        ]);
        let mut schedule = Schedule::new(plan.clone(), known, 1);
        let at_once: Vec<_> = schedule.take_at_once().iter().map(|finding| finding.target).collect();
        let expected = if left > 0 { vec![target(3)] } else { vec![target(2), target(3)] };
        assert_eq!(at_once, expected, "what was begun and cannot go on is judged as it is");
        let mut made = 0;
        while let Next::Visit(a) = schedule.next(START) {
            made += 1;
            schedule.finished(START, a.target, visit(a, true, START));
        }
        assert_eq!((made, schedule.next(START)), (left, Next::Done));
    }
}

proptest! {
    /// Whatever the durations and answers: one visitor a network, pauses kept, each target judged once.
    #[test]
    fn a_schedule_is_polite_and_whole(seed: u64, hosts in 1u8..40, networks in 1u8..4) {
        let mut targets = Vec::new();
        for network in 0..networks {
            targets.extend((1..=hosts).map(|host| format!("10.0.{network}.{host}")));
        }
        let texts: Vec<_> = targets.iter().map(String::as_str).collect();
        let sender = |n: usize| Identity { helo: "probe.example".to_owned(), mail_from: SENDERS[n].to_owned() };
        let plan = plan(&texts, |r| r.senders = vec![sender(0), sender(1)]);
        let mut schedule = Schedule::new(plan, BTreeMap::new(), seed);
        let (mut rng, mut now) = (Rng::new(seed), START);
        let mut under_way: BTreeMap<(Timestamp, IpAddr), (Assignment, Timestamp)> = BTreeMap::new();
        let mut busy: BTreeSet<Network> = BTreeSet::new();
        let mut left_at: BTreeMap<Network, Timestamp> = BTreeMap::new();
        let mut judged = BTreeSet::new();
        loop {
            let until = match schedule.next(now) {
                Next::Done => break,
                Next::Visit(a) => {
                    let network = Network::neighbourhood(a.target);
                    prop_assert!(busy.insert(network), "two visitors in {network}");
                    if let Some(left) = left_at.get(&network) {
                        prop_assert!(now.us() - left.us() >= 2_000_000, "no pause in {network}");
                    }
                    let takes_us = i64::try_from(rng.below(40_000_000)).unwrap();
                    under_way.insert((now.plus_us(takes_us), a.target), (a, now));
                    continue;
                }
                Next::Wait { until } => until,
            };
            let ends = under_way.first_key_value().map(|(key, _)| *key);
            match (ends, until) {
                (Some((at, target)), until) if until.is_none_or(|until| at <= until) => {
                    now = now.max(at);
                    let (a, began) = under_way.remove(&(at, target)).expect("it is there");
                    let network = Network::neighbourhood(target);
                    busy.remove(&network);
                    left_at.insert(network, now);
                    if schedule.finished(now, target, visit(a, rng.chance(0.5), began)).is_some() {
                        prop_assert!(judged.insert(target), "{target} judged twice");
                    }
                }
                (_, Some(until)) => now = until,
                (_, None) => prop_assert!(false, "it waits for nothing"),
            }
        }
        prop_assert_eq!(judged.len(), targets.len());
    }
}
