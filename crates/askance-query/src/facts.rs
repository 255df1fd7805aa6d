//! `series_facts(count, qtype, qname, answers, ttl, role, rcode)`: what a series row says besides its state.

use std::collections::BTreeSet;
use std::net::IpAddr;

use datafusion::arrow::array::cast::AsArray as _;
use datafusion::arrow::array::{Array as _, ArrayRef, StringViewArray, UInt8Array, UInt32Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, UInt8Type, UInt32Type};
use datafusion::error::{DataFusionError, Result};

use askance_inference::state::Role;

use crate::fold::Fold;
use crate::stream::Stream;

/// How many names of a family a series row lists.
const MEMBERS_MAX: usize = 32;
/// How many addresses a series row lists.
const ADDRESSES_MAX: usize = 32;
/// How many mail hosts a series row lists.
const HOSTS_MAX: usize = 16;
/// How many query types a series row lists.
const TYPES_MAX: usize = 64;

/// Sums and small sets. A set that would grow beyond its limit keeps its least elements: so it
/// does not depend on the order of the rows.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Lookups, aggregated rows counted by their weight.
    pub(crate) n: u64,
    /// The greatest TTL seen, seconds.
    pub(crate) ttl_max_s: Option<u32>,
    pub(crate) qtypes: BTreeSet<Box<str>>,
    pub(crate) members: BTreeSet<Box<str>>,
    pub(crate) addresses: BTreeSet<IpAddr>,
    /// The hosts that MX records in its answers name.
    pub(crate) mail_hosts: BTreeSet<Box<str>>,
    /// Of its names that are made up as they are asked.
    pub(crate) stream: Stream,
}

pub(crate) struct Columns {
    count: UInt32Array,
    qtype: StringViewArray,
    qname: StringViewArray,
    answers: StringViewArray,
    ttl: UInt32Array,
    role: UInt8Array,
    rcode: StringViewArray,
}

impl Fold for Facts {
    const NAME: &'static str = "series_facts";
    const ARITIES: &'static [usize] = &[7];
    type Columns = Columns;

    fn columns(arguments: &[ArrayRef]) -> Result<Columns> {
        let text =
            |i: usize| Ok::<_, DataFusionError>(cast(&arguments[i], &DataType::Utf8View)?.as_string_view().clone());
        let number = |i: usize| {
            Ok::<_, DataFusionError>(cast(&arguments[i], &DataType::UInt32)?.as_primitive::<UInt32Type>().clone())
        };
        Ok(Columns {
            count: number(0)?,
            qtype: text(1)?,
            qname: text(2)?,
            answers: text(3)?,
            ttl: number(4)?,
            role: cast(&arguments[5], &DataType::UInt8)?.as_primitive::<UInt8Type>().clone(),
            rcode: text(6)?,
        })
    }

    fn update(&mut self, columns: &Columns, row: usize) {
        self.n = self.n.saturating_add(u64::from(columns.count.value(row)));
        if columns.ttl.is_valid(row) {
            self.ttl_max_s = self.ttl_max_s.max(Some(columns.ttl.value(row)));
        }
        if columns.qtype.is_valid(row) {
            keep(&mut self.qtypes, columns.qtype.value(row), TYPES_MAX);
        }
        keep(&mut self.members, columns.qname.value(row), MEMBERS_MAX);
        if columns.answers.is_valid(row) {
            for ip in addresses(columns.answers.value(row)) {
                keep_address(&mut self.addresses, ip);
            }
            for host in mail_hosts(columns.answers.value(row)) {
                keep(&mut self.mail_hosts, host, HOSTS_MAX);
            }
        }
        if columns.role.value(row) == Role::Generated.as_u8() {
            let answers = columns.answers.is_valid(row).then(|| columns.answers.value(row));
            let rcode = columns.rcode.is_valid(row).then(|| columns.rcode.value(row));
            self.stream.add(columns.qname.value(row), answers, rcode);
        }
    }

    fn merge(&mut self, encoded: &[u8]) -> Result<()> {
        let other =
            Self::decode(encoded).ok_or_else(|| DataFusionError::Execution("series_facts state is cut".to_owned()))?;
        self.n = self.n.saturating_add(other.n);
        self.ttl_max_s = self.ttl_max_s.max(other.ttl_max_s);
        other.qtypes.iter().for_each(|qtype| keep(&mut self.qtypes, qtype, TYPES_MAX));
        other.members.iter().for_each(|member| keep(&mut self.members, member, MEMBERS_MAX));
        other.mail_hosts.iter().for_each(|host| keep(&mut self.mail_hosts, host, HOSTS_MAX));
        other.addresses.iter().for_each(|&ip| keep_address(&mut self.addresses, ip));
        self.stream.merge(&other.stream);
        Ok(())
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.n.to_le_bytes());
        out.extend(self.ttl_max_s.map_or(-1, i64::from).to_le_bytes());
        for set in [&self.qtypes, &self.members, &self.mail_hosts] {
            put_len(out, set.len());
            for text in set {
                put_len(out, text.len());
                out.extend(text.as_bytes());
            }
        }
        put_len(out, self.addresses.len());
        for ip in &self.addresses {
            match ip {
                IpAddr::V4(v4) => {
                    out.push(4);
                    out.extend(v4.octets());
                }
                IpAddr::V6(v6) => {
                    out.push(6);
                    out.extend(v6.octets());
                }
            }
        }
        self.stream.encode(out);
    }

    fn heap_size(&self) -> usize {
        // An element is about its text and a quarter of a tree node.
        let texts = self.qtypes.len() * 40 + (self.members.len() + self.mail_hosts.len()) * 72;
        texts + self.addresses.len() * 32 + self.stream.heap_size()
    }
}

