//! What is written, and going on from it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use askance_proto::survey::{Class, Pace, Plan, Schedule, VISITS_MAX};
use askance_record::Timestamp;
use serde_json::Value;

use super::super::json::{Entry, read_line, visit_line};
use super::{Journal, Seen, clock, host, open, plan, run};
use crate::survey::survey;
use crate::{NetError, block_on};

const NOW: Timestamp = Timestamp::from_s(1_000_000);

fn text(path: &Path) -> String {
    std::io::read_to_string(std::fs::File::open(path).unwrap()).unwrap()
}

fn lines(path: &Path) -> Vec<Value> {
    text(path).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_type<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["type"] == kind).collect()
}

/// Runs a survey with a journal, and drops it in the middle of its work after so many results.
async fn cut_short(plan: &Plan, path: &Path, results: usize) {
    let (mut journal, known) = Journal::open(path, plan, NOW).unwrap();
    let mut schedule = Schedule::new(plan.clone(), known, 1);
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let mut count = 0;
    let mut found = |_: &_, _| {
        count += 1;
        if count == results {
            sender.send(()).unwrap();
        }
    };
    tokio::select! {
        biased;
        _ = receiver.recv() => {}
        run = survey(&mut schedule, &mut journal, clock(50.0), core::future::pending::<()>(), &mut found) => {
            panic!("it came to its end: {run:?}");
        }
    }
}

#[test]
fn whoever_begins_again_asks_nobody_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("survey.jsonl");
    let targets: Vec<_> = (0..6).flat_map(|net| (1..=5).map(move |n| format!("127.73.{net}.{n}"))).collect();
    let targets: Vec<_> = targets.iter().map(String::as_str).collect();
    let seen = Arc::new(Mutex::new(Seen::default()));
    let plan = plan(&targets, |_| ());
    let (findings, counts) = block_on(async {
        for address in &targets {
            host(address, &seen, open).await;
        }
        for results in [4, 7, 3] {
            cut_short(&plan, &path, results).await;
            // The half line of a killed program.
            let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
            std::io::Write::write_all(&mut file, br#"{"type":"result","target":"127.73.5.5","cl"#).unwrap();
        }
        let (mut journal, known) = Journal::open(&path, &plan, NOW).unwrap();
        run(plan.clone(), known, &mut journal, 50.0).await
    })
    .unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen.paths().values().all(|n| *n == 1), "asked twice: {:?}", seen.paths());
    assert_eq!((counts.done, counts.targets), (30, 30));
    assert!(findings.len() < 30 && !findings.is_empty(), "the last run had some left: {}", findings.len());
    let lines = lines(&path);
    assert_eq!(of_type(&lines, "survey").len(), 4, "a header a run");
    let mut results: Vec<_> = of_type(&lines, "result").iter().map(|l| l["target"].as_str().unwrap()).collect();
    results.sort_unstable();
    let mut expected = targets.clone();
    expected.sort_unstable();
    assert_eq!(results, expected, "each target has one result");
    for line in of_type(&lines, "result") {
        let cut = line["remarks"].as_array().unwrap().iter().any(|r| r == "interrupted");
        assert!(line["class"] == "open" || cut, "{line}");
    }
    let started: Vec<_> = of_type(&lines, "started")
        .iter()
        .map(|l| (l["target"].clone(), l["sender"].clone()))
        .map(|s| format!("{s:?}"))
        .collect();
    let distinct: std::collections::BTreeSet<_> = started.iter().collect();
    assert_eq!(distinct.len(), started.len(), "no visit was begun twice");
    assert!(seen.connections.values().sum::<usize>() <= started.len(), "each connection was announced");
}

fn silent(_: &str) -> &'static str {
    ""
}

#[test]
fn a_stop_lets_visits_under_way_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("survey.jsonl");
    let seen = Arc::new(Mutex::new(Seen::default()));
    let plan = plan(&["127.74.0.1", "127.74.0.2", "127.74.1.1"], |_| ());
    let counts = block_on(async {
        host("127.74.0.1", &seen, open).await;
        host("127.74.0.2", &seen, open).await;
        // It holds its visitor far longer than the first host needs for its result, and the stop comes with that.
        host("127.74.1.1", &seen, silent).await;
        let (mut journal, known) = Journal::open(&path, &plan, NOW).unwrap();
        let mut schedule = Schedule::new(plan.clone(), known, 1);
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let mut found = |_: &_, _| sender.send(()).unwrap();
        survey(&mut schedule, &mut journal, clock(50.0), receiver.recv(), &mut found).await.unwrap()
    })
    .unwrap();
    assert_eq!((counts.connections, counts.done), (3, 2), "none is begun after the stop");
    let lines = lines(&path);
    let ended = of_type(&lines, "visit").len() + of_type(&lines, "result").len();
    assert_eq!((of_type(&lines, "started").len(), ended), (3, 3), "each visit under way came to its end");
    assert!(seen.lock().unwrap().connections.keys().all(|host| host.to_string() != "127.74.0.2"));
}

#[test]
fn whoever_stops_before_the_beginning_asks_nobody() {
    let plan = plan(&["127.74.2.1"], |_| ());
    let counts = block_on(async {
        let mut schedule = Schedule::new(plan, BTreeMap::new(), 1);
        let mut journal = Journal::to(Vec::new());
        survey(&mut schedule, &mut journal, clock(50.0), core::future::ready(()), &mut |_, _| ()).await.unwrap()
    })
    .unwrap();
    assert_eq!(counts.connections, 0);
}

