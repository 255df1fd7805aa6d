//! 5: hour by weekday, with what the cache hides.

use askance_case::json::{RhythmPanel, Series};
use maud::{Markup, html};

use super::View;
use super::depth::utc_offset;
use super::parts::{absent, at, figure, generated, marked, t, tagged};
use crate::chart::{Anchor, Canvas, Linear};
use crate::format::{count, counted, duration, fmt_sig, share};
use crate::words::{FEW, rhythm_finding};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// Panels shown open; further ones stand behind a disclosure.
const OPEN_MAX: usize = 6;

pub(super) fn section(view: &View<'_>) -> Markup {
    let (made, panels): (Vec<&RhythmPanel>, Vec<&RhythmPanel>) =
        view.report.rhythm.iter().partition(|p| view.is_generated(&p.source));
    let (open, folded) = panels.split_at(panels.len().min(OPEN_MAX));
    html! {
        @if panels.is_empty() { (absent("There are too few lookups about the subject to show a rhythm.")) }
        @for p in open { (panel(view, p)) }
        @if !folded.is_empty() {
            details { summary { "Further panels (" (folded.len()) ")" } @for p in folded { (panel(view, p)) } }
        }
        @if !made.is_empty() {
            (generated("Hours of generated rows", &html! { @for p in made { (panel(view, p)) } }))
        }
    }
}

fn panel(view: &View<'_>, p: &RhythmPanel) -> Markup {
    let total: u64 = p.week_hour.iter().sum();
    let finding = marked(view.is_generated(&p.source), rhythm_finding(p));
    let subtitle = html! {
        code { (t(&p.name)) } " at " (at(view, &p.source, &p.vantage)) ": " (counted(total, "lookup", "lookups"))
        " over " (length(p.weeks)) ", hours in " (t(&p.zone)) "."
    };
    let body = html! {
        (heat_map(p, &finding))
        (legend(p))
        p.limit {
            @if p.identifiable { "These records can tell people from programs here. " }
            @else { strong { "People or programs? " } "These records cannot tell. " }
            (t(&p.dead_time_note))
        }
        (zones(view, p))
    };
    figure(&finding, &subtitle, &body, Some(&data(view, p)))
}

/// How long a record is: in weeks from one on, else in days or hours.
fn length(weeks: f64) -> String {
    if weeks >= 1.0 || !weeks.is_finite() {
        format!("{} weeks", fmt_sig(weeks, 2))
    } else {
        duration(weeks * 604_800.0)
    }
}

/// The five steps of the colour scale: upper ends as parts of the largest cell.
fn step(n: u64, most: u64) -> usize {
    if n == 0 || most == 0 {
        return 0;
    }
    let part = n as f64 / most as f64;
    [0.2, 0.4, 0.6, 0.8].iter().filter(|edge| part > **edge).count() + 1
}

fn heat_map(p: &RhythmPanel, finding: &str) -> Markup {
    const CELL: f64 = 26.0;
    const BARS: f64 = 40.0;
    const LEFT: f64 = 9.0;
    let most = p.week_hour.iter().copied().max().unwrap_or(0);
    let x = Linear::within(0.0, 24.0, LEFT, 100.0);
    let bottom = BARS + 6.0 + CELL * 7.0;
    let mut canvas = Canvas::new(
        "chart heat",
        bottom + 22.0,
        finding,
        "Lookups by weekday and hour; the bars above add up the weekdays.",
    );
    let by_hour: Vec<u64> = (0..24).map(|h| p.week_hour.iter().skip(h).step_by(24).sum()).collect();
    let top = by_hour.iter().copied().max().unwrap_or(0).max(1);
    for (hour, n) in by_hour.iter().enumerate() {
        let height = *n as f64 / top as f64 * BARS;
        let (left, width) = (x.at(hour as f64), x.at(1.0) - x.at(0.0));
        canvas.rect(
            "ink",
            left + 0.15,
            BARS - height,
            width - 0.3,
            height,
            &format!("{hour:02}:00, all days: {}", counted(*n, "lookup", "lookups")),
        );
    }
    for (d, day) in DAYS.iter().enumerate() {
        let y = BARS + 6.0 + CELL * d as f64;
        canvas.text("tick", 0.0, y + 17.0, Anchor::Start, day);
        for hour in 0..24 {
            let n = p.week_hour.get(d * 24 + hour).copied().unwrap_or(0);
            let hint = format!("{day} {hour:02}:00: {}", counted(n, "lookup", "lookups"));
            let step = step(n, most);
            let (left, width) = (x.at(hour as f64), x.at(1.0) - x.at(0.0));
            canvas.rect(&format!("heat h{step}"), left + 0.1, y + 1.0, width - 0.2, CELL - 2.0, &hint);
            if n > 0 && n < 1000 {
                let middle = left + width / 2.0;
                canvas.text(&format!("cell c{step}"), middle, y + 17.0, Anchor::Middle, &n.to_string());
            }
        }
    }
    for hour in (0..24_u8).step_by(3) {
        let class = if hour % 6 == 3 { "tick t2" } else { "tick" };
        canvas.text(class, x.at(f64::from(hour) + 0.5), bottom + 15.0, Anchor::Middle, &format!("{hour:02}"));
    }
    canvas.finish()
}

