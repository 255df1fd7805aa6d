//! Series as text: the table, and one in depth.

use askance_case::json::{Candidate, Series, SettleDetail};

use super::page::{Column, Look, Page, Piece, Row};
use crate::format::{Clock, capital, count, counted, duration, factor, fmt_sig, signed_log, times};
use crate::words::settle::{HELPS, line};
use crate::words::{
    FEW, Family, UNDECIDED, cap_sentence, grouped, label, likelihood_sentence, listed, posterior_sentence, set_phrase,
    several_sentences, source_label, too_few,
};

/// Eighths of a block, for bars.
const BLOCKS: [char; 9] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
/// Below this width a series is written as lines, not as a row.
const TABLE_MIN: usize = 72;

/// The mark of a generated row.
pub(super) const MADE: &str = "(synthetic)";

/// A mechanism with the shape and the colour of its family.
pub(super) fn mechanism(id: &str) -> Piece {
    let family = Family::of(id);
    Piece::new(&format!("{} {}", family.glyph(), label(id)), Look::Ink(family.ansi()))
}

/// A bar of `width` columns, `part` (0 to 1) of it full.
pub(super) fn bar(part: f64, width: usize) -> String {
    let part = if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 };
    let eighths = part * width as f64 * 8.0;
    (0..width)
        .map(|i| {
            let here = eighths - i as f64 * 8.0;
            let step = (0..=8_u8).rev().find(|k| f64::from(*k) <= here.round()).unwrap_or(0);
            BLOCKS[usize::from(step)]
        })
        .collect()
}

/// What explains a series; where nothing does, that, without a colour.
fn explained(s: &Series) -> Piece {
    if s.abstained {
        Piece::new(&format!("{} no answer", Family::Nothing.glyph()), Look::Ink(Family::Nothing.ansi()))
    } else {
        mechanism(&s.best)
    }
}

/// The words of a likelihood ratio without the noun that a column head gives.
fn words(s: &Series) -> Piece {
    if s.abstained {
        return Piece::plain("");
    }
    if s.best == "none" {
        return Piece::plain("");
    }
    if s.verbal.contains("discriminate") {
        return Piece::plain("none (below 2)");
    }
    let words = s.verbal.trim_end_matches("support").trim_end();
    if s.fit.poor { Piece::plain(&format!("{words}, poor fit")) } else { Piece::plain(words) }
}

fn below(s: &Series) -> Vec<Piece> {
    let others: Vec<String> = s.set.iter().filter(|m| **m != s.best).map(|m| label(m)).collect();
    let mut said = several_sentences(s, &Clock::new("UTC"));
    let end = if said.is_empty() { "" } else { "." };
    let others = if others.is_empty() { String::new() } else { format!("or {}", listed(&others, "or")) };
    let nearest = match (s.abstained, too_few(s) || s.best == "none") {
        (false, _) => String::new(),
        (true, true) => format!("nearest: {}", label(&s.best)),
        (true, false) => format!("nearest: {}, {}", label(&s.best), times(s.log10_lr)),
    };
    let parts: Vec<String> = [nearest, others].into_iter().filter(|part| !part.is_empty()).collect();
    if !parts.is_empty() {
        said.insert(0, format!("{}{end}", parts.join(", ")));
    }
    if said.is_empty() { Vec::new() } else { vec![Piece::dim(&said.join(" "))] }
}

/// The table; with `name` the name of each series stands above its rows, with `made` each row is marked as generated.
pub(super) fn table(page: &mut Page, series: &[&Series], name: bool, made: bool) {
    if series.is_empty() {
        page.paragraph(0, 0, &[Piece::dim("No series.")]);
        return;
    }
    let series = grouped(series);
    if page.width() < TABLE_MIN {
        for alike in &series {
            lines(page, alike, name, made);
        }
        return;
    }
    let left = |head, cut_to| Column { head, right: false, cut_to };
    let right = |head| Column { head, right: true, cut_to: None };
    let columns = [
        left("client", Some(10)),
        right("lookups"),
        left("best explained by", Some(21)),
        right("LR"),
        left("support", Some(17)),
    ];
    let mut last = "";
    let rows: Vec<Row> = series
        .iter()
        .filter_map(|alike| Some((alike.first()?, alike)))
        .map(|(s, alike)| {
            let new = name && s.name != last;
            last = &s.name;
            let lr = if s.best == "none" || s.abstained { String::new() } else { ratio(s.log10_lr) };
            let each = if alike.len() > 1 { " each" } else { "" };
            Row {
                above: if new { vec![Piece::bold(&s.name)] } else { Vec::new() },
                cells: vec![
                    Piece::plain(&clients(alike, made)),
                    Piece::plain(&format!("{}{each}", count(s.n))),
                    explained(s),
                    Piece::plain(&lr),
                    words(s),
                ],
                below: below_all(alike),
            }
        })
        .collect();
    page.table(if name { 2 } else { 0 }, &columns, &rows);
}

