//! One conversation with one mail server, as a client that asks and delivers nothing.

use std::collections::VecDeque;

use askance_record::Timestamp;

use crate::smtp::{Reply, ReplyReader};
use crate::survey::certificate::Certificate;
use crate::survey::plan::is_host_name;
use crate::survey::visit::{ConnectFailure, Heard, Recipient, Stage, Visit, VisitEnd};
use crate::survey::visits::VisitPlan;
use crate::survey::wording::{Wording, turns_away};

/// Most characters kept of the text of one fault of TLS.
const FAULT_CHARACTERS_MAX: usize = 200;

/// How long a probe waits, and what it bears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the connection, in microseconds.
    pub connect_us: i64,
    /// For the greeting, in microseconds: some servers let strangers wait on purpose.
    pub banner_us: i64,
    /// For any other reply, and for TLS, in microseconds.
    pub reply_us: i64,
    /// For the replies to `RSET` and `QUIT`, in microseconds.
    pub quit_us: i64,
    /// For the whole conversation, in microseconds.
    pub session_us: i64,
    /// A reply slower than this is a slow one, in microseconds.
    pub slow_us: i64,
    /// Octets that a target may send in one conversation.
    pub octets_max: usize,
    /// Refused commands after which the probe leaves: servers slow down, and drop, who errs often.
    pub errors_max: u32,
}

impl Default for Patience {
    /// 10 s, 30 s, 30 s, 5 s, 120 s in all; slow from 10 s; 64 KiB; two errors.
    fn default() -> Self {
        Self {
            connect_us: 10_000_000,
            banner_us: 30_000_000,
            reply_us: 30_000_000,
            quit_us: 5_000_000,
            session_us: 120_000_000,
            slow_us: 10_000_000,
            octets_max: 65_536,
            errors_max: 2,
        }
    }
}

/// What one conversation is to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// The name to give itself.
    pub helo: String,
    /// The reverse path without brackets.
    pub mail_from: String,
    /// Addresses to ask about besides `postmaster`, those that the host is known to serve; two at most count.
    pub recipients: Vec<String>,
    /// An address in the surveyor's own domain, asked about where every other is refused.
    pub relay_to: Option<String>,
    /// Which visit it is.
    pub visit: VisitPlan,
    /// How long to wait.
    pub patience: Patience,
}

/// What a probe is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeInput<'a> {
    /// The connection is there.
    Connected,
    /// There is none.
    ConnectFailed(ConnectFailure),
    /// Octets of the server, cut anywhere.
    Octets(&'a [u8]),
    /// TLS is established, with this certificate; `None` where it cannot be read.
    Secured(Option<Certificate>),
    /// TLS failed; the connection is of no use.
    SecureFailed(&'a str),
    /// The server closed, or the connection broke.
    Closed,
    /// The time that it waited for has come, or passed.
    Timer,
}

/// What a probe wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeOutput {
    /// Write these octets.
    Write(Vec<u8>),
    /// Begin TLS as a client, taking any certificate; then [`ProbeInput::Secured`] or [`ProbeInput::SecureFailed`].
    StartTls,
    /// Wait for input, at most until then.
    Wait {
        /// When [`ProbeInput::Timer`] is due.
        until: Timestamp,
    },
    /// It is over: close the connection and take the visit.
    Over,
}

/// The words that a probe can say. There are no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Ehlo,
    Helo,
    StartTls,
    Mail,
    Rcpt,
    Reset,
    Quit,
}

