//! One attempt: lookups, connections, session, what becomes of each recipient.

use core::net::{IpAddr, SocketAddr};
use std::collections::VecDeque;

use askance_record::{Name, RrType, Timestamp};

use super::words::{self, Relay, Status, Verdict};
use super::{Alarm, Vendor};
use crate::mail::Field;
use crate::smtp::{ClientConfig, ClientSession, Outcome, Stage};
use crate::{Cause, Outcome as Found, Output, Question, Reply, StreamEvent, StreamFailure, StreamId};

/// Most addresses of one destination that are tried (`smtp_mx_address_limit`).
const ADDRESSES_MAX: usize = 5;
/// Most sessions of one attempt (`smtp_mx_session_limit`).
const SESSIONS_MAX: u32 = 2;
/// Most exchanges of one domain whose addresses are looked up.
const EXCHANGES_MAX: usize = 20;
/// How long the reply to `QUIT` is waited for, in microseconds.
const QUIT_PATIENCE_US: i64 = 10_000_000;

/// What a lookup is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// The exchanges of a destination.
    Exchanges(usize),
    /// The addresses of one of its exchanges, by its place among them.
    Address(usize, usize),
    /// A look at the exchanges of a waiting message, without an attempt.
    Look(Option<Cause>, IpAddr),
    /// A look at an address.
    Nothing,
}

/// An attempt under way.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) letter: u64,
    content: Vec<u8>,
    begun: Timestamp,
    exchanges: Vec<Name>,
    /// Replies to the address lookups, by exchange.
    addresses: Vec<Option<Reply>>,
    targets: VecDeque<Relay>,
    relay: Option<Relay>,
    sessions: u32,
    /// When the session was ready for the message.
    ready: Option<Timestamp>,
    /// What the last try said of those who are left.
    failure: Option<Verdict>,
}

/// A session with a mail exchange.
#[derive(Debug)]
pub(super) struct Session {
    client: ClientSession,
    destination: usize,
    settled: bool,
    patience: Option<Timestamp>,
}

impl Vendor {
    /// Begins the attempt of a letter whose turn has come; its lookups go out.
    pub(super) fn begin(&mut self, now: Timestamp, number: u64) {
        let Some(letter) = self.letters.get_mut(&number) else { return };
        let (destination, first) = (letter.destination, letter.queued.is_none());
        letter.attempts += 1;
        let (arrived, queue_id) = letter.queued.get_or_insert_with(|| (now, words::queue_id(now, number))).clone();
        let (tenant, campaign) = (letter.tenant, letter.campaign);
        let letter = letter.clone();
        let (tenant, campaign) = (&self.config.tenants[tenant], &self.config.tenants[tenant].campaigns[campaign]);
        let message = letter.compose(tenant, campaign, self.config.seed, arrived);
        let sender = letter.reverse_path(tenant, campaign);
        if first {
            let id = message.field("Message-ID").map(Field::unfolded).unwrap_or_default();
            self.outbox.log("postfix/pickup", format!("{queue_id}: uid=33 from=<{sender}>"));
            self.outbox.log("postfix/cleanup", format!("{queue_id}: message-id={id}"));
        }
        let content = self.signed(letter.tenant, &message, arrived);
        let (size, count) = (content.len(), letter.left.len());
        let line = format!("{queue_id}: from=<{sender}>, size={size}, nrcpt={count} (queue active)");
        self.outbox.log("postfix/qmgr", line);
        let cause = self.cause_of(letter.tenant, letter.campaign);
        let question = Question::new(self.destinations[destination].domain.clone(), RrType::MX);
        self.destinations[destination].work = Some(Work {
            letter: number,
            content,
            begun: now,
            exchanges: Vec::new(),
            addresses: Vec::new(),
            targets: VecDeque::new(),
            relay: None,
            sessions: 0,
            ready: None,
            failure: None,
        });
        self.stub.ask(now, question, Ask::Exchanges(destination), cause, &mut self.outbox);
    }

    /// Takes the reply to a lookup.
    pub(super) fn found(&mut self, now: Timestamp, ask: Ask, reply: Reply) {
        match ask {
            Ask::Exchanges(destination) => self.exchanges(now, destination, &reply),
            Ask::Address(destination, at) => {
                let Some(work) = self.destinations[destination].work.as_mut() else { return };
                if let Some(slot) = work.addresses.get_mut(at) {
                    *slot = Some(reply);
                }
                if work.addresses.iter().all(Option::is_some) {
                    self.order_targets(now, destination);
                }
            }
            Ask::Look(cause, address) => {
                for (_, exchange) in reply.exchanges().into_iter().take(EXCHANGES_MAX) {
                    let question = Question::new(exchange.clone(), address_type(address));
                    self.stub.ask(now, question, Ask::Nothing, cause, &mut self.outbox);
                }
            }
            Ask::Nothing => {}
        }
    }

