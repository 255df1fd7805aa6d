//! dnsmasq and Pi-hole query logs: plain, `extra` and `proto`.
//!
//! A query line becomes the lookup. With `log-queries=extra` a serial number ties the
//! answer lines to it; without, an answer is taken only where exactly one waiting
//! query can be meant, and the lookup is left unanswered where it is not.
//!
//! # Source
//! dnsmasq `src/cache.c` (`log_query`) and `src/log.c`.

mod message;

use askance_record::{
    Answer, At, Host, Ledger, Lookup, Name, Rcode, Recycle, RrClass, RrType, Side, Timestamp, Vantage,
};

use super::pending::{CHAIN_MAX, Pending, Waiting};
use super::scan::{append_quoted, append_text, mix, mix_ip, mix_number};
use super::syslog;
use crate::lines::{Out, ParseLine};
use crate::stamp::Clock;
use crate::{IntakeError, Options};
use message::{Message, Reply, Tag, Value};

/// dnsmasq forgets a forwarded query after 40 s at most.
const WINDOW_US: i64 = 40_000_000;

/// Records of one answer that are kept; a resolver's answer has a few.
const ANSWERS_MAX: usize = 256;

/// What is remembered of a waiting query.
#[derive(Debug, Default)]
struct Extra {
    /// The log numbers its queries.
    numbered: bool,
    answered: bool,
    /// Another query for the same waits: an answer cannot be told apart.
    ambiguous: bool,
}

/// Reads dnsmasq query logs.
pub(super) struct Dnsmasq {
    clock: Clock,
    vantage: Option<Vantage>,
    inferred: bool,
    pending: Pending<Extra>,
    /// The query that the line before answered, and where that query stands: the records of
    /// one answer follow each other.
    run: Option<(u32, At)>,
    name: Name,
}

impl Dnsmasq {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            clock: Clock::new(options),
            vantage: options.vantage,
            inferred: false,
            pending: Pending::new(options.limits.pending_max, WINDOW_US),
            run: None,
            name: Name::default(),
        }
    }

    fn query(&mut self, tag: Tag, ts: Timestamp, at: At, out: &mut Out<'_>) {
        let Waiting { lookup, extra } = &mut self.pending.next;
        (lookup.ts, lookup.at, lookup.client_port) = (ts, at, tag.client_port);
        lookup.transport = tag.transport;
        lookup.qclass = Some(RrClass::IN);
        lookup.side = Side::Query;
        *extra = Extra { numbered: tag.serial.is_some(), ..Extra::default() };
        if let Some(serial) = tag.serial {
            let hash = hash_of_serial(serial, lookup);
            self.pending.push(hash);
            return;
        }
        let hash = hash_of_name(lookup.qname.key());
        let mut done = None;
        let mut ids = [0u32; CHAIN_MAX];
        let waiting = self.pending.ids(hash, &mut ids);
        for &id in &ids[..waiting] {
            let (old, next) = (self.pending.peek(id), &self.pending.next.lookup);
            let same = old.lookup.qname.key() == next.qname.key() && old.lookup.qtype == next.qtype;
            if old.extra.numbered || !same {
                continue;
            }
            if old.extra.answered {
                done = done.or(Some(id));
            } else {
                self.pending.get(id).extra.ambiguous = true;
                self.pending.next.extra.ambiguous = true;
            }
        }
        if let Some(id) = done {
            self.pending.release(id, out);
        }
        self.pending.push(hash);
    }

    /// Finds the waiting query that an answer line belongs to.
    fn asked(&mut self, tag: &Tag, reply: &Reply<'_>) -> Option<u32> {
        if let Some(serial) = tag.serial {
            let probe = Lookup { client: Host::Ip(tag.client?), client_port: tag.client_port, ..Lookup::default() };
            let hash = hash_of_serial(serial, &probe);
            return self.pending.find(hash, |w| {
                w.extra.numbered && w.lookup.client == probe.client && w.lookup.client_port == probe.client_port
            });
        }
        if let Some(id) = self.running(reply) {
            return Some(id);
        }
        if reply.is_nameless() {
            return self.only_unanswered();
        }
        let hash = hash_of_name(self.name.key());
        let mut found = None;
        let mut ids = [0u32; CHAIN_MAX];
        let len = self.pending.ids(hash, &mut ids);
        for &id in &ids[..len] {
            let waiting = self.pending.peek(id);
            let same = waiting.lookup.qname.key() == self.name.key();
            if waiting.extra.answered || waiting.extra.numbered || !same || !reply.value.fits(waiting.lookup.qtype) {
                continue;
            }
            if waiting.extra.ambiguous || found.is_some() {
                return None;
            }
            found = Some(id);
        }
        found
    }

    /// The query whose answer the line before began, if this line goes on with it: a further
    /// record of the same name, or what an alias points to.
    fn running(&self, reply: &Reply<'_>) -> Option<u32> {
        let (id, at) = self.run?;
        let Waiting { lookup, .. } = self.pending.peek(id);
        let last = lookup.answers.last()?;
        let after_alias = last.rtype == Some(RrType::CNAME);
        let same_owner = last.owner.as_ref().map_or(lookup.qname.key(), Name::key) == self.name.key();
        let goes_on = after_alias || (same_owner && reply.value.is_record());
        (lookup.at == at && goes_on && reply.value.fits(lookup.qtype)).then_some(id)
    }

    /// The one query without an answer, where there is one only.
    fn only_unanswered(&self) -> Option<u32> {
        let mut open = self.pending.newest_first().take(CHAIN_MAX).filter(|id| {
            let extra = &self.pending.peek(*id).extra;
            !extra.answered && !extra.numbered
        });
        let id = open.next()?;
        // Queries beyond those looked at may be unanswered too.
        (open.next().is_none() && self.pending.len() <= CHAIN_MAX).then_some(id)
    }

    fn reply(&mut self, tag: &Tag, reply: &Reply<'_>, at: At, line: &[u8], out: &mut Out<'_>) {
        if reply.name_into(&mut self.name).is_err() && tag.serial.is_none() {
            self.run = None;
            out.ledger.unrelated("answer with a name that cannot be read", at, line);
            return;
        }
        let Some(id) = self.asked(tag, reply) else {
            self.run = None;
            out.ledger.unrelated("answer of no query, or of one of several", at, line);
            return;
        };
        let waiting = self.pending.get(id);
        attach(waiting, &self.name, reply);
        self.run = Some((id, waiting.lookup.at));
        self.pending.prove();
        out.took_paired();
    }
}