fn ratio(log10_lr: f64) -> String {
    if log10_lr < -0.004 { format!("1/{}", factor(-log10_lr)) } else { factor(log10_lr) }
}

/// A client, or how many of them share a row.
fn clients(alike: &[&Series], made: bool) -> String {
    let who = match alike {
        [s] => s.client.clone(),
        all => counted(all.len() as u64, "client", "clients"),
    };
    if made { format!("{who} {MADE}") } else { who }
}

/// What stands below a row: the clients that share it, and what is not separated.
fn below_all(alike: &[&Series]) -> Vec<Piece> {
    let Some(s) = alike.first() else {
        return Vec::new();
    };
    let mut pieces = below(s);
    if alike.len() > 1 {
        let names: Vec<&str> = alike.iter().map(|s| s.client.as_str()).collect();
        pieces.insert(0, Piece::plain(&format!("{}. ", names.join(", "))));
    }
    pieces
}

fn lines(page: &mut Page, alike: &[&Series], name: bool, made: bool) {
    let Some(s) = alike.first() else {
        return;
    };
    let mut head = vec![Piece::bold(&clients(alike, made))];
    if name {
        head.push(Piece::plain(&format!("  {}", s.name)));
    }
    page.paragraph(0, 2, &head);
    let each = if alike.len() > 1 { " each" } else { "" };
    let lr = if s.abstained { String::new() } else { format!(", {}", times(s.log10_lr)) };
    let lookups = format!("{}{each}, ", counted(s.n, "lookup", "lookups"));
    page.paragraph(2, 4, &[Piece::plain(&lookups), explained(s), Piece::plain(&lr)]);
    let below = below_all(alike);
    if !below.is_empty() {
        page.paragraph(4, 4, &below);
    }
}

/// One series in depth.
pub(super) fn depth(page: &mut Page, s: &Series) {
    page.paragraph(0, 2, &[Piece::bold(&s.name), Piece::plain(&format!(" asked by {}", s.client))]);
    let clock = Clock::new("UTC");
    page.paragraph(
        0,
        2,
        &[Piece::dim(&format!(
            "{} ({}) at {}, {} to {} UTC",
            counted(s.n, "lookup", "lookups"),
            s.qtypes.join(" "),
            source_label(&s.tap, &s.vantage),
            clock.minute(&s.first),
            clock.minute(&s.last)
        ))],
    );
    page.gap();
    conclusion(page, s);
    candidates(page, s);
    predicted(page, s);
    facts(page, s);
    list(page, "Reasons", &s.reasons);
    settle(page, s);
    if !s.examples.is_empty() {
        page.heading("First records");
    }
    for e in &s.examples {
        let place = format!(" {} at octet {} ", e.source, e.at_byte);
        page.paragraph(0, 2, &[Piece::plain(&e.ts), Piece::dim(&place), Piece::plain(&e.text)]);
    }
}

/// What each survivor would have made, one line each.
fn predicted(page: &mut Page, s: &Series) {
    let Some(predicted) = s.predicted.as_ref().filter(|p| !p.survivors.is_empty()) else {
        return;
    };
    page.heading("Predicted beside observed");
    for survivor in &predicted.survivors {
        let said = format!(": {}", crate::words::predicted::line(survivor));
        page.paragraph(0, 2, &[mechanism(&survivor.mechanism), Piece::plain(&said)]);
    }
    let drawn = format!(
        "Each was drawn {} through the same vantage, matched to the record.",
        counted(predicted.draws, "time", "times")
    );
    page.paragraph(0, 0, &[Piece::dim(&drawn)]);
}

/// The records that would tell more, each with what is expected of it where that was simulated.
fn settle(page: &mut Page, s: &Series) {
    const HEAD: &str = "What would settle it";
    let (help, idle): (Vec<&SettleDetail>, Vec<&SettleDetail>) =
        s.settle_detail.iter().partition(|d| d.expected_log10_lr >= HELPS);
    let mut items: Vec<String> = help.into_iter().map(line).collect();
    if !idle.is_empty() {
        let names: Vec<String> = idle.iter().map(|d| d.record.clone()).collect();
        items.push(format!("Next to nothing is expected of: {}.", names.join("; ")));
    }
    list(page, HEAD, if s.settle_detail.is_empty() { &s.settle } else { &items });
}

/// What the records say of it, in sentences.
fn conclusion(page: &mut Page, s: &Series) {
    let mut said = Vec::new();
    if s.abstained {
        said.push(Piece::bold("The records do not carry an answer. "));
    }
    said.push(Piece::plain(&likelihood_sentence(s)));
    page.paragraph(0, 0, &said);
    if let Some(cap) = cap_sentence(s) {
        page.paragraph(0, 0, &[Piece::plain(&cap)]);
    }
    if s.best != "none" && !s.set.is_empty() {
        page.paragraph(0, 0, &[Piece::plain(&format!("{} is {}.", capital(&label(&s.best)), set_phrase(s)))]);
    }
    if let Some(posterior) = posterior_sentence(s) {
        page.paragraph(0, 0, &[Piece::plain(&posterior)]);
    }
    for said in several_sentences(s, &Clock::new("UTC")) {
        page.paragraph(0, 0, &[Piece::plain(&said)]);
    }
    if s.fit.poor && s.n >= FEW {
        page.paragraph(
            0,
            0,
            &[Piece::bold("It fits poorly. "), Piece::plain("The best mechanism does not reproduce the times well.")],
        );
    }
}

