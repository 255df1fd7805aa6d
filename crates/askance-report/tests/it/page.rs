//! The page as text: nothing hostile acts, nothing is asked of the network, everything is there.

use std::path::Path;

use askance_case::json::{CaseReport, GapBin};
use askance_report::html;

use crate::fixture::rich;
use crate::markup::{assert_balanced, tags};

/// Where a person finds the page of the fixture after the tests ran.
fn written(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(path, page).expect("the test directory can be written");
}

#[test]
fn hostile_text_shows_itself_and_does_nothing() {
    let page = html(&rich());
    written("rich.html", &page);
    assert!(!page.contains("<script>alert"), "markup survived");
    for c in ['\u{1b}', '\u{202e}', '\u{200b}'] {
        assert!(!page.contains(c), "{:x} survived", u32::from(c));
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;\\u{1b}[2J\\u{202e}gpj.exe"));
    assert_eq!(page.matches("<script").count(), 1, "only the page's own script");
    let handlers = tags(&page).into_iter().flat_map(|t| t.attributes).filter(|(name, _)| name.starts_with("on"));
    assert_eq!(handlers.count(), 0);
}

#[test]
fn only_verbatim_words_are_quoted_and_notes_on_sources_are_shown() {
    let mut case = rich();
    case.claims[0].paraphrase = true;
    case.claims[0].text = "In other words".to_owned();
    case.sources[0].note = "A copy of a copy".to_owned();
    let page = html(&case);
    assert!(page.contains("In other words <span class=\"tag\">in the editors' words</span>"));
    assert!(!page.contains("<q>In other words"));
    assert!(page.contains("<q>The address was given"), "a verbatim statement");
    assert!(page.contains("A copy of a copy"));
    let text = askance_report::terminal(&case, 80, false);
    assert!(text.contains("In other words [in the editors' words] Grand Hotel Group"), "{text}");
    assert!(text.contains("A copy of a copy") && !text.contains("“In other words"));
}

#[test]
fn the_page_refers_to_nothing_outside_itself() {
    let page = html(&rich());
    for word in ["src=", "@import", "http://", "https://", "javascript:"] {
        assert!(!page.contains(word), "{word}");
    }
    assert_eq!(page.matches("url(").count(), page.matches("url(#hatch)").count() + page.matches("url(#gen)").count());
    for tag in tags(&page) {
        assert!(!["link", "img", "iframe", "object", "embed", "form", "base"].contains(&tag.name), "<{}>", tag.name);
        for (name, value) in tag.attributes {
            assert!(name != "href" || value.starts_with('#'), "{name}={value}");
            assert!(name != "style", "a style attribute is against the page's own policy");
        }
    }
}

#[test]
fn links_inside_the_page_lead_somewhere() {
    let page = html(&rich());
    let all = tags(&page);
    let ids: Vec<&str> = all.iter().flat_map(|t| &t.attributes).filter(|a| a.0 == "id").map(|a| a.1).collect();
    let mut once = ids.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), ids.len(), "an id twice");
    for (_, target) in all.iter().flat_map(|t| &t.attributes).filter(|a| a.0 == "href") {
        assert!(ids.contains(&target.trim_start_matches('#')), "{target}");
    }
}

#[test]
fn every_chart_has_a_title_and_a_description() {
    let page = html(&rich());
    assert_balanced(&page);
    let all = tags(&page);
    let mut depth = 0_u32;
    let mut charts = 0;
    for (i, tag) in all.iter().enumerate().filter(|(_, t)| t.name == "svg") {
        if tag.closes {
            depth -= 1;
            continue;
        }
        if depth == 0 {
            let next: Vec<&str> = all[i + 1..].iter().take(4).map(|t| t.name).collect();
            assert_eq!(next, ["title", "title", "desc", "desc"], "chart {charts}");
            charts += 1;
        }
        depth += 1;
    }
    assert!(charts > 30, "{charts}");
    assert!(!page.contains("<title></title>"), "a chart without a finding");
}

#[test]
fn an_empty_case_says_so_in_every_section() {
    let page = html(&CaseReport::default());
    written("empty.html", &page);
    assert_balanced(&page);
    assert_eq!(page.matches("<section").count(), 12);
    for words in [
        "The case names no source.",
        "No lookup about the subject was recorded",
        "No flow log is among the sources",
        "The case lists no claim.",
        "a survey is not part of it",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("NaN"));
}

#[test]
fn the_page_calls_no_lookup_a_connection_and_keeps_the_words() {
    let page = html(&rich());
    for words in ["confidence score", "consistent with", "proves"] {
        assert!(!page.contains(words), "{words}");
    }
    assert!(page.contains("A lookup is a question about a name"));
    assert!(page.contains("This is support for cache refresh, small."));
    assert!(page.contains("with every family of mechanisms equally probable beforehand"));
}

#[test]
fn hypotheses_stand_in_rows_and_evidence_in_columns() {
    let page = html(&rich());
    let (_, after) = page.split_once("Hypotheses and evidence").expect("the section");
    let (table, _) = after.split_once("</table>").expect("its table");
    assert!(table.contains("with mail and flow logs sender verification is about 69 times likelier"), "{table}");
    assert_eq!(table.matches("<th scope=\"row\">").count(), 5 + 4, "five hypotheses, four lines of coverage");
    assert_eq!(table.matches(">out<").count(), 4);
    assert!(table.contains("97 of 143 days") && table.contains("97 of 1 day<"), "{table}");
}

#[test]
fn numbers_that_are_not_finite_break_nothing() {
    let mut report = rich();
    for s in &mut report.series {
        (s.log10_lr, s.log10_lr_uncapped, s.log10_lr_cap) = (f64::NAN, f64::INFINITY, f64::NEG_INFINITY);
        s.ttl_s = Some(-1.0);
        s.first = "yesterday".to_owned();
        s.daily = vec![("never".to_owned(), 0)];
        s.gaps.push(GapBin { from_s: 0.0, to_s: f64::NAN, count: 1 });
        s.candidates[0].timing = f64::NAN;
        s.ticks_ms = vec![i64::MAX, i64::MIN, 0];
    }
    for panel in &mut report.rhythm {
        panel.week_hour.truncate(3);
    }
    report.who[0].rows[0].share = f64::NAN;
    report.settle[0].expected_log10_lr = f64::NAN;
    let page = html(&report);
    assert_balanced(&page);
    assert!(!page.contains("NaN") && !page.contains("inf%"));
}

#[test]
fn section_nine_shows_what_mail_servers_said() {
    let page = html(&rich());
    for words in [
        "7 targets, first asked 2016-09-30 10:00, last 2016-09-30 10:05.",
        &"0d7a".repeat(16),
        "of the subject",
        "550 5.7.1 lvpmta25.crm.example does not accept mail from you",
        "Whether it takes mail of those whom it knows is not known.",
        "No answer to the connection.",
        "2 other neighbours are counted below.",
        "2 send-only; all told the same, but for names and numbers",
        "said, reply by reply",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let mut report = rich();
    report.surveys[0].results.iter_mut().for_each(|r| r.subject = false);
    assert!(html(&report).contains("No address of the subject was asked; these are its neighbours."));
    report.surveys[0].results.clear();
    assert!(html(&report).contains("None of its targets is an address of the subject, or a neighbour of one."));
}
