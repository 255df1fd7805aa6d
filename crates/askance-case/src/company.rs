//! What a client asks in the same minutes, and whether others asked it before, in the same order.
//!
//! Crawlers, rescans of stored mail and replays are told from ordinary use by what stands around
//! a lookup, not by the lookup: many names in one minute, in an order in which others asked.
//! Only taps before a cache are read: behind one, a client is a crowd.

use std::collections::{BTreeMap, HashMap};

use askance_record::Timestamp;

use crate::records::{CaseRecords, SeriesRow};

/// Fewer families than this say nothing of how a client works.
const FAMILIES_MIN: u32 = 5;
/// Pairs of lookups from which on an order is spoken of.
const PAIRS_MIN: u32 = 10;
/// Two lookups of a client that are further apart do not belong to one run.
const RUN_GAP_S: f64 = 60.0;
/// Share of the coverage at its start in which everybody is new: the record begins there.
const CENSORED: f64 = 0.1;
/// Share of the coverage that a wave of new clients is looked for in.
const WAVE: f64 = 0.1;
/// Fewer clients than this make no wave.
const WAVE_CLIENTS_MIN: usize = 8;

/// What stands around the lookups of each client.
#[derive(Debug, Default)]
pub(crate) struct Company {
    clients: HashMap<(String, String), Client>,
    waves: HashMap<(String, String), Wave>,
}

#[derive(Debug, Default)]
struct Client {
    families: u32,
    /// Families asked for in each minute.
    minutes: HashMap<i64, u32>,
    pairs: u32,
    in_order: u32,
}

/// New clients of one family at one tap.
#[derive(Clone, Copy, Debug)]
struct Wave {
    /// Share of the family's clients that came in it.
    share: f64,
    from: Timestamp,
}

impl Company {
    /// Reads all series.
    pub(crate) fn of(records: &CaseRecords) -> Self {
        let mut out = Self::default();
        for row in &records.series {
            if !row.vantage.is_behind_cache() {
                let client = out.clients.entry((row.tap.clone(), row.client.clone())).or_default();
                client.families += 1;
                for minute in minutes(row) {
                    *client.minutes.entry(minute).or_default() += 1;
                }
            }
        }
        out.read_order(records);
        out.read_waves(records);
        out
    }

    /// Walks all lookups before a cache in time order and compares each client's order with the
    /// order of those who asked last before it.
    fn read_order(&mut self, records: &CaseRecords) {
        let mut asked: Vec<(Timestamp, usize)> = Vec::new();
        for (at, row) in records.series.iter().enumerate().filter(|(_, row)| !row.vantage.is_behind_cache()) {
            asked.extend(row.state.events().map(|e| (e.ts, at)));
        }
        asked.sort_unstable();
        // By family, the last askers: the latest, and the latest of another client.
        let mut askers: HashMap<&str, [Option<(&str, Timestamp)>; 2]> = HashMap::new();
        let mut before: HashMap<(&str, &str), (Timestamp, usize, Timestamp)> = HashMap::new();
        for (ts, at) in asked {
            let row = &records.series[at];
            let slots = askers.entry(&row.name).or_default();
            let other = slots.iter().flatten().find(|(client, _)| *client != row.client).map(|(_, ts)| *ts);
            if let Some(earlier) = other {
                let key = (row.tap.as_str(), row.client.as_str());
                if let Some((last, family, theirs)) = before.insert(key, (ts, at, earlier))
                    && family != at
                    && theirs != earlier
                    && ts.since_s(last) < RUN_GAP_S
                    && let Some(client) = self.clients.get_mut(&(row.tap.clone(), row.client.clone()))
                {
                    client.pairs += 1;
                    client.in_order += u32::from(theirs < earlier);
                }
            }
            if slots[0].is_none_or(|(client, _)| client != row.client) {
                slots[1] = slots[0];
            }
            slots[0] = Some((&row.client, ts));
        }
    }

    /// Looks for the tenth of the coverage in which most clients of a family were new.
    fn read_waves(&mut self, records: &CaseRecords) {
        let mut spans: HashMap<&str, (Timestamp, Timestamp)> = HashMap::new();
        let mut firsts: BTreeMap<(&str, &str), Vec<Timestamp>> = BTreeMap::new();
        for row in &records.series {
            let span = spans.entry(&row.tap).or_insert((row.first, row.last));
            *span = (span.0.min(row.first), span.1.max(row.last));
            firsts.entry((&row.tap, &row.name)).or_default().push(row.first);
        }
        for ((tap, name), mut seen) in firsts {
            let (from, to) = spans[tap];
            let span = to.since_s(from);
            if seen.len() < WAVE_CLIENTS_MIN || span <= 0.0 {
                continue;
            }
            seen.sort_unstable();
            let late: Vec<Timestamp> = seen.iter().copied().filter(|t| t.since_s(from) > CENSORED * span).collect();
            let mut best: Option<Wave> = None;
            for (k, &start) in late.iter().enumerate() {
                let end = late.partition_point(|t| t.since_s(start) <= WAVE * span);
                let share = (end - k) as f64 / seen.len() as f64;
                if best.is_none_or(|b| share > b.share) {
                    best = Some(Wave { share, from: start });
                }
            }
            if let Some(wave) = best {
                self.waves.insert((tap.to_owned(), name.to_owned()), wave);
            }
        }
    }

