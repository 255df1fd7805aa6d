//! One word, one meaning: mechanisms, families, vantages, verdicts, and the sentences made of them.
//!
//! The wording rules are those of forensic reporting: a likelihood ratio is said as
//! "these records are about N times more likely if ... than if ...", weak support is
//! said to be support, a posterior never stands without its prior, and a lookup is
//! never called a connection.

pub(crate) mod posture;
pub(crate) mod predicted;
pub(crate) mod settle;
mod several;
pub(crate) mod survey;
mod tables;
#[cfg(test)]
mod tests;
mod weighing;

use askance_case::json::{CaseReport, Check, ConnectionRow, RhythmPanel, Series, WhoPanel, WhoRow};

use crate::format;
pub(crate) use several::several_sentences;
pub(crate) use tables::{Family, MECHANISMS, Verdict, gloss, kind_phrase, label, vantage_phrase};
pub(crate) use weighing::{recorded_first, weighing_finding};

/// Below this many lookups no rhythm, fit or likelihood ratio is put in words: chance makes any of them.
pub(crate) const FEW: u64 = 10;

/// True of a series without an answer that is too short for its numbers to be said.
pub(crate) fn too_few(series: &Series) -> bool {
    series.abstained && series.n < FEW
}

/// The family whose colour and shape a series has: none where it carries no answer.
pub(crate) fn family_of(series: &Series) -> Family {
    if series.abstained { Family::Nothing } else { Family::of(&series.best) }
}

/// The series of a table, one entry a row: those of one lookup each that say the same stand in one row.
pub(crate) fn grouped<'a>(series: &[&'a Series]) -> Vec<Vec<&'a Series>> {
    let alike = |a: &Series, b: &Series| {
        a.n == 1
            && b.n == 1
            && (&a.tap, &a.name, &a.qtypes, &a.best, &a.set) == (&b.tap, &b.name, &b.qtypes, &b.best, &b.set)
            && (a.abstained, a.subject) == (b.abstained, b.subject)
    };
    let mut rows: Vec<Vec<&'a Series>> = Vec::new();
    for one in series.iter().copied() {
        match rows.iter_mut().find(|row| one.n == 1 && row.first().is_some_and(|first| alike(first, one))) {
            Some(row) => row.push(one),
            None => rows.push(vec![one]),
        }
    }
    rows
}

/// True where the rows of a source were generated.
pub(crate) fn is_generated(report: &CaseReport, source: &str) -> bool {
    report.sources.iter().any(|s| s.id == source && s.synthetic)
}

/// Whether a condition holds, does not, or cannot be told.
pub(crate) const fn check_glyph(check: &Check) -> &'static str {
    match (check.holds, check.unknown) {
        (true, _) => "✓",
        (false, true) => "–",
        (false, false) => "✗",
    }
}

/// Of a hypothesis that may be true and cannot be named.
pub(crate) const UNDECIDED: &str = "may be true, cannot head the answer: what decides it was not seen";

/// One sentence: how strongly the records speak for the best mechanism, and against what.
pub(crate) fn likelihood_sentence(series: &Series) -> String {
    let name = label(&series.best);
    let l = series.log10_lr;
    if series.best.is_empty() || series.candidates.is_empty() {
        return "No mechanism was scored for these records.".to_owned();
    }
    if series.best == "none" && too_few(series) {
        return format!(
            "{}: too few for any mechanism to be told, and for none to be.",
            format::capital(&format::counted(series.n, "lookup", "lookups"))
        );
    }
    if series.best == "none" {
        return "None of the mechanisms considered explains these records better than the universal code does."
            .to_owned();
    }
    if too_few(series) {
        return format!(
            "{} are too few for a likelihood ratio; {name} is only the nearest of the mechanisms that remain.",
            format::counted(series.n, "lookup", "lookups")
        );
    }
    // Below a factor of 2 the records do not discriminate.
    if l.abs() < core::f64::consts::LOG10_2 {
        return format!(
            "These records are about equally likely if {name} made them as if one of the alternatives listed did \
             (a factor of {}): they do not discriminate.",
            format::factor(l)
        );
    }
    if l < 0.0 {
        return format!(
            "These records are about {} times less likely if {name} made them than if one of the alternatives listed did.",
            format::factor(-l)
        );
    }
    let small = if l < 1.0 { format!(" This is support for {name}, small.") } else { String::new() };
    format!(
        "These records are {} more likely if {name} made them than if one of the alternatives listed did ({}).{small}",
        format::times(l),
        support(&series.verbal)
    )
}

