//! The drawing of the timeline.

use core::fmt::Write as _;

use askance_record::escape_html;
use maud::{Markup, html};

use super::{Group, Lane, Placed};
use crate::chart::{Anchor, Canvas, Linear, lane_path, steps_path};
use crate::format::{counted, duration, middle};
use crate::html::View;
use crate::html::parts::{axis, row_words};

/// Above this many instants in view a lane shows density instead of ticks.
const CROWDED: usize = 240;
/// Widths of density bars, seconds: the first that leaves at most [`BARS_MAX`] of them is used.
const WIDTHS_S: [i64; 14] =
    [60, 300, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000, 31_536_000];
const BARS_MAX: i64 = 240;

/// Width of a lane in the units of its path; the script counts in the same.
const UNITS: f64 = 10_000.0;

/// With at most this many events each gets a row and its words.
const NAMED_MAX: usize = 10;

const FLAG_H: f64 = 18.0;
const TITLE_H: f64 = 28.0;
const LANE_H: f64 = 52.0;
const LABEL_H: f64 = 20.0;
const MARK_H: f64 = 24.0;

pub(super) fn chart(
    view: &View<'_>,
    groups: &[Group],
    events: &[Placed],
    (from, to): (i64, i64),
    finding: &str,
) -> Markup {
    let scale = Linear::new(from as f64, to as f64);
    let rows = flag_rows(events, scale);
    let top = FLAG_H * (rows.iter().max().map_or(0, |r| r + 1) as f64) + 4.0;
    let bottom = top + groups.iter().map(|g| TITLE_H + LANE_H * g.lanes.len() as f64).sum::<f64>();
    let desc = format!("Lookups of {} lanes over time, with {} events.", lane_count(groups), events.len());
    let attributes = format!(
        " data-from=\"{from}\" data-to=\"{to}\" data-top=\"{top}\" data-bottom=\"{bottom}\" data-crowded=\"{CROWDED}\""
    );
    let mut canvas = Canvas::with(&attributes, "chart timeline", bottom + 26.0, finding, &desc);
    canvas.open("class=\"axis\"");
    let ticks: Vec<(f64, String)> =
        view.clock.ticks(from, to, 8).into_iter().map(|tick| (scale.at(tick.at_ms as f64), tick.label)).collect();
    axis(&mut canvas, &ticks, top, bottom);
    canvas.close();
    for event in events {
        band(&mut canvas, event, scale, (top, bottom));
    }
    for (group, y) in stacked(groups, top) {
        for (i, lane) in group.lanes.iter().enumerate() {
            let base = y + TITLE_H + LANE_H * i as f64 + LABEL_H;
            marks(&mut canvas, lane, group, base, (from, to));
        }
    }
    for (event, row) in events.iter().zip(&rows) {
        let y = FLAG_H * (*row as f64 + 1.0);
        pole(&mut canvas, event, scale, y, bottom);
    }
    // Words come last, with a rim in the page's colour, so that no line crosses them.
    for (group, y) in stacked(groups, top) {
        group_words(&mut canvas, group, y);
    }
    for (event, row) in events.iter().zip(&rows) {
        let y = FLAG_H * *row as f64 + 13.0;
        flag(&mut canvas, event, scale, y, events.len() <= NAMED_MAX);
    }
    html! {
        div.timeline-box data-zone=(view.clock.zone()) {
            div.tools hidden { }
            (canvas.finish())
            p.readout aria-live="polite" { }
        }
    }
}

fn lane_count(groups: &[Group]) -> usize {
    groups.iter().map(|g| g.lanes.len()).sum()
}

fn group_words(canvas: &mut Canvas, group: &Group, y: f64) {
    let title = middle(&group.title, 60);
    canvas.text("group", 0.0, y + 20.0, Anchor::Start, &title);
    for (i, lane) in group.lanes.iter().enumerate() {
        let y = y + TITLE_H + LANE_H * i as f64 + 14.0;
        let family = Some(lane.family);
        row_words(canvas, y, family, &lane.client, &lane.about, &counted(lane.n, "lookup", "lookups"));
    }
}

/// Each group with the height at which it starts.
fn stacked(groups: &[Group], top: f64) -> impl Iterator<Item = (&Group, f64)> {
    groups.iter().scan(top, |y, group| {
        let start = *y;
        *y += TITLE_H + LANE_H * group.lanes.len() as f64;
        Some((group, start))
    })
}

/// Which row each flag stands in: a row of its own where it carries words, else so that numbers stay apart.
fn flag_rows(events: &[Placed], scale: Linear) -> Vec<usize> {
    const APART: f64 = 5.0;
    if events.len() <= NAMED_MAX {
        return (0..events.len()).collect();
    }
    let mut ends: Vec<f64> = Vec::new();
    events
        .iter()
        .map(|event| {
            let x = scale.at(event.middle() as f64);
            let row = ends.iter().position(|end| x - end >= APART).unwrap_or(ends.len());
            if row == ends.len() {
                ends.push(x);
            } else {
                ends[row] = x;
            }
            row
        })
        .collect()
}

/// The stretch in which an event of unknown clock time lies.
fn band(canvas: &mut Canvas, event: &Placed, scale: Linear, (top, bottom): (f64, f64)) {
    if !event.is_instant() {
        let (x, end) = (scale.at(event.not_before as f64), scale.at(event.not_after as f64));
        let attributes = format!(" data-a=\"{}\" data-b=\"{}\"", event.not_before, event.not_after);
        canvas.rect_with(&attributes, "band", [x, top, (end - x).max(0.2), bottom - top], &event.what);
    }
}

