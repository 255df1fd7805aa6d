//! A scenario at addresses of this machine: documentation networks become networks of 127.0.0.0/8.
//!
//! Scenarios speak of documentation addresses (RFC 5737, RFC 2544); sockets of the lab
//! only ever use loopback. Every IPv4 network of 256 addresses that the text names gets
//! a network of its own, wherever the text names it: as a node's address, in a zone, in
//! a policy, in the name of a reverse zone. The last octet stays, so that people and
//! records that speak of `.29` still do.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::collections::BTreeMap;

use askance_proto::{mentions, with_addresses};
use askance_record::Explain;

/// The first network given out: 127.64.0.0/24; lower ones are left to the machine's own services.
const FIRST: u16 = 64 << 8;
/// How many networks there are up to the end of 127.0.0.0/8.
const NETS_MAX: usize = u16::MAX as usize - FIRST as usize;
/// Where a scenario's root server is, unless it says otherwise.
const DEFAULT_ROOT: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);

/// The first three octets of an address.
type Net = [u8; 3];

/// Which network of this machine stands for which network of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relocation {
    there: BTreeMap<Net, Net>,
    back: BTreeMap<Net, Net>,
}

/// Why a scenario cannot be moved to addresses of this machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RelocateError {
    /// IPv6 has one loopback address, not a network.
    #[error("line {line}: {text} is IPv6, which has no loopback network to move to")]
    Ipv6 {
        /// From 1.
        line: usize,
        /// What the text says.
        text: String,
    },
    /// A network whose parts go to different places.
    #[error("line {line}: {text} is wider than 256 addresses and cannot be moved as a whole")]
    Wide {
        /// From 1.
        line: usize,
        /// What the text says.
        text: String,
    },
    /// More networks than loopback has room for.
    #[error("more than {max} networks")]
    Many {
        /// The bound.
        max: usize,
    },
}

impl Explain for RelocateError {
    fn code(&self) -> &'static str {
        match self {
            Self::Ipv6 { .. } => "lab::ipv6",
            Self::Wide { .. } | Self::Many { .. } => "lab::relocate",
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Ipv6 { .. } => "serve a copy of the scenario without IPv6 addresses, or run it with `lab simulate`",
            Self::Wide { .. } => "name networks of 256 addresses (/24, or three labels before in-addr.arpa)",
            Self::Many { .. } => "serve a smaller scenario, or run it with `lab simulate`",
        };
        Some(help.to_owned())
    }
}

impl Relocation {
    /// The address of this machine that stands for one of the scenario; any other as it is.
    pub fn there(&self, address: IpAddr) -> IpAddr {
        moved(&self.there, address)
    }

    /// The address of the scenario that one of this machine stands for; any other as it is.
    pub fn back(&self, address: IpAddr) -> IpAddr {
        moved(&self.back, address)
    }

    /// Each network of the scenario and that of this machine, as their first addresses.
    pub fn nets(&self) -> impl Iterator<Item = (Ipv4Addr, Ipv4Addr)> {
        self.there.iter().map(|(from, to)| (first_of(*from), first_of(*to)))
    }

    /// Gives a network outside loopback a place that the text does not use yet.
    fn settle(&mut self, address: Ipv4Addr, taken: &[Net]) -> Result<(), RelocateError> {
        let net = net_of(address);
        if address.is_loopback() || self.there.contains_key(&net) {
            return Ok(());
        }
        let next = self.back.keys().next_back().map_or(FIRST, |last| u16::from_be_bytes([last[1], last[2]]) + 1);
        let place =
            (next..u16::MAX).map(|n| [127, n.to_be_bytes()[0], n.to_be_bytes()[1]]).find(|p| !taken.contains(p));
        let place = place.ok_or(RelocateError::Many { max: NETS_MAX })?;
        self.there.insert(net, place);
        self.back.insert(place, net);
        Ok(())
    }
}

fn moved(map: &BTreeMap<Net, Net>, address: IpAddr) -> IpAddr {
    let IpAddr::V4(v4) = address else { return address };
    map.get(&net_of(v4)).map_or(address, |[a, b, c]| IpAddr::from([*a, *b, *c, v4.octets()[3]]))
}

