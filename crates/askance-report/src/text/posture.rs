//! A posture for a terminal.

use askance_mail::json::{Document, FindingJson, FleetJson, PostureJson, StatementJson};

use super::page::{Column, Look, Page, Piece, Row};
use crate::format::counted;
use crate::words::posture::{
    RATIO_WORDS, alike, apart_first, cell, facts, fleet_sentence, gravest_first, interval, letter, naming, ratio,
    roles, short_word, tally, together,
};

/// Columns that labels take.
const LABEL: usize = 18;
/// Rows of the matrix that are shown; further ones are counted.
const ROWS_MAX: usize = 60;
/// Records of one finding that are shown.
const RECORDS_MAX: usize = 4;

pub(super) fn write(page: &mut Page, document: &Document) {
    for posture in &document.postures {
        page.gap();
        self::posture(page, posture);
    }
    compared(page, document);
}

/// The comparison alone, under the name that it is about.
pub(super) fn write_compared(page: &mut Page, document: &Document) {
    for posture in &document.postures {
        headed(page, posture);
    }
    compared(page, document);
}

fn compared(page: &mut Page, document: &Document) {
    if let Some(fleet) = &document.fleet {
        self::fleet(page, fleet);
    }
    if !document.problems.is_empty() {
        page.heading("Not read");
        for (what, why) in &document.problems {
            page.paragraph(0, 2, &[Piece::bold(what), Piece::plain(": "), Piece::plain(why)]);
        }
    }
}

/// The name, and where the answers are from.
fn headed(page: &mut Page, posture: &PostureJson) {
    page.paragraph(0, 0, &[Piece::bold(&posture.name)]);
    let at = posture.at.as_ref().map_or_else(String::new, |at| format!(", {at}"));
    page.paragraph(0, 0, &[Piece::dim(&format!("{}{at}", posture.source))]);
}

fn posture(page: &mut Page, posture: &PostureJson) {
    headed(page, posture);
    page.heading("Facts");
    for (what, lines) in facts(posture) {
        labelled(page, what, lines.iter().map(String::as_str));
    }
    page.heading(&format!("Findings: {}", tally(posture)));
    let sorted = gravest_first(&posture.findings);
    for finding in sorted.iter().filter(|finding| finding.severity != "info") {
        whole(page, finding);
    }
    for finding in sorted.iter().filter(|finding| finding.severity == "info") {
        let code = format!(" ({})", finding.code);
        marked(page, &Piece::dim("info"), &[Piece::plain(&finding.what), Piece::dim(&code)]);
    }
    if !posture.unknown.is_empty() {
        let areas = posture.unknown.join(", ");
        marked(page, &Piece::dim("open"), &[Piece::plain(&format!("something is unknown about: {areas}"))]);
    }
    page.heading("Who has which part");
    for (role, _, statements) in roles(posture) {
        said(page, role, statements);
    }
}

/// A label, and lines beside it.
fn labelled<'a>(page: &mut Page, label: &str, lines: impl Iterator<Item = &'a str>) {
    let mut label = Piece::dim(label);
    for line in lines {
        page.beside(&label, LABEL, &[Piece::plain(line)]);
        label = Piece::plain("");
    }
}

/// The word of a severity, and what is found beside it.
fn marked(page: &mut Page, word: &Piece, pieces: &[Piece]) {
    page.beside(word, 7, pieces);
}

/// A finding with what shows it and a way out.
fn whole(page: &mut Page, finding: &FindingJson) {
    let ink = match finding.severity.as_str() {
        "fault" => Look::Ink(160),
        "warn" => Look::Ink(172),
        _ => Look::Bold,
    };
    marked(page, &Piece::new(&finding.severity, ink), &[Piece::bold(&finding.what)]);
    let section = if finding.section == "-" { String::new() } else { format!("; {}", finding.section) };
    page.paragraph(7, 9, &[Piece::dim(&format!("{}{section}", finding.code))]);
    for record in finding.records.iter().take(RECORDS_MAX) {
        let lookup = format!("{} {}: ", record.rtype, record.name);
        let pieces = if record.text.contains(" IN ") { vec![] } else { vec![Piece::dim(&lookup)] };
        for line in record.text.lines() {
            page.paragraph(7, 9, &[&pieces[..], &[Piece::plain(line)]].concat());
        }
    }
    let more = finding.records.len().saturating_sub(RECORDS_MAX) as u64;
    if more > 0 {
        page.paragraph(7, 9, &[Piece::dim(&format!("and {}", counted(more, "more lookup", "more lookups")))]);
    }
    page.paragraph(7, 9, &[Piece::dim("fix: "), Piece::plain(&finding.fix)]);
}

/// A role with what is said of it, side by side where it differs.
fn said(page: &mut Page, role: &str, statements: &[StatementJson]) {
    if statements.is_empty() {
        labelled(page, role, ["nothing is said of it"].into_iter());
        return;
    }
    let line = |(says, by): (&str, Vec<&StatementJson>)| {
        let shown: Vec<String> = by.iter().take(2).map(|one| source_of(one)).collect();
        let more = if by.len() > 2 { format!(" and {} more", by.len() - 2) } else { String::new() };
        format!("{says}, by {}{more}", shown.join("; "))
    };
    let lines: Vec<String> = together(statements).into_iter().map(line).collect();
    labelled(page, role, lines.iter().map(String::as_str));
}

