//! One series in depth: candidates in rows, evidence in columns.

use askance_case::json::{Candidate, Series};
use maud::{Markup, html};

use super::View;
use super::parts::{mechanism, sentences, stack, t, tagged};
use super::series::large_gaps;
use crate::format::{capital, count, counted, duration, fmt_sig, share, signed_log, times};
use crate::words::{
    FEW, Family, UNDECIDED, cap_sentence, label, likelihood_sentence, posterior_sentence, set_phrase,
    several_sentences, too_few, vantage_phrase,
};

/// Candidates further behind than this are only counted in the short form: a factor of 100.
const SHORT_BEHIND: f64 = 2.0;
const SHORT_ROWS: usize = 5;

/// The disclosure under a series; `whole` shows everything, otherwise the short form.
pub(super) fn details(view: &View<'_>, s: &Series, whole: bool) -> Markup {
    html! {
        details.deep {
            summary { "Evidence, reasons and records" }
            (conclusion(s, whole))
            @for said in several_sentences(s, &view.clock) { p { (t(&said)) } }
            (alone(s))
            @if whole {
                (candidates(s))
                (super::predicted::beside(s))
                @if s.gaps.iter().any(|g| g.count > 0) { div.two { div { (large_gaps(s)) } div { (facts(s)) } } } @else { (facts(s)) }
            } @else {
                (runners_up(s))
            }
            @if !s.reasons.is_empty() { h4 { "Reasons" } (sentences("", &s.reasons)) }
            @if whole {
                (super::settle::of_series(s))
                (examples(view, s))
            } @else {
                (in_short(s))
            }
        }
    }
}

fn conclusion(s: &Series, whole: bool) -> Markup {
    html! {
        p {
            @if s.abstained { strong { "The records do not carry an answer. " } }
            (t(&likelihood_sentence(s)))
            @if let Some(cap) = cap_sentence(s) { " " (t(&cap)) }
        }
        @if s.best != "none" && !s.set.is_empty() { p { (t(&capital(&label(&s.best)))) " is " (t(&set_phrase(s))) "." } }
        @if let Some(posterior) = posterior_sentence(s) { p { (t(&posterior)) } }
        @if let Some(flip) = flip(s).filter(|_| whole) { p { (t(&flip)) } }
        @if s.fit.poor && s.n >= FEW { p { strong { "It fits poorly. " } "The best mechanism does not reproduce the times well" (ks(s)) "." } }
        @if Family::of(&s.best) == Family::Malicious {
            p.limit { "These are words about records, not about anybody's intent: a benign program can make such a series too." }
        }
        @if whole { p.limit { (vantage_phrase(&s.vantage)) } }
    }
}

/// What the lookups of this source would have given without mail and flow logs.
fn alone(s: &Series) -> Markup {
    html! {
        @if let Some(a) = &s.alone {
            p {
                "From the lookups of this source alone, without mail and flow logs: "
                @if a.abstained || a.best == "none" || too_few(s) { "no answer" } @else {
                    (t(&label(&a.best))) " (" (times(a.log10_lr)) ")"
                }
                @if a.set.len() > 1 {
                    "; not separated: "
                    @for (i, m) in a.set.iter().enumerate() { @if i > 0 { ", " } (t(&label(m))) }
                }
                "."
            }
        }
    }
}

fn ks(s: &Series) -> Markup {
    html! { @if let Some(p) = s.fit.ks_p.filter(|_| s.n >= FEW) { " (Kolmogorov-Smirnov p = " (fmt_sig(p, 2)) ")" } }
}

/// At which prior the best mechanism is likelier than all others together, beside the prior that is printed.
fn flip(s: &Series) -> Option<String> {
    let tipping = s.tipping_prior_odds;
    if s.best == "none" || too_few(s) || tipping <= 0.0 || !tipping.is_finite() {
        return None;
    }
    let needed = odds(tipping);
    // The posterior odds are the prior odds times the likelihood ratio, which is one over the tipping odds.
    let prior = s.posterior.get(&s.best).filter(|p| **p > 0.0 && **p < 1.0).map(|p| p / (1.0 - p) * tipping);
    Some(match prior {
        None => format!("It is likelier than all others together from prior odds of {needed} on."),
        Some(prior) if prior < tipping => format!(
            "With the equal prior ({}) it is not likelier than all others together; from prior odds of {needed} on it would be.",
            odds(prior)
        ),
        Some(prior) => format!(
            "With the equal prior ({}) it is likelier than all others together; below prior odds of {needed} it would not be.",
            odds(prior)
        ),
    })
}

