//! The client's side of a session: one message, or a probe that stops early.

use core::fmt;

use crate::smtp::reply::{Reply, ReplyReader};

/// What a session is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientConfig {
    /// The name to give itself.
    pub helo: String,
    /// The reverse path without brackets; empty for `<>`.
    pub mail_from: String,
    /// The forward paths, at least one.
    pub recipients: Vec<String>,
    /// The message; `None` stops after `RCPT`, which is how a call-out asks about an address.
    pub content: Option<Vec<u8>>,
    /// Whether to use TLS where it is offered.
    pub starttls: bool,
    /// Whether to say `RSET` before `QUIT` where no message was sent (Postfix does, Exim does not).
    pub reset: bool,
}

/// Where in a session something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The greeting.
    Banner,
    /// `EHLO`.
    Ehlo,
    /// `HELO`, after a server that has no `EHLO`.
    Helo,
    /// `STARTTLS`, and TLS itself.
    StartTls,
    /// `MAIL FROM`.
    Mail,
    /// `RCPT TO`.
    Rcpt,
    /// `DATA`.
    Data,
    /// The content, up to its final dot.
    Content,
    /// `RSET`.
    Reset,
    /// `QUIT`.
    Quit,
}

impl Stage {
    /// How long a client waits for the reply, in seconds.
    ///
    /// # Source
    /// RFC 5321 §4.5.3.2; those it does not name wait 5 minutes like most.
    pub const fn timeout_s(self) -> u32 {
        match self {
            Self::Data => 120,
            Self::Content => 600,
            _ => 300,
        }
    }
}

/// As Postfix words it after "in reply to" and "while".
impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Banner => "initial server greeting",
            Self::Ehlo => "EHLO command",
            Self::Helo => "HELO command",
            Self::StartTls => "STARTTLS command",
            Self::Mail => "MAIL FROM command",
            Self::Rcpt => "RCPT TO command",
            Self::Data => "DATA command",
            Self::Content => "end of DATA command",
            Self::Reset => "RSET command",
            Self::Quit => "QUIT command",
        })
    }
}

/// How a session went for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientOutcome {
    /// The forward path.
    pub address: String,
    /// The stage that decided.
    pub stage: Stage,
    /// The reply that decided; `None` where the connection broke, or nobody answered, at that stage.
    pub reply: Option<Reply>,
}

/// How a session went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The stage at which it was decided.
    pub stage: Stage,
    /// The reply at that stage; `None` where the connection broke or nobody answered.
    pub reply: Option<Reply>,
    /// Each recipient, in the order of the configuration.
    pub recipients: Vec<RecipientOutcome>,
    /// True where the message was accepted for at least one recipient.
    pub delivered: bool,
    /// True where it went over TLS.
    pub secured: bool,
}

/// The client's side of one session, a pure state machine with one command in flight.
///
/// The owner opens the connection, hands over what comes in, and writes what is put into `out`.
/// Once [`is_over`](Self::is_over) it closes the connection.
#[derive(Clone, Debug)]
pub struct ClientSession {
    config: ClientConfig,
    reader: ReplyReader,
    stage: Stage,
    /// What `EHLO` offered, keywords in capitals.
    extensions: Vec<String>,
    recipients: Vec<RecipientOutcome>,
    outcome: Option<Outcome>,
    tls: Tls,
    over: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tls {
    Off,
    Wanted,
    On,
}

impl ClientSession {
    /// A session on a connection about to be established; the server speaks first.
    pub fn new(config: ClientConfig) -> Self {
        Self {
            config,
            reader: ReplyReader::default(),
            stage: Stage::Banner,
            extensions: Vec::new(),
            recipients: Vec::new(),
            outcome: None,
            tls: Tls::Off,
            over: false,
        }
    }

    /// Takes octets of the server, cut anywhere; what is to be written is appended to `out`.
    pub fn handle_octets(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        self.reader.push(octets);
        while !self.over && self.tls != Tls::Wanted {
            match self.reader.take() {
                None => return,
                Some(Ok(reply)) => self.take(reply, out),
                Some(Err(_)) => {
                    // A server that does not speak SMTP: nothing that it says can be trusted.
                    self.decide(None);
                    self.over = true;
                }
            }
        }
    }

    /// Goes on after TLS is established.
    ///
    /// # Panics
    /// Where [`wants_tls`](Self::wants_tls) is false.
    pub fn handle_secured(&mut self, out: &mut Vec<u8>) {
        assert!(self.wants_tls(), "TLS that nobody asked for");
        self.tls = Tls::On;
        self.reader.clear();
        self.extensions.clear();
        self.say(Stage::Ehlo, &format!("EHLO {}", self.config.helo), out);
    }

    /// The connection broke, or the owner lost patience: what is undecided ends without a reply.
    pub fn handle_closed(&mut self) {
        self.decide(None);
        self.over = true;
    }

    /// True once the server has agreed to TLS: the owner establishes it and calls
    /// [`handle_secured`](Self::handle_secured).
    pub fn wants_tls(&self) -> bool {
        self.tls == Tls::Wanted && !self.over
    }

