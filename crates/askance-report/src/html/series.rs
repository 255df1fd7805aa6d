//! 4: the table of series, with what explains each.

use std::collections::BTreeMap;

use askance_case::json::Series;
use maud::{Markup, html};

use super::parts::{absent, explained, generated, in_words, mechanism, t, tagged};
use super::{DEEP_MAX, OTHERS_MAX, View, depth};
use crate::chart::{Anchor, Canvas, Linear, Log, lane_path, nice_ceiling, steps_path};
use crate::format::{Clock, capital, count, counted, duration, fmt_sig, number_word, times};
use crate::words::{Family, family_of, grouped, label, party_name, several_sentences, support_of, too_few};

/// Width of a small chart in the units of its path.
const UNITS: f64 = 1_000.0;

/// Mechanisms of a set that get a line each; more stand one after the other.
const LINES_MAX: usize = 4;

/// One logarithmic axis for every likelihood ratio of the page.
#[derive(Clone, Copy)]
pub(super) struct LrAxis {
    lo: f64,
    hi: f64,
}

impl LrAxis {
    fn of(view: &View<'_>) -> Self {
        let all = || view.subjects.iter().chain(&view.others);
        let lo = all().map(|s| s.log10_lr).filter(|x| x.is_finite()).fold(0.0, f64::min).floor().max(-6.0);
        let hi = all()
            .flat_map(|s| [s.log10_lr, s.log10_lr_cap])
            .filter(|x| x.is_finite())
            .fold(2.0, f64::max)
            .ceil()
            .min(8.0);
        Self { lo, hi }
    }
}

pub(super) fn section(view: &View<'_>) -> Markup {
    if view.report.series.is_empty() {
        return absent("No series of lookups came out of the records.");
    }
    let axis = LrAxis::of(view);
    let shown = view.others.len().min(OTHERS_MAX);
    let unseen = view.others.len() - shown;
    let (recorded, made) = view.parted();
    html! {
        h3 { (t(&finding(view))) }
        p.sub {
            "One row a series: all lookups of one name family by one client at one source. "
            "The bar is the likelihood ratio of the best mechanism against a stated mixture of the rest, on a logarithmic axis from "
            (factor_label(axis.lo)) " to " (factor_label(axis.hi)) "; each grid line is a factor of 10, the upright mark is the cap that calibration allows, "
            "the hollow part is what was computed above it. Gaps between lookups are on a logarithmic axis from 1 s to 30 days, with the TTL as a dashed line."
        }
        @if recorded.is_empty() { (absent("No recorded series is about the subject.")) }
        @else { (table(view, "subject-series", &recorded, axis, DEEP_MAX)) }
        @if !made.is_empty() {
            @let summary = format!("Series of generated rows ({})", count(made.len() as u64));
            (generated(&summary, &table(view, "generated-series", &made, axis, DEEP_MAX.saturating_sub(recorded.len()))))
        }
        @if !view.others.is_empty() {
            details.others {
                summary { "Series about other names (" (count(view.others.len() as u64)) ")" }
                (table(view, "other-series", view.others.get(..shown).unwrap_or_default(), axis, 0))
                @if unseen > 0 {
                    p.absent { (counted(unseen as u64, "further series is", "further series are")) " in the case file only." }
                }
            }
        }
    }
}

/// What is best where, in one line: of what was recorded.
fn finding(view: &View<'_>) -> String {
    let (recorded, _) = view.parted();
    let of = if recorded.is_empty() { &view.others } else { &recorded };
    let all = of.len() as u64;
    let mut best: BTreeMap<&str, u64> = BTreeMap::new();
    for series in of.iter().filter(|s| !s.abstained) {
        *best.entry(&series.best).or_default() += 1;
    }
    let unexplained = best.remove("none").unwrap_or(0);
    let open = of.iter().filter(|s| s.abstained).count() as u64;
    if open == all {
        return match all {
            1 => "These records do not tell what made the one series".to_owned(),
            n => format!("These records tell what made none of {} series", number_word(n)),
        };
    }
    let mut best: Vec<(&str, u64)> = best.into_iter().collect();
    best.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let mut parts: Vec<String> = Vec::new();
    for (i, (mechanism, n)) in best.iter().take(3).enumerate() {
        let name = label(mechanism);
        parts.push(if i == 0 {
            format!("{name} explains {} of {} series best", number_word(*n), number_word(all))
        } else {
            format!("{name} {}", number_word(*n))
        });
    }
    let rest: u64 = best.iter().skip(3).map(|b| b.1).sum();
    for (n, one, many) in [
        (rest, "another mechanism", "other mechanisms"),
        (unexplained, "is explained by none of the mechanisms", "are explained by none of the mechanisms"),
        (open, "gets no answer", "get no answer"),
    ] {
        if n > 0 {
            parts.push(format!("{} {}", number_word(n), if n == 1 { one } else { many }));
        }
    }
    capital(&parts.join(", "))
}

