//! From the text of files to zones.

use std::collections::{BTreeMap, BTreeSet};

use askance_proto::dns::{Record, Zone};
use askance_record::Name;

mod units;

/// Files within files.
const DEPTH_MAX: usize = 4;
/// Octets of a zone with all that it includes.
const OCTETS_MAX: usize = 256 * 1024 * 1024;

/// Reads the zone of a file; names what it includes.
pub(super) fn zone(
    name: &str,
    text: &str,
    files: &BTreeMap<String, String>,
    included: &mut BTreeSet<String>,
) -> Result<(Zone, Vec<Record>), String> {
    let origins = origins(name, text);
    let mut first_error = None;
    let mut parts = BTreeSet::new();
    for origin in &origins {
        let mut whole = String::new();
        let expanded = expand(text, &format!("{origin}."), files, &mut parts, 0, &mut whole);
        included.extend(parts.iter().filter(|part| *part != name).cloned());
        expanded?;
        match Zone::parse_leaving_out(origin, &units::spelt_out(&whole)) {
            Ok(read) => return Ok(read),
            Err(error) => first_error = first_error.or(Some(error.to_string())),
        }
    }
    Err(first_error.unwrap_or_else(|| "neither its text nor its name says which zone it is".to_owned()))
}

/// What the zone may be called, the most likely first.
fn origins(name: &str, text: &str) -> Vec<Name> {
    let words = |line: &str| line.split(';').next().unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    let lines: Vec<Vec<String>> = text.lines().map(words).collect();
    let is_soa = |line: &&Vec<String>| line.iter().skip(1).take(4).any(|word| word.eq_ignore_ascii_case("SOA"));
    let owner = lines.iter().find(is_soa).and_then(|line| line.first()).filter(|owner| owner.ends_with('.'));
    let is_origin = |line: &&Vec<String>| line.first().is_some_and(|word| word.eq_ignore_ascii_case("$ORIGIN"));
    let origin = lines.iter().find(is_origin).and_then(|line| line.get(1));
    let file = name.strip_prefix("db.").unwrap_or(name);
    let file = [".zone", ".db", ".txt"].into_iter().find_map(|end| file.strip_suffix(end)).unwrap_or(file);
    let mut found: Vec<Name> = Vec::new();
    for text in [owner.map(String::as_str), origin.map(String::as_str), Some(file)].into_iter().flatten() {
        if let Ok(name) = Name::parse(text)
            && !found.contains(&name)
        {
            found.push(name);
        }
    }
    found
}

/// Writes a text with what it includes (RFC 1035 §5.1); the origin is the same after an included file as before.
fn expand(
    text: &str,
    origin: &str,
    files: &BTreeMap<String, String>,
    included: &mut BTreeSet<String>,
    depth: usize,
    out: &mut String,
) -> Result<(), String> {
    let mut origin = origin.to_owned();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        if first.eq_ignore_ascii_case("$ORIGIN") {
            origin = words.next().filter(|word| word.ends_with('.')).map_or(origin, str::to_owned);
        }
        if !first.eq_ignore_ascii_case("$INCLUDE") {
            out.push_str(line);
            out.push('\n');
            if out.len() > OCTETS_MAX {
                return Err(format!("with what it includes, more than {OCTETS_MAX} octets"));
            }
            continue;
        }
        let path = words.next().unwrap_or_default().trim_matches('"');
        let name = path.rsplit('/').next().unwrap_or(path);
        let part = files.get(name).ok_or_else(|| format!("$INCLUDE {path}: not among the files"))?;
        if depth >= DEPTH_MAX {
            return Err(format!("$INCLUDE {path}: more than {DEPTH_MAX} files within each other"));
        }
        included.insert(name.to_owned());
        let inner = words.next().filter(|word| word.ends_with('.')).unwrap_or(&origin);
        out.push_str(&format!("$ORIGIN {inner}\n"));
        expand(part, inner, files, included, depth + 1, out)?;
        out.push_str(&format!("$ORIGIN {origin}\n"));
    }
    Ok(())
}
