//! One lookup, from the closest known delegation to its answer.
//!
//! A [`Task`] looks one name and type up in one cache, aliases included. It asks one server
//! at a time. Where it has no address of a name server it waits for a task that finds one,
//! which gets half of the queries that it has left: so a client's question costs at most
//! [`QUERIES_MAX`] queries, whatever servers answer.

use core::net::IpAddr;

use askance_record::{Name, Rcode, RrType, Timestamp};

use super::clients::Client;
use super::hop::Hop;
use super::judge::{Referral, Rest, Verdict, address, judge, own_cut, root_servers};
use super::last_resort::LastResort;
use super::replies::{Kept, Key};
use super::software::Exposure;
use super::store::{ALIASES_MAX, Age, Answer, Found, Trust, canonical, parent, soa_record};
use super::upstream::Demand;
use super::{Resolver, Software};
use crate::Cause;
use crate::dns::cache::second;
use crate::dns::message::{Data, Message, Record};

/// Most queries for one question of a client (BIND's `max-recursion-queries`).
const QUERIES_MAX: u32 = 100;
/// How deep lookups for addresses of name servers nest (BIND's `max-recursion-depth`).
const DEPTH_MAX: u8 = 7;
/// Most lookups under way; further questions fail.
const TASKS_MAX: usize = 10_000;
/// Most clients that wait for one lookup; further ones are not answered.
const CLIENTS_MAX: usize = 1_000;

/// Who wants to know.
#[derive(Debug)]
pub(super) enum Asker {
    Client(Box<Client>),
    /// The cache itself: an entry is fetched anew, whatever it holds.
    Nobody {
        /// What is kept for at most so many seconds more counts as expired.
        leeway_s: u32,
    },
}

/// A lookup under way.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) id: u64,
    pub(super) cache: usize,
    pub(super) qname: Name,
    pub(super) qtype: RrType,
    /// Where the aliases lead so far.
    pub(super) name: Name,
    got: Vec<(Record, i64)>,
    aliases: usize,
    /// The aliases followed so far.
    followed: Vec<Key>,
    /// What is kept for at most so many seconds more counts as expired.
    pub(super) leeway_s: u32,
    /// True where the root's servers have been asked for since the last alias.
    is_primed: bool,
    pub(super) last_resort: LastResort,
    /// True where what the cache holds is passed over.
    is_refresh: bool,
    clients: Vec<Client>,
    /// Lookups that wait for an address from this one; the first one lent the queries.
    parents: Vec<u64>,
    pub(super) cause: Option<Cause>,
    pub(super) depth: u8,
    queries_left: u32,
    deadline: Timestamp,
    pub(super) hop: Option<Hop>,
    waits: Waits,
    end: Option<End>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    No,
    Server,
    Task(u64),
}

/// How a lookup ended.
#[derive(Clone, Debug)]
pub(super) struct End {
    rcode: Rcode,
    /// With the second in which each expires.
    records: Vec<(Record, i64)>,
    soa: Option<(Record, i64)>,
    /// As Unbound keeps it, aliases left out.
    kept: Option<Kept>,
}

impl End {
    fn failed() -> Self {
        Self { rcode: Rcode::SERVFAIL, records: Vec::new(), soa: None, kept: None }
    }

    /// The answer as it is now: time has passed since parts of it were fetched.
    pub(super) fn answer(&self, now: Timestamp) -> Answer {
        let aged = |(record, expires_s): &(Record, i64)| {
            let left_s = u32::try_from((expires_s - second(now)).max(0)).unwrap_or(u32::MAX);
            Record { ttl_s: record.ttl_s.min(left_s), ..record.clone() }
        };
        Answer {
            rcode: self.rcode,
            records: self.records.iter().map(aged).collect(),
            soa: self.soa.as_ref().map(aged),
            is_stale: false,
            due: Vec::new(),
        }
    }
}

/// What a step of a lookup led to.
pub(super) enum Progress {
    Again,
    Waiting,
    Done(Box<End>),
}

impl Progress {
    fn done(end: End) -> Self {
        Self::Done(Box::new(end))
    }