/// Odds as people say them: "1 to 40".
fn odds(odds: f64) -> String {
    if odds < 1.0 { format!("1 to {}", fmt_sig(1.0 / odds, 2)) } else { format!("{} to 1", fmt_sig(odds, 2)) }
}

/// The short form: the nearest candidates in one line.
fn runners_up(s: &Series) -> Markup {
    let near: Vec<&Candidate> = s
        .candidates
        .iter()
        .filter(|c| c.mechanism != s.best && c.log10_behind < SHORT_BEHIND)
        .take(SHORT_ROWS)
        .collect();
    let others = s.candidates.len().saturating_sub(near.len() + 1);
    html! {
        @if !s.candidates.is_empty() {
            p { "Behind the best: "
                @for c in &near { (mechanism(&c.mechanism)) @if !too_few(s) { " " (times(c.log10_behind)) } ", " }
                (counted(others as u64, "other hypothesis", "other hypotheses")) " further." }
        }
    }
}

fn candidates(s: &Series) -> Markup {
    html! {
        @if !s.candidates.is_empty() {
            div.scroll { table.evidence {
                thead {
                    tr { th { "Hypothesis" } th.num { "Behind the best" } th.num { "Timing" } th.num { "Order of types" } th.num { "Responses" } th.num { "Mail and flow logs" } }
                }
                tbody { @for c in &s.candidates { tr {
                    th scope="row" { (mechanism(&c.mechanism)) @if !c.excluded.is_empty() { span.out { "Out: " (t(&c.excluded)) } } @else if c.undecided { span.out { (capital(UNDECIDED)) } } }
                    td.num { @if c.mechanism == s.best { "best" } @else if c.log10_behind <= 0.0 { "level" } @else { (times(c.log10_behind)) } }
                    (cell(Some(c.timing))) (cell(Some(c.marks))) (cell(Some(c.responses))) (cell(c.cross))
                } } }
                tfoot { (spread(&s.candidates)) }
            } }
            p.small {
                "Rows are hypotheses, columns are evidence. Cells are decimal logarithms of likelihoods relative to the universal code, which fits anything slowly: +1 means ten times better than it; blue speaks for a hypothesis, grey against it. “Behind the best” is not their sum: timing and types are tempered for the number of lookups, each kind of program has its fitted weight, and the result is capped."
            }
        }
    }
}

/// One number of the table, shaded by how far it speaks for (blue) or against (grey).
fn cell(x: Option<f64>) -> Markup {
    html! { td class=(shade(x)) { @match x { Some(x) => (signed_log(x)), None => span.muted { "no record" } } } }
}

/// The class of a cell by the logarithm in it.
pub(super) fn shade(x: Option<f64>) -> &'static str {
    match x {
        Some(x) if x >= 1.0 => "num for2",
        Some(x) if x >= 0.3 => "num for1",
        Some(x) if x <= -1.0 => "num not2",
        Some(x) if x <= -0.3 => "num not1",
        _ => "num",
    }
}

/// How far a column separates the hypotheses: its largest minus its smallest cell.
fn spread(candidates: &[Candidate]) -> Markup {
    let column = |pick: fn(&Candidate) -> Option<f64>| -> String {
        let cells = || candidates.iter().filter(|c| c.excluded.is_empty()).filter_map(pick).filter(|x| x.is_finite());
        let (lo, hi) = (cells().fold(f64::INFINITY, f64::min), cells().fold(f64::NEG_INFINITY, f64::max));
        if lo > hi { "no record".to_owned() } else { format!("{:.2}", hi - lo) }
    };
    html! {
        tr {
            th scope="row" { "Largest minus smallest, of those not out" } td { }
            td.num { (column(|c| Some(c.timing))) }
            td.num { (column(|c| Some(c.marks))) }
            td.num { (column(|c| Some(c.responses))) }
            td.num { (column(|c| c.cross)) }
        }
    }
}

