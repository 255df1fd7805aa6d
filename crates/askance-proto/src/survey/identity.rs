//! Whether those who are asked can find out who asks: the `EHLO` name and our address lead to each other.

use core::net::IpAddr;

use askance_record::{Name, RrType};

use crate::{Outcome, Question, Reply};

/// What the DNS says of one own address and the `EHLO` name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// The address.
    pub address: IpAddr,
    /// Names that its PTR records give.
    pub pointers: Vec<Name>,
    /// Addresses that the `EHLO` name has.
    pub leads_to: Vec<IpAddr>,
    /// True where a question about it had no answer: nothing is known then.
    pub unanswered: bool,
    /// True where a pointer is the `EHLO` name and that leads back to the address.
    pub confirmed: bool,
}

/// What to ask: the `EHLO` name's addresses, then the pointers of each own address.
///
/// - returns: 2 + `addresses.len()` questions, for [`identified`] with the replies in their order
pub fn questions_about(helo: &Name, addresses: &[IpAddr]) -> Vec<Question> {
    let forward = [RrType::A, RrType::AAAA].map(|qtype| Question::new(helo.clone(), qtype));
    let pointers = addresses.iter().map(|address| Question::new(Name::of_reverse(*address), RrType::PTR));
    forward.into_iter().chain(pointers).collect()
}

/// What the replies say of each address.
///
/// # Source
/// RFC 8601 §3 (`iprev`); RFC 5321 §4.1.1.1 (the name at `EHLO`)
pub fn identified(helo: &Name, addresses: &[IpAddr], replies: &[Reply]) -> Vec<Identified> {
    let (forward, reverse) = replies.split_at(replies.len().min(2));
    let failed = |reply: &Reply| !matches!(reply.outcome, Outcome::Answered | Outcome::NoData | Outcome::NxDomain);
    let leads_to: Vec<IpAddr> = forward.iter().flat_map(Reply::addresses).collect();
    let one = |(n, address): (usize, &IpAddr)| {
        let pointers: Vec<Name> = reverse.get(n).into_iter().flat_map(Reply::pointers).cloned().collect();
        let confirmed = pointers.iter().any(|name| name.key() == helo.key()) && leads_to.contains(address);
        let unanswered = reverse.get(n).is_none_or(failed) || forward.iter().any(failed);
        Identified { address: *address, pointers, leads_to: leads_to.clone(), unanswered, confirmed }
    };
    addresses.iter().enumerate().map(one).collect()
}
