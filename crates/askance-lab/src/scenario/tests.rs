use super::*;

const LEAST: &str = r#"
schema = "askance.scenario/1"
title = "t"
story = "s"
start = 2025-03-03T00:00:00Z
days = 2.5
"#;

fn problem(more: &str) -> String {
    Scenario::parse(&format!("{LEAST}{more}")).map_or_else(|e| e.to_string(), |_| String::new())
}

#[test]
fn the_least_scenario_has_defaults() {
    let scenario = Scenario::parse(LEAST).unwrap();
    assert_eq!((scenario.end().us() - scenario.start.0.us(), scenario.link.latency_ms), (216_000_000_000, 8));
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let unknown = problem("dayz = 3");
    assert!(unknown.starts_with("line 7, column 1: unknown field `dayz`, expected one of `schema`"), "{unknown}");
    assert!(unknown.ends_with("\n  dayz = 3"), "{unknown}");
    insta::assert_snapshot!(problem("[[zone]]\nname = \"a.example\"\nserver = \"s\"\ntext = \"\""), @r#"[[zone]] "a.example" names "s", which does not exist"#);
    let twice = "[[server]]\nid = \"s\"\naddresses = []\n".repeat(2);
    insta::assert_snapshot!(problem(&twice), @r#"[[server]] "s": the id is taken"#);
    insta::assert_snapshot!(problem("[[server]]\nid = \"root\"\naddresses = []"), @r#"[[server]] "root": the id is taken"#);
}

#[test]
fn the_id_of_a_source_is_a_plain_word() {
    let source = |id: &str| format!("[[source]]\nid = {id:?}\nof = \"root\"\nside = \"client\"\nformat = \"bind\"\n");
    assert_eq!(problem(&source("root-log")), "");
    assert!(problem(&source("../root")).ends_with("letters, digits, - and _ only"));
    assert!(problem(&source("")).ends_with("letters, digits, - and _ only"));
}

#[test]
fn a_process_says_its_kind_and_nothing_that_is_not_its_own() {
    let asker = |process: &str| {
        format!(
            "[[resolver]]\nid = \"r\"\naddresses = []\n[[asker]]\nid = \"a\"\naddresses = []\nresolver = \"r\"\nmechanism = \"crawler\"\nprocess = {{ {process} }}\nask = {{ kind = \"address\", names = [] }}\n"
        )
    };
    assert_eq!(problem(&asker("kind = \"sleep\", period_s = 60.0")), "");
    assert!(problem(&asker("kind = \"sleep\", period = 60.0")).contains("unknown field `period`"));
    let misspelt = asker("kind = \"once\"").replace("\"crawler\"", "\"crawlers\"");
    assert_eq!(problem(&misspelt), "[[asker]] \"a\": names a mechanism that does not exist");
}

#[test]
fn every_scenario_that_ships_can_be_read() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut read = 0;
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let text = std::io::read_to_string(std::fs::File::open(&path).unwrap()).unwrap();
        Scenario::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        read += 1;
    }
    assert!(read >= 17, "{read} scenarios");
}
