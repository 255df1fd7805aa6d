//! The answer in the first screen.

use std::collections::BTreeMap;

use super::Working;
use crate::json::{Answer, Chip, Series, SettleRow, SurvivingSet};

/// Mechanisms that nobody would call an ordinary one.
const MALICIOUS: [&str; 3] = ["beacon", "tunnel", "timing-channel"];

pub(super) fn answer(working: &Working<'_>, settle: &[SettleRow]) -> Answer {
    let by_source: Vec<SurvivingSet> = working.taps().into_iter().map(|tap| surviving(working, tap)).collect();
    let about: Vec<&Series> = working.about_subjects().map(|(_, s)| s).collect();
    let first = working.about_subjects().map(|(row, _)| row.first).min();
    let last = working.about_subjects().map(|(row, _)| row.last).max();
    let rejected = working.sources.iter().flat_map(|s| &s.ledger.rejected).map(|t| t.count).sum();
    let settle_line = settle.first().map_or_else(
        || "Nothing more is needed to separate the mechanisms considered.".to_owned(),
        |row| format!("What would settle most: {} ({}).", row.record, row.why.trim_end_matches('.')),
    );
    Answer {
        headline: headline(&about),
        lines: lines(working, &about, &by_source),
        by_source,
        settle: settle_line,
        lookups: working.sources.iter().map(|s| s.ledger.lookups).sum(),
        lookups_about: about.iter().map(|s| s.n).sum(),
        first: first.map(|t| t.to_string()),
        last: last.map(|t| t.to_string()),
        rejected,
    }
}

/// The sentence that stands above everything: which mechanisms explain how many series.
fn headline(about: &[&Series]) -> String {
    if about.is_empty() {
        return "No record here is about the subject.".to_owned();
    }
    let told: Vec<&&Series> = about.iter().filter(|s| !s.abstained && s.best != "none").collect();
    if told.is_empty() {
        return format!("These records cannot tell what made the {} series about the subject.", about.len());
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for series in &told {
        *counts.entry(series.best.as_str()).or_default() += 1;
    }
    let mut ranked: Vec<(&str, usize)> = counts.into_iter().collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let parts: Vec<String> = ranked.iter().map(|(m, n)| format!("{m} explains {n}")).collect();
    let open = about.len() - told.len();
    let rest = if open == 0 { String::new() } else { format!("; for {open} these records cannot tell") };
    format!("Of {} series about the subject, {}{rest}.", about.len(), join(&parts))
}

fn lines(working: &Working<'_>, about: &[&Series], by_source: &[SurvivingSet]) -> Vec<String> {
    let mut lines = Vec::new();
    for set in by_source.iter().filter(|s| s.series > 0) {
        let told = set.series - set.abstained;
        let best: Vec<String> =
            set.chips.iter().filter(|c| c.best_in > 0).map(|c| format!("{} in {}", c.mechanism, c.best_in)).collect();
        let best = if best.is_empty() { "no mechanism".to_owned() } else { join(&best) };
        lines.push((
            told,
            format!("Source {} ({}): an answer for {told} of {} series; {best}.", set.source, set.vantage, set.series),
        ));
    }
    lines.sort_by_key(|(told, _)| std::cmp::Reverse(*told));
    let mut lines: Vec<String> = lines.into_iter().take(3).map(|(_, line)| line).collect();
    let malicious = about.iter().filter(|s| !s.abstained && MALICIOUS.contains(&s.best.as_str())).count();
    lines.push(if malicious == 0 {
        "No series about the subject is explained best by a malicious mechanism; that speaks of these records, not of intent."
            .to_owned()
    } else {
        format!("{malicious} series about the subject are explained best by a malicious mechanism.")
    });
    lines.push(if working.records.flows.is_empty() {
        "No flow log is among the sources: whether lookups were followed by connections cannot be told.".to_owned()
    } else {
        "A flow log is among the sources: section 7 says how often a lookup was followed by a connection.".to_owned()
    });
    lines
}

/// What survives at one tap.
fn surviving(working: &Working<'_>, tap: &str) -> SurvivingSet {
    let mut chips: BTreeMap<String, (Chip, Vec<f64>)> = BTreeMap::new();
    let mut out = SurvivingSet { source: tap.to_owned(), ..SurvivingSet::default() };
    for (row, series) in working.about_subjects().filter(|(row, _)| row.tap == tap) {
        row.vantage.as_str().clone_into(&mut out.vantage);
        out.series += 1;
        out.abstained += u64::from(series.abstained);
        for mechanism in &series.set {
            let (chip, weights) = chips.entry(mechanism.clone()).or_default();
            chip.in_set_of += 1;
            if *mechanism == series.best {
                chip.best_in += 1;
                weights.push(series.log10_lr);
            }
        }
    }
    out.chips = chips
        .into_iter()
        .map(|(mechanism, (chip, mut weights))| {
            weights.sort_by(f64::total_cmp);
            let log10_lr = weights.get(weights.len() / 2).copied().unwrap_or(0.0);
            let family = mechanism
                .parse::<askance_inference::MechanismId>()
                .map_or(String::new(), |m| m.family().as_str().to_owned());
            let verbal = askance_inference::verbal::enfsi(log10_lr).to_owned();
            Chip { mechanism, family, log10_lr, verbal, ..chip }
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