/// The words of a series' likelihood ratio, with the reason where they are weaker than the number.
pub(crate) fn support_of(series: &Series) -> String {
    let words = support(&series.verbal);
    if series.fit.poor && !words.is_empty() { format!("{words}, one band lower because it fits poorly") } else { words }
}

/// The ENFSI words with their noun, whether or not the noun is there already.
pub(crate) fn support(verbal: &str) -> String {
    let bare = verbal.trim();
    if bare.is_empty() || bare.contains("support") || bare.contains("discriminate") {
        bare.to_owned()
    } else {
        format!("{bare} support")
    }
}

/// One sentence on the cap, where the cap holds the number down.
pub(crate) fn cap_sentence(series: &Series) -> Option<String> {
    (series.log10_lr_uncapped > series.log10_lr_cap + 0.005 && !too_few(series)).then(|| {
        format!(
            "The computed factor is {}; {} is as far as the calibration carries, so that is what is said.",
            format::factor(series.log10_lr_uncapped),
            format::factor(series.log10_lr_cap)
        )
    })
}

/// One sentence with the posteriors of the best mechanism, each beside its prior (ICD-203 words).
pub(crate) fn posterior_sentence(series: &Series) -> Option<String> {
    let equal = series.posterior.get(&series.best).copied();
    let operational = series.posterior_operational.get(&series.best).copied();
    let said = |p: f64| format!("{} ({})", icd203(p), bounded_percent(p));
    if too_few(series) {
        return None;
    }
    let parts: Vec<String> = [
        equal.map(|p| format!("{} with every family of mechanisms equally probable beforehand", said(p))),
        operational.map(|p| format!("{} with the operational prior", said(p))),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| format!("{}: {}.", format::capital(&label(&series.best)), parts.join("; ")))
}

/// The words of ICD-203 for a probability; never outside 1 to 99 per cent.
pub(crate) fn icd203(p: f64) -> &'static str {
    match p {
        p if p < 0.05 => "almost no chance",
        p if p < 0.20 => "very unlikely",
        p if p < 0.45 => "unlikely",
        p if p < 0.55 => "roughly even chance",
        p if p < 0.80 => "likely",
        p if p < 0.95 => "very likely",
        _ => "almost certain",
    }
}

/// A probability in whole per cent, kept within 1 to 99.
pub(crate) fn bounded_percent(p: f64) -> String {
    if p < 0.01 {
        "under 1\u{a0}%".to_owned()
    } else if p > 0.99 {
        "over 99\u{a0}%".to_owned()
    } else {
        format!("{:.0}\u{a0}%", p * 100.0)
    }
}

/// A series in a few words: "sender verification", or the set where it has more than one member.
pub(crate) fn set_phrase(series: &Series) -> String {
    let others: Vec<String> = series.set.iter().filter(|m| **m != series.best).map(|m| label(m)).collect();
    if others.is_empty() {
        "alone: every other one is at least 10 times behind".to_owned()
    } else {
        format!("not separated from {}", listed(&others, "or"))
    }
}

/// Joins words as English does: "a", "a and b", "a, b and c".
pub(crate) fn listed(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., tail] => format!("{} {last} {tail}", head.join(", ")),
    }
}

