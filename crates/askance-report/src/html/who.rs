//! 6: who looks up, as recorded and behind the cache.

use askance_case::json::{WhoPanel, WhoRow};
use maud::{Markup, html};

use super::View;
use super::parts::{absent, at, axis, figure, generated, marked, row_words, stack, t, tagged};
use crate::chart::{Anchor, Canvas, Linear, nice_ceiling};
use crate::format::{count, counted, duration, fmt_sig, share, share_interval};
use crate::words::{FEW, party_name, who_finding};

/// Clients drawn in one panel; further ones share a line of text.
const ROWS_MAX: usize = 15;
const OPEN_MAX: usize = 6;

pub(super) fn section(view: &View<'_>) -> Markup {
    let (made, panels): (Vec<&WhoPanel>, Vec<&WhoPanel>) =
        view.report.who.iter().partition(|p| view.is_generated(&p.source));
    let (open, folded) = panels.split_at(panels.len().min(OPEN_MAX));
    html! {
        @if panels.is_empty() { (absent("No client looked the subject up in these records.")) }
        @for p in open { (panel(view, p)) }
        @if !folded.is_empty() {
            details { summary { "Further panels (" (folded.len()) ")" } @for p in folded { (panel(view, p)) } }
        }
        @if !made.is_empty() {
            (generated("Clients in generated rows", &html! { @for p in made { (panel(view, p)) } }))
        }
    }
}

/// Whether the shares of a panel carry an interval, which takes lookups to be a sample, and enough of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spread {
    Shown,
    /// The count is what was published, whole.
    Whole,
    TooFew,
}

impl Spread {
    fn of(view: &View<'_>, p: &WhoPanel) -> Self {
        let total: u64 = p.rows.iter().map(|r| r.n).sum();
        if view.report.sources.iter().any(|s| s.id == p.source && s.format == "counts") {
            Self::Whole
        } else if total < FEW {
            Self::TooFew
        } else {
            Self::Shown
        }
    }
}

fn panel(view: &View<'_>, p: &WhoPanel) -> Markup {
    let total: u64 = p.rows.iter().map(|r| r.n).sum();
    let spread = Spread::of(view, p);
    let finding = marked(view.is_generated(&p.source), who_finding(p));
    let demand = p.rows.iter().any(|r| r.demand_share.is_some());
    let subtitle = html! {
        code { (t(&p.name)) } " at " (at(view, &p.source, &p.vantage)) ": "
        (counted(total, "lookup", "lookups")) " by " (counted(p.rows.len() as u64, "client", "clients")) ". "
        @match spread {
            Spread::Shown => "Filled dots are shares of the lookups recorded, lines their 95\u{a0}% intervals.",
            Spread::Whole => "Filled dots are shares of the lookups that the publisher counted; of a whole count there is no interval.",
            Spread::TooFew => "Filled dots are shares of the lookups recorded; so few carry no interval.",
        }
        @if demand { " Diamonds are shares of the demand behind the caches"
            @if let Some(ttl) = p.ttl_s { ", corrected for a TTL of " (duration(ttl)) } "." }
    };
    let body = html! {
        (chart(view, p, &finding, spread))
        @if p.rows.len() > ROWS_MAX {
            @let rest = p.rows.get(ROWS_MAX..).unwrap_or_default();
            p.small { (counted(rest.len() as u64, "further client", "further clients")) " made "
                (counted(rest.iter().map(|r| r.n).sum(), "lookup", "lookups")) "; they are in the table." }
        }
        p.limit {
            @if spread == Spread::Shown {
                "Intervals and the next number take the lookups for independent draws, which lookups of one cause are not: they are too narrow. "
                "Clients that asked but are not in these records: at most " (share(p.unseen_mass_max)) " of the lookups (95\u{a0}%). "
            }
            @if p.rows.len() > 1 { "Concentration (Herfindahl-Hirschman index): " (fmt_sig(p.hhi, 2)) ". " }
            (t(&p.note))
        }
    };
    figure(&finding, &subtitle, &body, Some(&data(view, p, spread)))
}

