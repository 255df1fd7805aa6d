//! Exim's main log.
//!
//! # Source
//! The Exim specification, chapter "Log files"; Exim `src/host.c`, `src/smtp_in.c`.

use askance_record::{MailEvent, MailKind};
use memchr::memmem;

use super::Verdict;
use super::parts::{code_within, peer};
use crate::text::scan::{Scan, copy_text, ip};

const ELSE: Verdict = Verdict::Unrelated("message of another kind");

/// Reads the text of one line.
pub(super) fn read(text: &[u8], event: &mut MailEvent) -> Verdict {
    let mut scan = Scan::new(text);
    let mut ahead = scan;
    if ahead.eat(b"[") && ahead.until(b']').is_some_and(|pid| pid.iter().all(u8::is_ascii_digit)) {
        ahead.blanks();
        scan = ahead;
    }
    let mut ahead = scan;
    let id = ahead.up_to(b' ');
    if !is_message_id(id) {
        return without_message(scan.rest, event);
    }
    copy_text(id, 64, &mut event.queue_id);
    let rest = ahead.rest;
    let flag = ahead.up_to(b' ');
    let subject = ahead.rest;
    match flag {
        b"<=" => accepted(subject, event),
        b"=>" | b"->" | b">>" => outcome(subject, MailKind::Deliver, event),
        b"**" => outcome(subject, MailKind::Bounce, event),
        b"==" => outcome(subject, MailKind::Defer, event),
        _ if memmem::find(rest, b"rejected ").is_some() => rejected(rest, event),
        _ => ELSE,
    }
}

/// `XXXXXX-YYYYYY-ZZ`, or `XXXXXX-YYYYYYYYYYY-ZZZZ` since 4.97.
fn is_message_id(word: &[u8]) -> bool {
    let mut parts = word.split(|&b| b == b'-');
    let lengths = [parts.next(), parts.next(), parts.next()].map(|part| part.map_or(0, <[u8]>::len));
    let whole = parts.next().is_none() && (lengths == [6, 6, 2] || lengths == [6, 11, 4]);
    whole && word.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
}

/// `sender H=… P=… S=… id=…`.
fn accepted(text: &[u8], event: &mut MailEvent) -> Verdict {
    let mut scan = Scan::new(text);
    event.kind = MailKind::Accept;
    let from = scan.up_to(b' ');
    if from != b"<>" {
        copy_text(from, 320, &mut event.from);
    }
    host(scan.rest, event);
    Verdict::Event
}

/// `address [<original>] R=… T=… H=… C="250 …"`, then a reason where it failed.
fn outcome(text: &[u8], kind: MailKind, event: &mut MailEvent) -> Verdict {
    let mut scan = Scan::new(text);
    event.kind = kind;
    let mut to = scan.up_to(b' ');
    // A local delivery names the user, then the address in angle brackets.
    if scan.rest.first() == Some(&b'<') {
        scan.eat(b"<");
        to = scan.until(b'>').unwrap_or(to);
    }
    copy_text(to.strip_suffix(b":").unwrap_or(to), 320, &mut event.to);
    host(scan.rest, event);
    event.code = code_within(scan.rest);
    Verdict::Event
}

/// `H=… F=<…> rejected RCPT <…>: …`.
fn rejected(text: &[u8], event: &mut MailEvent) -> Verdict {
    event.kind = MailKind::Reject;
    host(text, event);
    let at = memmem::find(text, b"rejected ").unwrap_or(0);
    let (before, after) = text.split_at(at);
    copy_text(super::parts::value(before, b"F=", b' ').unwrap_or_default(), 320, &mut event.from);
    let mut scan = Scan::new(after);
    if scan.eat(b"rejected RCPT ") {
        let to = scan.up_to(b' ');
        let to = to.strip_suffix(b":").unwrap_or(to);
        let bare = to.strip_prefix(b"<").and_then(|to| to.strip_suffix(b">"));
        copy_text(bare.unwrap_or(to), 320, &mut event.to);
    }
    event.code = code_within(scan.rest);
    if event.peer.is_none() { ELSE } else { Verdict::Event }
}