fn factor_label(log10: f64) -> String {
    if log10 < 0.0 { format!("1/{}", fmt_sig(libm::exp10(-log10), 2)) } else { fmt_sig(libm::exp10(log10), 2) }
}

fn table(view: &View<'_>, id: &str, series: &[&Series], axis: LrAxis, deep: usize) -> Markup {
    let window = window(series);
    html! {
        div.tools hidden data-for=(id) { }
        table.series id=(id) {
            thead { tr {
                th data-sort="text" { "Client and name" }
                th data-sort="n" { "Lookups" }
                th data-sort="first" { "By day" }
                th { "Gaps" }
                th data-sort="best" { "What explains it" }
                th data-sort="lr" { "Likelihood ratio" }
            } }
            @for (i, alike) in grouped(series).iter().enumerate() {
                @if let Some(one) = alike.first() {
                    tbody data-n=(one.n) data-lr=(fmt_sig(one.log10_lr, 6)) data-first=(Clock::ms(&one.first).unwrap_or(0)) {
                        (row(view, alike, axis, window, i < deep))
                        tr.depth { td colspan="6" { (depth::details(view, one, i < deep)) } }
                    }
                }
            }
        }
    }
}

/// First and last day of any series, as milliseconds.
fn window(series: &[&Series]) -> (i64, i64) {
    let from = series.iter().filter_map(|s| Clock::ms(&s.first)).min().unwrap_or(0);
    let to = series.iter().filter_map(|s| Clock::ms(&s.last)).max().unwrap_or(0);
    (from - 86_400_000, to + 86_400_000)
}

fn row(view: &View<'_>, alike: &[&Series], axis: LrAxis, window: (i64, i64), deep: bool) -> Markup {
    let Some(s) = alike.first() else {
        return html! {};
    };
    html! {
        tr.row {
            td.who { (who(view, alike)) }
            td.count data-label="Lookups" {
                b { (count(s.n)) @if alike.len() > 1 { " each" } }
                span.muted { (when(view, alike)) }
            }
            td.spark data-label="By day" { (sparkline(alike, window)) }
            td.gaps data-label="Gaps" {
                @if s.gaps.iter().any(|g| g.count > 0) { (gap_histogram(s)) } @else { span.muted { "none" } }
            }
            td.best data-label="What explains it" { (what(view, s, deep)) }
            td.lr data-label="Likelihood ratio" {
                @if too_few(s) { span.muted { "none: too few lookups" } } @else {
                    (lr_bar(s, axis))
                    span { (times(s.log10_lr)) }
                    span.muted { (t(&support_of(s))) }
                }
            }
        }
    }
}

/// Whose lookups these are.
fn who(view: &View<'_>, alike: &[&Series]) -> Markup {
    let one = |s: &Series| {
        let party = party_name(view.report, &s.party);
        html! { code.client { (t(&s.client)) } @if !party.is_empty() { span.party { (t(party)) } } }
    };
    html! {
        @match alike {
            [] => {},
            [s] => (one(s)),
            all => {
                b { (count(all.len() as u64)) " clients, one lookup each" }
                @for s in all { (one(s)) }
            }
        }
        @if let Some(s) = alike.first() {
            @if !(s.subject && view.report.case.subjects.len() == 1) { code.name { (t(&s.name)) } }
            span.muted { "at " (t(&s.tap)) (tagged(view, &s.tap)) @if !s.qtypes.is_empty() { " · " (t(&s.qtypes.join(" "))) } }
        }
    }
}

