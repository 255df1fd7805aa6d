//! `OpenSMTPD`.
//!
//! # Source
//! `OpenSMTPD`, `usr.sbin/smtpd/smtp_session.c`, `mta_session.c`, `lka.c`.

use askance_record::{MailEvent, MailKind};

use super::Verdict;
use super::memory::Memory;
use super::parts::{code_within, value};
use crate::text::scan::{Scan, copy_text, ip};

/// Reads the text of one line.
pub(super) fn read(program: &[u8], text: &[u8], memory: &mut Memory, event: &mut MailEvent) -> Verdict {
    if program != b"smtpd" && program != b"opensmtpd" {
        return Verdict::Unrelated("line of another program");
    }
    let mut scan = Scan::new(text);
    let session = scan.up_to(b' ');
    let is_session = session.len() == 16 && session.iter().all(u8::is_ascii_hexdigit);
    let side = scan.up_to(b' ');
    if !is_session || !matches!(side, b"smtp" | b"mta" | b"mda") {
        return Verdict::Unrelated("message of another kind");
    }
    let what = scan.up_to(b' ');
    let fields = scan.rest;
    match (side, what) {
        (b"smtp", b"connected") => {
            let known = memory.note(session);
            *known = super::memory::Known::default();
            known.peer = value(fields, b"address=", b' ').and_then(address);
            let name = value(fields, b"host=", b' ').unwrap_or_default();
            if !matches!(name, b"<unknown>" | b"unknown") {
                copy_text(name, 255, &mut known.peer_name);
            }
            event.kind = MailKind::Connect;
        }
        (b"smtp", b"disconnected") => event.kind = MailKind::Disconnect,
        (b"smtp", b"message") => {
            event.kind = MailKind::Accept;
            copy_text(value(fields, b"msgid=", b' ').unwrap_or_default(), 64, &mut event.queue_id);
            envelope(fields, event);
        }
        (b"smtp", b"failed-command") => {
            event.kind = MailKind::Reject;
            event.code = code_within(value(fields, b"result=", b' ').unwrap_or_default());
            copy_text(value(fields, b"command=", b' ').unwrap_or_default(), 320, &mut event.to);
            command(event);
        }
        (_, b"delivery") => return delivery(fields, event),
        _ => return Verdict::Unrelated("message of another kind"),
    }
    if let Some(known) = memory.recall(session) {
        event.peer = known.peer;
        event.peer_name.push_str(&known.peer_name);
    }
    Verdict::Event
}

/// An address; one of IPv6 stands in brackets.
fn address(text: &[u8]) -> Option<std::net::IpAddr> {
    ip(text.strip_prefix(b"[").and_then(|inside| inside.strip_suffix(b"]")).unwrap_or(text))
}

/// Keeps of `RCPT TO:<…>` the address, of `MAIL FROM:<…>` the sender, of other commands nothing.
fn command(event: &mut MailEvent) {
    let command = core::mem::take(&mut event.to);
    let address = |prefix: &str| {
        let head = command.get(..prefix.len()).filter(|head| head.eq_ignore_ascii_case(prefix))?;
        let rest = command.get(head.len()..)?.trim_start().strip_prefix('<')?;
        rest.split('>').next()
    };
    if let Some(to) = address("RCPT TO:") {
        to.clone_into(&mut event.to);
    } else if let Some(from) = address("MAIL FROM:") {
        from.clone_into(&mut event.from);
    }
}

fn envelope(fields: &[u8], event: &mut MailEvent) {
    copy_text(value(fields, b"from=", b' ').unwrap_or_default(), 320, &mut event.from);
    copy_text(value(fields, b"to=", b' ').unwrap_or_default(), 320, &mut event.to);
}

/// `evpid=… from=<…> to=<…> … relay="…" delay=… result="Ok" stat="250 …"`.
fn delivery(fields: &[u8], event: &mut MailEvent) -> Verdict {
    event.kind = match value(fields, b"result=", b' ') {
        Some(b"Ok") => MailKind::Deliver,
        Some(b"TempFail") => MailKind::Defer,
        Some(b"PermFail" | b"Loop") => MailKind::Bounce,
        _ => return Verdict::Unrelated("delivery of another kind"),
    };
    envelope(fields, event);
    // An envelope's identifier begins with its message's.
    let envelope_id = value(fields, b"evpid=", b' ').unwrap_or_default();
    copy_text(envelope_id, 8, &mut event.queue_id);
    if let Some(relay) = value(fields, b"relay=", b' ') {
        // `203.0.113.25 (mx.example)`
        let mut scan = Scan::new(relay);
        event.peer = address(scan.up_to(b' '));
        if scan.eat(b"(") {
            copy_text(scan.until(b')').unwrap_or_default(), 255, &mut event.peer_name);
        }
    }
    event.code = value(fields, b"stat=", b' ').and_then(code_within);
    Verdict::Event
}
