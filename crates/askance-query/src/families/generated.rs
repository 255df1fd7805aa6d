//! Names made up as they are asked: data carried in labels, and what looks like it.
//!
//! Tunnels never ask a name twice, because a cache would answer it. So do block lists of
//! hashes and some telemetry: the family only says that names are made up, not by whom.
//!
//! Names are made up where three things meet. *New names keep coming*: most of what is asked below the domain is
//! asked in one burst and never again (retries and types of one question are one burst, however many lookups
//! that is and at however many taps it was seen). *They are no list*: with numbers left out they still differ, as
//! `host1` to `host600` do not. *Their letters are a payload's*, taken together, or they are long.
//!
//! # Source
//! The share of what was seen once as the chance that the next is new: Good 1953, The population frequencies of
//! species; letters: [`payload_bits`]. The limits are ours, from what is said at each.

use std::collections::{BTreeMap, BTreeSet};

use askance_inference::payload_bits;
use askance_record::mix64;

/// Octets of labels before the domain from which on a name may carry data, whatever its letters.
const DATA_OCTETS_MIN: usize = 24;
/// Forms of names below a domain from which on they count as made up: below it nothing is said of a tunnel either.
const FORMS_MIN: usize = 20;
/// How much likelier a payload than hostnames the new names of a domain must be, bits: one domain in a million.
const BITS_MIN: i64 = 20_000;
/// New long names that count as made up though their letters are not a payload's: data may be spelled in words.
const LONG_MIN: i64 = 50;
/// How long questions, their retries and their other types may take to be one burst: stubs and resolvers give
/// up within half a minute (resolv.conf: 5 s, doubled, three times), a cache may answer for longer.
const BURST_US: i64 = 60_000_000;
/// Lookups a name from which on it is asked again, even within a burst: no resolver retries so often.
const BURST_LOOKUPS_MAX: i64 = 32;
/// One in so many lookups must be for a new name. Payload names asked again are rests of names that a resolver
/// asks label by label (RFC 9156), up to two for one.
const LOOKUPS_A_NEW_MAX: i64 = 3;
/// A name so much likelier a payload or a hostname than the other, thousandths of bits, is taken for it.
const SURE_BITS: i64 = 8_000;
/// Digits in a row up to which they number things.
const NUMBER_DIGITS_MAX: usize = 5;
/// Zones below one name that are told from one another; where there are more, these labels are data.
const ZONES_MAX: usize = 16;
/// Labels below the registered domain at which zones are told from one another.
const ZONE_LABELS_MAX: usize = 2;
/// Short names asked again that are remembered below a name.
const AGAIN_MAX: usize = 64;
/// Bits are summed in thousandths, so that any order of additions gives the same sum.
const MILLI: f64 = 1000.0;

/// How a distinct name was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// Lookups at all taps.
    pub(super) lookups: i64,
    /// From the first to the last of them, microseconds.
    pub(super) span_us: i64,
}

impl Asked {
    fn once(self) -> bool {
        self.span_us <= BURST_US && self.lookups <= BURST_LOOKUPS_MAX
    }
}

/// Counts of names by registered domain.
///
/// Whatever the order in which names are taken, the result is the same. A domain takes a fixed room at most.
#[derive(Debug, Default)]
pub(super) struct Domains(BTreeMap<Box<str>, Zone>);

impl Domains {
    /// Takes one distinct name.
    pub(super) fn count(&mut self, name: &str, asked: Asked) {
        let Some(domain) = registered(name).filter(|domain| is_below(name, domain)) else { return };
        let mut zones: Vec<&str> = ancestors(name).take_while(|above| is_below(above, domain)).collect();
        zones.reverse();
        zones.truncate(ZONE_LABELS_MAX);
        if !self.0.contains_key(domain) {
            self.0.insert(domain.into(), Zone::default());
        }
        let zone = self.0.get_mut(domain).expect("inserted above");
        zone.take(&zones, &Tally::of(name, domain, asked));
    }