    fn exchanges(&mut self, now: Timestamp, destination: usize, reply: &Reply) {
        let domain = self.destinations[destination].domain.clone();
        let no_service =
            |why| format!("Host or domain name not found. Name service error for name={domain} type=MX: {why}");
        let exchanges: Vec<Name> = match reply.outcome {
            Found::Answered => self.shuffled(reply),
            Found::NoData => vec![domain.clone()], // RFC 5321 §5.1: the domain is its own exchange
            Found::NxDomain => {
                return self.give_up(now, destination, &Verdict::nowhere((5, 4, 4), no_service("Host not found")));
            }
            Found::Failed | Found::Timeout => {
                return self.give_up(
                    now,
                    destination,
                    &Verdict::nowhere((4, 4, 3), no_service("Host not found, try again")),
                );
            }
        };
        if exchanges.iter().all(|name| name.key() == ".") {
            let text = format!("Domain {domain} does not accept mail (nullMX)"); // RFC 7505
            return self.give_up(now, destination, &Verdict::nowhere((5, 1, 0), text));
        }
        let Some(work) = self.destinations[destination].work.as_mut() else { return };
        work.addresses = vec![None; exchanges.len()];
        work.exchanges.clone_from(&exchanges);
        let letter = work.letter;
        let Some(letter) = self.letters.get(&letter) else { return };
        let cause = self.cause_of(letter.tenant, letter.campaign);
        let qtype = address_type(self.config.tenants[letter.tenant].address);
        for (at, exchange) in exchanges.into_iter().enumerate() {
            let question = Question::new(exchange, qtype);
            self.stub.ask(now, question, Ask::Address(destination, at), cause, &mut self.outbox);
        }
    }

    /// The exchanges, most preferred first, equals in random order (RFC 5321 §5.1).
    fn shuffled(&mut self, reply: &Reply) -> Vec<Name> {
        let mut keyed: Vec<(u16, u64, &Name)> = Vec::new();
        for (preference, name) in reply.exchanges() {
            keyed.push((preference, self.rng.bits(), name));
        }
        keyed.sort_by_key(|&(preference, draw, _)| (preference, draw));
        keyed.into_iter().take(EXCHANGES_MAX).map(|(_, _, name)| name.clone()).collect()
    }

    fn order_targets(&mut self, now: Timestamp, destination: usize) {
        let Some(work) = self.destinations[destination].work.as_mut() else { return };
        let mut temporary = false;
        for (exchange, reply) in work.exchanges.iter().zip(work.addresses.iter().flatten()) {
            temporary |= reply.outcome.is_temporary();
            let relays = reply.addresses().map(|ip| Relay { host: exchange.to_string(), ip });
            work.targets.extend(relays.take(ADDRESSES_MAX - work.targets.len().min(ADDRESSES_MAX)));
        }
        let qtype = work.addresses.iter().flatten().next().map_or(RrType::A, |reply| reply.question.qtype);
        let last = work.exchanges.last().map(ToString::to_string).unwrap_or_default();
        if work.targets.is_empty() {
            let why = if temporary { "Host not found, try again" } else { "Host not found" };
            let text = format!("Host or domain name not found. Name service error for name={last} type={qtype}: {why}");
            let dsn = if temporary { (4, 4, 3) } else { (5, 4, 4) };
            return self.give_up(now, destination, &Verdict::nowhere(dsn, text));
        }
        self.connect(now, destination);
    }

    /// Connects to the next target; without one, those who are left have failed.
    fn connect(&mut self, now: Timestamp, destination: usize) {
        let Some(work) = self.destinations[destination].work.as_mut() else { return };
        let target = if work.sessions < SESSIONS_MAX { work.targets.pop_front() } else { None };
        let Some(target) = target else {
            if let Some(failure) = work.failure.clone() {
                self.give_up(now, destination, &failure);
            }
            return;
        };
        let to = SocketAddr::new(target.ip, 25);
        work.relay = Some(target);
        work.ready = None;
        let Some(letter) = self.letters.get(&work.letter) else { return };
        let tenant = &self.config.tenants[letter.tenant];
        let client = ClientSession::new(ClientConfig {
            helo: tenant.helo.to_string(),
            mail_from: letter.reverse_path(tenant, &tenant.campaigns[letter.campaign]),
            recipients: letter.left.clone(),
            content: Some(work.content.clone()),
            starttls: self.config.starttls,
            reset: false,
        });
        let from = tenant.address;
        let cause = self.cause_of(letter.tenant, letter.campaign);
        let id = StreamId::opened(self.streams);
        self.streams += 1;
        self.sessions.insert(id, Session { client, destination, settled: false, patience: None });
        self.outbox.push(Output::Connect { id, from, to, cause });
    }

