//! Pieces that every section is made of.

use askance_record::escape_html;
use maud::{Markup, PreEscaped, html};

use super::View;
use crate::chart::{Anchor, Canvas};
use crate::format::middle;
use crate::words::{Family, gloss, label, source_label};

/// Text of a case, made safe: the only way in which it enters the page.
pub(super) fn t(text: &str) -> Markup {
    PreEscaped(escape_html(text))
}

/// Text of several lines, made safe line by line.
pub(super) fn prose(text: &str) -> Markup {
    html! {
        @for (i, line) in text.trim_end().lines().enumerate() {
            @if i > 0 { br; }
            (t(line))
        }
    }
}

/// What somebody said: in quotation marks where the words are verbatim, tagged where they are the editors'.
pub(super) fn said(text: &str, paraphrase: bool) -> Markup {
    html! { @if paraphrase { (prose(text)) " " span.tag { "in the editors' words" } } @else { q { (prose(text)) } } }
}

/// A mechanism with the colour and the shape of its family.
pub(super) fn mechanism(id: &str) -> Markup {
    let family = Family::of(id);
    html! {
        span class={ "mech " (family.class()) } {
            span.glyph aria-hidden="true" { (family.glyph()) } (t(&label(id)))
        }
    }
}

/// The same with what it is under the pointer.
pub(super) fn explained(id: &str) -> Markup {
    html! { span title=(t(gloss(id))) { (mechanism(id)) } }
}

/// A mechanism that is nearest where there is no answer: in grey, with the shape of none.
pub(super) fn unanswered(id: &str) -> Markup {
    let none = Family::Nothing;
    html! {
        span title=(t(gloss(id))) {
            span class={ "mech " (none.class()) } { span.glyph aria-hidden="true" { (none.glyph()) } (t(&label(id))) }
        }
    }
}

/// A mechanism in words alone, with what it is under the pointer.
pub(super) fn in_words(id: &str) -> Markup {
    html! { span title=(t(gloss(id))) { (t(&label(id))) } }
}

/// A chart with its finding, its subtitle and its data.
pub(super) fn figure(finding: &str, subtitle: &Markup, body: &Markup, data: Option<&Markup>) -> Markup {
    html! {
        figure {
            figcaption {
                h3 { (t(finding)) }
                p.sub { (subtitle) }
            }
            (body)
            @if let Some(table) = data {
                details.data { summary { "Data of this chart" } div.scroll { (table) } }
            }
        }
    }
}

/// A section that the case has nothing for, in one honest line.
pub(super) fn absent(why: &str) -> Markup {
    html! { p.absent { (t(why)) } }
}

/// A list of sentences; nothing where there are none.
pub(super) fn sentences(class: &str, items: &[String]) -> Markup {
    html! {
        @if !items.is_empty() {
            ul class=[(!class.is_empty()).then_some(class)] { @for item in items { li { (prose(item)) } } }
        }
    }
}

/// The patterns that charts refer to.
pub(super) fn patterns() -> Markup {
    PreEscaped(
        "<svg class=\"defs\" width=\"0\" height=\"0\" aria-hidden=\"true\"><title>Patterns</title>\
         <desc>Hatching that the charts use for times without records, and for generated rows.</desc><defs>\
         <pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
         <line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\"/></pattern>\
         <pattern id=\"gen\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(-45)\">\
         <line class=\"weave\" x1=\"0\" y1=\"0\" x2=\"8\" y2=\"0\"/><line class=\"weave\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"8\"/></pattern></defs></svg>"
            .to_owned(),
    )
}

/// A vertical grid with its labels under `y`; every second label yields to a narrow page.
pub(super) fn axis(canvas: &mut Canvas, ticks: &[(f64, String)], top: f64, y: f64) {
    for (i, (x, text)) in ticks.iter().enumerate() {
        canvas.line("grid", *x, top, *x, y);
        let class = if i % 2 == 1 { "tick t2" } else { "tick" };
        canvas.text(class, *x, y + 15.0, Anchor::inside(*x), text);
    }
}

/// The words above one row of a chart: who, how many, and whose; all on the left, where no mark crosses them.
///
/// Text in a chart does not wrap, so there is a form for wide pages and, where that
/// would not fit, a shorter one for narrow pages.
pub(super) fn row_words(canvas: &mut Canvas, y: f64, glyph: Option<Family>, who: &str, about: &str, much: &str) {
    /// Characters that fit beside each other on 390 and on 760 pixels.
    const NARROW: usize = 40;
    const WIDE: usize = 84;
    let indent = if let Some(family) = glyph {
        canvas.text(&format!("lane-glyph {}", family.class()), 0.0, y, Anchor::Start, &family.glyph().to_string());
        20
    } else {
        0
    };
    let whole = if about.is_empty() { much.to_owned() } else { format!("{much} · {}", middle(about, 48)) };
    let length = |text: &str| text.chars().count();
    let mut write = |class: &str, room: usize, words: &str| {
        canvas.two_words(class, y, indent, &middle(who, room.saturating_sub(length(words))), words);
    };
    if length(who) + length(&whole) <= NARROW {
        write("", NARROW, &whole);
    } else {
        write(" wide", WIDE, &whole);
        write(" narrow", NARROW, much);
    }
}

/// The first characters of a hash, with the whole of it under the pointer.
pub(super) fn hash(sha256: &str) -> Markup {
    html! {
        @if sha256.is_empty() { "none" } @else { code.hash { (t(sha256)) } }
    }
}

/// The mark of what was generated: it stands wherever such rows are shown.
pub(super) fn tag() -> Markup {
    html! { span.tag { "synthetic" } }
}

/// The mark behind a source's id where its rows were generated.
pub(super) fn tagged(view: &View<'_>, source: &str) -> Markup {
    html! { @if view.is_generated(source) { " " (tag()) } }
}

/// A finding, and in front of it what it was found in where that was generated.
pub(super) fn marked(synthetic: bool, finding: String) -> String {
    if synthetic { format!("Synthetic rows: {finding}") } else { finding }
}

/// A source with its vantage, and the mark where its rows were generated.
pub(super) fn at(view: &View<'_>, source: &str, vantage: &str) -> Markup {
    html! { (t(&source_label(source, vantage))) (tagged(view, source)) }
}

/// What was generated, folded, after what was recorded.
pub(super) fn generated(summary: &str, body: &Markup) -> Markup {
    html! {
        details.generated {
            summary { (t(summary)) " " (tag()) }
            p.small { "Rows made by a program to show what such records could look like. They are evidence of nothing and are counted in no number outside the parts that are marked synthetic." }
            (body)
        }
    }
}

/// A table whose cells carry the words of their column, so that a narrow page stacks a row as a card without a script.
///
/// - `columns`: the head of each column, and the class of its cells.
/// - `rows`: as many cells as there are columns; an empty cell is left out of the card.
pub(super) fn stack<const N: usize>(class: &str, columns: [(&str, &str); N], rows: &[[Markup; N]]) -> Markup {
    html! {
        table class={ "stack " (class) } {
            thead { tr { @for (head, class) in &columns { th class=[(!class.is_empty()).then_some(class)] { (head) } } } }
            tbody { @for row in rows { tr {
                @for (cell, (head, class)) in row.iter().zip(&columns) {
                    td class=[(!class.is_empty()).then_some(class)] data-h=(head) { (cell) }
                }
            } } }
        }
    }
}
