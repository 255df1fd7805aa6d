//! The summary of a case.

use askance_case::json::{CaseReport, ClaimResult, ClaimTest, ConnectionRow, LedgerJson, Series, SettleRow, Source};

use super::page::{Column, Look, Page, Piece, Row};
use super::series::{MADE, bar, table};
use crate::format::{Clock, capital, count, counted, share};
use crate::words::settle::{HELPS, days_phrase, separation_phrase};
use crate::words::{Verdict, connections_finding, is_generated, not_assessable, party_name, tap_label, who_finding};

/// Series of one source shown in the summary; further ones are counted.
const SERIES_MAX: usize = 12;
const SETTLE_MAX: usize = 5;
const CLIENTS_MAX: usize = 5;
const PANELS_MAX: usize = 2;
const CONNECTIONS_MAX: usize = 8;

pub(super) fn write(page: &mut Page, report: &CaseReport) {
    let clock = Clock::of(&report.case);
    let title = if report.case.title.is_empty() { "A case without a title" } else { &report.case.title };
    page.paragraph(0, 0, &[Piece::bold(title)]);
    if !report.case.question.is_empty() {
        page.paragraph(0, 0, &[Piece::plain(&report.case.question)]);
    }
    answer(page, report, &clock);
    records(page, report, &clock);
    series(page, report);
    who(page, report);
    connections(page, report);
    super::survey::of_case(page, report, &clock);
    super::weighing::write(page, report);
    claims(page, report);
    settle(page, report);
    if !report.method.reproduce.is_empty() {
        page.gap();
        page.paragraph(0, 2, &[Piece::dim("Reproduce: "), Piece::plain(&report.method.reproduce)]);
    }
}

fn answer(page: &mut Page, report: &CaseReport, clock: &Clock) {
    let a = &report.answer;
    page.heading("Answer");
    if !a.headline.is_empty() {
        page.paragraph(0, 0, &[Piece::bold(&a.headline)]);
    }
    for line in &a.lines {
        page.paragraph(0, 2, &[Piece::dim("- "), Piece::plain(line)]);
    }
    let mut span =
        format!("{} of the subject, of {} read", counted(a.lookups_about, "lookup", "lookups"), count(a.lookups));
    if let (Some(first), Some(last)) = (&a.first, &a.last) {
        span = format!("{span}; {} to {} ({})", clock.day(first), clock.day(last), clock.zone());
    }
    page.paragraph(0, 0, &[Piece::dim(&format!("{span}."))]);
}

fn records(page: &mut Page, report: &CaseReport, clock: &Clock) {
    page.heading("What these records are");
    if report.sources.is_empty() {
        page.paragraph(0, 0, &[Piece::dim("The case names no source.")]);
    }
    let of = |synthetic: bool| report.sources.iter().filter(move |s| s.synthetic == synthetic);
    let (read, kept): (Vec<&Source>, Vec<&Source>) =
        of(false).chain(of(true)).partition(|s| s.ledger.units_in > 0 || s.error.is_some() || s.first.is_some());
    if !kept.is_empty() {
        let files = counted(kept.len() as u64, "source", "sources");
        page.paragraph(0, 2, &[Piece::dim(&format!("{files} without lookups, flows or mail: zone files, surveys"))]);
    }
    for source in read {
        let what = if source.vantage.is_empty() { &source.kind } else { &source.vantage };
        let span = source.first.as_ref().zip(source.last.as_ref());
        let span =
            span.map_or_else(|| "no record".to_owned(), |(a, b)| format!("{} to {}", clock.day(a), clock.day(b)));
        page.paragraph(
            0,
            2,
            &[
                Piece::bold(&source.id),
                Piece::plain(if source.synthetic { " (synthetic)" } else { "" }),
                Piece::plain(&format!(": {what}, {}, {span}; ", source.format)),
                Piece::dim(&ledger(&source.ledger)),
            ],
        );
        for row in &source.ledger.rejected {
            page.paragraph(
                4,
                6,
                &[Piece::dim(&format!("rejected: {} × {}, first at {}", count(row.count), row.reason, row.first_at))],
            );
        }
        if !source.note.is_empty() {
            page.paragraph(4, 6, &[Piece::plain(&source.note)]);
        }
        notices(page, source);
    }
}

fn notices(page: &mut Page, source: &Source) {
    if let Some(error) = &source.error {
        page.paragraph(2, 4, &[Piece::bold("Not read to its end: "), Piece::plain(error)]);
    }
    if source.sha256_matches == Some(false) {
        page.paragraph(2, 4, &[Piece::bold("The file's SHA-256 differs from the one that the case declares.")]);
    }
}