    /// Takes what happens to a stream that the vendor opened.
    pub(super) fn session_event(&mut self, now: Timestamp, id: StreamId, event: StreamEvent<'_>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let mut out = Vec::new();
        match event {
            StreamEvent::Connected => {}
            StreamEvent::Failed(failure) => return self.not_connected(now, id, failure),
            StreamEvent::Octets(octets) => session.client.handle_octets(octets, &mut out),
            StreamEvent::Secured if session.client.wants_tls() => session.client.handle_secured(&mut out),
            StreamEvent::Closed => {
                session.client.handle_closed();
                return self.advance(now, id, out, false, false);
            }
            StreamEvent::Secured | StreamEvent::Accepted { .. } => return,
        }
        self.advance(now, id, out, false, true);
    }

    /// Nobody answered in time.
    pub(super) fn lose_patience(&mut self, now: Timestamp, id: StreamId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if session.patience.is_none_or(|at| at > now) {
            return;
        }
        session.client.handle_closed();
        self.advance(now, id, Vec::new(), true, true);
    }

    fn not_connected(&mut self, now: Timestamp, id: StreamId, failure: StreamFailure) {
        let Some(session) = self.sessions.remove(&id) else { return };
        let Some(work) = self.destinations[session.destination].work.as_mut() else { return };
        if let Some(relay) = &work.relay {
            let verdict = Verdict::not_connected(relay, failure);
            self.outbox.log("postfix/smtp", verdict.text.clone());
            work.failure = Some(verdict);
        }
        self.connect(now, session.destination);
    }

