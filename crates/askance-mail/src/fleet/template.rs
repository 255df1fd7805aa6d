//! How a fleet is named: a text around a part that varies, and the same part in a partner's name.
//!
//! Operators of bulk mail give each client a name such as `mail1.<x>-email.example`, and
//! the address a second name such as `<x>3.partner.example`. The template is the pair of
//! affixes that explains most of the fleet: it is found from the names alone, without a
//! list of operators.

use core::fmt;
use std::collections::BTreeMap;

/// Names that candidates are made from; all names are matched against each.
const SEEDS_MAX: usize = 64;

/// A naming that fits most of a fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// How the names are made; one part varies.
    pub name: Vec<TemplatePart>,
    /// How the partners' names are made of the same part; `None` where no one way fits half of the names.
    pub partner: Option<Vec<TemplatePart>>,
    /// Names that fit, partner included where there is one.
    pub members: Vec<TemplateMember>,
    /// Names that do not fit, each with what differs.
    pub exceptions: Vec<(String, String)>,
}

/// A piece of a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TemplatePart {
    /// The same in all names.
    Text(String),
    /// What varies: the same in a name and its partner's.
    Variable,
    /// What varies, hyphens left out.
    VariableJoined,
    /// A number.
    Number,
}

/// A name that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateMember {
    /// The name.
    pub name: String,
    /// Its part that varies.
    pub variable: String,
    /// The partner's name.
    pub partner: Option<String>,
}

impl Template {
    /// The share of names that fit.
    pub fn coverage(&self) -> f64 {
        let all = self.members.len() + self.exceptions.len();
        if all == 0 { 0.0 } else { self.members.len() as f64 / all as f64 }
    }

    /// Finds the naming of names, each with the names of its partners.
    ///
    /// Candidates are the common affixes of every two names; the one wins that saves most letters over the names that
    /// it fits, and it has to fit more than half of them. Numbers at the ends of labels may differ.
    ///
    /// - returns: `None` for fewer than three names, or where nothing fits more than half
    pub fn of(pairs: &[(String, Vec<String>)]) -> Option<Self> {
        if pairs.len() < 3 {
            return None;
        }
        let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        let shape = Shape::best(&names)?;
        let variables: Vec<Option<String>> = names.iter().map(|name| shape.variable(name)).collect();
        let mut ways: BTreeMap<Vec<TemplatePart>, usize> = BTreeMap::new();
        for ((_, partners), variable) in pairs.iter().zip(&variables) {
            let mut own: Vec<Vec<TemplatePart>> =
                variable.iter().flat_map(|x| partners.iter().filter_map(|p| abstracted(p, x))).collect();
            own.sort();
            own.dedup();
            for way in own {
                *ways.entry(way).or_default() += 1;
            }
        }
        // The most frequent; of several the first in order.
        let most = ways.values().copied().max().unwrap_or_default();
        let partner = ways.into_iter().find(|(_, count)| *count == most && count * 2 > pairs.len()).map(|(way, _)| way);
        let mut template = Self { name: shape.parts(), partner, members: Vec::new(), exceptions: Vec::new() };
        for ((name, partners), variable) in pairs.iter().zip(variables) {
            template.sort_in(name, partners, variable);
        }
        Some(template)
    }

    fn sort_in(&mut self, name: &str, partners: &[String], variable: Option<String>) {
        let Some(variable) = variable else {
            self.exceptions.push((name.to_owned(), "another form of name".to_owned()));
            return;
        };
        let fits = |partner: &&String| abstracted(partner, &variable).as_ref() == self.partner.as_ref();
        match (&self.partner, partners.iter().find(fits)) {
            (Some(_), None) if partners.is_empty() => self.exceptions.push((name.to_owned(), "no partner".to_owned())),
            (Some(_), None) => self.exceptions.push((name.to_owned(), format!("partner {}", partners.join(" ")))),
            (expected, partner) => {
                let partner = partner.filter(|_| expected.is_some()).cloned();
                self.members.push(TemplateMember { name: name.to_owned(), variable, partner });
            }
        }
    }
}

impl fmt::Display for Template {
    /// `mail1.<x>-email.example with <x><n>.partner.example`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.iter().try_for_each(|part| write!(f, "{part}"))?;
        if let Some(partner) = &self.partner {
            write!(f, " with ")?;
            partner.iter().try_for_each(|part| write!(f, "{part}"))?;
        }
        Ok(())
    }
}