/// `H=name (helo) [ip]:port`; a name that could not be verified stands in parentheses only.
fn host(text: &[u8], event: &mut MailEvent) {
    let start = memmem::find_iter(text, b"H=").find(|&i| i == 0 || text[i - 1] == b' ');
    if let Some(start) = start {
        peer_at(&text[start + 2..], event);
    }
}

/// `name (helo) [ip]`, `(helo) [ip]`, `name [ip]` or `[ip]`.
fn peer_at(text: &[u8], event: &mut MailEvent) {
    let mut scan = Scan::new(text);
    if !matches!(scan.rest.first(), Some(b'(' | b'[')) {
        copy_text(scan.up_to(b' '), 255, &mut event.peer_name);
    }
    if scan.eat(b"(") {
        copy_text(scan.until(b')').unwrap_or_default(), 255, &mut event.helo);
        scan.blanks();
    }
    if scan.eat(b"[") {
        event.peer = scan.until(b']').and_then(ip);
    }
}

fn without_message(text: &[u8], event: &mut MailEvent) -> Verdict {
    let mut scan = Scan::new(text);
    if scan.eat(b"no host name found for IP address ") {
        event.kind = MailKind::NameMismatch;
        event.peer = ip(scan.up_to(b' '));
        return Verdict::Event;
    }
    if let Some(i) = memmem::find(text, b" does not match any IP address for ") {
        event.kind = MailKind::NameMismatch;
        event.peer =
            text[..i].rsplit(|b| matches!(b, b' ' | b'(' | b'[')).next().and_then(|word| ip(word.trim_ascii()));
        let name = Scan::new(&text[i + b" does not match any IP address for ".len()..]).up_to(b' ');
        copy_text(name.strip_suffix(b")").unwrap_or(name), 255, &mut event.peer_name);
        return Verdict::Event;
    }
    if scan.eat(b"no IP address found for host ") {
        event.kind = MailKind::NameMismatch;
        copy_text(scan.up_to(b' '), 255, &mut event.peer_name);
        if let Some(from) = memmem::find(scan.rest, b"connection from ") {
            event.peer = last_address(&scan.rest[from..]);
        }
        return Verdict::Event;
    }
    if let Some(i) = memmem::find(text, b"rejected ").filter(|&i| i == 0 || text[i - 1] == b' ')
        && memmem::find(&text[..i], b"H=").is_some()
    {
        return rejected(text, event);
    }
    if scan.eat(b"refused connection from ") || scan.eat(b"Connection from ") {
        let refused = text.starts_with(b"refused") || memmem::find(text, b" refused").is_some();
        let text = scan.rest.strip_prefix(b"H=").unwrap_or(scan.rest);
        peer_at(text, event);
        event.kind = if refused { MailKind::Reject } else { MailKind::Connect };
        return Verdict::Event;
    }
    connection(text, event)
}

/// `SMTP connection from …`, and the ways in which one ends.
fn connection(text: &[u8], event: &mut MailEvent) -> Verdict {
    const ENDS: [&[u8]; 5] = [
        b"unexpected disconnection while reading SMTP command from ",
        b"SMTP command timeout on connection from ",
        b"no MAIL in SMTP connection from ",
        b"SMTP call from ",
        b"SMTP data timeout (message abandoned) on connection from ",
    ];
    let mut scan = Scan::new(text);
    if scan.eat(b"SMTP connection from ") {
        let left = [&b" closed by "[..], b" lost", b" timed out"].iter().any(|end| memmem::find(text, end).is_some());
        event.kind = if left { MailKind::Disconnect } else { MailKind::Connect };
    } else if ENDS.iter().any(|end| scan.eat(end)) {
        event.kind = MailKind::Disconnect;
    } else {
        return ELSE;
    }
    peer_at(scan.rest.strip_prefix(b"H=").unwrap_or(scan.rest), event);
    if event.peer.is_none() { ELSE } else { Verdict::Event }
}

/// The address of the last bracket.
fn last_address(text: &[u8]) -> Option<std::net::IpAddr> {
    let open = memchr::memrchr(b'[', text)?;
    peer(&text[open..])?.ip
}
