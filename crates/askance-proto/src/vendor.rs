//! A bulk-mail vendor: tenants, their names, campaigns, queue, bounces.
//!
//! The vendor registers names for each client, points them and the reverse record at an address, and sends the
//! client's campaigns from it. Its log speaks as Postfix does. When a client leaves, or another sender takes
//! over the address, the names stay as they are until somebody changes them: every receiver that checks the
//! sender's reverse record then looks a name up that has nothing to do with the mail at hand.
//!
//! One message goes through one connection; to one domain a tenant has one connection at a time.

mod delivery;
mod inbound;
mod letter;
mod occasions;
mod tenant;
mod words;

use core::net::{IpAddr, SocketAddr};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use askance_record::{Name, Rng, Timestamp};

use crate::dns::{Stub, StubConfig};
use crate::mail::{Bounce, BounceAction, BounceClass, DkimSigner, Message, RetrySchedule};
use crate::smtp::{Listener, ListenerConfig};
use crate::{Actor, Cause, Input, Node, Outbox, Output, StreamEvent, StreamId};

use delivery::{Ask, Session, Work};
use inbound::{Inbound, Received};
use letter::{Letter, Returned};

pub use occasions::Occasions;
pub use tenant::{Campaign, SubscriberList, Tenant, TenantKey, VendorNames};

/// How long the platform takes to make a message at most, in microseconds.
const HAND_OVER_US_MAX: u64 = 40_000;

/// A vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorConfig {
    /// Its own host name.
    pub hostname: Name,
    /// How its hosts look names up.
    pub stub: StubConfig,
    /// Its clients, and applications that send from its addresses.
    pub tenants: Vec<Tenant>,
    /// When it tries again.
    pub retry: RetrySchedule,
    /// The clock of its queue manager.
    pub queue_clock: QueueClock,
    /// Makes everything that is drawn.
    pub seed: u64,
    /// Ground truth of its lookups and connections, where a campaign says nothing else.
    pub cause: Option<Cause>,
    /// Where bounces come in.
    pub bounce_listen: Option<SocketAddr>,
    /// Whether it uses TLS where that is offered.
    pub starttls: bool,
    /// Most recipients of one message, all of one domain; at least 1.
    pub recipients_per_message_max: u16,
    /// What answers at port 25 of its sending addresses.
    pub listeners: Vec<ListenerConfig>,
}

/// The clock that queue runs follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueClock {
    /// How long after a multiple of the run's interval since 1970 the queue manager was started, in microseconds.
    pub phase_us: i64,
    /// How much runs slip, in parts per million, because the next is counted from the end of the last.
    pub slip_ppm: i64,
    /// Mean time from the beginning of a run until it reaches a letter, in milliseconds (exponential).
    pub late_mean_ms: u32,
}

impl QueueClock {
    /// Started at a moment of its own; in two recorded weeks of Postfix the runs of a 300 s clock moved by 25 s and
    /// scattered by one or two.
    pub fn of_a_busy_host(seed: u64) -> Self {
        const HALF_HOUR_US: u64 = 1_800_000_000;
        let phase = Rng::part(seed, "queue manager").below(HALF_HOUR_US);
        Self { phase_us: i64::try_from(phase).unwrap_or(0), slip_ppm: 60, late_mean_ms: 1_000 }
    }
}

/// A configuration that contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VendorError {
    /// A campaign goes to a list that its tenant does not have.
    #[error("campaign {campaign} of tenant {tenant} goes to an unknown list, {list}")]
    UnknownList {
        /// The tenant.
        tenant: String,
        /// The campaign.
        campaign: String,
        /// The list.
        list: String,
    },
    /// A list holds something that is no address.
    #[error("tenant {tenant} writes to {address}, which is not local@domain")]
    Address {
        /// The tenant.
        tenant: String,
        /// What stands there.
        address: String,
    },
}

