//! What the text of a reply speaks of, apart from its code.
//!
//! Codes are few and often chosen carelessly; texts say what an administrator meant. The two are read apart, and where
//! they disagree the verdict says so. The phrases are those of common servers and of block lists.

use crate::smtp::Reply;

/// What the text of a refusal speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wording {
    /// Our address, its reputation, its reverse name, or a block list that we are on.
    Us,
    /// How much or how often we ask.
    Rate,
    /// Our sender's address or domain does not pass a check: no such domain, SPF, a call-back.
    Unverified,
    /// Come back later, as greylisting says it.
    Greylist,
    /// It passes no mail on for others: the recipient's domain is not its own.
    Relay,
    /// It knows no such mailbox.
    NoMailbox,
    /// It takes mail from those who log in.
    LogIn,
    /// It takes no mail.
    NoMail,
    /// The sender's address.
    Sender,
    /// Nothing that is known here.
    Other,
}

/// What Postfix puts before an administrator's text: it names the list of rules that refused, whatever the text says. Where
/// that says that the host takes no mail, it is not about us (ADR 0020).
const POSTFIX_CLIENT: &str = "client host rejected:";

/// Phrases in small letters; the first row with a hit decides, so that what speaks of us comes first.
const PHRASES: &[(Wording, &[&str])] = &[
    (
        Wording::Us,
        &[
            "spamhaus",
            "spamcop",
            "barracudacentral",
            "blocklist",
            "block list",
            "blacklist",
            "black list",
            "blocked",
            "dnsbl",
            "rbl",
            "reputation",
            "listed at",
            "listed in",
            "listed by",
            "is listed",
            "banned",
            "reverse dns",
            "reverse hostname",
            "rdns",
            "ptr record",
            "no ptr",
            "cannot find your hostname",
            "client host rejected",
            "helo command rejected",
            "your ip",
            "your host",
            "your network",
            "protocol error",
            "dul",
            "dynamic ip",
        ],
    ),
    (
        Wording::Unverified,
        &[
            "sender verify",
            "sender verification",
            "address verification",
            "verify sender",
            "unverified address",
            "domain of sender",
            "sender domain",
            "domain not found",
            "spf",
            "dmarc",
        ],
    ),
    (
        Wording::Rate,
        &[
            "too many",
            "rate limit",
            "rate exceeded",
            "exceeded the",
            "concurren",
            "too fast",
            "too much mail",
            "throttl",
        ],
    ),
    (
        Wording::Greylist,
        &["greylist", "graylist", "grey list", "gray list", "greylisting", "try again in", "retry in", "try later in"],
    ),
    (
        Wording::Relay,
        &["relay", "not our customer", "not local", "we do not accept mail for", "not a gateway", "rcpthosts"],
    ),
    (
        Wording::NoMailbox,
        &[
            "user unknown",
            "unknown user",
            "no such user",
            "no such recipient",
            "no such address",
            "no mailbox",
            "mailbox unavailable",
            "mailbox not found",
            "mailbox does not exist",
            "recipient unknown",
            "unknown recipient",
            "unrouteable address",
            "invalid recipient",
            "recipient not found",
            "unknown local part",
            "doesn't exist",
        ],
    ),
    (
        Wording::LogIn,
        &["authentication required", "authenticat", "must log in", "must login", "please login", "starttls first"],
    ),
    (
        Wording::NoMail,
        &[
            "not accept mail",
            "not accept any mail",
            "not accept email",
            "no mail accepted",
            "not accepting mail",
            "accepts no mail",
            "takes no mail",
            "does not receive",
            "no smtp service",
            "send-only",
            "send only",
            "outbound only",
            "outgoing only",
            "null mx",
            "nullmx",
            "not receive mail",
            "doesn't accept mail",
        ],
    ),
    (Wording::Sender, &["sender", "mail from", "return path"]),
];

impl Wording {
    /// What the text of a reply speaks of; its code is not looked at.
    pub fn of(reply: &Reply) -> Self {
        let text = small(reply);
        match text.split_once(POSTFIX_CLIENT).map(|(_, own)| in_words(own)) {
            Some(Self::NoMail) => Self::NoMail,
            _ => in_words(&text),
        }
    }

    /// True where the text is about who asks and not about the host.
    pub const fn about_us(self) -> bool {
        matches!(self, Self::Us | Self::Rate | Self::Unverified)
    }
}

fn in_words(text: &str) -> Wording {
    let hit = PHRASES.iter().find(|(_, phrases)| phrases.iter().any(|phrase| speaks(text, phrase)));
    hit.map_or(Wording::Other, |(wording, _)| *wording)
}

/// True where a reply turns away for good: by its code, or, as Postfix does by default with relaying, by its text alone
/// (`454 4.7.1 Relay access denied` would be said again tomorrow).
pub(super) fn turns_away(reply: &Reply) -> bool {
    reply.is_permanent() || (reply.is_transient() && reply.code != 421 && Wording::of(reply) == Wording::Relay)
}

/// True where a text names its reader: `from you`, or an address in brackets after it.
pub(super) fn names_reader(reply: &Reply) -> bool {
    let text = small(reply);
    ["from you", "to you", "your mail", "you are not", "you're not"].iter().any(|phrase| speaks(&text, phrase))
}

/// What stays of a reply when addresses, names and numbers are taken out: two hosts, or two recipients, that are refused
/// in the same words have the same.
pub(super) fn skeleton(reply: &Reply) -> (u16, Option<(u8, u16, u16)>, String) {
    let text = small(reply);
    let kept = text
        .split_whitespace()
        .filter(|word| !word.contains(['@', '<', '.']) && !word.contains(|c: char| c.is_ascii_digit()));
    (reply.code, reply.enhanced, kept.collect::<Vec<_>>().join(" "))
}

fn small(reply: &Reply) -> String {
    reply.lines.join(" ").to_lowercase()
}

/// True where a phrase begins with a word of the text, and, where it is short, is one: `rbl` is not in `marble`.
fn speaks(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        let after = text.get(at + phrase.len()..).and_then(|tail| tail.chars().next());
        let begins_inside = before.is_some_and(char::is_alphanumeric);
        let ends_inside = phrase.len() <= 4 && after.is_some_and(char::is_alphanumeric);
        !(begins_inside || ends_inside)
    })
}
