//! "The lookups follow the events."
//!
//! Lookups have a week: more at noon than at night, more on a Tuesday than on a Sunday. So have events. Two
//! things that only share a week go together without having to do with one another. Each event is therefore
//! compared with the *same hour of the week* in the other weeks that the records cover: under chance its own
//! week is one among them. That holds whatever the lookups do: bursts, rhythms and silences need no model.
//!
//! Where events crowd more than chance lets them, those within two days are one affair and move together.
//!
//! Whoever tries many windows finds one. The smallest p of all of them is compared with the smallest p of
//! random arrangements, which have had as many windows to choose from.

#[cfg(test)]
mod tests;

use askance_record::{Rng, Timestamp};

use super::chance::{self, BLOCK_WEEKS, DRAWS, WEEKS_MIN};
use super::concentration::{Share, jeffreys};
use super::coverage::{Coverage, DAY_US, WEEK_US, count_in};
use super::finding::{Checked, Condition, Estimate, Verdict};

/// A week is a candidate where at least this share of the event's windows is covered there.
const COVERED_MIN: f64 = 0.95;
/// Events beyond which a list is no list.
const EVENTS_MAX: usize = 5000;
/// Random lists of the same source.
const LISTS: usize = 999;
/// Events within this of the first of them are one affair, and move together.
const AFFAIR_US: i64 = 2 * DAY_US;
/// Random arrangements by which crowding is judged.
const CROWD_DRAWS: usize = 199;
/// What promptness weighs beside one lookup: it only decides between equal counts.
const PROMPT: f64 = 1e-6;

/// A stretch after an event in which lookups are counted: (event + lag, event + lag + length].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Microseconds from the event to the window; may be negative.
    pub lag_us: i64,
    /// Its length in microseconds, positive.
    pub length_us: i64,
}

/// Something that happened, at a time that may be known only within limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happening {
    /// Not before.
    pub from: Timestamp,
    /// Not after; equal to `from` where the time is known.
    pub to: Timestamp,
}

impl Happening {
    /// At a known time.
    pub fn at(t: Timestamp) -> Self {
        Self { from: t, to: t }
    }
}

/// What [`follows_events`] is asked.
#[derive(Clone, Copy, Debug)]
pub struct FollowsQuestion<'a> {
    /// The lookups, in any order.
    pub lookups: &'a [Timestamp],
    /// The events of the claim, in any order.
    pub events: &'a [Happening],
    /// Every window that was tried.
    pub windows: &'a [Window],
    /// When lookups were recorded.
    pub coverage: &'a Coverage,
    /// All events of the source from which the claim's were taken, the claim's among them; empty if unknown.
    pub source: &'a [Happening],
    /// Whether the list was fixed before the lookups were seen.
    pub named_beforehand: bool,
    /// Seed of the random arrangements.
    pub seed: u64,
}

/// One window's result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowResult {
    /// Which.
    pub window: Window,
    /// Lookups counted after the events that could be used.
    pub count: u64,
    /// What the same hours of the other weeks give, at the level of the event's own time.
    pub expected: f64,
    /// Observed over expected; the interval is a bootstrap over affairs and does not know of the choice of a window.
    pub ratio: Estimate,
    /// Events with a lookup in the window.
    pub followed: Share,
    /// p of this window alone.
    pub p: f64,
    /// The same, corrected for all windows tried.
    pub p_adjusted: f64,
}

/// The answer of [`follows_events`].
#[derive(Clone, Debug, PartialEq)]
pub struct Follows {
    /// The verdict of these records.
    pub verdict: Verdict,
    /// The conditions.
    pub checks: Vec<Checked>,
    /// Events that could be compared.
    pub events: usize,
    /// What moves by itself: events, or groups of them within two days where they crowd beyond chance.
    pub affairs: usize,
    /// Lookups inside the coverage.
    pub lookups: usize,
    /// One entry a window, in the order given; empty where it cannot be tested.
    pub windows: Vec<WindowResult>,
    /// Westfall and Young's p of the best window, corrected for all; `None` where it cannot be tested.
    pub p: Option<f64>,
    /// Position of the window with the smallest p.
    pub best: Option<usize>,
    /// Share of random lists of the source that do at least as well; `None` without a larger source.
    pub list_p: Option<f64>,
    /// Windows tried.
    pub variants: usize,
}

