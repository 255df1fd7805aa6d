//! What a client asks in the same minutes, and whether others asked it before.
//!
//! Crawlers, rescans of stored mail and replays are told from ordinary use by what stands around
//! a lookup, not by the lookup: many names in one minute, in an order in which others asked.
//! Behind a cache a client is a crowd: there only what rises above its usual minute counts, and resolvers are
//! compared with resolvers.

mod copies;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};

use askance_record::Timestamp;

use crate::records::{CaseRecords, SeriesRow};
use copies::{Askers, Copies};

/// Fewer families than this say nothing of how a client works, where others of its may have been left out.
const FAMILIES_MIN: u32 = 5;
/// A tap that shows as many families, of whatever clients, does not keep just the names that somebody looked for.
const TAP_FAMILIES_MIN: usize = 20;
/// Share of the coverage at its start in which everybody is new: the record begins there.
const CENSORED: f64 = 0.1;
/// Shares of the coverage that a wave of new clients is looked for in, and how often as many come together in one by
/// chance where it is one: what becomes known is forgotten within hours or days.
const WAVES: [(f64, f64); 2] = [(0.1, 0.01), (0.25, 0.0005)];
/// Fewer clients than this make no wave.
const WAVE_CLIENTS_MIN: usize = 5;
/// Fewer clients than this need not have come together where the name became known.
const NO_WAVE_CLIENTS_MIN: usize = 8;
/// Fewer families than this make no crowd.
const CROWD_MIN: u32 = 10;
/// One in so many of its minutes, the busiest, is not usual for a crowd.
const UNUSUAL_ONE_IN: i64 = 10;

/// What stands around the lookups of each client.
#[derive(Debug, Default)]
pub(crate) struct Company {
    clients: HashMap<(String, String), Client>,
    waves: HashMap<(String, String), Wave>,
    /// When each client first asked for each family, at whatever tap.
    known_since: HashMap<(String, String), Timestamp>,
    /// Taps that show all that a client asks for, so that few families are a fact.
    whole: HashSet<String>,
}

#[derive(Debug, Default)]
struct Client {
    families: u32,
    /// Families asked for in each minute.
    minutes: HashMap<i64, u32>,
    /// Families in a usual minute.
    usual: u32,
    copies: Copies,
}

/// New clients of one family at one tap.
#[derive(Clone, Copy, Debug)]
struct Wave {
    /// Share of the family's clients that came in it.
    share: f64,
    from: Timestamp,
}

/// The most clients that came within some window.
struct Together {
    came: usize,
    start: Timestamp,
    /// How often as many come together by chance, in parts of what makes a wave.
    chance: f64,
}

impl Together {
    /// - `late`: when each client first asked, ascending, without those who may have asked before
    /// - `wave`: of [`WAVES`]; `span`: of the coverage, seconds
    /// - returns: none where nobody came late
    fn of(late: &[Timestamp], wave: (f64, f64), span: f64) -> Option<Self> {
        let (window, limit) = wave;
        let mut most: Option<(usize, Timestamp)> = None;
        for (k, &start) in late.iter().enumerate() {
            let came = late.partition_point(|t| t.since_s(start) <= window * span) - k;
            if most.is_none_or(|(best, _)| came > best) {
                most = Some((came, start));
            }
        }
        let (came, start) = most?;
        let chance = chance_together(late.len(), came, window / (1.0 - CENSORED));
        Some(Self { came, start, chance: chance / limit })
    }
}

impl Company {
    /// Reads all series.
    ///
    /// - `keeps_all`: whether a tap keeps all names, as far as its case says
    pub(crate) fn of(records: &CaseRecords, keeps_all: impl Fn(&str) -> bool) -> Self {
        let mut out = Self::default();
        let (mut hosts, mut resolvers) = (Askers::default(), Askers::default());
        let mut spans = HashMap::<&str, (i64, i64)>::new();
        let mut clients: BTreeMap<(&str, &str), Vec<&SeriesRow>> = BTreeMap::new();
        let mut families: BTreeMap<&str, HashSet<&str>> = BTreeMap::new();
        for row in &records.series {
            if row.vantage.is_behind_cache() { &mut resolvers } else { &mut hosts }.learn(row);
            let (first, last) = (minute(row.first), minute(row.last));
            let span = spans.entry(&row.tap).or_insert((first, last));
            *span = (span.0.min(first), span.1.max(last));
            clients.entry((&row.tap, &row.client)).or_default().push(row);
            families.entry(&row.tap).or_default().insert(&row.name);
            let known = out.known_since.entry((row.client.clone(), row.name.clone())).or_insert(row.first);
            *known = row.first.min(*known);
        }
        for ((tap, name), rows) in clients {
            let behind_cache = rows.first().is_some_and(|row| row.vantage.is_behind_cache());
            let askers = if behind_cache { &resolvers } else { &hosts };
            let mut client = Client { copies: askers.copies(&rows), ..Client::default() };
            for row in rows {
                client.families += 1;
                for minute in minutes(row) {
                    *client.minutes.entry(minute).or_default() += 1;
                }
            }
            client.usual = usual(&client.minutes, spans[tap]);
            out.clients.insert((tap.to_owned(), name.to_owned()), client);
        }
        out.read_waves(records);
        let whole = families.into_iter().filter(|(tap, names)| names.len() >= TAP_FAMILIES_MIN && keeps_all(tap));
        out.whole = whole.map(|(tap, _)| tap.to_owned()).collect();
        out
    }

