//! The report as text for a terminal.
//!
//! The order and the words are those of the page. No line is wider than asked, and
//! every text of a case is escaped before it is measured, so that neither a control
//! sequence nor a wide character can move anything.

mod claim;
mod page;
mod posture;
mod series;
mod summary;
mod survey;
mod weighing;

use askance_case::json::{CaseReport, ClaimResult, Series, SurveyNetwork, SurveyResult};
use askance_mail::json::Document;

use page::Page;

/// The narrowest page that is laid out; a narrower one is written as if it were this wide.
const WIDTH_MIN: usize = 40;

/// Writes the summary of a case.
///
/// - `width`: columns of the terminal; below 40 it is taken as 40.
/// - `color`: whether to use ANSI colours and weights.
/// - returns: lines that end in a line feed, none wider than `width`.
pub fn terminal(report: &CaseReport, width: usize, color: bool) -> String {
    let mut page = Page::new(width.max(WIDTH_MIN), color);
    summary::write(&mut page, report);
    page.finish()
}

/// Writes series as an aligned table, in the order given: what `hunt` prints.
///
/// - `width`, `color`: as in [`terminal`].
pub fn series_text(series: &[Series], width: usize, color: bool) -> String {
    let mut page = Page::new(width.max(WIDTH_MIN), color);
    let all: Vec<&Series> = series.iter().collect();
    series::table(&mut page, &all, true, false);
    page.finish()
}

/// Writes one series in depth: its candidates, reasons and records; what `explain` prints.
///
/// - `width`, `color`: as in [`terminal`].
pub fn explain_text(series: &Series, width: usize, color: bool) -> String {
    let mut page = Page::new(width.max(WIDTH_MIN), color);
    series::depth(&mut page, series);
    page.finish()
}

/// Writes postures, and a subject beside its fleet: what `posture` prints.
///
/// - `width`, `color`: as in [`terminal`].
pub fn posture_text(document: &Document, width: usize, color: bool) -> String {
    let mut page = Page::new(width.max(WIDTH_MIN), color);
    posture::write(&mut page, document);
    page.finish()
}

/// Writes the comparison of a posture document alone: what `compare` prints.
///
/// - `width`, `color`: as in [`terminal`].
pub fn compared_text(document: &Document, width: usize, color: bool) -> String {
    let mut page = Page::new(width.max(WIDTH_MIN), color);
    posture::write_compared(&mut page, document);
    page.finish()
}

/// Writes the tests of a claim with their numbers and conditions: what `compare` prints of lookups.
///
/// - `width`, `color`: as in [`terminal`].
pub fn claim_text(claim: &ClaimResult, width: usize, color: bool) -> String {
    let mut page = Page::new(width.max(WIDTH_MIN), color);
    claim::write(&mut page, claim);
    page.finish()
}

/// Writes one result of a survey as one line: what `survey` prints as results come.
///
/// - `width`, `color`: as in [`terminal`]; what a server said is cut where the line ends.
pub fn survey_line(result: &SurveyResult, width: usize, color: bool) -> String {
    let mut page = Page::new(width.max(WIDTH_MIN), color);
    survey::line(&mut page, result);
    page.finish()
}

/// Writes how many targets are of each class and how neighbours compare: how `survey` ends.
///
/// - `width`, `color`: as in [`terminal`].
pub fn survey_summary(results: &[SurveyResult], networks: &[SurveyNetwork], width: usize, color: bool) -> String {
    let mut page = Page::new(width.max(WIDTH_MIN), color);
    survey::summary(&mut page, results, networks);
    page.finish()
}