    /// The names below which names are made up, and which ones are not.
    pub(super) fn generating(self) -> BTreeMap<String, MadeUp> {
        self.0
            .into_iter()
            .flat_map(|(domain, zone)| zone.heads(&domain).1)
            .map(|(head, tally)| (head, MadeUp { again: tally.again }))
            .collect()
    }
}

/// What is known of the names below a head that makes names up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct MadeUp {
    /// Hashes of short names that were asked again; if more than [`AGAIN_MAX`], the least of them.
    again: BTreeSet<u64>,
}

impl MadeUp {
    /// True where `name` is one of the names made up below `head`.
    ///
    /// Any long name is. A short one is unless it was asked again, as `www` is, or is clearly a hostname.
    pub(super) fn takes(&self, name: &str, head: &str) -> bool {
        let short = || {
            let known = self.again.len() > AGAIN_MAX || self.again.contains(&hash(name));
            !known && milli_bits(before(name, head)) > -SURE_BITS
        };
        is_below(name, head) && (is_long(before(name, head)) || short())
    }
}

/// The names below a name, by the zones between.
#[derive(Debug, Default)]
struct Zone {
    own: Tally,
    zones: BTreeMap<Box<str>, Zone>,
    /// More zones than are told from one another; all their names are `own`.
    wide: bool,
}

impl Zone {
    fn take(&mut self, zones: &[&str], name: &Tally) {
        let Some((&nearest, further)) = zones.split_first().filter(|_| !self.wide) else {
            self.own.merge(name);
            return;
        };
        if let Some(zone) = self.zones.get_mut(nearest) {
            zone.take(further, name);
        } else if self.zones.len() < ZONES_MAX {
            self.zones.entry(nearest.into()).or_default().take(further, name);
        } else {
            self.wide = true;
            for zone in std::mem::take(&mut self.zones).into_values() {
                zone.sum_into(&mut self.own);
            }
            self.own.merge(name);
        }
    }

    fn sum_into(&self, sum: &mut Tally) {
        sum.merge(&self.own);
        self.zones.values().for_each(|zone| zone.sum_into(sum));
    }

    /// What belongs to no head, and the heads.
    ///
    /// A zone with made-up names of its own takes those of smaller heads below it: labels of a tunnel may be the same
    /// for a while.
    fn heads(self, name: &str) -> (Tally, Vec<(String, Tally)>) {
        let (mut rest, mut heads) = (self.own, Vec::new());
        for (label, zone) in self.zones {
            let (left, more) = zone.heads(&format!("{label}.{name}"));
            rest.merge(&left);
            heads.extend(more);
        }
        if !rest.is_made_up() {
            return (rest, heads);
        }
        let (mut kept, own) = (Vec::new(), rest.once);
        for (head, tally) in heads {
            if tally.once <= own {
                rest.merge(&tally);
            } else {
                kept.push((head, tally));
            }
        }
        kept.push((rest.common.clone().unwrap_or_else(|| name.to_owned()), rest));
        (Tally::default(), kept)
    }
}

/// Sums over distinct names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tally {
    /// Lookups of names that were asked once.
    once: i64,
    /// Lookups of all others.
    repeated: i64,
    /// How much likelier a payload than hostnames the names asked once are, thousandths of bits.
    milli_bits: i64,
    /// Names asked once that are long.
    long: i64,
    /// Hashes of the names asked once without their numbers, the least [`FORMS_MIN`].
    forms: BTreeSet<u64>,
    /// Hashes of the short names asked again, the least of them: one more than [`AGAIN_MAX`].
    again: BTreeSet<u64>,
    /// The longest name that all names asked once stand below that are long or surely a payload.
    common: Option<String>,
}

