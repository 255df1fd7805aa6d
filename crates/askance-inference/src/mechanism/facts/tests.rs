//! The registry and its pages say the same.

use std::fs;
use std::path::Path;

use super::super::MechanismId as M;
use crate::population::{Seen, is_decided};

/// What a page says of a mechanism that timing and marks alone never make the answer.
const CANNOT_HEAD: &str = "can stand in the set, but it cannot head the answer";

#[expect(clippy::disallowed_methods, reason = "reads the project's own small files")]
fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The part of a page below a heading of the second level.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no section {heading}"));
    rest.split("\n## ").next().unwrap_or(rest)
}

/// What stands between `open` and `close` at the start of each item of a list.
fn items<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.strip_prefix(open)?.split(close).next()).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_page_says_what_the_registry_says() {
    for m in M::ALL {
        let facts = m.about();
        assert_eq!(facts.page, format!("docs/explanation/mechanisms/{m}.md"));
        let page = read(facts.page);
        let text = one_line(&page);
        assert!(text.contains(facts.summary), "{m}: the page lacks the summary");
        assert!(text.contains(facts.decisive), "{m}: the page lacks the decisive observation");
        let confusable: Vec<&str> = facts.confusable.iter().map(|c| c.as_str()).collect();
        assert_eq!(items(section(&page, "Confused with"), "- [", "]("), confusable, "{m}");
        for other in confusable {
            assert!(page.contains(&format!("- [{other}]({other}.md)")), "{m}: the link to {other}");
        }
        assert_eq!(items(section(&page, "Sources"), "- **", "**"), facts.citations, "{m}");
    }
}

#[test]
fn every_page_tells_what_an_analyst_needs() {
    let headings =
        ["What makes them", "What it looks like", "Decisive observation", "Ask for", "How askance models it"];
    for m in M::ALL {
        let page = read(m.about().page);
        for heading in headings.into_iter().filter(|_| m != M::None) {
            section(&page, heading);
        }
        section(&page, "What would be wrong to conclude");
        assert!(page.contains(&format!("]({m}.svg)")), "{m}: no picture");
        let lines = page.split("```").step_by(2).flat_map(str::lines).count();
        assert!(lines <= 75, "{m}: {lines} lines beside the example, more than a page");
    }
}

#[test]
fn a_page_says_so_where_the_series_alone_cannot_decide() {
    // A firewall object's page speaks of the TTL instead, which nearly every record tells.
    let seen = Seen { free_code: false, ttl_or_flows: true, suffix: false };
    for m in M::ALL {
        let says = one_line(&read(m.about().page)).contains(CANNOT_HEAD);
        assert_eq!(says, !is_decided(m, None, seen), "{m}: the page and is_decided()");
    }
}

#[test]
fn the_index_names_every_page() {
    let index = read("docs/explanation/mechanisms/README.md");
    for m in M::ALL {
        assert!(index.contains(&format!("[`{m}`]({m}.md)")), "{m}");
    }
}

#[test]
fn confusion_is_mutual_and_never_with_itself() {
    for a in M::ALL {
        let confusable = a.about().confusable;
        assert!(confusable.is_sorted() && !confusable.contains(&a) && !confusable.is_empty(), "{a}");
        for b in confusable {
            assert!(b.about().confusable.contains(&a), "{a} names {b}, which does not name it");
        }
    }
}
