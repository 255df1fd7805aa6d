//! The server: sessions, their lookups and call-outs.

mod calls;
mod dialogue;
mod ident;

use core::net::{IpAddr, SocketAddr};
use std::collections::BTreeMap;

use askance_record::{Name, Rng, Timestamp};

use crate::dns::Stub;
use crate::inquiry::{Inquiry, Outcome, Question, Reply, Step};
use crate::receiver::call_out::{CallOutCache, Calling};
use crate::receiver::greylist::Greylist;
use crate::receiver::session::{At, Session, Timers, Work, connect_errands};
use crate::receiver::words::{self, Ids};
use crate::receiver::{Check, Facts, Filter, Finding, ReceiverConfig, Task};
use crate::smtp::ServerSession;
use crate::{Actor, Cause, Input, Node, Outbox, Output, StreamEvent, StreamId};

/// Port of SMTP.
const SMTP: u16 = 25;

/// How long a silent client is kept, in microseconds (`smtpd_timeout`, `smtp_receive_timeout`).
const IDLE_US: i64 = 300_000_000;

/// Most clients at a time; more are told to come back later.
const CLIENTS_MAX: usize = 1000;

/// A mail server that receives, with the sender checks of a real program.
///
/// It greets a client when the lookups that its program makes at that point are done, answers
/// each command when the checks due by then are done, and drops the mail that it takes.
#[derive(Debug)]
pub struct Receiver {
    config: ReceiverConfig,
    stub: Stub<Token>,
    sessions: BTreeMap<StreamId, Session>,
    runs: BTreeMap<u64, Run>,
    next_run: u64,
    calls: BTreeMap<StreamId, Calling>,
    /// Questions to clients' hosts under way, and the sessions that wait.
    idents: BTreeMap<StreamId, StreamId>,
    /// Addresses being asked about, and the sessions that wait.
    asked_about: BTreeMap<String, Vec<StreamId>>,
    call_outs: CallOutCache,
    greylist: Greylist,
    ids: Ids,
    opened: u64,
    timers: Timers,
    out: Outbox,
}

/// One question of a check under way.
#[derive(Clone, Copy, Debug)]
struct Token {
    run: u64,
    part: usize,
}

/// A check under way.
#[derive(Debug)]
struct Run {
    owner: Owner,
    why: Why,
    check: Check,
    replies: Vec<Option<Reply>>,
}

/// Who waits for a check.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Owner {
    Session(StreamId),
    /// A call-out about this address.
    Address(String),
}

/// What a check is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Task(Task),
    Filter(Filter),
}

impl Receiver {
    /// A receiver that serves nobody yet.
    pub fn new(config: ReceiverConfig) -> Self {
        let program = config.profile.program();
        Self {
            stub: Stub::new(config.stub.clone(), Rng::part(config.seed, "stub")),
            sessions: BTreeMap::new(),
            runs: BTreeMap::new(),
            next_run: 0,
            calls: BTreeMap::new(),
            idents: BTreeMap::new(),
            asked_about: BTreeMap::new(),
            call_outs: CallOutCache::new(program),
            greylist: Greylist::default(),
            ids: Ids::new(program, Rng::part(config.seed, "ids")),
            opened: 0,
            timers: Timers::default(),
            out: Outbox::default(),
            config,
        }
    }

    /// The receiver at its addresses, ready for a driver.
    pub fn node(id: impl Into<String>, config: ReceiverConfig) -> Node {
        let mut addresses = config.addresses.clone();
        if !addresses.contains(&config.stub.address) {
            addresses.push(config.stub.address);
        }
        Node {
            id: id.into(),
            addresses,
            listens_udp: Vec::new(),
            listens_tcp: config.addresses.iter().map(|&address| SocketAddr::new(address, SMTP)).collect(),
            actor: Box::new(Self::new(config)),
        }
    }

    /// How many clients are being served.
    pub fn clients(&self) -> usize {
        self.sessions.len()
    }

    fn accepted(&mut self, now: Timestamp, id: StreamId, from: SocketAddr, to: SocketAddr) {
        let mut smtp = ServerSession::new(self.config.hostname.key());
        if self.sessions.len() >= CLIENTS_MAX {
            let octets = smtp.greet(&words::too_busy(&self.config));
            self.out.push(Output::Write { id, octets });
            self.out.push(Output::Close { id });
            return;
        }
        let mut facts = Facts::new(to.ip(), from.ip().to_canonical());
        facts.ipv6 = self.config.ipv6;
        facts.search.clone_from(&self.config.stub.search);
        let mut session = Session::new(smtp, facts, from.port(), self.ids.session());
        session.work = Some(Work::new(At::Connect, connect_errands(self.config.profile)));
        self.sessions.insert(id, session);
        self.advance(now, id);
    }

    /// Begins a check.
    ///
    /// - returns: the finding, where nothing had to be asked
    fn begin(&mut self, now: Timestamp, owner: Owner, why: Why, check: Check) -> Option<Finding> {
        let run = self.next_run;
        self.next_run += 1;
        self.runs.insert(run, Run { owner, why, check, replies: Vec::new() });
        self.drive(now, run, &[])
    }