impl Tally {
    fn of(name: &str, domain: &str, asked: Asked) -> Self {
        let before = before(name, domain);
        let long = is_long(before);
        if !asked.once() {
            let again = if long { BTreeSet::new() } else { BTreeSet::from([hash(name)]) };
            return Self { repeated: asked.lookups, again, ..Self::default() };
        }
        let milli_bits = milli_bits(before);
        let data = long || milli_bits >= SURE_BITS;
        Self {
            once: asked.lookups,
            milli_bits,
            long: i64::from(long),
            forms: BTreeSet::from([form(before)]),
            common: data.then(|| ancestors(name).next().unwrap_or(domain).to_owned()),
            ..Self::default()
        }
    }

    fn merge(&mut self, other: &Self) {
        self.once = self.once.saturating_add(other.once);
        self.repeated = self.repeated.saturating_add(other.repeated);
        self.milli_bits = self.milli_bits.saturating_add(other.milli_bits);
        self.long += other.long;
        keep_least(&mut self.forms, &other.forms, FORMS_MIN);
        keep_least(&mut self.again, &other.again, AGAIN_MAX + 1);
        match (&mut self.common, &other.common) {
            (Some(mine), Some(theirs)) if mine != theirs && !is_below(theirs, mine) => {
                let shared = ancestors(mine).find(|above| above == theirs || is_below(theirs, above));
                *mine = shared.unwrap_or_default().to_owned();
            }
            (mine @ None, Some(theirs)) => *mine = Some(theirs.clone()),
            _ => {}
        }
    }

    fn is_made_up(&self) -> bool {
        self.forms.len() >= FORMS_MIN
            && (self.milli_bits >= BITS_MIN || self.long >= LONG_MIN)
            && self.once.saturating_add(self.repeated) <= LOOKUPS_A_NEW_MAX.saturating_mul(self.once)
    }
}

fn keep_least(mine: &mut BTreeSet<u64>, theirs: &BTreeSet<u64>, most: usize) {
    mine.extend(theirs);
    while mine.len() > most {
        mine.pop_last();
    }
}

/// The labels of `name` before `domain`, without the dot between.
fn before<'a>(name: &'a str, domain: &str) -> &'a str {
    let head = name.strip_suffix(domain).unwrap_or(name);
    head.strip_suffix('.').unwrap_or(head)
}

fn is_long(before: &str) -> bool {
    before.len() >= DATA_OCTETS_MIN
}

/// How much likelier a payload than a hostname the labels are, thousandths of bits.
fn milli_bits(before: &str) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a name has at most 255 octets, each spelled as four")]
    let milli = |label: &str| (MILLI * payload_bits(label)) as i64;
    before.split('.').map(milli).sum()
}

/// A hash of the labels without the numbers in them: `web-7.eu1` is of the form of `web-12.eu3`.
fn form(before: &str) -> u64 {
    let digit = |octet: &u8| octet.is_ascii_digit();
    let runs = before.as_bytes().chunk_by(|a, b| digit(a) == digit(b));
    let numbers = |run: &[u8]| run.iter().all(digit) && run.len() <= NUMBER_DIGITS_MAX;
    hashed(runs.flat_map(|run| if numbers(run) { b"#" } else { run }))
}

fn hash(name: &str) -> u64 {
    hashed(name.as_bytes().iter())
}

fn hashed<'a>(octets: impl Iterator<Item = &'a u8>) -> u64 {
    octets.fold(0, |hash, &octet| mix64(hash ^ u64::from(octet)))
}

/// The names that `name` stands below, nearest first.
pub(super) fn ancestors(name: &str) -> impl Iterator<Item = &str> {
    let dots = name.match_indices('.').map(|(at, _)| at).filter(|&at| !name.as_bytes()[..at].ends_with(b"\\"));
    dots.filter_map(move |at| name.get(at + 1..))
}

fn is_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|head| head.ends_with('.') && !head.ends_with("\\."))
}

/// The name that somebody registered; below the names that are kept for examples, the last two labels.
fn registered(name: &str) -> Option<&str> {
    psl::domain_str(name)
}

#[cfg(test)]
mod tests;