/// One conversation: a pure state machine with one command in flight.
///
/// Whatever the server sends, it ends: each wait has an end, the conversation has one, octets are counted, and every
/// reply leads on to a later rung. It is not a [`ClientSession`](crate::smtp::ClientSession) because that can say `DATA`,
/// knows its recipients beforehand, and keeps neither octets nor delays.
#[derive(Clone, Debug)]
pub struct Probe {
    ask: Ask,
    reader: ReplyReader,
    stage: Stage,
    tls: Tls,
    asked_at: Timestamp,
    due: Timestamp,
    session_ends: Timestamp,
    outbox: VecDeque<ProbeOutput>,
    /// Octets of the reply under way, and in how many pieces they came.
    raw: Vec<u8>,
    pieces: u32,
    octets: usize,
    errors: u32,
    slow: u32,
    claimed: Option<String>,
    in_question: Option<(Recipient, String)>,
    mail_begun: bool,
    answered: bool,
    over: bool,
    visit: Visit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tls {
    Off,
    Wanted,
    On,
}

impl Probe {
    /// A conversation about to begin: the owner opens the connection.
    pub fn new(ask: Ask, now: Timestamp) -> Self {
        let mut visit = Visit::interrupted(ask.visit, now);
        visit.end = VisitEnd::Answered;
        Self {
            due: now.plus_us(ask.patience.connect_us),
            session_ends: now.plus_us(ask.patience.connect_us.saturating_add(ask.patience.session_us)),
            ask,
            reader: ReplyReader::default(),
            stage: Stage::Connect,
            tls: Tls::Off,
            asked_at: now,
            outbox: VecDeque::new(),
            raw: Vec::new(),
            pieces: 0,
            octets: 0,
            errors: 0,
            slow: 0,
            claimed: None,
            in_question: None,
            mail_begun: false,
            answered: false,
            over: false,
            visit,
        }
    }

    /// Takes one input; drain [`poll`](Self::poll) before the next.
    pub fn handle(&mut self, now: Timestamp, input: &ProbeInput<'_>) {
        if self.over {
            return;
        }
        match *input {
            ProbeInput::Connected if self.stage == Stage::Connect => {
                self.session_ends = now.plus_us(self.ask.patience.session_us);
                self.await_reply(Stage::Banner, now);
            }
            ProbeInput::ConnectFailed(why) => self.fail(VisitEnd::NotConnected(why)),
            ProbeInput::Octets(octets) => self.take_octets(octets, now),
            ProbeInput::Secured(ref certificate) if self.tls == Tls::Wanted => {
                self.tls = Tls::On;
                self.visit.certificate.clone_from(certificate);
                // What was said before TLS does not count after it (RFC 3207 §4.2).
                self.reader.clear();
                self.raw.clear();
                self.greet(Word::Ehlo, now);
            }
            ProbeInput::SecureFailed(why) => self.fail(VisitEnd::TlsFailed(cut(why))),
            ProbeInput::Closed => self.fail(VisitEnd::Dropped),
            ProbeInput::Timer if now >= self.due() => self.out_of_patience(),
            // Out of place: told twice, or too early.
            ProbeInput::Connected | ProbeInput::Secured(_) | ProbeInput::Timer => {}
        }
    }

    /// The next thing that it wants done.
    pub fn poll(&mut self) -> ProbeOutput {
        if let Some(output) = self.outbox.pop_front() {
            return output;
        }
        if self.over { ProbeOutput::Over } else { ProbeOutput::Wait { until: self.due() } }
    }

    /// What it brought.
    pub fn into_visit(self) -> Visit {
        self.visit
    }

    /// When [`ProbeInput::Timer`] is due: the end of the present wait, or of the conversation.
    pub fn due(&self) -> Timestamp {
        self.due.min(self.session_ends)
    }

    /// Ends the conversation; what was answered before stays answered.
    fn fail(&mut self, end: VisitEnd) {
        if !self.answered {
            self.visit.end = end;
            self.visit.stage = self.stage;
        }
        self.over = true;
    }

    fn out_of_patience(&mut self) {
        let end = match self.stage {
            Stage::Connect => VisitEnd::NotConnected(ConnectFailure::Timeout),
            Stage::StartTls if self.tls == Tls::Wanted => VisitEnd::TlsFailed("no handshake in time".to_owned()),
            _ => VisitEnd::Silent { pieces: self.pieces },
        };
        self.fail(end);
    }

