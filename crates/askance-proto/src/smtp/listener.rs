//! A listener that accepts connections and no mail: what stands on many send-only hosts.
//!
//! A host that only sends needs no mail server, yet many run one, so that a receiver's
//! probe finds something, and have it turn everybody away. Where in the dialogue and with
//! which words it does so is what a survey sees; both are configured here.

use core::net::{IpAddr, SocketAddr};
use std::collections::{BTreeMap, VecDeque};

use askance_record::Timestamp;

use crate::network::Network;
use crate::smtp::{Command, Reply, ServerSession};
use crate::{Actor, Input, Node, Outbox, Output, StreamEvent, StreamId};

/// How long a silent client is kept, in microseconds (RFC 5321 §4.5.3.2.7: at least 5 minutes).
const IDLE_US: i64 = 300_000_000;

/// After so many refused commands the client is sent away, as Postfix does by default.
const ERRORS_MAX: u32 = 20;

/// Most clients at a time; more are told to come back later.
const CLIENTS_MAX: usize = 1000;

/// Where in the dialogue a listener refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefuseAt {
    /// In place of the greeting (RFC 5321 §3.1, RFC 7504).
    Banner,
    /// `EHLO` and `HELO`.
    Helo,
    /// `MAIL FROM`.
    Mail,
    /// `RCPT TO`, every one.
    Rcpt,
}

/// Who is not refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LetThrough {
    /// Clients whose address has these leading bits.
    Client {
        /// The prefix.
        address: IpAddr,
        /// How many of its bits count.
        prefix_len: u8,
    },
    /// This reverse path, compared without case.
    Sender(String),
    /// This forward path, compared without case.
    Recipient(String),
}

impl LetThrough {
    fn client(&self, client: IpAddr) -> bool {
        let Self::Client { address, prefix_len } = self else { return false };
        Network::of(*address, *prefix_len).contains(client)
    }
}

/// How a [`Listener`] behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerConfig {
    /// The addresses that it listens at, port 25.
    pub addresses: Vec<IpAddr>,
    /// The name that it gives itself.
    pub hostname: String,
    /// Where it refuses.
    pub stage: RefuseAt,
    /// With which reply; `{client}`, `{hostname}`, `{sender}` and `{recipient}` in its text are filled in.
    pub refusal: Reply,
    /// Whether it offers `STARTTLS`.
    pub starttls: bool,
    /// How long it waits before each reply, in milliseconds.
    pub tarpit_ms: u32,
    /// Who is not refused; their mail is accepted and dropped.
    pub let_through: Vec<LetThrough>,
}

impl Default for ListenerConfig {
    /// The greeting of a send-only host, without address and name of its own.
    fn default() -> Self {
        Self {
            addresses: Vec::new(),
            hostname: "localhost".into(),
            stage: RefuseAt::Banner,
            refusal: Reply::new(521, "{hostname} does not accept mail from you ({client})"),
            starttls: false,
            tarpit_ms: 0,
            let_through: Vec::new(),
        }
    }
}

/// A party that accepts connections and refuses mail.
#[derive(Debug)]
pub struct Listener {
    config: ListenerConfig,
    clients: BTreeMap<StreamId, Client>,
    outbox: Outbox,
    accepted: u64,
}

/// One connection.
#[derive(Debug)]
struct Client {
    server: ServerSession,
    from: SocketAddr,
    let_in: bool,
    /// What it called itself, and whether with `EHLO`.
    helo: String,
    extended: bool,
    sender: String,
    secured: bool,
    errors: u32,
    /// Replies that wait for the tarpit.
    replies: VecDeque<Delayed>,
    idle_at: Timestamp,
}

#[derive(Debug)]
struct Delayed {
    at: Timestamp,
    octets: Vec<u8>,
    secure: bool,
}

impl Listener {
    /// A listener with this behaviour.
    pub fn new(config: ListenerConfig) -> Self {
        Self { config, clients: BTreeMap::new(), outbox: Outbox::default(), accepted: 0 }
    }

    /// A listener at its addresses.
    ///
    /// - `id`: the node's name in the scenario
    pub fn node(id: impl Into<String>, config: ListenerConfig) -> Node {
        Node {
            id: id.into(),
            addresses: config.addresses.clone(),
            listens_udp: Vec::new(),
            listens_tcp: config.addresses.iter().map(|&ip| SocketAddr::new(ip, 25)).collect(),
            actor: Box::new(Self::new(config)),
        }
    }