fn candidates(page: &mut Page, s: &Series) {
    let candidates = &s.candidates;
    if candidates.is_empty() {
        return;
    }
    page.heading("Hypotheses");
    if page.width() < TABLE_MIN {
        for c in candidates {
            let behind = behind(c, &s.best).unwrap_or_else(|| format!("{} behind", times(c.log10_behind)));
            let why = limit(c).unwrap_or_default();
            page.paragraph(0, 2, &[mechanism(&c.mechanism), Piece::plain(&format!(", {behind}. ")), Piece::dim(&why)]);
        }
        return;
    }
    let right = |head| Column { head, right: true, cut_to: None };
    let columns = [
        Column { head: "hypothesis", right: false, cut_to: Some(16) },
        right("behind"),
        right("timing"),
        right("types"),
        right("replies"),
        right("mail, flows"),
    ];
    let rows: Vec<Row> = candidates.iter().map(|c| candidate(c, &s.best)).collect();
    page.table(0, &columns, &rows);
    page.paragraph(0, 0, &[Piece::dim("Cells: decimal logarithms of likelihoods relative to the universal code.")]);
}

/// A row of the table, and below it why the candidate is out, if it is.
fn candidate(c: &Candidate, best: &str) -> Row {
    let behind = behind(c, best).unwrap_or_else(|| format!("{}×", factor(c.log10_behind)));
    let cross = c.cross.map_or_else(|| Piece::dim("no record"), |x| Piece::plain(&signed_log(x)));
    let cells = vec![
        mechanism(&c.mechanism),
        Piece::plain(&behind),
        Piece::plain(&signed_log(c.timing)),
        Piece::plain(&signed_log(c.marks)),
        Piece::plain(&signed_log(c.responses)),
        cross,
    ];
    Row { above: Vec::new(), cells, below: limit(c).map(|why| Piece::dim(&why)).into_iter().collect() }
}

/// How far behind in words, where it is no distance.
fn behind(c: &Candidate, best: &str) -> Option<String> {
    let level = c.log10_behind <= 0.0;
    level.then(|| if c.mechanism == best { "best".to_owned() } else { "level".to_owned() })
}

/// Why a candidate cannot be the answer, or not head it.
fn limit(c: &Candidate) -> Option<String> {
    match (c.excluded.as_str(), c.undecided) {
        ("", false) => None,
        ("", true) => Some(UNDECIDED.to_owned()),
        (why, _) => Some(format!("out: {why}")),
    }
}

fn facts(page: &mut Page, s: &Series) {
    page.gap();
    let mut facts = vec![format!("TTL {}", s.ttl_s.map_or_else(|| "unknown".to_owned(), duration))];
    if let Some(d) = &s.demand {
        facts.push(match d.per_day {
            Some(x) => format!("demand behind the cache about {} a day", fmt_sig(x, 2)),
            None => format!("demand behind the cache not identifiable, at least {} a day", fmt_sig(d.lo, 2)),
        });
    }
    if let Some(p) = s.rhythm.clock_period_s {
        facts.push(format!("locked to a period of {}", duration(p)));
    }
    if let Some(p) = s.fit.ks_p.filter(|_| s.n >= FEW) {
        facts.push(format!("Kolmogorov-Smirnov p = {}", fmt_sig(p, 2)));
    }
    page.paragraph(0, 2, &[Piece::plain(&format!("{}.", facts.join("; ")))]);
    gaps(page, s);
}

/// The histogram of gaps as a column of bars.
fn gaps(page: &mut Page, s: &Series) {
    let most = s.gaps.iter().map(|g| g.count).max().unwrap_or(0);
    if most == 0 {
        return;
    }
    page.heading("Gaps between lookups");
    let width = page.width().saturating_sub(40).clamp(8, 40);
    for g in s.gaps.iter().filter(|g| g.count > 0) {
        let here = s.ttl_s.is_some_and(|ttl| ttl >= g.from_s && ttl < g.to_s);
        page.line(
            0,
            &[
                Piece::plain(&format!("{:>12} ", duration(g.from_s))),
                Piece::new(&bar(g.count as f64 / most as f64, width), Look::Ink(67)),
                Piece::plain(&format!(" {}", count(g.count))),
                Piece::dim(if here { "  TTL" } else { "" }),
            ],
        );
    }
}

/// A heading and a list of sentences; nothing where there are none.
pub(super) fn list(page: &mut Page, head: &str, items: &[String]) {
    if !items.is_empty() {
        page.heading(head);
        for item in items {
            page.paragraph(0, 2, &[Piece::dim("- "), Piece::plain(item)]);
        }
    }
}
