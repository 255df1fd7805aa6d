//! What was stated beside what came true.

use askance_case::{Curves, Summary};
use maud::Markup;

use super::about;
use super::frame::{Frame, percents};
use crate::chart::Anchor;

pub(super) fn draw(curves: &Curves, all: &Summary) -> Option<Markup> {
    let ((low, high), ece) = (all.ece_interval?, all.ece?);
    let finding = format!("Stated and true differ by {:.1} points on average", 100.0 * ece);
    let sub = format!(
        "{}; posterior of the first answer in bins of equal mass; 95 %: {:.1} to {:.1} points",
        about(curves),
        100.0 * low,
        100.0 * high
    );
    let mut frame = Frame::new(&finding, &sub, (0.0, 1.0), (0.0, 1.0));
    frame.across(&percents(), "stated probability of the first answer").up(&percents(), "came true");
    frame.curve("ideal", [(0.0, 0.0), (1.0, 1.0)].into_iter());
    for &(n, stated, came_true, low, high) in &curves.reliability {
        frame.bar("bar", stated, low, high);
        let hint = format!("{n} series: stated {stated:.3}, came true {came_true:.3} ({low:.3} to {high:.3})");
        frame.dot("dot", stated, came_true, &hint);
    }
    frame.label(
        "n",
        (0.98, 0.03),
        0.0,
        Anchor::End,
        "dashed: what is stated comes true; bars: 95 %, by resampling groups",
    );
    Some(frame.finish())
}
