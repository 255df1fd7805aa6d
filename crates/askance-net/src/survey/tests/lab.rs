//! The lab's own parties, each found to be what it is.

use std::collections::BTreeMap;
use std::net::IpAddr;

use askance_lab::{Scenario, Story, relocate};
use askance_proto::smtp::{LetThrough, Listener, ListenerConfig, RefuseAt, Reply};
use askance_proto::survey::{Finding, Pace, Plan, PlanRequest};
use askance_proto::{Node, Transcript};

use super::{Journal, SENDERS, clock, plan, run};
use crate::{Ended, Loopback, Options, PortMap, block_on};

/// 25 is really at `PORT`.
const PORTS: PortMap = PortMap { offset: 21_000 };

/// A listener with its address as its name.
fn listener(address: &str, change: impl FnOnce(&mut ListenerConfig)) -> Node {
    let mut config = ListenerConfig {
        addresses: vec![address.parse().unwrap()],
        hostname: "lvpmta14.crm-vendor.example".to_owned(),
        ..ListenerConfig::default()
    };
    change(&mut config);
    Listener::node(address, config)
}

/// Surveys parties while they run.
fn among(nodes: Vec<Node>, plan: Plan, speed: f64) -> BTreeMap<IpAddr, Finding> {
    let mut loopback = Loopback::bind(nodes, PORTS, Options::default()).unwrap();
    let mut findings = BTreeMap::new();
    block_on(async {
        let stop = async {
            findings = run(plan, BTreeMap::new(), &mut Journal::to(Vec::new()), speed).await.0;
        };
        assert_eq!(loopback.run(clock(speed), &mut Transcript::new(), None, stop).await.unwrap(), Ended::Stopped);
    })
    .unwrap();
    findings
}

