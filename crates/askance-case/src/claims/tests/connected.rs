//! Claims that somebody connected, or nobody; and whose words a report quotes.

use super::*;
use crate::FlowRow;

/// Lookups every three hours for twenty weeks, with a flow after each of the first `followed`.
fn records(followed: usize) -> CaseRecords {
    let mut records = steady(20, None);
    let asked: Vec<Timestamp> = records.series[0].state.events().map(|e| e.ts).collect();
    let flow = |t: &Timestamp| FlowRow {
        tap: "flows".to_owned(),
        start: t.plus_us(200_000),
        src: Some("192.0.2.15".parse().expect("literal")),
        dst: Some("198.51.100.29".parse().expect("literal")),
        dst_port: Some(25),
        proto: "tcp".to_owned(),
    };
    records.flows = asked.iter().take(followed).map(flow).collect();
    records
}

fn case(kind: &str) -> String {
    let covers = "covers = [[\"2025-01-06T00:00:00Z\", \"2025-06-01T00:00:00Z\"]]";
    let party = "[[party]]\nid = \"bank\"\nname = \"bank\"\naddresses = [\"192.0.2.0/24\"]\n";
    format!(
        "{}{party}[[source]]\nid = \"flows\"\npath = \"flows\"\nkind = \"flow\"\n{covers}\n{}",
        LIST,
        claim(&format!("kind = \"{kind}\"")).replace(LIST, "")
    )
}

#[test]
fn without_flows_a_connection_is_neither_shown_nor_excluded() {
    for kind in ["connected", "never-connected"] {
        let test = claim(&format!("kind = \"{kind}\""));
        check(&test, &steady(2, None), "cannot be tested with these records", &["neither shown nor excluded"]);
    }
}

#[test]
fn flows_after_lookups_speak_for_one_side_and_against_the_other() {
    let many = records(800);
    check(&case("connected"), &many, "supported", &["1 of 1 clients", "does not say what it was for"]);
    check(&case("never-connected"), &many, "contradicted", &["1 of 1 clients"]);
    let none = records(0);
    check(&case("connected"), &none, "contradicted", &["0 of 1 clients"]);
    let never = check(&case("never-connected"), &none, "weakly supported", &["0 of 1 clients"]);
    assert!(never.checks.iter().any(|c| !c.holds && c.what.contains("translation")), "{:#?}", never.checks);
}

#[test]
fn who_could_not_be_assessed_may_have_connected() {
    // A second client, of whom no flow log says anything.
    let mut both = records(0);
    let seconds: Vec<i64> = (0..20).map(|k| k * 7200).collect();
    both.series.push(series("list", both.series[0].vantage, "203.0.113.9", NAME, &seconds, None));
    for kind in ["connected", "never-connected"] {
        let test = check(&case(kind), &both, "does not discriminate", &["0 of 1 clients"]);
        assert!(test.checks.iter().any(|c| !c.holds && c.why == "1 of 2"), "{:#?}", test.checks);
    }
}

#[test]
fn an_excerpt_is_no_sequence() {
    let chosen = LIST.replace("[[source]]", "[[source]]\nkeeps = { chosen = \"a published subset\" }");
    let pair = "one-client-or-two\"\nclients = [\"192.0.2.15\", \"192.0.2.16\"]\n#";
    for kind in ["rise", "change", "rhythm", "follows-events", "first-mover", pair] {
        let test = claim(&format!("kind = \"{kind}\"")).replace(LIST, &chosen);
        check(&test, &steady(20, None), "cannot be tested with these records", &["an excerpt that somebody chose"]);
    }
}

#[test]
fn a_day_taken_from_a_claim_orders_nothing_for_it() {
    let events = |by: &str| {
        let event = |id: &str, day: &str, more: &str| {
            format!("[[event]]\nid = \"{id}\"\nwhat = \"{id}\"\nnot_before = \"{day}\"\nnot_after = \"{day}\"\n{more}")
        };
        event("a", "2025-02-01", &format!("dated_by = \"{by}\"\n")) + &event("b", "2025-02-03", "")
    };
    let test = claim("kind = \"reaction\"\nevents = [\"a\", \"b\"]");
    check(&(events("c") + &test), &steady(2, None), "cannot be tested with these records", &["this claim's own words"]);
    let head = "schema = \"askance.case/1\"\ntitle = \"t\"\nquestion = \"q\"\n";
    let error = Case::parse(&(head.to_owned() + &events("nobody") + &test)).expect_err("no such claim");
    assert_eq!(error.to_string(), "event \"a\" names the claim \"nobody\", which does not exist");
}

#[test]
fn only_verbatim_words_stand_in_quotation_marks() {
    let said = |id: &str, more: &str| {
        format!(
            "[[statement]]\nid = \"{id}\"\nwho = \"vendor\"\nsaid_at = \"2025-02\"\ntext = \"it was of no use\"\n{more}source = \"x\"\n"
        )
    };
    let text = said("word", "") + &said("sense", "paraphrase = true\n") + &claim("kind = \"statement\"");
    let test = check(&text, &CaseRecords::default(), "recorded", &["vendor (2025-02): “it was of no use”"]);
    assert!(test.finding.contains("vendor (2025-02, in the editors' words): it was of no use."), "{}", test.finding);
    let report = report(&text, &CaseRecords::default());
    assert_eq!(report.statements.iter().map(|s| s.paraphrase).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn a_threshold_that_the_claim_does_not_name_says_whose_it_is() {
    let label = |more: &str| {
        let test =
            tested(&claim(&format!("kind = \"concentration\"\nclients = [\"192.0.2.15\"]\n{more}")), &steady(2, None));
        test.measures[1].what.clone()
    };
    assert_eq!(label("at_least = 0.75"), "share that the claim needs");
    assert_eq!(
        label("at_least = 0.75\nat_least_by = \"the editors\""),
        "share that the claim needs, a threshold set by the editors"
    );
    assert!(label("").contains("as this program takes it"));
}

#[test]
fn generated_rows_are_shown_with_what_was_assumed_and_sources_with_their_note() {
    let case =
        LIST.replace("kind = \"dns\"", "kind = \"dns\"\nsynthetic = true\nassumes = \"it rained\"\nnote = \"a copy\"");
    let report = report(&case, &steady(2, None));
    assert!(report.answer.lines.iter().any(|l| l.contains("would look like if it rained, are evidence of nothing")));
    assert_eq!(report.sources[0].note, "a copy");
}
