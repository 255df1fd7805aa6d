//! `askance survey`: hosts of the test, of the lab, and real mail servers, all on loopback.

mod hosts;
mod resumed;
mod servers;

use std::process::Command;

use hosts::{Hosts, open, sends};

use crate::lab_serve::served::Served;
use crate::lab_serve::there;
use crate::run::{Ran, askance, root, scratch};

/// Arguments with which a survey on loopback does not wait.
const AT_ONCE: [&str; 6] = ["--pause", "0", "--per-network", "8", "--rate", "10000"];
const SENDERS: [&str; 4] = ["--from", "survey@probe.example", "--from", "post@other.example"];
const ONE_SENDER: [&str; 3] = ["--from", "survey@probe.example", "--one-sender"];
const LISTENERS: &str = include_str!("data/survey/listeners.toml");

/// A file for a journal that nobody has written yet.
fn journal() -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("survey.jsonl").to_str().expect("a plain path").to_owned();
    (dir, path)
}

fn survey(args: &[&[&str]]) -> Ran {
    askance(&[&["survey"], args.concat().as_slice()].concat())
}

/// Target and class of each result line.
fn classes(ran: &Ran) -> Vec<String> {
    let mut rows: Vec<_> = ran
        .json_lines()
        .iter()
        .map(|r| {
            let text = |key: &str| r[key].as_str().unwrap_or("-").to_owned();
            let code = r["code"].as_u64().map_or_else(|| "-".to_owned(), |code| code.to_string());
            let address: std::net::IpAddr = text("target").parse().expect("an address");
            (address, format!("{} {} at {} {code}", text("target"), text("class"), text("stage")))
        })
        .collect();
    rows.sort();
    rows.into_iter().map(|(_, row)| row).collect()
}

