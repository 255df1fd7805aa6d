//! What a survivor would have made beside what was recorded, in words.

use askance_case::json::{FigureDrawn, SurvivorDrawn};

use crate::format::{duration, fmt_sig, share};

/// What a figure is, in plain words.
pub(crate) fn name(figure: &str) -> String {
    if let Some(role) = figure.strip_prefix("role-") {
        return format!("share of {role} lookups");
    }
    match figure {
        "count" => "number of lookups",
        "gap-05" => "5\u{a0}% shortest gap",
        "gap-25" => "25\u{a0}% shortest gap",
        "gap-50" => "median gap",
        "gap-75" => "25\u{a0}% longest gap",
        "gap-95" => "5\u{a0}% longest gap",
        "week-hour" => "share of lookups at other hours of the week",
        other => other,
    }
    .to_owned()
}

/// A value of a figure, in its unit.
fn value(figure: &str, x: f64) -> String {
    if figure.starts_with("gap-") {
        duration(x)
    } else if figure == "count" {
        fmt_sig(x, 3)
    } else {
        share(x)
    }
}

/// "median gap: 2 h recorded, 50 min to 1 h 10 min drawn".
pub(crate) fn beside(f: &FigureDrawn) -> String {
    let (low, high) = (value(&f.figure, f.drawn[0]), value(&f.figure, f.drawn[2]));
    let drawn = if low == high { low } else { format!("{low} to {high}") };
    format!("{}: {} recorded, {drawn} drawn", name(&f.figure), value(&f.figure, f.observed))
}

/// One sentence on what differs most.
pub(crate) fn differs(of: &SurvivorDrawn) -> String {
    match of.figures.iter().find(|f| f.figure == of.differs) {
        Some(f) => format!("Differs most: {}.", beside(f)),
        None => "No figure differs by more than chance and a trifle.".to_owned(),
    }
}

/// One line on a survivor, for a terminal: lookups and median gap, then what differs.
pub(crate) fn line(of: &SurvivorDrawn) -> String {
    let shown = ["count", "gap-50"];
    let figures = shown.iter().filter_map(|id| of.figures.iter().find(|f| f.figure == *id && f.figure != of.differs));
    let parts: Vec<String> = figures.map(beside).collect();
    if parts.is_empty() { differs(of) } else { format!("{}. {}", parts.join("; "), differs(of)) }
}
