//! Nobody sees two visitors at once, and nobody else is visited.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use askance_proto::survey::{Assignment, Class, ConnectFailure, Pace as SurveyPace, Schedule, VisitEnd, VisitPlan};
use askance_record::Timestamp;

use super::super::{Line, opportunistic, survey};
use super::{Journal, Seen, clock, host, open, plan, run};
use crate::clock::Pace;
use crate::{NetError, block_on};

fn silent(_: &str) -> &'static str {
    ""
}

#[test]
fn by_default_no_network_sees_two_visitors_at_once() {
    let hosts = ["127.70.0.1", "127.70.0.2", "127.70.0.3", "127.70.1.1", "127.70.1.2", "127.70.2.1"];
    let seen = Arc::new(Mutex::new(Seen::default()));
    let (findings, counts) = block_on(async {
        for address in hosts {
            host(address, &seen, open).await;
        }
        // 127.70.0.4 has nobody; its refusal must not let two in.
        let mut targets = hosts.to_vec();
        targets.push("127.70.0.4");
        run(plan(&targets, |_| ()), BTreeMap::new(), &mut Journal::to(Vec::new()), 50.0).await
    })
    .unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen.most.values().all(|most| *most == 1), "{:?}", seen.most);
    assert_eq!(seen.most.len(), hosts.len() + 3, "each host and each network was visited");
    assert!(seen.connections.values().all(|n| *n == 2), "one visit a sender: {:?}", seen.connections);
    assert_eq!((counts.connections, counts.results, counts.done), (13, 7, 7));
    let classes: Vec<_> = findings.values().map(|f| f.verdict.class).collect();
    assert_eq!(classes.iter().filter(|c| **c == Class::Open).count(), 6);
    assert_eq!(findings[&"127.70.0.4".parse().unwrap()].verdict.class, Class::Closed);
}

#[test]
fn without_limits_many_are_visited_at_once_and_no_host_twice_at_once() {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let targets: Vec<_> = (1..=40).map(|n| format!("127.71.0.{n}")).collect();
    let targets: Vec<_> = targets.iter().map(String::as_str).collect();
    let (findings, _) = block_on(async {
        for address in &targets {
            // A host that never answers holds its visitor: all are visited before the first gives up.
            host(address, &seen, silent).await;
        }
        let plan = plan(&targets, |r| r.pace = SurveyPace::lifted(100));
        run(plan, BTreeMap::new(), &mut Journal::to(Vec::new()), 100.0).await
    })
    .unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen.most[&"127.71.0.0/24".parse().unwrap()], 40);
    assert!(targets.iter().all(|t| seen.most[&t.parse().unwrap()] == 1));
    assert!(findings.values().all(|f| f.visits[0].end == VisitEnd::Silent { pieces: 0 }));
}

#[test]
fn only_targets_of_the_plan_are_connected_to() {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let visits = block_on(async {
        host("127.72.0.1", &seen, open).await;
        host("127.72.0.2", &seen, open).await;
        host("127.72.1.1", &seen, open).await;
        let tls = Arc::new(opportunistic(Arc::new(rustls::crypto::ring::default_provider())).unwrap()).into();
        let plan = Arc::new(plan(&["127.72.0.0/29"], |r| r.exclude = vec!["127.72.0.2".parse().unwrap()]));
        let line = Line { plan, pace: Pace::new(clock(100.0)).unwrap(), tls };
        let mut visits = Vec::new();
        for target in ["127.72.0.1", "127.72.0.2", "127.72.1.1"] {
            let target = target.parse().unwrap();
            let assignment = Assignment { target, visit: VisitPlan::default(), ordinal: 1 };
            visits.push(line.clone().visit(assignment, Timestamp::from_s(1_000_000)).await.1);
        }
        visits
    })
    .unwrap();
    assert_eq!(visits[0].end, VisitEnd::Answered);
    assert!(visits[1..].iter().all(|v| v.end == VisitEnd::NotConnected(ConnectFailure::Ours)));
    let connections = &seen.lock().unwrap().connections;
    assert_eq!(connections.len(), 1, "the excluded one and the one outside saw nobody: {connections:?}");
}

#[test]
fn time_does_not_run_faster_for_strangers() {
    // Without a budget nobody is asked, whatever becomes of the check.
    let plan = plan(&["192.0.2.1"], |r| {
        (r.reason, r.helo_confirmed, r.connections_max) = (Some("a test".to_owned()), true, Some(0));
    });
    let check = |speed| {
        let mut schedule = Schedule::new(plan.clone(), BTreeMap::new(), 1);
        let never = core::future::pending::<()>();
        let mut journal = Journal::to(Vec::new());
        block_on(survey(&mut schedule, &mut journal, clock(speed), never, &mut |_, _| ())).unwrap()
    };
    assert!(matches!(check(1.5), Err(NetError::Speed { speed: 1.5 })));
    assert_eq!(check(1.0).unwrap().connections, 0);
}