/// The party.
#[derive(Debug)]
pub struct Vendor {
    config: VendorConfig,
    stub: Stub<Ask>,
    rng: Rng,
    /// One generator for each campaign, so that one never shifts another.
    draws: BTreeMap<(usize, usize), Rng>,
    destinations: Vec<Destination>,
    destination_of: BTreeMap<(usize, String), usize>,
    letters: BTreeMap<u64, Letter>,
    letters_made: u64,
    notices: u64,
    sessions: BTreeMap<StreamId, Session>,
    streams: u64,
    suppressed: BTreeSet<(usize, String)>,
    /// By tenant.
    signers: Vec<Option<DkimSigner>>,
    inbound: Inbound,
    listeners: Vec<Hosted>,
    agenda: BTreeSet<(Timestamp, Alarm)>,
    outbox: Outbox,
}

/// What the vendor wakes up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Alarm {
    /// A campaign's next occasion, by tenant and campaign.
    Occasion(usize, usize),
    /// A destination may have its next letter.
    Destination(usize),
    /// A letter's first or next attempt.
    Turn(u64),
    /// A look at a waiting letter's exchanges, before its next attempt at that time.
    Look(u64, Timestamp),
    /// A session has waited long enough.
    Patience(StreamId),
}

/// One domain that one tenant writes to.
#[derive(Debug)]
struct Destination {
    domain: Name,
    ready: VecDeque<u64>,
    /// Not before this time, by the throttle.
    next_free: Timestamp,
    work: Option<Work>,
}

/// A listener at sending addresses.
#[derive(Debug)]
struct Hosted {
    listener: Listener,
    addresses: Vec<IpAddr>,
    streams: BTreeSet<StreamId>,
    due: Option<Timestamp>,
}

impl Vendor {
    /// A vendor that has sent nothing yet.
    ///
    /// # Errors
    /// [`VendorError`] where a campaign's list is missing, or an address is none.
    pub fn new(config: VendorConfig) -> Result<Self, VendorError> {
        check(&config)?;
        let mut domains: BTreeSet<String> =
            config.tenants.iter().map(|t| t.return_path_domain.key().to_owned()).collect();
        domains.insert(config.hostname.key().to_owned());
        let hosted = |config: &ListenerConfig| Hosted {
            listener: Listener::new(config.clone()),
            addresses: config.addresses.clone(),
            streams: BTreeSet::new(),
            due: None,
        };
        Ok(Self {
            stub: Stub::new(config.stub.clone(), Rng::part(config.seed, "vendor/stub")),
            rng: Rng::part(config.seed, "vendor"),
            draws: BTreeMap::new(),
            destinations: Vec::new(),
            destination_of: BTreeMap::new(),
            letters: BTreeMap::new(),
            letters_made: 0,
            notices: 0,
            sessions: BTreeMap::new(),
            streams: 0,
            suppressed: BTreeSet::new(),
            signers: config.tenants.iter().map(signer).collect(),
            inbound: Inbound::new(config.hostname.to_string(), domains),
            listeners: config.listeners.iter().map(hosted).collect(),
            agenda: BTreeSet::new(),
            outbox: Outbox::default(),
            config,
        })
    }

    /// A vendor at its addresses: those of its stub, its tenants, its listeners, and where bounces come in.
    ///
    /// - `id`: the node's name in the scenario
    ///
    /// # Errors
    /// As [`Vendor::new`].
    pub fn node(id: impl Into<String>, config: VendorConfig) -> Result<Node, VendorError> {
        let listening: Vec<IpAddr> = config.listeners.iter().flat_map(|l| l.addresses.iter().copied()).collect();
        let mut addresses = vec![config.stub.address];
        addresses.extend(config.tenants.iter().map(|t| t.address));
        addresses.extend(&listening);
        addresses.extend(config.bounce_listen.map(|a| a.ip()));
        addresses.sort_unstable();
        addresses.dedup();
        let mut listens_tcp: Vec<_> = listening.into_iter().map(|ip| SocketAddr::new(ip, 25)).collect();
        listens_tcp.extend(config.bounce_listen);
        listens_tcp.sort_unstable();
        listens_tcp.dedup();
        let actor = Box::new(Self::new(config)?);
        Ok(Node { id: id.into(), addresses, listens_udp: Vec::new(), listens_tcp, actor })
    }

