//! Cost and size of the set by number of lookups.

use askance_case::{ByLookups, Curves};
use maud::Markup;

use super::about;
use super::frame::{Frame, scale};
use crate::chart::{Anchor, nice_ceiling};

/// Classes that have series, with their places.
fn classes(curves: &Curves) -> Vec<(f64, &ByLookups)> {
    (0u32..).map(f64::from).zip(curves.by_lookups.iter().filter(|c| c.series > 0)).collect()
}

fn ticks(classes: &[(f64, &ByLookups)]) -> Vec<(f64, String)> {
    let words = |c: &ByLookups| match c.to {
        Some(to) => format!("{}–{to}", c.from),
        None => format!("≥ {}", c.from),
    };
    classes.iter().map(|(at, class)| (*at, words(class))).collect()
}

fn across(classes: &[(f64, &ByLookups)]) -> (f64, f64) {
    (-0.6, classes.len() as f64 - 0.4)
}

pub(super) fn cllr(curves: &Curves) -> Option<Markup> {
    let classes = classes(curves);
    let known = || classes.iter().filter_map(|(at, c)| Some((*at, c.cllr?, c.cllr_min?, *c)));
    let worst = known().map(|(_, cost, ..)| cost).fold(0.0, f64::max);
    let (_, last, _, class) = known().next_back()?;
    let finding = format!("From {} lookups on, ratios cost {last:.2} of 1", class.from);
    let sub = format!("{}; above 1 does harm; full: as stated, hollow: after the best rising map", about(curves));
    let top = nice_ceiling((1.1 * worst).max(1.0));
    let mut frame = Frame::new(&finding, &sub, across(&classes), (0.0, top));
    frame.across(&ticks(&classes), "lookups in the series").up(&scale(top), "Cllr");
    frame.curve("ideal", [(-0.6, 1.0), (classes.len() as f64 - 0.4, 1.0)].into_iter());
    for (at, cost, least, class) in known() {
        frame.bar("bar", at, least, cost);
        frame.dot("dot", at, cost, &format!("{} series: Cllr {cost:.3}", class.series));
        frame.dot("dot2", at, least, &format!("{} series: least {least:.3}", class.series));
        frame.label("n", (at, cost), 12.0, Anchor::Middle, &format!("{} series", class.series));
    }
    Some(frame.finish())
}

pub(super) fn sets(curves: &Curves) -> Option<Markup> {
    let classes = classes(curves);
    let known = || classes.iter().filter_map(|(at, c)| Some((*at, c.mean_set?, c.coverage?, *c)));
    let (_, last, _, class) = known().next_back()?;
    let finding = format!("From {} lookups on, {last:.1} mechanisms are left on average", class.from);
    let sub = format!("{}; above a column its mean, inside it the share of sets that hold the truth", about(curves));
    let top = nice_ceiling(known().map(|(_, size, ..)| size).fold(1.0, f64::max) * 1.1);
    let mut frame = Frame::new(&finding, &sub, across(&classes), (0.0, top));
    frame.across(&ticks(&classes), "lookups in the series").up(&scale(top), "mechanisms in the set");
    for (at, size, coverage, class) in known() {
        let hint = format!("{} series: mean set {size:.2}, truth inside {:.1} %", class.series, 100.0 * coverage);
        frame.column("column", at, 0.6, size, &hint);
        frame.label("n", (at, size), 6.0, Anchor::Middle, &format!("{size:.1}"));
        frame.label("in", (at, size), -18.0, Anchor::Middle, &format!("{:.0} %", 100.0 * coverage));
    }
    Some(frame.finish())
}
