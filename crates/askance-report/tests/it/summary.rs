//! The terminal text: its width, its safety, and how it reads.

use askance_case::json::CaseReport;
use askance_report::{explain_text, series_text, terminal};
use unicode_width::UnicodeWidthStr as _;

use crate::fixture::rich;

/// Text without the sequences that the views themselves write.
fn stripped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        out.push_str(&rest[..at]);
        let sequence = &rest[at + 2..];
        let end = sequence.find('m').expect("only colours and weights");
        assert!(sequence[..end].chars().all(|c| c.is_ascii_digit() || c == ';'), "{:?}", &sequence[..end]);
        rest = &sequence[end + 1..];
    }
    out.push_str(rest);
    out
}

pub(crate) fn assert_safe(text: &str, width: usize) {
    let plain = stripped(text);
    for line in plain.lines() {
        assert!(line.width() <= width, "{} > {width}: {line:?}", line.width());
        assert!(!line.chars().any(|c| c.is_control() || c == '\u{202e}' || c == '\u{200b}'), "{line:?}");
    }
}

#[test]
fn no_line_is_wider_than_asked_and_nothing_acts_on_the_terminal() {
    let report = rich();
    for width in [1, 40, 57, 72, 80, 120] {
        for color in [false, true] {
            let room = width.max(40);
            assert_safe(&terminal(&report, width, color), room);
            assert_safe(&series_text(&report.series, width, color), room);
            for s in &report.series {
                assert_safe(&explain_text(s, width, color), room);
            }
        }
    }
    assert_safe(&terminal(&CaseReport::default(), 80, false), 80);
}

#[test]
fn colour_changes_no_word() {
    let report = rich();
    assert_eq!(stripped(&terminal(&report, 80, true)), terminal(&report, 80, false));
}

#[test]
fn the_summary_reads_like_this() {
    insta::assert_snapshot!(terminal(&rich(), 80, false));
}

#[test]
fn hunt_reads_like_this() {
    insta::assert_snapshot!(series_text(&rich().series, 100, false));
}

#[test]
fn explain_reads_like_this() {
    insta::assert_snapshot!(explain_text(&rich().series[1], 80, false));
}

#[test]
fn a_survey_reads_like_this() {
    let survey = &rich().surveys[0];
    let lines: String = survey.results.iter().map(|r| askance_report::survey_line(r, 80, false)).collect();
    let text = lines + &askance_report::survey_summary(&survey.results, &survey.networks, 80, false);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text, @r#"
    198.51.100.25    send-only    rcpt 550 5.7.1 lvpmta25.crm.e…accept mail from you
    198.51.100.26    <script>alert(1)</script>\u{1b}[2J\u{202e}gpj.exe\u{200b}'"&  r
    198.51.100.27    filtered     connect: No answer to the connection.
    Classes ────────────────────────────────────────────────────────────────────────
    1  <script>alert(1)</script>\u{1b}[2J\u{202e}gpj.exe\u{200b}'"&
    1  filtered
    1  send-only

    Neighbours ─────────────────────────────────────────────────────────────────────
    198.51.100.0/24: 4 send-only, 1
      <script>alert(1)</script>\u{1b}[2J\u{202e}gpj.exe\u{200b}'"&; not alike
    203.0.113.0/24: 2 send-only; all told the same, but for names and numbers
    "#);
}
