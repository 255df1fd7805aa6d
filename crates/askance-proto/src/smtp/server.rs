//! The server's side of a session: commands in, replies out.

mod command;

use crate::smtp::Reply;
use crate::smtp::line::{Line, LineBuffer};

pub use command::Command;

/// Largest message that is taken, in octets; the content of a larger one is dropped and answered with 552.
pub const MESSAGE_OCTETS_MAX: usize = 10_240_000;

/// Most input that waits while an answer is pending; more ends the session with 421.
const WAITING_OCTETS_MAX: usize = 65_536;

/// The server's side of one session, a pure state machine.
///
/// It cuts the stream into commands and keeps the sequence that RFC 5321 §4.1.4 fixes;
/// what to answer is the owner's to decide, one command at a time, so that pipelined
/// commands wait their turn:
///
/// ```
/// use askance_proto::smtp::{Command, Reply, ServerSession};
///
/// let mut session = ServerSession::new("mx.hotel-brand.example");
/// let banner = session.greet(&Reply::new(220, "mx.hotel-brand.example ESMTP"));
/// assert_eq!(banner, b"220 mx.hotel-brand.example ESMTP\r\n");
/// session.handle_octets(b"EHLO mail1.hotel-brand.example\r\nQUIT\r\n");
/// assert_eq!(session.next(), Some(Command::Ehlo("mail1.hotel-brand.example".into())));
/// assert_eq!(session.next(), None);
/// session.answer(&Reply::new(250, "mx.hotel-brand.example"));
/// assert_eq!(session.next(), Some(Command::Quit));
/// ```
#[derive(Clone, Debug)]
pub struct ServerSession {
    hostname: String,
    buffer: LineBuffer,
    phase: Phase,
    /// What the owner has been given and has not answered.
    pending: Option<Pending>,
    helo: Option<String>,
    in_transaction: bool,
    /// `RCPT` commands answered in this transaction: all, and those accepted.
    recipients: (u32, u32),
    content: Content,
    /// A message complete, before the owner has taken it.
    message: Option<Command>,
    over: bool,
}

/// How far the session is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    /// The owner has not greeted yet.
    Silent,
    /// Commands.
    Commands,
    /// The content of a message.
    Content,
    /// The greeting refused: only `QUIT` is taken, the rest gets this answer.
    Refusing(Reply),
}

/// The command that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pending {
    Helo(String),
    Mail,
    Rcpt,
    Data,
    Message,
    Reset,
    StartTls,
    Quit,
    Nothing,
}

/// Content of a message on its way in.
#[derive(Clone, Debug, Default)]
struct Content {
    octets: Vec<u8>,
    /// How much of CR LF `.` CR LF has been seen.
    matched: Matched,
    too_large: bool,
}

/// State of the search for the end of content; it starts at the beginning of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Matched {
    Nothing,
    Cr,
    #[default]
    CrLf,
    Dot,
    DotCr,
}

impl ServerSession {
    /// A session on a connection just accepted.
    ///
    /// - `hostname`: the server's own name, for the texts of its own answers
    pub fn new(hostname: impl Into<String>) -> Self {
        Self {
            hostname: hostname.into(),
            buffer: LineBuffer::default(),
            phase: Phase::Silent,
            pending: None,
            helo: None,
            in_transaction: false,
            recipients: (0, 0),
            content: Content::default(),
            message: None,
            over: false,
        }
    }

    /// Greets the client; no command is handed out before.
    ///
    /// After 521 every command but `QUIT` gets the same 521 again (RFC 7504 §3), after any
    /// other refusal 503 (RFC 5321 §3.1); 421 ends the session at once.
    /// - returns: the octets to write
    pub fn greet(&mut self, reply: &Reply) -> Vec<u8> {
        self.phase = match reply.code {
            521 => Phase::Refusing(reply.clone()),
            400.. => Phase::Refusing(Reply::enhanced(503, (5, 5, 1), "Bad sequence of commands")),
            _ => Phase::Commands,
        };
        self.over = reply.code == 421;
        reply.render()
    }

    /// Takes octets of the client, cut anywhere.
    pub fn handle_octets(&mut self, octets: &[u8]) {
        if self.over {
            return;
        }
        // One octet beyond the bound is kept: it tells `next` that the bound was crossed.
        let room = if self.phase == Phase::Content { usize::MAX } else { WAITING_OCTETS_MAX + 1 };
        let taken = octets.len().min(room.saturating_sub(self.buffer.len()));
        self.buffer.push(octets.get(..taken).unwrap_or_default());
        if self.phase == Phase::Content {
            self.take_content();
        }
    }

