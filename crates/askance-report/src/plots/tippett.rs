//! How many propositions reach a ratio.

use askance_case::{Curves, Summary};
use maud::Markup;

use super::about;
use super::frame::{Frame, percents, powers};
use crate::chart::Anchor;

pub(super) fn draw(curves: &Curves, all: &Summary) -> Option<Markup> {
    let at = |bans: f64| curves.tippett.iter().find(|(t, ..)| (t - bans).abs() < 1e-9);
    let &(_, targets, others) = at(1.0)?;
    let finding = format!(
        "A ratio of 10 or more: {:.0} % of true mechanisms, {:.1} % of others",
        100.0 * targets,
        100.0 * others
    );
    let f = &all.false_strong;
    let sub =
        format!("{} x 16 mechanisms, before the cap; 1000 or more for {} of {} others", about(curves), f.hits, f.of);
    let mut frame = Frame::new(&finding, &sub, (-4.0, 4.0), (0.0, 1.0));
    let ticks: Vec<(f64, String)> = powers(-4, 4);
    frame.across(&ticks, "likelihood ratio").up(&percents(), "share with at least this ratio");
    frame.curve("one", curves.tippett.iter().map(|&(t, targets, _)| (t, targets)));
    frame.curve("two", curves.tippett.iter().map(|&(t, _, others)| (t, others)));
    let &(_, one, _) = at(0.6)?;
    let &(_, _, two) = at(-1.4)?;
    frame.label("on1", (0.65, one), 8.0, Anchor::Start, "true");
    frame.label("on2", (-1.35, two), 8.0, Anchor::Start, "others");
    Some(frame.finish())
}
