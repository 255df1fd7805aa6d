//! The lines of a Postfix log: what its `qmgr`, `cleanup` and `smtp` say.

use core::net::IpAddr;

use askance_record::Timestamp;

use crate::StreamFailure;
use crate::smtp::{RecipientOutcome, Reply, Stage};

/// What became of one recipient in one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) status: Status,
    pub(super) dsn: (u8, u16, u16),
    /// The text in brackets.
    pub(super) text: String,
    /// The server that was talked to.
    pub(super) relay: Option<Relay>,
    /// True where the address itself is of no use.
    pub(super) hard: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Sent,
    Deferred,
    Bounced,
}

/// A mail exchange with one of its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relay {
    pub(super) host: String,
    pub(super) ip: IpAddr,
}

impl core::fmt::Display for Relay {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}[{}]", self.host, self.ip)
    }
}

impl Verdict {
    /// Without a server: a lookup or the connection failed.
    pub(super) fn nowhere(dsn: (u8, u16, u16), text: String) -> Self {
        let status = if dsn.0 == 5 { Status::Bounced } else { Status::Deferred };
        Self { status, dsn, text, relay: None, hard: dsn.0 == 5 }
    }

    pub(super) fn not_connected(relay: &Relay, failure: StreamFailure) -> Self {
        let why = match failure {
            StreamFailure::Refused => "Connection refused",
            StreamFailure::Timeout => "Connection timed out",
        };
        Self::nowhere((4, 4, 1), format!("connect to {relay}:25: {why}"))
    }

    /// After a session, for one of its recipients.
    ///
    /// - `timed_out`: whether a missing reply was waited for to the end
    pub(super) fn of(outcome: &RecipientOutcome, relay: &Relay, timed_out: bool) -> Self {
        let stage = outcome.stage;
        let Some(reply) = &outcome.reply else {
            let doing = doing(stage);
            let text = if timed_out {
                format!("conversation with {relay} timed out while {doing}")
            } else {
                format!("lost connection with {relay} while {doing}")
            };
            return Self { relay: Some(relay.clone()), ..Self::nowhere((4, 4, 2), text) };
        };
        let class = match reply.code / 100 {
            2 if stage == Stage::Content => 2,
            // A greeting of 5yz is taken as temporary: `smtp_skip_5xx_greeting` is on by default.
            5 if stage != Stage::Banner => 5,
            _ => 4, // 2yz or 3yz at the wrong place: the server is confused
        };
        let (subject, detail) = reply.enhanced.map_or((0, 0), |(_, subject, detail)| (subject, detail));
        let (status, text) = match class {
            2 => (Status::Sent, reply.to_string()),
            class => {
                let text = match stage {
                    Stage::Banner | Stage::Ehlo | Stage::Helo => format!("host {relay} refused to talk to me: {reply}"),
                    _ => format!("host {relay} said: {reply} (in reply to {stage})"),
                };
                (if class == 5 { Status::Bounced } else { Status::Deferred }, text)
            }
        };
        let hard = status == Status::Bounced && is_hard(stage, reply);
        Self { status, dsn: (class, subject, detail), text, relay: Some(relay.clone()), hard }
    }
}

fn is_hard(stage: Stage, reply: &Reply) -> bool {
    crate::mail::BounceClass::of_reply(stage, reply) == crate::mail::BounceClass::Hard
}

fn doing(stage: Stage) -> &'static str {
    match stage {
        Stage::Banner => "receiving the initial server greeting",
        Stage::Ehlo => "performing the EHLO handshake",
        Stage::Helo => "performing the HELO handshake",
        Stage::StartTls => "performing the STARTTLS handshake",
        Stage::Mail => "sending MAIL FROM",
        Stage::Rcpt => "sending RCPT TO",
        Stage::Data => "sending DATA command",
        Stage::Content => "sending end of data -- message may be sent more than once",
        Stage::Reset => "sending RSET",
        Stage::Quit => "sending QUIT",
    }
}

/// The line for one recipient.
///
/// - `delays_us`: before the attempt, waiting for lookups, setting up the session, sending; microseconds
pub(super) fn delivery(queue_id: &str, to: &str, delays_us: [i64; 4], verdict: &Verdict) -> String {
    let relay = verdict.relay.as_ref().map_or_else(|| "none".to_owned(), |relay| format!("{relay}:25"));
    let status = match verdict.status {
        Status::Sent => "sent",
        Status::Deferred => "deferred",
        Status::Bounced => "bounced",
    };
    let (class, subject, detail) = verdict.dsn;
    let delays = delays_us.map(delay).join("/");
    let all = delay(delays_us.iter().sum());
    let text = &verdict.text;
    format!(
        "{queue_id}: to=<{to}>, relay={relay}, delay={all}, delays={delays}, dsn={class}.{subject}.{detail}, status={status} ({text})"
    )
}

/// Seconds with two significant digits behind the point at most, as `delay_logging_resolution_limit = 2` has it.
pub(super) fn delay(us: i64) -> String {
    let us = us.max(0);
    let (unit, digits) = match us {
        10_000_000.. => (1_000_000, 0),
        1_000_000.. => (100_000, 1),
        _ => (10_000, 2),
    };
    let rounded = us / unit;
    let scale = 10i64.pow(digits);
    let (whole, rest) = (rounded / scale, rounded % scale);
    if rest == 0 {
        return whole.to_string();
    }
    let width = digits as usize;
    format!("{whole}.{rest:0width$}").trim_end_matches('0').to_owned()
}

/// A queue identifier as Postfix makes them: microseconds of the clock, then the number of the file.
pub(super) fn queue_id(now: Timestamp, number: u64) -> String {
    format!("{:05X}{:X}", now.us().rem_euclid(1_000_000), 0x2A5 + number % 0xF_0000)
}