/// Tests whether lookups are more frequent after the events than in the same hours of other weeks.
///
/// Assumes that under chance an event could as well have fallen into another covered week, at the same time of
/// the week; lookups are measured against their level over the five weeks around, so that a trend which
/// events and lookups share is not taken for an answer.
///
/// Cost: O(events x weeks x windows x log n + draws x events x windows).
///
/// # Panics
/// Never: where something is tested there is a window.
///
/// # Source
/// Restricted randomisation: Edgington. Single-step min-p: Westfall, Young 1993, ch. 2.
pub fn follows_events(asked: &FollowsQuestion<'_>) -> Follows {
    let lookups = asked.coverage.keep(asked.lookups);
    let windows: Vec<Window> = asked.windows.iter().copied().filter(|w| w.length_us > 0).collect();
    let field = Field::new(&lookups, asked.coverage, &windows);
    let mut rng = Rng::part(asked.seed, "follows-events");
    // What a random arrangement draws for an event must not depend on where a list has it.
    let [events, source] = [asked.events, asked.source].map(ascending);
    let places = field.places(&events, &mut rng);
    let usable = places.iter().map(|place| place.events.len()).sum();
    let mut checks = conditions(asked, &lookups, &windows, usable);
    let mut out = Follows {
        verdict: Verdict::CannotBeTested,
        events: usable,
        affairs: places.len(),
        lookups: lookups.len(),
        windows: Vec::new(),
        p: None,
        best: None,
        list_p: None,
        variants: windows.len(),
        checks: Vec::new(),
    };
    if checks.iter().all(|c| c.holds || !c.vetoes) && !windows.is_empty() {
        let sums = arrangements(&places, windows.len(), &mut rng);
        let (each, adjusted) = min_p(&sums, windows.len());
        out.windows = (0..windows.len()).map(|w| field.result(&places, w, each[w], adjusted[w], &mut rng)).collect();
        let best = (0..windows.len()).min_by(|&a, &b| each[a].total_cmp(&each[b])).expect("a window");
        (out.best, out.p) = (Some(best), Some(adjusted[best]));
        out.list_p = among_lists(&field, &source, &places, &mut rng);
        if let Some(p) = out.list_p {
            checks.push(Checked { wanted: 0.05, found: p, ..Checked::yes(Condition::RareAmongLists, p <= 0.05) });
        }
        let refuted = out.windows.iter().all(|w| w.ratio.interval.1 < 1.0);
        let verdict = if refuted { Verdict::Contradicted } else { Verdict::of_p(adjusted[best]) };
        out.verdict = verdict.under(&checks);
    }
    out.checks = checks;
    out
}

fn conditions(asked: &FollowsQuestion<'_>, lookups: &[i64], windows: &[Window], usable: usize) -> Vec<Checked> {
    let shortest = windows.iter().map(|w| w.length_us).min().unwrap_or(0);
    let known = asked.events.iter().all(|e| e.to.us() - e.from.us() <= shortest);
    let inside = if asked.events.len() > EVENTS_MAX { 0.0 } else { usable as f64 / asked.events.len().max(1) as f64 };
    vec![
        // A covered share of 95 % of each week is enough, so that short outages cost nothing.
        Checked::at_least(Condition::CoveredWeeks, asked.coverage.weeks() / COVERED_MIN, WEEKS_MIN as f64),
        Checked::at_least(Condition::LookupsInside, lookups.len() as f64, 1.0),
        Checked::at_least(Condition::EventsInside, inside, 0.5),
        Checked::at_least(Condition::EventsEnough, usable as f64, 5.0),
        Checked::yes(Condition::TimesKnown, known),
        Checked::yes(Condition::NamedBeforehand, asked.named_beforehand),
    ]
}

/// The lookups as events see them.
struct Field<'a> {
    lookups: &'a [i64],
    coverage: &'a Coverage,
    windows: &'a [Window],
    /// Lookups a covered microsecond.
    mean: f64,
    /// From the earliest to the latest instant that a window needs, after an event.
    reach: (i64, i64),
    /// Beginning of the records, and length of the blocks in which events move.
    block: (i64, i64),
}

