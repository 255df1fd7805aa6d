//! 11: what would settle it, best first.

use maud::{Markup, html};

use super::View;
use super::parts::{absent, mechanism, prose, t};
use crate::chart::{Canvas, Linear};
use crate::format::{count, times};

pub(super) fn section(view: &View<'_>) -> Markup {
    let rows = &view.report.settle;
    if rows.is_empty() {
        return absent("No missing kind of record is known that would separate what survives.");
    }
    let most = rows.iter().map(|r| r.expected_log10_lr).filter(|x| x.is_finite()).fold(1.0, f64::max);
    html! {
        h3 { (t(&format!("{} would separate most", crate::format::capital(&rows[0].record)))) }
        p.sub { "Kinds of records that this case lacks, by how far each is expected to separate the mechanisms that survive. A bar twice as long is a factor squared." }
        div.scroll { table.settle {
            thead { tr { th { "Record" } th { "Expected separation" } th { "Why, and what it would tell apart" } th.num { "Series" } } }
            tbody { @for r in rows { tr {
                th scope="row" { (t(&r.record)) }
                td.sep { (bar(r.expected_log10_lr, most)) (times(r.expected_log10_lr)) }
                td { (prose(&r.why))
                    @if !r.separates.is_empty() { ul.pairs { @for [a, b] in &r.separates { li { (mechanism(a)) " from " (mechanism(b)) } } } } }
                td.num { (count(r.series)) }
            } } }
        } }
    }
}

fn bar(log10: f64, most: f64) -> Markup {
    let mut canvas = Canvas::new("mini", 14.0, &times(log10), "Expected likelihood ratio, logarithmic.");
    canvas.line("base", 0.0, 0.0, 0.0, 14.0);
    canvas.rect("ink", 0.0, 2.0, Linear::new(0.0, most).at(log10), 10.0, "");
    canvas.finish()
}