    pub(super) fn failed() -> Self {
        Self::done(End::failed())
    }
}

impl Task {
    /// True where the servers of the root are asked who the servers of the root are.
    pub(super) fn is_priming(&self) -> bool {
        self.is_refresh && self.qtype == RrType::NS && parent(&self.qname).is_none()
    }

    fn take(&mut self, now: Timestamp, record: Record) {
        let expires_s = second(now) + i64::from(record.ttl_s);
        self.got.push((record, expires_s));
    }

    fn follow(&mut self, now: Timestamp, alias: Record) {
        if let Data::Cname(target) = &alias.data {
            self.name = canonical(target);
        }
        self.aliases += 1;
        self.followed.push((canonical(&alias.owner), RrType::CNAME));
        self.hop = None;
        self.is_primed = false;
        self.take(now, alias);
    }

    fn done(&mut self, now: Timestamp, rcode: Rcode, soa: Option<Record>) -> End {
        let soa = soa.map(|record| (record.ttl_s, record)).map(|(ttl_s, r)| (r, second(now) + i64::from(ttl_s)));
        End { rcode, records: core::mem::take(&mut self.got), soa, kept: None }
    }

    fn done_with(&mut self, now: Timestamp, records: Vec<Record>) -> End {
        for record in records {
            self.take(now, record);
        }
        self.done(now, Rcode::NOERROR, None)
    }
}

impl Resolver {
    /// Begins a lookup or joins one that is under way.
    pub(super) fn look_up(
        &mut self,
        now: Timestamp,
        cache: usize,
        qname: Name,
        qtype: RrType,
        asker: Asker,
        cause: Option<Cause>,
    ) {
        let is_full = self.tasks.len() >= TASKS_MAX;
        let joined = self.asked.get(&(cache, qname.clone(), qtype)).and_then(|id| self.tasks.get_mut(id));
        match (joined, asker) {
            (Some(task), Asker::Client(client)) => {
                if task.clients.len() < CLIENTS_MAX {
                    task.clients.push(*client);
                }
            }
            (Some(_), Asker::Nobody { .. }) => {}
            (None, Asker::Nobody { .. }) if is_full => {}
            (None, Asker::Client(client)) if is_full => {
                self.reply_end(now, &client, &End::failed());
            }
            (None, asker) => {
                let mut task = self.new_task(now, cache, qname, qtype, cause);
                match asker {
                    Asker::Client(client) => task.clients.push(*client),
                    Asker::Nobody { leeway_s } => (task.is_refresh, task.leeway_s) = (true, leeway_s),
                }
                self.begin(task);
            }
        }
    }

    fn new_task(&mut self, now: Timestamp, cache: usize, qname: Name, qtype: RrType, cause: Option<Cause>) -> Task {
        self.next_task += 1;
        Task {
            id: self.next_task,
            cache,
            name: qname.clone(),
            qname,
            qtype,
            got: Vec::new(),
            aliases: 0,
            followed: Vec::new(),
            leeway_s: 0,
            is_primed: false,
            last_resort: LastResort::default(),
            is_refresh: false,
            clients: Vec::new(),
            parents: Vec::new(),
            cause,
            depth: 0,
            queries_left: QUERIES_MAX,
            deadline: now.plus_us(self.config.software.patience_us()),
            hop: None,
            waits: Waits::No,
            end: None,
        }
    }

    pub(super) fn begin(&mut self, task: Task) {
        self.asked.insert((task.cache, task.qname.clone(), task.qtype), task.id);
        self.ready.push_back(task.id);
        self.tasks.insert(task.id, task);
    }

    /// Goes on with every lookup that can go on.
    pub(super) fn work(&mut self, now: Timestamp) {
        while let Some(id) = self.ready.pop_front() {
            let Some(mut task) = self.tasks.remove(&id) else { continue };
            match self.step(now, &mut task) {
                Some(end) => self.finish(now, task, end),
                None => {
                    self.tasks.insert(id, task);
                }
            }
        }
    }