/// The first [`EVENTS_MAX`] in time.
fn ascending(events: &[Happening]) -> Vec<Happening> {
    let mut sorted = events.to_vec();
    sorted.sort_unstable_by_key(|e| (e.from, e.to));
    sorted.truncate(EVENTS_MAX);
    sorted
}

/// Ascending events, those that are one affair together.
fn affairs(events: &[Happening]) -> Vec<Vec<Happening>> {
    let mut out: Vec<Vec<Happening>> = Vec::new();
    for &event in events {
        match out.last_mut() {
            Some(affair) if event.from.us() - affair[0].from.us() <= AFFAIR_US => affair.push(event),
            _ => out.push(vec![event]),
        }
    }
    out
}

/// How many affairs these times make.
fn count_affairs(times: &mut [i64]) -> usize {
    times.sort_unstable();
    let (mut first, mut count) = (i64::MIN, 0);
    for &t in times.iter() {
        if count == 0 || t - first > AFFAIR_US {
            (first, count) = (t, count + 1);
        }
    }
    count
}

/// An affair that can be compared.
struct Place {
    /// The first event's time in each candidate week.
    times: Vec<i64>,
    events: Vec<Happening>,
    /// Weighted counts by week and window, week by week.
    cells: Vec<f64>,
    /// ln(1 + the same): one burst of hundreds must not decide what fifteen events say.
    scores: Vec<f64>,
    weeks: usize,
    own: usize,
}

impl Place {
    fn cell(&self, week: usize, window: usize) -> f64 {
        self.cells[week * (self.cells.len() / self.weeks) + window]
    }

    fn mean(&self, window: usize) -> f64 {
        (0..self.weeks).map(|week| self.cell(week, window)).sum::<f64>() / self.weeks as f64
    }
}

impl<'a> Field<'a> {
    fn new(lookups: &'a [i64], coverage: &'a Coverage, windows: &'a [Window]) -> Self {
        let first = coverage.first_us().unwrap_or(0);
        let span = coverage.last_us().unwrap_or(0) - first;
        let blocks = (span / (BLOCK_WEEKS * WEEK_US)).max(1);
        Self {
            lookups,
            coverage,
            windows,
            mean: (lookups.len() as f64 + 0.5) / coverage.total_us().max(1) as f64,
            reach: (
                windows.iter().map(|w| w.lag_us).min().unwrap_or(0),
                windows.iter().map(|w| w.lag_us.saturating_add(w.length_us)).max().unwrap_or(0),
            ),
            block: (first, span / blocks + 1),
        }
    }

    /// Each event by itself, or by affairs where they crowd beyond what weeks drawn at random give at 5 %.
    fn places(&self, events: &[Happening], rng: &mut Rng) -> Vec<Place> {
        let single: Vec<Place> = events.iter().filter_map(|&event| self.place(vec![event])).collect();
        let mut times: Vec<i64> = single.iter().map(|place| place.times[place.own]).collect();
        let observed = count_affairs(&mut times);
        let as_few = (0..CROWD_DRAWS)
            .filter(|_| {
                for (t, place) in times.iter_mut().zip(&single) {
                    *t = place.times[chance::below(rng, place.weeks)];
                }
                count_affairs(&mut times) <= observed
            })
            .count();
        if (1 + as_few) as f64 > 0.05 * (CROWD_DRAWS + 1) as f64 {
            return single;
        }
        affairs(events).into_iter().filter_map(|events| self.place(events)).collect()
    }

    /// An affair among the weeks of its block; `None` where its own week is not covered or there are too few.
    fn place(&self, events: Vec<Happening>) -> Option<Place> {
        let event = *events.first()?;
        // (after the first event, length)
        let parts: Vec<(i64, i64)> =
            events.iter().map(|e| (e.from.us() - event.from.us(), (e.to.us() - e.from.us()).max(0))).collect();
        let block_at = |t: i64| (t - self.block.0).div_euclid(self.block.1);
        let own_block = block_at(event.from.us());
        let from = self.block.0 + own_block * self.block.1;
        // The first instant at the same time of the week in the block.
        let start = from + (event.from.us() - from).rem_euclid(WEEK_US);
        let (mut cells, mut scores, mut times, mut own) = (Vec::new(), Vec::new(), Vec::new(), None);
        let mut t = start;
        while block_at(t) == own_block {
            if parts.iter().all(|&(after, length)| self.is_covered(t + after, length)) {
                if t == event.from.us() {
                    own = Some(times.len());
                }
                times.push(t);
                for w in self.windows {
                    let each = || parts.iter().map(|&(after, length)| self.weighted(t + after, length, *w));
                    cells.push(each().sum());
                    scores.push(each().map(libm::log1p).sum());
                }
            }
            t += WEEK_US;
        }
        let weeks = times.len();
        (weeks >= WEEKS_MIN).then_some(Place { times, events, cells, scores, weeks, own: own? })
    }

