//! An evaluation as text, 80 columns wide.

use std::fmt::Write as _;

use askance_case::{Confusion, EvaluationReport, Judged, Origin, Summary};
use askance_record::escape_terminal;

/// The width of a line.
const WIDTH: usize = 80;
/// The most series, and labels without a series, that are listed; JSON has all.
const LISTED_MAX: usize = 20;

macro_rules! line {
    ($out:expr) => { writeln!($out).expect("writing to a String cannot fail") };
    ($out:expr, $($arg:tt)*) => { writeln!($out, $($arg)*).expect("writing to a String cannot fail") };
}

/// Everything that fits a screen or three: totals first, then what they hide.
pub(super) fn text(report: &EvaluationReport) -> String {
    let mut out = String::new();
    for origin in report.origins() {
        head(&mut out, report, origin);
        accuracy(&mut out, report, origin);
        configurations(&mut out, report, origin);
        mechanisms(&mut out, report, origin);
        calibration(&mut out, report, origin);
        findings(&mut out, report, origin);
        ablations(&mut out, report, origin);
        programs(&mut out, report, origin);
        if let Some(counts) = report.confusions.get(&origin).and_then(|c| c.get("")) {
            confusion(&mut out, counts);
        }
        wrong(&mut out, report, origin);
    }
    if report.series.is_empty() {
        line!(out, "No labelled series was found.");
    }
    missing(&mut out, report);
    out
}

fn head(out: &mut String, report: &EvaluationReport, origin: Origin) {
    if !out.is_empty() {
        line!(out);
    }
    let Some(all) = report.summary(origin, "", "all", 0) else { return };
    let folders = report.folders.iter().filter(|f| report.series.iter().any(|s| s.origin == origin && s.folder == **f));
    let what = match origin {
        Origin::Recorded => "Recorded from real programs",
        Origin::Simulated => "Simulated by the lab",
    };
    let counted = |n: u64, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    line!(
        out,
        "{what}: {} in {}, {}",
        counted(all.totals.series, "series", "series"),
        counted(folders.count() as u64, "folder", "folders"),
        counted(all.groups, "independent group", "independent groups")
    );
    if let Some(part) = report.part {
        line!(out, "Only the part {part:?} of the split is counted: {} series are left out.", report.left_out);
    }
}

fn accuracy(out: &mut String, report: &EvaluationReport, origin: Origin) {
    line!(out, "\nvantage           n >= series  macro     F1  in set   set  silent  wrong  strong");
    let rows = report.summaries.iter().filter(|s| s.origin == origin && s.ablation.is_empty() && s.totals.series > 0);
    for s in rows {
        line!(out, "{:<17} {:>4} {:>6} {}", s.vantage, s.n_min, s.totals.series, counts(s));
    }
    line!(out, "  macro: mean over mechanisms of the share whose first answer is right;");
    line!(out, "  silent: no answer given; wrong: answered, and not right; strong: of these,");
    line!(out, "  with a likelihood ratio of 1000 or more (as stated / before the cap)");
}

/// The same where no configuration weighs more because it made more series.
fn configurations(out: &mut String, report: &EvaluationReport, origin: Origin) {
    let kinds = report.rules.iter().filter(|rule| rule.origin == origin).map(|rule| (rule.ablation.as_str(), 0));
    line!(out, "\neach group once       groups   right  in set   set  silent  wrong");
    for (kind, n_min) in [("", 0), ("", 30), ("", 100)].into_iter().chain(kinds) {
        let Some(s) = report.summary(origin, kind, "all", n_min) else { continue };
        let Some(each) = s.each_group else { continue };
        let what = if kind.is_empty() { format!("n >= {n_min}") } else { kind.to_owned() };
        line!(
            out,
            "{what:<20} {:>7} {:>7.3} {:>7.3} {:>5.1} {:>7.3} {:>6.3}",
            s.groups,
            each.right,
            each.covered,
            each.mean_set,
            each.abstained,
            each.wrong
        );
    }
    line!(out, "  a group is a software configuration (program, resolver, TTL) with all of its");
    line!(out, "  series; some have hundreds, and decide the means over series above");
}

/// The columns that each table of measures shares.
fn counts(s: &Summary) -> String {
    let t = &s.totals;
    let share = |n: u64| n as f64 / t.series.max(1) as f64;
    format!(
        "{:>6} {:>6} {:>7} {:>5.1} {:>7.3} {:>6} {:>7}",
        figure(s.macro_accuracy),
        figure(s.macro_f1),
        figure(s.coverage),
        t.mean_set(),
        share(t.abstained),
        t.wrong,
        format!("{}/{}", t.wrong_strong, t.wrong_strong_uncapped)
    )
}

