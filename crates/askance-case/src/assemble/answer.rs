//! The answer in the first screen.

use std::collections::{BTreeMap, BTreeSet};

use askance_inference::MechanismId;
use askance_record::Vantage;

use super::Working;
use crate::attribute::HELPS;
use crate::claims::grouped;
use crate::json::{Answer, Chip, ClaimResult, Series, SettleRow, SurvivingSet};

/// Mechanisms that nobody would call an ordinary one.
const MALICIOUS: [&str; 3] = ["beacon", "tunnel", "timing-channel"];

pub(super) fn answer(working: &Working<'_>, settle: &[SettleRow], claims: &[ClaimResult]) -> Answer {
    let by_source: Vec<SurvivingSet> = working.taps().into_iter().map(|tap| surviving(working, tap)).collect();
    // What was generated is evidence of nothing.
    let recorded = || working.about_subjects().filter(|(row, _)| !working.is_synthetic(&row.tap));
    let about: Vec<&Series> = recorded().map(|(_, s)| s).collect();
    let first = recorded().map(|(row, _)| row.first).min();
    let last = recorded().map(|(row, _)| row.last).max();
    let rejected = working.sources.iter().flat_map(|s| &s.ledger.rejected).map(|t| t.count).sum();
    let settle_line = settle_line(settle);
    Answer {
        headline: headline(&about),
        lines: lines(working, &about, claims),
        by_source,
        settle: settle_line,
        lookups: working.sources.iter().filter(|s| !working.is_synthetic(&s.id)).map(|s| s.ledger.lookups).sum(),
        lookups_about: about.iter().map(|s| s.n).sum(),
        first: first.map(|t| t.to_string()),
        last: last.map(|t| t.to_string()),
        rejected,
    }
}

/// The record of which most is expected, in one line.
fn settle_line(settle: &[SettleRow]) -> String {
    match settle.first() {
        None => "Nothing more is needed to separate the mechanisms considered.".to_owned(),
        Some(row) if row.expected_log10_lr < HELPS => {
            "No single further record of the kinds considered is expected to separate what survives.".to_owned()
        }
        Some(row) if row.interval.is_none() => {
            let more = match settle.len() - 1 {
                0 => String::new(),
                n => format!("; {n} further records are listed"),
            };
            format!("What to ask for first: {} ({}){more}.", row.record, row.why.trim_end_matches('.'))
        }
        Some(row) => format!("What would settle most: {} ({}).", row.record, row.why.trim_end_matches('.')),
    }
}

/// The sentence that stands above everything: how many series are explained by what.
fn headline(about: &[&Series]) -> String {
    if about.is_empty() {
        return "No record here is about the subject.".to_owned();
    }
    let told: Vec<&&Series> = about.iter().filter(|s| !s.abstained && s.best != "none").collect();
    if told.is_empty() {
        return match about.len() {
            1 => "These records cannot tell what made the one series about the subject.".to_owned(),
            n => format!("These records cannot tell what made the {n} series about the subject."),
        };
    }
    let open = about.len() - told.len();
    let rest = if open == 0 { String::new() } else { format!("; for {open} these records cannot tell") };
    let parts = ranked(told.iter().map(|s| s.best.as_str()));
    format!("Of {} series about the subject, the best explanations are: {}{rest}.", about.len(), join(&parts))
}

/// One line for each kind of vantage, nearest to the asking program first; then what follows for
/// malice, and for connections.
fn lines(working: &Working<'_>, about: &[&Series], claims: &[ClaimResult]) -> Vec<String> {
    // Where nothing is told, the headline says so of all.
    let told = about.iter().any(|s| !s.abstained && s.best != "none");
    let mut lines: Vec<String> = Vantage::ALL.iter().filter(|_| told).filter_map(|v| line_of(*v, about)).collect();
    lines.extend(purpose_line(about));
    lines.push(if working.sources.iter().all(|s| s.kind != "flow") {
        "No flow log is among the sources: whether connections followed lookups cannot be told.".to_owned()
    } else {
        "A flow log is among the sources: how often a connection followed a lookup is in section 7.".to_owned()
    });
    lines.extend(counted_line(working));
    lines.extend(claims_line(claims));
    lines.extend(synthetic_line(working));
    lines
}

