//! 6: who looks up, as recorded and behind the cache.

use askance_case::json::{WhoPanel, WhoRow};
use maud::{Markup, html};

use super::View;
use super::parts::{absent, axis, figure, row_words, t};
use crate::chart::{Anchor, Canvas, Linear, nice_ceiling};
use crate::format::{count, counted, duration, fmt_sig, share, share_interval};
use crate::words::{party_name, tap_label, who_finding};

/// Clients drawn in one panel; further ones share a line of text.
const ROWS_MAX: usize = 15;
const OPEN_MAX: usize = 6;

pub(super) fn section(view: &View<'_>) -> Markup {
    let panels = &view.report.who;
    if panels.is_empty() {
        return absent("No client looked the subject up in these records.");
    }
    let (open, folded) = panels.split_at(panels.len().min(OPEN_MAX));
    html! {
        @for p in open { (panel(view, p)) }
        @if !folded.is_empty() {
            details { summary { "Further panels (" (folded.len()) ")" } @for p in folded { (panel(view, p)) } }
        }
    }
}

fn panel(view: &View<'_>, p: &WhoPanel) -> Markup {
    let total: u64 = p.rows.iter().map(|r| r.n).sum();
    let finding = who_finding(p);
    let demand = p.rows.iter().any(|r| r.demand_share.is_some());
    let subtitle = html! {
        code { (t(&p.name)) } " at " (t(&tap_label(view.report, &p.source, &p.vantage))) ": "
        (counted(total, "lookup", "lookups")) " by " (counted(p.rows.len() as u64, "client", "clients")) ". "
        "Filled dots are shares of the lookups recorded, lines their 95\u{a0}% intervals."
        @if demand { " Diamonds are shares of the demand behind the caches"
            @if let Some(ttl) = p.ttl_s { ", corrected for a TTL of " (duration(ttl)) } "." }
    };
    let body = html! {
        (chart(view, p, &finding))
        @if p.rows.len() > ROWS_MAX {
            @let rest = p.rows.get(ROWS_MAX..).unwrap_or_default();
            p.small { (counted(rest.len() as u64, "further client", "further clients")) " made "
                (counted(rest.iter().map(|r| r.n).sum(), "lookup", "lookups")) "; they are in the table." }
        }
        p.limit {
            "Clients that asked but are not in these records: at most " (share(p.unseen_mass_max)) " of the lookups (95\u{a0}%). "
            "Concentration (Herfindahl-Hirschman index): " (fmt_sig(p.hhi, 2)) ". " (t(&p.note))
        }
    };
    figure(&finding, &subtitle, &body, Some(&data(view, p)))
}

fn chart(view: &View<'_>, p: &WhoPanel, finding: &str) -> Markup {
    const ROW: f64 = 46.0;
    let rows = p.rows.get(..ROWS_MAX).unwrap_or(&p.rows);
    let ends = rows.iter().flat_map(|r| [Some(r.share_hi), r.demand_share, scaled(r, r.demand_hi)]).flatten();
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
        row_words(&mut canvas, y + 14.0, None, &row.client, party, &count(row.n));
        let at = y + 25.0;
        canvas.line("interval", x.at(row.share_lo), at, x.at(row.share_hi), at);
        canvas.dot(
            "raw",
            x.at(row.share),
            at,
            5.0,
            &format!("recorded: {}", share_interval(row.share, row.share_lo, row.share_hi)),
        );
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

fn data(view: &View<'_>, p: &WhoPanel) -> Markup {
    html! {
        table {
            thead { tr { th { "Client" } th { "Party" } th.num { "Lookups" } th.num { "Share (95\u{a0}%)" } th.num { "Demand a day (95\u{a0}%)" } th.num { "Share of demand" } th { "Remarks" } } }
            tbody { @for r in &p.rows { tr {
                td { code { (t(&r.client)) } }
                td { (t(party_name(view.report, &r.party))) }
                td.num { (count(r.n)) }
                td.num { (share_interval(r.share, r.share_lo, r.share_hi)) }
                td.num { (demand(r)) }
                td.num { (r.demand_share.map_or_else(|| "none".to_owned(), share)) }
                td { (t(&r.note)) }
            } } }
        }
    }
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
