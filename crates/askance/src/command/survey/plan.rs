//! A plan in words, before anybody is asked.

use askance_proto::survey::{Network, Plan, Reach};
use askance_record::escape_terminal;
use serde_json::Value;

use crate::cli::Survey;

/// Ranges that the plan lists; further ones are counted.
const RANGES_MAX: usize = 12;

/// Whom, as whom, how fast, how often at most.
///
/// - `done`: targets that have their result already
pub(super) fn text(plan: &Plan, args: &Survey, done: usize) -> String {
    let request = plan.request();
    let networks: std::collections::BTreeSet<_> = plan.targets().iter().map(|t| Network::neighbourhood(*t)).collect();
    let mut text = format!(
        "Survey of {} in {}, port {}\n",
        counted(plan.targets().len(), "host", "hosts"),
        counted(networks.len(), "network", "networks"),
        request.port
    );
    let mut row = |head: &str, said: &str| text += &format!("  {head:<9} {said}\n");
    row("of", &ranges(&request.targets));
    if !request.exclude.is_empty() {
        row("except", &ranges(&request.exclude));
    }
    let helo = request.senders.first().map(|s| s.helo.as_str()).unwrap_or_default();
    for (n, sender) in request.senders.iter().enumerate() {
        let said = format!("EHLO {}, MAIL FROM:<{}>", escape_terminal(helo), escape_terminal(&sender.mail_from));
        row(if n == 0 { "as" } else { "then as" }, &said);
    }
    if plan.targets().iter().any(|target| Reach::of(*target) == Reach::Outside) {
        row("", "PTR and back: the name is confirmed before anybody is asked");
    }
    for source in &request.sources {
        row("from", &source.to_string());
    }
    row("about", "postmaster at the name that a host claims");
    for recipient in &request.recipients {
        row("", &escape_terminal(recipient));
    }
    if let Some(relay_to) = &request.relay_to {
        row("", &format!("{}, where all others are refused", escape_terminal(relay_to)));
    }
    row("never", "DATA, VRFY, EXPN, AUTH: no message is sent, no mailbox guessed");
    pace(plan, &mut row);
    if let Some(reason) = &request.reason {
        row("because", &escape_terminal(reason));
    }
    let left = plan.targets().len().saturating_sub(done);
    let journal = escape_terminal(&args.journal.display().to_string());
    let earlier = if done > 0 { format!("; {done} have their result in it, {left} are left") } else { String::new() };
    row("journal", &format!("{journal}{earlier}"));
    text
}

fn pace(plan: &Plan, row: &mut dyn FnMut(&str, &str)) {
    let pace = &plan.request().pace;
    let s = |us: i64| us as f64 / 1e6;
    row(
        "pace",
        &format!(
            "{} at a time, {} to one /24 (IPv6: /48), {} to {} s between two of them",
            pace.in_flight_max,
            pace.per_network_max,
            s(pace.pause_us),
            s(pace.pause_us + pace.jitter_us)
        ),
    );
    let rate = if pace.gap_us > 0 { format!("{:.3}", 1.0 / s(pace.gap_us)) } else { "any number of".to_owned() };
    let rate = rate.trim_end_matches('0').trim_end_matches('.').to_owned();
    row("", &format!("{rate} connections a second at most"));
    let most = counted(usize::try_from(plan.connections_max()).unwrap_or(usize::MAX), "connection", "connections");
    row("budget", &format!("{most} at most; {} at least by the pauses alone", duration(plan.least_us())));
}

fn ranges(ranges: &[Network]) -> String {
    let shown: Vec<String> = ranges.iter().take(RANGES_MAX).map(ToString::to_string).collect();
    let more = ranges.len().saturating_sub(RANGES_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(" "))
}

fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Whole seconds, minutes, hours.
fn duration(us: i64) -> String {
    let s = us / 1_000_000;
    match s {
        0..120 => format!("{s} s"),
        120..7200 => format!("{} min", s / 60),
        _ => format!("{} h", s / 3600),
    }
}

/// The plan as one JSON document.
///
/// - `header`: the line with which a run of it would begin
pub(super) fn json(header: &Value, plan: &Plan, done: usize) -> Value {
    let targets: Vec<String> = plan.targets().iter().map(ToString::to_string).collect();
    serde_json::json!({
        "schema": "askance.survey-plan/1",
        "survey": header,
        "done": done,
        "least_us": plan.least_us(),
        "targets": targets,
    })
}