/// What is left open, and that a mechanism is no purpose.
fn purpose_line(about: &[&Series]) -> Option<String> {
    let told: Vec<&&Series> = about.iter().filter(|s| !s.abstained && s.best != "none").collect();
    let malicious = told.iter().filter(|s| MALICIOUS.contains(&s.best.as_str())).count();
    if about.is_empty() {
        return None;
    }
    if told.is_empty() {
        let candidates = about.iter().flat_map(|s| &s.candidates);
        let left: BTreeSet<&str> = candidates.filter(|c| c.excluded.is_empty()).map(|c| c.mechanism.as_str()).collect();
        let out: Vec<String> = MechanismId::ALL
            .into_iter()
            .filter(|m| *m != MechanismId::None && !left.contains(m.as_str()))
            .map(|m| m.as_str().replace('-', " "))
            .collect();
        let out = match out.len() {
            0 => "none is".to_owned(),
            1 => format!("{} is", out[0]),
            _ => format!("{} are", join(&out)),
        };
        return Some(format!(
            "No mechanism is shown. Of the {} that are considered {out} ruled out. A purpose is neither shown nor excluded.",
            MechanismId::ALL.len() - 1
        ));
    }
    Some(if malicious == 0 {
        "A malicious mechanism explains no series about the subject best; that speaks of these records, not of intent."
            .to_owned()
    } else {
        format!(
            "A malicious mechanism explains {malicious} series about the subject best; a mechanism is not an intent."
        )
    })
}

/// Verdicts of the ledger, in its order, of one and of several.
const WORDS: [(&str, &str, &str); 5] = [
    ("supported", "is supported", "are supported"),
    ("weakly supported", "is weakly supported", "are weakly supported"),
    ("does not discriminate", "does not discriminate", "do not discriminate"),
    ("contradicted", "is contradicted", "are contradicted"),
    ("cannot be tested with these records", "cannot be made with these records", "cannot be made with these records"),
];

/// How many tests of claims ended how; what ran on generated rows is not counted, and what people said is no test.
fn claims_line(claims: &[ClaimResult]) -> Option<String> {
    let tests: Vec<&str> =
        claims.iter().flat_map(|c| &c.tests).filter(|t| !t.synthetic).map(|t| t.verdict.as_str()).collect();
    let ended = |word: &str| tests.iter().filter(|v| **v == word).count();
    let counts: Vec<String> = WORDS
        .iter()
        .map(|(word, one, many)| (ended(word), one, many))
        .filter(|(n, ..)| *n > 0)
        .map(|(n, one, many)| format!("{n} {}", if n == 1 { one } else { many }))
        .collect();
    (!claims.is_empty()).then(|| {
        let said = ended("recorded");
        let beside = match said {
            0 => String::new(),
            1 => "; one collection of statements stands beside".to_owned(),
            n => format!("; {n} collections of statements stand beside"),
        };
        let some = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let run = some(tests.len() - said, "test");
        let ended = if counts.is_empty() { String::new() } else { format!(": {}", join(&counts)) };
        format!("{}, {run} (section 10){ended}{beside}.", some(claims.len(), "claim"))
    })
}

/// What was published as counts only.
fn counted_line(working: &Working<'_>) -> Option<String> {
    let counts = &working.records.counts;
    let lookups: u64 = counts.iter().map(|c| c.n).sum();
    (!counts.is_empty()).then(|| {
        let n = counts.len();
        format!(
            "{} lookups by {n} clients are published as counts only: no mechanism can be told from a count. If the rows are \
             authentic they establish lookups; connections and purposes are in none of them.",
            grouped(lookups),
        )
    })
}

/// That generated rows stand beside, and are not counted.
fn synthetic_line(working: &Working<'_>) -> Option<String> {
    let series = working.about_subjects().filter(|(row, _)| working.is_synthetic(&row.tap)).count();
    let assumed: Vec<&str> = working
        .case
        .sources
        .iter()
        .filter(|s| s.synthetic && !s.assumes.is_empty())
        .map(|s| s.assumes.as_str())
        .collect();
    let assumed = if assumed.is_empty() {
        "records made under the scenario's assumptions would look like".to_owned()
    } else {
        format!("such records would look like if {}", assumed.join(", or "))
    };
    (series > 0).then(|| {
        format!(
            "{series} series of generated rows stand beside these, marked synthetic. They show what {assumed}, are evidence of nothing, and are counted nowhere above."
        )
    })
}

