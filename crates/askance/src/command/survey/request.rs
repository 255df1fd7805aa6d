//! From the command line to what a survey is asked to do.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use askance_proto::survey::{Identity, Network, NetworkError, Pace, PlanRequest};

use crate::cli::Survey;
use crate::diagnose::CliError;

/// Where Linux tells the name of the host.
const HOST_NAME: &str = "/proc/sys/kernel/hostname";
/// What is read of it, octets.
const HOST_NAME_OCTETS_MAX: u64 = 1 << 10;
/// The largest file of targets or exclusions, octets.
const LIST_OCTETS_MAX: u64 = 64 << 20;

/// Reads the arguments and the files that they name.
pub(super) fn of(args: &Survey) -> Result<PlanRequest, CliError> {
    let mut targets = args.targets.iter().map(|text| network(text)).collect::<Result<Vec<_>, _>>()?;
    for path in &args.list {
        targets.extend(list(path)?);
    }
    let mut exclude = Vec::new();
    for text in &args.exclude {
        match text.parse() {
            Ok(network) => exclude.push(network),
            Err(_) => exclude.extend(list(Path::new(text))?),
        }
    }
    let from = senders(args);
    let first = from.first().map(String::as_str).unwrap_or_default();
    let helo = args.ehlo.clone().unwrap_or_else(|| domain_of(first).to_owned());
    let sender = |mail_from: &String| Identity { helo: helo.clone(), mail_from: mail_from.clone() };
    Ok(PlanRequest {
        targets,
        exclude,
        port: args.port,
        large: args.more_than_a_22,
        reason: args.i_may_probe.clone(),
        senders: from.iter().map(sender).collect(),
        sources: args.source.clone(),
        recipients: args.to.clone(),
        relay_to: Some(args.relay_to.clone().unwrap_or_else(|| first.to_owned())),
        connections_max: args.budget,
        pace: pace(args)?,
        ..PlanRequest::default()
    })
}

/// As whom: as was said, and as the postmaster of the same domain where one sender was. Both are mailboxes that somebody reads
/// (RFC 5321 §4.5.1).
fn senders(args: &Survey) -> Vec<String> {
    let mut from = args.from.clone();
    if from.is_empty() {
        from.push(format!("survey@{}", host_name()));
    }
    if let [first] = &from[..] {
        let second = if first.starts_with("postmaster@") { "survey" } else { "postmaster" };
        from.push(format!("{second}@{}", domain_of(first)));
    }
    if args.one_sender {
        from.truncate(1);
    }
    from
}

fn domain_of(mailbox: &str) -> &str {
    mailbox.rsplit_once('@').map_or(mailbox, |(_, domain)| domain)
}

/// The full name of this host, as far as it knows one.
fn host_name() -> String {
    let mut name = String::new();
    // Where the system tells no name, none is claimed.
    let known = File::open(HOST_NAME).and_then(|f| f.take(HOST_NAME_OCTETS_MAX).read_to_string(&mut name)).is_ok();
    match name.trim() {
        name if known && name.contains('.') => name.to_owned(),
        name if known && !name.is_empty() => format!("{name}.localdomain"),
        _ => "localhost.localdomain".to_owned(),
    }
}

fn pace(args: &Survey) -> Result<Pace, CliError> {
    let polite = Pace::POLITE;
    let range = |name: &str, value: f64, least: f64| {
        if value.is_finite() && (least..=86_400.0).contains(&value) {
            return Ok(value);
        }
        let message = format!("--{name} {value} is not between {least} and 86400");
        Err(CliError::usage(message, "whole or decimal numbers, such as 2 or 0.5"))
    };
    let gap_s = 1.0 / range("rate", args.rate, 0.001)?;
    let pause_s = range("pause", args.pause, 0.0)?;
    // The chance in the pauses keeps its share: whoever lifts the pause on a network of their own lifts both.
    let jitter_s = if args.pause < 2.0 { pause_s / 2.0 } else { 1.0 };
    Ok(Pace {
        in_flight_max: args.at_once,
        per_network_max: args.per_network,
        pause_us: micros(pause_s),
        jitter_us: micros(jitter_s).min(polite.jitter_us),
        gap_us: micros(gap_s),
    })
}

#[expect(clippy::cast_possible_truncation, reason = "at most a day of microseconds")]
fn micros(s: f64) -> i64 {
    (s * 1e6) as i64
}

fn network(text: &str) -> Result<Network, CliError> {
    text.parse().map_err(|e: NetworkError| {
        CliError::usage(e.to_string(), "a survey asks addresses: look a name's addresses up first")
    })
}

/// Ranges of a file, one a line.
fn list(path: &Path) -> Result<Vec<Network>, CliError> {
    let about = |e: CliError, n: usize| e.about(format!("{}: line {n}", path.display()));
    let mut octets = Vec::new();
    let file = File::open(path).map_err(|e| CliError::io(path, e))?;
    let size = file.take(LIST_OCTETS_MAX + 1).read_to_end(&mut octets).map_err(|e| CliError::io(path, e))?;
    if size as u64 > LIST_OCTETS_MAX {
        let error = CliError::usage("a list of addresses has at most 64 MiB", "write ranges instead of addresses");
        return Err(error.about(path.display().to_string()));
    }
    // What is not UTF-8 is no address either: its line is told.
    let text = String::from_utf8_lossy(&octets);
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let kept = (1..).zip(lines).filter(|(_, line)| !line.is_empty());
    kept.map(|(n, line)| network(line).map_err(|e| about(e, n))).collect()
}