#[test]
fn a_dry_run_tells_the_plan_and_asks_nobody() {
    let hosts = Hosts::new(21_525);
    hosts.listen("127.98.0.1", open);
    let (dir, exclude) = scratch("never.txt", b"# not these\n127.98.0.2\n127.98.1.8/30 # nor these\n");
    let journal = dir.path().join("survey.jsonl");
    let args = [
        ["127.98.0.0/29", "127.98.1.7"].as_slice(),
        &SENDERS,
        &["--to", "office@brand.example", "--port", "21525", "--exclude", &exclude, "--source", "127.0.0.1"],
        &["--journal", journal.to_str().expect("a plain path"), "--dry-run"],
    ];
    let ran = survey(&args);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let text = ran.stdout.replace(dir.path().to_str().expect("a plain path"), "[folder]");
    insta::assert_snapshot!(text, @"
    Survey of 6 hosts in 2 networks, port 21525
      of        127.98.0.0/29 127.98.1.7
      except    127.98.0.2 127.98.1.8/30
      as        EHLO probe.example, MAIL FROM:<survey@probe.example>
      then as   EHLO probe.example, MAIL FROM:<post@other.example>
      from      127.0.0.1
      about     postmaster at the name that a host claims
                office@brand.example
                survey@probe.example, where all others are refused
      never     DATA, VRFY, EXPN, AUTH: no message is sent, no mailbox guessed
      pace      32 at a time, 1 to one /24 (IPv6: /48), 2 to 3 s between two of them
                10 connections a second at most
      budget    36 connections at most; 8 s at least by the pauses alone
      journal   [folder]/survey.jsonl
    ");
    let json = survey(&[&args.concat(), &["--json"]]).json();
    assert_eq!(
        (json["schema"].as_str(), json["targets"].as_array().map(Vec::len)),
        (Some("askance.survey-plan/1"), Some(6))
    );
    assert_eq!(json["survey"]["connections_max"], 36);
    assert!(!journal.exists(), "nothing is written");
    assert_eq!(hosts.log().visits.len(), 0, "nobody is asked");
}

#[test]
fn what_a_survey_must_not_do_is_said_with_a_way_out() {
    let check = |args: &[&str], says: &[&str]| {
        let (_dir, journal) = journal();
        let ran = survey(&[args, &["--journal", &journal, "--port", "21526"]]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        for part in says {
            assert!(ran.stderr.contains(part), "no {part:?} in {}", ran.stderr);
        }
        assert!(!std::path::Path::new(&journal).exists(), "refused before anything is written");
    };
    let from = ["--from", "survey@probe.example"];
    let with = |more: &[&'static str]| [more, from.as_slice()].concat();
    check(&with(&["192.0.2.1"]), &["survey::no-reason", "--i-may-probe"]);
    check(&with(&["192.0.2.1", "--i-may-probe", " "]), &["survey::no-reason"]);
    check(&["192.0.2.1", "--i-may-probe", "It is ours"], &["cli::usage", "no --from says who asks"]);
    check(&with(&["127.99.0.0/21"]), &["survey::large", "--more-than-a-22"]);
    check(&with(&["224.0.0.1"]), &["survey::nowhere"]);
    check(&with(&["mx.brand.example"]), &["cli::usage", "look a name's addresses up"]);
    check(&["127.99.0.1", "--from", "<>"], &["survey::helo"]);
    check(&with(&["127.99.0.1", "--rate", "0"]), &["cli::usage", "--rate 0"]);
    check(&with(&["127.99.0.1", "--exclude", "127.99.0.0/24"]), &["survey::no-target"]);
    let (_dir, list) = scratch("list", b"127.99.0.1\n\nnobody # or so\n");
    check(&["--list", &list, from[0], from[1]], &["line 3", "nobody"]);
}

#[test]
fn more_than_a_22_is_asked_where_that_is_allowed() {
    let (_dir, journal) = journal();
    let ran = survey(&[&["127.99.0.0/21", "--more-than-a-22", "--dry-run", "--journal", &journal], &ONE_SENDER]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("Survey of 2046 hosts in 8 networks, port 25\n"), "{}", ran.stdout);
}

#[test]
fn two_senders_ask_where_one_or_none_is_named() {
    let check = |args: &[&str]| {
        let (_dir, journal) = journal();
        let ran = survey(&[&["127.99.0.1", "--dry-run", "--json", "--journal", &journal], args]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let senders = ran.json()["survey"]["asked_as"]["senders"].as_array().expect("a list").clone();
        let mailboxes = senders.iter().map(|s| s["mail_from"].as_str().expect("a text").to_owned());
        mailboxes.collect::<Vec<_>>()
    };
    let named = check(&["--from", "desk@probe.example"]);
    assert_eq!(named, ["desk@probe.example", "postmaster@probe.example"]);
    assert_eq!(check(&["--from", "postmaster@probe.example"])[1], "survey@probe.example");
    assert_eq!(check(&SENDERS), ["survey@probe.example", "post@other.example"]);
    assert_eq!(check(&ONE_SENDER), ["survey@probe.example"]);
    let own = check(&[]);
    assert!(own[0].starts_with("survey@") && own[1].starts_with("postmaster@") && own.len() == 2, "{own:?}");
}

/// What terminals would take for more than text.
fn hostile(command: &str) -> &'static str {
    match command {
        "" => "220 \u{1b}]0;owned\u{7}mx.brand.example\r\n",
        "QUIT" => "221 bye\r\n",
        _ if command.starts_with("RCPT") => "550 \u{1b}[2J\u{202e}gone\r\n",
        _ => "250 ok\r\n",
    }
}

#[test]
fn one_line_a_target_then_classes_and_neighbours() {
    let hosts = Hosts::new(21_527);
    for (address, says) in
        [("127.98.4.1", sends as fn(&str) -> _), ("127.98.4.2", sends), ("127.98.5.1", open), ("127.98.5.2", hostile)]
    {
        hosts.listen(address, says);
    }
    let (_dir, journal) = journal();
    let base = [
        &["127.98.4.0/30", "127.98.5.0/29", "--at-once", "1", "--port", "21527", "--journal", &journal],
        AT_ONCE.as_slice(),
        &SENDERS,
    ]
    .concat();
    let ran = survey(&[&base]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ran.stdout);
    insta::assert_snapshot!(ran.stdout, @r"
    127.98.4.1       send-only    banner 521 mx.brand.example does not accept mail
    127.98.4.2       send-only    banner 521 mx.brand.example does not accept mail
    127.98.5.1       open         rcpt 250 Ok
    127.98.5.2       send-only    rcpt 550 ?[2J\u{202e}gone
    127.98.5.3       closed       connect: The connection was refused.
    127.98.5.4       closed       connect: The connection was refused.
    127.98.5.5       closed       connect: The connection was refused.
    127.98.5.6       closed       connect: The connection was refused.

    Classes ────────────────────────────────────────────────────────────────────────
    4  closed
    3  send-only
    1  open

    Neighbours ─────────────────────────────────────────────────────────────────────
    127.98.4.0/24: 2 send-only; all told the same, but for names and numbers
    127.98.5.0/24: 4 closed, 1 open, 1 send-only; not alike
    ");
    assert!(ran.stderr.contains("connections at most"), "the budget is told: {}", ran.stderr);
    // The same results again, in the other forms; nobody is asked twice for them.
    let visits = hosts.log().visits.len();
    let lines = survey(&[&base, &["--json-lines"]]);
    assert_eq!(lines.json_lines().len(), 8);
    let first = &lines.json_lines()[0];
    for key in ["target", "class", "stage", "replies", "identity"] {
        assert!(!first[key].is_null(), "{key} in {first}");
    }
    assert!(lines.stderr.contains("nobody was asked"), "{}", lines.stderr);
    let json = survey(&[&base, &["--json", "--quiet"]]);
    assert_eq!(json.stderr, "");
    let json = json.json();
    assert_eq!(json["schema"], "askance.survey/1");
    assert_eq!((json["results"].as_array().map(Vec::len), json["classes"]["send-only"].as_u64()), (Some(8), Some(3)));
    assert_eq!(hosts.log().visits.len(), visits, "their results stand in the journal");
}

#[test]
fn by_default_no_network_sees_two_visitors_at_once() {
    let hosts = Hosts::new(21_528);
    for address in ["127.98.8.1", "127.98.8.2", "127.98.8.3", "127.98.9.1"] {
        hosts.listen(address, open);
    }
    let (_dir, journal) = journal();
    let ran = survey(&[
        &["127.98.8.0/29", "127.98.9.1", "--exclude", "127.98.8.4/30"],
        &ONE_SENDER,
        &["--port", "21528", "--journal", &journal],
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let network = |host: std::net::IpAddr| host.to_string().rsplit_once('.').expect("IPv4").0.to_owned();
    hosts.wait("the end of all visits", |log| log.visits.iter().all(|v| v.ended.is_some()));
    assert!(hosts.most_at_a_time(network).values().all(|most| *most == 1), "{:?}", hosts.log().visits);
    let log = hosts.log();
    assert_eq!(log.visits.len(), 4);
    let one: Vec<_> = log.visits.iter().filter(|v| network(v.host) == "127.98.8").collect();
    for pair in one.windows(2) {
        let pause = pair[1].began.duration_since(pair[0].ended.expect("it was over"));
        assert!(pause.as_secs_f64() > 1.9, "{pause:?} between two of one network");
    }
}

#[test]
fn listeners_of_the_lab_that_send_only_or_choose() {
    let served = Served::start("crates/askance/tests/it/data/survey/listeners.toml", &["--port-offset", "26500"]);
    let (_dir, journal) = journal();
    let at = |address: &str| there(LISTENERS, address).to_string();
    let range = format!("{}/28", at("198.51.100.16"));
    let (known, unused) = (at("192.0.2.77"), format!("{}/30", at("198.51.100.28")));
    let ran = survey(&[
        &[&range, "--exclude", &unused],
        &AT_ONCE,
        &SENDERS,
        &["--source", "127.0.0.1", "--source", &known, "--to", "office@hotel-brand-email.example"],
        &["--port", "26525", "--json-lines", "--journal", &journal],
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    insta::assert_snapshot!(classes(&ran).join("\n"), @"
    127.64.0.17 closed at connect -
    127.64.0.18 closed at connect -
    127.64.0.19 closed at connect -
    127.64.0.20 closed at connect -
    127.64.0.21 send-only at banner 521
    127.64.0.22 send-only at ehlo 550
    127.64.0.23 send-only at mail 550
    127.64.0.24 send-only at rcpt 550
    127.64.0.25 selective-sender at rcpt 550
    127.64.0.26 selective-recipient at rcpt 550
    127.64.0.27 selective-client at banner 554
    ");
    let lines = ran.json_lines();
    let offers = lines.iter().find(|r| r["target"] == at("198.51.100.24").as_str()).expect("it was asked");
    assert_eq!(offers["visits"][0]["certificate"]["names"][0], "mail.example", "that of every host of the lab");
    let (_, code) = served.stop();
    assert_eq!(code, Some(0));
}

/// Sends a signal to a child.
fn signal(child: &std::process::Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill is everywhere");
    assert!(sent.success(), "it ran until here");
}

#[test]
fn the_worked_example_of_the_page_is_what_it_prints() {
    let page = std::fs::read_to_string(root().join("docs/reference/survey.md")).expect("the page");
    let after = |fence: &str| {
        page.split(fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect::<Vec<_>>()
    };
    let command = after("```sh\n")
        .into_iter()
        .find(|text| text.starts_with("askance survey 127."))
        .expect("a command on loopback");
    let command = command.replace("\\\n", " ");
    let (_dir, journal) = journal();
    let served = Served::start("scenarios/two-hosts.toml", &["--port-offset", "26700"]);
    let args: Vec<&str> = command.split_whitespace().skip(2).collect();
    let ran = survey(&[&args, &["--journal", &journal]]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(Some(ran.stdout.as_str()), after("```text\n").first().copied());
    assert_eq!(served.stop().1, Some(0));
}

const LOG: &str = "\
Mar  3 10:00:00 dnsmasq[9]: query[A] mail1.hotel-brand.example from 192.0.2.5
Mar  3 10:00:00 dnsmasq[9]: reply mail1.hotel-brand.example is 127.98.30.1
";
const CASE: &str = r#"
schema = "askance.case/1"
title = "A host that is asked for and asked"
question = "Does it take mail?"
subjects = ["mail1.hotel-brand.example"]
[[source]]
id = "log"
path = "dnsmasq.log"
year = 2025
[[source]]
id = "asked"
path = "survey.jsonl"
kind = "survey"
"#;

#[test]
fn a_survey_is_evidence_in_a_case() {
    let hosts = Hosts::new(21_533);
    hosts.listen("127.98.30.1", sends);
    hosts.listen("127.98.30.2", open);
    let (dir, case) = scratch("case.toml", CASE.as_bytes());
    let file = |name: &str| dir.path().join(name).to_str().expect("a plain path").to_owned();
    let (log, journal, out) = (file("dnsmasq.log"), file("survey.jsonl"), file("out"));
    std::fs::write(log, LOG).expect("a file");
    let targets = ["127.98.30.1", "127.98.30.2", "127.98.31.1"];
    let ran = survey(&[&targets, &AT_ONCE, &SENDERS, &["--port", "21533", "--journal", &journal]]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let read = |code: i32| {
        let ran = askance(&["investigate", &case, "--out", &out, "--json"]);
        assert_eq!(ran.code, code, "{}", ran.stderr);
        (ran.json()["surveys"][0].clone(), ran.stderr)
    };
    let (found, _) = read(0);
    let shown: Vec<_> = found["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|r| (&r["target"], &r["subject"], &r["class"]))
        .collect();
    let expected = [("127.98.30.1", true, "send-only"), ("127.98.30.2", false, "open")]
        .map(|(t, s, c)| (t.into(), s.into(), c.into()));
    assert_eq!(shown, expected.iter().map(|(t, s, c)| (t, s, c)).collect::<Vec<_>>());
    assert_eq!((&found["targets"], found["networks"].as_array().map(Vec::len)), (&3.into(), Some(2)));
    let mut whole = std::fs::read(&journal).expect("the journal");
    whole.extend_from_slice(b"{\"type\":\"resu");
    std::fs::write(&journal, whole).expect("a file");
    let (again, stderr) = read(3);
    assert_eq!(again["results"], found["results"], "half a line takes nothing away");
    assert!(stderr.contains("source asked: 1 line left out: it is not JSON"), "{stderr}");
}