    fn accept(&mut self, now: Timestamp, id: StreamId, from: SocketAddr) {
        let let_in = self.config.let_through.iter().any(|l| l.client(from.ip()));
        let mut client = Client {
            server: ServerSession::new(self.config.hostname.clone()),
            from,
            let_in,
            helo: String::new(),
            extended: false,
            sender: String::new(),
            secured: false,
            errors: 0,
            replies: VecDeque::new(),
            idle_at: now.plus_us(IDLE_US),
        };
        let hostname = &self.config.hostname;
        let greeting = if self.clients.len() >= CLIENTS_MAX {
            Reply::enhanced(421, (4, 7, 0), format!("{hostname} Error: too many connections"))
        } else if self.config.stage == RefuseAt::Banner && !let_in {
            self.config.refusal(&client, "")
        } else {
            Reply::new(220, format!("{hostname} ESMTP"))
        };
        self.outbox.log("postfix/smtpd", format!("connect from unknown[{}]", from.ip()));
        if greeting.code >= 400 {
            self.outbox.log("postfix/smtpd", client.rejected("CONNECT", "", &greeting));
        }
        let octets = client.server.greet(&greeting);
        client.replies.push_back(self.config.delayed(now, octets));
        self.clients.insert(id, client);
    }

    /// Writes what is due, answers what is waiting, and closes what is over.
    fn serve(&mut self, now: Timestamp, id: StreamId) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        loop {
            if let Some(reply) = client.replies.front() {
                if reply.at > now {
                    return;
                }
                let Some(reply) = client.replies.pop_front() else { return };
                self.outbox.push(Output::Write { id, octets: reply.octets });
                client.idle_at = now.plus_us(IDLE_US);
                if reply.secure {
                    self.outbox.push(Output::Secure { id, as_server: true });
                }
            } else if let Some(command) = client.server.next() {
                let reply = answer(&self.config, client, &command, &mut self.outbox, &mut self.accepted);
                let octets = client.server.answer(&reply);
                let secure = command == Command::StartTls && reply.is_success();
                client.replies.push_back(Delayed { secure, ..self.config.delayed(now, octets) });
            } else {
                break;
            }
        }
        let idle = client.idle_at <= now;
        if idle {
            let text = format!("{} Error: timeout exceeded", self.config.hostname);
            let octets = Reply::enhanced(421, (4, 4, 2), text).render();
            self.outbox.push(Output::Write { id, octets });
        }
        if idle || client.server.is_over() {
            self.outbox.push(Output::Close { id });
            self.forget(id);
        }
    }

    fn forget(&mut self, id: StreamId) {
        if let Some(client) = self.clients.remove(&id) {
            self.outbox.log("postfix/smtpd", format!("disconnect from unknown[{}]", client.from.ip()));
        }
    }
}

impl Actor for Listener {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        let Input::Stream { id, event } = input else {
            let due: Vec<_> = self.clients.iter().filter(|(_, c)| c.due() <= now).map(|(&id, _)| id).collect();
            for id in due {
                self.serve(now, id);
            }
            return;
        };
        match event {
            StreamEvent::Accepted { from, .. } => self.accept(now, id, from),
            StreamEvent::Octets(octets) => {
                if let Some(client) = self.clients.get_mut(&id) {
                    client.server.handle_octets(octets);
                    client.idle_at = now.plus_us(IDLE_US);
                }
            }
            StreamEvent::Secured => {
                if let Some(client) = self.clients.get_mut(&id) {
                    client.secured = true;
                }
            }
            StreamEvent::Closed => self.forget(id),
            StreamEvent::Connected | StreamEvent::Failed(_) => {}
        }
        self.serve(now, id);
    }

    fn poll(&mut self) -> Output {
        self.outbox.pop_or_wait(self.clients.values().map(Client::due).min())
    }
}

impl Client {
    /// The line about a refusal, with what is known of the client's wishes by then.
    fn rejected(&self, what: &str, recipient: &str, reply: &Reply) -> String {
        let mut line = format!("NOQUEUE: reject: {what} from unknown[{}]: {reply};", self.from.ip());
        if matches!(what, "MAIL" | "RCPT") {
            line.push_str(&format!(" from=<{}>", self.sender));
        }
        if what == "RCPT" {
            line.push_str(&format!(" to=<{recipient}>"));
        }
        line.push_str(if self.extended { " proto=ESMTP" } else { " proto=SMTP" });
        if !self.helo.is_empty() {
            line.push_str(&format!(" helo=<{}>", self.helo));
        }
        line
    }

    fn due(&self) -> Timestamp {
        self.replies.front().map_or(self.idle_at, |r| r.at)
    }
}