    /// Goes on with one lookup until it waits or ends.
    fn step(&mut self, now: Timestamp, task: &mut Task) -> Option<End> {
        loop {
            if task.waits != Waits::No {
                return None;
            }
            if let Some(end) = task.end.take() {
                return Some(end);
            }
            if now >= task.deadline || task.aliases > ALIASES_MAX {
                return Some(End::failed());
            }
            let progress = match task.hop.take() {
                None => self.start_hop(now, task),
                Some(hop) => self.ask_hop(now, task, hop),
            };
            match progress {
                Progress::Again => {}
                Progress::Waiting => return None,
                Progress::Done(end) => return Some(*end),
            }
        }
    }

    /// The cache, and where it ends the closest zone that is known.
    fn start_hop(&mut self, now: Timestamp, task: &mut Task) -> Progress {
        if !task.is_refresh {
            let progress = match self.config.software {
                Software::Unbound => self.find_reply(now, task),
                Software::Bind => self.find_records(now, task),
            };
            if let Some(progress) = progress {
                return progress;
            }
            if self.stores[task.cache].has_failed(now, &task.name, task.qtype) {
                return Progress::failed();
            }
        }
        task.hop = if self.is_forwarder() {
            Some(self.forwarders(task.cache))
        } else if task.is_priming() {
            self.hinted_root(task)
        } else {
            let closest = self.closest_hop(now, task, task.name.clone());
            if closest.is_none() && self.prime(now, task) {
                return Progress::Waiting;
            }
            closest.or_else(|| self.hinted_root(task))
        };
        if task.hop.is_some() { Progress::Again } else { Progress::failed() }
    }

    /// Asks for the servers of the root, once for each alias of a lookup (RFC 8109). Unbound waits for the answer, BIND uses what
    /// it was set up with meanwhile.
    ///
    /// - returns: true where the lookup waits
    fn prime(&mut self, now: Timestamp, task: &mut Task) -> bool {
        if core::mem::replace(&mut task.is_primed, true) || self.tasks.len() >= TASKS_MAX {
            return false;
        }
        let root = Name::parse(".").expect("the root is a name");
        let now_or_later = now.plus_us(i64::from(task.leeway_s) * 1_000_000);
        // Known by name alone: only what the resolver was set up with has addresses.
        if self.stores[task.cache].delegation(now_or_later, &root).is_some() {
            return false;
        }
        // The resolver's own upkeep: no client's process is its cause.
        self.look_up(now, task.cache, root.clone(), RrType::NS, Asker::Nobody { leeway_s: 0 }, None);
        if self.config.software == Software::Bind {
            return false;
        }
        let Some(&id) = self.asked.get(&(task.cache, root, RrType::NS)) else { return false };
        self.wait_for(task, id)
    }

    /// Waits for another lookup unless that one waits for this.
    fn wait_for(&mut self, task: &mut Task, id: u64) -> bool {
        if id == task.id || self.is_waiting_for(id, task.id) {
            return false;
        }
        let Some(other) = self.tasks.get_mut(&id) else { return false };
        other.parents.push(task.id);
        task.waits = Waits::Task(id);
        true
    }

    /// A whole reply or an alias that Unbound keeps. `RRsets` that came by the way answer nothing.
    fn find_reply(&mut self, now: Timestamp, task: &mut Task) -> Option<Progress> {
        let store = &mut self.stores[task.cache];
        let key = (task.name.clone(), task.qtype);
        if let Some(kept) = store.kept(now, &key)
            && let Some(answer) = store.reply_answer(now, &task.name, task.qtype)
        {
            for record in answer.records {
                task.take(now, record);
            }
            let end = task.done(now, answer.rcode, answer.soa);
            return Some(Progress::done(End { kept: Some(kept), ..end }));
        }
        let alias = if task.qtype == RrType::CNAME { None } else { store.alias(now, &task.name) };
        task.follow(now, alias?);
        Some(Progress::Again)
    }

