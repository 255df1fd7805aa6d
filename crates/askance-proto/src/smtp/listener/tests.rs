//! A listener as its clients see it.

use core::net::SocketAddr;

use askance_record::Timestamp;
use proptest::prelude::*;

use super::{LetThrough, Listener, ListenerConfig, RefuseAt};
use crate::smtp::Reply;
use crate::{Actor, Input, Note, Output, StreamEvent, StreamId};

/// Speaks the lines to a listener, each when the one before is answered; gives what happens and when.
fn check(config: ListenerConfig, client: &str, lines: &[&str]) -> String {
    let (mut listener, id, mut now) = (Listener::new(config), StreamId::accepted(0), Timestamp::from_s(0));
    let from: SocketAddr = format!("{client}:40000").parse().unwrap();
    let to = "203.0.113.25:25".parse().unwrap();
    let mut log = String::new();
    listener.handle(now, Input::Started);
    listener.handle(now, Input::Stream { id, event: StreamEvent::Accepted { from, to, cause: None } });
    let mut lines = lines.iter();
    loop {
        let mut secured = false;
        let wait = loop {
            match listener.poll() {
                Output::Wait { until } => break until,
                Output::Write { octets, .. } => {
                    for line in String::from_utf8(octets).unwrap().lines() {
                        log.push_str(&format!("{:>5.1} S: {line}\n", now.as_s()));
                    }
                }
                Output::Secure { .. } => secured = true,
                Output::Close { .. } => log.push_str(&format!("{:>5.1} closed\n", now.as_s())),
                Output::Note(Note::Log { program, text }) => log.push_str(&format!("      {program}: {text}\n")),
                other => panic!("{other:?}"),
            }
        };
        let Some(until) = wait else { return log };
        if secured {
            listener.handle(now, Input::Stream { id, event: StreamEvent::Secured });
        } else if let Some(line) = (until.since_s(now) > 100.0).then(|| lines.next()).flatten() {
            log.push_str(&format!("{:>5.1} C: {line}\n", now.as_s()));
            let octets = format!("{line}\r\n").into_bytes();
            listener.handle(now, Input::Stream { id, event: StreamEvent::Octets(&octets) });
        } else {
            now = until;
            listener.handle(now, Input::Timer);
        }
    }
}

fn config(stage: RefuseAt, refusal: Reply) -> ListenerConfig {
    ListenerConfig { hostname: "lvpmta14.example".into(), stage, refusal, ..ListenerConfig::default() }
}

