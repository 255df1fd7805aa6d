//! From the visits to one target to its class, with what decided and what it does not say.

use crate::smtp::Reply;
use crate::survey::remarks::Remark;
use crate::survey::visit::{ConnectFailure, Heard, Recipient, Stage, Visit, VisitEnd};
use crate::survey::visits::{Shown, takes};
use crate::survey::wording::{Wording, skeleton};

/// What a mail server is to strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Takes mail for its postmaster, or for an address that was given.
    Open,
    /// Accepts connections and takes no mail.
    SendOnly,
    /// Takes mail of some senders.
    SelectiveSender,
    /// Takes mail for some recipients.
    SelectiveRecipient,
    /// Takes mail of some clients.
    SelectiveClient,
    /// Puts strangers off.
    Greylisting,
    /// Nobody listens, or a greeting that says that there is no service.
    Closed,
    /// Nobody answers.
    Filtered,
    /// Answers so slowly that it must mean to.
    Tarpit,
    /// Does not speak SMTP.
    NotSmtp,
    /// Turned *us* away: an observation about the surveyor. The target has no class.
    RefusedUs,
    /// What was heard does not decide.
    Unknown,
}

impl Class {
    /// The word in results, stable.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::SendOnly => "send-only",
            Self::SelectiveSender => "selective-sender",
            Self::SelectiveRecipient => "selective-recipient",
            Self::SelectiveClient => "selective-client",
            Self::Greylisting => "greylisting",
            Self::Closed => "closed",
            Self::Filtered => "filtered",
            Self::Tarpit => "tarpit",
            Self::NotSmtp => "not-smtp",
            Self::RefusedUs => "refused-us",
            Self::Unknown => "unknown",
        }
    }

    /// What the class does not say, in one sentence.
    pub const fn silent_about(self) -> &'static str {
        match self {
            Self::Open => "No message was sent: what the server does with one is not known.",
            Self::SendOnly => "Whether it takes mail of those whom it knows is not known.",
            Self::SelectiveSender | Self::SelectiveRecipient | Self::SelectiveClient => {
                "By which list or rule it chooses is not known, nor who else is let in."
            }
            Self::Greylisting => "Whether it takes the mail when asked again later was not tried.",
            Self::Closed => "Whether it serves others, or at other times, is not known.",
            Self::Filtered => "A host that is off, a firewall and a lost packet look the same.",
            Self::Tarpit => "Whether it is slow to everybody or to us, by intent or by trouble, is not known.",
            Self::NotSmtp => "What it speaks was not tried.",
            Self::RefusedUs => "It speaks of the surveyor and is no property of the target.",
            Self::Unknown => "Nothing is claimed.",
        }
    }
}

/// The class of a target, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The class.
    pub class: Class,
    /// The rung that decided.
    pub stage: Stage,
    /// The reply that decided, where it was a reply.
    pub reply: Option<Reply>,
    /// What decided, in one sentence.
    pub why: String,
    /// What this does not say, in sentences.
    pub silent: Vec<&'static str>,
    /// What the rule rests on, such as `RFC 7504 §3`.
    pub cites: Vec<&'static str>,
    /// What else was seen.
    pub remarks: Vec<Remark>,
}

const ONE_SENDER: &str = "One sender identity asked: whether another would be let in is not known.";
const ONE_SOURCE: &str = "One client address asked: whether another would be let in is not known.";
const CUT_SHORT: &str = "The run ended in the middle of a visit; what that visit would have shown is not known.";

