//! Call-outs to senders' exchanges.

use core::net::{IpAddr, SocketAddr};
use std::collections::VecDeque;

use askance_record::Timestamp;

use super::{Owner, Receiver, SMTP, Why};
use crate::receiver::call_out::{CallOut, Calling, judge};
use crate::receiver::session::Wait;
use crate::receiver::words::Refusal;
use crate::receiver::{Facts, Finding, Program, Route, Standing, Task};
use crate::smtp::{ClientConfig, ClientSession, Stage};
use crate::{Output, StreamEvent, StreamId};

/// How long Postfix lets a client wait for a probe, in microseconds (`address_verify_poll_count`, `_delay`).
const PROBE_US: i64 = 6_000_000;

/// How long a connection, and by Exim a reply too, is waited for, in seconds (`smtp_connect_timeout`, `callout`).
const CALL_S: u32 = 30;

impl Receiver {
    /// The sender of a session is to be asked about.
    pub(super) fn call_out(&mut self, now: Timestamp, id: StreamId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let facts = &session.facts;
        if facts.foreign_sender_domain().is_none() {
            return;
        }
        let address = facts.sender.clone();
        let targets = match session.settled.get(&Task::SenderRoute) {
            Some(Finding::Route(route)) => Some(route.addresses.clone()),
            _ => None,
        };
        if let Some((finding, again)) = self.call_outs.get(now, &address) {
            self.refuse(id, (finding != CallOut::Accepted).then_some(Refusal::CallOut(finding)));
            if again {
                self.ask_about(now, address, targets, None);
            }
            return;
        }
        if let Some(work) = &mut session.work {
            work.running += 1;
            work.wait = Some(Wait::CallOut);
        }
        if self.config.profile.program() == Program::Postfix {
            self.timers.set(id, now.plus_us(PROBE_US));
        }
        self.ask_about(now, address, targets, Some(id));
    }

    /// Asks about an address, unless somebody does already.
    ///
    /// - `targets`: its exchanges' addresses, where they are known
    fn ask_about(&mut self, now: Timestamp, address: String, targets: Option<Vec<IpAddr>>, waiter: Option<StreamId>) {
        if let Some(waiters) = self.asked_about.get_mut(&address) {
            waiters.extend(waiter);
            return;
        }
        self.asked_about.insert(address.clone(), waiter.into_iter().collect());
        if let Some(targets) = targets {
            return self.call_next(now, address, targets.into());
        }
        let mut facts = Facts::new(self.config.stub.address, self.config.stub.address);
        facts.ipv6 = self.config.ipv6;
        facts.sender.clone_from(&address);
        let Some(check) = Task::SenderRoute.check(self.config.profile, &facts) else {
            return self.asked(now, &address, &CallOut::Deferred(None), None);
        };
        if let Some(finding) = self.begin(now, Owner::Address(address.clone()), Why::Task(Task::SenderRoute), check) {
            self.routed(now, address, &finding);
        }
    }

    /// The exchanges of an address are known.
    pub(super) fn routed(&mut self, now: Timestamp, address: String, finding: &Finding) {
        let Finding::Route(Route { standing, addresses }) = finding else { return };
        let no = |text: &str| CallOut::Refused(crate::smtp::Reply::enhanced(550, (5, 4, 4), text));
        match standing {
            Standing::Known => self.call_next(now, address, addresses.iter().copied().collect()),
            Standing::Temporary => self.asked(now, &address, &CallOut::Deferred(None), None),
            Standing::Unknown => self.asked(now, &address, &no("Host or domain name not found"), None),
            Standing::NullMx => self.asked(now, &address, &no("Domain does not accept mail (nullMX)"), None),
        }
    }