impl ListenerConfig {
    fn delayed(&self, now: Timestamp, octets: Vec<u8>) -> Delayed {
        Delayed { at: now.plus_us(i64::from(self.tarpit_ms) * 1000), octets, secure: false }
    }

    fn refusal(&self, client: &Client, recipient: &str) -> Reply {
        let mut reply = self.refusal.clone();
        for line in &mut reply.lines {
            *line = line
                .replace("{client}", &client.from.ip().to_string())
                .replace("{hostname}", &self.hostname)
                .replace("{sender}", &client.sender)
                .replace("{recipient}", recipient);
        }
        reply
    }

    /// Whether this client is refused at this stage, with what it has said so far.
    fn refuses(&self, stage: RefuseAt, client: &Client, recipient: &str) -> bool {
        self.stage == stage
            && !client.let_in
            && !self.let_through.iter().any(|l| match l {
                LetThrough::Client { .. } => false,
                LetThrough::Sender(sender) => stage >= RefuseAt::Mail && sender.eq_ignore_ascii_case(&client.sender),
                LetThrough::Recipient(r) => stage == RefuseAt::Rcpt && r.eq_ignore_ascii_case(recipient),
            })
    }
}

/// What a listener says to one command.
fn answer(
    config: &ListenerConfig,
    client: &mut Client,
    command: &Command,
    outbox: &mut Outbox,
    accepted: &mut u64,
) -> Reply {
    if let Command::Helo(name) | Command::Ehlo(name) = command {
        client.helo.clone_from(name);
        client.extended = matches!(command, Command::Ehlo(_));
    }
    let reply = match command {
        Command::Helo(_) | Command::Ehlo(_) if config.refuses(RefuseAt::Helo, client, "") => config.refusal(client, ""),
        Command::Helo(_) => Reply::new(250, config.hostname.clone()),
        Command::Ehlo(_) => {
            let mut lines = vec![config.hostname.clone(), "PIPELINING".into(), "SIZE 10240000".into()];
            if config.starttls && !client.secured {
                lines.push("STARTTLS".into());
            }
            lines.extend(["ENHANCEDSTATUSCODES".into(), "8BITMIME".into()]);
            Reply { code: 250, enhanced: None, lines }
        }
        Command::MailFrom { address, .. } => {
            client.sender.clone_from(address);
            if config.refuses(RefuseAt::Mail, client, "") {
                config.refusal(client, "")
            } else {
                Reply::enhanced(250, (2, 1, 0), "Ok")
            }
        }
        Command::RcptTo { address, .. } if config.refuses(RefuseAt::Rcpt, client, address) => {
            config.refusal(client, address)
        }
        Command::RcptTo { .. } => Reply::enhanced(250, (2, 1, 5), "Ok"),
        Command::Data => Reply::new(354, "End data with <CR><LF>.<CR><LF>"),
        Command::Message(_) => {
            *accepted += 1;
            outbox.log("postfix/smtpd", format!("{accepted:08X}: client=unknown[{}]", client.from.ip()));
            Reply::enhanced(250, (2, 0, 0), format!("Ok: queued as {accepted:08X}"))
        }
        Command::StartTls if config.starttls && !client.secured => {
            Reply::enhanced(220, (2, 0, 0), "Ready to start TLS")
        }
        Command::Rset | Command::Noop => Reply::enhanced(250, (2, 0, 0), "Ok"),
        Command::Quit => Reply::enhanced(221, (2, 0, 0), "Bye"),
        Command::Vrfy(_) => Reply::enhanced(502, (5, 5, 1), "VRFY command is disabled"),
        Command::StartTls | Command::Other(_) => Reply::enhanced(500, (5, 5, 2), "Error: command not recognized"),
        Command::Malformed(reply) => reply.clone(),
    };
    if reply.code < 400 {
        return reply;
    }
    client.errors += 1;
    let line = match command {
        Command::Helo(_) | Command::Ehlo(_) => Some(client.rejected("HELO", "", &reply)),
        Command::MailFrom { .. } => Some(client.rejected("MAIL", "", &reply)),
        Command::RcptTo { address, .. } => Some(client.rejected("RCPT", address, &reply)),
        _ => None,
    };
    if let Some(line) = line {
        outbox.log("postfix/smtpd", line);
    }
    if client.errors > ERRORS_MAX {
        return Reply::enhanced(421, (4, 7, 0), format!("{} Error: too many errors", config.hostname));
    }
    reply
}

#[cfg(test)]
mod tests;