/// First and last day of the series of a row.
fn when(view: &View<'_>, alike: &[&Series]) -> Markup {
    let by = |s: &&&Series| Clock::ms(&s.first);
    let from = alike.iter().min_by_key(by).map(|s| view.clock.day(&s.first)).unwrap_or_default();
    let to = alike.iter().max_by_key(|s| Clock::ms(&s.last)).map(|s| view.clock.day(&s.last)).unwrap_or_default();
    html! { (t(&from)) @if from != to { " to " (t(&to)) } }
}

/// The mechanism that explains a series, or that none does, and what is not separated from it.
fn what(view: &View<'_>, s: &Series, deep: bool) -> Markup {
    html! {
        @if s.abstained {
            span.mech.f-none { span.glyph aria-hidden="true" { (Family::Nothing.glyph()) } "no answer" }
            span.also { "nearest: " (in_words(&s.best)) }
        }
        @else if deep { (explained(&s.best)) } @else { (mechanism(&s.best)) }
        (others(s))
        @for said in several_sentences(s, &view.clock) { span.also { (t(&said)) } }
    }
}

/// The number of lookups of each day, on the axis of the whole table.
fn sparkline(alike: &[&Series], (from, to): (i64, i64)) -> Markup {
    const H: f64 = 32.0;
    let mut daily: BTreeMap<&str, u64> = BTreeMap::new();
    for (day, n) in alike.iter().flat_map(|s| &s.daily) {
        *daily.entry(day).or_default() += n;
    }
    let most = daily.values().copied().max().unwrap_or(0);
    let scale = Linear::within(from as f64, to as f64, 0.0, UNITS);
    let bars = daily.iter().filter_map(|(day, n)| {
        let start = Clock::ms(day)? as f64;
        Some((scale.at(start), scale.at(start + 86_400_000.0).max(scale.at(start) + 4.0), *n as f64 / most as f64 * H))
    });
    let title = format!("{} on the busiest day", counted(most, "lookup", "lookups"));
    let mut canvas = Canvas::new("mini", H + 2.0, &title, "Lookups by day.");
    canvas.line("base", 0.0, H + 0.5, 100.0, H + 0.5);
    canvas.strip("ink", [0.0, 0.0, 100.0, H], UNITS, &steps_path(bars, H));
    canvas.finish()
}

/// Gaps between lookups on the axis that all series share.
fn gap_histogram(s: &Series) -> Markup {
    const H: f64 = 32.0;
    let title = match s.ttl_s {
        Some(ttl) => format!("Gaps between lookups; TTL {}", duration(ttl)),
        None => "Gaps between lookups; TTL unknown".to_owned(),
    };
    let mut canvas = Canvas::new("mini", H + 2.0, &title, "Number of gaps by length, 1 s to 30 days, logarithmic.");
    canvas.line("base", 0.0, H + 0.5, 100.0, H + 0.5);
    canvas.strip("ink", [0.0, 0.0, 100.0, H], UNITS, &gap_path(s, H));
    if let Some(ttl) = s.ttl_s {
        let x = gap_axis().at(ttl);
        canvas.line("ttl", x, 0.0, x, H);
    }
    canvas.finish()
}

/// The axis of every histogram of gaps.
pub(super) fn gap_axis() -> Log {
    Log::new(1.0, 2_592_000.0)
}

/// The bars of a histogram of gaps, `h` high.
pub(super) fn gap_path(s: &Series, h: f64) -> String {
    let most = nice_ceiling(s.gaps.iter().map(|g| g.count).max().unwrap_or(0) as f64);
    let bars = s.gaps.iter().map(|g| {
        let (a, b) = (gap_axis().at(g.from_s) * UNITS / 100.0, gap_axis().at(g.to_s) * UNITS / 100.0);
        (a, b.max(a + 6.0), g.count as f64 / most * h)
    });
    steps_path(bars, h)
}

