//! A zone: read from a master file, asked, changed, written back (RFC 1035 §5, RFC 1034 §4.3.2).

use std::collections::BTreeMap;

use askance_record::{Name, RrType};

use super::message::{Data, Record, Soa};

mod answer;
mod key;
mod master;

pub use answer::{Found, Verdict};
pub(super) use key::Key;

/// Records of one owner by type; no set is empty.
type Sets = BTreeMap<RrType, Vec<Record>>;

/// A zone of class IN: its records, and what it says to a question.
///
/// It always has exactly one SOA record at its origin. Every change that has an effect raises
/// the serial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    origin: Name,
    origin_key: Key,
    /// By owner in canonical order (RFC 4034 §6.1), so that what stands below a name follows it.
    names: BTreeMap<Key, Sets>,
}

/// Why text is not a zone, or a change does not fit one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZoneError {
    /// The text breaks the format of master files.
    #[error("line {line}: {what}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
    /// `$INCLUDE`, which would need another file.
    #[error("line {line}: $INCLUDE is not supported")]
    Include {
        /// Line, from 1.
        line: usize,
    },
    /// A record of a class other than IN.
    #[error("line {line}: class other than IN")]
    Class {
        /// Line, from 1.
        line: usize,
    },
    /// A record that does not belong to the zone.
    #[error("{owner} is not in zone {origin}")]
    OutOfZone {
        /// The record's owner.
        owner: Name,
        /// The zone.
        origin: Name,
    },
    /// No SOA record, several, or one elsewhere.
    #[error("not exactly one SOA record, at the origin")]
    Soa,
    /// An alias beside other records of the same name (RFC 1034 §3.6.2), or two aliases.
    #[error("{owner} has an alias and other records")]
    AliasBesideOthers {
        /// The name.
        owner: Name,
    },
    /// A record of another owner or type than the set that it should join.
    #[error("a record of {owner} {rtype} among those of another set")]
    StrayRecord {
        /// The record's owner.
        owner: Name,
        /// The record's type.
        rtype: RrType,
    },
}

impl Zone {
    /// Reads a zone from a master file.
    ///
    /// Class IN is understood where no class is given, one hour where no TTL is. Records given
    /// twice count once; the records of a set get the lowest of their TTLs (RFC 2181 §5.2).
    ///
    /// - `origin`: the zone's name, and what relative names are relative to before any `$ORIGIN`
    ///
    /// # Errors
    /// [`ZoneError`] for the first thing that is wrong.
    /// # Source
    /// RFC 1035 §5, RFC 2308 §4 (`$TTL`), RFC 3597 §5 (unknown types).
    pub fn parse(origin: &Name, master_text: &str) -> Result<Self, ZoneError> {
        let (zone, left_out) = Self::parse_leaving_out(origin, master_text)?;
        match left_out.into_iter().next() {
            Some(stray) => Err(ZoneError::OutOfZone { owner: stray.owner, origin: origin.clone() }),
            None => Ok(zone),
        }
    }

    /// Reads a zone as [`Zone::parse`] does, and leaves out records of other zones, as name servers do with the
    /// files that they load.
    ///
    /// - returns: the zone, and the records that do not belong to it, in order
    ///
    /// # Errors
    /// As [`Zone::parse`], but for [`ZoneError::OutOfZone`].
    pub fn parse_leaving_out(origin: &Name, master_text: &str) -> Result<(Self, Vec<Record>), ZoneError> {
        let mut zone = Self { origin: origin.clone(), origin_key: Key::of(origin), names: BTreeMap::new() };
        let (mut soas, mut left_out) = (Vec::new(), Vec::new());
        for record in master::read(origin, master_text)? {
            let key = Key::of(&record.owner);
            if !key.is_under(&zone.origin_key) {
                left_out.push(record);
                continue;
            }
            if matches!(record.data, Data::Soa(_)) {
                soas.push(key == zone.origin_key);
            }
            let set = zone.names.entry(key).or_default().entry(record.data.rtype()).or_default();
            push_new(set, record);
        }
        if soas != [true] {
            return Err(ZoneError::Soa);
        }
        for sets in zone.names.values_mut() {
            check_alias(sets)?;
            for set in sets.values_mut() {
                level_ttl(set);
            }
        }
        Ok((zone, left_out))
    }

    /// The zone's name.
    pub fn origin(&self) -> &Name {
        &self.origin
    }

    /// The zone's version, as its SOA record says.
    pub fn serial(&self) -> u32 {
        self.soa().1.serial
    }