/// Says what the visits to one target show.
///
/// Reply codes and texts are read apart ([`Wording`]): a refusal whose text speaks of us is [`Class::RefusedUs`] whatever
/// its code; else the code decides, and a text that disagrees is remarked on. "Selective" needs two visits that differ in
/// one thing alone and a repetition that agrees.
///
/// - `visits`: all visits to the target, in order; none gives [`Class::Unknown`]
/// - `slow_us`: a reply slower than this is a slow one, in microseconds
///
/// # Source
/// RFC 5321 §3.1, §3.8, §4.2, §4.5.1; RFC 7504 §3, §4
pub fn classify(visits: &[Visit], slow_us: i64) -> Verdict {
    let speaking: Vec<&Visit> = visits.iter().filter(|v| v.end != VisitEnd::Interrupted).collect();
    let mut found = selective(&speaking, slow_us).unwrap_or_else(|| {
        let base = speaking.iter().find(|v| !matches!(v.end, VisitEnd::TlsFailed(_))).or(speaking.last());
        base.map_or_else(nothing_known, |base| of_one(base, &speaking, slow_us))
    });
    found.silent.insert(0, found.class.silent_about());
    if matches!(found.class, Class::Open | Class::SendOnly | Class::Closed | Class::Filtered) {
        if one(speaking.iter().map(|v| v.sender)) && matches!(found.class, Class::Open | Class::SendOnly) {
            found.silent.push(ONE_SENDER);
        }
        if one(speaking.iter().map(|v| v.source)) {
            found.silent.push(ONE_SOURCE);
        }
    }
    if speaking.len() < visits.len() {
        found.silent.push(CUT_SHORT);
    }
    found.remarks = Remark::all_of(visits, slow_us);
    found
}

fn one(mut of: impl Iterator<Item = usize>) -> bool {
    let first = of.next();
    of.all(|other| Some(other) == first)
}

