//! A frame with axes, in which curves are drawn.

use core::fmt::Write as _;

use maud::Markup;

use crate::chart::{Anchor, Canvas, Linear};

/// The size of a picture, in its own units.
pub(super) const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 436.0;
/// Where the frame stands: per cent of the width, and units of the height.
const LEFT: f64 = 11.0;
const RIGHT: f64 = 96.0;
const TOP: f64 = 86.0;
const BOTTOM: f64 = 380.0;

/// Text at the left edge of a picture.
const EDGE: f64 = 0.5;

/// A picture with a frame.
pub(super) struct Frame {
    canvas: Canvas,
    x: Linear,
    y: Linear,
}

impl Frame {
    /// - `finding`: what the picture shows, as its title
    /// - `sub`: what is counted
    pub(super) fn new(finding: &str, sub: &str, x: (f64, f64), y: (f64, f64)) -> Self {
        let mut canvas = Canvas::drawing("plot", WIDTH, HEIGHT, finding, sub);
        canvas.text("finding", EDGE, 22.0, Anchor::Start, finding);
        canvas.text("sub", EDGE, 44.0, Anchor::Start, sub);
        let (x, y) = (Linear::within(x.0, x.1, LEFT, RIGHT), Linear::within(y.0, y.1, BOTTOM, TOP));
        Self { canvas, x, y }
    }

    /// Ticks of the horizontal axis with their words, and what it shows.
    pub(super) fn across(&mut self, ticks: &[(f64, String)], what: &str) -> &mut Self {
        for (value, words) in ticks {
            let at = self.x.at(*value);
            self.canvas.line("grid", at, TOP, at, BOTTOM);
            self.canvas.text("tick", at, BOTTOM + 18.0, Anchor::Middle, words);
        }
        self.canvas.line("base", LEFT, BOTTOM, RIGHT, BOTTOM);
        self.canvas.text("axis", f64::midpoint(LEFT, RIGHT), BOTTOM + 42.0, Anchor::Middle, what);
        self
    }

    /// The same of the vertical axis.
    pub(super) fn up(&mut self, ticks: &[(f64, String)], what: &str) -> &mut Self {
        for (value, words) in ticks {
            let at = self.y.at(*value);
            self.canvas.line("grid", LEFT, at, RIGHT, at);
            self.canvas.text("tick", LEFT - 1.2, at + 4.0, Anchor::End, words);
        }
        self.canvas.text("axis", EDGE, TOP - 14.0, Anchor::Start, what);
        self
    }

    /// A curve through points in order.
    pub(super) fn curve(&mut self, class: &str, points: impl Iterator<Item = (f64, f64)>) -> &mut Self {
        let mut d = String::new();
        for (x, y) in points {
            let (x, y) = (self.x.at(x) * WIDTH / 100.0, self.y.at(y));
            let command = if d.is_empty() { 'M' } else { 'L' };
            write!(d, "{command}{x:.1} {y:.1}").expect("writing to a String cannot fail");
        }
        self.canvas.path(class, &d);
        self
    }

    pub(super) fn dot(&mut self, class: &str, x: f64, y: f64, hint: &str) -> &mut Self {
        self.canvas.dot(class, self.x.at(x), self.y.at(y), 5.0, hint);
        self
    }

    /// A vertical line from `low` to `high`.
    pub(super) fn bar(&mut self, class: &str, x: f64, low: f64, high: f64) -> &mut Self {
        let at = self.x.at(x);
        self.canvas.line(class, at, self.y.at(low), at, self.y.at(high));
        self
    }

    /// A filled column of `width` around `x`, from the bottom to `y`.
    pub(super) fn column(&mut self, class: &str, x: f64, width: f64, y: f64, hint: &str) -> &mut Self {
        let (left, right) = (self.x.at(x - 0.5 * width), self.x.at(x + 0.5 * width));
        let top = self.y.at(y);
        self.canvas.rect(class, left, top, right - left, BOTTOM - top, hint);
        self
    }

    /// Words beside a point, `up` units above it.
    pub(super) fn label(&mut self, class: &str, at: (f64, f64), up: f64, anchor: Anchor, words: &str) -> &mut Self {
        self.canvas.text(class, self.x.at(at.0), self.y.at(at.1) - up, anchor, words);
        self
    }

    pub(super) fn finish(self) -> Markup {
        self.canvas.finish()
    }
}

/// Ticks at round shares, in per cent.
pub(super) fn percents() -> Vec<(f64, String)> {
    [0.0, 0.25, 0.5, 0.75, 1.0].map(|p| (p, format!("{:.0} %", 100.0 * p))).to_vec()
}

/// Ticks from 0 to `top`, which is 1, 2, 2.5 or 5 times a power of ten.
pub(super) fn scale(top: f64) -> Vec<(f64, String)> {
    let mantissa = top / libm::exp10(libm::floor(libm::log10(top) + 1e-9));
    let steps = if (mantissa - 2.0).abs() < 1e-6 { 4 } else { 5 };
    let step = top / f64::from(steps);
    let digits = usize::from(libm::fabs(step - libm::round(step)) > 1e-9);
    (0..=steps).map(|k| f64::from(k) * step).map(|y| (y, format!("{y:.digits$}"))).collect()
}

/// Ticks at powers of ten from `low` to `high` bans.
pub(super) fn powers(low: i32, high: i32) -> Vec<(f64, String)> {
    let words = |k: i32| match k {
        0.. if k <= 3 => format!("{:.0}", libm::exp10(f64::from(k))),
        -3..0 => format!("1/{:.0}", libm::exp10(f64::from(-k))),
        k if k > 0 => format!("{} 000", libm::exp10(f64::from(k - 3))),
        k => format!("1/{} 000", libm::exp10(f64::from(-k - 3))),
    };
    (low..=high).map(|k| (f64::from(k), words(k))).collect()
}