    fn take_octets(&mut self, octets: &[u8], now: Timestamp) {
        if self.stage == Stage::Connect || self.tls == Tls::Wanted {
            return; // before its time: nothing was asked yet, or TLS has to come first
        }
        self.pieces = self.pieces.saturating_add(1);
        let mut here = 0;
        for line in octets.split_inclusive(|&b| b == b'\n') {
            self.octets = self.octets.saturating_add(line.len());
            if self.octets > self.ask.patience.octets_max {
                return self.fail(VisitEnd::Flooded);
            }
            self.raw.extend_from_slice(line);
            self.reader.push(line);
            match self.reader.take() {
                None => {}
                Some(Err(error)) => return self.fail(VisitEnd::Garbled(error)),
                Some(Ok(reply)) => {
                    let raw = core::mem::take(&mut self.raw);
                    self.take_reply(&reply, raw, here > 0, now);
                    here += 1;
                }
            }
            if self.over || self.tls == Tls::Wanted {
                return;
            }
        }
    }

    fn take_reply(&mut self, reply: &Reply, raw: Vec<u8>, ahead: bool, now: Timestamp) {
        let stage = self.stage;
        let delay_us = now.us().saturating_sub(self.asked_at.us());
        self.pieces = 0;
        if !reply.is_success() {
            self.errors += 1;
        }
        if delay_us >= self.ask.patience.slow_us {
            self.slow += 1;
        }
        let recipient = self.in_question.take();
        self.visit.replies.push(Heard { stage, recipient, reply: reply.clone(), raw, delay_us, ahead });
        // Two slow replies answer the question as well as any: it is a tarpit, and we leave.
        let leave = reply.code == 421 || (self.slow >= 2 && !self.answered);
        match stage {
            Stage::Quit => self.over = true,
            Stage::Reset => self.say(Word::Quit, "", now),
            _ if leave => self.leave(now),
            Stage::Banner => {
                self.claimed = claimed(reply);
                if reply.is_success() { self.greet(Word::Ehlo, now) } else { self.leave(now) }
            }
            Stage::Ehlo if reply.is_success() => self.greeted(reply, now),
            Stage::Ehlo if (500..=504).contains(&reply.code) => self.greet(Word::Helo, now), // RFC 5321 §3.2
            Stage::Helo if reply.is_success() => self.mail(now),
            Stage::StartTls if reply.is_success() => {
                self.tls = Tls::Wanted;
                self.await_reply(Stage::StartTls, now);
                self.outbox.push_back(ProbeOutput::StartTls);
            }
            Stage::StartTls => self.mail(now), // opportunistic: in the clear rather than not at all
            Stage::Mail if reply.is_success() => {
                self.mail_begun = true;
                self.rcpt(now);
            }
            Stage::Rcpt => self.rcpt(now),
            Stage::Connect | Stage::Ehlo | Stage::Helo | Stage::Mail => self.leave(now),
        }
    }

    fn greeted(&mut self, reply: &Reply, now: Timestamp) {
        if self.claimed.is_none() {
            self.claimed = claimed(reply);
        }
        let keywords = reply.lines.iter().skip(1).filter_map(|line| line.split(' ').next());
        let offers_tls = keywords.into_iter().any(|keyword| keyword.eq_ignore_ascii_case("STARTTLS"));
        if offers_tls && self.ask.visit.starttls && self.tls == Tls::Off {
            self.say(Word::StartTls, "", now);
        } else {
            self.mail(now);
        }
    }

    fn greet(&mut self, word: Word, now: Timestamp) {
        let helo = self.ask.helo.clone();
        self.say(word, &helo, now);
    }

    fn mail(&mut self, now: Timestamp) {
        let path = format!("<{}>", self.ask.mail_from);
        self.say(Word::Mail, &path, now);
    }