fn verdict(class: Class, stage: Stage, heard: Option<&Heard>, why: String, cites: &[&'static str]) -> Verdict {
    let reply = heard.map(|h| h.reply.clone());
    Verdict { class, stage, reply, why, silent: Vec::new(), cites: cites.to_vec(), remarks: Vec::new() }
}

fn nothing_known() -> Verdict {
    verdict(Class::Unknown, Stage::Connect, None, "No visit was completed.".to_owned(), &[])
}

/// Visits that differ in one thing alone and were told different things, with a repetition that agrees.
fn selective(visits: &[&Visit], slow_us: i64) -> Option<Verdict> {
    let spoken = || visits.iter().filter(|v| !matches!(v.end, VisitEnd::TlsFailed(_)));
    let base: Vec<(&Visit, Shown)> =
        spoken().filter(|v| (v.sender, v.source) == (0, 0)).map(|v| (*v, Shown::of(v, slow_us))).collect();
    let &(first, shown) = base.first()?;
    let other =
        spoken().find(|v| (v.sender, v.source) != (0, 0) && shown.differs(Shown::of(v, slow_us), v.sender > 0))?;
    let (class, what) = if other.sender == 0 {
        (Class::SelectiveClient, "client addresses")
    } else if same_question(first, other) {
        (Class::SelectiveSender, "senders")
    } else {
        return None;
    };
    let turned_away = if shown == Shown::Takes { *other } else { first };
    let (stage, heard) = (turned_away.stage, turned_away.deciding());
    // The other one is asked between the two visits of the first: A, B, A.
    let repeated = base.iter().skip(1).any(|(again, s)| *s == shown && again.began >= other.began);
    if !repeated {
        let why = format!("Two {what} were told different things, and the first was not told the same again.");
        return Some(verdict(Class::Unknown, stage, heard, why, &[]));
    }
    let why =
        format!("Two {what} were told different things, one by one and again; turned away at {}.", told(stage, heard));
    Some(verdict(class, stage, heard, why, &[]))
}

/// True where two visits were told about the same recipient, or were turned away before one was named.
fn same_question(a: &Visit, b: &Visit) -> bool {
    let first = |v: &Visit| v.recipients().next().map(|(_, address, _)| address.to_owned());
    match (first(a), first(b)) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

/// The class of a target that treats everybody alike, by its first visit and what the others add.
fn of_one(visit: &Visit, all: &[&Visit], slow_us: i64) -> Verdict {
    let heard = visit.deciding();
    let (stage, at) = (visit.stage, told(visit.stage, heard));
    let simple = |class, why: &str, cites: &[&'static str]| verdict(class, stage, heard, why.to_owned(), cites);
    match Shown::of(visit, slow_us) {
        Shown::Closed => simple(Class::Closed, "The connection was refused.", &["RFC 9293 §3.10.7.1"]),
        Shown::Filtered if visit.end == VisitEnd::NotConnected(ConnectFailure::Timeout) => {
            simple(Class::Filtered, "No answer to the connection.", &[])
        }
        Shown::Filtered => simple(Class::Filtered, "The way to the host is barred.", &[]),
        Shown::NotSmtp => simple(Class::NotSmtp, "What it said is no reply of a mail server.", &["RFC 5321 §4.2"]),
        Shown::WantsLogIn => {
            simple(Class::Unknown, "It wants a log-in first, which a survey never tries.", &["RFC 4954 §6"])
        }
        Shown::Slow => {
            let why = match visit.end {
                VisitEnd::Silent { pieces } => format!("A reply came in {pieces} pieces and never became whole."),
                _ => "It let us wait long for two replies.".to_owned(),
            };
            verdict(Class::Tarpit, stage, heard, why, &[])
        }
        Shown::Takes => open_or_choosy(visit),
        Shown::RefusesUs { .. } => {
            let cites: &[_] = if heard.is_some_and(|h| h.reply.code == 421) { &["RFC 5321 §3.8"] } else { &[] };
            verdict(Class::RefusedUs, stage, heard, format!("It turned us away at {at}."), cites)
        }
        Shown::Defers if heard.is_some_and(greylists) => verdict(
            Class::Greylisting,
            stage,
            heard,
            format!("It puts strangers off, in the words of greylisting, at {at}."),
            &["RFC 6647"],
        ),
        Shown::Defers => {
            verdict(Class::Unknown, stage, heard, format!("It had no answer for now at {at}."), &["RFC 5321 §4.2.1"])
        }
        Shown::Refuses(stage) => match heard {
            Some(heard) => refused(visit, stage, heard, all, slow_us),
            None => nothing_known(),
        },
        Shown::Unclear => unclear(visit),
    }
}

fn unclear(visit: &Visit) -> Verdict {
    let why = match &visit.end {
        VisitEnd::NotConnected(_) => "Our own system could not connect.".to_owned(),
        VisitEnd::Dropped => format!("It closed the connection without an answer at {}.", visit.stage),
        VisitEnd::Silent { .. } => format!("It accepted the connection and said nothing at {}.", visit.stage),
        VisitEnd::TlsFailed(why) => format!("TLS did not come about: {why}."),
        VisitEnd::Garbled(error) => format!("It lost the protocol at {}: {error}.", visit.stage),
        VisitEnd::Flooded => format!("It sent more than a target may at {}.", visit.stage),
        VisitEnd::Answered | VisitEnd::Interrupted => format!("Its answer at {} decides nothing.", visit.stage),
    };
    let heard = visit.deciding().filter(|h| h.stage == visit.stage);
    verdict(Class::Unknown, visit.stage, heard, why, &[])
}

fn greylists(heard: &Heard) -> bool {
    matches!(heard.stage, Stage::Mail | Stage::Rcpt) && Wording::of(&heard.reply) == Wording::Greylist
}

/// A recipient was accepted: open, unless another one was put off as strangers are, or turned away for a reason that is not
/// its own. Greylisting spares postmasters often (postgrey's `whitelist_recipients` does).
fn open_or_choosy(visit: &Visit) -> Verdict {
    let put_off = visit.recipients().find(|(kind, _, heard)| *kind != Recipient::Foreign && greylists(heard));
    if let Some((_, address, heard)) = put_off {
        let why =
            format!("It takes mail for one address at once, and puts <{address}> off in the words of greylisting.");
        return verdict(Class::Greylisting, Stage::Rcpt, Some(heard), why, &["RFC 6647"]);
    }
    let turned_away = visit.recipients().find(|(kind, _, heard)| {
        let of_itself = matches!(Wording::of(&heard.reply), Wording::Relay | Wording::NoMailbox);
        *kind != Recipient::Foreign && heard.reply.is_permanent() && !of_itself && !Wording::of(&heard.reply).about_us()
    });
    if let Some((_, address, heard)) = turned_away {
        let why = format!(
            "It takes mail for one address and not for <{address}>, in words that speak of no missing mailbox."
        );
        return verdict(Class::SelectiveRecipient, Stage::Rcpt, Some(heard), why, &[]);
    }
    let (kind, address, heard) = takes(visit).next().expect("the caller saw one accepted");
    let own = matches!(kind, Recipient::Postmaster | Recipient::BarePostmaster);
    let cites: &[_] = if own { &["RFC 5321 §4.5.1"] } else { &[] };
    verdict(Class::Open, Stage::Rcpt, Some(heard), format!("It takes mail for <{address}>."), cites)
}

/// Everybody who asked was refused for good, in words that do not speak of us.
fn refused(visit: &Visit, stage: Stage, heard: &Heard, all: &[&Visit], slow_us: i64) -> Verdict {
    let say = |class, why: &str, cites: &[&'static str]| verdict(class, stage, Some(heard), why.to_owned(), cites);
    let wording = Wording::of(&heard.reply);
    if heard.reply.code == 521 {
        return say(Class::SendOnly, "521: the host takes no mail, whoever asks.", &["RFC 7504 §3"]);
    }
    let senders = all.iter().filter(|v| matches!(Shown::of(v, slow_us), Shown::Refuses(s) if s == stage));
    let several = !one(senders.map(|v| v.sender));
    match stage {
        Stage::Banner => say(Class::Closed, "The greeting says that there is no mail service.", &["RFC 5321 §3.1"]),
        Stage::Ehlo | Stage::Helo if wording == Wording::NoMail => {
            say(Class::SendOnly, "It greets, and says at EHLO that it takes no mail.", &["RFC 5321 §4.1.1.1"])
        }
        Stage::Mail if several => say(Class::SendOnly, "It refuses every sender that was tried.", &[]),
        Stage::Mail if wording == Wording::NoMail => {
            say(Class::SendOnly, "It refuses the sender, and says that it takes no mail.", &[])
        }
        Stage::Mail => say(Class::Unknown, "It refuses one sender; no other was tried.", &[]),
        Stage::Rcpt => refused_recipients(visit, heard, several),
        _ => say(Class::Unknown, "It refuses our greeting.", &["RFC 5321 §4.1.1.1"]),
    }
}

fn refused_recipients(visit: &Visit, heard: &Heard, several: bool) -> Verdict {
    let asked: Vec<_> = visit.recipients().collect();
    let every = |wording: Wording| asked.iter().all(|(.., h)| Wording::of(&h.reply) == wording);
    let bare = asked.iter().any(|(kind, ..)| *kind == Recipient::BarePostmaster);
    let alike = asked.iter().all(|(.., h)| skeleton(&h.reply) == skeleton(&heard.reply));
    let say =
        |class, why: &str, cites: &[&'static str]| verdict(class, Stage::Rcpt, Some(heard), why.to_owned(), cites);
    if every(Wording::NoMailbox) {
        return say(Class::Unknown, "It looks mailboxes up, and has none of those asked for.", &["RFC 5321 §4.5.1"]);
    }
    if every(Wording::Relay) && !bare {
        return say(Class::Unknown, "It takes no mail for the domains asked about; it may for others.", &[]);
    }
    if bare {
        return say(Class::SendOnly, "It refuses even postmaster without a domain.", &["RFC 5321 §4.5.1"]);
    }
    if several || (asked.len() > 1 && alike) {
        return say(Class::SendOnly, "It refuses every recipient that was asked for.", &["RFC 5321 §4.5.1"]);
    }
    if asked.len() == 1 {
        return say(Class::Unknown, "It refuses one recipient; neither another nor another sender was tried.", &[]);
    }
    say(Class::Unknown, "It refuses recipients in different words; no other sender was tried.", &[])
}

fn told(stage: Stage, heard: Option<&Heard>) -> String {
    match heard.filter(|h| h.stage == stage) {
        Some(heard) => format!("{stage}: {}", heard.reply.code),
        None => stage.to_string(),
    }
}