    /// Plans the first occasion of each campaign; those before the vendor's own life are left out.
    fn start(&mut self, now: Timestamp) {
        for (t, tenant) in self.config.tenants.iter().enumerate() {
            for (c, campaign) in tenant.campaigns.iter().enumerate() {
                let label = format!("campaign/{}/{}", tenant.id, campaign.id);
                let mut rng = Rng::part(self.config.seed, &label);
                let first = campaign.occasions.next(tenant.from.max(now).plus_us(-1), &mut rng);
                self.draws.insert((t, c), rng);
                self.agenda.extend(first.map(|at| (at, Alarm::Occasion(t, c))));
            }
        }
    }

    fn cause_of(&self, tenant: usize, campaign: usize) -> Option<Cause> {
        self.config.tenants[tenant].campaigns[campaign].cause.or(self.config.cause)
    }

    /// A campaign goes out: a letter for each recipient, or several recipients of a domain.
    fn occasion(&mut self, now: Timestamp, t: usize, c: usize) {
        let tenant = &self.config.tenants[t];
        if tenant.until.is_some_and(|until| now >= until) {
            return;
        }
        let campaign = &tenant.campaigns[c];
        let Some(list) = tenant.lists.iter().find(|l| l.id == campaign.list) else { return };
        let Some(rng) = self.draws.get_mut(&(t, c)) else { return };
        let mut recipients = list.addresses.clone();
        if let Some(audience) = campaign.audience {
            let wanted = usize::from(audience).min(recipients.len());
            for at in 0..wanted {
                let rest = u64::try_from(recipients.len() - at).expect("usize fits u64");
                let draw = usize::try_from(rng.below(rest)).expect("below a usize");
                recipients.swap(at, at + draw);
            }
            recipients.truncate(wanted);
        }
        let next = campaign.occasions.next(now, rng);
        self.agenda.extend(next.map(|at| (at, Alarm::Occasion(t, c))));
        let per_message = usize::from(self.config.recipients_per_message_max.max(1));
        let mut by_domain: Vec<(String, Vec<String>)> = Vec::new();
        let mut open: BTreeMap<String, usize> = BTreeMap::new();
        for address in recipients {
            let domain = address.rsplit_once('@').map(|(_, d)| d.to_ascii_lowercase()).unwrap_or_default();
            match open.get(&domain).and_then(|&at| by_domain.get_mut(at)) {
                Some((_, group)) if group.len() < per_message => group.push(address),
                _ => {
                    open.insert(domain.clone(), by_domain.len());
                    by_domain.push((domain, vec![address]));
                }
            }
        }
        let mut handed_over = now;
        for (domain, to) in by_domain {
            // A platform makes its messages one after the other, some milliseconds each.
            let took = i64::try_from(self.rng.below(HAND_OVER_US_MAX)).expect("small");
            handed_over = handed_over.plus_us(1 + took);
            self.enqueue(handed_over, t, c, &domain, to);
        }
    }

    fn enqueue(&mut self, at: Timestamp, tenant: usize, campaign: usize, domain: &str, to: Vec<String>) {
        let Ok(name) = Name::parse(domain) else { return }; // checked in `new`
        let next = self.destinations.len();
        let destination = *self.destination_of.entry((tenant, name.key().to_owned())).or_insert(next);
        if destination == next {
            let ready = VecDeque::new();
            self.destinations.push(Destination { domain: name, ready, next_free: at, work: None });
        }
        let serial = self.letters_made;
        self.letters_made += 1;
        let left = to.clone();
        self.letters
            .insert(serial, Letter { tenant, campaign, destination, serial, to, left, queued: None, attempts: 0 });
        self.agenda.insert((at, Alarm::Turn(serial)));
    }