    /// Looks for the part of the coverage in which most clients of a family were new.
    ///
    /// A client that asked elsewhere before is not new: where a name stops being answered, all who know it
    /// come to other servers at once.
    fn read_waves(&mut self, records: &CaseRecords) {
        let mut spans: HashMap<&str, (Timestamp, Timestamp)> = HashMap::new();
        let mut firsts: BTreeMap<(&str, &str), Vec<Timestamp>> = BTreeMap::new();
        for row in &records.series {
            let span = spans.entry(&row.tap).or_insert((row.first, row.last));
            *span = (span.0.min(row.first), span.1.max(row.last));
            firsts.entry((&row.tap, &row.name)).or_default().push(self.known_since(row));
        }
        for ((tap, name), mut seen) in firsts {
            let (from, to) = spans[tap];
            let span = to.since_s(from);
            if seen.len() < WAVE_CLIENTS_MIN || span <= 0.0 {
                continue;
            }
            seen.sort_unstable();
            let late: Vec<Timestamp> = seen.iter().copied().filter(|t| t.since_s(from) > CENSORED * span).collect();
            let waves = WAVES.into_iter().filter_map(|wave| Together::of(&late, wave, span));
            let Some(wave) = waves.min_by(|a, b| a.chance.total_cmp(&b.chance)) else { continue };
            let together = wave.chance < 1.0;
            if !together && seen.len() < NO_WAVE_CLIENTS_MIN {
                continue;
            }
            let share = if together { wave.came as f64 / seen.len() as f64 } else { 0.0 };
            self.waves.insert((tap.to_owned(), name.to_owned()), Wave { share, from: wave.start });
        }
    }

    fn known_since(&self, row: &SeriesRow) -> Timestamp {
        self.known_since.get(&(row.client.clone(), row.name.clone())).copied().unwrap_or(row.first)
    }

    /// A client, or, behind a cache, a crowd, if it asked for enough families.
    fn client(&self, row: &SeriesRow) -> Option<&Client> {
        let least = if row.vantage.is_behind_cache() { CROWD_MIN } else { FAMILIES_MIN };
        self.clients.get(&(row.tap.clone(), row.client.clone())).filter(|client| client.families >= least)
    }

    /// Median count of other families that the client asked for in the minutes of this series; `None` behind a cache.
    pub(crate) fn same_minute(&self, row: &SeriesRow) -> Option<f64> {
        if row.vantage.is_behind_cache() {
            return None;
        }
        let host = self.clients.get(&(row.tap.clone(), row.client.clone()))?;
        (host.families >= FAMILIES_MIN || self.whole.contains(&row.tap)).then(|| host.others(row, 0)).flatten()
    }

    /// Median count of other families that the resolver asked for in the minutes of this series, less what
    /// is usual in a minute of its; `None` before a cache, and where few families are there.
    pub(crate) fn above_usual(&self, row: &SeriesRow) -> Option<f64> {
        let crowd = self.client(row).filter(|_| row.vantage.is_behind_cache())?;
        crowd.others(row, crowd.usual)
    }

    /// Share of the pairs of families that the client came to within a minute that stand in the order
    /// in which others came to them before, on occasions of their own.
    pub(crate) fn in_order(&self, row: &SeriesRow) -> Option<f64> {
        self.client(row)?.copies.in_order
    }

    /// Share of the client's families that others asked for before, once, on an occasion of their own.
    pub(crate) fn asked_before(&self, row: &SeriesRow) -> Option<f64> {
        self.client(row)?.copies.asked_before
    }

    /// Share of the family's clients that came in one wave, where this client came with it or after.
    pub(crate) fn wave(&self, row: &SeriesRow) -> Option<f64> {
        let wave = self.waves.get(&(row.tap.clone(), row.name.clone()))?;
        Some(if self.known_since(row) >= wave.from { wave.share } else { 0.0 })
    }
}

impl Client {
    /// Median count of other families in the minutes of a series, above `usual`.
    fn others(&self, row: &SeriesRow, usual: u32) -> Option<f64> {
        let above = |minute: &i64| self.minutes.get(minute).map_or(0, |n| n.saturating_sub(1 + usual));
        let mut counts: Vec<u32> = minutes(row).iter().map(above).collect();
        counts.sort_unstable();
        counts.get(counts.len() / 2).map(|&n| f64::from(n))
    }
}

/// How often, at most, `came` or more of `of` clients that come independently and at any time alike come
/// within a `window` of the whole, whichever: each such group begins with one of its clients.
fn chance_together(of: usize, came: usize, window: f64) -> f64 {
    let groups = (0..came).fold(1.0, |product, k| product * (of - k) as f64 / (came - k) as f64);
    groups * came as f64 * libm::pow(window, came.saturating_sub(1) as f64)
}

/// Families in a usual minute: as many or fewer in all but one of [`UNUSUAL_ONE_IN`] minutes of the span.
fn usual(families: &HashMap<i64, u32>, (from, to): (i64, i64)) -> u32 {
    let mut busiest: Vec<u32> = families.values().copied().collect();
    busiest.sort_unstable_by(|a, b| b.cmp(a));
    // Minutes without a lookup are minutes as well.
    let unusual = usize::try_from((to - from + 1) / UNUSUAL_ONE_IN).unwrap_or(usize::MAX);
    busiest.get(unusual).copied().unwrap_or(0)
}

fn minute(ts: Timestamp) -> i64 {
    ts.us().div_euclid(60_000_000)
}

/// The minutes in which a series has lookups, ascending, each once.
fn minutes(row: &SeriesRow) -> Vec<i64> {
    let mut out: Vec<i64> = row.state.events().map(|e| minute(e.ts)).collect();
    out.sort_unstable();
    out.dedup();
    out
}