fn facts(s: &Series) -> Markup {
    html! {
        dl.facts {
            dt { "Names of the family" } dd { @for (i, name) in s.members.iter().enumerate() { @if i > 0 { ", " } code { (t(name)) } } }
            dt { "Types" } dd { @if s.qtypes.is_empty() { "not stated" } @else { (t(&s.qtypes.join(", "))) } }
            dt { "Bursts" } dd { (count(s.sessions)) " of " (counted(s.n, "lookup", "lookups")) }
            dt { "TTL" } dd { (s.ttl_s.map_or_else(|| "unknown".to_owned(), duration)) }
            dt { "Demand behind the cache" }
            dd { @match &s.demand {
                None if s.vantage.is_empty() || s.vantage == "passive" => "not estimated: whether a cache stands before this tap is not known",
                None => "not estimated",
                Some(d) => {
                    @match d.per_day { Some(x) => { (fmt_sig(x, 2)) " a day" }, None => "not identifiable" }
                    " (95\u{a0}%: " (fmt_sig(d.lo, 2)) " to "
                    @match d.hi { Some(hi) => { (fmt_sig(hi, 2)) }, None => "unbounded" }
                    ")"
                }
            } }
            @if let Some(c) = &s.caches {
                dt { "Caches behind the address" }
                dd { @for (i, (k, p)) in c.posterior.iter().enumerate() {
                    @if i > 0 { ", " } @if *k == 0 { "none" } @else { (count(*k)) } " " (share(*p)) } " (each equally probable beforehand)" }
            }
            dt { "Clock" } dd { @match s.rhythm.clock_period_s { Some(p) => { "locked to a period of " (duration(p)) }, None => "locked to none" } }
            dt { "Fit" } dd { @match s.fit.ks_p.filter(|_| s.n >= FEW) { Some(p) => { "Kolmogorov-Smirnov p = " (fmt_sig(p, 2)) @if s.fit.poor { ", poor" } }, None => "too few lookups to check" } }
            @if !s.rhythm.zones.is_empty() && s.n >= FEW {
                dt { "Time zone, if a person's day made it" }
                dd { @for (i, z) in s.rhythm.zones.iter().take(5).enumerate() {
                    @if i > 0 { ", " } (utc_offset(z.offset_h)) " " (share(z.weight)) } }
            }
        }
    }
}

/// An offset as "UTC+5:30".
pub(super) fn utc_offset(hours: f64) -> String {
    let sign = if hours < 0.0 { '\u{2212}' } else { '+' };
    let minutes = (hours.abs() * 60.0).round();
    let (h, m) = ((minutes / 60.0).floor(), minutes % 60.0);
    if m == 0.0 { format!("UTC{sign}{h:.0}") } else { format!("UTC{sign}{h:.0}:{m:02.0}") }
}

/// The short form of what would settle it, and of the records.
fn in_short(s: &Series) -> Markup {
    html! {
        @if let Some(record) = s.settle.first() { p { "Would separate most: " (t(record)) "." } }
        @if let Some(e) = s.examples.first() {
            p { "First record: " (t(&e.ts)) ", " (t(&e.source)) " at octet " (count(e.at_byte)) ": " code { (t(&e.text)) } }
        }
    }
}

fn examples(view: &View<'_>, s: &Series) -> Markup {
    html! {
        @if !s.examples.is_empty() {
            h4 { "First records" }
            @let rows: Vec<_> = s.examples.iter().map(|e| [
                html! { span title={ (t(&view.clock.instant(&e.ts))) " " (t(view.clock.zone())) } { (t(&e.ts)) } },
                html! { (t(&e.source)) (tagged(view, &e.source)) },
                html! { (count(e.at_byte)) },
                html! { code { (t(&e.text)) } },
            ]).collect();
            p.small { "What was read from each record; the record itself begins at the octet named, in the file of the source." }
            div.scroll { (stack(
                "records",
                [("When, UTC", "nw"), ("Source", "nw"), ("Octet", "num"), ("Name, type and answer, where recorded", "")],
                &rows,
            )) }
        }
    }
}