/// Who a client is, in words: the client, and the party where the case names one.
pub(crate) fn party_name<'a>(report: &'a CaseReport, party: &'a str) -> &'a str {
    report
        .parties
        .iter()
        .find(|p| p.id == party)
        .map(|p| p.name.as_str())
        .filter(|name| !name.is_empty())
        .unwrap_or(party)
}

/// The fewest clients that make 95 % of the lookups, and their share.
fn head(rows: &[WhoRow]) -> (usize, f64) {
    let mut sum = 0.0;
    for (i, row) in rows.iter().enumerate() {
        sum += row.share;
        if sum >= 0.95 {
            return (i + 1, sum);
        }
    }
    (rows.len(), sum)
}

/// The finding of a panel of hours; a panel of few lookups says that it shows no rhythm.
pub(crate) fn rhythm_finding(p: &RhythmPanel) -> String {
    const NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let total: u64 = p.week_hour.iter().sum();
    let lookups = format::counted(total, "lookup", "lookups");
    if total >= FEW {
        return if p.finding.is_empty() { format!("{lookups} by hour of the week") } else { p.finding.clone() };
    }
    let days: Vec<&str> = p
        .week_hour
        .chunks(24)
        .zip(NAMES)
        .filter(|(hours, _)| hours.iter().any(|n| *n > 0))
        .map(|(_, name)| name)
        .collect();
    match days.as_slice() {
        [day] if p.weeks * 7.0 <= 1.0 => format!("{lookups} on one {day}: too few for a rhythm"),
        _ => format!("{lookups}: too few for a rhythm"),
    }
}

/// A source with its vantage; the vantage alone where the source is called the same.
pub(crate) fn source_label(id: &str, vantage: &str) -> String {
    if vantage.is_empty() || id == vantage { id.to_owned() } else { format!("{id} · {vantage}") }
}

/// The same of a source of a report: what was generated is marked wherever it is shown.
pub(crate) fn tap_label(report: &CaseReport, id: &str, vantage: &str) -> String {
    source_label(id, vantage) + if is_generated(report, id) { ", synthetic" } else { "" }
}

/// How many series go with flows: counted, never added up, since one lookup can stand in several sources.
pub(crate) fn connections_finding(rows: &[&ConnectionRow]) -> String {
    let of = |holds: fn(&ConnectionRow) -> bool| rows.iter().filter(|r| holds(r)).count();
    let (never, always) = (of(|r| r.followed == 0), of(|r| r.p_lo >= 0.9));
    format!(
        "In {never} of {} no lookup was followed by a flow to the answer's address, in {always} nearly every one was",
        format::counted(rows.len() as u64, "series", "series")
    )
}

/// Rows that cannot be assessed, grouped by the reason, in order of first appearance.
pub(crate) fn not_assessable<'a>(rows: &[&'a ConnectionRow]) -> Vec<(&'a str, Vec<&'a ConnectionRow>)> {
    let mut groups: Vec<(&str, Vec<&ConnectionRow>)> = Vec::new();
    for row in rows.iter().copied().filter(|r| !r.not_assessable.is_empty()) {
        match groups.iter_mut().find(|(why, _)| *why == row.not_assessable) {
            Some((_, group)) => group.push(row),
            None => groups.push((&row.not_assessable, vec![row])),
        }
    }
    groups
}

/// Who makes most of the lookups, in one line.
pub(crate) fn who_finding(p: &WhoPanel) -> String {
    let (k, sum) = head(&p.rows);
    match (k, p.rows.len()) {
        (_, 0) => "No client looked it up".to_owned(),
        (_, 1) => "One client makes all the lookups".to_owned(),
        (1, _) => format!("One client makes {} of the lookups", format::share(sum)),
        (k, all) if k * 2 > all && all > 5 => format!("{} clients share the lookups widely", format::count(all as u64)),
        (k, all) if k == all => {
            format!("{} clients make all the lookups", format::capital(&format::number_word(all as u64)))
        }
        (k, _) => format!(
            "{} clients make {} of the lookups",
            format::capital(&format::number_word(k as u64)),
            format::share(sum)
        ),
    }
}
