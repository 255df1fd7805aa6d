//! From the text of files to zones.

use std::collections::{BTreeMap, BTreeSet};

use askance_proto::dns::{Record, Zone, ZoneError};
use askance_record::{Name, escape_terminal};

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
        let mut whole = Whole { files, included: BTreeSet::new(), text: String::new(), lines: 0, parts: Vec::new() };
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
    let lines = || text.lines().map(|line| line.split(';').next().unwrap_or_default().split_whitespace());
    let mut soas = lines().filter(|words| words.clone().skip(1).take(4).any(|word| word.eq_ignore_ascii_case("SOA")));
    let owner = soas.next().and_then(|mut words| words.next()).filter(|owner| owner.ends_with('.'));
    let mut origins = lines().filter(|words| words.clone().next().is_some_and(|w| w.eq_ignore_ascii_case("$ORIGIN")));
    let origin = origins.next().and_then(|mut words| words.nth(1));
    let file = name.strip_prefix("db.").unwrap_or(name);
    let file = [".zone", ".db", ".txt"].into_iter().find_map(|end| file.strip_suffix(end)).unwrap_or(file);
    let mut found: Vec<Name> = Vec::new();
    for text in [owner, origin, Some(file)].into_iter().flatten() {
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
    lines: usize,
    /// Where the text goes on with another file: its line there, the file, and the line in that.
    parts: Vec<(usize, &'a str, usize)>,
}

impl<'a> Whole<'a> {
    fn push(&mut self, line: &str) -> Result<(), String> {
        self.text.push_str(line);
        self.text.push('\n');
        self.lines += 1;
        if self.text.len() > OCTETS_MAX {
            return Err(format!("with what it includes, more than {OCTETS_MAX} octets"));
        }
        Ok(())
    }

    /// Appends a file; the origin is the same after an included file as before.
    fn expand(&mut self, name: &'a str, text: &'a str, origin: &str, depth: usize) -> Result<(), String> {
        let mut origin = origin.to_owned();
        self.parts.push((self.lines, name, 0));
        for (at, line) in text.lines().enumerate() {
            let mut words = line.split_whitespace();
            let first = words.next().unwrap_or_default();
            if first.eq_ignore_ascii_case("$ORIGIN") {
                origin = words.next().filter(|word| word.ends_with('.')).map_or(origin, str::to_owned);
            }
            if !first.eq_ignore_ascii_case("$INCLUDE") {
                self.push(line)?;
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
            self.push(&format!("$ORIGIN {inner}"))?;
            self.expand(file, part, inner, depth + 1)?;
            self.parts.push((self.lines, name, at));
            self.push(&format!("$ORIGIN {origin}"))?;
        }
        Ok(())
    }

    /// What to write instead of the first character of a line that a master file cannot hold (RFC 1035 §5.1).
    fn beyond_ascii(&self, line: usize) -> Option<String> {
        let text = self.text.lines().nth(line.checked_sub(1)?)?;
        let found = text.split(';').next()?.chars().find(|c| !c.is_ascii())?;
        let shown = escape_terminal(&found.to_string());
        Some(format!("'{shown}' is not ASCII: write a name as Punycode (xn--...) and an octet as \\DDD"))
    }

    /// What is wrong, with the line of the file where it stands rather than that of the whole.
    fn place(&self, name: &str, error: ZoneError) -> String {
        let (line, what) = match error {
            ZoneError::Syntax { line, what } => {
                let better = what.starts_with("bad symbol").then(|| self.beyond_ascii(line)).flatten();
                (line, better.unwrap_or(what))
            }
            ZoneError::Class { line } => (line, "class other than IN".to_owned()),
            other => return other.to_string(),
        };
        let part = self.parts.partition_point(|(start, ..)| *start < line).saturating_sub(1);
        let Some((start, file, before)) = self.parts.get(part) else { return format!("line {line}: {what}") };
        let line = before + line.saturating_sub(*start);
        if *file == name { format!("line {line}: {what}") } else { format!("{file} line {line}: {what}") }
    }
}
