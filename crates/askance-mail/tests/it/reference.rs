//! The reference lists every code as the program has it.

use std::io::Read as _;

use askance_mail::Code;

#[test]
fn every_code_stands_in_the_reference_as_it_is() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/posture.md");
    let mut text = String::new();
    std::fs::File::open(path).unwrap().read_to_string(&mut text).unwrap();
    let row = |code: &Code| {
        format!("| `{code}` | {} | {} | {} | {} |", code.severity(), code.about(), code.section(), code.fix())
    };
    let rows: Vec<String> = Code::ALL.iter().map(row).collect();
    let listed: Vec<&str> =
        text.lines().filter(|line| line.starts_with("| `")).filter(|line| line.matches('|').count() == 6).collect();
    assert_eq!(listed, rows, "docs/reference/posture.md should have these rows:\n{}", rows.join("\n"));
}
