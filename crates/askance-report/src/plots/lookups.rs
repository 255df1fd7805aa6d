//! Cost and size of the set by number of lookups.

use askance_case::{ByLookups, Curves};
use maud::Markup;

use super::about;
use super::frame::Frame;
use crate::chart::{Anchor, nice_ceiling};

/// Classes that have series, with their places.
fn classes(curves: &Curves) -> Vec<(f64, &ByLookups)> {
    (0u32..).map(f64::from).zip(curves.by_lookups.iter().filter(|c| c.series > 0)).collect()
}

fn ticks(classes: &[(f64, &ByLookups)]) -> Vec<(f64, String)> {
    let words = |c: &ByLookups| match c.to {
        Some(to) => format!("{} to {to}", c.from),
        None => format!("{} or more", c.from),
    };
    classes.iter().map(|(at, class)| (*at, words(class))).collect()
}

fn scale(top: f64) -> Vec<(f64, String)> {
    let digits = usize::from(top < 4.0) * 2;
    (0..=4).map(|k| f64::from(k) / 4.0 * top).map(|y| (y, format!("{y:.digits$}"))).collect()
}

fn across(classes: &[(f64, &ByLookups)]) -> (f64, f64) {
    (-0.6, classes.len() as f64 - 0.4)
}

pub(super) fn cllr(curves: &Curves) -> Option<Markup> {
    let classes = classes(curves);
    let known = || classes.iter().filter_map(|(at, c)| Some((*at, c.cllr?, c.cllr_min?, *c)));
    let worst = known().map(|(_, cost, ..)| cost).fold(0.0, f64::max);
    let (_, last, _, class) = known().last()?;
    let finding = format!("From {} lookups on, ratios cost {last:.2} of 1", class.from);
    let sub = format!("{}; Cllr of what is stated: 0 is perfect, 1 says nothing, above 1 does harm", about(curves));
    let top = nice_ceiling(worst.max(1.0));
    let mut frame = Frame::new(&finding, &sub, across(&classes), (0.0, top));
    frame.across(&ticks(&classes), "lookups in the series").up(&scale(top), "Cllr");
    frame.curve("ideal", [(-0.6, 1.0), (classes.len() as f64 - 0.4, 1.0)].into_iter());
    for (at, cost, least, class) in known() {
        frame.bar("bar", at, least, cost);
        frame.dot("dot", at, cost, &format!("{} series: Cllr {cost:.3}", class.series));
        frame.dot("dot2", at, least, &format!("{} series: least {least:.3}", class.series));
        frame.label("n", (at, cost), 12.0, Anchor::Middle, &format!("{} series", class.series));
    }
    frame.label("n", (across(&classes).1, top * 0.955), 0.0, Anchor::End, "full: as stated; hollow: after the best rising map");
    Some(frame.finish())
}

pub(super) fn sets(curves: &Curves) -> Option<Markup> {
    let classes = classes(curves);
    let known = || classes.iter().filter_map(|(at, c)| Some((*at, c.mean_set?, c.coverage?, *c)));
    let (_, last, _, class) = known().last()?;
    let finding = format!("From {} lookups on, {last:.1} mechanisms are left on average", class.from);
    let sub = format!("{}; mean size of the set, and the share of sets that hold the truth", about(curves));
    let top = nice_ceiling(known().map(|(_, size, ..)| size).fold(1.0, f64::max) * 1.1);
    let mut frame = Frame::new(&finding, &sub, across(&classes), (0.0, top));
    frame.across(&ticks(&classes), "lookups in the series").up(&scale(top), "mechanisms in the set");
    for (at, size, coverage, class) in known() {
        let hint = format!("{} series: mean set {size:.2}, truth inside {:.1} %", class.series, 100.0 * coverage);
        frame.column("column", at, 0.6, size, &hint);
        frame.label("n", (at, size), 6.0, Anchor::Middle, &format!("{size:.1}; true in {:.0} %", 100.0 * coverage));
    }
    Some(frame.finish())
}
