//! What an answer of a name server means, with everything that it has no say in left out.

use core::net::IpAddr;

use askance_record::{Name, Rcode, RrType};

use crate::dns::message::{Data, Message, Record, Soa};

/// Most aliases taken from one answer.
const ALIASES_MAX: usize = 16;
/// Most name servers taken from one referral.
const SERVERS_MAX: usize = 20;

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// An error code, or a server that does not know the zone (lame delegation).
    Useless,
    /// Others know more.
    Refer(Referral),
    /// Aliases from the name asked for, perhaps none, and where they lead.
    Answer {
        /// In their order.
        aliases: Vec<Record>,
        /// What is at their end.
        rest: Rest,
        /// Addresses that came along, of hosts that the records name.
        extra: Vec<Record>,
    },
}

/// What is at the end of the aliases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Records of the type; never empty.
    Records(Vec<Record>),
    /// The name exists without the type.
    NoData(Option<NegativeSoa>),
    /// The name does not exist.
    NxDomain(Option<NegativeSoa>),
    /// The server has no say there, or did not say.
    Elsewhere,
}

/// The SOA record of a negative answer.
pub(super) type NegativeSoa = Box<(Name, u32, Soa)>;

/// A delegation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Referral {
    /// The zone delegated.
    pub(super) zone: Name,
    /// TTL of its NS records, in seconds.
    pub(super) ttl_s: u32,
    /// Its servers with the addresses that came along, and their TTLs.
    pub(super) servers: Vec<(Name, Vec<(IpAddr, u32)>)>,
}

/// Judges an answer to `(qname, qtype)` from a server of `zone`.
///
/// - `zone`: the server's say ends here; the root for a forwarder.
/// - `is_forwarder`: answers come from anywhere, referrals from nowhere.
pub(super) fn judge(message: &Message, zone: &Name, qname: &Name, qtype: RrType, is_forwarder: bool) -> Verdict {
    let rcode = message.header.rcode;
    if rcode != Rcode::NOERROR && rcode != Rcode::NXDOMAIN {
        return Verdict::Useless;
    }
    let mut aliases: Vec<Record> = Vec::new();
    let mut end = qname;
    let rest = loop {
        if !end.is_under(zone.key()) || aliases.len() > ALIASES_MAX {
            break Rest::Elsewhere;
        }
        let of_end = |r: &&Record| r.owner.key() == end.key();
        let records: Vec<Record> =
            message.answers.iter().filter(of_end).filter(|r| r.data.rtype() == qtype).cloned().collect();
        if !records.is_empty() {
            break Rest::Records(records);
        }
        let alias = message.answers.iter().filter(of_end).find_map(|r| match &r.data {
            Data::Cname(target) => Some((r, target)),
            _ => None,
        });
        let Some((record, target)) = alias else {
            break absent(message, zone, end, is_forwarder || aliases.is_empty());
        };
        aliases.push(record.clone());
        end = target;
    };
    let is_positive = !aliases.is_empty() || matches!(rest, Rest::Records(_));
    if is_positive || rcode == Rcode::NXDOMAIN || matches!(&rest, Rest::NoData(Some(_))) {
        let extra = hosts(message, zone, &rest);
        return Verdict::Answer { aliases, rest, extra };
    }
    if let Some(referral) = referral(message, zone, qname).filter(|_| !is_forwarder) {
        return Verdict::Refer(referral);
    }
    if message.header.authoritative || is_forwarder {
        return Verdict::Answer { aliases, rest, extra: Vec::new() };
    }
    Verdict::Useless
}

/// Addresses in the additional section, of hosts that the answer names and the server has a say about.
fn hosts(message: &Message, zone: &Name, rest: &Rest) -> Vec<Record> {
    let Rest::Records(records) = rest else { return Vec::new() };
    let is_named = |owner: &Name| {
        records.iter().any(|r| match &r.data {
            Data::Mx { exchange: host, .. } | Data::Srv { target: host, .. } | Data::Ns(host) => {
                host.key() == owner.key()
            }
            _ => false,
        })
    };
    let is_extra = |r: &&Record| address(&r.data).is_some() && r.owner.is_under(zone.key()) && is_named(&r.owner);
    message.additional.iter().filter(is_extra).cloned().collect()
}

/// What the absence of records at `end` means.
///
/// - `is_said`: true where the code speaks of this very name even without SOA
fn absent(message: &Message, zone: &Name, end: &Name, is_said: bool) -> Rest {
    let soa = message.authority.iter().find_map(|r| match &r.data {
        Data::Soa(soa) if r.owner.is_under(zone.key()) && end.is_under(r.owner.key()) => {
            Some(Box::new((r.owner.clone(), r.ttl_s, soa.as_ref().clone())))
        }
        _ => None,
    });
    match (message.header.rcode, soa) {
        (_, None) if !is_said => Rest::Elsewhere,
        (Rcode::NXDOMAIN, soa) => Rest::NxDomain(soa),
        (_, soa) => Rest::NoData(soa),
    }
}

/// The delegation that an answer carries, if it leads down from `zone` towards `qname`.
fn referral(message: &Message, zone: &Name, qname: &Name) -> Option<Referral> {
    let is_below =
        |owner: &Name| owner.key() != zone.key() && owner.is_under(zone.key()) && qname.is_under(owner.key());
    let is_cut = |r: &&Record| r.data.rtype() == RrType::NS && is_below(&r.owner);
    let first = message.authority.iter().find(is_cut)?;
    delegation(message, zone, &first.owner, &message.authority)
}

/// The zone that begins at `qname`, where the server of `zone` answered an NS query as the server of both.
pub(super) fn own_cut(message: &Message, zone: &Name, qname: &Name) -> Option<Referral> {
    delegation(message, zone, qname, &message.answers).filter(|_| qname.key() != zone.key())
}

/// The root's servers, in the answer to a priming query (RFC 8109).
pub(super) fn root_servers(message: &Message, root: &Name) -> Option<Referral> {
    delegation(message, root, root, &message.answers)
}

/// The delegation of `cut` in a section, with its addresses.
fn delegation(message: &Message, zone: &Name, cut: &Name, section: &[Record]) -> Option<Referral> {
    let mut referral = Referral { zone: cut.clone(), ttl_s: u32::MAX, servers: Vec::new() };
    for record in section.iter().filter(|r| r.owner.key() == cut.key()) {
        let Data::Ns(server) = &record.data else { continue };
        let is_known = referral.servers.iter().any(|(name, _)| name.key() == server.key());
        if is_known || referral.servers.len() == SERVERS_MAX {
            continue;
        }
        referral.ttl_s = referral.ttl_s.min(record.ttl_s);
        // A server has a say about addresses below its own zone alone.
        let glue = message.additional.iter().filter(|r| r.owner.key() == server.key() && server.is_under(zone.key()));
        let addresses = glue.filter_map(|r| address(&r.data).map(|ip| (ip, r.ttl_s))).collect();
        referral.servers.push((server.clone(), addresses));
    }
    (!referral.servers.is_empty()).then_some(referral)
}

/// The address in a record.
pub(super) const fn address(data: &Data) -> Option<IpAddr> {
    match data {
        Data::A(a) => Some(IpAddr::V4(*a)),
        Data::Aaaa(a) => Some(IpAddr::V6(*a)),
        _ => None,
    }
}