    /// The records: the SOA, the origin's NS, then the others by owner in canonical order and by type number.
    ///
    /// # Source
    /// RFC 4034 §6.1 (order of names).
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        let first = [RrType::SOA, RrType::NS];
        let apex = &self.names[&self.origin_key];
        let rest = self.names.iter().flat_map(move |(key, sets)| {
            let is_apex = *key == self.origin_key;
            sets.iter().filter(move |(rtype, _)| !(is_apex && first.contains(rtype))).map(|(_, set)| set)
        });
        first.into_iter().filter_map(|rtype| apex.get(&rtype)).chain(rest).flatten()
    }

    /// The zone as a master file, every record on one line with full names.
    ///
    /// Types that [`Data`] does not spell out are written in the form of RFC 3597 §5.
    pub fn to_master_text(&self) -> String {
        let mut text = String::new();
        for record in self.records() {
            text.push_str(&format!("{record}\n"));
        }
        text
    }

    /// Replaces the records of a name and type.
    ///
    /// No records at all remove the set, as [`Zone::remove`]. A new SOA record keeps its serial
    /// where it is later than the present one (RFC 1982), else it gets the next.
    ///
    /// - returns: whether anything changed
    ///
    /// # Errors
    /// [`ZoneError::OutOfZone`], [`ZoneError::StrayRecord`], [`ZoneError::Soa`],
    /// [`ZoneError::AliasBesideOthers`]; the zone is then as before.
    pub fn put(&mut self, owner: &Name, rtype: RrType, records: Vec<Record>) -> Result<bool, ZoneError> {
        let key = Key::of(owner);
        if !key.is_under(&self.origin_key) {
            return Err(ZoneError::OutOfZone { owner: owner.clone(), origin: self.origin.clone() });
        }
        if let Some(stray) = records.iter().find(|r| r.owner.key() != owner.key() || r.data.rtype() != rtype) {
            return Err(ZoneError::StrayRecord { owner: stray.owner.clone(), rtype: stray.data.rtype() });
        }
        if rtype == RrType::SOA {
            return self.put_soa(&key, &records);
        }
        if records.is_empty() {
            return Ok(self.remove(owner, rtype));
        }
        let mut set = Vec::with_capacity(records.len());
        for record in records {
            push_new(&mut set, record);
        }
        level_ttl(&mut set);
        let mut sets = self.names.get(&key).cloned().unwrap_or_default();
        if sets.get(&rtype) == Some(&set) {
            return Ok(false);
        }
        sets.insert(rtype, set);
        check_alias(&sets)?;
        self.names.insert(key, sets);
        self.raise_serial();
        Ok(true)
    }

    fn put_soa(&mut self, key: &Key, records: &[Record]) -> Result<bool, ZoneError> {
        let [record] = records else { return Err(ZoneError::Soa) };
        let Data::Soa(soa) = &record.data else { return Err(ZoneError::Soa) };
        if *key != self.origin_key {
            return Err(ZoneError::Soa);
        }
        let (present, _) = self.soa();
        if present == record {
            return Ok(false);
        }
        let ahead = soa.serial.wrapping_sub(self.serial());
        let later = ahead != 0 && ahead < 1 << 31;
        let serial = if later { soa.serial } else { next_serial(self.serial()) };
        let soa = Box::new(Soa { serial, ..(**soa).clone() });
        *self.soa_mut() = Record { data: Data::Soa(soa), ..record.clone() };
        Ok(true)
    }

    /// Removes the records of a name and type; the SOA record stays.
    ///
    /// - returns: whether anything was there
    pub fn remove(&mut self, owner: &Name, rtype: RrType) -> bool {
        self.remove_where(owner, |t| t == rtype && t != RrType::SOA)
    }

    /// Removes all records of a name; at the origin, SOA and NS stay.
    ///
    /// - returns: whether anything was there
    pub fn remove_name(&mut self, owner: &Name) -> bool {
        let at_origin = owner.key() == self.origin.key();
        self.remove_where(owner, |t| !(at_origin && [RrType::SOA, RrType::NS].contains(&t)))
    }

    fn remove_where(&mut self, owner: &Name, goes: impl Fn(RrType) -> bool) -> bool {
        let key = Key::of(owner);
        let Some(sets) = self.names.get_mut(&key) else { return false };
        let before = sets.len();
        sets.retain(|rtype, _| !goes(*rtype));
        if sets.len() == before {
            return false;
        }
        if sets.is_empty() {
            self.names.remove(&key);
        }
        self.raise_serial();
        true
    }

    fn raise_serial(&mut self) {
        let record = self.soa_mut();
        if let Data::Soa(soa) = &mut record.data {
            soa.serial = next_serial(soa.serial);
        }
    }

    fn soa(&self) -> (&Record, &Soa) {
        let record = &self.names[&self.origin_key][&RrType::SOA][0];
        match &record.data {
            Data::Soa(soa) => (record, soa),
            _ => unreachable!("records are filed under their type"),
        }
    }

    fn soa_mut(&mut self) -> &mut Record {
        self.names
            .get_mut(&self.origin_key)
            .and_then(|sets| sets.get_mut(&RrType::SOA))
            .and_then(|set| set.first_mut())
            .expect("a zone keeps its SOA record")
    }
}

/// The next serial (RFC 1982 §3.1); never 0, which some servers take for "none".
fn next_serial(serial: u32) -> u32 {
    serial.wrapping_add(1).max(1)
}

fn check_alias(sets: &Sets) -> Result<(), ZoneError> {
    match sets.get(&RrType::CNAME) {
        Some(aliases) if aliases.len() > 1 || sets.len() > 1 => {
            Err(ZoneError::AliasBesideOthers { owner: aliases[0].owner.clone() })
        }
        _ => Ok(()),
    }
}

/// Adds a record to its set, once (RFC 2181 §5).
fn push_new(set: &mut Vec<Record>, record: Record) {
    if set.iter().all(|present| present.data != record.data) {
        set.push(record);
    }
}

fn level_ttl(set: &mut [Record]) {
    let lowest = set.iter().map(|r| r.ttl_s).min().unwrap_or(0);
    for record in set {
        record.ttl_s = lowest;
    }
}

#[cfg(test)]
mod tests;
