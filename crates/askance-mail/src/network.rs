//! A fleet by its network: which names are there.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;
use std::collections::{BTreeMap, BTreeSet};

use askance_proto::{Inquiry, Question, Reply, Step};
use askance_record::{Name, RrType};

use crate::snapshot::Snapshot;

/// Names that the PTR records of one address give and that are followed.
const PTR_NAMES_MAX: usize = 10;

/// A block of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    first: IpAddr,
    bits: u8,
}

/// Why a text is no block of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a network such as 198.51.100.0/24")]
pub struct NetworkError;

impl FromStr for Network {
    type Err = NetworkError;

    /// An address, alone or with the length of its prefix; further bits are put aside.
    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| NetworkError)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(width), str::parse).map_err(|_| NetworkError)?;
        if bits > width { Err(NetworkError) } else { Ok(Self { first: masked(address, bits), bits }) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

fn masked(address: IpAddr, bits: u8) -> IpAddr {
    let bits = u32::from(bits);
    match address {
        IpAddr::V4(a) => Ipv4Addr::from_bits(a.to_bits() & u32::MAX.checked_shl(32 - bits).unwrap_or(0)).into(),
        IpAddr::V6(a) => Ipv6Addr::from_bits(a.to_bits() & u128::MAX.checked_shl(128 - bits).unwrap_or(0)).into(),
    }
}

impl Network {
    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && masked(address, self.bits) == self.first
    }

    /// Its addresses; `None` where there are more than `max`.
    pub fn addresses(&self, max: usize) -> Option<Vec<IpAddr>> {
        let width = if self.first.is_ipv4() { 32 } else { 128 };
        let count = 1_usize.checked_shl(width - u32::from(self.bits)).filter(|count| *count <= max)?;
        let at = |n: u32| match self.first {
            IpAddr::V4(first) => Ipv4Addr::from_bits(first.to_bits() | n).into(),
            IpAddr::V6(first) => Ipv6Addr::from_bits(first.to_bits() | u128::from(n)).into(),
        };
        Some((0..u32::try_from(count).ok()?).map(at).collect())
    }
}

/// Asks which names a network has: those that PTR records of its addresses give, and that have an address in it.
///
/// Names that merely point to the network cannot be found so; a list or zone files tell of them.
#[derive(Clone, Debug)]
pub struct NetworkNames {
    network: Network,
    addresses: Vec<IpAddr>,
    named: Vec<Name>,
}

impl NetworkNames {
    /// An inquiry that has asked nothing yet.
    ///
    /// - returns: `None` where the network has more than `max` addresses
    pub fn new(network: Network, max: usize) -> Option<Self> {
        Some(Self { network, addresses: network.addresses(max)?, named: Vec::new() })
    }
}

impl Inquiry for NetworkNames {
    type Verdict = Vec<Name>;

    fn step(&mut self, replies: &[Reply]) -> Step<Vec<Name>> {
        if !self.addresses.is_empty() {
            let addresses = core::mem::take(&mut self.addresses);
            let ask = |ip: IpAddr| Question::new(Name::of_reverse(ip), RrType::PTR);
            return Step::Ask(addresses.into_iter().map(ask).collect());
        }
        if self.named.is_empty() {
            let named: BTreeSet<&Name> =
                replies.iter().flat_map(|reply| reply.pointers().take(PTR_NAMES_MAX)).collect();
            self.named = named.into_iter().cloned().collect();
            let rtype = if self.network.first.is_ipv4() { RrType::A } else { RrType::AAAA };
            let ask = |name: &Name| Question::new(name.clone(), rtype);
            let questions: Vec<Question> = self.named.iter().map(ask).collect();
            return if questions.is_empty() { Step::Done(Vec::new()) } else { Step::Ask(questions) };
        }
        let there = |reply: &&Reply| reply.addresses().any(|address| self.network.contains(address));
        Step::Done(replies.iter().filter(there).map(|reply| reply.question.qname.clone()).collect())
    }
}