fn chart(view: &View<'_>, p: &WhoPanel, finding: &str, spread: Spread) -> Markup {
    const ROW: f64 = 46.0;
    let rows = p.rows.get(..ROWS_MAX).unwrap_or(&p.rows);
    let top = |r: &WhoRow| if spread == Spread::Shown { r.share_hi } else { r.share };
    let ends = rows.iter().flat_map(|r| [Some(top(r)), r.demand_share, scaled(r, r.demand_hi)]).flatten();
    let hi = nice_ceiling(ends.filter(|x| x.is_finite()).fold(0.01, f64::max)).min(1.0);
    let x = Linear::within(0.0, hi, 1.0, 99.0);
    let bottom = ROW * rows.len() as f64 + 4.0;
    let mut canvas = Canvas::new(
        "chart",
        bottom + 22.0,
        finding,
        "Clients from most to fewest lookups; the data follow as a table.",
    );
    let marks: Vec<(f64, String)> = (0..=5).map(|i| f64::from(i) / 5.0 * hi).map(|v| (x.at(v), share(v))).collect();
    axis(&mut canvas, &marks, 0.0, bottom);
    for (i, row) in rows.iter().enumerate() {
        let y = ROW * i as f64;
        let party = party_name(view.report, &row.party);
        row_words(&mut canvas, y + 14.0, None, &row.client, party, &counted(row.n, "lookup", "lookups"));
        let at = y + 25.0;
        if spread == Spread::Shown {
            canvas.line("interval", x.at(row.share_lo), at, x.at(row.share_hi), at);
        }
        canvas.dot("raw", x.at(row.share), at, 5.0, &said(row, spread));
        if let Some(d) = row.demand_share {
            let at = y + 37.0;
            if let (Some(lo), Some(hi)) = (scaled(row, row.demand_lo), scaled(row, row.demand_hi)) {
                canvas.line("interval second", x.at(lo), at, x.at(hi), at);
            }
            canvas.text("demand", x.at(d), at + 5.0, Anchor::Middle, "◆");
        }
    }
    canvas.finish()
}

/// An end of the demand's interval on the axis of shares, the demand of the others held.
fn scaled(row: &WhoRow, end: Option<f64>) -> Option<f64> {
    let (share, per_day, end) = (row.demand_share?, row.demand_per_day?, end?);
    (per_day > 0.0).then(|| share * end / per_day)
}

/// A share, with its interval where it has one.
fn said(row: &WhoRow, spread: Spread) -> String {
    if spread == Spread::Shown { share_interval(row.share, row.share_lo, row.share_hi) } else { share(row.share) }
}

fn data(view: &View<'_>, p: &WhoPanel, spread: Spread) -> Markup {
    let columns = [
        ("Client", ""),
        ("Party", ""),
        ("Lookups", "num"),
        (if spread == Spread::Shown { "Share (95\u{a0}%)" } else { "Share" }, "num"),
        ("Demand a day (95\u{a0}%)", "num"),
        ("Share of demand", "num"),
        ("Remarks", ""),
    ];
    let cells = |r: &WhoRow| {
        [
            html! { code { (t(&r.client)) } (tagged(view, &p.source)) },
            t(party_name(view.report, &r.party)),
            html! { (count(r.n)) },
            html! { (said(r, spread)) },
            html! { (demand(r)) },
            html! { (r.demand_share.map_or_else(|| "none".to_owned(), share)) },
            t(&r.note),
        ]
    };
    stack("", columns, &p.rows.iter().map(cells).collect::<Vec<_>>())
}

fn demand(r: &WhoRow) -> String {
    let end = |x: Option<f64>| x.map_or_else(|| "unbounded".to_owned(), |x| fmt_sig(x, 2));
    match (r.demand_per_day, r.demand_lo) {
        (Some(x), Some(lo)) => format!("{} ({} to {})", fmt_sig(x, 2), fmt_sig(lo, 2), end(r.demand_hi)),
        (Some(x), None) => fmt_sig(x, 2),
        (None, Some(lo)) => format!("at least {}", fmt_sig(lo, 2)),
        (None, None) => "none".to_owned(),
    }
}
