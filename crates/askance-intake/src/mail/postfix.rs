//! Postfix.
//!
//! # Source
//! Postfix `src/smtpd/smtpd.c`, `src/smtpd/smtpd_peer.c`, `src/global/log_adhoc.c`.

use askance_record::{MailEvent, MailKind};
use memchr::memmem;

use super::Verdict;
use super::memory::Memory;
use super::parts::{code, code_within, peer, value};
use crate::text::scan::{Scan, copy_text, ip};

/// Reads the text of one line of `program`.
pub(super) fn read(program: &[u8], text: &[u8], memory: &mut Memory, event: &mut MailEvent) -> Verdict {
    let mut parts = program.rsplit(|&b| b == b'/');
    let daemon = parts.next().unwrap_or_default();
    if !parts.any(|part| part.starts_with(b"postfix")) {
        return Verdict::Unrelated("line of another program");
    }
    match daemon {
        b"smtpd" => smtpd(text, event),
        b"postscreen" => screen(text, event),
        b"qmgr" | b"oqmgr" => queue(text, memory, event),
        b"pickup" => pickup(text, event),
        b"anvil" => Verdict::Unrelated("connection statistics"),
        b"cleanup" => cleanup(text, event),
        _ => delivery(text, memory, event),
    }
}

fn smtpd(text: &[u8], event: &mut MailEvent) -> Verdict {
    let mut scan = Scan::new(text);
    if scan.eat(b"warning: ") {
        return warning(scan.rest, event);
    }
    let kinds: [(&[u8], MailKind); 2] =
        [(b"connect from ", MailKind::Connect), (b"disconnect from ", MailKind::Disconnect)];
    for (prefix, kind) in kinds {
        if scan.eat(prefix) {
            return from_peer(scan.rest, kind, event);
        }
    }
    for prefix in [
        &b"lost connection after "[..],
        b"timeout after ",
        b"too many errors after ",
        b"improper command pipelining after ",
    ] {
        if scan.eat(prefix) {
            let Some(from) = memmem::find(scan.rest, b" from ") else { break };
            return from_peer(&scan.rest[from + b" from ".len()..], MailKind::Disconnect, event);
        }
    }
    let Some(id) = queue_id(&mut scan) else { return Verdict::Unrelated("message of another kind") };
    if scan.eat(b"client=") {
        copy_text(id, 64, &mut event.queue_id);
        return from_peer(scan.rest, MailKind::Accept, event);
    }
    for prefix in [&b"reject: "[..], b"reject_warning: ", b"milter-reject: "] {
        if scan.eat(prefix) {
            return reject(id, scan.rest, prefix, event);
        }
    }
    Verdict::Unrelated("message of another kind")
}

/// `hostname NAME does not resolve to address IP[: why]`, or the form of Postfix before 2.9:
/// `IP: hostname NAME verification failed: why`.
fn warning(text: &[u8], event: &mut MailEvent) -> Verdict {
    let mut scan = Scan::new(text);
    let (name, address) = if scan.eat(b"hostname ") {
        let name = scan.up_to(b' ');
        if !scan.eat(b"does not resolve to address ") {
            return Verdict::Unrelated("warning of another kind");
        }
        // An IPv6 address holds colons: the reason begins after `: `.
        let end = memmem::find(scan.rest, b": ").unwrap_or(scan.rest.len());
        (name, &scan.rest[..end])
    } else {
        let end = memmem::find(text, b": hostname ").unwrap_or(0);
        let mut scan = Scan::new(text.get(end + b": hostname ".len()..).unwrap_or_default());
        let name = scan.up_to(b' ');
        if end == 0 || !scan.rest.starts_with(b"verification failed") {
            return Verdict::Unrelated("warning of another kind");
        }
        (name, &text[..end])
    };
    event.kind = MailKind::NameMismatch;
    event.peer = ip(address.trim_ascii());
    copy_text(name, 255, &mut event.peer_name);
    Verdict::Event
}

fn from_peer(text: &[u8], kind: MailKind, event: &mut MailEvent) -> Verdict {
    let Some(peer) = peer(text) else { return Verdict::Unrelated("message of another kind") };
    event.kind = kind;
    peer.put(event);
    Verdict::Event
}

/// `STAGE from NAME[IP]: CODE DSN why; from=<> to=<> proto=ESMTP helo=<>`.
fn reject(id: &[u8], text: &[u8], prefix: &[u8], event: &mut MailEvent) -> Verdict {
    if prefix == b"reject_warning: " {
        return Verdict::Unrelated("rejection that was not carried out");
    }
    let Some(from) = memmem::find(text, b"from ") else { return Verdict::Unrelated("message of another kind") };
    let Some(peer) = peer(&text[from + b"from ".len()..]) else { return Verdict::Unrelated("message of another kind") };
    event.kind = MailKind::Reject;
    peer.put(event);
    let reply = memmem::find(peer.rest, b": ").map(|i| &peer.rest[i + 2..]).unwrap_or_default();
    event.code = code(reply);
    if id != b"NOQUEUE" {
        copy_text(id, 64, &mut event.queue_id);
    }
    // The parameters stand after the last semicolon: the reason before it is the peer's text in part.
    let parameters = memmem::rfind(reply, b"; from=<").map_or(reply, |i| &reply[i + 2..]);
    copy_text(value(parameters, b"from=", b' ').unwrap_or_default(), 320, &mut event.from);
    copy_text(value(parameters, b"to=", b' ').unwrap_or_default(), 320, &mut event.to);
    copy_text(value(parameters, b"helo=", b' ').unwrap_or_default(), 255, &mut event.helo);
    Verdict::Event
}