    /// The next recipient that the question needs, or the way out.
    fn rcpt(&mut self, now: Timestamp) {
        let Some((kind, address)) = self.next_recipient() else { return self.leave(now) };
        let path = format!("<{address}>");
        self.in_question = Some((kind, address));
        self.say(Word::Rcpt, &path, now);
    }

    fn next_recipient(&self) -> Option<(Recipient, String)> {
        let asked: Vec<_> = self.visit.recipients().map(|(kind, _, heard)| (kind, &heard.reply)).collect();
        let given = asked.iter().filter(|(kind, _)| *kind == Recipient::Given).count();
        let next_given = self.ask.recipients.iter().take(2).nth(given).map(|a| (Recipient::Given, a.clone()));
        let bare = || (Recipient::BarePostmaster, "postmaster".to_owned());
        let Some((_, last)) = asked.last() else {
            let named = self.claimed.as_ref().map(|name| (Recipient::Postmaster, format!("postmaster@{name}")));
            return Some(named.unwrap_or_else(bare));
        };
        if last.is_success() {
            return next_given; // postmaster is answered; what was given is a question of its own
        }
        let wording = Wording::of(last);
        if !turns_away(last) || self.errors >= self.ask.patience.errors_max || wording.about_us() || last.code == 521 {
            return None;
        }
        if next_given.is_some() {
            return next_given;
        }
        let accepted = asked.iter().any(|(_, reply)| reply.is_success());
        let bare_asked = asked.iter().any(|(kind, _)| *kind == Recipient::BarePostmaster);
        let foreign_asked = asked.iter().any(|(kind, _)| *kind == Recipient::Foreign);
        if accepted || foreign_asked {
            return None;
        }
        // The name that a host gives itself need not be one that it takes mail for; without a domain there is no excuse.
        if !bare_asked && matches!(wording, Wording::Relay | Wording::NoMailbox) {
            return Some(bare());
        }
        self.ask.relay_to.as_ref().map(|address| (Recipient::Foreign, address.clone()))
    }

    /// The question is answered: takes leave as RFC 5321 asks for it.
    fn leave(&mut self, now: Timestamp) {
        if !self.answered {
            self.answered = true;
            self.visit.stage = self.stage;
        }
        self.say(if self.mail_begun { Word::Reset } else { Word::Quit }, "", now);
    }

    fn say(&mut self, word: Word, argument: &str, now: Timestamp) {
        let (stage, verb) = match word {
            Word::Ehlo => (Stage::Ehlo, "EHLO "),
            Word::Helo => (Stage::Helo, "HELO "),
            Word::StartTls => (Stage::StartTls, "STARTTLS"),
            Word::Mail => (Stage::Mail, "MAIL FROM:"),
            Word::Rcpt => (Stage::Rcpt, "RCPT TO:"),
            Word::Reset => (Stage::Reset, "RSET"),
            Word::Quit => (Stage::Quit, "QUIT"),
        };
        // Names come from people and from strangers' greetings: none may smuggle in a second command.
        let argument = argument.bytes().map(|b| if b.is_ascii_graphic() { b } else { b'?' });
        let line = verb.bytes().chain(argument).chain(*b"\r\n").collect();
        self.await_reply(stage, now);
        self.outbox.push_back(ProbeOutput::Write(line));
    }

    fn await_reply(&mut self, stage: Stage, now: Timestamp) {
        let patience = &self.ask.patience;
        let wait_us = match stage {
            Stage::Connect => patience.connect_us,
            Stage::Banner => patience.banner_us,
            Stage::Reset | Stage::Quit => patience.quit_us,
            _ => patience.reply_us,
        };
        (self.stage, self.asked_at, self.due) = (stage, now, now.plus_us(wait_us));
    }
}

/// The name that a greeting, or the answer to `EHLO`, begins with, where it can be one of a mail domain.
fn claimed(reply: &Reply) -> Option<String> {
    let word = reply.lines.first()?.split_whitespace().next()?;
    is_host_name(word).then(|| word.to_ascii_lowercase())
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(FAULT_CHARACTERS_MAX).collect()
}
