//! Big populations behind a resolver farm, without the message layer: a million lookups a second a core.
//!
//! # Model
//! Clients come in groups; each group has a week and a mean number of lookups a client and day.
//! All lookups of all clients together are one Poisson process whose rate is constant within
//! each quarter of an hour of UTC: what many independent, sparse clients add up to. Each
//! lookup then draws its group by the rates of that quarter, its client within the group by activity
//! (log-normal), its name by Zipf's law and its type by weight, all independent. So a single client's
//! lookups follow the week without sessions; where sessions matter, use [`crate::demand`].
//!
//! A client may have a cache of its own (a fixed number of slots, one name and type a slot): what it holds is
//! not asked at all. A lookup that leaves the client goes to one cache of the farm, by client or at random.
//! All caches count in whole seconds of the clock and keep each name and type for its TTL; those of the farm
//! evict nothing. They do what [`askance_proto::dns::Cache`] does, which a test holds them to, laid out as tables:
//! its tree takes 250 to 500 ns a lookup at a hundred thousand to two million keys, more than all the rest.
//!
//! # Cost
//! Memory is fixed at the start: 4 octets for each cache, name and type, 8 for each client and local slot, and the tables.
//! A lookup costs about four draws and a logarithm, 40 to 250 ns by the size of the tables; nothing is allocated.

mod alias;
#[cfg(test)]
mod tests;

use core::net::{IpAddr, Ipv4Addr};

use askance_proto::dns::{LastSecond, Spread};
use askance_record::{Name, Rcode, Rng, RrType, Timestamp, mix64};

use crate::demand::{SLOT_US, Week, WeekClock, us_of};
use alias::Alias;

/// What a population is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct PopulationConfig {
    /// When it begins.
    pub start: Timestamp,
    /// The clients.
    pub groups: Vec<ClientGroup>,
    /// The names, most popular first.
    pub names: Vec<PopulationName>,
    /// Exponent of Zipf's law: the name of rank `r` is asked in proportion to `r^-exponent`.
    pub zipf_exponent: f64,
    /// Types asked for, with their weights.
    pub types: Vec<(RrType, f64)>,
    /// Addresses of the caches of the farm.
    pub caches: Vec<IpAddr>,
    /// How lookups are spread over the caches.
    pub spread: Spread,
    /// What the caches do in the last second.
    pub last_second: LastSecond,
    /// Slots of a client's own cache, 0 for none.
    pub local_slots: u32,
}

/// Clients of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientGroup {
    /// Their addresses, one a client.
    pub addresses: Vec<IpAddr>,
    /// Their rhythm.
    pub week: Week,
    /// Names wanted a client and day, on average, whether or not the client's own cache holds them.
    pub wanted_per_day: f64,
    /// How unequal they are: standard deviation of the logarithm of a client's activity; 0 makes them alike.
    pub activity_spread: f64,
}

/// A name that is asked, and what the answer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PopulationName {
    /// The name.
    pub name: Name,
    /// How long an answer is kept, in seconds; for a name that does not exist, the negative TTL.
    pub ttl_s: u32,
    /// The response code.
    pub rcode: Rcode,
}

/// One lookup as the farm's clients see it; where it is no hit, the farm asks upstream at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// When.
    pub at: Timestamp,
    /// Index of the client over all groups.
    pub client: u32,
    /// Its address.
    pub address: IpAddr,
    /// Index of the cache.
    pub cache: u16,
    /// Its address, which is the client's address upstream.
    pub cache_address: IpAddr,
    /// Index of the name.
    pub name: u32,
    /// The name.
    pub qname: &'a Name,
    /// Type asked for.
    pub qtype: RrType,
    /// The response code.
    pub rcode: Rcode,
    /// True where the cache had the answer; false where it asked upstream.
    pub hit: bool,
    /// Time to live in the answer, in seconds; upstream it is the whole TTL.
    pub ttl_s: u32,
}