    /// The next command, once the one before is answered; `None` until one is complete.
    ///
    /// [`Command::Malformed`] carries the answer that the protocol fixes; the owner passes it to
    /// [`answer`](Self::answer) like any other.
    #[expect(clippy::should_implement_trait, reason = "a session goes on after `None`")]
    pub fn next(&mut self) -> Option<Command> {
        if self.pending.is_some() || self.over || self.phase == Phase::Silent {
            return None;
        }
        if let Some(message) = self.message.take() {
            self.pending = Some(Pending::Message);
            return Some(message);
        }
        if self.phase == Phase::Content {
            return None;
        }
        if self.buffer.len() > WAITING_OCTETS_MAX {
            self.pending = Some(Pending::Nothing);
            let text = format!("{} Error: too much input", self.hostname);
            return Some(command::refuse(421, (4, 7, 0), &text));
        }
        let command = match self.buffer.take()? {
            Line::TooLong => command::refuse(500, (5, 5, 2), "Error: line too long"),
            Line::Whole(line) => self.in_sequence(command::parse(&line)),
        };
        self.pending = Some(match &command {
            Command::Helo(name) | Command::Ehlo(name) => Pending::Helo(name.clone()),
            Command::MailFrom { .. } => Pending::Mail,
            Command::RcptTo { .. } => Pending::Rcpt,
            Command::Data => Pending::Data,
            Command::Rset => Pending::Reset,
            Command::StartTls => Pending::StartTls,
            Command::Quit => Pending::Quit,
            _ => Pending::Nothing,
        });
        Some(command)
    }

    /// Answers the command handed out last; its code decides how the session goes on.
    ///
    /// - returns: the octets to write
    ///
    /// # Panics
    /// Where no command waits for an answer.
    pub fn answer(&mut self, reply: &Reply) -> Vec<u8> {
        let pending = self.pending.take().expect("answers follow commands");
        let done = reply.is_success();
        match pending {
            Pending::Helo(name) if done => {
                self.helo = Some(name);
                self.end_transaction();
            }
            Pending::Mail => self.in_transaction = done,
            Pending::Rcpt => {
                self.recipients.0 = self.recipients.0.saturating_add(1);
                self.recipients.1 = self.recipients.1.saturating_add(u32::from(done));
            }
            Pending::Data if reply.code == 354 => {
                self.phase = Phase::Content;
                self.take_content();
            }
            Pending::Message => self.end_transaction(),
            Pending::Reset if done => self.end_transaction(),
            Pending::StartTls if done => {
                // What was pipelined behind STARTTLS was not protected: it is dropped (RFC 3207 §4.2).
                self.buffer.clear();
                self.helo = None;
                self.end_transaction();
            }
            Pending::Quit => self.over = true,
            _ => {}
        }
        self.over |= reply.code == 421;
        reply.render()
    }

    /// True once `QUIT` is answered or 421 was said: the owner closes the connection.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The name that the client gave itself and that was accepted.
    pub fn helo(&self) -> Option<&str> {
        self.helo.as_deref()
    }

    fn end_transaction(&mut self) {
        self.in_transaction = false;
        self.recipients = (0, 0);
    }

    /// Moves what waits into the content; at its end the rest stays for commands.
    fn take_content(&mut self) {
        let octets = self.buffer.take_all();
        let Some(end) = self.content.push(&octets) else { return };
        self.buffer.push(octets.get(end..).unwrap_or_default());
        self.phase = Phase::Commands;
        let Content { octets, too_large, .. } = core::mem::take(&mut self.content);
        self.message = Some(if too_large {
            command::refuse(552, (5, 3, 4), "Error: message file too big")
        } else {
            Command::Message(octets)
        });
    }

    /// Turns a command out of sequence into its answer (RFC 5321 §3.3, §4.1.4).
    fn in_sequence(&self, command: Command) -> Command {
        if let Phase::Refusing(reply) = &self.phase {
            return if command == Command::Quit { command } else { Command::Malformed(reply.clone()) };
        }
        let no = |text| command::refuse(503, (5, 5, 1), text);
        match command {
            Command::MailFrom { .. } if self.helo.is_none() => no("Error: send HELO/EHLO first"),
            Command::MailFrom { .. } if self.in_transaction => no("Error: nested MAIL command"),
            Command::RcptTo { .. } | Command::Data if !self.in_transaction => no("Error: need MAIL command"),
            Command::Data if self.recipients.0 == 0 => no("Error: need RCPT command"),
            Command::Data if self.recipients.1 == 0 => command::refuse(554, (5, 5, 1), "Error: no valid recipients"),
            Command::StartTls if self.in_transaction => no("Error: MAIL transaction in progress"),
            _ => command,
        }
    }
}

impl Content {
    /// Takes octets until the line that is a dot alone.
    ///
    /// Only CR LF ends a line here: a bare LF before or after the dot is content, or two
    /// programs would disagree about where a message ends.
    /// - returns: how many octets were taken, where the end is among them
    fn push(&mut self, octets: &[u8]) -> Option<usize> {
        for (at, &b) in octets.iter().enumerate() {
            self.matched = match (self.matched, b) {
                (Matched::DotCr, b'\n') => return Some(at + 1),
                (Matched::CrLf, b'.') => Matched::Dot, // stuffed, or the end: not content either way
                (Matched::Dot, b'\r') => Matched::DotCr,
                (before, b) => {
                    if before == Matched::DotCr {
                        self.keep(b'\r');
                    }
                    self.keep(b);
                    match (before, b) {
                        (_, b'\r') => Matched::Cr,
                        (Matched::Cr, b'\n') => Matched::CrLf,
                        _ => Matched::Nothing,
                    }
                }
            };
        }
        None
    }

    fn keep(&mut self, b: u8) {
        if self.octets.len() < MESSAGE_OCTETS_MAX {
            self.octets.push(b);
        } else {
            self.too_large = true;
        }
    }
}