#[test]
fn a_banner_of_521_is_repeated_until_quit() {
    let config = ListenerConfig { hostname: "lvpmta14.example".into(), ..ListenerConfig::default() };
    insta::assert_snapshot!(check(config, "192.0.2.7", &["EHLO probe.example", "QUIT"]), @r"
        postfix/smtpd: connect from unknown[192.0.2.7]
        postfix/smtpd: NOQUEUE: reject: CONNECT from unknown[192.0.2.7]: 521 lvpmta14.example does not accept mail from you (192.0.2.7); proto=SMTP
    0.0 S: 521 lvpmta14.example does not accept mail from you (192.0.2.7)
    0.0 C: EHLO probe.example
    0.0 S: 521 lvpmta14.example does not accept mail from you (192.0.2.7)
    0.0 C: QUIT
    0.0 S: 221 2.0.0 Bye
    0.0 closed
        postfix/smtpd: disconnect from unknown[192.0.2.7]
    ");
}

#[test]
fn a_banner_of_554_is_followed_by_503_and_patience_ends() {
    insta::assert_snapshot!(check(config(RefuseAt::Banner, Reply::new(554, "no")), "192.0.2.7", &["EHLO probe.example"]), @r"
          postfix/smtpd: connect from unknown[192.0.2.7]
          postfix/smtpd: NOQUEUE: reject: CONNECT from unknown[192.0.2.7]: 554 no; proto=SMTP
      0.0 S: 554 no
      0.0 C: EHLO probe.example
      0.0 S: 503 5.5.1 Bad sequence of commands
    300.0 S: 421 4.4.2 lvpmta14.example Error: timeout exceeded
    300.0 closed
          postfix/smtpd: disconnect from unknown[192.0.2.7]
    ");
}

#[test]
fn a_banner_of_421_closes_at_once() {
    insta::assert_snapshot!(check(config(RefuseAt::Banner, Reply::new(421, "{hostname} busy")), "192.0.2.7", &[]), @r"
        postfix/smtpd: connect from unknown[192.0.2.7]
        postfix/smtpd: NOQUEUE: reject: CONNECT from unknown[192.0.2.7]: 421 lvpmta14.example busy; proto=SMTP
    0.0 S: 421 lvpmta14.example busy
    0.0 closed
        postfix/smtpd: disconnect from unknown[192.0.2.7]
    ");
}

#[test]
fn every_recipient_is_refused_slowly() {
    let refusal = Reply::enhanced(550, (5, 7, 1), "{recipient}: {hostname} takes no mail of {sender}");
    let config = ListenerConfig { tarpit_ms: 2500, starttls: true, ..config(RefuseAt::Rcpt, refusal) };
    let lines = [
        "EHLO probe.example",
        "STARTTLS",
        "EHLO probe.example",
        "MAIL FROM:<survey@probe.example>",
        "RCPT TO:<postmaster>",
        "VRFY root",
        "QUIT",
    ];
    insta::assert_snapshot!(check(config, "192.0.2.7", &lines), @r"
         postfix/smtpd: connect from unknown[192.0.2.7]
     2.5 S: 220 lvpmta14.example ESMTP
     2.5 C: EHLO probe.example
     5.0 S: 250-lvpmta14.example
     5.0 S: 250-PIPELINING
     5.0 S: 250-SIZE 10240000
     5.0 S: 250-STARTTLS
     5.0 S: 250-ENHANCEDSTATUSCODES
     5.0 S: 250 8BITMIME
     5.0 C: STARTTLS
     7.5 S: 220 2.0.0 Ready to start TLS
     7.5 C: EHLO probe.example
    10.0 S: 250-lvpmta14.example
    10.0 S: 250-PIPELINING
    10.0 S: 250-SIZE 10240000
    10.0 S: 250-ENHANCEDSTATUSCODES
    10.0 S: 250 8BITMIME
    10.0 C: MAIL FROM:<survey@probe.example>
    12.5 S: 250 2.1.0 Ok
    12.5 C: RCPT TO:<postmaster>
         postfix/smtpd: NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 550 5.7.1 postmaster: lvpmta14.example takes no mail of survey@probe.example; from=<survey@probe.example> to=<postmaster> proto=ESMTP helo=<probe.example>
    15.0 S: 550 5.7.1 postmaster: lvpmta14.example takes no mail of survey@probe.example
    15.0 C: VRFY root
    17.5 S: 502 5.5.1 VRFY command is disabled
    17.5 C: QUIT
    20.0 S: 221 2.0.0 Bye
    20.0 closed
         postfix/smtpd: disconnect from unknown[192.0.2.7]
    ");
}

#[test]
fn some_are_let_through() {
    let refused = |config: ListenerConfig, client: &str, sender: &str, recipient: &str| {
        let lines = ["HELO a.example", &format!("MAIL FROM:<{sender}>"), &format!("RCPT TO:<{recipient}>"), "QUIT"];
        check(config, client, &lines).contains("no thanks")
    };
    let with = |stage, let_through: &LetThrough| ListenerConfig {
        let_through: vec![let_through.clone()],
        ..config(stage, Reply::new(550, "no thanks"))
    };
    let prefix = LetThrough::Client { address: "192.0.2.128".parse().unwrap(), prefix_len: 25 };
    let sender = LetThrough::Sender("Friend@a.example".into());
    let recipient = LetThrough::Recipient("desk@b.example".into());
    for (stage, rule, client, from, to, want) in [
        (RefuseAt::Banner, &prefix, "192.0.2.127", "x@a.example", "x@b.example", true),
        (RefuseAt::Banner, &prefix, "192.0.2.129", "x@a.example", "x@b.example", false),
        (RefuseAt::Banner, &sender, "192.0.2.127", "friend@a.example", "x@b.example", true),
        (RefuseAt::Helo, &sender, "192.0.2.127", "friend@a.example", "x@b.example", true),
        (RefuseAt::Mail, &sender, "192.0.2.127", "friend@a.example", "x@b.example", false),
        (RefuseAt::Mail, &sender, "192.0.2.127", "x@a.example", "x@b.example", true),
        (RefuseAt::Mail, &recipient, "192.0.2.127", "x@a.example", "desk@b.example", true),
        (RefuseAt::Rcpt, &recipient, "192.0.2.127", "x@a.example", "desk@b.example", false),
        (RefuseAt::Rcpt, &sender, "192.0.2.127", "friend@a.example", "x@b.example", false),
    ] {
        assert_eq!(refused(with(stage, rule), client, from, to), want, "{stage:?} {rule:?} {client} {from} {to}");
    }
}

#[test]
fn errors_are_counted() {
    let log = check(config(RefuseAt::Rcpt, Reply::new(550, "no")), "192.0.2.7", &["X"; 30]);
    assert_eq!(log.matches("500 5.5.2").count(), 20);
    assert!(log.ends_with("closed\n      postfix/smtpd: disconnect from unknown[192.0.2.7]\n"), "{log}");
}

proptest! {
    #[test]
    fn nothing_panics(lines in prop::collection::vec("[ -~\\r\\n]{0,40}|EHLO a|MAIL FROM:<a@b>|RCPT TO:<a@b>|DATA|\\.|QUIT", 0..12), stage in 0usize..4) {
        let stage = [RefuseAt::Banner, RefuseAt::Helo, RefuseAt::Mail, RefuseAt::Rcpt][stage];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        check(config(stage, Reply::new(554, "{client}")), "192.0.2.7", &lines);
    }
}