    fn is_covered(&self, t: i64, length: i64) -> bool {
        let (from, to) = (t.saturating_add(self.reach.0), t.saturating_add(length).saturating_add(self.reach.1));
        // Windows beyond the end of time have shrunk to nothing.
        from < to && self.coverage.between_us(from, to) as f64 >= COVERED_MIN * (to.saturating_sub(from)) as f64
    }

    /// The count over the level around, so that one is worth as much in a busy month as in a quiet one.
    fn weighted(&self, t: i64, length: i64, window: Window) -> f64 {
        let from = t.saturating_add(window.lag_us);
        let to = from.saturating_add(window.length_us).saturating_add(length);
        let above = |limit: i64| self.lookups.partition_point(|&at| at <= limit);
        let inside = &self.lookups[above(from)..above(to).max(above(from))];
        let width = (to - from).max(1) as f64;
        let prompt: f64 = inside.iter().take(64).map(|&at| (to - at) as f64 / width).sum();
        (inside.len() as f64 + PROMPT * prompt) / self.level(t)
    }

    /// Lookups over five weeks around, as a multiple of the mean.
    fn level(&self, t: i64) -> f64 {
        let (from, to) = (t - 5 * WEEK_US / 2, t + 5 * WEEK_US / 2);
        let expected = self.mean * self.coverage.between_us(from, to) as f64;
        // One pseudo-lookup keeps an empty stretch from weighing without bound.
        (count_in(self.lookups, from, to) as f64 + 1.0) / (expected + 1.0)
    }

    fn result(&self, places: &[Place], window: usize, p: f64, p_adjusted: f64, rng: &mut Rng) -> WindowResult {
        let w = self.windows[window];
        let events = || places.iter().flat_map(|place| &place.events);
        let counts = events().map(|e| {
            let to = e.to.us().max(e.from.us()).saturating_add(w.lag_us).saturating_add(w.length_us);
            count_in(self.lookups, e.from.us().saturating_add(w.lag_us), to) as u64
        });
        let (count, followed) = counts.fold((0, 0), |(n, any), c| (n + c, any + u64::from(c > 0)));
        let seen: Vec<f64> = places.iter().map(|place| place.cell(place.own, window)).collect();
        let means: Vec<f64> = places.iter().map(|place| place.mean(window)).collect();
        let levels = places.iter().map(|place| self.level(place.events[0].from.us()));
        WindowResult {
            window: w,
            count,
            expected: means.iter().zip(levels).map(|(mean, level)| mean * level).sum(),
            ratio: ratio(&seen, &means, rng),
            followed: jeffreys(followed, events().count() as u64),
            p,
            p_adjusted,
        }
    }

    /// By window: score beyond its mean over the weeks, and its variance among them.
    fn z(&self, place: &Place) -> Vec<(f64, f64)> {
        let windows = self.windows.len();
        let one = |w: usize| {
            let scores = place.scores.iter().skip(w).step_by(windows);
            let mean = scores.clone().sum::<f64>() / place.weeks as f64;
            let spread = scores.map(|s| (s - mean) * (s - mean)).sum::<f64>() / place.weeks as f64;
            (place.scores[place.own * windows + w] - mean, spread)
        };
        (0..windows).map(one).collect()
    }
}

