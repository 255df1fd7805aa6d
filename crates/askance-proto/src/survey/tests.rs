//! Scripted hosts, laws for any octets, and the order in which a survey goes.

mod hosts;
mod identity;
mod laws;
mod order;

use askance_record::Timestamp;

use crate::survey::{
    Ask, Class, ConnectFailure, Identity, Patience, Plan, PlanRequest, Probe, ProbeInput, ProbeOutput, Verdict, Visit,
    VisitPlan, classify, next_visit,
};

const START: Timestamp = Timestamp::from_s(1_000);
const SENDERS: [&str; 2] = ["survey@probe.example", "survey@other.example"];

fn plan(targets: &[&str], change: impl FnOnce(&mut PlanRequest)) -> Plan {
    let sender = |mail_from: &str| Identity { helo: "probe.example".to_owned(), mail_from: mail_from.to_owned() };
    let mut request = PlanRequest {
        targets: targets.iter().map(|t| t.parse().unwrap()).collect(),
        senders: SENDERS.iter().map(|s| sender(s)).collect(),
        relay_to: Some(SENDERS[0].to_owned()),
        ..PlanRequest::default()
    };
    change(&mut request);
    Plan::new(request).unwrap()
}

/// A host of a script: what it says to the greeting (`""`) and to each command, after how many milliseconds.
struct Host<'a> {
    /// Who listens: `None` for nobody.
    connects: Result<(), ConnectFailure>,
    says: &'a dyn Fn(&str, VisitPlan, usize) -> String,
    delay_ms: i64,
}

/// Speaks with a host; gives what was said and the visit.
fn converse(host: &Host<'_>, ask: Ask, nth: usize, said: &mut Vec<String>) -> Visit {
    let (visit, mut now) = (ask.visit, START.plus_us(i64::try_from(nth).unwrap() * 60_000_000));
    let mut probe = Probe::new(ask, now);
    match host.connects {
        Err(why) => probe.handle(now, &ProbeInput::ConnectFailed(why)),
        Ok(()) => {
            probe.handle(now, &ProbeInput::Connected);
            now = now.plus_us(host.delay_ms * 1000);
            hear(&mut probe, now, &(host.says)("", visit, nth));
        }
    }
    loop {
        match probe.poll() {
            ProbeOutput::Over => return probe.into_visit(),
            ProbeOutput::Wait { until } => {
                now = until;
                probe.handle(now, &ProbeInput::Timer);
            }
            ProbeOutput::StartTls => probe.handle(now, &ProbeInput::Secured(None)),
            ProbeOutput::Write(octets) => {
                let line = String::from_utf8(octets).unwrap();
                said.push(line.trim_end().to_owned());
                now = now.plus_us(host.delay_ms * 1000);
                hear(&mut probe, now, &(host.says)(line.trim_end(), visit, nth));
            }
        }
    }
}

/// Hands over a reply; `!` stands for a peer that closes.
fn hear(probe: &mut Probe, now: Timestamp, reply: &str) {
    if reply == "!" {
        probe.handle(now, &ProbeInput::Closed);
    } else if !reply.is_empty() {
        probe.handle(now, &ProbeInput::Octets(reply.as_bytes()));
    }
}

/// Visits a host as often as the question needs.
fn survey(plan: &Plan, host: &Host<'_>) -> (Verdict, Vec<Visit>, Vec<String>) {
    let (mut visits, mut said) = (Vec::new(), Vec::new());
    let request = plan.request();
    let slow_us = Patience::default().slow_us;
    while let Some(next) = next_visit(&visits, request.senders.len(), request.sources.len(), slow_us) {
        let nth = visits.len();
        visits.push(converse(host, plan.ask(next), nth, &mut said));
    }
    (classify(&visits, slow_us), visits, said)
}

/// Class, stage and remarks of a host, and how many visits that took.
fn summary(verdict: &Verdict, visits: &[Visit]) -> String {
    let remarks: Vec<_> = verdict.remarks.iter().map(|r| r.as_str()).collect();
    let class: Class = verdict.class;
    format!("{} at {} after {} [{}] {}", class.as_str(), verdict.stage, visits.len(), remarks.join(" "), verdict.why)
}