fn lr_bar(s: &Series, axis: LrAxis) -> Markup {
    let scale = Linear::new(axis.lo, axis.hi);
    let zero = scale.at(0.0);
    let title = format!("{}, cap {}", times(s.log10_lr), factor_label(s.log10_lr_cap));
    let mut canvas = Canvas::new("mini", 22.0, &title, "Likelihood ratio on a logarithmic axis.");
    let units = Linear::within(axis.lo, axis.hi, 0.0, UNITS);
    let decades = (0..=14_i32).map(|i| axis.lo + f64::from(i)).filter(|at| *at <= axis.hi);
    canvas.strip("decades", [0.0, 2.0, 100.0, 18.0], UNITS, &lane_path(decades.map(|at| units.at(at)), 18.0));
    canvas.line("base", zero, 2.0, zero, 20.0);
    let (a, b) = (zero.min(scale.at(s.log10_lr)), zero.max(scale.at(s.log10_lr)));
    if s.log10_lr_uncapped > s.log10_lr && s.log10_lr_uncapped.is_finite() {
        canvas.rect("beyond", b, 7.0, scale.at(s.log10_lr_uncapped) - b, 8.0, "computed, above the cap");
    }
    let family = family_of(s).class();
    canvas.rect(&format!("mark {family}"), a, 6.0, (b - a).max(0.6), 10.0, "");
    let cap = scale.at(s.log10_lr_cap);
    canvas.line("cap", cap, 1.0, cap, 21.0);
    canvas.finish()
}

/// What else is in the set: a line each while they are few. Where there is no answer nothing is coloured.
fn others(s: &Series) -> Markup {
    let others: Vec<&String> = s.set.iter().filter(|m| **m != s.best).collect();
    let name = |id: &str| if s.abstained { in_words(id) } else { mechanism(id) };
    html! {
        @if others.len() <= LINES_MAX {
            @for other in &others { span.also { "or " (name(other)) } }
        } @else {
            span.also { "or " @for (i, other) in others.iter().enumerate() { @if i > 0 { ", " } (name(other)) } }
        }
    }
}

/// The gaps with labels, large: for one series in depth.
pub(super) fn large_gaps(s: &Series) -> Markup {
    const H: f64 = 96.0;
    let total: u64 = s.gaps.iter().map(|g| g.count).sum();
    let title = match s.gaps.iter().max_by_key(|g| g.count) {
        Some(g) if g.count > 0 => {
            format!("{} of {} gaps last {} to {}", count(g.count), count(total), duration(g.from_s), duration(g.to_s))
        }
        _ => "No gap to show".to_owned(),
    };
    let mut canvas = Canvas::new(
        "chart",
        H + 36.0,
        &title,
        "Number of gaps by length on a logarithmic axis; the data follow as a table.",
    );
    let ticks: Vec<(f64, String)> = [
        (1.0, "1 s"),
        (10.0, "10 s"),
        (60.0, "1 min"),
        (600.0, "10 min"),
        (3600.0, "1 h"),
        (28_800.0, "8 h"),
        (86_400.0, "1 d"),
        (604_800.0, "7 d"),
        (2_592_000.0, "30 d"),
    ]
    .map(|(x, text)| (gap_axis().at(x), text.to_owned()))
    .into();
    super::parts::axis(&mut canvas, &ticks, 14.0, H + 14.0);
    canvas.strip("ink", [0.0, 14.0, 100.0, H], UNITS, &gap_path(s, H));
    if let Some(ttl) = s.ttl_s {
        let x = gap_axis().at(ttl);
        canvas.line("ttl", x, 12.0, x, H + 14.0);
        canvas.text("ttl-name", x, 9.0, Anchor::inside(x), &format!("TTL {}", duration(ttl)));
    }
    let data = html! {
        table {
            thead { tr { th.num { "From" } th.num { "To" } th.num { "Gaps" } } }
            tbody { @for g in s.gaps.iter().filter(|g| g.count > 0) {
                tr { td.num { (duration(g.from_s)) } td.num { (duration(g.to_s)) } td.num { (count(g.count)) } } } }
        }
    };
    super::parts::figure(
        &title,
        &html! { "Gaps between lookups, of " (counted(total, "gap", "gaps")) "." },
        &canvas.finish(),
        Some(&data),
    )
}
