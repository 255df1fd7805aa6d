//! 2: what the records are, where they were seen, and what that cannot show.

mod vantage;

use askance_case::json::{KeepsJson, LedgerJson, Source, TallyJson};
use maud::{Markup, html};

use super::View;
use super::parts::{absent, axis, figure, hash, sentences, t};
use crate::chart::{Anchor, Canvas, Linear};
use crate::format::{Clock, capital, count, counted, number_word, octets};
use crate::words::{kind_phrase, source_label, vantage_phrase};

pub(super) fn section(view: &View<'_>) -> Markup {
    let sources = &view.report.sources;
    if sources.is_empty() {
        return absent("The case names no source.");
    }
    html! {
        (spans(view))
        div.cards { @for source in sources { (card(view, source, sources.len() <= OPEN_MAX || is_telling(source))) } }
    }
}

/// With more sources than this their cards are closed until asked for.
const OPEN_MAX: usize = 6;

/// A source's time: what it covers, or what it holds where no coverage is declared.
struct Span {
    parts: Vec<(i64, i64)>,
    declared: bool,
}

impl Span {
    fn of(source: &Source) -> Self {
        let parts = covers(source);
        if parts.is_empty() {
            let ends = source.first.as_deref().and_then(Clock::ms).zip(source.last.as_deref().and_then(Clock::ms));
            return Self { parts: ends.into_iter().collect(), declared: false };
        }
        Self { parts, declared: true }
    }
}

/// The declared coverage in milliseconds, in order.
pub(super) fn covers(source: &Source) -> Vec<(i64, i64)> {
    let mut parts: Vec<(i64, i64)> = source
        .covers
        .iter()
        .filter_map(|[from, to]| Some((Clock::ms(from)?, Clock::ms(to)?)))
        .filter(|(from, to)| from < to)
        .collect();
    parts.sort_unstable();
    parts
}

/// What a source is: its vantage, or its kind where it has none.
fn kind_of(source: &Source) -> &str {
    if source.vantage.is_empty() { &source.kind } else { &source.vantage }
}

/// The stretches between intervals in order.
pub(super) fn holes(parts: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut holes = Vec::new();
    let mut end = parts.first().map_or(0, |p| p.1);
    for (from, to) in parts {
        if *from > end {
            holes.push((end, *from));
        }
        end = end.max(*to);
    }
    holes
}

fn spans(view: &View<'_>) -> Markup {
    let sources = &view.report.sources;
    let spans: Vec<Span> = sources.iter().map(Span::of).collect();
    let from = spans.iter().flat_map(|s| &s.parts).map(|p| p.0).min();
    let to = spans.iter().flat_map(|s| &s.parts).map(|p| p.1).max();
    let Some((from, to)) = from.zip(to) else {
        return absent("No source says when its records begin and end.");
    };
    let undeclared = spans.iter().filter(|s| !s.declared).count();
    let with_holes = spans.iter().filter(|s| !holes(&s.parts).is_empty()).count();
    let finding = format!(
        "{} {} between {} and {}{}",
        capital(&number_word(sources.len() as u64)),
        if sources.len() == 1 { "source" } else { "sources" },
        view.clock.day_of_ms(from),
        view.clock.day_of_ms(to),
        match with_holes {
            0 => String::new(),
            1 => "; one has holes".to_owned(),
            n => format!("; {} have holes", number_word(n as u64)),
        }
    );
    let chart = span_chart(view, &spans, (from, to), &finding);
    let subtitle = html! {
        "Time covered by each source, " (t(view.clock.zone())) ". Filled: declared coverage. Hatched: declared to be without records."
        @if undeclared > 0 { " Outlined: coverage not declared, first to last record." }
    };
    figure(&finding, &subtitle, &chart, Some(&span_table(view)))
}

fn span_chart(view: &View<'_>, spans: &[Span], (from, to): (i64, i64), finding: &str) -> Markup {
    let sources = &view.report.sources;
    let scale = Linear::new(from as f64, to as f64);
    let bottom = 40.0 * spans.len() as f64 + 4.0;
    let mut canvas = Canvas::new(
        "chart",
        bottom + 24.0,
        finding,
        "One bar for each source on a common time axis; the data follow as a table.",
    );
    let ticks: Vec<(f64, String)> =
        view.clock.ticks(from, to, 8).into_iter().map(|tick| (scale.at(tick.at_ms as f64), tick.label)).collect();
    axis(&mut canvas, &ticks, 0.0, bottom);
    for (i, (source, span)) in sources.iter().zip(spans).enumerate() {
        let y = 40.0 * i as f64;
        canvas.text("lane", 0.0, y + 14.0, Anchor::Start, &source_label(&source.id, kind_of(source)));
        for (class, parts) in
            [(if span.declared { "cover" } else { "cover open" }, &span.parts), ("hole", &holes(&span.parts))]
        {
            for (a, b) in parts {
                let (x, end) = (scale.at(*a as f64), scale.at(*b as f64));
                let hint = format!("{} to {}", view.clock.day_of_ms(*a), view.clock.day_of_ms(*b));
                canvas.rect(class, x, y + 20.0, (end - x).max(0.3), 14.0, &hint);
            }
        }
    }
    canvas.finish()
}

