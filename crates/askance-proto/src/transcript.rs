//! What was said between addresses, in a form in which two runs can be compared.
//!
//! The same scenario in virtual time and over sockets must say the same things. What may
//! differ is left out: when something was said, ports, identifiers of DNS messages, how
//! the octets of a stream were cut. What is left is text, one block for each pair of
//! addresses and protocol, and its digest. Runs at different addresses are compared by
//! a caller's map of addresses ([`Transcript::relocated`]).

mod render;

use core::net::{IpAddr, SocketAddr};
use std::collections::BTreeMap;
use std::fmt::Write as _;

use askance_record::Timestamp;
use ring::digest;

use crate::actor::Note;
use crate::node::{Observer, Traffic, TrafficKind};

/// The port of DNS servers: what goes there or comes from there is read as DNS messages.
const DNS_PORT: u16 = 53;

/// What was said between addresses.
///
/// An [`Observer`] of a run. Datagrams are in the order in which they left, streams in
/// the order of their opening, under the address that opened them.
#[derive(Default)]
pub struct Transcript {
    map: Option<AddressMap>,
    datagrams: BTreeMap<(IpAddr, IpAddr), Vec<String>>,
    streams: BTreeMap<(IpAddr, IpAddr), Vec<Stream>>,
    /// Open streams by the ends as seen by who opened them, and where they are kept.
    open: BTreeMap<(SocketAddr, SocketAddr), usize>,
}

/// Gives the address to write for an address.
type AddressMap = Box<dyn Fn(IpAddr) -> IpAddr + Send>;

/// One stream.
#[derive(Debug, Default)]
struct Stream {
    accepted: bool,
    is_dns: bool,
    closed: bool,
    /// Octets from who opened it.
    there: Vec<u8>,
    /// Octets to who opened it.
    back: Vec<u8>,
}

impl core::fmt::Debug for Transcript {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Transcript")
            .field("datagrams", &self.datagrams)
            .field("streams", &self.streams)
            .finish_non_exhaustive()
    }
}

impl Transcript {
    /// An empty transcript that writes addresses as they are.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty transcript that writes for each address what `map` gives for it.
    ///
    /// The map applies to senders and receivers, to A and AAAA records, to the names of
    /// reverse lookups, and to IPv4 addresses that TXT records and other streams speak of.
    pub fn relocated(map: impl Fn(IpAddr) -> IpAddr + Send + 'static) -> Self {
        Self { map: Some(Box::new(map)), ..Self::default() }
    }

    /// The whole as text, addresses in ascending order, one line for each message.
    ///
    /// Octets that are no DNS message are written as ASCII with escapes.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        for ((from, to), messages) in &self.datagrams {
            writeln!(out, "{from} > {to} udp").expect("writing to a String cannot fail");
            for message in messages {
                writeln!(out, "  {message}").expect("writing to a String cannot fail");
            }
        }
        for ((from, to), streams) in &self.streams {
            writeln!(out, "{from} > {to} tcp").expect("writing to a String cannot fail");
            for stream in streams {
                self.write_stream(&mut out, stream);
            }
        }
        out
    }

    /// SHA-256 of the text.
    pub fn hash(&self) -> [u8; 32] {
        let mut octets = [0; 32];
        octets.copy_from_slice(digest::digest(&digest::SHA256, self.to_text().as_bytes()).as_ref());
        octets
    }

    /// [`Transcript::hash`] in hexadecimal.
    pub fn hash_hex(&self) -> String {
        let mut out = String::new();
        for octet in self.hash() {
            write!(out, "{octet:02x}").expect("writing to a String cannot fail");
        }
        out
    }

    fn write_stream(&self, out: &mut String, stream: &Stream) {
        let how = match (stream.accepted, stream.closed) {
            (false, _) => "not opened",
            (true, true) => "opened, closed",
            (true, false) => "opened",
        };
        writeln!(out, "  {how}").expect("writing to a String cannot fail");
        for (mark, octets) in [('>', &stream.there), ('<', &stream.back)] {
            let lines = if stream.is_dns { self.dns_lines(octets) } else { self.text_lines(octets) };
            for line in lines {
                writeln!(out, "    {mark} {line}").expect("writing to a String cannot fail");
            }
        }
    }

    /// The messages of a DNS stream, each after its length (RFC 1035 §4.2.2).
    fn dns_lines(&self, mut octets: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some((length, rest)) = octets.split_first_chunk::<2>()
            && let Some((message, rest)) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
        {
            lines.push(render::message(message, &|a| self.mapped(a)));
            octets = rest;
        }
        if !octets.is_empty() {
            lines.push(format!("incomplete: {}", octets.escape_ascii()));
        }
        lines
    }

    /// What is no DNS, with the addresses that are written for those that it speaks of.
    fn text_lines(&self, octets: &[u8]) -> Vec<String> {
        match &self.map {
            Some(map) => render::lines(&render::text(octets, map)),
            None => render::lines(octets),
        }
    }

    fn mapped(&self, address: IpAddr) -> IpAddr {
        self.map.as_ref().map_or(address, |map| map(address))
    }

    fn flow(&self, from: SocketAddr, to: SocketAddr) -> (IpAddr, IpAddr) {
        (self.mapped(from.ip()), self.mapped(to.ip()))
    }

    /// The stream between two ends, and whether `from` opened it.
    fn stream(&mut self, from: SocketAddr, to: SocketAddr) -> Option<(&mut Stream, bool)> {
        let opener = self.open.contains_key(&(from, to));
        let ends = if opener { (from, to) } else { (to, from) };
        let place = *self.open.get(&ends)?;
        let flow = self.flow(ends.0, ends.1);
        Some((self.streams.get_mut(&flow)?.get_mut(place)?, opener))
    }
}

impl Observer for Transcript {
    fn traffic(&mut self, traffic: &Traffic<'_>) {
        let (from, to) = (traffic.from, traffic.to);
        match traffic.kind {
            TrafficKind::Datagram(octets) => {
                let is_dns = from.port() == DNS_PORT || to.port() == DNS_PORT;
                let mut text = if is_dns {
                    render::message(octets, &|a| self.mapped(a))
                } else {
                    octets.escape_ascii().to_string()
                };
                if traffic.arrives_at.is_none() {
                    text.push_str(" (lost)");
                }
                self.datagrams.entry(self.flow(from, to)).or_default().push(text);
            }
            TrafficKind::Open(accepted) => {
                let is_dns = to.port() == DNS_PORT;
                let streams = self.streams.entry(self.flow(from, to)).or_default();
                streams.push(Stream { accepted, is_dns, ..Stream::default() });
                if accepted {
                    self.open.insert((from, to), streams.len() - 1);
                }
            }
            TrafficKind::Octets(octets) => {
                let Some((stream, opener)) = self.stream(from, to) else { return };
                let side = if opener { &mut stream.there } else { &mut stream.back };
                side.extend_from_slice(octets);
            }
            // The other end may still speak until it learns of it.
            TrafficKind::Close => {
                if let Some((stream, _)) = self.stream(from, to) {
                    stream.closed = true;
                }
            }
        }
    }

    fn note(&mut self, _: Timestamp, _: &str, _: &Note) {}
}

#[cfg(test)]
mod tests;