impl fmt::Display for TemplatePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(text) => text,
            Self::Variable => "<x>",
            Self::VariableJoined => "<x without hyphens>",
            Self::Number => "<n>",
        })
    }
}

/// A text before and after what varies; in both a `#` stands for a number where numbers vary.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shape {
    before: String,
    after: String,
    numbered: bool,
}

impl Shape {
    fn best(names: &[&str]) -> Option<Self> {
        let mut best: Option<(usize, Self)> = None;
        for numbered in [false, true] {
            let texts: Vec<String> = names.iter().map(|name| spelt(name, numbered)).collect();
            let seeds = &texts[..texts.len().min(SEEDS_MAX)];
            for (at, first) in seeds.iter().enumerate() {
                for second in &seeds[at + 1..] {
                    let (before, after) = affixes(first, second);
                    let shape = Self { before: before.to_owned(), after: after.to_owned(), numbered };
                    let fits = texts.iter().filter(|text| shape.middle(text).is_some()).count();
                    let saved = fits * (before.len() + after.len());
                    if shape.says_something()
                        && fits * 2 > names.len()
                        && best.as_ref().is_none_or(|(most, _)| saved > *most)
                    {
                        best = Some((saved, shape));
                    }
                }
            }
        }
        best.map(|(_, shape)| shape)
    }

    /// False where it is a public suffix alone.
    fn says_something(&self) -> bool {
        let after = self.after.strip_prefix('.').unwrap_or(&self.after);
        !self.before.is_empty() || psl::suffix_str(after).is_some_and(|suffix| suffix.len() < after.len())
    }

    fn middle<'a>(&self, text: &'a str) -> Option<&'a str> {
        let middle = text.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())?;
        (!middle.is_empty()).then_some(middle)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.middle(&spelt(name, self.numbered)).map(str::to_owned)
    }

    fn parts(&self) -> Vec<TemplatePart> {
        let pieces = |text: &str| {
            let mut parts = Vec::new();
            for (at, piece) in text.split('#').enumerate() {
                if at > 0 {
                    parts.push(TemplatePart::Number);
                }
                if !piece.is_empty() {
                    parts.push(TemplatePart::Text(piece.to_owned()));
                }
            }
            parts
        };
        let mut parts = pieces(&self.before);
        parts.push(TemplatePart::Variable);
        parts.extend(pieces(&self.after));
        parts
    }
}

/// A name, with `#` for the number at the end of a label where numbers are put aside.
fn spelt(name: &str, numbered: bool) -> String {
    if !numbered {
        return name.to_owned();
    }
    let label = |label: &str| {
        let head = label.trim_end_matches(|c: char| c.is_ascii_digit());
        if head.is_empty() || head.len() == label.len() { label.to_owned() } else { format!("{head}#") }
    };
    name.split('.').map(label).collect::<Vec<_>>().join(".")
}

/// The common beginning and end of two texts, which do not overlap in either.
fn affixes<'a>(first: &'a str, second: &str) -> (&'a str, &'a str) {
    let before = first.bytes().zip(second.bytes()).take_while(|(a, b)| a == b).count();
    let room = first.len().min(second.len()) - before;
    let pairs = first.bytes().rev().zip(second.bytes().rev());
    let after = pairs.take(room).take_while(|(a, b)| a == b).count();
    // Names are ASCII, so that every octet is a place to cut.
    (first.get(..before).unwrap_or_default(), first.get(first.len() - after..).unwrap_or_default())
}

/// A partner's name with the part that varies, and a number right behind it, put aside; `None` where it has no such part.
fn abstracted(partner: &str, variable: &str) -> Option<Vec<TemplatePart>> {
    let joined = variable.replace('-', "");
    let ways = [(variable, TemplatePart::Variable), (joined.as_str(), TemplatePart::VariableJoined)];
    let (text, part) = ways.into_iter().find(|(text, _)| !text.is_empty() && partner.contains(text))?;
    let (before, after) = partner.split_once(text)?;
    let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
    let mut parts = Vec::new();
    if !before.is_empty() {
        parts.push(TemplatePart::Text(before.to_owned()));
    }
    parts.push(part);
    if rest.len() < after.len() {
        parts.push(TemplatePart::Number);
    }
    if !rest.is_empty() {
        parts.push(TemplatePart::Text(rest.to_owned()));
    }
    Some(parts)
}

#[cfg(test)]
mod tests;