    /// Writes what a session says, takes its outcome, closes it when it is over.
    ///
    /// - `open`: whether the stream is still there
    fn advance(&mut self, now: Timestamp, id: StreamId, octets: Vec<u8>, timed_out: bool, open: bool) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if !octets.is_empty() && open {
            self.outbox.push(Output::Write { id, octets });
        }
        if session.client.wants_tls() {
            self.outbox.push(Output::Secure { id, as_server: false });
        }
        let destination = session.destination;
        let over = session.client.is_over();
        let outcome = session.client.finished().filter(|_| !session.settled).cloned();
        session.settled |= outcome.is_some();
        let wait_us =
            if session.settled { QUIT_PATIENCE_US } else { i64::from(session.client.timeout_s()) * 1_000_000 };
        if let Some(old) = session.patience.take() {
            self.agenda.remove(&(old, Alarm::Patience(id)));
        }
        if over {
            self.sessions.remove(&id);
            if open {
                self.outbox.push(Output::Close { id });
            }
        } else {
            session.patience = Some(now.plus_us(wait_us));
            self.agenda.insert((now.plus_us(wait_us), Alarm::Patience(id)));
            let stage = session.client.stage();
            if let Some(work) = self.destinations[destination].work.as_mut()
                && outcome.is_none()
                && stage >= Stage::Mail
            {
                work.ready.get_or_insert(now);
            }
        }
        if let Some(outcome) = outcome {
            self.settle(now, destination, &outcome, timed_out);
        }
    }

    /// What a session decided: the sent and the bounced are done, the others may have another server.
    fn settle(&mut self, now: Timestamp, destination: usize, outcome: &Outcome, timed_out: bool) {
        let Some(work) = self.destinations[destination].work.as_mut() else { return };
        work.sessions += 1;
        let Some(relay) = work.relay.clone() else { return };
        let mut decided = Vec::new();
        for recipient in &outcome.recipients {
            let verdict = Verdict::of(recipient, &relay, timed_out);
            if verdict.status == Status::Deferred {
                work.failure = Some(verdict);
            } else {
                decided.push((recipient.address.clone(), verdict));
            }
        }
        for (address, verdict) in decided {
            self.conclude(now, destination, &address, &verdict);
        }
        let Some(work) = self.destinations[destination].work.as_ref() else { return };
        if self.letters.get(&work.letter).is_some_and(|letter| letter.left.is_empty()) {
            return self.finish(now, destination);
        }
        self.connect(now, destination);
    }

    /// The attempt ends for everybody who is left with this verdict.
    fn give_up(&mut self, now: Timestamp, destination: usize, verdict: &Verdict) {
        let Some(work) = self.destinations[destination].work.as_ref() else { return };
        let left = self.letters.get(&work.letter).map(|letter| letter.left.clone()).unwrap_or_default();
        for address in left {
            self.conclude(now, destination, &address, verdict);
        }
        self.finish(now, destination);
    }

    /// Logs the verdict on one recipient; the sent and the bounced leave the letter.
    fn conclude(&mut self, now: Timestamp, destination: usize, address: &str, verdict: &Verdict) {
        let Some(work) = self.destinations[destination].work.as_ref() else { return };
        let Some(letter) = self.letters.get_mut(&work.letter) else { return };
        let Some((arrived, queue_id)) = letter.queued.clone() else { return };
        let ready = work.ready.unwrap_or(now);
        let delays = [work.begun.us() - arrived.us(), 0, ready.us() - work.begun.us(), now.us() - ready.us()];
        self.outbox.log("postfix/smtp", words::delivery(&queue_id, address, delays, verdict));
        if verdict.status == Status::Deferred {
            return;
        }
        letter.left.retain(|left| left != address);
        let tenant = letter.tenant;
        if verdict.status == Status::Bounced {
            self.returned_to_sender(now, &queue_id);
            if verdict.hard {
                let (class, subject, detail) = verdict.dsn;
                self.suppress(tenant, address, &format!("hard bounce {class}.{subject}.{detail}"));
            }
        }
    }

    /// When a letter that has to wait is tried again, by the clock of the queue manager.
    fn next_turn(&mut self, arrived: Timestamp, now: Timestamp, attempts: u32) -> Option<Timestamp> {
        let clock = self.config.queue_clock;
        let elapsed_us = now.us().saturating_sub(arrived.us());
        let phase_us = clock.phase_us.saturating_add(elapsed_us / 1_000_000 * clock.slip_ppm);
        let on_grid = |t: Timestamp| t.plus_us(-phase_us);
        let next = self.config.retry.next_attempt(on_grid(arrived), on_grid(now), attempts, &mut self.rng)?;
        if clock.late_mean_ms == 0 {
            return Some(next.plus_us(phase_us));
        }
        #[expect(clippy::cast_possible_truncation, reason = "a few seconds")]
        let late_us = (self.rng.exponential(f64::from(clock.late_mean_ms)) * 1e3) as i64;
        Some(next.plus_us(phase_us.saturating_add(late_us)))
    }

    /// The attempt is over: the letter is done, waits for its next turn, or has grown too old.
    fn finish(&mut self, now: Timestamp, destination: usize) {
        let Some(work) = self.destinations[destination].work.take() else { return };
        let number = work.letter;
        let waits = self.letters.get(&number).filter(|letter| !letter.left.is_empty());
        let waits = waits.and_then(|letter| letter.queued.as_ref().map(|(arrived, _)| (*arrived, letter.attempts)));
        let next = waits.and_then(|(arrived, attempts)| self.next_turn(arrived, now, attempts));
        if let Some(letter) = self.letters.get_mut(&number)
            && let Some((_, queue_id)) = letter.queued.clone()
        {
            match next {
                Some(at) => {
                    self.agenda.insert((at, Alarm::Turn(number)));
                    self.plan_look(now, number, at);
                }
                None => {
                    if !letter.left.is_empty() {
                        let tenant = &self.config.tenants[letter.tenant];
                        let sender = letter.reverse_path(tenant, &tenant.campaigns[letter.campaign]);
                        let line = format!("{queue_id}: from=<{sender}>, status=expired, returned to sender");
                        self.outbox.log("postfix/qmgr", line);
                        self.returned_to_sender(now, &queue_id);
                    }
                    self.outbox.log("postfix/qmgr", format!("{queue_id}: removed"));
                    self.letters.remove(&number);
                }
            }
        }
        self.pump(now, destination);
    }

    fn returned_to_sender(&mut self, now: Timestamp, queue_id: &str) {
        self.notices += 1;
        let notice = words::queue_id(now, self.notices.wrapping_mul(3));
        self.outbox.log("postfix/bounce", format!("{queue_id}: sender non-delivery notification: {notice}"));
    }

    /// Some programs look a waiting message's exchanges up at every queue run: see
    /// [`lookups_every_s`](crate::mail::RetrySchedule::lookups_every_s).
    fn plan_look(&mut self, now: Timestamp, letter: u64, before: Timestamp) {
        let Some(every_s) = self.config.retry.lookups_every_s() else { return };
        let every_us = i64::from(every_s) * 1_000_000;
        let at = now.plus_us(every_us - now.us().rem_euclid(every_us));
        if at < before {
            self.agenda.insert((at, Alarm::Look(letter, before)));
        }
    }

    /// Looks a waiting message's exchanges up, and plans the next look.
    pub(super) fn look(&mut self, now: Timestamp, number: u64, before: Timestamp) {
        let Some(letter) = self.letters.get(&number) else { return };
        let question = Question::new(self.destinations[letter.destination].domain.clone(), RrType::MX);
        let cause = self.cause_of(letter.tenant, letter.campaign);
        let address = self.config.tenants[letter.tenant].address;
        self.stub.ask(now, question, Ask::Look(cause, address), cause, &mut self.outbox);
        self.plan_look(now, number, before);
    }
}

fn address_type(own: IpAddr) -> RrType {
    if own.is_ipv4() { RrType::A } else { RrType::AAAA }
}
