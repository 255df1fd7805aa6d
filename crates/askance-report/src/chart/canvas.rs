//! A canvas that is as wide as its place on the page.

use core::fmt::Write as _;

use askance_record::escape_html;
use maud::{Markup, PreEscaped};

/// Which end of a text stands at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The start.
    Start,
    /// The middle.
    Middle,
    /// The end.
    End,
}

impl Anchor {
    /// The anchor that keeps a text inside the chart at `x` per cent.
    pub fn inside(x: f64) -> Self {
        if x < 4.0 {
            Self::Start
        } else if x > 96.0 {
            Self::End
        } else {
            Self::Middle
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Middle => "middle",
            Self::End => "end",
        }
    }
}

/// An SVG under construction: x in per cent of the width, y in CSS pixels.
#[derive(Debug)]
pub struct Canvas {
    out: String,
}

impl Canvas {
    /// Opens a chart with its finding as the title.
    pub(crate) fn new(class: &str, height: f64, title: &str, desc: &str) -> Self {
        Self::with("", class, height, title, desc)
    }

    /// Opens a chart whose element also carries `attributes`, written as they stand.
    pub(crate) fn with(attributes: &str, class: &str, height: f64, title: &str, desc: &str) -> Self {
        let mut out = String::with_capacity(512);
        let (title, desc) = (escape_html(title), escape_html(desc));
        push(
            &mut out,
            format_args!(
                "<svg class=\"{class}\" role=\"img\" width=\"100%\" height=\"{}\"{attributes}><title>{title}</title><desc>{desc}</desc>",
                Px(height)
            ),
        );
        Self { out }
    }

    /// Opens a drawing of fixed proportions, in units of its own.
    pub(crate) fn drawing(class: &str, width: f64, height: f64, title: &str, desc: &str) -> Self {
        let mut out = String::with_capacity(512);
        let (title, desc) = (escape_html(title), escape_html(desc));
        push(
            &mut out,
            format_args!(
                "<svg class=\"{class}\" role=\"img\" viewBox=\"0 0 {} {}\"><title>{title}</title><desc>{desc}</desc>",
                Px(width),
                Px(height)
            ),
        );
        Self { out }
    }

