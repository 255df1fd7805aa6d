//! Results of a survey of mail servers as text: a line a target, then what classes and neighbours have in common.

use std::collections::BTreeMap;

use askance_case::json::{CaseReport, SurveyNetwork, SurveyResult};

use super::page::{Column, Look, Page, Piece, Row};
use crate::format::{Clock, count, counted, middle};
use crate::words::survey::{alike_phrase, classes_phrase};

/// Columns of an address; a longer one moves its own line.
const TARGET_WIDTH: usize = 15;
/// Columns of a class: `selective-sender` is moved by what is longer.
const CLASS_WIDTH: usize = 11;
/// Columns of a reply, however narrow the page.
const SAID_MIN: usize = 8;
/// Networks that are listed; further ones are counted.
const NETWORKS_MAX: usize = 40;
/// Neighbours of the subjects that a summary lists.
const NEIGHBOURS_MAX: usize = 8;

/// One target: address, class, the stage that decided, code and text of the reply.
pub(super) fn line(page: &mut Page, result: &SurveyResult) {
    marked(page, "", result);
}

fn marked(page: &mut Page, mark: &str, result: &SurveyResult) {
    let head = format!("{mark}{:<TARGET_WIDTH$}  ", result.target);
    let class = format!("{:<CLASS_WIDTH$}", result.class);
    let stage = match result.code {
        Some(code) => format!("  {} {code} ", result.stage),
        None => format!("  {}: ", result.stage),
    };
    let said = if result.code.is_some() { result.text.as_deref().unwrap_or_default() } else { &result.why };
    let used: usize = [&head, &class, &stage].map(|text| text.chars().count()).iter().sum();
    // Both ends of a reply tell: whom it is about, and what is the matter.
    let said = middle(said, page.width().saturating_sub(used).max(SAID_MIN));
    page.line(0, &[Piece::plain(&head), Piece::new(&class, Look::Bold), Piece::plain(&stage), Piece::plain(&said)]);
}

/// How many targets are of each class, and whether neighbours are alike.
pub(super) fn summary(page: &mut Page, results: &[SurveyResult], networks: &[SurveyNetwork]) {
    let mut classes: BTreeMap<&str, u64> = BTreeMap::new();
    for result in results {
        *classes.entry(&result.class).or_default() += 1;
    }
    let mut classes: Vec<_> = classes.into_iter().collect();
    classes.sort_by_key(|(class, n)| (core::cmp::Reverse(*n), *class));
    page.heading("Classes");
    let rows = classes.iter().map(|(class, n)| row([&count(*n), class]));
    let columns = [("", true), ("", false)].map(|(head, right)| Column { head, right, cut_to: None });
    page.table(0, &columns, &rows.collect::<Vec<_>>());
    page.heading("Neighbours");
    for network in networks.iter().take(NETWORKS_MAX) {
        networks_line(page, network);
    }
    if networks.len() > NETWORKS_MAX {
        let more = counted((networks.len() - NETWORKS_MAX) as u64, "other network", "other networks");
        page.paragraph(0, 2, &[Piece::dim(&format!("and {more}"))]);
    }
}

fn row(cells: [&str; 2]) -> Row {
    Row { cells: cells.map(Piece::plain).to_vec(), ..Row::default() }
}

fn networks_line(page: &mut Page, network: &SurveyNetwork) {
    let said = format!(": {}{}", classes_phrase(network), alike_phrase(network));
    page.paragraph(0, 2, &[Piece::bold(&network.network), Piece::plain(&said)]);
}

/// The surveys of a case: what the subjects' hosts said, and how their neighbours compare.
pub(super) fn of_case(page: &mut Page, report: &CaseReport, clock: &Clock) {
    if report.surveys.is_empty() {
        return;
    }
    page.heading("Mail server survey");
    for survey in &report.surveys {
        let span = match (&survey.first, &survey.last) {
            (Some(first), Some(last)) => format!("; {} to {}", clock.minute(first), clock.minute(last)),
            _ => String::new(),
        };
        let targets = counted(survey.targets, "target", "targets");
        page.paragraph(0, 2, &[Piece::bold(&survey.source), Piece::plain(&format!(": {targets}{span}"))]);
        let (subjects, others): (Vec<_>, Vec<_>) = survey.results.iter().partition(|r| r.subject);
        for result in &subjects {
            marked(page, "* ", result);
        }
        for result in others.iter().take(NEIGHBOURS_MAX) {
            marked(page, "  ", result);
        }
        for network in survey.networks.iter().filter(|n| survey.results.iter().any(|r| in_network(r, n))) {
            networks_line(page, network);
        }
    }
    page.paragraph(
        0,
        0,
        &[Piece::dim("* an address of the subject's. A class says what strangers are told, nothing else.")],
    );
}

fn in_network(result: &SurveyResult, network: &SurveyNetwork) -> bool {
    result.target.parse().is_ok_and(|address| askance_case::survey_network(address) == network.network)
}