fn ledger(ledger: &LedgerJson) -> String {
    let rejected: u64 = ledger.rejected.iter().map(|r| r.count).sum();
    let mut parts: Vec<String> = [
        (ledger.lookups, "lookup", "lookups"),
        (ledger.flows, "flow", "flows"),
        (ledger.mail, "mail event", "mail events"),
        (ledger.paired, "paired", "paired"),
        (ledger.counts, "count", "counts"),
    ]
    .into_iter()
    .filter(|p| p.0 > 0)
    .map(|(n, one, many)| counted(n, one, many))
    .collect();
    parts.push(format!("{} rejected", count(rejected)));
    format!("{} read = {}", counted(ledger.units_in, "unit", "units"), parts.join(" + "))
}

fn series(page: &mut Page, report: &CaseReport) {
    let mut subjects: Vec<&Series> = report.series.iter().filter(|s| s.subject).collect();
    let made = |s: &Series| is_generated(report, &s.tap);
    subjects.sort_by(|a, b| (made(a), &a.tap).cmp(&(made(b), &b.tap)).then(b.n.cmp(&a.n)));
    page.heading("Series about the subject");
    if subjects.is_empty() {
        page.paragraph(0, 0, &[Piece::dim("No lookup about the subject is in the records.")]);
        return;
    }
    let several = subjects.iter().any(|s| s.name != subjects[0].name);
    for group in subjects.chunk_by(|a, b| a.tap == b.tap) {
        page.paragraph(0, 2, &[Piece::plain(&format!("At {}", tap_label(report, &group[0].tap, &group[0].vantage)))]);
        let shown = group.get(..SERIES_MAX).unwrap_or(group);
        table(page, shown, several, made(group[0]));
        let rest = group.len() - shown.len();
        if rest > 0 {
            page.paragraph(
                0,
                0,
                &[Piece::dim(&format!("and {} in the report", counted(rest as u64, "more series", "more series")))],
            );
        }
        page.gap();
    }
}

fn who(page: &mut Page, report: &CaseReport) {
    let mut panels: Vec<_> = report.who.iter().filter(|p| p.rows.len() > 1).collect();
    panels.sort_by_key(|p| (is_generated(report, &p.source), std::cmp::Reverse(p.rows.len())));
    if !panels.is_empty() {
        page.heading("Who looks up");
    }
    for panel in panels.into_iter().take(PANELS_MAX) {
        page.paragraph(
            0,
            2,
            &[
                Piece::bold(&who_finding(panel)),
                Piece::plain(&format!(" of {} at {}.", panel.name, tap_label(report, &panel.source, ""))),
            ],
        );
        let columns = [
            Column { head: "", right: false, cut_to: Some(12) },
            Column { head: "", right: false, cut_to: Some(4) },
            Column { head: "", right: true, cut_to: None },
            Column { head: "", right: true, cut_to: None },
        ];
        let rows: Vec<Row> = panel
            .rows
            .iter()
            .take(CLIENTS_MAX)
            .map(|r| {
                let party = party_name(report, &r.party);
                let mut name = if party.is_empty() { r.client.clone() } else { format!("{} ({party})", r.client) };
                if is_generated(report, &panel.source) {
                    name = format!("{name} {MADE}");
                }
                let cells = vec![
                    Piece::plain(&name),
                    Piece::new(&bar(r.share, 16), Look::Ink(67)),
                    Piece::plain(&count(r.n)),
                    Piece::plain(&share(r.share)),
                ];
                Row { cells, ..Row::default() }
            })
            .collect();
        page.table(2, &columns, &rows);
        let rest = panel.rows.get(CLIENTS_MAX..).unwrap_or_default();
        if !rest.is_empty() {
            let n: u64 = rest.iter().map(|r| r.n).sum();
            let clients = counted(rest.len() as u64, "further client", "further clients");
            page.paragraph(2, 2, &[Piece::dim(&format!("{clients}: {}", counted(n, "lookup", "lookups")))]);
        }
    }
}

