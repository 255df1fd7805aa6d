//! Which target next, and when.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use askance_record::{Rng, Timestamp};

use crate::network::Network;
use crate::survey::classify::{Verdict, classify};
use crate::survey::plan::Plan;
use crate::survey::visit::Visit;
use crate::survey::visits::{VisitPlan, next_visit};

/// How fast a survey goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Most connections at a time.
    pub in_flight_max: usize,
    /// Most connections at a time to one network: the /24 of IPv4, the /48 of IPv6.
    pub per_network_max: usize,
    /// From the end of a connection to the next one in the same network, in microseconds.
    pub pause_us: i64,
    /// At most so much is added to the pause by chance, in microseconds.
    pub jitter_us: i64,
    /// From one connection to the next anywhere, in microseconds.
    pub gap_us: i64,
}

impl Pace {
    /// 32 at a time, one a network, 2 to 3 s between two of a network, 0.1 s between any two.
    pub const POLITE: Self =
        Self { in_flight_max: 32, per_network_max: 1, pause_us: 2_000_000, jitter_us: 1_000_000, gap_us: 100_000 };

    /// Without limits but this one: for the lab's own hosts; a [`Plan`] refuses it elsewhere.
    pub const fn lifted(in_flight_max: usize) -> Self {
        Self { in_flight_max, per_network_max: usize::MAX, pause_us: 0, jitter_us: 0, gap_us: 0 }
    }

    /// True where nothing is faster than in [`POLITE`](Self::POLITE), but for the gap, which anybody may choose.
    pub fn is_polite(&self) -> bool {
        let polite = Self::POLITE;
        self.in_flight_max <= polite.in_flight_max && self.per_network_max <= 1 && self.pause_us >= polite.pause_us
    }
}

/// What an earlier run left of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It has its result.
    Finished {
        /// Visits that were begun for it.
        visits: usize,
    },
    /// These visits were completed; one more may have been begun.
    Begun {
        /// The completed ones, in order.
        visits: Vec<Visit>,
        /// One that was begun and never ended, and when it began: it is not repeated.
        open: Option<(VisitPlan, Timestamp)>,
    },
}

/// A visit to make now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Whom to visit.
    pub target: IpAddr,
    /// As whom.
    pub visit: VisitPlan,
    /// Which visit to this target it is, from 1.
    pub ordinal: usize,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Make this visit, and tell [`Schedule::finished`].
    Visit(Assignment),
    /// Ask again then, or as soon as a visit is finished.
    Wait {
        /// `None`: only the end of a visit changes anything.
        until: Option<Timestamp>,
    },
    /// Every target has its result, or the budget is spent.
    Done,
}

/// A target's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The target.
    pub target: IpAddr,
    /// What it was found to be.
    pub verdict: Verdict,
    /// What that rests on.
    pub visits: Vec<Visit>,
}

/// Hands out visits one by one, each at its time.
///
/// No two visits to one target ever overlap, whatever the pace.
#[derive(Debug)]
pub struct Schedule {
    plan: Plan,
    rng: Rng,
    networks: BTreeMap<Network, Queue>,
    /// Networks with somebody to visit and room for it, by when the next visit may begin.
    ready: BTreeSet<(Timestamp, Network)>,
    begun: BTreeMap<IpAddr, Vec<Visit>>,
    in_flight: BTreeSet<IpAddr>,
    /// Results that needed no visit in this run.
    at_once: Vec<Finding>,
    next_start: Timestamp,
    connections_left: u64,
    done: usize,
}

impl Known {
    /// Visits that were begun.
    fn visits(&self) -> usize {
        match self {
            Self::Finished { visits } => *visits,
            Self::Begun { visits, open } => visits.len() + usize::from(open.is_some()),
        }
    }
}

/// What waits in one network.
#[derive(Debug)]
struct Queue {
    waiting: VecDeque<IpAddr>,
    in_flight: usize,
    ready_at: Timestamp,
}