/// What a population did so far. `wanted = local + hits + misses`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PopulationStats {
    /// Names wanted by programs.
    pub wanted: u64,
    /// Found in the client's own cache, so never asked.
    pub local: u64,
    /// Answered by the farm from a cache.
    pub hits: u64,
    /// Asked upstream.
    pub misses: u64,
}

/// Why a population cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PopulationError {
    /// A table is empty, or has no weight.
    #[error("a population needs at least one of: {0}")]
    Empty(&'static str),
    /// More than the indices of a row can count.
    #[error("a population cannot count so many: {0}")]
    TooMany(&'static str),
}

/// The second after the one in which an entry expires, counted from the start; 0 where there is none.
#[derive(Clone, Copy, Debug, Default)]
struct Expiry(u32);

impl Expiry {
    fn after(now_s: u32, ttl_s: u32) -> Self {
        Self(now_s.saturating_add(ttl_s).saturating_add(1))
    }

    /// Seconds left of an entry that came with this TTL; `None` where it is gone.
    fn left_s(self, now_s: u32, ttl_s: u32, last_second: LastSecond) -> Option<u32> {
        let left_s = self.0.checked_sub(1)?.checked_sub(now_s)?;
        let is_fresh = left_s > 0 || ttl_s == 0 || last_second == LastSecond::Served;
        is_fresh.then_some(left_s)
    }
}

/// Clients of one kind, ready to draw from.
#[derive(Debug)]
struct Group {
    clock: WeekClock,
    /// Lookups a second of all its clients at weight 1.
    per_s: f64,
    first_client: u32,
    activity: Alias,
    addresses: Vec<IpAddr>,
}

/// A population that is being run. See the [module](self) for the model.
#[derive(Debug)]
pub struct Population {
    groups: Vec<Group>,
    names: Vec<PopulationName>,
    popularity: Alias,
    types: Vec<RrType>,
    type_weights: Alias,
    caches: Vec<IpAddr>,
    cache_count: u16,
    spread: Spread,
    last_second: LastSecond,
    seed: u64,
    start_s: i64,
    rng: Rng,
    /// By cache, name and type.
    kept: Vec<Expiry>,
    /// (name and type plus 1, expiry) by client and slot.
    local: Vec<(u32, Expiry)>,
    local_slots: u32,
    /// The quarter of an hour whose rates are known, and the running sums of the groups' rates.
    slot: i64,
    sums: Vec<f64>,
    next_us: Option<i64>,
    stats: PopulationStats,
}

impl PopulationName {
    /// Made-up names below `.example`, most popular first, with a mix of the TTLs that are common for addresses.
    ///
    /// One in fifty does not exist, with a negative TTL of 900 s.
    ///
    /// # Panics
    /// Never: the labels are short.
    pub fn made_up(count: u32, seed: u64) -> Vec<Self> {
        let ttls = [30, 60, 60, 60, 120, 300, 300, 300, 300, 600, 900, 1800, 3600, 3600, 7200, 14_400, 43_200, 86_400];
        let words = ["www", "api", "cdn", "mail", "img", "static", "app", "login"];
        let mut rng = Rng::part(seed, "made-up names");
        let pick = |rng: &mut Rng, n: usize| usize::try_from(rng.below(n as u64)).expect("below a usize");
        (0..count)
            .map(|n| {
                let word = words[pick(&mut rng, words.len())];
                let name = Name::parse(&format!("{word}.site-{n}.example")).expect("short labels");
                let ttl_s = ttls[pick(&mut rng, ttls.len())];
                if rng.chance(0.02) {
                    Self { name, ttl_s: 900, rcode: Rcode::NXDOMAIN }
                } else {
                    Self { name, ttl_s, rcode: Rcode::NOERROR }
                }
            })
            .collect()
    }
}

impl ClientGroup {
    /// This many clients at consecutive addresses.
    pub fn at(first: Ipv4Addr, count: u32, week: Week, wanted_per_day: f64) -> Self {
        let addresses = (0..count).map(|n| Ipv4Addr::from_bits(first.to_bits().wrapping_add(n)).into()).collect();
        Self { addresses, week, wanted_per_day, activity_spread: 0.0 }
    }
}

/// The longest time that a population may do nothing before it counts as asleep for ever: ten weeks of quarters of an hour.
const IDLE_SLOTS_MAX: u32 = 10 * 7 * 96;

impl Population {
    /// Makes a population; the same configuration and seed give the same rows.
    ///
    /// Cost: memory for the tables and caches, see the [module](self).
    /// # Errors
    /// [`PopulationError`] where a table is empty or too long.
    /// # Panics
    /// Never: lengths are checked before they are counted.
    pub fn new(config: PopulationConfig, seed: u64) -> Result<Self, PopulationError> {
        let types = config.types.len() as u64;
        let keys = config.names.len() as u64 * types;
        if keys >= u64::from(u32::MAX) {
            return Err(PopulationError::TooMany("names and types"));
        }
        let cache_count = u16::try_from(config.caches.len()).map_err(|_| PopulationError::TooMany("caches"))?;
        let mut rng = Rng::part(seed, "population");
        let mut groups = Vec::with_capacity(config.groups.len());
        let mut clients = 0u32;
        for group in config.groups {
            let count = u32::try_from(group.addresses.len()).ok();
            let first_client = clients;
            clients = count.and_then(|c| clients.checked_add(c)).ok_or(PopulationError::TooMany("clients"))?;
            let activity = activity(&mut rng, group.addresses.len(), group.activity_spread);
            groups.push(Group {
                clock: WeekClock::new(group.week, rng.bits()),
                per_s: group.wanted_per_day / 86_400.0 * group.addresses.len() as f64,
                first_client,
                activity: Alias::new(&activity).ok_or(PopulationError::Empty("clients"))?,
                addresses: group.addresses,
            });
        }
        let zipf: Vec<f64> = (1..=config.names.len()).map(|r| libm::pow(r as f64, -config.zipf_exponent)).collect();
        let weights: Vec<f64> = config.types.iter().map(|(_, w)| *w).collect();
        let mut population = Self {
            popularity: Alias::new(&zipf).ok_or(PopulationError::Empty("names"))?,
            type_weights: Alias::new(&weights).ok_or(PopulationError::Empty("types"))?,
            types: config.types.iter().map(|(t, _)| *t).collect(),
            kept: vec![Expiry::default(); config.caches.len() * config.names.len() * config.types.len()],
            local: vec![(0, Expiry::default()); clients as usize * config.local_slots as usize],
            local_slots: config.local_slots,
            names: config.names,
            caches: config.caches,
            cache_count,
            spread: config.spread,
            last_second: config.last_second,
            seed,
            start_s: config.start.us().div_euclid(1_000_000),
            rng,
            slot: i64::MIN,
            sums: vec![0.0; groups.len()],
            groups,
            next_us: None,
            stats: PopulationStats::default(),
        };
        if population.caches.is_empty() {
            return Err(PopulationError::Empty("caches"));
        }
        if population.groups.is_empty() {
            return Err(PopulationError::Empty("clients"));
        }
        population.next_us = population.after(config.start.us());
        Ok(population)
    }

    /// Gives the sink every lookup before `until`, in time order; goes on where the last run ended.
    ///
    /// Rows do not depend on how a span is cut into runs.
    pub fn run(&mut self, until: Timestamp, sink: &mut impl FnMut(Row<'_>)) -> PopulationStats {
        while let Some(at) = self.next_us.filter(|&at| at < until.us()) {
            if let Some(row) = self.lookup(at) {
                sink(row);
            }
            self.next_us = self.after(at);
        }
        self.stats
    }

    /// What it did so far.
    pub fn stats(&self) -> PopulationStats {
        self.stats
    }

    /// The time of the next lookup after one at `us`.
    fn after(&mut self, us: i64) -> Option<i64> {
        let mut left = self.rng.exponential(1.0);
        let mut at = us;
        for _ in 0..IDLE_SLOTS_MAX {
            let rate = self.rate(at);
            let slot_end = (at.div_euclid(SLOT_US) + 1) * SLOT_US;
            let room = rate * (slot_end - at) as f64 / 1e6;
            if left < room {
                return Some(at + us_of(left / rate));
            }
            left -= room;
            at = slot_end;
        }
        None
    }

    /// Lookups a second in the quarter of an hour that holds `us`.
    fn rate(&mut self, us: i64) -> f64 {
        let slot = us.div_euclid(SLOT_US);
        if slot != self.slot {
            self.slot = slot;
            let mut sum = 0.0;
            for (group, out) in self.groups.iter_mut().zip(&mut self.sums) {
                sum += group.per_s * group.clock.weight(us);
                *out = sum;
            }
        }
        self.sums.last().copied().unwrap_or(0.0)
    }

    /// One lookup; `None` where the client's own cache has the answer.
    fn lookup(&mut self, at: i64) -> Option<Row<'_>> {
        let rng = &mut self.rng;
        let group = match self.groups.len() {
            1 => 0,
            n => {
                let mark = rng.unit() * self.sums[n - 1];
                self.sums.partition_point(|&sum| sum <= mark).min(n - 1)
            }
        };
        let group = &self.groups[group];
        let member = group.activity.draw(rng);
        let client = group.first_client + member;
        let name = self.popularity.draw(rng);
        let kind = if self.types.len() == 1 { 0 } else { self.type_weights.draw(rng) };
        let cache = match self.spread {
            _ if self.cache_count == 1 => 0,
            Spread::PerClient => mix64(self.seed ^ u64::from(client)) % u64::from(self.cache_count),
            Spread::PerQuery => rng.below(u64::from(self.cache_count)),
        };
        let cache = u16::try_from(cache).expect("below a u16");
        let key = name as usize * self.types.len() + kind as usize;
        self.stats.wanted += 1;
        // More than a hundred years do not fit, and stay at the end of time.
        let now_s = u32::try_from(at.div_euclid(1_000_000) - self.start_s).unwrap_or(u32::MAX);
        let spec = &self.names[name as usize];
        let slot = (self.local_slots > 0).then(|| {
            let slot = mix64(key as u64) % u64::from(self.local_slots);
            client as usize * self.local_slots as usize + usize::try_from(slot).expect("below a u32")
        });
        let tag = u32::try_from(key).expect("counted when made") + 1;
        let own = slot.map(|s| self.local[s]).filter(|(held, _)| *held == tag);
        // Programs' own caches drop an entry when its time is up.
        if own.is_some_and(|(_, expiry)| expiry.left_s(now_s, 1, LastSecond::Missed).is_some()) {
            self.stats.local += 1;
            return None;
        }
        let kept = &mut self.kept[usize::from(cache) * self.names.len() * self.types.len() + key];
        let left_s = kept.left_s(now_s, spec.ttl_s, self.last_second);
        if left_s.is_some() {
            self.stats.hits += 1;
        } else {
            self.stats.misses += 1;
            *kept = Expiry::after(now_s, spec.ttl_s);
        }
        let ttl_s = left_s.unwrap_or(spec.ttl_s);
        if let Some(slot) = slot {
            self.local[slot] = (tag, Expiry::after(now_s, ttl_s));
        }
        Some(Row {
            at: Timestamp::from_us(at),
            client,
            address: group.addresses[member as usize],
            cache,
            cache_address: self.caches[usize::from(cache)],
            name,
            qname: &spec.name,
            qtype: self.types[kind as usize],
            rcode: spec.rcode,
            hit: left_s.is_some(),
            ttl_s,
        })
    }
}

/// Relative activity of each client.
fn activity(rng: &mut Rng, count: usize, spread: f64) -> Vec<f64> {
    (0..count).map(|_| if spread > 0.0 { libm::exp(spread * rng.normal()) } else { 1.0 }).collect()
}
