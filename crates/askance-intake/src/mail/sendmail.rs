//! Sendmail.
//!
//! # Source
//! "Sendmail Installation and Operation Guide", section "The system log"; `sendmail/deliver.c`.

use askance_record::{MailEvent, MailKind};
use memchr::memmem;

use super::Verdict;
use super::parts::{Peer, code, code_within, peer, value};
use crate::text::scan::{Scan, copy_text};

const ELSE: Verdict = Verdict::Unrelated("message of another kind");

/// Reads the text of one line of `program`.
pub(super) fn read(program: &[u8], text: &[u8], event: &mut MailEvent) -> Verdict {
    if !matches!(program, b"sendmail" | b"sm-mta" | b"sm-msp" | b"sm-msp-queue" | b"sm-que" | b"sendmail-client") {
        return Verdict::Unrelated("line of another program");
    }
    if text.starts_with(b"ruleset=") {
        return reject(text, event);
    }
    let mut scan = Scan::new(text);
    let Some(id) = scan.until(b':').filter(|id| id.len() >= 5 && id.iter().all(u8::is_ascii_alphanumeric)) else {
        return ELSE;
    };
    scan.blanks();
    if id != b"NOQUEUE" {
        copy_text(id, 64, &mut event.queue_id);
    }
    let rest = scan.rest;
    if rest.starts_with(b"from=") {
        event.kind = MailKind::Accept;
        copy_text(value(rest, b"from=", b',').unwrap_or_default(), 320, &mut event.from);
        relay(rest, event);
        return Verdict::Event;
    }
    if rest.starts_with(b"to=") {
        return delivery(rest, event);
    }
    if rest.starts_with(b"ruleset=") {
        return reject(rest, event);
    }
    connection(scan, event)
}

/// `relay=name [ip] (may be forged)`, `relay=[ip]`, `relay=user@host`.
fn relay(text: &[u8], event: &mut MailEvent) {
    let Some(relay) = field(text, b"relay=") else { return };
    match peer(relay) {
        Some(Peer { name, ip, .. }) => {
            event.peer = ip;
            copy_text(name.strip_suffix(b".").unwrap_or(name), 255, &mut event.peer_name);
        }
        None => copy_text(relay.split(|&b| b == b' ').next().unwrap_or_default(), 255, &mut event.peer_name),
    }
}

/// The field that `key` opens, up to the next `, key=`.
fn field<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let start = memmem::find_iter(text, key).find(|&i| i == 0 || text[i - 1] == b' ')?;
    let rest = &text[start + key.len()..];
    Some(&rest[..memmem::find(rest, b", ").unwrap_or(rest.len())])
}

/// `to=<…>, …, relay=…, dsn=2.0.0, stat=Sent (…)`; the state is the last field and holds the peer's text.
fn delivery(text: &[u8], event: &mut MailEvent) -> Verdict {
    let Some(stat) = memmem::find(text, b"stat=") else { return ELSE };
    let (fields, state) = (&text[..stat], &text[stat + b"stat=".len()..]);
    let class = field(fields, b"dsn=").and_then(|dsn| dsn.first().copied());
    event.kind = match (state, class) {
        (s, _) if s.starts_with(b"Sent") => MailKind::Deliver,
        (s, _) if s.starts_with(b"Deferred") || s.starts_with(b"queued") => MailKind::Defer,
        (_, Some(b'2')) => MailKind::Deliver,
        (_, Some(b'4')) => MailKind::Defer,
        (_, Some(b'5')) => MailKind::Bounce,
        _ => return ELSE,
    };
    copy_text(value(fields, b"to=", b',').unwrap_or_default(), 320, &mut event.to);
    relay(fields, event);
    event.code = code_within(state);
    Verdict::Event
}

/// `ruleset=check_rcpt, arg1=<…>, relay=name [ip], reject=550 5.7.1 …`.
fn reject(text: &[u8], event: &mut MailEvent) -> Verdict {
    let Some(at) = memmem::find(text, b"reject=") else { return ELSE };
    event.kind = MailKind::Reject;
    event.code = code(&text[at + b"reject=".len()..]);
    let argument = value(&text[..at], b"arg1=", b',').unwrap_or_default();
    match field(text, b"ruleset=") {
        Some(b"check_rcpt") => copy_text(argument, 320, &mut event.to),
        Some(b"check_mail") => copy_text(argument, 320, &mut event.from),
        _ => {}
    }
    relay(&text[..at], event);
    Verdict::Event
}

/// Lines that name the peer before or after a phrase.
fn connection(mut scan: Scan<'_>, event: &mut MailEvent) -> Verdict {
    event.kind = if scan.eat(b"connect from ") {
        MailKind::Connect
    } else if scan.eat(b"lost input channel from ")
        || scan.eat(b"timeout waiting for input from ")
        || memmem::find(scan.rest, b" did not issue ").is_some()
    {
        MailKind::Disconnect
    } else {
        return ELSE;
    };
    let Some(found) = peer(scan.rest) else { return ELSE };
    found.put(event);
    Verdict::Event
}
