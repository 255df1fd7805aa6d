//! How one visit is read, and which visit comes next.

use crate::survey::visit::{ConnectFailure, Heard, Recipient, Stage, Visit, VisitEnd};
use crate::survey::wording::{Wording, turns_away};

/// Most visits to one target, whatever it answers.
pub const VISITS_MAX: usize = 6;

/// A reply that came in so many pieces, and still was not whole when time was up, was meant to come slowly.
const DRIBBLE_PIECES: u32 = 3;

/// Who speaks in a visit, and whether TLS is used where it is offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VisitPlan {
    /// Which of the plan's sender identities.
    pub sender: usize,
    /// Which of the plan's source addresses.
    pub source: usize,
    /// Whether to use TLS where it is offered.
    pub starttls: bool,
}

/// What one visit shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// A recipient was accepted.
    Takes,
    /// Refused for good (5yz), at this rung.
    Refuses(Stage),
    /// Refused because of who we are, or of how much we ask: a text about us, or 421.
    RefusesUs {
        /// True where it said so with 5yz; else it may not be asked again by another of our addresses.
        for_good: bool,
    },
    /// Put off (4yz).
    Defers,
    /// Wants a log-in, which nobody here tries.
    WantsLogIn,
    /// Nobody listens there.
    Closed,
    /// Nobody answers there.
    Filtered,
    /// It does not speak the protocol.
    NotSmtp,
    /// It answers so slowly that it must mean to.
    Slow,
    /// None of these.
    Unclear,
}

impl Shown {
    /// Reads a visit.
    ///
    /// - `slow_us`: a reply slower than this is a slow one
    pub(super) fn of(visit: &Visit, slow_us: i64) -> Self {
        match &visit.end {
            VisitEnd::NotConnected(ConnectFailure::Refused) => return Self::Closed,
            VisitEnd::NotConnected(ConnectFailure::Timeout | ConnectFailure::Unreachable) => return Self::Filtered,
            VisitEnd::NotConnected(ConnectFailure::Ours) | VisitEnd::Interrupted => return Self::Unclear,
            VisitEnd::Silent { pieces } if *pieces >= DRIBBLE_PIECES => return Self::Slow,
            _ => {}
        }
        if visit.replies.iter().filter(|h| h.stage < Stage::Reset && h.delay_us >= slow_us).count() >= 2 {
            return Self::Slow;
        }
        // What was accepted, or refused, before the connection was lost stays so.
        if takes(visit).next().is_some() {
            return Self::Takes;
        }
        match (&visit.end, visit.deciding()) {
            (VisitEnd::Garbled(_) | VisitEnd::Flooded, _) if visit.stage == Stage::Banner => Self::NotSmtp,
            (VisitEnd::Answered, Some(heard)) => of_reply(heard),
            (VisitEnd::Dropped | VisitEnd::Silent { .. }, Some(heard)) if heard.stage == Stage::Rcpt => of_reply(heard),
            _ => Self::Unclear,
        }
    }

    /// True where another sender might be told something else.
    fn hangs_on_sender(self) -> bool {
        matches!(self, Self::Takes | Self::Refuses(Stage::Mail | Stage::Rcpt))
    }

    /// True where another source address might be told something else.
    fn hangs_on_source(self) -> bool {
        matches!(
            self,
            Self::Takes | Self::Refuses(_) | Self::Closed | Self::Filtered | Self::RefusesUs { for_good: true }
        )
    }

    /// True where one of two takes mail and the other is turned away for good.
    ///
    /// - `by_sender`: the two differ by their sender; then a refusal of ours for what we are, such as a domain that cannot
    ///   be verified, is no choice among senders
    pub(super) fn differs(self, other: Self, by_sender: bool) -> bool {
        let us = |shown| matches!(shown, Self::RefusesUs { .. });
        let away = if self == Self::Takes { other } else { self };
        (self == Self::Takes) != (other == Self::Takes) && away.turns_away() && !(by_sender && us(away))
    }

    fn turns_away(self) -> bool {
        matches!(self, Self::Refuses(_) | Self::RefusesUs { for_good: true } | Self::Closed | Self::Filtered)
    }
}

fn of_reply(heard: &Heard) -> Shown {
    let (reply, wording) = (&heard.reply, Wording::of(&heard.reply));
    // 530 to a greeting is how FTP takes it for a command before the log-in; no mail server has it there (RFC 4954 §6).
    match (heard.stage, reply.code) {
        (Stage::Ehlo | Stage::Helo, 530) | (Stage::Helo, 500..=504) => return Shown::NotSmtp,
        _ => {}
    }
    if reply.code == 421 || (!reply.is_success() && wording.about_us()) {
        return Shown::RefusesUs { for_good: reply.is_permanent() };
    }
    match reply.code {
        500..=599 if reply.code == 530 || wording == Wording::LogIn => Shown::WantsLogIn,
        400..=499 if turns_away(reply) => Shown::Refuses(heard.stage),
        400..=499 => Shown::Defers,
        500..=599 => Shown::Refuses(heard.stage),
        _ => Shown::Unclear,
    }
}

/// The recipients that were accepted.
pub(super) fn takes(visit: &Visit) -> impl Iterator<Item = (Recipient, &str, &Heard)> {
    visit.recipients().filter(|(.., heard)| heard.reply.is_success())
}

/// The next visit that the question needs; `None` where it is answered.
///
/// The first sender and source begin. Another sender is tried where the first got as far as naming itself, another source
/// where the first was let in or turned away; where they are told different things the first is asked again, so that
/// "selective" never rests on a host that merely changed its mind.
///
/// - `senders`, `sources`: how many the plan has, at least 1
/// - `slow_us`: a reply slower than this is a slow one
/// - returns: at most [`VISITS_MAX`] in a row, none of them a third repetition
pub fn next_visit(visits: &[Visit], senders: usize, sources: usize, slow_us: i64) -> Option<VisitPlan> {
    let first = VisitPlan { sender: 0, source: 0, starttls: true };
    let Some(last) = visits.last() else { return Some(first) };
    if visits.len() >= VISITS_MAX || last.end == VisitEnd::Interrupted {
        return None;
    }
    let starttls = !visits.iter().any(|v| matches!(v.end, VisitEnd::TlsFailed(_)));
    if !starttls && last.starttls {
        return Some(VisitPlan { sender: last.sender, source: last.source, starttls });
    }
    let of = |sender: usize, source: usize| {
        let mut same = visits.iter().filter(move |v| (v.sender, v.source) == (sender, source));
        same.rfind(|v| !matches!(v.end, VisitEnd::TlsFailed(_))).map(|v| Shown::of(v, slow_us))
    };
    let again = visits.iter().filter(|v| (v.sender, v.source) == (0, 0) && v.starttls == last.starttls).count() >= 2;
    let base = of(0, 0)?;
    let others = (1..senders).map(|sender| (sender, 0, base.hangs_on_sender()));
    let others = others.chain((1..sources).map(|source| (0, source, base.hangs_on_source())));
    for (sender, source, _) in others.filter(|(.., wanted)| *wanted) {
        match of(sender, source) {
            None => return Some(VisitPlan { sender, source, starttls }),
            Some(shown) if base.differs(shown, sender > 0) => {
                return (!again).then_some(VisitPlan { starttls, ..first });
            }
            Some(_) => {}
        }
    }
    None
}
