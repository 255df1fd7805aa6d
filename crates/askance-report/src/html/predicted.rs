//! Predicted beside observed: small multiples on common axes.

use askance_case::json::{PredictedJson, Profile, Series, SurvivorDrawn};
use maud::{Markup, html};

use super::parts::{mechanism, t};
use super::series::gap_axis;
use crate::chart::{Anchor, Canvas, Linear, lane_path, steps_path};
use crate::format::{Clock, capital, count, counted, duration, fmt_sig, share};
use crate::words::label;
use crate::words::predicted::{differs, name};

/// Units of a strip.
const UNITS: f64 = 1_000.0;
/// Height of each picture, in pixels.
const H: f64 = 56.0;
/// The most instants of one picture: more would only be ink.
const DOTS_MAX: usize = 240;

/// The record, and under it each survivor: days by hours, gaps, hours of the week.
pub(super) fn beside(s: &Series) -> Markup {
    let Some(predicted) = s.predicted.as_ref().filter(|p| !p.survivors.is_empty()) else {
        return html! {};
    };
    let span = span(s, predicted);
    let tallest = Tallest::of(predicted);
    html! {
        h4 { (t(&finding(predicted))) }
        p.sub { (t(&which(s, predicted))) " matched to the record and drawn " (counted(predicted.draws, "time", "times"))
            " through the same vantage. Left stands one draw, a dot for each lookup, or none; gaps and hours are those of all draws. All rows share their axes." }
        div.beside {
            div.beside-row.beside-head {
                span { } span { "Days across, hours (UTC) down" } span { "Gaps between bursts, 1 s to 30 d" } span { "Week (UTC), from Monday" }
            }
            div.beside-row {
                p.beside-name { strong { "Recorded" } span.muted { (counted(s.n, "lookup", "lookups")) } }
                (row(&s.ticks_ms, &predicted.observed, span, &tallest, "recorded"))
            }
            @for survivor in &predicted.survivors {
                div.beside-row {
                    p.beside-name { (mechanism(&survivor.mechanism)) span.muted { (t(&differs(survivor))) } }
                    (row(&survivor.ticks_ms, &survivor.mean, span, &tallest, &label(&survivor.mechanism)))
                }
            }
        }
        details.data { summary { "Figures of these draws" } div.scroll { (data(predicted)) } }
    }
}

/// Which survivors were drawn: all, or only those nearest to the best.
fn which(s: &Series, predicted: &PredictedJson) -> String {
    let (drawn, all) = (predicted.survivors.len() as u64, s.set.len() as u64);
    match (drawn, all) {
        (1, 1) => "The one mechanism that survives was".to_owned(),
        (n, all) if n < all => {
            format!("The {} nearest of the {} mechanisms that survive were each", count(n), count(all))
        }
        _ => "Each mechanism that survives was".to_owned(),
    }
}

/// Which survivors make such a record.
fn finding(predicted: &PredictedJson) -> String {
    let (unlike, like): (Vec<&SurvivorDrawn>, Vec<&SurvivorDrawn>) =
        predicted.survivors.iter().partition(|s| !s.differs.is_empty());
    let names = |of: &[&SurvivorDrawn]| {
        let names: Vec<String> = of.iter().map(|s| label(&s.mechanism)).collect();
        crate::words::listed(&names, "and")
    };
    match (like.is_empty(), unlike.is_empty()) {
        (false, true) => "Predicted beside observed: each one drawn makes such a record".to_owned(),
        (true, _) => "Predicted beside observed: each one drawn differs from the record somewhere".to_owned(),
        (false, false) => format!(
            "Predicted beside observed: draws of {} look like the record, those of {} differ somewhere",
            names(&like),
            names(&unlike)
        ),
    }
}

/// First and last instant of any row.
fn span(s: &Series, predicted: &PredictedJson) -> (f64, f64) {
    const DAY_MS: i64 = 86_400_000;
    let ends = |all: &[i64]| all.first().copied().zip(all.last().copied());
    let drawn = predicted.survivors.iter().filter_map(|p| ends(&p.ticks_ms));
    let recorded = Clock::ms(&s.first).zip(Clock::ms(&s.last));
    let (mut from, mut to) = (i64::MAX, i64::MIN);
    for (a, b) in drawn.chain(recorded) {
        (from, to) = (from.min(a), to.max(b));
    }
    let day = |ms: i64| ms.div_euclid(DAY_MS) * DAY_MS;
    if from > to { (0.0, 1.0) } else { (day(from) as f64, (day(to) + DAY_MS) as f64) }
}

/// The highest bar of each kind in any row, for a common scale.
struct Tallest {
    gap: f64,
    hour: f64,
}

impl Tallest {
    fn of(predicted: &PredictedJson) -> Self {
        let all = || predicted.survivors.iter().map(|s| &s.mean).chain([&predicted.observed]);
        let gap = all().flat_map(|p| &p.gap_bins).map(|b| b.count as f64).fold(1.0, f64::max);
        let hour = all().flat_map(thirds).fold(1e-9, f64::max);
        Self { gap, hour }
    }
}

