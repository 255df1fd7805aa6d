//! 11: what would settle it, best first.

use askance_case::json::{Series, SettleDetail, SettleRow};
use maud::{Markup, html};

use super::View;
use super::parts::{absent, mechanism, prose, sentences, stack, t};
use crate::chart::{Canvas, Linear};
use crate::format::{count, times};
use crate::words::settle::{HELPS, days, days_phrase, pair, separation_phrase};

pub(super) fn section(view: &View<'_>) -> Markup {
    let (help, idle): (Vec<&SettleRow>, Vec<&SettleRow>) =
        view.report.settle.iter().partition(|r| r.expected_log10_lr >= HELPS || !r.expected_log10_lr.is_finite());
    if help.is_empty() {
        return absent("No missing kind of record is known that would separate what survives.");
    }
    let most = help.iter().map(|r| r.expected_log10_lr).filter(|x| x.is_finite()).fold(1.0, f64::max);
    html! {
        h3 { (t(&format!("{}: {}", if help[0].interval.is_some() { "Most is expected of this record" } else { "A record to ask for" }, help[0].record))) }
        @if help[0].interval.is_some() {
            p.sub {
                "Kinds of records that this case lacks, by how far each is expected to separate the mechanisms that survive: what survives was drawn with and without it. "
                "A bar twice as long is a factor squared."
            }
        } @else {
            p.sub { "Kinds of records that this case lacks, by how the mechanisms that survive work; nothing could be drawn beside these rows, so that no number stands beside them." }
        }
        div.scroll { (stack(
            "settle",
            [("Record", ""), ("Expected separation", "sep"), ("Days needed for tenfold", ""), ("Why, and what it would tell apart", ""), ("Series helped", "num")],
            &help.iter().map(|r| row(r, most)).collect::<Vec<_>>(),
        )) }
        @if !idle.is_empty() {
            p.small { "For telling these mechanisms apart on these lookups next to nothing is expected of: "
                @for (i, r) in idle.iter().enumerate() { @if i > 0 { "; " } (t(&r.record)) } "." }
        }
        p.small { "What a claim needs stands with the claim, in section 10: connections, for instance, are seen by flows alone." }
        @if help[0].interval.is_some() { p.limit {
            "A separation is that of the truth from the strongest other survivor, averaged over the survivors as truth; in brackets the 95\u{a0}% interval of the simulation alone. "
            "It holds if the truth is among the survivors and the record is whole."
        } }
    }
}

fn row(r: &SettleRow, most: f64) -> [Markup; 5] {
    [
        html! { strong { (t(&r.record)) } },
        html! { @if r.interval.is_some() { (bar(r.expected_log10_lr, most)) } (separation_phrase(r.expected_log10_lr, r.interval)) },
        html! { (days_phrase(r))
        @if let Some(hardest) = r.hardest.as_ref().filter(|_| r.interval.is_some()) { span.muted { "hardest: " (t(&pair(hardest))) } } },
        html! { (prose(&r.why))
        @if !r.separates.is_empty() { ul.pairs { @for [a, b] in &r.separates { li { (mechanism(a)) " from " (mechanism(b)) } } } } },
        html! { (count(r.series)) @if r.of > 0 { " of " (count(r.of)) } },
    ]
}

fn bar(log10: f64, most: f64) -> Markup {
    let mut canvas = Canvas::new("mini", 14.0, &times(log10), "Expected likelihood ratio, logarithmic.");
    canvas.line("base", 0.0, 0.0, 0.0, 14.0);
    canvas.rect("ink", 0.0, 2.0, Linear::new(0.0, most).at(log10), 10.0, "");
    canvas.finish()
}

/// One record, with each pair of survivors that it would tell apart or not.
fn detail(d: &SettleDetail) -> [Markup; 4] {
    [
        html! { strong { (t(&d.record)) } },
        html! { (separation_phrase(d.expected_log10_lr, Some([d.lo, d.hi]))) },
        html! { (days(d.days_needed)) span.muted { "hardest: " (t(&pair(&d.hardest))) } },
        html! { ul.pairs { @for p in &d.pairs { li {
            (mechanism(&p.pair[0])) " from " (mechanism(&p.pair[1])) ": "
            (times(p.without_log10_lr)) ", with it " (times(p.with_log10_lr)) "; "
            @match p.days_needed { Some(_) => { "tenfold after " (days(p.days_needed)) }, None => "tenfold not within 56 days" }
        } } } },
    ]
}

/// What would settle one series: a table where its survivors were drawn, else the list by rule.
pub(super) fn of_series(s: &Series) -> Markup {
    let helping: Vec<&SettleDetail> = s.settle_detail.iter().filter(|d| d.expected_log10_lr >= HELPS).collect();
    html! {
        @if !helping.is_empty() {
            h4 { "What would settle this series" }
            div.scroll { (stack(
                "settle",
                [("Record", ""), ("Expected separation", ""), ("Days needed for tenfold", ""), ("Pairs: without it, with it", "")],
                &helping.into_iter().map(detail).collect::<Vec<_>>(),
            )) }
            p.small {
                "The separation is that of the truth from its strongest rival, averaged over the survivors drawn as truth. "
                "A pair's two numbers are how many times likelier its truth is expected to come out than the other, the harder way round, so that all of them can lie below the average: "
                "first with these records alone, then with the further record for the same days. Days are those after which that is tenfold."
            }
        } @else if !s.settle_detail.is_empty() {
            h4 { "What would settle this series" }
            p { "No record of the kinds that were simulated is expected to separate what survives." }
        } @else if !s.settle.is_empty() {
            h4 { "What would settle this series" }
            (sentences("", &s.settle))
        }
    }
}
