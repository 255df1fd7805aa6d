//! An evaluation as text, 80 columns wide.

use std::fmt::Write as _;

use askance_case::Evaluation;
use askance_record::escape_terminal;

/// Totals, confusion, and every series that was not attributed to its label.
pub(super) fn text(e: &Evaluation) -> String {
    let mut text =
        String::from("vantage            series  right  in set  abstained  mean set  wrong strong  called malicious\n");
    for (vantage, t) in &e.totals {
        let mean = t.set_size_sum as f64 / t.series.max(1) as f64;
        writeln!(
            text,
            "{vantage:<18} {:>6} {:>6} {:>7} {:>10} {mean:>9.1} {:>13} {:>17}",
            t.series, t.right, t.covered, t.abstained, t.wrong_strong, t.called_malicious
        )
        .expect("writing to a String cannot fail");
    }
    text += "\nlabel -> best (series)\n";
    for (label, row) in &e.confusion {
        let row: Vec<String> = row.iter().map(|(best, n)| format!("{best} {n}")).collect();
        writeln!(text, "  {label:<44} {}", row.join(", ")).expect("writing to a String cannot fail");
    }
    let wrong: Vec<_> = e.series.iter().filter(|s| !s.right).collect();
    if !wrong.is_empty() {
        text += "\nnot attributed to its label\n";
    }
    for s in wrong {
        let truth: Vec<&str> = s.truth.iter().map(String::as_str).collect();
        writeln!(
            text,
            "  {} {} {} n={}: {} -> {}{}, set {}",
            escape_terminal(&s.tap),
            escape_terminal(&s.client),
            escape_terminal(&s.name),
            s.n,
            truth.join("+"),
            s.best,
            if s.abstained { " (abstained)" } else { "" },
            s.set.join(" ")
        )
        .expect("writing to a String cannot fail");
    }
    if !e.missing.is_empty() {
        writeln!(text, "\n{} labels have no series:", e.missing.len()).expect("writing to a String cannot fail");
        for label in &e.missing {
            writeln!(text, "  {}", escape_terminal(label)).expect("writing to a String cannot fail");
        }
    }
    text
}