fn span_table(view: &View<'_>) -> Markup {
    html! {
        table {
            thead { tr { th { "Source" } th { "Vantage" } th { "Covers" } th { "First record" } th { "Last record" } th { "Stamps" } } }
            tbody { @for s in &view.report.sources { tr {
                td { (t(&s.id)) }
                td { (t(&s.vantage)) }
                td { @if s.covers.is_empty() { "not declared" } @else { @for (i, [a, b]) in s.covers.iter().enumerate() {
                    @if i > 0 { br; } (t(&view.clock.minute(a))) " to " (t(&view.clock.minute(b))) } } }
                td.nw { (t(&s.first.as_deref().map_or_else(|| "none".to_owned(), |x| view.clock.instant(x)))) }
                td.nw { (t(&s.last.as_deref().map_or_else(|| "none".to_owned(), |x| view.clock.instant(x)))) }
                td { (t(&s.resolution)) }
            } } }
        }
    }
}

/// True where a source must be seen without a click: something is missing or not what was declared.
fn is_telling(source: &Source) -> bool {
    source.error.is_some() || source.sha256_matches == Some(false) || !source.ledger.rejected.is_empty()
}

fn card(view: &View<'_>, source: &Source, open: bool) -> Markup {
    html! {
        details.card open[open] {
            summary { h3 { (t(&source.id)) @if source.synthetic { " " span.tag { "synthetic" } } " " span.muted { (t(&source.path)) } } }
            @if let Some(error) = &source.error {
                p.notice { strong { "Not read to its end. " } (t(error)) }
            }
            @if !source.note.is_empty() { p.small { strong { "By the case's editors. " } (t(&source.note)) } }
            div.two {
                div {
                    (vantage::diagram(source))
                    p.small {
                        @if source.vantage.is_empty() { (kind_phrase(&source.kind)) }
                        @else {
                            (vantage_phrase(&source.vantage))
                            @if !source.vantage_declared { " The case does not declare this vantage; it is the format's usual one." }
                        }
                    }
                }
                div { (facts(view, source)) }
            }
            (ledger(&source.ledger))
            @if !source.cannot_show.is_empty() {
                div.cannot { h4 { "What this source cannot show" } (sentences("", &source.cannot_show)) }
            }
        }
    }
}

fn facts(view: &View<'_>, source: &Source) -> Markup {
    let stamp = |s: &Option<String>| s.as_deref().map_or_else(|| "none".to_owned(), |x| view.clock.instant(x));
    html! {
        dl.facts {
            dt { "Format" } dd { (t(&source.format)) @for w in &source.wrappers { " in " (t(w)) } ", " (octets(source.size)) }
            dt { "First record" } dd { (t(&stamp(&source.first))) }
            dt { "Last record" } dd { (t(&stamp(&source.last))) }
            dt { "Time stamps" } dd { (t(&source.resolution)) }
            dt { "Keeps" } dd { (keeps(&source.keeps)) }
            dt { "SHA-256" } dd { (hash(&source.sha256)) " " (matches(source.sha256_matches)) }
        }
    }
}

/// Whether a hash is the declared one, in words.
pub(super) fn matches(matches: Option<bool>) -> Markup {
    html! { span.muted { @match matches {
        Some(true) => "as declared in the case",
        Some(false) => "differs from the one declared in the case",
        None => "none declared in the case",
    } } }
}

fn keeps(keeps: &KeepsJson) -> Markup {
    html! {
        @if keeps.types.is_empty() { "types: not stated" } @else { "only " (t(&keeps.types.join(", "))) }
        ", "
        @if keeps.names.is_empty() { "all names" } @else { "only names under " code { (t(&keeps.names.join(", "))) } }
        @if let Some(s) = keeps.resolution_s { ", times rounded to " (crate::format::duration(s)) }
    }
}

fn ledger(ledger: &LedgerJson) -> Markup {
    let rejected: u64 = ledger.rejected.iter().map(|r| r.count).sum();
    let parts = [
        (ledger.lookups, "lookup", "lookups"),
        (ledger.flows, "flow", "flows"),
        (ledger.mail, "mail event", "mail events"),
        (ledger.paired, "joined to another", "joined to others"),
        (ledger.counts, "count", "counts"),
        (rejected, "rejected", "rejected"),
    ];
    html! {
        p.ledger {
            strong { (counted(ledger.units_in, "unit", "units")) } " in = "
            @for (i, (n, one, many)) in parts.iter().filter(|p| p.0 > 0 || p.1 == "rejected").enumerate() {
                @if i > 0 { " + " }
                (counted(*n, one, many))
            }
            @if ledger.duplicates > 0 { ". Among the lookups " (counted(ledger.duplicates, "exact duplicate", "exact duplicates")) ", kept" }
            "."
        }
        @if !ledger.rejected.is_empty() || !ledger.unrelated.is_empty() {
            details { summary { "What was rejected, what was about something else" }
                div.scroll { table {
                    thead { tr { th { "Account" } th { "Reason" } th.num { "Count" } th { "First at" } th { "First example" } } }
                    tbody { (tallies("rejected", &ledger.rejected)) (tallies("unrelated", &ledger.unrelated)) }
                } }
            }
        }
        @if !ledger.assumptions.is_empty() {
            details { summary { "What had to be assumed (" (ledger.assumptions.len()) ")" } (sentences("", &ledger.assumptions)) }
        }
    }
}

fn tallies(account: &str, rows: &[TallyJson]) -> Markup {
    html! { @for row in rows { tr {
        td { (account) } td { (t(&row.reason)) } td.num { (count(row.count)) } td { (t(&row.first_at)) } td { code { (t(&row.example)) } }
    } } }
}
