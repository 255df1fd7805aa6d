//! From the text of files to zones.

use std::collections::{BTreeMap, BTreeSet};

use askance_proto::dns::{Record, Zone, ZoneError};
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
    for origin in &origins {
        let mut whole = Whole { files, included: BTreeSet::new(), text: String::new(), lines: Vec::new() };
        whole.expand(name, text, &format!("{origin}."), 0)?;
        match Zone::parse_leaving_out(origin, &units::spelt_out(&whole.text)) {
            Ok(read) => {
                // Of a file that is no zone nothing is read: what it includes has to answer for itself.
                included.extend(whole.included);
                return Ok(read);
            }
            Err(error) => first_error = first_error.or_else(|| Some(whole.place(name, error))),
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

/// A text with all that it includes (RFC 1035 §5.1).
struct Whole<'a> {
    files: &'a BTreeMap<String, String>,
    included: BTreeSet<String>,
    text: String,
    /// For each line of the text: its file, and its line there.
    lines: Vec<(&'a str, usize)>,
}

impl<'a> Whole<'a> {
    fn push(&mut self, line: &str, from: (&'a str, usize)) -> Result<(), String> {
        self.text.push_str(line);
        self.text.push('\n');
        self.lines.push(from);
        if self.text.len() > OCTETS_MAX {
            return Err(format!("with what it includes, more than {OCTETS_MAX} octets"));
        }
        Ok(())
    }

    /// Appends a file; the origin is the same after an included file as before.
    fn expand(&mut self, name: &'a str, text: &'a str, origin: &str, depth: usize) -> Result<(), String> {
        let mut origin = origin.to_owned();
        for (at, line) in text.lines().enumerate() {
            let from = (name, at + 1);
            let mut words = line.split_whitespace();
            let first = words.next().unwrap_or_default();
            if first.eq_ignore_ascii_case("$ORIGIN") {
                origin = words.next().filter(|word| word.ends_with('.')).map_or(origin, str::to_owned);
            }
            if !first.eq_ignore_ascii_case("$INCLUDE") {
                self.push(line, from)?;
                continue;
            }
            let path = words.next().unwrap_or_default().trim_matches('"');
            let within = if depth > 0 { format!("{name} ") } else { String::new() };
            let refused = |why: &str| format!("{within}line {}: $INCLUDE {path}: {why}", at + 1);
            let file = path.rsplit('/').next().unwrap_or(path);
            let (file, part) = self.files.get_key_value(file).ok_or_else(|| refused("not among the files"))?;
            if depth >= DEPTH_MAX {
                return Err(refused(&format!("more than {DEPTH_MAX} files within each other")));
            }
            self.included.insert(file.clone());
            let inner = words.next().filter(|word| word.ends_with('.')).unwrap_or(&origin);
            self.push(&format!("$ORIGIN {inner}"), from)?;
            self.expand(file, part, inner, depth + 1)?;
            self.push(&format!("$ORIGIN {origin}"), from)?;
        }
        Ok(())
    }

    /// What is wrong, with the line of the file where it stands rather than that of the whole.
    fn place(&self, name: &str, error: ZoneError) -> String {
        let (line, what) = match error {
            ZoneError::Syntax { line, what } => (line, what),
            ZoneError::Class { line } => (line, "class other than IN".to_owned()),
            other => return other.to_string(),
        };
        match self.lines.get(line.saturating_sub(1)) {
            Some((file, line)) if *file != name => format!("{file} line {line}: {what}"),
            found => format!("line {}: {what}", found.map_or(line, |(_, line)| *line)),
        }
    }
}
