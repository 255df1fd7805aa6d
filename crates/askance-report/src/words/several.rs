//! More than one: mechanisms in turn, mechanisms at once, caches behind one address.

use askance_case::json::{Component, Segment, Series};

use super::{bounded_percent, label, listed};
use crate::format::{self, Clock};

/// The posterior from which on a number of caches is said: ten times all else together.
const CLEAR: f64 = 10.0 / 11.0;

/// What is to be said beside the best mechanism, a sentence each: a change, a pair, a farm.
pub(crate) fn several_sentences(series: &Series, clock: &Clock) -> Vec<String> {
    [change(series, clock), pair(series), farm(series)].into_iter().flatten().collect()
}

/// One sentence where the mechanism changes inside the series.
fn change(series: &Series, clock: &Clock) -> Option<String> {
    let (last, before) = series.segments.split_last()?;
    let said = |s: &Segment| {
        let open = if s.abstained { " (nearest; this stretch alone carries no answer)" } else { "" };
        format!("{}{open}", label(&s.best))
    };
    let mut parts: Vec<String> = before.iter().map(|s| format!("{} until {}", said(s), clock.day(&s.to))).collect();
    parts.push(said(last));
    let weak = series.segments.iter().any(|s| !s.firm);
    let weak = if weak { " A stricter test does not find every one of these changes." } else { "" };
    Some(format!("The mechanism changes: {}.{weak}", parts.join(", then ")))
}

/// One sentence where two mechanisms together explain the series.
fn pair(series: &Series) -> Option<String> {
    let mixture = series.mixture.as_ref()?;
    let said = |c: &Component| {
        let every = c.period_s.map_or(String::new(), |p| format!(" every {}", format::duration(p)));
        format!(
            "{}{every} with {} of the bursts",
            label(&c.best),
            format::share_interval(c.share, c.share_lo, c.share_hi)
        )
    };
    let parts: Vec<String> = mixture.parts.iter().map(said).collect();
    Some(format!(
        "Two mechanisms together explain it {} better than any one does: {}.",
        format::times(mixture.log10_lr),
        listed(&parts, "and")
    ))
}

/// One sentence where several caches, or none, clearly stand behind the address; one is what is expected.
fn farm(series: &Series) -> Option<String> {
    let caches = series.caches.as_ref().filter(|c| c.best != 1)?;
    let p = caches.posterior.get(&caches.best).copied().filter(|p| *p >= CLEAR)?;
    let others: Vec<String> = caches
        .posterior
        .keys()
        .filter(|k| **k != caches.best)
        .map(|k| if *k == 0 { "none".to_owned() } else { format::number_word(*k) })
        .collect();
    let others = listed(&others, "or");
    let p = bounded_percent(p);
    Some(if caches.best == 0 {
        format!(
            "The client keeps no answer for {}: {p}, against {others} caches, all equally probable beforehand.",
            format::duration(caches.dead_s)
        )
    } else {
        format!(
            "About {} caches stand behind this one address: {p}, against {others}, all equally probable beforehand.",
            format::number_word(caches.best)
        )
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use askance_case::json::{Caches, Mixture};

    use super::*;

    fn series() -> Series {
        Series::default()
    }

    fn said(series: &Series) -> String {
        several_sentences(series, &Clock::new("UTC")).join("\n")
    }

    #[test]
    fn one_of_each_is_nothing_to_say() {
        let caches = Caches { best: 1, ..Caches::default() };
        assert_eq!(said(&Series { caches: Some(caches), ..series() }), "");
    }

    #[test]
    fn a_change_is_dated() {
        let segment = |best: &str, to: &str, abstained: bool| Segment {
            best: best.to_owned(),
            to: to.to_owned(),
            abstained,
            firm: true,
            ..Segment::default()
        };
        let segments = vec![
            segment("scheduled-poll", "2016-06-20T23:45:00Z", true),
            segment("human-use", "2016-07-05T16:00:00Z", false),
        ];
        insta::assert_snapshot!(said(&Series { segments, ..series() }), @"The mechanism changes: scheduled poll (nearest; this stretch alone carries no answer) until 2016-06-20, then human use.");
    }

    #[test]
    fn a_pair_has_shares() {
        let component = |best: &str, share: f64, period_s: Option<f64>| Component {
            best: best.to_owned(),
            share,
            share_lo: share - 0.03,
            share_hi: share + 0.03,
            period_s,
            ..Component::default()
        };
        let parts = vec![component("scheduled-poll", 0.82, Some(900.0)), component("sender-verification", 0.18, None)];
        let mixture = Mixture { parts, log10_lr: 2.0 };
        insta::assert_snapshot!(said(&Series { mixture: Some(mixture), ..series() }), @"Two mechanisms together explain it about 100 times better than any one does: scheduled poll every 15 min with 82 % (79 % to 85 %) of the bursts and sender verification with 18 % (15 % to 21 %) of the bursts.");
    }

    #[test]
    fn a_farm_and_a_client_without_a_cache() {
        let caches = |best: u64| Caches {
            best,
            posterior: BTreeMap::from([(0, 0.02), (1, 0.02), (2, 0.02), (4, 0.02), (best, 0.94)]),
            dead_s: 3600.0,
            ..Caches::default()
        };
        insta::assert_snapshot!(said(&Series { caches: Some(caches(4)), ..series() }), @"About four caches stand behind this one address: 94 %, against none, one or two, all equally probable beforehand.");
        insta::assert_snapshot!(said(&Series { caches: Some(caches(0)), ..series() }), @"The client keeps no answer for 1 h: 94 %, against one, two or four caches, all equally probable beforehand.");
    }
}