fn connections(page: &mut Page, report: &CaseReport) {
    let rows: Vec<&ConnectionRow> = report.connections.iter().filter(|r| !is_generated(report, &r.source)).collect();
    if rows.is_empty() {
        return;
    }
    page.heading("Lookups and connections");
    let can: Vec<&ConnectionRow> = rows.iter().copied().filter(|r| r.not_assessable.is_empty()).collect();
    if !can.is_empty() {
        page.paragraph(0, 2, &[Piece::plain(&format!("{}.", connections_finding(&can)))]);
    }
    let mut shown = can.clone();
    // Nearest to the asking programs first: their rows are of hosts, not of resolvers.
    shown.sort_by_key(|r| (r.followed > 0, std::cmp::Reverse(r.lookups)));
    for r in shown.iter().take(CONNECTIONS_MAX) {
        let said = format!("{} ({} to {}), chance {}", share(r.p), share(r.p_lo), share(r.p_hi), share(r.chance));
        page.paragraph(
            2,
            4,
            &[Piece::plain(&format!("{} at {}", r.client, r.source)), Piece::dim(": "), Piece::plain(&said)],
        );
    }
    if can.len() > CONNECTIONS_MAX {
        page.paragraph(2, 4, &[Piece::dim(&format!("and {} more in the report", can.len() - CONNECTIONS_MAX))]);
    }
    for (why, rows) in not_assessable(&rows) {
        let clients = counted(rows.len() as u64, "series", "series");
        page.paragraph(2, 4, &[Piece::plain(&format!("cannot be assessed for {clients}: {why}"))]);
    }
}

/// A claim, in quotation marks where the words are verbatim.
fn said(claim: &ClaimResult) -> String {
    if claim.paraphrase { format!("{} [in the editors' words]", claim.text) } else { format!("“{}”", claim.text) }
}

/// Who made a claim, when, and where it is recorded.
fn made_by(report: &CaseReport, claim: &ClaimResult) -> String {
    let when = if claim.said_at.is_empty() { String::new() } else { format!(", {}", claim.said_at) };
    let recorded = if claim.source.is_empty() { String::new() } else { format!(" ({})", claim.source) };
    format!("{}{when}{recorded}", party_name(report, &claim.by))
}

fn claims(page: &mut Page, report: &CaseReport) {
    if report.claims.is_empty() {
        return;
    }
    page.heading("Claims");
    for claim in &report.claims {
        page.paragraph(0, 2, &[Piece::plain(&said(claim)), Piece::dim(&format!(" {}", made_by(report, claim)))]);
        for remark in &claim.wording {
            page.paragraph(
                2,
                4,
                &[
                    Piece::bold("wording "),
                    Piece::plain(&format!("“{}”: {}; ", remark.phrase, remark.why)),
                    Piece::dim(&format!("rather {}", remark.instead)),
                ],
            );
        }
        let (made, recorded): (Vec<&ClaimTest>, Vec<&ClaimTest>) = claim.tests.iter().partition(|test| test.synthetic);
        for (test, made) in
            recorded.into_iter().map(|test| (test, false)).chain(made.into_iter().map(|test| (test, true)))
        {
            let glyph = Verdict::of(&test.verdict).glyph();
            let mut lines = test.finding.lines();
            page.paragraph(
                2,
                4,
                &[
                    Piece::bold(&format!("{glyph} {}", test.verdict)),
                    Piece::dim(&format!(
                        " ({}{}): ",
                        test.kind.replace('-', " "),
                        if made { ", synthetic" } else { "" }
                    )),
                    Piece::plain(lines.next().unwrap_or_default()),
                ],
            );
            for line in lines {
                page.paragraph(4, 6, &[Piece::plain(line)]);
            }
        }
    }
}

fn settle(page: &mut Page, report: &CaseReport) {
    page.heading("What would settle it");
    if report.settle.is_empty() {
        let line = if report.answer.settle.is_empty() {
            "No missing kind of record is known that would separate what survives."
        } else {
            &report.answer.settle
        };
        page.paragraph(0, 0, &[Piece::plain(line)]);
        return;
    }
    let (help, idle): (Vec<&SettleRow>, Vec<&SettleRow>) =
        report.settle.iter().partition(|r| r.expected_log10_lr >= HELPS || !r.expected_log10_lr.is_finite());
    for (i, row) in help.iter().take(SETTLE_MAX).enumerate() {
        let series = if row.of > 0 {
            format!("{} of {}", row.series, counted(row.of, "series", "series"))
        } else {
            counted(row.series, "series", "series")
        };
        page.paragraph(
            0,
            3,
            &[
                Piece::dim(&format!("{}. ", i + 1)),
                Piece::bold(&row.record),
                Piece::plain(&format!(": {}", separation_phrase(row.expected_log10_lr, row.interval))),
                Piece::dim(&format!("; {}, {series}. ", days_phrase(row))),
                Piece::plain(&capital(&row.why)),
            ],
        );
    }
    let rest = help.len().saturating_sub(SETTLE_MAX);
    if rest > 0 {
        page.paragraph(0, 0, &[Piece::dim(&format!("and {rest} more in the report"))]);
    }
    if !idle.is_empty() {
        let names: Vec<&str> = idle.iter().map(|r| r.record.as_str()).collect();
        page.paragraph(
            0,
            3,
            &[Piece::dim(&format!(
                "For telling these mechanisms apart next to nothing is expected of: {}.",
                names.join("; ")
            ))],
        );
    }
}