    /// Records, an alias or their absence, as BIND keeps them.
    fn find_records(&mut self, now: Timestamp, task: &mut Task) -> Option<Progress> {
        let (found, age) = self.stores[task.cache].find(now, &task.name, task.qtype);
        let soa_at = |soa: Option<_>| soa.map(|soa| soa_record(&soa, age.remaining_s));
        Some(match found {
            _ if age.is_stale => return None,
            Found::Nothing => return None,
            Found::Alias(record, _) => {
                task.follow(now, record);
                Progress::Again
            }
            Found::Records(records) => Progress::done(task.done_with(now, records)),
            Found::NoData(soa) => Progress::done(task.done(now, Rcode::NOERROR, soa_at(soa))),
            Found::NxDomain(soa) => Progress::done(task.done(now, Rcode::NXDOMAIN, soa_at(soa))),
        })
    }

    /// Asks a server of the zone, or for the address of one.
    fn ask_hop(&mut self, now: Timestamp, task: &mut Task, mut hop: Hop) -> Progress {
        let software = self.config.software;
        let (name, qtype) = loop {
            let question = hop.exposure.question(software, &task.name, task.qtype);
            if hop.exposure == Exposure::Full {
                break question;
            }
            // Probes whose answer is known need not be made.
            let store = &mut self.stores[task.cache];
            hop.exposure = match software {
                Software::Unbound => match store.kept_code(now, &question) {
                    Some(_) => hop.exposure.next(software, &task.name, task.qtype),
                    None => break question,
                },
                Software::Bind => match store.find(now, &question.0, question.1) {
                    (Found::NoData(_), Age { is_stale: false, .. }) => {
                        hop.exposure.next(software, &task.name, task.qtype)
                    }
                    (Found::NxDomain(_), Age { is_stale: false, .. }) => Exposure::Full,
                    _ => break question,
                },
            };
        };
        let picked = self.pick_server(now, task.cache, &hop);
        let progress = match picked {
            Some((at, own)) if task.queries_left > 0 => {
                let wait_us = self.wait_us(hop.servers[at].tries);
                hop.servers[at].tries += 1;
                task.queries_left -= 1;
                task.waits = Waits::Server;
                let (cache, server, cause, deadline) = (task.cache, hop.servers[at].ip, task.cause, task.deadline);
                self.send(now, Demand { task: task.id, cache, own, server, name, qtype, cause, wait_us, deadline });
                Progress::Waiting
            }
            Some(_) => Progress::failed(),
            None => match hop.unresolved.pop() {
                Some((server, rtype)) => self.ask_address(now, task, &mut hop, server, rtype),
                None => return self.try_last_resort(now, task, hop),
            },
        };
        task.hop = Some(hop);
        progress
    }

    /// Finds an address of a name server: in the cache, or by a lookup that this one waits for.
    fn ask_address(&mut self, now: Timestamp, task: &mut Task, hop: &mut Hop, server: Name, rtype: RrType) -> Progress {
        let known = self.stores[task.cache].addresses(now, &server);
        if !known.is_empty() {
            for ip in known {
                hop.add(ip);
            }
            return Progress::Again;
        }
        if let Some(&id) = self.asked.get(&(task.cache, server.clone(), rtype)) {
            // Where that one waits for this: a loop of delegations.
            return if self.wait_for(task, id) { Progress::Waiting } else { Progress::Again };
        }
        match self.new_child(now, task, server, rtype) {
            Some(child) => {
                self.begin(child);
                Progress::Waiting
            }
            None => Progress::Again,
        }
    }

    /// A lookup that this one waits for, and that gets half of its queries; `None` where there are too many.
    pub(super) fn new_child(&mut self, now: Timestamp, task: &mut Task, name: Name, rtype: RrType) -> Option<Task> {
        if task.depth >= DEPTH_MAX || self.tasks.len() >= TASKS_MAX {
            return None;
        }
        let mut child = self.new_task(now, task.cache, name, rtype, task.cause);
        child.depth = task.depth + 1;
        child.deadline = task.deadline;
        child.queries_left = task.queries_left / 2;
        task.queries_left -= child.queries_left;
        child.parents.push(task.id);
        task.waits = Waits::Task(child.id);
        Some(child)
    }

    /// True where a lookup for this is under way.
    pub(super) fn is_asked(&self, cache: usize, name: &Name, qtype: RrType) -> bool {
        self.asked.contains_key(&(cache, name.clone(), qtype))
    }

