//! Whose posture is asked for: arguments, lists, and a fleet by its network.

use core::net::IpAddr;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use askance_mail::NetworkNames;
use askance_proto::survey::Network;
use askance_record::Name;

use super::answers::Answers;
use super::{Beside, Problems};
use crate::cli;
use crate::diagnose::CliError;
use crate::printer::Printer;

/// Octets of a list or of a quotation.
const TEXT_OCTETS_MAX: u64 = 16 << 20;
/// Siblings that are compared with.
const SIBLINGS_MAX: usize = 4_096;
/// Addresses of a network whose reverse names a resolver is asked for: a /22.
const ADDRESSES_MAX: usize = 1_024;

/// The names asked for, each once, in the order of arguments and list.
pub(super) fn subjects(args: &cli::Posture, problems: &mut Problems) -> Result<Vec<Name>, CliError> {
    let mut names = args.names.iter().map(|text| name(text)).collect::<Result<Vec<_>, _>>()?;
    if let Some(path) = &args.list {
        names.extend(list(path, problems)?);
    }
    if names.is_empty() {
        let help = "give a NAME, or a list with one name a line";
        let first = problems.first().map_or_else(String::new, |(line, why)| format!(" ({line}: {why})"));
        return Err(CliError::usage(format!("no name to look at{first}"), help));
    }
    Ok(each_once(names, None))
}

/// The siblings of a name: those that are named, those that a file lists, or those of a network.
pub(super) fn siblings(
    beside: Beside<'_>,
    subject: &Name,
    answers: &Answers,
    problems: &mut Problems,
    out: &Printer,
) -> Result<Vec<Name>, CliError> {
    let before = problems.len();
    let names = match beside {
        Beside::Peers(peers) => peers.iter().map(|text| name(text)).collect::<Result<Vec<_>, _>>()?,
        Beside::Fleet(fleet) => of_fleet(fleet, answers, problems, out)?,
    };
    let names = each_once(names, Some(subject));
    if names.is_empty() {
        let help =
            "a network tells of the names that its reverse zone gives and that lead back to it; others need a file";
        let first = problems.get(before).map_or_else(String::new, |(line, why)| format!(" ({line}: {why})"));
        return Err(CliError::usage(format!("no sibling beside {subject}{first}"), help));
    }
    if names.len() > SIBLINGS_MAX {
        let help = "a sample says as much: the interval of a share is shown with it";
        return Err(CliError::usage(format!("{} siblings, more than {SIBLINGS_MAX}", names.len()), help));
    }
    Ok(names)
}

fn of_fleet(fleet: &str, answers: &Answers, problems: &mut Problems, out: &Printer) -> Result<Vec<Name>, CliError> {
    match fleet.parse::<Network>() {
        Ok(network) => of_network(network, answers, out),
        Err(_) if Path::new(fleet).is_file() => list(Path::new(fleet), problems),
        Err(_) => {
            let help = "a network such as 198.51.100.0/24, or a file with one name a line";
            Err(CliError::usage(format!("--fleet {fleet:?} is neither a network nor a file"), help))
        }
    }
}

fn of_network(network: Network, answers: &Answers, out: &Printer) -> Result<Vec<Name>, CliError> {
    if let Some(snapshot) = answers.snapshot() {
        return Ok(snapshot.names_in(network));
    }
    let Some(inquiry) = NetworkNames::new(network, ADDRESSES_MAX) else {
        let help = "name a smaller network, or the names in a file: each address takes a lookup";
        return Err(CliError::usage(format!("{network} has more than {ADDRESSES_MAX} addresses"), help));
    };
    answers.inquire(inquiry, out)
}

/// Names by their keys, each once, one of them left out.
fn each_once(names: Vec<Name>, but: Option<&Name>) -> Vec<Name> {
    let mut seen: BTreeSet<String> = but.iter().map(|name| name.key().to_owned()).collect();
    names.into_iter().filter(|name| seen.insert(name.key().to_owned())).collect()
}

/// A name of the command line.
pub(super) fn name(text: &str) -> Result<Name, CliError> {
    if text.parse::<IpAddr>().is_ok() {
        let help = format!("ask for the name that it has: `dig +short -x {text}` tells its PTR record");
        return Err(CliError::usage(format!("{text} is an address; a posture is that of a name"), help));
    }
    Name::parse(text).map_err(|why| {
        CliError::usage(format!("{text:?} is not a name: {why}"), "a domain name such as mail1.hotel-brand.example")
    })
}

/// Refuses a selector that no name can hold; it would be passed over.
pub(super) fn selector(text: &str) -> Result<(), CliError> {
    let help = "the `s=` of a DKIM-Signature, such as selector1";
    match Name::parse(&format!("{text}._domainkey")) {
        Ok(_) => Ok(()),
        Err(why) => Err(CliError::usage(format!("--selector {text:?}: {why}"), help)),
    }
}

/// The names of a file, one a line; lines that are none are among the problems.
fn list(path: &Path, problems: &mut Problems) -> Result<Vec<Name>, CliError> {
    let mut names = Vec::new();
    for (at, line) in read(path)?.lines().enumerate() {
        let text = line.split('#').next().unwrap_or_default().trim();
        if text.is_empty() {
            continue;
        }
        let mut pass_over = |why: String| problems.push((format!("{}:{}", path.display(), at + 1), why));
        match Name::parse(text) {
            Ok(_) if text.contains(char::REPLACEMENT_CHARACTER) => pass_over("not UTF-8".to_owned()),
            Ok(_) if text.contains(char::is_whitespace) => pass_over("more than a name".to_owned()),
            Ok(_) if text.parse::<IpAddr>().is_ok() => pass_over("an address, not a name".to_owned()),
            Ok(name) => names.push(name),
            Err(why) => pass_over(format!("not a name: {why}")),
        }
    }
    Ok(names)
}

/// A small text of the person's; what is not UTF-8 in it is replaced.
pub(super) fn read(path: &Path) -> Result<String, CliError> {
    let mut octets = Vec::new();
    let file = File::open(path).map_err(|e| CliError::io(path, e))?;
    file.take(TEXT_OCTETS_MAX + 1).read_to_end(&mut octets).map_err(|e| CliError::io(path, e))?;
    if octets.len() as u64 > TEXT_OCTETS_MAX {
        let error = CliError::usage("more than 16 MiB", "give a smaller file");
        return Err(error.about(path.display().to_string()));
    }
    Ok(String::from_utf8_lossy(&octets).into_owned())
}