/// What the means over mechanisms are means of.
fn mechanisms(out: &mut String, report: &EvaluationReport, origin: Origin) {
    line!(out, "\nmechanism            series  right   n >= 30  right  n >= 100  right");
    for row in report.mechanisms.iter().filter(|row| row.origin == origin && row.series > 0.0) {
        let longer = |n_min: u64| {
            let found = row.longer.iter().find(|longer| longer.n_min == n_min && longer.series > 0.0);
            found.map_or(("-".to_owned(), "-".to_owned()), |l| (format!("{:.0}", l.series), figure(l.recall)))
        };
        let ((thirty, right_30), (hundred, right_100)) = (longer(30), longer(100));
        line!(
            out,
            "{:<20} {:>6.0} {:>6} {thirty:>9} {right_30:>6} {hundred:>9} {right_100:>6}",
            row.mechanism,
            row.series,
            figure(row.recall)
        );
    }
    line!(out, "  a series of several labels counts for the one that was named, else in parts");
}

fn figure(x: Option<f64>) -> String {
    x.map_or_else(|| "-".to_owned(), |x| format!("{x:.3}"))
}

fn calibration(out: &mut String, report: &EvaluationReport, origin: Origin) {
    line!(out, "\nratios      Cllr  least    ECE    95 % interval  Brier       LR > 1000 if false");
    for n_min in [0, 30, 100] {
        let Some(s) = report.summary(origin, "", "all", n_min).filter(|s| s.totals.series > 0) else { continue };
        let interval = s.ece_interval.map_or_else(|| "-".to_owned(), |(lo, hi)| format!("{lo:.3} to {hi:.3}"));
        let f = &s.false_strong;
        line!(
            out,
            "n >= {n_min:<4} {:>6} {:>6} {:>6}  {interval:>15} {:>6} {:>24}",
            figure(s.cllr),
            figure(s.cllr_min),
            figure(s.ece),
            figure(s.brier),
            format!("{} of {} (<{:.1e})", f.hits, f.of, f.upper)
        );
    }
    line!(out, "  Cllr: cost of what is stated, 1 says nothing; least: after the best map;");
    line!(out, "  ECE: of the first answer's posterior; (<x): upper 95 % bound, before the cap");
    let all = report.summary(origin, "", "all", 0);
    if let Some((mean, upper)) = all.and_then(|s| s.ece_if_true) {
        line!(out, "  ECE {mean:.3}, up to {upper:.3}, would come of true statements: groups share one fate;");
        line!(out, "  {} of the posterior under the operational prior", figure(all.and_then(|s| s.ece_operational)));
    }
}

fn findings(out: &mut String, report: &EvaluationReport, origin: Origin) {
    let Some(all) = report.summary(origin, "", "all", 0) else { return };
    let t = &all.totals;
    let percent = |n: u64, of: u64| 100.0 * n as f64 / of.max(1) as f64;
    line!(
        out,
        "\nBenign series called malicious     {} of {} ({:.2} %)",
        t.called_malicious,
        t.benign,
        percent(t.called_malicious, t.benign)
    );
    if let Some(v) = &all.beacon_against_refresh {
        line!(
            out,
            "Beacons against cache refresh      AUC {:.3}; RITA {:.3}, variation {:.3}",
            v.askance,
            v.rita,
            v.variation
        );
        line!(
            out,
            "  {} of {} refreshes called a beacon with LR >= 100; RITA gives {} 0.7 or more",
            v.called_beacon,
            v.refreshes,
            v.rita_high
        );
    }
    if let Some(s) = report.summary(origin, "", "all", 30).filter(|s| s.none_of_these.series > 0) {
        let o = &s.none_of_these;
        line!(
            out,
            "None of these, n >= 30             {} of {} recognised, held out; {} by",
            o.recognised,
            o.series,
            figure(o.recall)
        );
        line!(out, "  mechanism; {} refused though their mechanism was there", figure(o.refused));
    }
    let tunnel = &all.tunnel;
    line!(out, "Tunnels                            {} of {} found", tunnel.found, tunnel.series);
    line!(
        out,
        "  answered on {} of {} domain-days without one (<{:.1e})",
        tunnel.false_days,
        tunnel.domain_days,
        tunnel.false_upper.unwrap_or(1.0)
    );
}

