//! Pieces that every section is made of.

use askance_record::escape_html;
use maud::{Markup, PreEscaped, html};

use crate::chart::{Anchor, Canvas};
use crate::format::middle;
use crate::words::{Family, gloss, label};

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
         <desc>Hatching that the charts use for times without records.</desc><defs>\
         <pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
         <line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\"/></pattern></defs></svg>"
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

/// The words above one row of a chart: who on the left, what on the right.
///
/// Text in a chart does not wrap, so there is a form for wide pages and, where that
/// would not fit, a shorter one for narrow pages.
pub(super) fn row_words(canvas: &mut Canvas, y: f64, glyph: Option<Family>, left: &str, about: &str, right: &str) {
    /// Characters that fit beside each other on 390 and on 760 pixels.
    const NARROW: usize = 32;
    const WIDE: usize = 72;
    let indent = if let Some(family) = glyph {
        canvas.text(&format!("lane-glyph {}", family.class()), 0.0, y, Anchor::Start, &family.glyph().to_string());
        " dx=\"20\""
    } else {
        ""
    };
    let whole = if about.is_empty() { right.to_owned() } else { format!("{} · {right}", middle(about, 30)) };
    let mut write = |class: &str, left: &str, right: &str| {
        canvas.text_with(indent, &format!("lane{class}"), (0.0, y), Anchor::Start, left);
        canvas.text(&format!("lane-n{class}"), 100.0, y, Anchor::End, right);
    };
    let length = |text: &str| text.chars().count();
    if length(left) + length(&whole) <= NARROW {
        write("", left, &whole);
    } else {
        write(" wide", &middle(left, WIDE.saturating_sub(length(&whole))), &whole);
        write(" narrow", &middle(left, NARROW.saturating_sub(length(right))), right);
    }
}

/// The first characters of a hash, with the whole of it under the pointer.
pub(super) fn hash(sha256: &str) -> Markup {
    html! {
        @if sha256.is_empty() { "none" } @else { code.hash { (t(sha256)) } }
    }
}