    /// True where the lookup `id` waits for `other`, through however many.
    fn is_waiting_for(&self, mut id: u64, other: u64) -> bool {
        while let Some(Task { waits: Waits::Task(next), .. }) = self.tasks.get(&id) {
            if *next == other {
                return true;
            }
            id = *next;
        }
        false
    }

    /// A server kept silent or made no sense.
    ///
    /// - `is_free`: the try does not count
    pub(super) fn unanswered(&mut self, id: u64, server: IpAddr, is_free: bool) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.waits = Waits::No;
        self.ready.push_back(id);
        if let Some(candidate) = task.hop.as_mut().and_then(|hop| hop.server(server)).filter(|_| is_free) {
            candidate.tries = candidate.tries.saturating_sub(1);
        }
    }

    /// A server answered.
    pub(super) fn receive(&mut self, now: Timestamp, id: u64, server: IpAddr, message: &Message) {
        let Some(mut task) = self.tasks.remove(&id) else { return };
        task.waits = Waits::No;
        if let Some(hop) = task.hop.take() {
            self.apply(now, &mut task, hop, server, message);
        }
        self.tasks.insert(id, task);
        self.ready.push_back(id);
    }

    fn apply(&mut self, now: Timestamp, task: &mut Task, mut hop: Hop, server: IpAddr, message: &Message) {
        let software = self.config.software;
        let (qname, qtype) = hop.exposure.question(software, &task.name, task.qtype);
        let is_probe = hop.exposure != Exposure::Full;
        match judge(message, &hop.zone, &qname, qtype, self.is_forwarder()) {
            Verdict::Useless => {
                // Both programs fall back to the whole name where a probe fails.
                hop.exposure = Exposure::Full;
                if let Some(candidate) = hop.server(server).filter(|_| software.is_dropped_at_error() && !is_probe) {
                    candidate.is_dropped = true;
                }
                task.hop = Some(hop);
            }
            Verdict::Refer(referral) => {
                task.hop = self.descend(now, task, referral);
                if task.hop.is_none() {
                    task.end = Some(End::failed());
                }
            }
            Verdict::Answer { mut aliases, mut rest, extra } => {
                // Both programs look the target of an alias up themselves, whatever came along with it.
                if !self.is_forwarder() && !aliases.is_empty() {
                    aliases.truncate(1);
                    rest = Rest::Elsewhere;
                }
                if let Some(root) = root_servers(message, &qname).filter(|_| task.is_priming()) {
                    self.stores[task.cache].put_referral(now, root);
                }
                let cut = if is_probe { own_cut(message, &hop.zone, &qname) } else { None };
                let is_whole = qname.key() == task.name.key();
                let (aliases, rest, kept) = self.keep_answer(now, task, (qname, qtype), aliases, rest, extra);
                if let Some(below) = cut.and_then(|cut| self.descend(now, task, cut)) {
                    task.hop = Some(below);
                } else if is_probe && (!is_whole || aliases.is_empty()) {
                    hop.exposure = match rest {
                        Rest::NxDomain(_) => Exposure::Full,
                        _ => hop.exposure.next(software, &task.name, task.qtype),
                    };
                    task.hop = Some(hop);
                } else {
                    for alias in aliases {
                        task.follow(now, alias);
                    }
                    // A probe's aliases hold for the type asked for, what they lead to does not.
                    task.end = if is_probe { None } else { task.settle(now, rest) };
                    if let Some(end) = &mut task.end {
                        end.kept = kept;
                    }
                }
            }
        }
    }

    /// Keeps what was answered to `question`.
    ///
    /// - returns: aliases and rest with the TTLs that they are kept for, and the reply that Unbound keeps of them.
    ///   It keeps none of a probe that asks for another type than the lookup, yet its `RRsets`
    fn keep_answer(
        &mut self,
        now: Timestamp,
        task: &Task,
        question: Key,
        aliases: Vec<Record>,
        rest: Rest,
        extra: Vec<Record>,
    ) -> (Vec<Record>, Rest, Option<Kept>) {
        let store = &mut self.stores[task.cache];
        let end = aliases.last().and_then(|alias| match &alias.data {
            Data::Cname(target) => Some(canonical(target)),
            _ => None,
        });
        let key = (end.unwrap_or(question.0), question.1);
        if self.config.software == Software::Bind {
            let aliases = aliases.into_iter().map(|alias| store.put_alias(now, alias)).collect();
            return (aliases, store.put_rest(now, &key.0, key.1, rest), None);
        }
        let keep_alias = |mut alias: Record| {
            let key = (canonical(&alias.owner), RrType::CNAME);
            let left_s = store.put_rrset(now, task.leeway_s, &key, vec![alias.clone()], Trust::Answer);
            alias.ttl_s = store.clamp(alias.ttl_s).min(left_s);
            alias
        };
        let aliases = aliases.into_iter().map(keep_alias).collect();
        let (rest, kept) = store.put_rrsets(now, task.leeway_s, &key, rest, extra);
        if let Some(kept) = kept.clone().filter(|_| key.1 == task.qtype) {
            store.put_reply(now, key, kept);
        }
        (aliases, rest, kept)
    }

    /// Keeps a delegation and goes on below it; `None` where none of its servers can be reached.
    fn descend(&mut self, now: Timestamp, task: &mut Task, referral: Referral) -> Option<Hop> {
        let zone = canonical(&referral.zone);
        self.note_parent(now, task, &zone, &referral);
        self.stores[task.cache].put_referral(now, referral);
        let servers = self.stores[task.cache].delegation(now, &zone)?;
        let mut hop = self.hop(now, task, &zone, &servers)?;
        hop.is_from_parent = true;
        task.last_resort.merge_tries(&mut hop);
        Some(hop)
    }

    /// A lookup has ended: its clients are answered, and lookups that wait for it go on.
    fn finish(&mut self, now: Timestamp, mut task: Task, mut end: End) {
        self.asked.remove(&(task.cache, task.qname.clone(), task.qtype));
        let store = &mut self.stores[task.cache];
        let key = (task.qname.clone(), task.qtype);
        if let Some(kept) = end.kept.take() {
            store.put_reply(now, key, kept.behind(core::mem::take(&mut task.followed)));
        } else if end.rcode == Rcode::SERVFAIL && task.leeway_s > 0 {
            store.pause_prefetch(now, &key);
        }
        if end.rcode == Rcode::SERVFAIL && !task.is_refresh {
            // A failure that is answered from memory is not remembered for longer.
            if !store.has_failed(now, &task.qname, task.qtype) {
                store.put_failure(now, task.qname.clone(), task.qtype);
            }
            let stale = store.answer(now, &task.qname, task.qtype).filter(|answer| answer.is_stale);
            if let Some(answer) = stale {
                task.got.clear();
                end = task.done_with(now, answer.records);
                end.rcode = answer.rcode;
                end.soa = answer.soa.map(|soa| (soa, second(now) + i64::from(u32::MAX)));
            }
        }
        for client in &task.clients {
            self.reply_end(now, client, &end);
        }
        for (nth, parent) in task.parents.iter().enumerate() {
            let Some(parent) = self.tasks.get_mut(parent).filter(|p| p.waits == Waits::Task(task.id)) else { continue };
            parent.waits = Waits::No;
            if nth == 0 && task.depth > 0 {
                parent.queries_left += task.queries_left;
            }
            if let Some(hop) = &mut parent.hop {
                end.records.iter().filter_map(|(r, _)| address(&r.data)).for_each(|ip| hop.add(ip));
            }
            self.ready.push_back(parent.id);
        }
    }
}

impl Task {
    /// What the end of the aliases means for the lookup; `None` where it goes on from there.
    fn settle(&mut self, now: Timestamp, rest: Rest) -> Option<End> {
        match rest {
            Rest::Records(records) => Some(self.done_with(now, records)),
            Rest::NoData(soa) => Some(self.done(now, Rcode::NOERROR, soa.map(|soa| soa_record(&soa, soa.1)))),
            Rest::NxDomain(soa) => Some(self.done(now, Rcode::NXDOMAIN, soa.map(|soa| soa_record(&soa, soa.1)))),
            Rest::Elsewhere => None,
        }
    }
}