    /// Opens a picture that stands in a file of its own: `size` is its width and height in pixels, `style` its sheet.
    ///
    /// Lengths along x are per cent of the width here too.
    pub fn stand_alone(class: &str, size: (f64, f64), style: &str, title: &str, desc: &str) -> Self {
        let mut out = String::with_capacity(4096);
        let (title, desc, (width, height)) = (escape_html(title), escape_html(desc), (Px(size.0), Px(size.1)));
        push(
            &mut out,
            format_args!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"{class}\" role=\"img\" width=\"{width}\" height=\"{height}\" \
                 viewBox=\"0 0 {width} {height}\"><title>{title}</title><desc>{desc}</desc><style>{style}</style>"
            ),
        );
        Self { out }
    }

    /// Closes the chart.
    pub fn finish(mut self) -> Markup {
        self.out.push_str("</svg>");
        PreEscaped(self.out)
    }

    /// Opens a group that carries `attributes`, written as they stand.
    pub fn open(&mut self, attributes: &str) -> &mut Self {
        push(&mut self.out, format_args!("<g {attributes}>"));
        self
    }

    /// Closes a group.
    pub fn close(&mut self) -> &mut Self {
        self.out.push_str("</g>");
        self
    }

    /// A rectangle from `x` to `x + w` per cent; `hint` is shown under the pointer.
    pub fn rect(&mut self, class: &str, x: f64, y: f64, w: f64, h: f64, hint: &str) -> &mut Self {
        self.rect_with("", class, [x, y, w, h], hint)
    }

    /// A rectangle that carries `attributes` too.
    pub(crate) fn rect_with(&mut self, attributes: &str, class: &str, at: [f64; 4], hint: &str) -> &mut Self {
        let [x, y, w, h] = at;
        push(
            &mut self.out,
            format_args!(
                "<rect class=\"{class}\" x=\"{}%\" y=\"{}\" width=\"{}%\" height=\"{}\"{attributes}",
                Px(x),
                Px(y),
                Px(w.max(0.0)),
                Px(h.max(0.0))
            ),
        );
        self.hint("rect", hint)
    }

    /// A rectangle in the units of a [`drawing`](Self::drawing).
    pub(crate) fn boxed(&mut self, class: &str, x: f64, y: f64, w: f64, h: f64) -> &mut Self {
        push(
            &mut self.out,
            format_args!(
                "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\"/>",
                Px(x),
                Px(y),
                Px(w),
                Px(h)
            ),
        );
        self
    }

    /// A line; x in per cent.
    pub fn line(&mut self, class: &str, x1: f64, y1: f64, x2: f64, y2: f64) -> &mut Self {
        self.line_with("", class, [x1, y1, x2, y2])
    }

    /// A line that carries `attributes` too.
    pub(crate) fn line_with(&mut self, attributes: &str, class: &str, at: [f64; 4]) -> &mut Self {
        let [x1, y1, x2, y2] = at;
        push(
            &mut self.out,
            format_args!(
                "<line class=\"{class}\" x1=\"{}%\" y1=\"{}\" x2=\"{}%\" y2=\"{}\"{attributes}/>",
                Px(x1),
                Px(y1),
                Px(x2),
                Px(y2)
            ),
        );
        self
    }

    /// A path in the units of a [`drawing`](Self::drawing).
    pub(crate) fn path(&mut self, class: &str, d: &str) -> &mut Self {
        push(&mut self.out, format_args!("<path class=\"{class}\" d=\"{d}\"/>"));
        self
    }

    /// A dot.
    pub fn dot(&mut self, class: &str, x: f64, y: f64, r: f64, hint: &str) -> &mut Self {
        push(
            &mut self.out,
            format_args!("<circle class=\"{class}\" cx=\"{}%\" cy=\"{}\" r=\"{}\"", Px(x), Px(y), Px(r)),
        );
        self.hint("circle", hint)
    }

    /// Text at `x` per cent.
    pub fn text(&mut self, class: &str, x: f64, y: f64, anchor: Anchor, text: &str) -> &mut Self {
        self.text_with("", class, (x, y), anchor, text)
    }

    /// Text that carries `attributes` too.
    pub(crate) fn text_with(
        &mut self,
        attributes: &str,
        class: &str,
        at: (f64, f64),
        anchor: Anchor,
        text: &str,
    ) -> &mut Self {
        push(
            &mut self.out,
            format_args!(
                "<text class=\"{class}\" x=\"{}%\" y=\"{}\" text-anchor=\"{}\"{attributes}>{}</text>",
                Px(at.0),
                Px(at.1),
                anchor.as_str(),
                escape_html(text)
            ),
        );
        self
    }

    /// Text at the left edge, `dx` pixels in: a strong word and what is said of it.
    pub(crate) fn two_words(&mut self, class: &str, y: f64, dx: u8, strong: &str, said: &str) -> &mut Self {
        push(
            &mut self.out,
            format_args!(
                "<text class=\"lane{class}\" x=\"{dx}\" y=\"{}\">{}<tspan class=\"lane-n\" dx=\"10\">{}</tspan></text>",
                Px(y),
                escape_html(strong),
                escape_html(said)
            ),
        );
        self
    }

    /// Text in the units of a [`drawing`](Self::drawing).
    pub(crate) fn words(&mut self, class: &str, x: f64, y: f64, anchor: Anchor, text: &str) -> &mut Self {
        push(
            &mut self.out,
            format_args!(
                "<text class=\"{class}\" x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>",
                Px(x),
                Px(y),
                anchor.as_str(),
                escape_html(text)
            ),
        );
        self
    }

    /// A strip across `x..x + w` per cent that holds one path in units of `units` by `h`.
    pub fn strip(&mut self, class: &str, at: [f64; 4], units: f64, d: &str) -> &mut Self {
        let [x, y, width, height] = at;
        push(
            &mut self.out,
            format_args!(
                "<svg x=\"{}%\" y=\"{}\" width=\"{}%\" height=\"{}\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
             <path class=\"{class}\" d=\"{d}\"/></svg>",
                Px(x),
                Px(y),
                Px(width),
                Px(height),
                Px(units),
                Px(height)
            ),
        );
        self
    }

    fn hint(&mut self, element: &str, hint: &str) -> &mut Self {
        if hint.is_empty() {
            self.out.push_str("/>");
        } else {
            push(&mut self.out, format_args!("><title>{}</title></{element}>", escape_html(hint)));
        }
        self
    }
}

/// A path of vertical ticks at `xs`, in the units of a strip, `h` high.
pub fn lane_path(xs: impl Iterator<Item = f64>, h: f64) -> String {
    let mut d = String::new();
    for x in xs {
        push(&mut d, format_args!("M{x:.0} 0V{}", Px(h)));
    }
    d
}

/// A filled outline of steps: each bar is (from, to, height) in order, standing on `h`.
///
/// Bars that touch share one outline, so that a long histogram stays short text.
pub fn steps_path(bars: impl Iterator<Item = (f64, f64, f64)>, h: f64) -> String {
    let mut d = String::new();
    let mut end: Option<f64> = None;
    for (from, to, height) in bars.filter(|(_, _, height)| *height > 0.0) {
        let (from, to) = (from.round(), to.round());
        if end != Some(from) {
            if end.is_some() {
                push(&mut d, format_args!("V{}z", Px(h)));
            }
            push(&mut d, format_args!("M{from} {}", Px(h)));
        }
        push(&mut d, format_args!("V{}H{to}", Px(h - height)));
        end = Some(to);
    }
    if end.is_some() {
        push(&mut d, format_args!("V{}z", Px(h)));
    }
    d
}

/// Writes a length with at most two digits after the point.
struct Px(f64);

impl core::fmt::Display for Px {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let rounded = (self.0 * 100.0).round() / 100.0;
        write!(f, "{}", if rounded == 0.0 { 0.0 } else { rounded })
    }
}

fn push(out: &mut String, args: core::fmt::Arguments<'_>) {
    out.write_fmt(args).expect("writing to a String cannot fail");
}