#[test]
fn a_journal_of_another_survey_and_a_broken_one_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("survey.jsonl");
    let ours = plan(&["127.75.0.1"], |_| ());
    let other = plan(&["127.75.0.1"], |r| r.senders.swap(0, 1));
    drop(Journal::open(&path, &ours, NOW).unwrap());
    drop(Journal::open(&path, &ours, NOW).unwrap());
    assert!(matches!(Journal::open(&path, &other, NOW), Err(NetError::JournalOther)));
    assert!(matches!(Journal::check(&path, &other), Err(NetError::JournalOther)));
    let (before, half) = (text(&path), text(&path) + "{\"type\":\"res");
    std::fs::write(&path, &half).unwrap();
    Journal::check(&path, &ours).unwrap();
    assert_eq!(text(&path), half, "half a line is not cut off by whoever only looks");
    std::fs::write(&path, before).unwrap();
    let open = Journal::open(&path, &ours, NOW).unwrap();
    assert!(matches!(Journal::open(&path, &ours, NOW), Err(NetError::Journal { .. })), "two runs at once");
    drop(open);
    let header = text(&path).lines().next().unwrap().to_owned() + "\n";
    let result = "{\"type\":\"result\",\"target\":\"127.75.0.1\"}\n";
    let stranger = "{\"type\":\"started\",\"target\":\"127.75.0.1\",\"visit\":1,\"sender\":2,\"source\":0,\
        \"starttls\":true,\"at\":\"\",\"at_us\":0}\n";
    for (broken, number) in [
        ("{\"type\":\"result\"}\n".to_owned(), 1),
        (result.to_owned(), 1),
        ("no JSON\n".to_owned(), 1),
        ("somebody's text without an end".to_owned(), 1),
        ("{\"type\":\"guess\"}\n".to_owned(), 1),
        ("[1]\n".to_owned(), 1),
        (header.clone() + "[1]\n", 2),
        (header + stranger, 2),
    ] {
        let path = folder.path().join("broken.jsonl");
        std::fs::write(&path, &broken).unwrap();
        let error = Journal::open(&path, &ours, NOW).unwrap_err();
        assert!(matches!(error, NetError::JournalLine { line, .. } if line == number), "{broken}: {error}");
        let told = Journal::check(&path, &ours).unwrap_err();
        assert_eq!(told.to_string(), error.to_string(), "whoever only looks is told the same");
        assert_eq!(text(&path), broken, "left as it was");
    }
}

fn odd(command: &str) -> &'static str {
    match command.split(' ').next().unwrap_or_default() {
        "" => "220 mx.brand.example caf\u{e9} \x07\n",
        "EHLO" => "250-mx.brand.example\r\n250 STARTTLS\r\n",
        "STARTTLS" => "454 4.7.0 no\r\n",
        "RCPT" => "550 5.7.1 no\r\n",
        "QUIT" => "221 2.0.0 Bye\r\n",
        _ => "250 2.0.0 Ok\r\n",
    }
}

#[test]
fn a_visit_comes_back_as_it_was_written_and_a_result_says_what_is_promised() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("survey.jsonl");
    let plan = plan(&["127.76.0.1", "127.76.1.1"], |r| r.pace = Pace::lifted(4));
    let findings = block_on(async {
        host("127.76.0.1", &Arc::new(Mutex::new(Seen::default())), odd).await;
        let (mut journal, known) = Journal::open(&path, &plan, NOW).unwrap();
        run(plan.clone(), known, &mut journal, 1.0).await.0
    })
    .unwrap();
    let target: IpAddr = "127.76.0.1".parse().unwrap();
    for visit in findings.values().flat_map(|f| &f.visits) {
        let plan =
            askance_proto::survey::VisitPlan { sender: visit.sender, source: visit.source, starttls: visit.starttls };
        let assignment = askance_proto::survey::Assignment { target, visit: plan, ordinal: 1 };
        let Ok(Entry::Visit { visit: back, .. }) = read_line(visit_line(assignment, visit).as_bytes()) else {
            panic!("a visit that cannot be read")
        };
        assert_eq!(*back, *visit);
    }
    let finding = &findings[&target];
    assert_eq!((finding.verdict.class, finding.visits.len()), (Class::SendOnly, 2));
    assert!(finding.visits.len() <= VISITS_MAX);
    let lines = lines(&path);
    let result = of_type(&lines, "result").into_iter().find(|l| l["target"] == "127.76.0.1").unwrap();
    let mut keys: Vec<_> = result.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    insta::assert_snapshot!(keys.join(" "), @"also_as at cites class code does_not_say helo_confirmed identity port reason remarks replies stage target text type visits why");
    let replies: Vec<_> = result["replies"]
        .as_array()
        .unwrap()
        .iter()
        .take(6)
        .map(|r| format!("{} {} {} {} {}", r["visit"], r["stage"], r["code"], r["text"], r["raw"]))
        .collect();
    insta::assert_snapshot!(replies.join("\n"), @r#"
    1 "banner" 220 "mx.brand.example café ?" "323230206d782e6272616e642e6578616d706c6520636166c3a920070a"
    1 "ehlo" 250 "mx.brand.example\nSTARTTLS" null
    1 "starttls" 454 "no" null
    1 "mail" 250 "Ok" null
    1 "rcpt" 550 "no" null
    1 "rset" 250 "Ok" null
    "#);
    insta::assert_snapshot!(format!("{} {} {}", result["identity"], result["also_as"], result["remarks"]), @r#"{"helo":"probe.example","mail_from":"survey@probe.example","source":null} ["survey@other.example"] ["bare-line-feed","eight-bit","tls-refused"]"#);
}