impl Snapshot {
    /// The names that have an address in a network. Of an address that has names beside those that its PTR records give,
    /// these others: the PTR name is then their partner.
    pub fn names_in(&self, network: Network) -> Vec<Name> {
        let mut by_address: BTreeMap<IpAddr, Vec<Name>> = BTreeMap::new();
        for name in self.names_at(|address| network.contains(address)) {
            for rtype in [RrType::A, RrType::AAAA] {
                let answer = self.answer(&Question::new(name.clone(), rtype));
                for address in answer.addresses().filter(|address| network.contains(*address)) {
                    by_address.entry(address).or_default().push(name.clone());
                }
            }
        }
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        for (address, names) in &by_address {
            let ptr = self.answer(&Question::new(Name::of_reverse(*address), RrType::PTR));
            let is_partner = |name: &&Name| ptr.names().any(|partner| partner.key() == name.key());
            let others: Vec<&Name> = names.iter().filter(|name| !is_partner(name)).collect();
            let kept = if others.is_empty() { names.iter().collect() } else { others };
            found.extend(kept.into_iter().filter(|name| seen.insert(name.key().to_owned())).cloned());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use askance_proto::Outcome;
    use askance_proto::dns::{Data, Record};

    use super::*;

    #[test]
    fn networks_are_read_and_counted() {
        let check = |text: &str, expected: &str| {
            let network: Result<Network, NetworkError> = text.parse();
            let shown = network.map_or_else(
                |_| "none".to_owned(),
                |n| format!("{n} {:?}", n.addresses(300).map(|all| (all.len(), all[all.len() - 1].to_string()))),
            );
            assert_eq!(shown, expected, "{text}");
        };
        check("198.51.100.29/24", r#"198.51.100.0/24 Some((256, "198.51.100.255"))"#);
        check("198.51.100.29", r#"198.51.100.29/32 Some((1, "198.51.100.29"))"#);
        check("198.51.100.29/31", r#"198.51.100.28/31 Some((2, "198.51.100.29"))"#);
        check("0.0.0.0/0", "0.0.0.0/0 None");
        check("2001:db8::17/120", r#"2001:db8::/120 Some((256, "2001:db8::ff"))"#);
        check("2001:db8::/32", "2001:db8::/32 None");
        check("::/0", "::/0 None");
        check("198.51.100.0/33", "none");
        check("fleet.txt", "none");
        check("198.51.100.0/", "none");
    }

    #[test]
    fn only_names_with_an_address_there_belong_to_it() {
        let network: Network = "198.51.100.28/30".parse().unwrap();
        let mut inquiry = NetworkNames::new(network, 4).unwrap();
        assert!(NetworkNames::new(network, 3).is_none());
        let name = |text: &str| Name::parse(text).unwrap();
        let Step::Ask(questions) = inquiry.step(&[]) else { panic!("it asks") };
        assert_eq!(questions.len(), 4);
        let pointer = |question: &Question| {
            let last = question.qname.key().split('.').next().unwrap().to_owned();
            let to = if last == "28" { "gone.example".to_owned() } else { "here.example".to_owned() };
            let record = Record { owner: question.qname.clone(), ttl_s: 60, data: Data::Ptr(name(&to)) };
            Reply { question: question.clone(), outcome: Outcome::Answered, records: vec![record] }
        };
        let Step::Ask(forward) = inquiry.step(&questions.iter().map(pointer).collect::<Vec<_>>()) else {
            panic!("it asks back")
        };
        assert_eq!(forward.iter().map(|q| q.qname.key()).collect::<Vec<_>>(), ["gone.example", "here.example"]);
        let address = |question: &Question, text: &str| {
            let data = Data::A(text.parse().unwrap());
            let record = Record { owner: question.qname.clone(), ttl_s: 60, data };
            Reply { question: question.clone(), outcome: Outcome::Answered, records: vec![record] }
        };
        let replies = [address(&forward[0], "192.0.2.1"), address(&forward[1], "198.51.100.30")];
        assert_eq!(inquiry.step(&replies), Step::Done(vec![name("here.example")]));
    }
}
