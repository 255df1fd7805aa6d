//! Where bounces come back: a server that takes mail for the vendor's own domains.

use core::net::SocketAddr;
use std::collections::{BTreeMap, BTreeSet};

use askance_record::Timestamp;

use super::words::queue_id;
use crate::smtp::{Command, Reply, ServerSession};
use crate::{Outbox, Output, StreamEvent, StreamId};

/// How long a silent client is kept, in microseconds (RFC 5321 §4.5.3.2.7).
const IDLE_US: i64 = 300_000_000;
/// Most recipients of one message.
const RECIPIENTS_MAX: usize = 100;
/// Most clients at a time.
const CLIENTS_MAX: usize = 200;

/// A message that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) recipients: Vec<String>,
    pub(super) content: Vec<u8>,
}

/// The server.
#[derive(Debug)]
pub(super) struct Inbound {
    hostname: String,
    /// Domains that mail is taken for, lower case.
    domains: BTreeSet<String>,
    clients: BTreeMap<StreamId, Client>,
    messages: u64,
}

#[derive(Debug)]
struct Client {
    session: ServerSession,
    from: SocketAddr,
    recipients: Vec<String>,
    idle_at: Timestamp,
}

impl Inbound {
    pub(super) fn new(hostname: String, domains: BTreeSet<String>) -> Self {
        Self { hostname, domains, clients: BTreeMap::new(), messages: 0 }
    }

    pub(super) fn has(&self, id: StreamId) -> bool {
        self.clients.contains_key(&id)
    }

    /// When [`expire`](Self::expire) is wanted next.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.clients.values().map(|c| c.idle_at).min()
    }

    /// Sends the silent away.
    pub(super) fn expire(&mut self, now: Timestamp, out: &mut Outbox) {
        while let Some((&id, _)) = self.clients.iter().find(|(_, c)| c.idle_at <= now) {
            let text = format!("{} Error: timeout exceeded", self.hostname);
            out.push(Output::Write { id, octets: Reply::enhanced(421, (4, 4, 2), text).render() });
            out.push(Output::Close { id });
            self.forget(id, out);
        }
    }

    /// Takes what happens to a stream of its own, or accepts a new one.
    pub(super) fn handle(
        &mut self,
        now: Timestamp,
        id: StreamId,
        event: StreamEvent<'_>,
        out: &mut Outbox,
    ) -> Vec<Received> {
        match event {
            StreamEvent::Accepted { from, .. } => {
                let mut session = ServerSession::new(self.hostname.clone());
                let greeting = if self.clients.len() < CLIENTS_MAX {
                    Reply::new(220, format!("{} ESMTP Postfix", self.hostname))
                } else {
                    Reply::enhanced(421, (4, 7, 0), format!("{} Error: too many connections", self.hostname))
                };
                out.log("postfix/smtpd", format!("connect from unknown[{}]", from.ip()));
                out.push(Output::Write { id, octets: session.greet(&greeting) });
                self.clients.insert(id, Client { session, from, recipients: Vec::new(), idle_at: now });
            }
            StreamEvent::Octets(octets) => {
                if let Some(client) = self.clients.get_mut(&id) {
                    client.session.handle_octets(octets);
                }
            }
            StreamEvent::Closed => self.forget(id, out),
            StreamEvent::Connected | StreamEvent::Failed(_) | StreamEvent::Secured => {}
        }
        let mut received = Vec::new();
        let Some(client) = self.clients.get_mut(&id) else { return received };
        client.idle_at = now.plus_us(IDLE_US);
        while let Some(command) = client.session.next() {
            let queue_id = queue_id(now, self.messages);
            let before = received.len();
            let reply = answer(&self.hostname, &self.domains, client, command, &queue_id, &mut received);
            if received.len() > before {
                self.messages += 1;
                out.log("postfix/smtpd", format!("{queue_id}: client=unknown[{}]", client.from.ip()));
            }
            out.push(Output::Write { id, octets: client.session.answer(&reply) });
        }
        if client.session.is_over() {
            out.push(Output::Close { id });
            self.forget(id, out);
        }
        received
    }

    fn forget(&mut self, id: StreamId, out: &mut Outbox) {
        if let Some(client) = self.clients.remove(&id) {
            out.log("postfix/smtpd", format!("disconnect from unknown[{}]", client.from.ip()));
        }
    }
}

fn answer(
    hostname: &str,
    domains: &BTreeSet<String>,
    client: &mut Client,
    command: Command,
    queue_id: &str,
    received: &mut Vec<Received>,
) -> Reply {
    let ok = || Reply::enhanced(250, (2, 0, 0), "Ok");
    match command {
        Command::Helo(_) => Reply::new(250, hostname),
        Command::Ehlo(_) => Reply {
            code: 250,
            enhanced: None,
            lines: [hostname, "PIPELINING", "SIZE 10240000", "ENHANCEDSTATUSCODES", "8BITMIME"]
                .map(str::to_owned)
                .to_vec(),
        },
        Command::MailFrom { .. } => {
            client.recipients.clear();
            Reply::enhanced(250, (2, 1, 0), "Ok")
        }
        Command::RcptTo { address, .. } => {
            let domain = address.rsplit_once('@').map(|(_, domain)| domain.to_ascii_lowercase());
            if domain.is_some_and(|d| !domains.contains(&d)) {
                return Reply::enhanced(554, (5, 7, 1), format!("<{address}>: Relay access denied"));
            }
            if client.recipients.len() >= RECIPIENTS_MAX {
                return Reply::enhanced(452, (4, 5, 3), "Error: too many recipients");
            }
            client.recipients.push(address);
            Reply::enhanced(250, (2, 1, 5), "Ok")
        }
        Command::Data => Reply::new(354, "End data with <CR><LF>.<CR><LF>"),
        Command::Message(content) => {
            received.push(Received { recipients: core::mem::take(&mut client.recipients), content });
            Reply::enhanced(250, (2, 0, 0), format!("Ok: queued as {queue_id}"))
        }
        Command::Rset => {
            client.recipients.clear();
            ok()
        }
        Command::Noop => ok(),
        Command::Quit => Reply::enhanced(221, (2, 0, 0), "Bye"),
        Command::Vrfy(_) => Reply::enhanced(502, (5, 5, 1), "VRFY command is disabled"),
        Command::StartTls | Command::Other(_) => Reply::enhanced(500, (5, 5, 2), "Error: command not recognized"),
        Command::Malformed(reply) => reply,
    }
}