/// The line of an event at a known instant; a band has none, since nothing is known of its middle.
fn pole(canvas: &mut Canvas, event: &Placed, scale: Linear, y: f64, bottom: f64) {
    if event.is_instant() {
        let at = event.middle();
        let x = scale.at(at as f64);
        canvas.line_with(&format!(" data-t=\"{at}\""), "event", [x, y, x, bottom]);
    }
}

/// The number of an event, with its words on the side that has more room, where they fit there whole.
fn flag(canvas: &mut Canvas, event: &Placed, scale: Linear, y: f64, named: bool) {
    /// Characters that fit across a narrow and a wide page.
    const NARROW: f64 = 58.0;
    const WIDE: f64 = 130.0;
    let at = event.middle();
    let x = scale.at(at as f64);
    let attributes = format!(" data-t=\"{at}\"");
    canvas.text_with(&attributes, "flag", (x, y), Anchor::inside(x), &event.number.to_string());
    let (anchor, dx, room) = if x < 50.0 { (Anchor::Start, 14, 100.0 - x) } else { (Anchor::End, -14, x) };
    let length = |text: &str| text.chars().count() as f64 + 4.0;
    if !named || length(&event.short) > room / 100.0 * WIDE {
        return;
    }
    let attributes = format!(" data-t=\"{at}\" dx=\"{dx}\"");
    let mut words = |class: &str, text: &str| {
        canvas.text_with(&attributes, class, (x, y), anchor, text);
    };
    if length(&event.short) <= room / 100.0 * NARROW {
        words("flag-words", &event.short);
        return;
    }
    words("flag-words t2", &event.short);
    // What stands before the first comma may fit where the whole does not.
    let clause = event.short.split(',').next().unwrap_or_default();
    if length(clause) <= room / 100.0 * NARROW {
        words("flag-words narrow", clause);
    }
}

/// The lane itself, its holes and its lookups.
fn marks(canvas: &mut Canvas, lane: &Lane, group: &Group, base: f64, (from, to): (i64, i64)) {
    canvas.rect("lane-box", 0.0, base, 100.0, MARK_H, "");
    if group.synthetic {
        canvas.rect("gen", 0.0, base, 100.0, MARK_H, "generated rows");
    }
    let scale = Linear::new(from as f64, to as f64);
    for (a, b) in &group.holes {
        let (x, end) = (scale.at(*a as f64), scale.at(*b as f64));
        let hint = format!("no records for {}", duration((b - a) as f64 / 1000.0));
        canvas.rect_with(&format!(" data-a=\"{a}\" data-b=\"{b}\""), "hole", [x, base, end - x, MARK_H], &hint);
    }
    canvas.open(&format!(
        "class=\"marks {}\" data-h=\"{MARK_H}\" data-name=\"{}\" data-start=\"{}\" data-ticks=\"{}\"",
        lane.family.class(),
        escape_html(&lane.client),
        lane.ticks.first().copied().unwrap_or(0),
        deltas(&lane.ticks)
    ));
    let scale = Linear::within(from as f64, to as f64, 0.0, UNITS);
    if lane.ticks.len() <= CROWDED {
        let d = lane_path(lane.ticks.iter().map(|ms| scale.at(*ms as f64)), MARK_H);
        canvas.strip("stroke", [0.0, base, 100.0, MARK_H], UNITS, &d);
    } else {
        canvas.strip("fill", [0.0, base, 100.0, MARK_H], UNITS, &density(&lane.ticks, scale, (from, to)));
    }
    canvas.close();
}

/// Bars of a round width, the highest as high as the lane.
fn density(ticks: &[i64], scale: Linear, (from, to): (i64, i64)) -> String {
    let width = WIDTHS_S.iter().map(|s| s * 1000).find(|w| (to - from) / w <= BARS_MAX).unwrap_or(to - from).max(1);
    let mut bars: Vec<(i64, u32)> = Vec::new();
    for at in ticks {
        let bar = (at - from).div_euclid(width);
        match bars.last_mut() {
            Some((last, n)) if *last == bar => *n += 1,
            _ => bars.push((bar, 1)),
        }
    }
    let most = bars.iter().map(|b| b.1).max().unwrap_or(1);
    let shapes = bars.into_iter().map(|(bar, n)| {
        let start = from + bar * width;
        let height = (f64::from(n) / f64::from(most) * MARK_H).max(2.0);
        (scale.at(start as f64), scale.at((start + width) as f64), height)
    });
    steps_path(shapes, MARK_H)
}

/// The instants as differences in milliseconds, base 36: what the script zooms with.
fn deltas(ticks: &[i64]) -> String {
    let mut out = String::with_capacity(ticks.len() * 6);
    for pair in ticks.windows(2) {
        if !out.is_empty() {
            out.push(' ');
        }
        base36(&mut out, pair[1].abs_diff(pair[0]));
    }
    out
}

fn base36(out: &mut String, mut n: u64) {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit(u32::try_from(n % 36).expect("below 36"), 36).expect("below 36"));
        n /= 36;
        if n == 0 {
            break;
        }
    }
    for c in digits.iter().rev() {
        out.write_char(*c).expect("writing to a String cannot fail");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_travel_as_differences() {
        assert_eq!(deltas(&[1000, 1035, 1036, 4600]), "z 1 2r0");
        assert_eq!(deltas(&[5]), "");
    }

    #[test]
    fn bars_start_on_the_axis_and_the_highest_fills_the_lane() {
        let hour = 3_600_000;
        let ticks = [0, 1, 2, 30 * hour];
        let scale = Linear::within(0.0, (100 * hour) as f64, 0.0, 10_000.0);
        assert_eq!(density(&ticks, scale, (0, 100 * hour)), "M0 24V0H50V24zM3000 24V16H3050V24z");
    }
}