/// Sum over sum, with the central 95 % of resampled events.
fn ratio(seen: &[f64], means: &[f64], rng: &mut Rng) -> Estimate {
    let over = |a: f64, b: f64| if b > 0.0 { a / b } else { 1.0 };
    let mut draws: Vec<f64> = (0..199)
        .map(|_| {
            let (mut a, mut b) = (0.0, 0.0);
            for _ in 0..seen.len() {
                let at = chance::below(rng, seen.len());
                a += seen[at];
                b += means[at];
            }
            over(a, b)
        })
        .collect();
    let value = over(seen.iter().sum(), means.iter().sum());
    Estimate { value, interval: chance::central(&mut draws) }
}

/// Sums of scores of the observed arrangement and of [`DRAWS`] random ones, arrangement by arrangement.
fn arrangements(places: &[Place], windows: usize, rng: &mut Rng) -> Vec<f64> {
    let mut sums = vec![0.0; (DRAWS + 1) * windows];
    for (draw, sum) in sums.chunks_exact_mut(windows).enumerate() {
        for place in places {
            let week = if draw == 0 { place.own } else { chance::below(rng, place.weeks) };
            let scores = &place.scores[week * windows..][..windows];
            sum.iter_mut().zip(scores).for_each(|(sum, score)| *sum += score);
        }
    }
    sums
}

/// p of each window of the first arrangement, and the same corrected for all windows.
fn min_p(sums: &[f64], windows: usize) -> (Vec<f64>, Vec<f64>) {
    let all = sums.len() / windows;
    // By arrangement: the least number of arrangements that do as well in some window.
    let mut least = vec![all; all];
    let mut first = Vec::with_capacity(windows);
    for window in 0..windows {
        let mut order: Vec<(f64, usize)> = (0..all).map(|draw| (sums[draw * windows + window], draw)).collect();
        order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let mut at = 0;
        while at < all {
            let tied = order[at..].iter().take_while(|o| o.0.total_cmp(&order[at].0).is_eq()).count();
            for &(_, draw) in &order[at..at + tied] {
                least[draw] = least[draw].min(at + tied);
                if draw == 0 {
                    first.push(at + tied);
                }
            }
            at += tied;
        }
    }
    let share = |n: usize| n as f64 / all as f64;
    let adjusted = first.iter().map(|&rank| share(least.iter().filter(|&&l| l <= rank).count())).collect();
    (first.into_iter().map(share).collect(), adjusted)
}

/// Where the claimed list stands among random ones of its size from the same source: p of its best window.
fn among_lists(field: &Field<'_>, source: &[Happening], claimed: &[Place], rng: &mut Rng) -> Option<f64> {
    let pool: Vec<Vec<(f64, f64)>> =
        source.iter().filter_map(|&e| field.place(vec![e])).map(|place| field.z(&place)).collect();
    let own: Vec<Vec<(f64, f64)>> = claimed
        .iter()
        .flat_map(|place| &place.events)
        .filter_map(|&e| field.place(vec![e]))
        .map(|place| field.z(&place))
        .collect();
    if pool.len() < own.len() + WEEKS_MIN {
        return None;
    }
    let best = |list: &mut dyn Iterator<Item = &Vec<(f64, f64)>>| {
        let mut sums = vec![(0.0, 0.0); field.windows.len()];
        for event in list {
            sums.iter_mut().zip(event).for_each(|(sum, z)| *sum = (sum.0 + z.0, sum.1 + z.1));
        }
        sums.iter().map(|&(off, var)| off / libm::sqrt(var + 1e-12)).fold(f64::NEG_INFINITY, f64::max)
    };
    let observed = best(&mut own.iter());
    let mut order: Vec<usize> = (0..pool.len()).collect();
    let as_good = (0..LISTS)
        .filter(|_| {
            chance::draw_to_front(rng, &mut order, own.len());
            best(&mut order[..own.len()].iter().map(|&at| &pool[at])) >= observed
        })
        .count();
    Some((1 + as_good) as f64 / (LISTS + 1) as f64)
}

/// Windows of 1 h, 6 h, 1 d and 3 d, each at once, a day later and two days later: a usual search.
pub fn usual_windows() -> Vec<Window> {
    let hour = DAY_US / 24;
    let lags = [0, DAY_US, 2 * DAY_US];
    let lengths = [hour, 6 * hour, DAY_US, 3 * DAY_US];
    lags.iter().flat_map(|&lag_us| lengths.iter().map(move |&length_us| Window { lag_us, length_us })).collect()
}