    /// Tells a check the replies and asks what it wants next, until it waits or is done.
    fn drive(&mut self, now: Timestamp, id: u64, replies: &[Reply]) -> Option<Finding> {
        let mut replies = replies.to_vec();
        loop {
            let run = self.runs.get_mut(&id)?;
            let questions = match run.check.step(&replies) {
                Step::Ask(questions) => questions,
                Step::Done(finding) => {
                    self.runs.remove(&id);
                    return Some(finding);
                }
            };
            run.replies = vec![None; questions.len()];
            let (owner, why, library) = (run.owner.clone(), run.why, run.check.asks_library());
            for (part, question) in questions.into_iter().enumerate() {
                if let Some(reply) = self.remembered(&owner, &question).filter(|_| !library) {
                    self.keep(id, part, reply);
                } else {
                    let cause = self.cause(why, &question);
                    self.stub.ask(now, question, Token { run: id, part }, cause, &mut self.out);
                }
            }
            replies = self.complete(id)?;
        }
    }

    fn keep(&mut self, run: u64, part: usize, reply: Reply) {
        if let Some(slot) = self.runs.get_mut(&run).and_then(|run| run.replies.get_mut(part)) {
            *slot = Some(reply);
        }
    }

    /// All replies that a check waits for, once they are there.
    fn complete(&mut self, run: u64) -> Option<Vec<Reply>> {
        let replies = &mut self.runs.get_mut(&run)?.replies;
        if replies.iter().any(Option::is_none) {
            return None;
        }
        Some(core::mem::take(replies).into_iter().flatten().collect())
    }

    /// A failure that the session's process has seen before.
    fn remembered(&self, owner: &Owner, question: &Question) -> Option<Reply> {
        let Owner::Session(id) = owner else { return None };
        let outcome = self.sessions.get(id)?.failures.get(&(question.qname.clone(), question.qtype))?;
        Some(Reply::empty(question.clone(), *outcome))
    }

    /// A lookup has come to an end.
    fn looked_up(&mut self, now: Timestamp, token: Token, reply: Reply) {
        let Some(run) = self.runs.get(&token.run) else { return };
        let owner = run.owner.clone();
        if let Owner::Session(id) = owner
            && self.config.profile.remembers_failures()
            && reply.outcome != Outcome::Answered
            && !run.check.asks_library()
            && let Some(session) = self.sessions.get_mut(&id)
        {
            session.failures.insert((reply.question.qname.clone(), reply.question.qtype), reply.outcome);
        }
        let why = run.why;
        self.keep(token.run, token.part, reply);
        let Some(replies) = self.complete(token.run) else { return };
        let Some(finding) = self.drive(now, token.run, &replies) else { return };
        match owner {
            Owner::Session(id) => {
                self.found(id, why, &finding);
                self.advance(now, id);
            }
            Owner::Address(address) => self.routed(now, address, &finding),
        }
    }

    fn cause(&self, why: Why, question: &Question) -> Option<Cause> {
        let causes = &self.config.causes;
        let is_own = |name: &Name| self.config.addresses.iter().any(|&own| Name::of_reverse(own) == *name);
        match why {
            Why::Task(Task::RecipientCanonical) => causes.own,
            Why::Task(_) if is_own(&question.qname) => causes.own,
            Why::Task(_) => causes.verification,
            Why::Filter(Filter::Spf | Filter::Dkim | Filter::Dmarc) => causes.authentication,
            Why::Filter(Filter::SpamAssassin | Filter::Rspamd) => causes.content,
        }
    }

    fn stream(&mut self, now: Timestamp, id: StreamId, event: StreamEvent<'_>) {
        if self.calls.contains_key(&id) {
            return self.call_event(now, id, event);
        }
        if self.idents.contains_key(&id) {
            return self.ident_event(now, id, event);
        }
        match event {
            StreamEvent::Accepted { from, to, .. } => self.accepted(now, id, from, to),
            StreamEvent::Octets(octets) => {
                if let Some(session) = self.sessions.get_mut(&id) {
                    session.early |= session.work.as_ref().is_some_and(|work| matches!(work.at, At::Connect));
                    session.smtp.handle_octets(octets);
                    self.advance(now, id);
                }
            }
            StreamEvent::Closed => self.lost(now, id),
            StreamEvent::Connected | StreamEvent::Failed(_) | StreamEvent::Secured => {}
        }
    }

    fn timers(&mut self, now: Timestamp) {
        for (token, reply) in self.stub.handle_timer(now, &mut self.out) {
            self.looked_up(now, token, reply);
        }
        while let Some(id) = self.timers.pop(now) {
            if self.calls.contains_key(&id) {
                self.call_overdue(now, id);
            } else if self.idents.contains_key(&id) {
                self.out.push(Output::Close { id });
                self.ident_over(now, id);
            } else {
                self.overdue(now, id);
            }
        }
    }

    /// An address of its own to reach this one from.
    fn own_address_for(&self, to: IpAddr) -> Option<IpAddr> {
        self.config.addresses.iter().copied().find(|own| own.is_ipv4() == to.is_ipv4())
    }
}

impl Actor for Receiver {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        match input {
            Input::Started => {}
            Input::Datagram { from, to, octets, .. } => {
                if let Some((token, reply)) = self.stub.handle_datagram(now, from, to, octets, &mut self.out) {
                    self.looked_up(now, token, reply);
                }
            }
            Input::Stream { id, event } => self.stream(now, id, event),
            Input::Timer => self.timers(now),
        }
    }

    fn poll(&mut self) -> Output {
        let due = [self.stub.due(), self.timers.first()].into_iter().flatten().min();
        self.out.pop_or_wait(due)
    }
}