/// `CONNECT from [IP]:PORT to [IP]:PORT`, `NOQUEUE: reject: RCPT from [IP]:PORT: …`, `DISCONNECT [IP]:PORT`.
fn screen(text: &[u8], event: &mut MailEvent) -> Verdict {
    let mut scan = Scan::new(text);
    if scan.eat(b"CONNECT from ") {
        return from_peer(scan.rest, MailKind::Connect, event);
    }
    if scan.eat(b"DISCONNECT ") {
        return from_peer(scan.rest, MailKind::Disconnect, event);
    }
    if scan.eat(b"NOQUEUE: reject: ") {
        return reject(b"NOQUEUE", scan.rest, b"reject: ", event);
    }
    Verdict::Unrelated("message of another kind")
}

/// `ID: from=<…>, size=…, nrcpt=… (queue active)`: tells the sender for the deliveries that follow.
fn queue(text: &[u8], memory: &mut Memory, event: &mut MailEvent) -> Verdict {
    let mut scan = Scan::new(text);
    let Some(id) = queue_id(&mut scan) else { return Verdict::Unrelated("queue manager") };
    if !scan.rest.starts_with(b"from=") {
        return Verdict::Unrelated("queue manager");
    }
    let from = value(scan.rest, b"from=", b',').unwrap_or_default();
    if value(scan.rest, b"status=", b',') == Some(b"expired") {
        event.kind = MailKind::Bounce;
        copy_text(id, 64, &mut event.queue_id);
        copy_text(from, 320, &mut event.from);
        return Verdict::Event;
    }
    copy_text(from, 320, &mut memory.note(id).from);
    Verdict::Unrelated("queue manager")
}

/// `ID: uid=… from=<…>`: a message of a local user.
fn pickup(text: &[u8], event: &mut MailEvent) -> Verdict {
    let mut scan = Scan::new(text);
    let (Some(id), true) = (queue_id(&mut scan), scan.rest.starts_with(b"uid=")) else {
        return Verdict::Unrelated("message of another kind");
    };
    event.kind = MailKind::Accept;
    copy_text(id, 64, &mut event.queue_id);
    copy_text(value(scan.rest, b"from=", b' ').unwrap_or_default(), 320, &mut event.from);
    Verdict::Event
}

fn cleanup(text: &[u8], event: &mut MailEvent) -> Verdict {
    let mut scan = Scan::new(text);
    match queue_id(&mut scan) {
        Some(id) if scan.eat(b"reject: ") || scan.eat(b"milter-reject: ") => reject(id, scan.rest, b"reject: ", event),
        _ => Verdict::Unrelated("message identifier"),
    }
}

/// `ID: to=<…>, relay=NAME[IP]:PORT, …, status=sent (…)`.
fn delivery(text: &[u8], memory: &Memory, event: &mut MailEvent) -> Verdict {
    let mut scan = Scan::new(text);
    let (Some(id), true) = (queue_id(&mut scan), scan.rest.starts_with(b"to=<")) else {
        return Verdict::Unrelated("message of another kind");
    };
    // The text in parentheses is the peer's: nothing is looked for there but its code.
    let end = memmem::find(scan.rest, b" (").unwrap_or(scan.rest.len());
    let (fields, outcome) = scan.rest.split_at(end);
    event.kind = match value(fields, b"status=", b',') {
        Some(b"sent") => MailKind::Deliver,
        Some(b"deferred") => MailKind::Defer,
        Some(b"bounced" | b"undeliverable" | b"expired") => MailKind::Bounce,
        _ => return Verdict::Unrelated("delivery of another kind"),
    };
    copy_text(id, 64, &mut event.queue_id);
    copy_text(value(fields, b"to=", b',').unwrap_or_default(), 320, &mut event.to);
    if let Some(known) = memory.recall(id) {
        event.from.push_str(&known.from);
    }
    if let Some(relay) = value(fields, b"relay=", b',').and_then(peer) {
        relay.put(event);
    }
    event.code = code_within(outcome);
    Verdict::Event
}

/// `ID: `, where the identifier is short or long form, or `NOQUEUE`.
fn queue_id<'a>(scan: &mut Scan<'a>) -> Option<&'a [u8]> {
    let mut ahead = *scan;
    let id = ahead.until(b':')?;
    if id.len() < 5 || id.len() > 32 || !id.iter().all(u8::is_ascii_alphanumeric) || !ahead.eat(b" ") {
        return None;
    }
    *scan = ahead;
    Some(id)
}