    /// Begins the next letter of a destination, if it is free and the throttle allows.
    fn pump(&mut self, now: Timestamp, destination: usize) {
        loop {
            let d = &mut self.destinations[destination];
            if d.work.is_some() || d.ready.is_empty() {
                return;
            }
            if d.next_free > now {
                self.agenda.insert((d.next_free, Alarm::Destination(destination)));
                return;
            }
            let Some(number) = d.ready.pop_front() else { return };
            let Some(letter) = self.letters.get_mut(&number) else { continue };
            if letter.queued.is_none() {
                let tenant = letter.tenant;
                letter.left.retain(|address| !self.suppressed.contains(&(tenant, address.to_ascii_lowercase())));
                if letter.left.is_empty() {
                    self.letters.remove(&number);
                    continue;
                }
            }
            let rate = self.config.tenants[letter.tenant].campaigns[letter.campaign].per_domain_per_minute;
            if rate > 0 {
                let count = i64::try_from(letter.left.len()).expect("a list fits");
                d.next_free = now.plus_us(count * 60_000_000 / i64::from(rate));
            }
            return self.begin(now, number);
        }
    }

    /// The octets of a message, signed where the tenant signs.
    fn signed(&self, tenant: usize, message: &Message, at: Timestamp) -> Vec<u8> {
        let seconds = u64::try_from(at.us().div_euclid(1_000_000)).ok();
        match self.signers.get(tenant) {
            Some(Some(signer)) => signer.sign(message, seconds).octets().to_vec(),
            _ => message.octets().to_vec(),
        }
    }

    fn suppress(&mut self, tenant: usize, address: &str, why: &str) {
        if self.suppressed.insert((tenant, address.to_ascii_lowercase())) {
            let id = &self.config.tenants[tenant].id;
            self.outbox.log("suppression", format!("tenant={id} address={address} reason={why}"));
        }
    }

    /// Reads what came in for return paths: bounces and unsubscribe requests.
    fn received(&mut self, received: &Received) {
        let bounce = Bounce::parse(&received.content);
        for address in &received.recipients {
            let Some((local, domain)) = address.rsplit_once('@') else { continue };
            let domain = domain.to_ascii_lowercase();
            let of = |(_, t): &(usize, &Tenant)| t.return_path_domain.key() == domain;
            let tenants: Vec<usize> = self.config.tenants.iter().enumerate().filter(of).map(|(n, _)| n).collect();
            let returned = letter::returned(local);
            for tenant in tenants {
                if let Some(Returned::Unsubscribe(address)) = &returned {
                    self.suppress(tenant, address, "unsubscribed");
                    continue;
                }
                for recipient in bounce.iter().flat_map(|b| &b.recipients) {
                    let (class, subject, detail) = recipient.status;
                    let hard = BounceClass::of_status(recipient.status) == BounceClass::Hard;
                    if recipient.action == BounceAction::Failed && hard {
                        // The reverse path tells the address that we wrote to; the report may name a forwarded one.
                        let address = match &returned {
                            Some(Returned::Bounce(address)) => address,
                            _ => &recipient.address,
                        };
                        self.suppress(tenant, address, &format!("reported {class}.{subject}.{detail}"));
                    }
                }
            }
        }
    }

    fn wake(&mut self, now: Timestamp) {
        for (ask, reply) in self.stub.handle_timer(now, &mut self.outbox) {
            self.found(now, ask, reply);
        }
        self.inbound.expire(now, &mut self.outbox);
        for hosted in &mut self.listeners {
            if hosted.due.is_some_and(|due| due <= now) {
                hosted.handle(now, Input::Timer, &mut self.outbox);
            }
        }
        while let Some(&(at, alarm)) = self.agenda.first().filter(|(at, _)| *at <= now) {
            self.agenda.remove(&(at, alarm));
            match alarm {
                Alarm::Occasion(t, c) => self.occasion(now, t, c),
                Alarm::Destination(destination) => self.pump(now, destination),
                Alarm::Turn(number) => {
                    if let Some(destination) = self.letters.get(&number).map(|letter| letter.destination) {
                        self.destinations[destination].ready.push_back(number);
                        self.pump(now, destination);
                    }
                }
                Alarm::Look(number, before) => self.look(now, number, before),
                Alarm::Patience(id) => self.lose_patience(now, id),
            }
        }
    }

