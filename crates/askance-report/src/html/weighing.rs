//! Hypotheses in rows, sources in columns, what each says of each, with its coverage.

use askance_case::json::{Weighing, WeighingCell, WeighingColumn};
use maud::{Markup, html};

use super::View;
use super::depth::shade;
use super::parts::{at, explained, t};
use crate::format::{count, counted, duration, fmt_sig, signed_log};
use crate::words::{recorded_first, weighing_finding};

pub(super) fn section(view: &View<'_>) -> Markup {
    html! {
        @if !view.report.weighing.is_empty() {
            h3 #weighing { "Hypotheses and evidence" }
            p.sub { "What each source says of each hypothesis about the subject, before anybody's claim is looked at." }
            @for w in &view.report.weighing { (matrix(view, w)) }
            p.small {
                "Cells are decimal logarithms of the likelihood ratio of the hypothesis against the stated mixture of all others, tempered and capped: "
                "0 says nothing, +1 ten times for it, " (signed_log(-1.0)) " ten times against it. With several series the cell is their median, and the least and the greatest stand below. "
                "Columns stand beside each other and are not summed: two sources may have recorded the same lookups. "
                "“Out” is a hypothesis that what was recorded rules out; the reason stands with each series."
            }
        }
    }
}

fn matrix(view: &View<'_>, w: &Weighing) -> Markup {
    let order = recorded_first(w);
    let columns: Vec<&WeighingColumn> = order.iter().filter_map(|i| w.columns.get(*i)).collect();
    html! {
        p { strong { code { (t(&w.name)) } } ": " (t(&weighing_finding(w))) }
        div.scroll { table.evidence.weighing {
            thead { tr {
                th { "Hypothesis" }
                @for c in &columns { th.num { (head(view, c)) } }
            } }
            tbody { @for row in &w.rows { tr {
                th scope="row" { (explained(&row.mechanism)) }
                @for (cell, column) in order.iter().filter_map(|i| row.cells.get(*i)).zip(&columns) { (one(cell, column)) }
            } } }
            tfoot {
                tr { th scope="row" { "Greatest less least" } @for c in &columns { td.num { (signed_log(c.spread)) } } }
                tr { th scope="row" { "Lookups" } @for c in &columns { td.num { (count(c.lookups)) } } }
                tr { th scope="row" { "Series that carry an answer" } @for c in &columns { td.num { (count(c.told)) " of " (count(c.series)) } } }
                tr { th scope="row" { "Days with a lookup" } @for c in &columns { td.num { (covered(c.days_with, c.days)) } } }
            }
        } }
    }
}

fn head(view: &View<'_>, c: &WeighingColumn) -> Markup {
    html! {
        (at(view, &c.source, &c.vantage))
        @if c.beside { br; "with mail and flow logs" }
    }
}

fn one(cell: &WeighingCell, column: &WeighingColumn) -> Markup {
    // Where no series carries an answer no cell stands out.
    let class = if column.synthetic { "num gen" } else { shade(cell.log10_lr.filter(|_| column.told > 0)) };
    html! {
        td class=(class) {
            @match cell.log10_lr {
                Some(lr) => (signed_log(lr)),
                None if cell.excluded.is_empty() => span.muted { "too few" },
                None => span.muted title=(t(&cell.excluded)) { "out" },
            }
            @if let (Some(lo), Some(hi), true) = (cell.lo, cell.hi, column.series > 1) {
                br; span.small.muted { (signed_log(lo)) " to " (signed_log(hi)) }
            }
        }
    }
}

/// Days with a lookup, of those covered; of a part of a day its length.
fn covered(with: u64, of: f64) -> String {
    if of < 1.0 {
        format!("{}, within {}", counted(with, "day", "days"), duration(of * 86_400.0))
    } else {
        format!("{} of {}", count(with), days(of))
    }
}

/// Covered days: whole ones from ten on.
fn days(days: f64) -> String {
    let text = if days >= 10.0 { fmt_sig(libm::round(days), 6) } else { fmt_sig(days, 2) };
    let unit = if text == "1" { "day" } else { "days" };
    format!("{text} {unit}")
}