impl Facts {
    /// Reads what `encode` wrote.
    pub(crate) fn decode(mut rest: &[u8]) -> Option<Self> {
        let rest = &mut rest;
        let mut facts = Self { n: u64::from_le_bytes(take(rest)?), ..Self::default() };
        facts.ttl_max_s = u32::try_from(i64::from_le_bytes(take(rest)?)).ok();
        for set in [&mut facts.qtypes, &mut facts.members, &mut facts.mail_hosts] {
            for _ in 0..get_len(rest)? {
                let len = get_len(rest)?;
                let (text, tail) = rest.split_at_checked(len)?;
                *rest = tail;
                set.insert(core::str::from_utf8(text).ok()?.into());
            }
        }
        for _ in 0..get_len(rest)? {
            let [version] = take::<1>(rest)?;
            facts.addresses.insert(match version {
                4 => IpAddr::from(take::<4>(rest)?),
                _ => IpAddr::from(take::<16>(rest)?),
            });
        }
        facts.stream = Stream::decode(rest)?;
        rest.is_empty().then_some(facts)
    }
}

pub(crate) fn put_len(out: &mut Vec<u8>, len: usize) {
    out.extend(u16::try_from(len).expect("sets are capped, names have at most 1020 octets").to_le_bytes());
}

pub(crate) fn get_len(rest: &mut &[u8]) -> Option<usize> {
    take(rest).map(|octets| usize::from(u16::from_le_bytes(octets)))
}

pub(crate) fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

fn keep(set: &mut BTreeSet<Box<str>>, text: &str, max: usize) {
    if set.contains(text) || (set.len() == max && set.last().is_some_and(|last| **last < *text)) {
        return;
    }
    set.insert(text.into());
    if set.len() > max {
        set.pop_last();
    }
}

fn keep_address(set: &mut BTreeSet<IpAddr>, ip: IpAddr) {
    set.insert(ip);
    if set.len() > ADDRESSES_MAX {
        set.pop_last();
    }
}

/// The addresses among answers in the archive's text form, without building them all.
pub(crate) fn addresses(answers: &str) -> impl Iterator<Item = IpAddr> {
    answers.split("; ").filter_map(|part| {
        let mut fields = part.splitn(4, ' ').skip(2);
        let (rtype, data) = (fields.next()?, fields.next()?);
        if matches!(rtype, "A" | "AAAA" | "-") { data.parse().ok() } else { None }
    })
}

/// The hosts that MX records among answers name; a null MX (RFC 7505) names none.
fn mail_hosts(answers: &str) -> impl Iterator<Item = &str> {
    answers.split("; ").filter_map(|part| {
        let mut fields = part.splitn(5, ' ').skip(2);
        let (rtype, _preference, host) = (fields.next()?, fields.next()?, fields.next()?);
        (rtype == "MX" && host != ".").then_some(host)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_round_trip_and_keep_the_least_names() {
        let mut facts = Facts { n: 7, ttl_max_s: Some(300), ..Facts::default() };
        for i in (0..100).rev() {
            keep(&mut facts.members, &format!("n{i:02}.example"), MEMBERS_MAX);
        }
        facts.addresses = addresses("@ 60 A 192.0.2.1; @ - CNAME 192.0.2.2; - - - 2001:db8::1").collect();
        let answers = "@ 60 MX 10 mx1.b.example; @ 60 MX 20 mx2.b.example; @ 60 MX 0 .; @ 60 A 192.0.2.1";
        mail_hosts(answers).for_each(|host| keep(&mut facts.mail_hosts, host, HOSTS_MAX));
        assert_eq!(facts.mail_hosts.iter().map(|host| &**host).collect::<Vec<_>>(), ["mx1.b.example", "mx2.b.example"]);
        let mut octets = Vec::new();
        facts.encode(&mut octets);
        assert_eq!(Facts::decode(&octets).as_ref(), Some(&facts));
        assert_eq!(Facts::decode(&octets[1..]), None);
        assert_eq!((facts.members.len(), facts.members.last().map(|m| &**m)), (32, Some("n31.example")));
        assert_eq!(facts.addresses.len(), 2);
    }
}