    fn client(&self, row: &SeriesRow) -> Option<&Client> {
        self.clients.get(&(row.tap.clone(), row.client.clone())).filter(|c| c.families >= FAMILIES_MIN)
    }

    /// Median count of other families that the client asked for in the minutes of this series.
    pub(crate) fn same_minute(&self, row: &SeriesRow) -> Option<f64> {
        let client = self.client(row)?;
        let mut counts: Vec<u32> =
            minutes(row).iter().map(|m| client.minutes.get(m).map_or(0, |n| n.saturating_sub(1))).collect();
        counts.sort_unstable();
        counts.get(counts.len() / 2).map(|&n| f64::from(n))
    }

    /// Share of the client's successive lookups that stand in the order of those who asked before.
    pub(crate) fn in_order(&self, row: &SeriesRow) -> Option<f64> {
        let client = self.client(row)?;
        (client.pairs >= PAIRS_MIN).then(|| f64::from(client.in_order) / f64::from(client.pairs))
    }

    /// Share of the family's clients that came in one wave, where this client came with it or after.
    pub(crate) fn wave(&self, row: &SeriesRow) -> Option<f64> {
        let wave = self.waves.get(&(row.tap.clone(), row.name.clone()))?;
        Some(if row.first >= wave.from { wave.share } else { 0.0 })
    }
}

/// The minutes in which a series has lookups, ascending, each once.
fn minutes(row: &SeriesRow) -> Vec<i64> {
    let mut out: Vec<i64> = row.state.events().map(|e| e.ts.us().div_euclid(60_000_000)).collect();
    out.sort_unstable();
    out.dedup();
    out
}

#[cfg(test)]
mod tests {
    use askance_inference::SeriesState;
    use askance_inference::state::{Event, Role};
    use askance_record::Vantage;

    use super::*;

    fn row(client: &str, name: &str, at_s: &[i64]) -> SeriesRow {
        let mut state = SeriesState::new(0);
        for &s in at_s {
            state.push(&Event::new(Timestamp::from_s(s), Role::A));
        }
        SeriesRow {
            vantage: Vantage::ResolverClient,
            tap: "tap".to_owned(),
            client: client.to_owned(),
            name: name.to_owned(),
            n: at_s.len() as u64,
            first: state.first().expect("a lookup"),
            last: state.last().expect("a lookup"),
            qtypes: vec!["A".to_owned()],
            members: vec![name.to_owned()],
            ttl_max_s: None,
            addresses: Vec::new(),
            names: None,
            state,
        }
    }

    #[test]
    fn a_run_through_names_in_the_order_of_others_is_seen() {
        let names: Vec<String> = (0..20).map(|k| format!("n{k}.example")).collect();
        let mut series = Vec::new();
        for (k, name) in names.iter().enumerate() {
            let k = i64::try_from(k).expect("small");
            series.push(row("user", name, &[1000 * k]));
            series.push(row("replayer", name, &[90_000 + k]));
        }
        let company = Company::of(&CaseRecords { series: series.clone(), ..CaseRecords::default() });
        let of = |client: &str| series.iter().find(|s| s.client == client && s.name == "n3.example").expect("a row");
        assert_eq!(company.same_minute(of("replayer")), Some(19.0));
        assert_eq!(company.in_order(of("replayer")), Some(1.0));
        assert_eq!(company.same_minute(of("user")), Some(0.0));
        assert_eq!(company.in_order(of("user")), None);
    }

    #[test]
    fn a_wave_of_new_clients_is_seen_by_those_who_came_with_it() {
        let mut series = vec![row("old", "n.example", &[0, 500_000, 1_000_000])];
        series.extend((0..19).map(|k| row(&format!("c{k}"), "n.example", &[600_000 + k * 1000])));
        let company = Company::of(&CaseRecords { series: series.clone(), ..CaseRecords::default() });
        assert_eq!(company.wave(&series[0]), Some(0.0));
        assert_eq!(company.wave(&series[5]), Some(0.95));
    }
}
