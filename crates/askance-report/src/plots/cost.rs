//! What is left to be learnt at each prior.

use askance_case::Curves;
use maud::Markup;

use super::about;
use super::frame::{Frame, powers, scale};
use crate::chart::{Anchor, nice_ceiling};

pub(super) fn draw(curves: &Curves) -> Option<Markup> {
    let costs = &curves.cross_entropy;
    let even = costs.iter().find(|c| c.log10_odds.abs() < 1e-9)?;
    let finding = if even.stated < even.neutral {
        format!("At even odds the ratios leave {:.2} of 1 bit to be learnt", even.stated)
    } else {
        format!("At even odds the ratios mislead: {:.2} bits instead of 1", even.stated)
    };
    let sub = format!("{} x 16 mechanisms; the best rising map would leave {:.2}", about(curves), even.best);
    let most = costs.iter().map(|c| c.stated.max(c.neutral)).fold(0.0, f64::max);
    let top = nice_ceiling(most);
    let mut frame = Frame::new(&finding, &sub, (-3.0, 3.0), (0.0, top));
    frame.across(&powers(-3, 3), "prior odds").up(&scale(top), "empirical cross-entropy, bits");
    frame.curve("three", costs.iter().map(|c| (c.log10_odds, c.neutral)));
    frame.curve("two", costs.iter().map(|c| (c.log10_odds, c.best)));
    frame.curve("one", costs.iter().map(|c| (c.log10_odds, c.stated)));
    for (row, (class, words)) in
        [("on3", "dotted: nothing learnt"), ("on1", "solid: as stated"), ("on2", "dashed: best rising map")]
            .iter()
            .enumerate()
    {
        let y = top * (0.97 - 0.055 * row as f64);
        frame.label(class, (2.95, y), 0.0, Anchor::End, words);
    }
    Some(frame.finish())
}