impl Schedule {
    /// A survey about to begin, or to go on.
    ///
    /// - `known`: what earlier runs left, and spent of the budget; targets that are not in the plan are passed over
    /// - `seed`: of the chance in the pauses
    pub fn new(plan: Plan, mut known: BTreeMap<IpAddr, Known>, seed: u64) -> Self {
        let begin = Timestamp::from_us(i64::MIN);
        let spent: usize = plan.targets.iter().filter_map(|target| known.get(target)).map(Known::visits).sum();
        let connections_left = plan.connections_max().saturating_sub(spent as u64);
        let mut this = Self {
            rng: Rng::part(seed, "survey pauses"),
            networks: BTreeMap::new(),
            ready: BTreeSet::new(),
            begun: BTreeMap::new(),
            in_flight: BTreeSet::new(),
            at_once: Vec::new(),
            next_start: begin,
            connections_left,
            done: 0,
            plan,
        };
        for target in this.plan.targets.clone() {
            match known.remove(&target) {
                None => this.enlist(target),
                Some(Known::Finished { .. }) => this.done += 1,
                Some(Known::Begun { visits, open }) => this.take_up(target, visits, open),
            }
        }
        this.ready = this.networks.keys().map(|network| (begin, *network)).collect();
        this
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Targets with a result, and all targets.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.plan.targets.len())
    }

    /// Results that earlier runs left to be said, once: of targets whose last visit was cut short and is not repeated.
    pub fn take_at_once(&mut self) -> Vec<Finding> {
        core::mem::take(&mut self.at_once)
    }

    /// What to do now. Time never runs backwards.
    ///
    /// # Panics
    /// Never: a network is ready only while somebody in it waits for a visit.
    pub fn next(&mut self, now: Timestamp) -> Next {
        let room = self.in_flight.len() < self.plan.request.pace.in_flight_max.max(1);
        let first = self.ready.first().copied().filter(|_| self.connections_left > 0);
        let Some((at, network)) = first else {
            return if self.in_flight.is_empty() { Next::Done } else { Next::Wait { until: None } };
        };
        if !room {
            return Next::Wait { until: None };
        }
        let at = at.max(self.next_start);
        if at > now {
            return Next::Wait { until: Some(at) };
        }
        self.ready.pop_first();
        let pace = &self.plan.request.pace;
        let (gap_us, pause_us) = (pace.gap_us, pace.pause_us);
        let queue = self.networks.get_mut(&network).expect("ready networks are listed");
        let target = queue.waiting.pop_front().expect("ready networks have somebody waiting");
        queue.in_flight += 1;
        queue.ready_at = now.plus_us(pause_us);
        let visits = self.begun.entry(target).or_default();
        let request = &self.plan.request;
        let visit = next_visit(visits, request.senders.len(), request.sources.len(), request.patience.slow_us)
            .expect("a target waits only while a visit is wanted");
        let assignment = Assignment { target, visit, ordinal: visits.len() + 1 };
        self.in_flight.insert(target);
        self.next_start = now.plus_us(gap_us);
        self.connections_left -= 1;
        self.list(network);
        Next::Visit(assignment)
    }

    /// A visit has ended; gives the target's result where no further visit is wanted.
    ///
    /// # Panics
    /// Where no visit to `target` is under way.
    pub fn finished(&mut self, now: Timestamp, target: IpAddr, visit: Visit) -> Option<Finding> {
        assert!(self.in_flight.remove(&target), "only what was handed out is finished");
        let network = Network::neighbourhood(target);
        let pace = &self.plan.request.pace;
        let jitter_us = i64::try_from(self.rng.below(u64::try_from(pace.jitter_us).unwrap_or(0).saturating_add(1)));
        let ready_at = now.plus_us(pace.pause_us.saturating_add(jitter_us.unwrap_or(0)));
        let queue = self.networks.get_mut(&network).expect("every target has its network");
        self.ready.remove(&(queue.ready_at, network));
        queue.in_flight -= 1;
        queue.ready_at = ready_at.max(queue.ready_at);
        let mut visits = self.begun.remove(&target).unwrap_or_default();
        visits.push(visit);
        let request = &self.plan.request;
        let more = next_visit(&visits, request.senders.len(), request.sources.len(), request.patience.slow_us);
        let result = if more.is_some() && self.connections_left > 0 {
            queue.waiting.push_front(target);
            self.begun.insert(target, visits);
            None
        } else {
            self.done += 1;
            Some(self.judge(target, visits))
        };
        self.list(network);
        result
    }

    /// Puts a network among the ready ones where it has somebody to visit and room for it.
    fn list(&mut self, network: Network) {
        let queue = &self.networks[&network];
        if !queue.waiting.is_empty() && queue.in_flight < self.plan.request.pace.per_network_max.max(1) {
            self.ready.insert((queue.ready_at, network));
        }
    }

    fn enlist(&mut self, target: IpAddr) {
        let fresh = || Queue { waiting: VecDeque::new(), in_flight: 0, ready_at: Timestamp::from_us(i64::MIN) };
        self.networks.entry(Network::neighbourhood(target)).or_insert_with(fresh).waiting.push_back(target);
    }

    /// Goes on with a target that an earlier run began.
    fn take_up(&mut self, target: IpAddr, mut visits: Vec<Visit>, open: Option<(VisitPlan, Timestamp)>) {
        if let Some((plan, began)) = open {
            visits.push(Visit::interrupted(plan, began));
        }
        let request = &self.plan.request;
        let more = next_visit(&visits, request.senders.len(), request.sources.len(), request.patience.slow_us);
        if more.is_some() && self.connections_left > 0 {
            self.begun.insert(target, visits);
            self.enlist(target);
        } else {
            self.done += 1;
            let finding = self.judge(target, visits);
            self.at_once.push(finding);
        }
    }

    fn judge(&self, target: IpAddr, visits: Vec<Visit>) -> Finding {
        let verdict = classify(&visits, self.plan.request.patience.slow_us);
        Finding { target, verdict, visits }
    }
}
