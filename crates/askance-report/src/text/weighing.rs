//! Hypotheses against evidence, as a table of logarithms.

use askance_case::json::{CaseReport, Weighing, WeighingRow};

use super::page::{Column, Look, Page, Piece, Row};
use crate::format::{count, counted, signed_log};
use crate::words::{Family, label, recorded_first, tap_label, weighing_finding};

/// Columns shown; further ones stand in the page.
const HEADS: [&str; 6] = ["[1]", "[2]", "[3]", "[4]", "[5]", "[6]"];

pub(super) fn write(page: &mut Page, report: &CaseReport) {
    if report.weighing.is_empty() {
        return;
    }
    page.heading("Hypotheses and evidence");
    for w in &report.weighing {
        one(page, report, w);
    }
    let how = "Decimal logarithms of the likelihood ratio against the stated mixture of the others, median over series, \
               tempered and capped: 0 says nothing, +1 ten times for it. Columns are not summed.";
    page.paragraph(0, 0, &[Piece::dim(how)]);
}

fn one(page: &mut Page, report: &CaseReport, w: &Weighing) {
    page.paragraph(0, 2, &[Piece::bold(&w.name), Piece::plain(": "), Piece::plain(&weighing_finding(w))]);
    let order = recorded_first(w);
    for (head, c) in HEADS.iter().zip(order.iter().filter_map(|i| w.columns.get(*i))) {
        let with = if c.beside { ", with mail and flow logs" } else { "" };
        let what = format!("{}{with}: ", tap_label(report, &c.source, &c.vantage));
        let much = format!(
            "{}, {}, {} with a lookup",
            counted(c.lookups, "lookup", "lookups"),
            match (c.told, c.series) {
                (0, 1) => "its one series tells nothing".to_owned(),
                (1, 1) => "its one series tells".to_owned(),
                (0, n) => format!("none of {} series tells", count(n)),
                (told, n) => format!("{} of {} series tell", count(told), count(n)),
            },
            counted(c.days_with, "day", "days")
        );
        page.paragraph(2, 6, &[Piece::plain(head), Piece::plain(" "), Piece::plain(&what), Piece::dim(&much)]);
    }
    let shown = w.columns.len().min(HEADS.len());
    let mut columns = vec![Column { head: "", right: false, cut_to: Some(16) }];
    columns.extend(HEADS[..shown].iter().map(|head| Column { head, right: true, cut_to: None }));
    let (stand, out): (Vec<&WeighingRow>, Vec<&WeighingRow>) =
        w.rows.iter().partition(|row| row.cells.iter().any(|c| c.log10_lr.is_some() || c.excluded.is_empty()));
    let rows: Vec<Row> = stand
        .iter()
        .map(|row| {
            let family = Family::of(&row.mechanism);
            let name = format!("{} {}", family.glyph(), label(&row.mechanism));
            let mut cells = vec![Piece::new(&name, Look::Ink(family.ansi()))];
            cells.extend(order.iter().filter_map(|i| row.cells.get(*i)).take(shown).map(|c| match c.log10_lr {
                Some(lr) if lr >= 1.0 => Piece::bold(&signed_log(lr)),
                Some(lr) => Piece::plain(&signed_log(lr)),
                None if c.excluded.is_empty() => Piece::dim("too few"),
                None => Piece::dim("out"),
            }));
            Row { cells, ..Row::default() }
        })
        .collect();
    page.table(2, &columns, &rows);
    if !out.is_empty() {
        let names: Vec<String> = out.iter().map(|row| label(&row.mechanism)).collect();
        page.paragraph(2, 4, &[Piece::dim(&format!("Out at every source: {}.", names.join(", ")))]);
    }
}
