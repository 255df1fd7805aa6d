//! 7: does a lookup go with a flow?

use askance_case::json::ConnectionRow;
use maud::{Markup, html};

use super::View;
use super::parts::{absent, axis, figure, generated, mechanism, row_words, stack, t, tagged};
use crate::chart::{Canvas, Linear, nice_ceiling};
use crate::format::{capital, count, counted, duration, share, share_interval};
use crate::words::{connections_finding, not_assessable, party_name};

pub(super) fn section(view: &View<'_>) -> Markup {
    let rows: Vec<&ConnectionRow> = view.report.connections.iter().filter(|r| !view.is_generated(&r.source)).collect();
    let made: Vec<&ConnectionRow> = view
        .report
        .connections
        .iter()
        .filter(|r| view.is_generated(&r.source) && r.not_assessable.is_empty())
        .collect();
    let logged = view.report.sources.iter().any(|s| s.kind == "flow");
    html! {
        @if !logged {
            (absent("No flow log is among the sources, so whether anything was sent after a lookup cannot be assessed. A lookup alone does not show it."))
        } @else if rows.is_empty() {
            (absent("No lookup about the subject was recorded that a flow log could be compared with."))
        } @else {
            (assessed(view, &rows))
        }
        @if logged && !made.is_empty() { (generated("Generated rows beside the flow log", &panel(view, &made))) }
    }
}

fn assessed(view: &View<'_>, rows: &[&ConnectionRow]) -> Markup {
    let can: Vec<&ConnectionRow> = rows.iter().copied().filter(|r| r.not_assessable.is_empty()).collect();
    let cannot = not_assessable(rows);
    html! {
        @if can.is_empty() {
            (absent("The flow log does not cover the clients of the lookups well enough to say whether a flow followed."))
        } @else {
            (panel(view, &can))
            p.limit { "A flow after a lookup does not show that the lookup caused it, nor does the absence of one show that none was made by another path: an address translator or a proxy hides hosts from both logs." }
        }
        @if !cannot.is_empty() {
            h4 { "Where it cannot be assessed" }
            ul { @for (why, group) in &cannot { li { (t(&capital(why))) ": " (clients(view, group)) "." } } }
        }
    }
}

/// The chart of the clients whose flows are known.
fn panel(view: &View<'_>, can: &[&ConnectionRow]) -> Markup {
    let finding = connections_finding(can);
    let window = can.first().map_or(0.0, |r| r.window_s);
    let subtitle = html! {
        "Share of lookups that a flow from the same client to an address in the answer followed within " (duration(window))
        ", for " (counted(can.len() as u64, "series", "series")) " that a flow log covers. Lines are 95\u{a0}% intervals, the upright mark is what chance gives."
    };
    figure(&finding, &subtitle, &chart(view, can, &finding), Some(&data(view, can)))
}

/// Clients by name, as long as there are few of them.
fn clients(view: &View<'_>, rows: &[&ConnectionRow]) -> Markup {
    const NAMED_MAX: usize = 8;
    // One client may stand at several sources.
    let mut once: Vec<&ConnectionRow> = Vec::new();
    for row in rows {
        if !once.iter().any(|seen| seen.client == row.client) {
            once.push(row);
        }
    }
    let rows = once;
    html! {
        @for (i, r) in rows.iter().take(NAMED_MAX).enumerate() {
            @if i > 0 { ", " }
            code { (t(&r.client)) }
            @if !r.party.is_empty() { " (" (t(party_name(view.report, &r.party))) ")" }
        }
        @if rows.len() > NAMED_MAX { " and " (counted((rows.len() - NAMED_MAX) as u64, "other", "others")) }
    }
}

fn chart(view: &View<'_>, rows: &[&ConnectionRow], finding: &str) -> Markup {
    const ROW: f64 = 42.0;
    let hi = rows.iter().flat_map(|r| [r.p_hi, r.chance]).filter(|x| x.is_finite()).fold(0.05, f64::max);
    let hi = nice_ceiling(hi).min(1.0);
    let x = Linear::within(0.0, hi, 1.0, 99.0);
    let bottom = ROW * rows.len() as f64 + 4.0;
    let mut canvas =
        Canvas::new("chart", bottom + 22.0, finding, "One row for each client; the data follow as a table.");
    let marks: Vec<(f64, String)> = (0..=5).map(|i| f64::from(i) / 5.0 * hi).map(|v| (x.at(v), share(v))).collect();
    axis(&mut canvas, &marks, 0.0, bottom);
    for (i, r) in rows.iter().enumerate() {
        let y = ROW * i as f64;
        let party = party_name(view.report, &r.party);
        let much = format!("{} of {} followed", count(r.followed), count(r.lookups));
        row_words(&mut canvas, y + 14.0, None, &r.client, party, &much);
        let at = y + 28.0;
        canvas.line("interval", x.at(r.p_lo), at, x.at(r.p_hi), at);
        canvas.dot("raw", x.at(r.p), at, 5.0, &share_interval(r.p, r.p_lo, r.p_hi));
        canvas.line("cap", x.at(r.chance), at - 8.0, x.at(r.chance), at + 8.0);
    }
    canvas.finish()
}

fn data(view: &View<'_>, rows: &[&ConnectionRow]) -> Markup {
    let columns = [
        ("Client", ""),
        ("Party", ""),
        ("Name", ""),
        ("Mechanism", ""),
        ("Lookups covered", "num"),
        ("Followed by a flow", "num"),
        ("p(flow | lookup), 95\u{a0}%", "num"),
        ("Chance", "num"),
        ("p(lookup | flow)", "num"),
        ("Flows to the address", "num"),
        ("Flows from it", "num"),
    ];
    let cells = |r: &&ConnectionRow| {
        let open =
            view.subjects.iter().any(|s| s.tap == r.source && s.client == r.client && s.name == r.name && s.abstained);
        [
            html! { code { (t(&r.client)) } (tagged(view, &r.source)) },
            t(party_name(view.report, &r.party)),
            html! { code { (t(&r.name)) } },
            html! { @if open { "no answer" } @else { (mechanism(&r.best)) } },
            html! { (count(r.lookups)) },
            html! { (count(r.followed)) },
            html! { (share_interval(r.p, r.p_lo, r.p_hi)) },
            html! { (share(r.chance)) },
            html! { (r.p_lookup_given_flow.map_or_else(|| "no flow".to_owned(), share)) },
            html! { (count(r.flows_to)) },
            html! { (count(r.flows_from)) },
        ]
    };
    stack("", columns, &rows.iter().map(cells).collect::<Vec<_>>())
}