    fn call_next(&mut self, now: Timestamp, address: String, mut targets: VecDeque<IpAddr>) {
        while let Some(target) = targets.pop_front() {
            let Some(from) = self.own_address_for(target) else { continue };
            let postfix = self.config.profile.program() == Program::Postfix;
            let host = self.config.hostname.key();
            let session = ClientSession::new(ClientConfig {
                helo: host.to_owned(),
                mail_from: if postfix { format!("double-bounce@{host}") } else { String::new() },
                recipients: vec![address.clone()],
                content: None,
                starttls: false,
                reset: postfix,
            });
            let id = StreamId::opened(self.opened);
            self.opened += 1;
            let to = SocketAddr::new(target, SMTP);
            self.out.push(Output::Connect { id, from, to, cause: self.config.causes.verification });
            self.timers.set(id, now.plus_us(i64::from(CALL_S) * 1_000_000));
            self.calls.insert(id, Calling { address, session, others: targets, decided: false });
            return;
        }
        self.asked(now, &address, &CallOut::Deferred(None), None);
    }

    pub(super) fn call_event(&mut self, now: Timestamp, id: StreamId, event: StreamEvent<'_>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let mut octets = Vec::new();
        match event {
            StreamEvent::Octets(heard) => call.session.handle_octets(heard, &mut octets),
            StreamEvent::Failed(_) | StreamEvent::Closed => {
                call.session.handle_closed();
                return self.call_over(now, id);
            }
            StreamEvent::Connected | StreamEvent::Accepted { .. } | StreamEvent::Secured => {}
        }
        let postfix = self.config.profile.program() == Program::Postfix;
        let patience_s = if postfix { call.session.timeout_s() } else { CALL_S };
        self.timers.set(id, now.plus_us(i64::from(patience_s) * 1_000_000));
        if !octets.is_empty() {
            self.out.push(Output::Write { id, octets });
        }
        if call.session.is_over() {
            self.out.push(Output::Close { id });
            return self.call_over(now, id);
        }
        self.call_decided(now, id);
    }

    /// Nobody answered in time.
    pub(super) fn call_overdue(&mut self, now: Timestamp, id: StreamId) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.session.handle_closed();
            self.out.push(Output::Close { id });
            self.call_over(now, id);
        }
    }

    /// Tells those who wait as soon as the exchange has decided; `QUIT` may still be under way.
    fn call_decided(&mut self, now: Timestamp, id: StreamId) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| !call.decided) else { return };
        let Some(outcome) = call.session.finished() else { return };
        let (stage, Some(finding)) = (outcome.stage, judge(outcome)) else { return };
        call.decided = true;
        let address = call.address.clone();
        self.asked(now, &address, &finding, Some(stage));
    }

    /// A conversation is at its end.
    fn call_over(&mut self, now: Timestamp, id: StreamId) {
        self.call_decided(now, id);
        self.timers.clear(id);
        if let Some(call) = self.calls.remove(&id)
            && !call.decided
        {
            self.call_next(now, call.address, call.others);
        }
    }

    /// An address has been asked about.
    fn asked(&mut self, now: Timestamp, address: &str, finding: &CallOut, stage: Option<Stage>) {
        self.call_outs.put(now, address, finding, stage);
        for id in self.asked_about.remove(address).unwrap_or_default() {
            self.called(now, id, (*finding != CallOut::Accepted).then(|| Refusal::CallOut(finding.clone())));
        }
    }

    /// A client has waited long enough: it is told to come back, and the probe goes on.
    pub(super) fn call_out_takes_long(&mut self, now: Timestamp, id: StreamId) {
        for waiters in self.asked_about.values_mut() {
            waiters.retain(|waiter| *waiter != id);
        }
        self.called(now, id, Some(Refusal::CallOutPending));
    }

    fn called(&mut self, now: Timestamp, id: StreamId, refusal: Option<Refusal>) {
        let Some(work) = self.sessions.get_mut(&id).and_then(|session| session.work.as_mut()) else { return };
        work.running = work.running.saturating_sub(1);
        work.wait = None;
        self.refuse(id, refusal);
        self.advance(now, id);
    }
}
