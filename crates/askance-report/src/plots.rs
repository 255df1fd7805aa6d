//! Pictures of an evaluation: SVG files, and one page that holds them all.
//!
//! Each picture has its finding as title and says beneath what it counts. The page carries the
//! pictures inside, so that it is one file that makes no request; each stands beside it as a file of
//! its own with its style in it.

mod confusion;
mod cost;
mod frame;
mod lookups;
mod reliability;
#[cfg(test)]
mod tests;
mod tippett;

use askance_case::{Curves, EvaluationReport, Origin};
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

const STYLE: &str = include_str!("plots/style.css");

/// One picture.
struct Picture {
    /// Its file's name without the ending.
    name: String,
    svg: Markup,
}

/// The files that show an evaluation: `index.html` first, then one SVG for each picture.
///
/// - returns: (file name, text in UTF-8); names are made of letters, digits and hyphens
pub fn evaluation_files(report: &EvaluationReport) -> Vec<(String, String)> {
    let pictures: Vec<(Origin, Vec<Picture>)> =
        report.origins().into_iter().map(|origin| (origin, of_origin(report, origin))).collect();
    let mut out = vec![("index.html".to_owned(), page(report, &pictures))];
    for picture in pictures.iter().flat_map(|(_, pictures)| pictures) {
        out.push((format!("{}.svg", picture.name), alone(&picture.svg)));
    }
    out
}

fn of_origin(report: &EvaluationReport, origin: Origin) -> Vec<Picture> {
    let name = |what: &str| format!("{what}-{}", origin.as_str());
    let mut out = Vec::new();
    let summary = report.summary(origin, "", "all", 0);
    if let (Some(curves), Some(all)) = (report.curves.iter().find(|c| c.origin == origin), summary) {
        let mut push = |what: &str, svg: Option<Markup>| {
            out.extend(svg.map(|svg| Picture { name: name(what), svg }));
        };
        push("reliability", reliability::draw(curves, all));
        push("tippett", tippett::draw(curves, all));
        push("cross-entropy", cost::draw(curves));
        push("cllr-by-lookups", lookups::cllr(curves));
        push("set-by-lookups", lookups::sets(curves));
    }
    for (ablation, counts) in report.confusions.get(&origin).into_iter().flatten() {
        let what = if ablation.is_empty() { "confusion" } else { &format!("confusion-{ablation}") };
        let words = report.rules.iter().find(|r| r.ablation == *ablation).map_or("all records", |r| r.words.as_str());
        out.extend(confusion::draw(counts, origin, words).map(|svg| Picture { name: name(what), svg }));
    }
    out
}

/// How many series the pictures of an origin are about, in words.
fn about(curves: &Curves) -> String {
    let n: u64 = curves.by_lookups.iter().map(|c| c.series).sum();
    format!("{n} {} series", curves.origin.as_str())
}

/// A picture as a file of its own.
fn alone(svg: &Markup) -> String {
    let opening = format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" ", frame::WIDTH);
    let whole = svg.0.replacen("<svg ", &opening, 1);
    whole.replacen("<title>", &format!("<style>{STYLE}</style><title>"), 1)
}

fn page(report: &EvaluationReport, pictures: &[(Origin, Vec<Picture>)]) -> String {
    markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Evaluation · askance" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "How far attributions agree with labels" }
                p { (report.series.len()) " labelled series of " (report.folders.len()) " folders. "
                    "Recorded and simulated series are never added up together." }
                @for (origin, pictures) in pictures {
                    h2 { (origin_words(*origin)) }
                    (conditions(report, *origin))
                    div class="pictures" {
                        @for picture in pictures { figure { (picture.svg) } }
                    }
                }
            }
        }
    }
    .into_string()
}

const fn origin_words(origin: Origin) -> &'static str {
    match origin {
        Origin::Recorded => "Recorded from real programs",
        Origin::Simulated => "Simulated by the lab",
    }
}

/// One row for each condition: what the pictures are drawn from.
fn conditions(report: &EvaluationReport, origin: Origin) -> Markup {
    let rows = report.summaries.iter().filter(|s| s.origin == origin && s.vantage == "all" && s.n_min == 0);
    let figure = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), |x| format!("{x:.3}"));
    let rule = |ablation: &str| report.rules.iter().find(|r| r.origin == origin && r.ablation == ablation);
    markup! {
        div class="scroll" { table {
            thead { tr {
                @for head in ["taken away", "series", "macro accuracy", "macro F1", "label in set", "mean set", "no answer", "wrong", "Cllr", "least Cllr", "ECE", "raised a wrong answer"] {
                    th { (head) }
                }
            } }
            tbody { @for s in rows { tr {
                th { @match rule(&s.ablation) { Some(rule) => { (rule.words) }, None => "nothing" } }
                @let t = &s.totals;
                td { (t.series) }
                td { (figure(s.macro_accuracy)) }
                td { (figure(s.macro_f1)) }
                td { (figure(s.coverage)) }
                td { (s.mean_set.map_or_else(|| "–".to_owned(), |x| format!("{x:.1}"))) }
                td { (t.abstained) }
                td { (t.wrong) }
                td { (figure(s.cllr)) }
                td { (figure(s.cllr_min)) }
                td { (figure(s.ece)) }
                td { @match rule(&s.ablation) { Some(rule) => { (rule.violations) }, None => "–" } }
            } } }
        } }
    }
}
