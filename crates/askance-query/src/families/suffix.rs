//! Search suffixes: `X.corp.example`, asked by a client that also asked for X.
//!
//! # Source
//! RFC 1535 (what goes wrong), RFC 2606 and the Public Suffix List (what X may end in).

use std::collections::{BTreeMap, BTreeSet};

use datafusion::prelude::SessionContext;

use super::build::Temporary;
use super::{Member, Relation};
use crate::{Engine, QueryError};

/// Names that may be others with a search suffix, and these others, shortest first.
pub(super) type Candidates = BTreeMap<String, Vec<String>>;

/// Adds a name to the candidates if its form allows it.
pub(super) fn consider(name: &str, candidates: &mut Candidates) {
    let bases: Vec<String> = bases(name).map(str::to_owned).collect();
    if !bases.is_empty() {
        candidates.insert(name.to_owned(), bases);
    }
}

/// The candidates that are others with a search suffix, for the clients that asked both.
///
/// A name that ever had an answer exists by itself and is none (so an alias below a content network's domain
/// is not taken for one).
pub(super) fn members(engine: &Engine, candidates: &Candidates) -> Result<Vec<Member>, QueryError> {
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let session = SessionContext::new_with_state(engine.context().state());
    let wanted: BTreeSet<&String> = candidates.keys().chain(candidates.values().flatten()).collect();
    let _guard = Temporary::register(&session, wanted.into_iter().cloned())?;
    let sql = "SELECT client, qname, max(CASE WHEN rcode = 'NOERROR' AND answers <> '' THEN 1 ELSE 0 END) FROM lookups \
               WHERE qname IN (SELECT name FROM askance_wanted) GROUP BY client, qname";
    let mut exist: BTreeSet<String> = BTreeSet::new();
    let mut asked: BTreeMap<Option<String>, BTreeSet<String>> = BTreeMap::new();
    engine.rows(engine.plan(&session, sql)?)?.each(|columns, row| {
        let name = columns.text(1, row).unwrap_or_default();
        if columns.number(2, row) == Some(1) {
            exist.insert(name.to_owned());
        }
        asked.entry(columns.text(0, row).map(str::to_owned)).or_default().insert(name.to_owned());
        Ok(())
    })?;
    let mut members = Vec::new();
    for (client, names) in &asked {
        for name in names.iter().filter(|name| !exist.contains(*name)) {
            let bases = candidates.get(name).map_or(&[][..], Vec::as_slice);
            if let Some(base) = bases.iter().rev().find(|base| names.contains(*base)) {
                members.push(Member {
                    member: name.clone(),
                    head: base.clone(),
                    relation: Relation::Suffix,
                    client: client.clone(),
                    since_us: None,
                    until_us: None,
                });
            }
        }
    }
    Ok(members)
}

/// The proper beginnings of a name that could have been asked for by themselves, shortest first.
fn bases(name: &str) -> impl Iterator<Item = &str> {
    let dots = name.match_indices('.').map(|(at, _)| at).filter(|&at| !name.as_bytes()[..at].ends_with(b"\\"));
    dots.skip(1).filter_map(move |at| {
        let (base, tail) = (name.get(..at)?, name.get(at + 1..)?);
        (is_public(base) && !is_suffix(tail)).then_some(base)
    })
}

/// True where the name stands below a suffix under which anybody may have names.
fn is_public(name: &str) -> bool {
    let top = name.rsplit('.').next().unwrap_or(name);
    if matches!(top, "example" | "test" | "invalid" | "localhost") {
        return true;
    }
    psl::suffix(name.as_bytes())
        .is_some_and(|suffix| suffix.typ() == Some(psl::Type::Icann) && suffix.as_bytes().len() < name.len())
}

/// True where the name is itself such a suffix: `a.com.br` is not `a.com` with a search suffix.
fn is_suffix(name: &str) -> bool {
    psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known() && suffix.as_bytes().len() == name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_a_whole_name_and_the_tail_is_not_a_public_suffix() {
        let bases = |name| bases(name).collect::<Vec<_>>();
        assert_eq!(bases("mail1.inn-42.com.corp.example"), ["mail1.inn-42.com"]);
        assert_eq!(bases("5.2.0.192.in-addr.arpa.lan"), ["5.2.0.192.in-addr.arpa"]);
        assert_eq!(bases("www.inn-42.example"), Vec::<&str>::new());
        assert_eq!(bases("inn-42.com.br"), Vec::<&str>::new());
        assert_eq!(bases("www.inn-42.example.corp.invalid"), ["www.inn-42.example"]);
    }
}