/// Shares by three hours of the week.
fn thirds(profile: &Profile) -> Vec<f64> {
    profile.week_hour_utc.chunks(3).map(|c| c.iter().sum()).collect()
}

fn row(ticks: &[i64], profile: &Profile, span: (f64, f64), tallest: &Tallest, whose: &str) -> Markup {
    html! {
        (days(ticks, span, whose))
        (gaps(profile, tallest, whose))
        (week(profile, tallest, whose))
    }
}

/// A dot for each lookup: days across, hours of the day down.
fn days(ticks: &[i64], (from, to): (f64, f64), whose: &str) -> Markup {
    use core::fmt::Write as _;
    let step = ticks.len().div_ceil(DOTS_MAX).max(1);
    let x = Linear::within(from, to, 0.0, UNITS);
    let mut d = String::new();
    for &ms in ticks.iter().step_by(step) {
        let hour = ms.rem_euclid(86_400_000) as f64 / 3_600_000.0;
        write!(d, "M{:.0} {:.1}h0", x.at(ms as f64), 2.0 + hour / 24.0 * (H - 4.0)).expect("a string takes all");
    }
    let mut canvas = frame(&format!("Lookups by day and hour, {whose}"), "Days across, hours of the day in UTC down.");
    if ticks.is_empty() {
        canvas.text("tick", 0.0, H / 2.0 + 4.0, Anchor::Start, "none");
    }
    canvas.strip("dots", [0.0, 0.0, 100.0, H], UNITS, &d);
    canvas.finish()
}

fn gaps(profile: &Profile, tallest: &Tallest, whose: &str) -> Markup {
    let bars = profile.gap_bins.iter().map(|g| {
        let (a, b) = (gap_axis().at(g.from_s) * UNITS / 100.0, gap_axis().at(g.to_s) * UNITS / 100.0);
        (a, b.max(a + 6.0), g.count as f64 / tallest.gap * H)
    });
    let middle = profile.gaps_s.get(2).copied().unwrap_or(0.0);
    let mut canvas = frame(
        &format!("Gaps between bursts, {whose}: median {}", duration(middle)),
        "Share of gaps by length, 1 s to 30 days, logarithmic.",
    );
    canvas.strip("ink", [0.0, 0.0, 100.0, H], UNITS, &steps_path(bars, H));
    canvas.finish()
}

fn week(profile: &Profile, tallest: &Tallest, whose: &str) -> Markup {
    let width = UNITS / 56.0;
    let bars = thirds(profile)
        .into_iter()
        .enumerate()
        .map(|(k, part)| (k as f64 * width, (k as f64 + 1.0) * width, part / tallest.hour * H));
    let mut canvas = frame(&format!("Hours of the week, {whose}"), "Share of lookups by three hours, Monday first.");
    let nights = (1..7_u8).map(|day| f64::from(day) * UNITS / 7.0);
    canvas.strip("decades", [0.0, 0.0, 100.0, H], UNITS, &lane_path(nights, H));
    canvas.strip("ink", [0.0, 0.0, 100.0, H], UNITS, &steps_path(bars.collect::<Vec<_>>().into_iter(), H));
    canvas.finish()
}

fn frame(title: &str, desc: &str) -> Canvas {
    let mut canvas = Canvas::new("mini", H + 2.0, title, desc);
    canvas.line("base", 0.0, H + 0.5, 100.0, H + 0.5);
    canvas
}

/// The figures in rows, the survivors in columns.
fn data(predicted: &PredictedJson) -> Markup {
    let value = |figure: &str, x: f64| {
        if figure.starts_with("gap-") {
            duration(x)
        } else if figure == "count" {
            fmt_sig(x, 3)
        } else {
            share(x)
        }
    };
    let mut figures: Vec<(&str, f64)> = Vec::new();
    for f in predicted.survivors.iter().flat_map(|s| &s.figures) {
        if !figures.iter().any(|(id, _)| *id == f.figure) {
            figures.push((&f.figure, f.observed));
        }
    }
    html! {
        table.evidence {
            thead { tr { th { "Figure" } th.num { "Recorded" }
                @for s in &predicted.survivors { th { (mechanism(&s.mechanism)) } } } }
            tbody { @for (id, observed) in figures { tr {
                th scope="row" { (t(&capital(&name(id)))) }
                // The distance of the hours depends on whose hours they are compared with.
                td.num { @if id == "week-hour" { "" } @else { (value(id, observed)) } }
                @for s in &predicted.survivors { td {
                    @if let Some(f) = s.figures.iter().find(|f| f.figure == id) {
                        @if id == "week-hour" { (value(id, f.observed)) " against " }
                        (value(id, f.drawn[0])) " to " (value(id, f.drawn[2]))
                        span.muted { " " (share(f.tail)) " of draws as far out" }
                    }
                } }
            } } }
        }
    }
}