    /// How it went, as soon as it is decided; `QUIT` may still be under way.
    pub fn finished(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    /// True once nothing more is to be said or heard.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The reply that is waited for.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// How long to wait for it, in seconds (RFC 5321 §4.5.3.2).
    pub fn timeout_s(&self) -> u32 {
        self.stage.timeout_s()
    }

    fn say(&mut self, stage: Stage, command: &str, out: &mut Vec<u8>) {
        self.stage = stage;
        // Names and addresses come from lists that people fill in: none may smuggle a second command.
        out.extend(command.bytes().map(|b| if b.is_ascii_control() { b'?' } else { b }));
        out.extend_from_slice(b"\r\n");
    }

    fn take(&mut self, reply: Reply, out: &mut Vec<u8>) {
        if reply.code == 421 && self.outcome.is_none() {
            self.decide(Some(reply)); // RFC 5321 §3.8: the server is about to close
            self.say(Stage::Quit, "QUIT", out);
            return;
        }
        match self.stage {
            Stage::Banner if reply.is_success() => self.say(Stage::Ehlo, &format!("EHLO {}", self.config.helo), out),
            Stage::Ehlo if reply.is_success() => {
                self.extensions = reply.lines.iter().skip(1).map(|line| line.to_ascii_uppercase()).collect();
                if self.config.starttls && self.tls == Tls::Off && self.offers("STARTTLS") {
                    self.say(Stage::StartTls, "STARTTLS", out);
                } else {
                    self.mail(out);
                }
            }
            Stage::Ehlo if (500..=504).contains(&reply.code) => {
                self.say(Stage::Helo, &format!("HELO {}", self.config.helo), out); // RFC 5321 §3.2
            }
            Stage::Helo if reply.is_success() => self.mail(out),
            Stage::StartTls if reply.is_success() => self.tls = Tls::Wanted,
            Stage::StartTls => self.mail(out), // opportunistic: in the clear rather than not at all
            Stage::Mail if reply.is_success() => self.rcpt(out),
            Stage::Rcpt => self.recipient(reply, out),
            Stage::Data if reply.code == 354 => {
                self.stage = Stage::Content;
                if let Some(content) = &self.config.content {
                    stuff(content, out);
                }
            }
            Stage::Reset => self.say(Stage::Quit, "QUIT", out),
            Stage::Quit => self.over = true,
            _ => self.decided(reply, out),
        }
    }

    fn offers(&self, keyword: &str) -> bool {
        self.extensions.iter().any(|line| line.split(' ').next() == Some(keyword))
    }

    fn mail(&mut self, out: &mut Vec<u8>) {
        let mut command = format!("MAIL FROM:<{}>", self.config.mail_from);
        if let Some(content) = self.config.content.as_ref().filter(|_| self.offers("SIZE")) {
            command.push_str(&format!(" SIZE={}", content.len()));
        }
        self.say(Stage::Mail, &command, out);
    }

    /// The next recipient, or what follows the last.
    fn rcpt(&mut self, out: &mut Vec<u8>) {
        if let Some(address) = self.config.recipients.get(self.recipients.len()) {
            let command = format!("RCPT TO:<{address}>");
            return self.say(Stage::Rcpt, &command, out);
        }
        let accepted = self.recipients.iter().any(|r| r.reply.as_ref().is_some_and(Reply::is_success));
        if accepted && self.config.content.is_some() {
            return self.say(Stage::Data, "DATA", out);
        }
        let last = self.recipients.last().and_then(|r| r.reply.clone());
        self.decide(last);
        if self.config.reset {
            self.say(Stage::Reset, "RSET", out);
        } else {
            self.say(Stage::Quit, "QUIT", out);
        }
    }

    fn recipient(&mut self, reply: Reply, out: &mut Vec<u8>) {
        let address = self.config.recipients.get(self.recipients.len()).cloned().unwrap_or_default();
        self.recipients.push(RecipientOutcome { address, stage: Stage::Rcpt, reply: Some(reply) });
        self.rcpt(out);
    }

    fn decided(&mut self, reply: Reply, out: &mut Vec<u8>) {
        self.decide(Some(reply));
        self.say(Stage::Quit, "QUIT", out);
    }

    /// Fixes the outcome: `reply` at the present stage decides for every recipient not yet refused.
    fn decide(&mut self, reply: Option<Reply>) {
        if self.outcome.is_some() {
            return;
        }
        let stage = self.stage;
        let mut recipients = core::mem::take(&mut self.recipients);
        if self.config.content.is_some() {
            // Accepted at RCPT is not yet accepted: the later reply decides.
            for r in recipients.iter_mut().filter(|r| r.reply.as_ref().is_some_and(Reply::is_success)) {
                (r.stage, r.reply) = (stage, reply.clone());
            }
        }
        for address in self.config.recipients.iter().skip(recipients.len()) {
            recipients.push(RecipientOutcome { address: address.clone(), stage, reply: reply.clone() });
        }
        let delivered = stage == Stage::Content && reply.as_ref().is_some_and(Reply::is_success);
        self.outcome = Some(Outcome { stage, reply, recipients, delivered, secured: self.tls == Tls::On });
    }
}

/// Writes content as it goes on the wire: CR LF after each line, leading dots doubled, the final dot (RFC 5321 §4.5.2).
fn stuff(content: &[u8], out: &mut Vec<u8>) {
    let body = content.strip_suffix(b"\n").unwrap_or(content);
    if !content.is_empty() {
        for line in body.split(|&b| b == b'\n') {
            if line.first() == Some(&b'.') {
                out.push(b'.');
            }
            out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
            out.extend_from_slice(b"\r\n");
        }
    }
    out.extend_from_slice(b".\r\n");
}
