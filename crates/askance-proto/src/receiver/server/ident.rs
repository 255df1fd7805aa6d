//! What Sendmail does between its lookups and its greeting: it asks the client's host who is speaking, and pauses.

use core::net::SocketAddr;

use askance_record::Timestamp;

use super::{Receiver, SMTP};
use crate::receiver::session::Wait;
use crate::{Output, StreamEvent, StreamId};

/// Port of the identification protocol (RFC 1413).
const IDENT: u16 = 113;

/// How long the client's host has to say, in microseconds (`confTO_IDENT`).
const IDENT_US: i64 = 5_000_000;

/// How long the greeting is held back, in microseconds (Debian's `FEATURE(greet_pause, 1000)`).
const PAUSE_US: i64 = 1_000_000;

impl Receiver {
    /// Asks the client's host. Most refuse: the connection is what other records see of it.
    pub(super) fn ident(&mut self, now: Timestamp, id: StreamId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let (from, client) = (session.facts.own, session.facts.client);
        if let Some(work) = &mut session.work {
            work.running += 1;
        }
        let asked = StreamId::opened(self.opened);
        self.opened += 1;
        self.idents.insert(asked, id);
        let to = SocketAddr::new(client, IDENT);
        self.out.push(Output::Connect { id: asked, from, to, cause: self.config.causes.verification });
        self.timers.set(asked, now.plus_us(IDENT_US));
    }

    pub(super) fn ident_event(&mut self, now: Timestamp, id: StreamId, event: StreamEvent<'_>) {
        match event {
            StreamEvent::Connected => {
                let port = self.idents.get(&id).and_then(|session| self.sessions.get(session)).map_or(0, |s| s.port);
                self.out.push(Output::Write { id, octets: format!("{port},{SMTP}\r\n").into_bytes() });
            }
            // Who it says it is goes into a header that nobody reads here.
            StreamEvent::Octets(_) => {
                self.out.push(Output::Close { id });
                self.ident_over(now, id);
            }
            StreamEvent::Failed(_) | StreamEvent::Closed => self.ident_over(now, id),
            StreamEvent::Accepted { .. } | StreamEvent::Secured => {}
        }
    }

    pub(super) fn ident_over(&mut self, now: Timestamp, id: StreamId) {
        self.timers.clear(id);
        let Some(session) = self.idents.remove(&id) else { return };
        if let Some(work) = self.sessions.get_mut(&session).and_then(|session| session.work.as_mut()) {
            work.running = work.running.saturating_sub(1);
        }
        self.advance(now, session);
    }

    /// Holds the greeting back.
    pub(super) fn pause(&mut self, now: Timestamp, id: StreamId) {
        if let Some(work) = self.sessions.get_mut(&id).and_then(|session| session.work.as_mut()) {
            work.running += 1;
            work.wait = Some(Wait::Pause);
            self.timers.set(id, now.plus_us(PAUSE_US));
        }
    }

    pub(super) fn paused(&mut self, now: Timestamp, id: StreamId) {
        if let Some(work) = self.sessions.get_mut(&id).and_then(|session| session.work.as_mut()) {
            work.running = work.running.saturating_sub(1);
            work.wait = None;
        }
        self.advance(now, id);
    }
}