/// True where the lookups alone carry an answer.
fn told_alone(series: &Series) -> bool {
    series.alone.as_ref().map_or(!series.abstained && series.best != "none", |a| !a.abstained && a.best != "none")
}

/// What is explained at all taps of one kind of vantage.
fn line_of(vantage: Vantage, about: &[&Series]) -> Option<String> {
    let here: Vec<&&Series> = about.iter().filter(|s| s.vantage == vantage.as_str()).collect();
    if here.is_empty() {
        return None;
    }
    let told: Vec<&&&Series> = here.iter().filter(|s| !s.abstained && s.best != "none").collect();
    let where_seen = match vantage {
        Vantage::Stub => "On the asking hosts",
        Vantage::ResolverClient => "Where clients ask their resolvers",
        Vantage::ResolverUpstream => "Between resolvers and name servers",
        Vantage::Authoritative => "At authoritative servers",
        Vantage::Passive => "At passive sensors",
    };
    let alone = here.iter().filter(|s| told_alone(s)).count();
    let what = if told.is_empty() {
        match here.len() {
            1 => "the one series gets no answer".to_owned(),
            n => format!("none of {n} series gets an answer"),
        }
    } else {
        let best = join(&ranked(told.iter().map(|s| s.best.as_str())));
        if here.iter().any(|s| s.alone.is_some()) {
            format!(
                "the lookups alone tell {alone} of {} series; with mail and flow logs {}: {best}",
                here.len(),
                told.len()
            )
        } else {
            format!("{} of {} series can be told: {best}", told.len(), here.len())
        }
    };
    Some(format!("{where_seen}, {what}."))
}

/// "9 sender verification", most first.
fn ranked<'a>(mechanisms: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for mechanism in mechanisms {
        *counts.entry(mechanism).or_default() += 1;
    }
    let mut ranked: Vec<(&str, usize)> = counts.into_iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    ranked.into_iter().map(|(m, n)| format!("{n} {}", m.replace('-', " "))).collect()
}

/// Likelihood ratios of the series that a chip is best in, each with its words.
type Weights<'a> = Vec<(f64, &'a str)>;

/// What survives at one tap.
fn surviving(working: &Working<'_>, tap: &str) -> SurvivingSet {
    let mut chips: BTreeMap<String, (Chip, Weights<'_>)> = BTreeMap::new();
    let mut out = SurvivingSet { source: tap.to_owned(), ..SurvivingSet::default() };
    for (row, series) in working.about_subjects().filter(|(row, _)| row.tap == tap) {
        row.vantage.as_str().clone_into(&mut out.vantage);
        out.series += 1;
        out.abstained += u64::from(series.abstained);
        out.told_alone += u64::from(told_alone(series));
        for mechanism in &series.set {
            let (chip, weights) = chips.entry(mechanism.clone()).or_default();
            chip.in_set_of += 1;
            if *mechanism == series.best {
                chip.best_in += 1;
                weights.push((series.log10_lr, series.verbal.as_str()));
            }
        }
    }
    out.chips = chips
        .into_iter()
        .map(|(mechanism, (chip, mut weights))| {
            weights.sort_by(|a, b| a.0.total_cmp(&b.0));
            // With the words of that series, which a poor fit lowers.
            let said = weights.get(weights.len() / 2).copied();
            let (log10_lr, verbal) = said.unwrap_or_else(|| (0.0, askance_inference::verbal::enfsi(0.0)));
            let family = mechanism.parse::<MechanismId>().map_or(String::new(), |m| m.family().as_str().to_owned());
            Chip { mechanism, family, log10_lr, verbal: verbal.to_owned(), ..chip }
        })
        .collect();
    out.chips.sort_by(|a, b| b.best_in.cmp(&a.best_in).then(b.in_set_of.cmp(&a.in_set_of)));
    out
}

/// "a, b and c".
fn join(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}
