//! BIND 9.18's query log.
//!
//! # Source
//! BIND 9.18 `lib/ns/query.c` (`log_query`), `lib/dns/name.c` (`dns_name_totext`); recorded lines
//! in `corpus/logs/bind-*.log`.

use std::io::{self, Write};

use askance_proto::dns::Message;
use askance_record::{Name, mix64};

use super::super::out::Out;
use super::super::stamp;
use super::{Exchanged, Keeper};

/// Writes the query log of a server.
#[derive(Debug)]
pub(super) struct Bind {
    seed: u64,
    queries: u64,
}

impl Bind {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, queries: 0 }
    }

    /// The client object's address: objects are used again and again, so few addresses recur.
    fn pointer(&mut self) -> u64 {
        let base = 0x7f00_0000_0000 | (mix64(self.seed) & 0xff_ffff_0000);
        let draw = mix64(self.seed ^ mix64(self.queries));
        self.queries += 1;
        // Mostly the object that was freed last.
        base + 0x3098 + if draw.is_multiple_of(4) { (draw >> 8) % 6 * 0x3800 } else { 0 }
    }
}

impl Keeper for Bind {
    fn exchanged(&mut self, out: &mut Out, seen: &Exchanged<'_>) -> io::Result<()> {
        let Some((qname, qtype)) = seen.message.question.as_ref().filter(|_| seen.kept) else { return Ok(()) };
        if seen.message.header.response {
            return Ok(());
        }
        let name = spelt(qname);
        let (at, pointer, client) = (stamp::bind(seen.at), self.pointer(), seen.pair.client);
        let (flags, server) = (flags(seen), seen.pair.server.ip());
        out.row();
        writeln!(
            out,
            "{at} client @{pointer:#x} {}#{} ({name}): query: {name} IN {qtype} {flags} ({server})",
            client.ip(),
            client.port()
        )
    }

    fn shows_responses(&self) -> bool {
        false
    }
}

/// `+` or `-`, then EDNS, transport, DO, CD and cookie.
fn flags(seen: &Exchanged<'_>) -> String {
    let Message { header, edns, .. } = seen.message;
    let mut text = String::from(if header.recursion_desired { "+" } else { "-" });
    if edns.is_some() {
        text.push_str("E(0)");
    }
    let cookie = cookie_octets(seen.octets);
    let marks = [
        (seen.tcp, 'T'),
        (edns.is_some_and(|edns| edns.dnssec_ok), 'D'),
        (header.checking_disabled, 'C'),
        // A cookie with the server's part is taken as a valid one (RFC 7873 §4).
        (cookie.is_some_and(|n| n > 8), 'V'),
        (cookie == Some(8), 'K'),
    ];
    text.extend(marks.into_iter().filter(|(set, _)| *set).map(|(_, mark)| mark));
    text
}

/// Octets of the COOKIE option (RFC 7873 §4) of a query.
fn cookie_octets(query: &[u8]) -> Option<usize> {
    const OPT: u16 = 41;
    const COOKIE: u16 = 10;
    let word = |at: usize| Some(u16::from_be_bytes([*query.get(at)?, *query.get(at + 1)?]));
    let records = [6, 8, 10].into_iter().map(word).sum::<Option<u16>>()?;
    let mut at = 12;
    for _ in 0..word(4)? {
        at = after_name(query, at)? + 4;
    }
    for _ in 0..records {
        let head = after_name(query, at)?;
        let (rtype, len) = (word(head)?, usize::from(word(head + 8)?));
        at = head + 10 + len;
        if rtype != OPT {
            continue;
        }
        let mut option = head + 10;
        while option + 4 <= at {
            let (code, len) = (word(option)?, usize::from(word(option + 2)?));
            if code == COOKIE {
                return Some(len);
            }
            option += 4 + len;
        }
    }
    None
}

/// Where a name ends that begins at `at` (RFC 1035 §4.1.4).
fn after_name(octets: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match octets.get(at)? {
            0 => return Some(at + 1),
            len if len & 0xc0 == 0xc0 => return Some(at + 2),
            len => at += 1 + usize::from(*len),
        }
    }
}

/// A name with the characters escaped that are special in zone files.
fn spelt(name: &Name) -> String {
    let mut text = String::with_capacity(name.raw().len());
    let mut escaped = false;
    for c in name.raw().chars() {
        if !escaped && matches!(c, '"' | '(' | ')' | ';' | '@' | '$') {
            text.push('\\');
        }
        escaped = !escaped && c == '\\';
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_behind_other_options() {
        let mut query =
            Message::query(1, Name::parse("a.example").expect("literal"), askance_record::RrType::A).encode();
        assert_eq!(cookie_octets(&query), None);
        // OPT stands last; its length is its last two octets.
        let len_at = query.len() - 2;
        query.extend([0, 3, 0, 0, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]);
        query[len_at + 1] = 16;
        assert_eq!(cookie_octets(&query), Some(8));
        for end in 0..query.len() {
            assert_eq!(cookie_octets(&query[..end]).filter(|n| *n != 8), None);
        }
    }

    #[test]
    fn special_characters_are_escaped_once() {
        let name = Name::parse(r"a(b\.c$\032d.example").expect("literal");
        assert_eq!(spelt(&name), r"a\(b\.c\$\032d.example");
        assert_eq!(Name::parse(&spelt(&name)), Ok(name));
    }
}
