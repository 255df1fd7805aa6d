//! A fleet by its network: which names are there.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};

use askance_proto::survey::Network;
use askance_proto::{Inquiry, Question, Reply, Step};
use askance_record::{Name, RrType};

use crate::snapshot::Snapshot;

/// Names that the PTR records of one address give and that are followed.
const PTR_NAMES_MAX: usize = 10;

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
            let rtype = if self.network.is_ipv4() { RrType::A } else { RrType::AAAA };
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