fn net_of(address: Ipv4Addr) -> Net {
    let [a, b, c, _] = address.octets();
    [a, b, c]
}

fn first_of([a, b, c]: Net) -> Ipv4Addr {
    Ipv4Addr::new(a, b, c, 0)
}

/// Moves a scenario's text to addresses of this machine.
///
/// Networks outside 127.0.0.0/8 become 127.64.0.0/24, 127.64.1.0/24 and so on in the order in
/// which the text first names them. Where the text says nothing of the root server, a line that
/// does is put before it. Text that speaks of loopback only stays as it is, but for that line.
///
/// - `text`: TOML of a scenario; comments move as well
///
/// # Errors
/// [`RelocateError`] for IPv6 addresses other than `::1`, for networks wider than /24, and for
/// more networks than there is room for.
pub fn relocate(text: &str) -> Result<(String, Relocation), RelocateError> {
    refuse_ipv6(text)?;
    let found = mentions(text.as_bytes());
    let taken: Vec<Net> = found.iter().map(|m| net_of(m.address())).filter(|net| net[0] == 127).collect();
    let mut relocation = Relocation::default();
    for mention in &found {
        let wide = mention.octets.len() < 3 || mention.prefix_len.is_some_and(|length| length < 24);
        if wide && !mention.address().is_loopback() {
            let digits = text.get(mention.range.clone()).unwrap_or_default();
            let length = mention.prefix_len.map_or_else(String::new, |length| format!("/{length}"));
            let arpa = if mention.reversed { ".in-addr.arpa" } else { "" };
            let line = line_of(text, mention.range.start);
            return Err(RelocateError::Wide { line, text: format!("{digits}{arpa}{length}") });
        }
        relocation.settle(mention.address(), &taken)?;
    }
    let mut out = String::new();
    if !says_root(text) {
        relocation.settle(DEFAULT_ROOT, &taken)?;
        out = format!("root = \"{}\"\n", relocation.there(DEFAULT_ROOT.into()));
    }
    out += &at(text, &relocation);
    Ok((out, relocation))
}

/// The text with the addresses that stand for its own.
fn at(text: &str, relocation: &Relocation) -> String {
    let map = |address| match relocation.there(IpAddr::V4(address)) {
        IpAddr::V4(there) => there,
        IpAddr::V6(_) => address,
    };
    String::from_utf8(with_addresses(text.as_bytes(), map)).expect("only digits and dots were exchanged")
}

/// Whether the scenario names its root server. What is no TOML names nothing; its reader says why.
fn says_root(text: &str) -> bool {
    toml::from_str::<toml::Table>(text).is_ok_and(|table| table.contains_key("root"))
}

/// Refuses IPv6 addresses and their reverse names.
fn refuse_ipv6(text: &str) -> Result<(), RelocateError> {
    let refused = |at, what: &str| Err(RelocateError::Ipv6 { line: line_of(text, at), text: what.to_owned() });
    if let Some(at) = text.find("ip6.arpa") {
        return refused(at, "ip6.arpa");
    }
    let mut at = 0;
    for word in text.split(|c: char| !(c.is_ascii_hexdigit() || matches!(c, ':' | '.'))) {
        // `6:` of an SPF term `ip6:`, and the full stop of a sentence, do not belong to the address.
        let is_term = text.get(..at).is_some_and(|before| before.ends_with("ip"));
        let word_alone = word.strip_prefix("6:").filter(|_| is_term).unwrap_or(word).trim_end_matches('.');
        let address = word_alone.parse().ok();
        if let Some(address) = address.filter(|a: &Ipv6Addr| !a.is_loopback()) {
            return refused(at, &address.to_string());
        }
        // Whatever ends a word may take more than one octet.
        at += word.len();
        at += text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    }
    Ok(())
}

/// From 1.
fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|octet| **octet == b'\n').count() + 1
}

#[cfg(test)]
mod tests;
