//! 2: what the records are, where they were seen, and what that cannot show.

mod vantage;

use askance_case::json::{KeepsJson, LedgerJson, Source, TallyJson};
use maud::{Markup, html};

use super::View;
use super::parts::{absent, axis, figure, hash, sentences, stack, t, tagged};
use crate::chart::{Anchor, Canvas, Linear};
use crate::format::{Clock, capital, count, counted, number_word, octets};
use crate::words::{kind_phrase, tap_label, vantage_phrase};

pub(super) fn section(view: &View<'_>) -> Markup {
    let sources = &view.report.sources;
    if sources.is_empty() {
        return absent("The case names no source.");
    }
    html! {
        (spans(view))
        div.cards { @for source in in_order(view) {
            (card(view, source, !source.synthetic && (sources.len() <= OPEN_MAX || is_telling(source))))
        } }
    }
}

/// The sources, those that were recorded first.
pub(super) fn in_order<'a>(view: &View<'a>) -> impl Iterator<Item = &'a Source> + use<'a> {
    let of = |synthetic: bool| view.report.sources.iter().filter(move |s| s.synthetic == synthetic);
    of(false).chain(of(true))
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

/// What a source is: its vantage, or its kind where it has none; a table of counts is called so.
fn kind_of(source: &Source) -> &str {
    if !source.vantage.is_empty() {
        &source.vantage
    } else if source.format == "counts" {
        &source.format
    } else {
        &source.kind
    }
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
    let rows: Vec<(&Source, Span)> = in_order(view).map(|s| (s, Span::of(s))).collect();
    let from = rows.iter().flat_map(|(_, s)| &s.parts).map(|p| p.0).min();
    let to = rows.iter().flat_map(|(_, s)| &s.parts).map(|p| p.1).max();
    let Some((from, to)) = from.zip(to) else {
        return absent("No source says when its records begin and end.");
    };
    let undeclared = rows.iter().any(|(_, s)| !s.declared && !s.parts.is_empty());
    let dateless = rows.iter().any(|(_, s)| s.parts.is_empty());
    let made = rows.iter().any(|(s, _)| s.synthetic);
    let finding = finding(view, &rows);
    let chart = span_chart(view, &rows, (from, to), &finding);
    let subtitle = html! {
        "Time covered by each source, " (t(view.clock.zone())) ". Filled: declared coverage. Hatched: declared to be without records."
        @if undeclared { " Outlined: coverage not declared, first to last record." }
        @if dateless { " Without a bar: a source whose records carry no times." }
        @if made { " Cross-hatched: generated rows, whose times are invented." }
    };
    figure(&finding, &subtitle, &chart, Some(&span_table(view)))
}

/// Which sources there are and when their records were made; generated ones are only said to stand beside.
fn finding(view: &View<'_>, rows: &[(&Source, Span)]) -> String {
    let made = rows.iter().filter(|(s, _)| s.synthetic).count() as u64;
    let recorded: Vec<&Span> = rows.iter().filter(|(s, _)| !s.synthetic).map(|(_, span)| span).collect();
    let dated: Vec<&&Span> = recorded.iter().filter(|s| !s.parts.is_empty()).collect();
    let from = dated.iter().flat_map(|s| &s.parts).map(|p| p.0).min();
    let to = dated.iter().flat_map(|s| &s.parts).map(|p| p.1).max();
    let (all, dated) = (recorded.len() as u64, dated.len() as u64);
    let sources = format!("{} {}", capital(&number_word(all)), if all == 1 { "source" } else { "sources" });
    let mut text = match from.zip(to).map(|(a, b)| (view.clock.day_of_ms(a), view.clock.day_of_ms(b))) {
        None => format!("{sources} without times"),
        Some((a, b)) => {
            let when = if a == b { format!("of {a}") } else { format!("between {a} and {b}") };
            match (dated, all - dated) {
                (_, 0) => format!("{sources} {when}"),
                (1, 1) => format!("{sources}: one {when}, one without times"),
                (n, rest) => format!("{sources}: {} {when}, {} without times", number_word(n), number_word(rest)),
            }
        }
    };
    match recorded.iter().filter(|s| !holes(&s.parts).is_empty()).count() {
        0 => {}
        1 => text.push_str("; one has holes"),
        n => text.push_str(&format!("; {} have holes", number_word(n as u64))),
    }
    if made > 0 {
        text.push_str(&format!("; {} of generated rows beside", number_word(made)));
    }
    text
}

fn span_chart(view: &View<'_>, rows: &[(&Source, Span)], (from, to): (i64, i64), finding: &str) -> Markup {
    let scale = Linear::new(from as f64, to as f64);
    let bottom = 40.0 * rows.len() as f64 + 4.0;
    let mut canvas = Canvas::new(
        "chart",
        bottom + 24.0,
        finding,
        "One bar for each source on a common time axis; the data follow as a table.",
    );
    let ticks: Vec<(f64, String)> =
        view.clock.ticks(from, to, 8).into_iter().map(|tick| (scale.at(tick.at_ms as f64), tick.label)).collect();
    axis(&mut canvas, &ticks, 0.0, bottom);
    for (i, (source, span)) in rows.iter().enumerate() {
        let y = 40.0 * i as f64;
        let dateless = if span.parts.is_empty() { ", no times" } else { "" };
        let label = tap_label(view.report, &source.id, kind_of(source)) + dateless;
        canvas.text("lane", 0.0, y + 14.0, Anchor::Start, &label);
        let class = match (source.synthetic, span.declared) {
            (true, _) => "cover gen",
            (false, true) => "cover",
            (false, false) => "cover open",
        };
        for (class, parts) in [(class, &span.parts), ("hole", &holes(&span.parts))] {
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
    let stamp = |x: &Option<String>| t(&x.as_deref().map_or_else(|| "none".to_owned(), |x| view.clock.instant(x)));
    let rows: Vec<_> = in_order(view)
        .map(|s| {
            [
                html! { (t(&s.id)) (tagged(view, &s.id)) },
                t(kind_of(s)),
                html! { @if s.covers.is_empty() { "not declared" } @else { @for (i, [a, b]) in s.covers.iter().enumerate() {
                    @if i > 0 { br; } (t(&view.clock.minute(a))) " to " (t(&view.clock.minute(b))) } } },
                stamp(&s.first),
                stamp(&s.last),
                t(&s.resolution),
            ]
        })
        .collect();
    let columns = [
        ("Source", ""),
        ("Vantage", ""),
        ("Covers", ""),
        ("First record", "nw"),
        ("Last record", "nw"),
        ("Stamps", ""),
    ];
    stack("", columns, &rows)
}

/// True where a source must be seen without a click: something is missing or not what was declared.
fn is_telling(source: &Source) -> bool {
    source.error.is_some() || source.sha256_matches == Some(false) || !source.ledger.rejected.is_empty()
}

fn card(view: &View<'_>, source: &Source, open: bool) -> Markup {
    html! {
        details.card open[open] {
            summary { h3 { (t(&source.id)) (tagged(view, &source.id)) " " span.muted { (t(&source.path)) } } }
            @if let Some(error) = &source.error {
                p.notice { strong { "Not read to its end. " } (t(error)) }
            }
            @if !source.note.is_empty() { p.small { strong { "By the case's editors. " } (t(&source.note)) } }
            div.two {
                div {
                    (vantage::diagram(source))
                    p.small {
                        @if source.vantage.is_empty() { (kind_phrase(kind_of(source))) }
                        @else {
                            @if source.vantage_declared { "As the case declares it; the rows themselves do not show where they were kept. " }
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
            dt { "Time stamps" } dd { @if source.resolution.is_empty() { "none" } @else { (t(&source.resolution)) } }
            @if !source.vantage.is_empty() || !source.keeps.names.is_empty() || !source.keeps.addresses.is_empty() {
                dt { "Keeps" } dd { (keeps(&source.keeps)) }
            }
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
        @if keeps.names.is_empty() { "names: not stated" } @else { "only names under " code { (t(&keeps.names.join(", "))) } }
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
            strong { (counted(ledger.units_in, "unit", "units")) " read" } " = "
            @for (i, (n, one, many)) in parts.iter().filter(|p| p.0 > 0 || p.1 == "rejected").enumerate() {
                @if i > 0 { " + " }
                (counted(*n, one, many))
            }
            @if ledger.duplicates > 0 { ". Among the lookups " (counted(ledger.duplicates, "exact duplicate", "exact duplicates")) ", kept" }
            "."
        }
        @if !ledger.rejected.is_empty() || !ledger.unrelated.is_empty() {
            details { summary { "What was rejected, what was about something else" }
                @let rows: Vec<_> = tallies("rejected", &ledger.rejected).chain(tallies("unrelated", &ledger.unrelated)).collect();
                div.scroll { (stack("", [("Account", ""), ("Reason", ""), ("Count", "num"), ("First at", ""), ("First example", "")], &rows)) }
            }
        }
        @if !ledger.assumptions.is_empty() {
            details { summary { "What had to be assumed (" (ledger.assumptions.len()) ")" } (sentences("", &ledger.assumptions)) }
        }
    }
}

fn tallies(account: &'static str, rows: &[TallyJson]) -> impl Iterator<Item = [Markup; 5]> {
    rows.iter().map(move |row| {
        [
            t(account),
            t(&row.reason),
            html! { (count(row.count)) },
            t(&row.first_at),
            html! { code { (t(&row.example)) } },
        ]
    })
}