    fn stream(&mut self, now: Timestamp, id: StreamId, event: StreamEvent<'_>) {
        if self.sessions.contains_key(&id) {
            return self.session_event(now, id, event);
        }
        let to = match event {
            StreamEvent::Accepted { to, .. } => Some(to),
            _ => None,
        };
        if let Some(hosted) = self.listeners.iter_mut().find(|h| h.takes(id, to)) {
            return hosted.handle(now, Input::Stream { id, event }, &mut self.outbox);
        }
        if to.is_some() || self.inbound.has(id) {
            for received in self.inbound.handle(now, id, event, &mut self.outbox) {
                self.received(&received);
            }
        }
    }
}

impl Actor for Vendor {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        match input {
            Input::Started => {
                self.start(now);
                self.wake(now);
            }
            Input::Datagram { from, to, octets, .. } => {
                if let Some((ask, reply)) = self.stub.handle_datagram(now, from, to, octets, &mut self.outbox) {
                    self.found(now, ask, reply);
                }
            }
            Input::Stream { id, event } => self.stream(now, id, event),
            Input::Timer => self.wake(now),
        }
    }

    fn poll(&mut self) -> Output {
        if let Some(output) = self.outbox.pop() {
            return output;
        }
        let own = [self.agenda.first().map(|(at, _)| *at), self.stub.due(), self.inbound.due()];
        let until = own.into_iter().chain(self.listeners.iter().map(|h| h.due)).flatten().min();
        Output::Wait { until }
    }
}

impl Hosted {
    fn takes(&self, id: StreamId, accepted_at: Option<SocketAddr>) -> bool {
        match accepted_at {
            Some(to) => to.port() == 25 && self.addresses.contains(&to.ip()),
            None => self.streams.contains(&id),
        }
    }

    fn handle(&mut self, now: Timestamp, input: Input<'_>, out: &mut Outbox) {
        match input {
            Input::Stream { id, event: StreamEvent::Closed } => {
                self.streams.remove(&id);
            }
            Input::Stream { id, .. } => {
                self.streams.insert(id);
            }
            _ => {}
        }
        self.listener.handle(now, input);
        loop {
            match self.listener.poll() {
                Output::Wait { until } => {
                    self.due = until;
                    return;
                }
                output => {
                    if let Output::Close { id } = &output {
                        self.streams.remove(id);
                    }
                    out.push(output);
                }
            }
        }
    }
}

fn signer(tenant: &Tenant) -> Option<DkimSigner> {
    let key = tenant.dkim.as_ref()?;
    Some(DkimSigner::new(key.signing_key(), tenant.domain.key(), &key.selector))
}

fn check(config: &VendorConfig) -> Result<(), VendorError> {
    for tenant in &config.tenants {
        for campaign in &tenant.campaigns {
            if !tenant.lists.iter().any(|l| l.id == campaign.list) {
                return Err(VendorError::UnknownList {
                    tenant: tenant.id.clone(),
                    campaign: campaign.id.clone(),
                    list: campaign.list.clone(),
                });
            }
        }
        for address in tenant.lists.iter().flat_map(|l| &l.addresses) {
            let domain = address.rsplit_once('@').filter(|(local, _)| !local.is_empty()).map(|(_, domain)| domain);
            if domain.is_none_or(|domain| Name::parse(domain).is_err()) {
                return Err(VendorError::Address { tenant: tenant.id.clone(), address: address.clone() });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