fn check(nodes: Vec<Node>, targets: &[&str], speed: f64, change: impl FnOnce(&mut PlanRequest)) -> String {
    let plan = plan(targets, |request| {
        request.pace = Pace::lifted(20);
        change(request);
    });
    let findings = among(nodes, plan, speed);
    let text = findings.iter().map(|(target, finding)| {
        let (verdict, visits) = (&finding.verdict, finding.visits.len());
        let tls = finding.visits.iter().find_map(|v| v.certificate.as_ref()).map(|c| c.names.join(" "));
        format!("{target} {} at {} after {visits} {}", verdict.class.as_str(), verdict.stage, tls.unwrap_or_default())
    });
    text.map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

#[test]
fn send_only_and_selective_listeners() {
    let no = |text: &str| Reply::enhanced(550, (5, 7, 1), text);
    let nodes = vec![
        listener("127.80.0.1", |_| ()),
        listener("127.80.0.2", |c| c.refusal = Reply::new(554, "No SMTP service here")),
        listener("127.80.0.3", |c| (c.stage, c.refusal) = (RefuseAt::Helo, no("this host takes no mail"))),
        listener("127.80.0.4", |c| (c.stage, c.refusal) = (RefuseAt::Mail, no("{sender}: go away"))),
        listener("127.80.0.5", |c| (c.stage, c.refusal) = (RefuseAt::Rcpt, no("{recipient}: go away"))),
        listener("127.80.0.6", |c| {
            (c.stage, c.refusal) = (RefuseAt::Rcpt, no("not you"));
            c.let_through = vec![LetThrough::Sender(SENDERS[0].to_owned())];
        }),
        listener("127.80.0.7", |c| {
            (c.stage, c.refusal) = (RefuseAt::Mail, no("not you"));
            c.let_through = vec![LetThrough::Sender(SENDERS[1].to_owned())];
        }),
        listener("127.80.0.8", |c| {
            (c.stage, c.refusal) = (RefuseAt::Rcpt, no("not that one"));
            c.let_through = vec![LetThrough::Recipient("sales@brand.example".to_owned())];
        }),
        listener("127.80.0.9", |c| {
            c.let_through = vec![LetThrough::Client { address: "127.80.9.2".parse().unwrap(), prefix_len: 32 }];
        }),
        listener("127.80.0.10", |c| c.refusal = Reply::new(554, "blocked using zen.spamhaus.example")),
        listener("127.80.0.11", |c| c.refusal = Reply::enhanced(421, (4, 3, 2), "try later")),
        listener("127.80.0.12", |c| (c.stage, c.starttls, c.refusal) = (RefuseAt::Rcpt, true, no("go away"))),
    ];
    let targets: Vec<_> = (1..=13).map(|n| format!("127.80.0.{n}")).collect();
    let targets: Vec<_> = targets.iter().map(String::as_str).collect();
    let found = check(nodes, &targets, 1.0, |request| {
        request.recipients = vec!["sales@brand.example".to_owned()];
        request.sources = vec!["127.80.9.1".parse().unwrap(), "127.80.9.2".parse().unwrap()];
    });
    insta::assert_snapshot!(found, @"
    127.80.0.1 send-only at banner after 2
    127.80.0.2 closed at banner after 2
    127.80.0.3 send-only at ehlo after 2
    127.80.0.4 send-only at mail after 3
    127.80.0.5 send-only at rcpt after 3
    127.80.0.6 selective-sender at rcpt after 3
    127.80.0.7 selective-sender at mail after 3
    127.80.0.8 selective-recipient at rcpt after 3
    127.80.0.9 selective-client at banner after 3
    127.80.0.10 refused-us at banner after 2
    127.80.0.11 refused-us at banner after 1
    127.80.0.12 send-only at rcpt after 3 mail.example
    127.80.0.13 closed at connect after 2
    ");
}

#[test]
fn a_listener_that_lets_everybody_wait() {
    let slow = listener("127.81.0.1", |c| (c.tarpit_ms, c.stage) = (15_000, RefuseAt::Rcpt));
    insta::assert_snapshot!(check(vec![slow], &["127.81.0.1"], 20.0, |_| ()), @"127.81.0.1 tarpit at ehlo after 1");
}

/// Surveys the vendor, the bank and the sending host of the small story, with the bank's receiver changed.
fn story(receiver: &str, senders: [&str; 2]) -> String {
    let text =
        include_str!("../../../../../scenarios/two-hosts.toml").replace("program = \"postfix-verify\"", receiver);
    let text = text.replace("incoming 3600 A", "@ 3600 MX 10 incoming\nincoming 3600 A");
    let (there, relocation) = relocate(&text).unwrap();
    let scenario = Scenario::parse(&there).unwrap();
    let nodes = Story::build(&scenario, 7).unwrap().nodes;
    let hosts = [("bank", "192.0.2.10"), ("vendor", "198.51.100.10"), ("sending host", "198.51.100.29")];
    let hosts = hosts.map(|(name, address)| (name, relocation.there(address.parse().unwrap()).to_string()));
    let targets: Vec<_> = hosts.iter().map(|(_, address)| address.as_str()).collect();
    let found = check(nodes, &targets, 1.0, |request| {
        for (identity, sender) in request.senders.iter_mut().zip(senders) {
            sender.clone_into(&mut identity.mail_from);
        }
    });
    hosts.iter().fold(found, |text, (name, address)| text.replace(&format!("{address} "), &format!("{name} ")))
}

/// One after the other: they stand at the same addresses.
#[test]
fn the_parties_of_a_story() {
    let senders = ["survey@hotel-brand-email.example", "survey@crm-vendor.example"];
    let programs = ["postfix", "exim", "opensmtpd", "sendmail"].map(|p| format!("program = \"{p}\""));
    let mut texts: Vec<_> =
        programs.iter().map(|receiver| format!("{receiver}\n{}", story(receiver, senders))).collect();
    texts.push(format!("greylisting\n{}", story("program = \"postfix\"\ngreylist_s = 300", senders)));
    texts.push(format!("senders that do not exist\n{}", story(&programs[3], SENDERS)));
    insta::assert_snapshot!(texts.join("\n"), @r#"
    program = "postfix"
    vendor open at rcpt after 2
    sending host send-only at banner after 1
    bank open at rcpt after 2
    program = "exim"
    vendor open at rcpt after 2
    sending host send-only at banner after 1
    bank open at rcpt after 2
    program = "opensmtpd"
    vendor open at rcpt after 2
    sending host send-only at banner after 1
    bank open at rcpt after 2
    program = "sendmail"
    vendor open at rcpt after 2
    sending host send-only at banner after 1
    bank open at rcpt after 2
    greylisting
    vendor open at rcpt after 2
    sending host send-only at banner after 1
    bank greylisting at rcpt after 1
    senders that do not exist
    vendor open at rcpt after 2
    sending host send-only at banner after 1
    bank refused-us at mail after 1
    "#);
}