impl ParseLine for Dnsmasq {
    fn line(&mut self, at: At, line: &[u8], out: &mut Out<'_>) -> Result<(), IntakeError> {
        if line.trim_ascii().is_empty() {
            out.ledger.unrelated("empty line", at, line);
            return Ok(());
        }
        let head = match syslog::head(line) {
            Ok(head) if !head.program.is_empty() => head,
            Ok(_) => {
                out.ledger.reject("not a dnsmasq log line", at, line);
                return Ok(());
            }
            Err(why) => {
                let bare = memchr::memmem::find(line, b"dnsmasq").is_none();
                let reason = if bare { "not a dnsmasq log line" } else { why.reason(at)? };
                out.ledger.reject(reason, at, line);
                return Ok(());
            }
        };
        if head.program != b"dnsmasq" && head.program != b"pihole-FTL" {
            out.ledger.unrelated("line of another program", at, line);
            return Ok(());
        }
        let next = &mut self.pending.next;
        next.lookup.recycle();
        let (tag, message) = match message::read(head.rest, &mut next.lookup) {
            Ok(read) => read,
            Err(reason) => {
                self.run = None;
                out.ledger.reject(reason, at, line);
                return Ok(());
            }
        };
        if let Message::Other(what) = message {
            self.run = None;
            out.ledger.unrelated(what, at, line);
            return Ok(());
        }
        let ts = match self.clock.settle(&head.stamp) {
            Ok(ts) => ts,
            Err(why) => {
                let reason = why.reason(at)?;
                out.ledger.reject(reason, at, line);
                return Ok(());
            }
        };
        self.pending.tick(ts);
        match message {
            Message::Query { authoritative } => {
                self.run = None;
                self.inferred |= self.vantage.is_none();
                let inferred = if authoritative { Vantage::Authoritative } else { Vantage::ResolverClient };
                self.pending.next.lookup.vantage = self.vantage.unwrap_or(inferred);
                self.query(tag, ts, at, out);
            }
            Message::Reply(reply) => self.reply(&tag, &reply, at, line, out),
            Message::Other(_) => {}
        }
        Ok(())
    }

    fn drain(&mut self, all: bool, out: &mut Out<'_>) -> bool {
        self.pending.drain(all, out)
    }

    fn finish(&mut self, ledger: &mut Ledger) {
        self.clock.finish(ledger);
        if self.inferred {
            ledger.assume("the vantage is resolver-client: dnsmasq logs what its clients ask");
        }
    }
}

/// Adds one answer line to its query.
fn attach(waiting: &mut Waiting<Extra>, name: &Name, reply: &Reply<'_>) {
    let lookup = &mut waiting.lookup;
    waiting.extra.answered = true;
    lookup.side = Side::Both;
    lookup.answers_known = true;
    lookup.cached = lookup.cached.or(reply.cached);
    let owner = (!name.key().is_empty() && name.key() != lookup.qname.key()).then_some(name);
    // The log shows an alias as `<CNAME>`; the next line tells where it points.
    if let (Some(owner), Some(alias)) = (owner, lookup.answers.last_mut())
        && alias.rtype == Some(RrType::CNAME)
        && alias.data.is_empty()
    {
        alias.data.push_str(owner.raw());
    }
    let (rtype, data) = match reply.value {
        Value::Rcode(rcode) => {
            lookup.rcode = Some(rcode);
            return;
        }
        Value::NoData(_) => {
            lookup.rcode = Some(Rcode::NOERROR);
            return;
        }
        Value::Ip(ip) => (if ip.is_ipv4() { RrType::A } else { RrType::AAAA }, Some(ip)),
        Value::Type(rtype) => (rtype, None),
        Value::Name(_) => (RrType::PTR, None),
        Value::Text(_) => (RrType::TXT, None),
    };
    lookup.rcode = Some(lookup.rcode.unwrap_or(Rcode::NOERROR));
    if lookup.answers.len() < ANSWERS_MAX {
        let mut answer = Answer { owner: owner.cloned(), rtype: Some(rtype), ttl_s: None, data: String::new() };
        if let Some(ip) = data {
            answer.data = ip.to_string();
        } else if let Value::Name(target) = reply.value {
            append_text(target, &mut answer.data);
        } else if let Value::Text(text) = reply.value {
            append_quoted(text, &mut answer.data);
        }
        lookup.answers.push(answer);
    }
}

fn hash_of_serial(serial: u64, lookup: &Lookup) -> u64 {
    mix_number(mix_ip(serial, lookup.client.ip()), u64::from(lookup.client_port.unwrap_or(0)))
}

fn hash_of_name(key: &str) -> u64 {
    mix(1, key.as_bytes())
}

#[cfg(test)]
mod tests;