/// What shows a statement: the record; of a quotation, where it is from.
fn source_of(statement: &StatementJson) -> String {
    if statement.by == "quotation" { format!("{}, quoted", statement.source) } else { statement.by.clone() }
}

fn fleet(page: &mut Page, fleet: &FleetJson) {
    let siblings = counted(fleet.rows.len().saturating_sub(1) as u64, "sibling", "siblings");
    page.heading(&format!("Beside {siblings}"));
    page.paragraph(0, 0, &[Piece::plain(&fleet_sentence(fleet))]);
    page.gap();
    let columns = [
        Column { head: "feature of the subject", right: false, cut_to: Some(16) },
        Column { head: "siblings", right: true, cut_to: None },
        Column { head: "share, 95 %", right: true, cut_to: None },
        Column { head: "LR", right: true, cut_to: None },
        Column { head: "so it is", right: false, cut_to: None },
    ];
    let row = |compared: &&askance_mail::json::ComparedJson| Row {
        cells: vec![
            Piece::plain(&compared.feature),
            Piece::plain(&format!("{} of {}", compared.with, compared.known)),
            Piece::plain(&interval(compared)),
            Piece::plain(&ratio(compared)),
            if short_word(compared) == "apart" { Piece::bold("apart") } else { Piece::plain(short_word(compared)) },
        ],
        below: if short_word(compared) == "apart" { vec![Piece::dim(&compared.value)] } else { Vec::new() },
        ..Row::default()
    };
    let rows: Vec<Row> = apart_first(fleet).iter().map(row).collect();
    page.table(0, &columns, &rows);
    page.paragraph(0, 0, &[Piece::dim(RATIO_WORDS), Piece::dim(".")]);
    template(page, fleet);
    matrix(page, fleet);
}

fn template(page: &mut Page, fleet: &FleetJson) {
    page.heading("How they are named");
    let (Some((headline, members)), Some(template)) = (naming(fleet), &fleet.template) else {
        page.paragraph(0, 0, &[Piece::dim("No one form fits more than half of the names.")]);
        return;
    };
    page.paragraph(0, 2, &[Piece::bold(&headline)]);
    let more = template.members.len() - members.len();
    labelled(page, "such as", members.iter().map(String::as_str));
    if more > 0 {
        labelled(page, "", [format!("and {more} more").as_str()].into_iter());
    }
    let exceptions: Vec<String> = template.exceptions.iter().map(|(name, why)| format!("{name}: {why}")).collect();
    labelled(page, "but not", exceptions.iter().map(String::as_str));
}

/// Names in rows, features in columns. Rows of siblings that look alike stand as one.
fn matrix(page: &mut Page, fleet: &FleetJson) {
    page.heading("Features of each name");
    let legend: Vec<String> = fleet
        .features
        .iter()
        .enumerate()
        .map(|(at, feature)| format!("{} {feature}", letter(at)).replace(' ', "\u{a0}"))
        .collect();
    page.paragraph(
        0,
        0,
        &[Piece::dim(&format!(
            "{} has it  {} has it not  {} unknown",
            cell(Some(true)),
            cell(Some(false)),
            cell(None)
        ))],
    );
    page.paragraph(0, 0, &[Piece::dim(&legend.join("  "))]);
    page.gap();
    let wide = page.width() >= 28 + 2 * fleet.features.len();
    let gap = if wide { " " } else { "" };
    let line = |cells: Vec<char>| cells.iter().map(char::to_string).collect::<Vec<_>>().join(gap);
    let columns = [
        Column { head: "", right: false, cut_to: Some(20) },
        Column { head: "", right: false, cut_to: None },
        Column { head: "", right: true, cut_to: None },
    ];
    let heads = line((0..fleet.features.len()).map(letter).collect());
    let mut rows = vec![Row { cells: vec![Piece::plain(""), Piece::dim(&heads)], ..Row::default() }];
    let groups = alike(&fleet.rows);
    for (at, (row, others)) in groups.iter().take(ROWS_MAX).enumerate() {
        let name = if at == 0 { Piece::bold(&row.name) } else { Piece::plain(&row.name) };
        let cells = line(row.cells.iter().map(|one| cell(*one)).collect());
        let more = if others.is_empty() { String::new() } else { format!("+{}", others.len()) };
        rows.push(Row { cells: vec![name, Piece::plain(&cells), Piece::dim(&more)], ..Row::default() });
    }
    page.table(0, &columns, &rows);
    let left: usize = groups.iter().skip(ROWS_MAX).map(|(_, others)| 1 + others.len()).sum();
    if left > 0 {
        page.paragraph(
            0,
            0,
            &[Piece::dim(&format!(
                "and {} in the JSON and on the page",
                counted(left as u64, "more name", "more names")
            ))],
        );
    }
    if groups.iter().any(|(_, others)| !others.is_empty()) {
        page.paragraph(
            0,
            0,
            &[Piece::dim("+n: so many further siblings look the same; the page and the JSON name them.")],
        );
    }
}
