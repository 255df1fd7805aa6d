//! Surveys that are killed or interrupted, and begun again: nobody is asked twice, by the hosts' own log.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::net::IpAddr;
use std::process::{Child, Command, Stdio};

use super::hosts::{Hosts, open, sends};
use super::{AT_ONCE, ONE_SENDER, SENDERS, classes, journal, signal, survey};

/// A survey as a child of its own.
fn start(args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_askance"));
    command.arg("survey").args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the binary of this build runs")
}

#[test]
fn killed_again_and_again_it_asks_nobody_twice() {
    let hosts = Hosts::new(21_530);
    let addresses: Vec<String> = (1..=14).map(|n| format!("127.98.{}.{n}", 16 + n % 3)).collect();
    for (n, address) in addresses.iter().enumerate() {
        hosts.listen(address, if n % 4 == 0 { sends } else { open });
    }
    let (_dir, journal) = journal();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let args =
        [&addresses, AT_ONCE.as_slice(), &SENDERS, &["--at-once", "3", "--port", "21530", "--journal", &journal]]
            .concat();
    for nth in [3, 9, 16] {
        hosts.hold_from(nth);
        let mut child = start(&args);
        hosts.wait("the connection that is held", |log| log.visits.len() >= nth);
        // SIGKILL: nothing can be tidied up.
        child.kill().expect("it runs");
        assert_eq!(child.wait().expect("it is our child").code(), None, "it did not end by itself");
        hosts.wait("the end of all connections", |log| log.visits.iter().all(|v| v.ended.is_some()));
    }
    hosts.hold_from(usize::MAX);
    let ran = survey(&[&args, &["--json-lines"]]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let log = hosts.log();
    let mut told: BTreeSet<(IpAddr, &str)> = BTreeSet::new();
    // Visits that ended before anybody said QUIT, and those that were never answered.
    let (mut cut, mut held) = (BTreeSet::new(), BTreeSet::new());
    for visit in &log.visits {
        assert!(!cut.contains(&visit.host), "{} was visited again after a cut visit", visit.host);
        if visit.said.last().is_none_or(|line| line != "QUIT") {
            cut.insert(visit.host);
        }
        if visit.held {
            held.insert(visit.host);
        }
        for mail in visit.said.iter().filter(|line| line.starts_with("MAIL")) {
            assert!(told.insert((visit.host, mail)), "{} heard {mail} twice", visit.host);
        }
    }
    assert!((3..=9).contains(&held.len()), "each of three kills cut one to three unanswered visits: {held:?}");
    let lines = ran.json_lines();
    let targets: BTreeSet<_> = lines.iter().filter_map(|r| r["target"].as_str()).collect();
    assert_eq!((targets.len(), lines.len()), (14, 14), "each has one result, whichever run found it");
    let told =
        lines.iter().filter(|r| r["remarks"].as_array().is_some_and(|all| all.iter().any(|x| x == "interrupted")));
    let told: BTreeSet<IpAddr> = told.filter_map(|r| r["target"].as_str()?.parse().ok()).collect();
    assert!(held.is_subset(&cut) && cut.is_subset(&told) && told.len() <= 9, "{held:?} {cut:?} {told:?}");
    // Once more: there is nobody left, and the same is printed.
    let visits = log.visits.len();
    drop(log);
    let again = survey(&[&args, &["--json-lines"]]);
    assert_eq!((classes(&again), hosts.log().visits.len()), (classes(&ran), visits));
}

#[test]
fn interrupted_it_ends_what_is_under_way_and_tells_how_to_go_on() {
    let hosts = Hosts::new(21_531);
    for n in 1..=4 {
        hosts.listen(&format!("127.98.24.{n}"), open);
    }
    let (_dir, journal) = journal();
    let args = [
        &["127.98.24.0/29", "--exclude", "127.98.24.5", "--exclude", "127.98.24.6"],
        AT_ONCE.as_slice(),
        &ONE_SENDER,
        &["--at-once", "1", "--port", "21531", "--journal", &journal],
    ]
    .concat();
    hosts.hold_from(2);
    let child = start(&args);
    hosts.wait("the second connection", |log| log.visits.len() == 2);
    signal(&child, "-INT");
    // It is told of the signal by the same kernel that then tells it of the end of the connection.
    hosts.hang_up();
    let output = child.wait_with_output().expect("it is our child");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("Stopping") && stderr.contains("2 of 4 hosts have no result"), "{stderr}");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        stdout.lines().filter(|l| l.starts_with("127.98.24.")).count(),
        3,
        "two hosts and their network: {stdout}"
    );
    let ran = survey(&[&args, &["--json-lines"]]);
    assert_eq!((ran.code, ran.json_lines().len(), hosts.log().visits.len()), (0, 4, 4), "{}", ran.stderr);
}

#[test]
fn a_budget_ends_a_survey_that_goes_on_with_a_larger_one() {
    let hosts = Hosts::new(21_532);
    for n in 1..=4 {
        hosts.listen(&format!("127.98.25.{n}"), sends);
    }
    let (_dir, journal) = journal();
    let args = [
        &["127.98.25.1", "127.98.25.2", "127.98.25.3", "127.98.25.4"],
        AT_ONCE.as_slice(),
        &SENDERS,
        &["--port", "21532", "--journal", &journal],
    ]
    .concat();
    let ran = survey(&[&args, &["--budget", "3"]]);
    assert_eq!((ran.code, hosts.log().visits.len()), (3, 3), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 of 4 hosts have no result"), "{}", ran.stderr);
    let ran = survey(&[&args, &["--budget", "9"]]);
    assert_eq!((ran.code, hosts.log().visits.len()), (0, 4), "{}", ran.stderr);
}

#[test]
fn interrupted_twice_it_leaves_at_once() {
    let hosts = Hosts::new(21_534);
    hosts.listen("127.98.26.1", open);
    hosts.listen("127.98.26.2", open);
    let (_dir, journal) = journal();
    let args = ["127.98.26.1", "127.98.26.2", "--port", "21534", "--journal", &journal, "--one-sender"];
    hosts.hold_from(1);
    let mut child = start(&args);
    hosts.wait("the first connection", |log| log.visits.len() == 1);
    signal(&child, "-INT");
    let mut said = BufReader::new(child.stderr.take().expect("piped")).lines().map_while(Result::ok);
    assert!(said.any(|line| line.contains("Stopping")), "it tells that it was heard");
    // Nobody answers the visit that is under way, and nobody waits for it.
    signal(&child, "-INT");
    assert_eq!(child.wait().expect("it is our child").code(), Some(3));
    hosts.hold_from(usize::MAX);
    let ran = survey(&[&args, &["--json-lines"]]);
    assert_eq!((ran.code, hosts.log().visits.len()), (0, 2), "{}", ran.stderr);
    assert_eq!(classes(&ran)[0], "127.98.26.1 unknown at connect -");
}
