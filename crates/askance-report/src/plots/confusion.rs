//! Labels beside answers.

use std::collections::BTreeSet;

use askance_case::{Confusion, Origin};
use maud::Markup;

use super::frame::WIDTH;
use crate::chart::{Anchor, Canvas};

/// Where the table begins, and the height of a row, in units; longer labels are cut to so many letters.
const LEFT: f64 = 222.0;
const TOP: f64 = 186.0;
const ROW: f64 = 26.0;
const LABEL_MAX: usize = 34;
/// What slanted names need to the right of the last column.
const RIGHT: f64 = 52.0;
/// The widest column.
const COLUMN_MAX: f64 = 44.0;

/// - `words`: what was taken away
/// - returns: none where nothing was left
pub(super) fn draw(counts: &Confusion, origin: Origin, words: &str) -> Option<Markup> {
    let answers: BTreeSet<&str> = counts.values().flat_map(|row| row.keys().map(String::as_str)).collect();
    let all: u64 = counts.values().flat_map(|row| row.values()).sum();
    if all == 0 {
        return None;
    }
    let hits = |label: &str, answer: &str| label.split('+').any(|part| part == answer);
    let right: u64 = counts
        .iter()
        .flat_map(|(label, row)| row.iter().filter(|(answer, _)| hits(label, answer)).map(|(_, n)| n))
        .sum();
    let (first, rest) = words.split_at(words.chars().next().map_or(0, char::len_utf8));
    let words = first.to_uppercase() + rest;
    let finding = format!("{words}: {:.0} % of first answers are right", 100.0 * right as f64 / all as f64);
    let sub = format!(
        "{all} {} series; rows: labels; columns: first answers; shade: share of a row; framed: right",
        origin.as_str()
    );
    let height = TOP + ROW * counts.len() as f64 + 8.0;
    let mut canvas = Canvas::drawing("plot", WIDTH, height, &finding, &sub);
    canvas.words("finding", 3.0, 22.0, Anchor::Start, &finding);
    canvas.words("sub", 3.0, 44.0, Anchor::Start, &sub);
    let width = ((WIDTH - RIGHT - LEFT) / answers.len() as f64).min(COLUMN_MAX);
    let x = |column: usize| LEFT + width * column as f64;
    for (column, answer) in answers.iter().enumerate() {
        let (at, y) = (x(column) + 0.5 * width + 4.0, TOP - 8.0);
        canvas.open(&format!("transform=\"rotate(-70 {at:.1} {y:.1})\""));
        canvas.words("tick", at, y, Anchor::Start, answer);
        canvas.close();
    }
    for (line, (label, row)) in counts.iter().enumerate() {
        let y = TOP + ROW * line as f64;
        canvas.words("tick", LEFT - 8.0, y + 17.0, Anchor::End, &shortened(label));
        let of: u64 = row.values().sum();
        for (column, answer) in answers.iter().enumerate() {
            let n = row.get(*answer).copied().unwrap_or(0);
            cell(&mut canvas, [x(column), y, width - 2.0, ROW - 2.0], n, of, hits(label, answer));
        }
    }
    Some(canvas.finish())
}

fn cell(canvas: &mut Canvas, [x, y, width, height]: [f64; 4], n: u64, of: u64, right: bool) {
    let share = n as f64 / of.max(1) as f64;
    let shade = [0.0, 0.1, 0.3, 0.6, 0.9].iter().filter(|&&edge| share > edge).count();
    canvas.boxed(&format!("h{shade}"), x, y, width, height);
    if right {
        canvas.boxed("right", x, y, width, height);
    }
    if n > 0 {
        let middle = x + 0.5 * width;
        canvas.words(&format!("cell c{shade}"), middle, y + 16.5, Anchor::Middle, &n.to_string());
    }
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= LABEL_MAX {
        return label.to_owned();
    }
    label.chars().take(LABEL_MAX - 1).chain(['…']).collect()
}