fn legend(p: &RhythmPanel) -> Markup {
    let most = p.week_hour.iter().copied().max().unwrap_or(0);
    let edges = [0.2, 0.4, 0.6, 0.8, 1.0].map(|part| (part * most as f64).floor());
    html! {
        p.legend {
            "Lookups in an hour of the week: "
            span.key { span.swatch.h0 { } "0" }
            // Of few lookups some shades hold no whole number.
            @for (i, edge) in edges.iter().enumerate().filter(|(i, edge)| **edge > i.checked_sub(1).map_or(0.0, |k| edges[k])) {
                span.key { span class={ "swatch h" (i + 1) } { } "to " (fmt_sig(*edge, 4)) }
            }
        }
    }
}

/// What the hours would say of a time zone if a person's day made them.
fn zones(view: &View<'_>, p: &RhythmPanel) -> Markup {
    let fits = |s: &&&Series| s.tap == p.source && (s.name == p.name || s.members.contains(&p.name));
    let Some(series) =
        view.subjects.iter().filter(fits).filter(|s| !s.rhythm.zones.is_empty() && s.n >= FEW).max_by_key(|s| s.n)
    else {
        return html! {};
    };
    let zones: Vec<_> = series.rhythm.zones.iter().take(6).collect();
    let synthetic = view.is_generated(&p.source);
    let title = format!("Weight of time zones for {} if a person's day made its lookups", series.client);
    let title = marked(synthetic, title);
    let mut canvas = Canvas::new("chart", 24.0 * zones.len() as f64 + 4.0, &title, "One bar for each offset from UTC.");
    for (i, z) in zones.iter().enumerate() {
        let y = 24.0 * i as f64;
        let width = z.weight.clamp(0.0, 1.0) * 60.0;
        canvas.text("lane", 0.0, y + 16.0, Anchor::Start, &utc_offset(z.offset_h));
        canvas.rect(
            if p.identifiable { "mark f-human" } else { "mark f-none" },
            22.0,
            y + 4.0,
            width.max(0.2),
            16.0,
            "",
        );
        canvas.text("lane-n", 23.0 + width, y + 16.0, Anchor::Start, &share(z.weight));
    }
    html! {
        details.data {
            summary { "Which time zone, if a person's day made it" (tagged(view, &p.source)) }
            p.small { (t(&title)) ". " @if !p.identifiable { "Since these records cannot tell people from programs here, this is a supposition, not a finding." } }
            (canvas.finish())
        }
    }
}

fn data(view: &View<'_>, p: &RhythmPanel) -> Markup {
    html! {
        table.hours {
            thead { tr { th { "Day" } @for h in 0..24 { th.num { (format!("{h:02}")) } } } }
            tbody { @for (d, day) in DAYS.iter().enumerate() { tr {
                th scope="row" { (day) (tagged(view, &p.source)) }
                @for h in 0..24 { td.num { (count(p.week_hour.get(d * 24 + h).copied().unwrap_or(0))) } }
            } } }
        }
    }
}