fn ablations(out: &mut String, report: &EvaluationReport, origin: Origin) {
    let rules: Vec<_> = report.rules.iter().filter(|r| r.origin == origin).collect();
    if rules.is_empty() {
        return;
    }
    line!(out, "\ntaken away     series  macro     F1  in set   set  silent  wrong  strong  raised");
    for rule in &rules {
        let Some(s) = report.summary(origin, &rule.ablation, "all", 0) else { continue };
        line!(out, "{:<13} {:>7} {} {:>7}", rule.ablation, s.totals.series, counts(s), rule.violations);
    }
    line!(out, "  raised: answers that are wrong and stronger than with all records; must be 0");
    for rule in rules {
        let Some(worst) = &rule.worst else { continue };
        line!(
            out,
            "  {}: {} of {} ({:.2} %), at worst from 10^{:.2} to 10^{:.2}:",
            rule.ablation,
            rule.violations,
            rule.series,
            100.0 * rule.share,
            worst.before,
            worst.after
        );
        let names = [&worst.folder, &worst.tap, &worst.client, &worst.name].map(|text| escape_terminal(text));
        wrap(out, "    ", &format!("{}: {} -> {}", names.join(" "), worst.truth, worst.best));
    }
}

fn programs(out: &mut String, report: &EvaluationReport, origin: Origin) {
    let rows: Vec<_> = report.programs.iter().filter(|p| p.origin == origin && !p.program.is_empty()).collect();
    if rows.is_empty() {
        return;
    }
    line!(out, "\nprogram                label                series  right  in set  silent  wrong");
    for row in rows {
        let t = &row.totals;
        let truth: Vec<&str> = row.truth.iter().map(String::as_str).collect();
        line!(
            out,
            "{:<22} {:<19} {:>7} {:>6} {:>7} {:>7} {:>6}",
            cut(&escape_terminal(&row.program), 22),
            cut(&escape_terminal(&truth.join("+")), 19),
            t.series,
            t.right,
            t.covered,
            t.abstained,
            t.wrong
        );
    }
}

/// A text of at most `width` characters.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 1).chain(['…']).collect()
}

fn confusion(out: &mut String, counts: &Confusion) {
    line!(out, "\nlabel -> best (series)");
    for (label, row) in counts {
        let mut row: Vec<(&str, u64)> = row.iter().map(|(best, n)| (best.as_str(), *n)).collect();
        row.sort_by_key(|&(best, n)| (core::cmp::Reverse(n), best));
        let row: Vec<String> = row.into_iter().map(|(best, n)| format!("{best} {n}")).collect();
        wrap(out, "  ", &format!("{} -> {}", escape_terminal(label), row.join(", ")));
    }
}

/// Series that got a wrong answer, the strongest first, then those without an answer whose label is not even in the set.
fn wrong(out: &mut String, report: &EvaluationReport, origin: Origin) {
    let mine = || report.series.iter().filter(|s| s.origin == origin);
    let mut wrong: Vec<&Judged> = mine().filter(|s| !s.right && !s.abstained).collect();
    wrong.sort_by(|a, b| b.log10_lr_uncapped.total_cmp(&a.log10_lr_uncapped));
    list(out, "answered, and not with the label", &wrong);
    let lost: Vec<&Judged> = mine().filter(|s| !s.covered && s.abstained).collect();
    list(out, "no answer, and the label is not in the set", &lost);
}

fn list(out: &mut String, what: &str, series: &[&Judged]) {
    if series.is_empty() {
        return;
    }
    line!(out, "\n{what}");
    for s in series.iter().take(LISTED_MAX) {
        let names = [&s.folder, &s.tap, &s.client, &s.name].map(|text| escape_terminal(text));
        let truth: Vec<&str> = s.truth.iter().map(String::as_str).collect();
        wrap(
            out,
            "  ",
            &format!(
                "{} n={}: {} -> {} (LR 10^{:.1}), set {}",
                names.join(" "),
                s.n,
                truth.join("+"),
                s.best,
                s.log10_lr,
                s.set.join(" ")
            ),
        );
    }
    if series.len() > LISTED_MAX {
        line!(out, "  and {} more; --json lists all", series.len() - LISTED_MAX);
    }
}

fn missing(out: &mut String, report: &EvaluationReport) {
    if report.missing.is_empty() {
        return;
    }
    line!(out, "\n{} labels have no series:", report.missing.len());
    for label in report.missing.iter().take(LISTED_MAX) {
        wrap(out, "  ", &escape_terminal(label));
    }
    if report.missing.len() > LISTED_MAX {
        line!(out, "  and {} more; --json lists all", report.missing.len() - LISTED_MAX);
    }
}

/// Writes words in lines of at most 80 columns; what does not fit the first is indented by two more.
fn wrap(out: &mut String, indent: &str, text: &str) {
    let mut line = indent.to_owned();
    let mut empty = true;
    for word in text.split(' ') {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            line!(out, "{line}");
            line = format!("{indent}  ");
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line += word;
        empty = false;
    }
    line!(out, "{line}");
}
