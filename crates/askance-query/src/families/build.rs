//! Families from an archive: a pass over its answers.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use askance_record::{Name, RrType, read_answers};

use super::is_reverse;
use super::{Families, Member, Relation, generated, suffix};
use crate::facts::addresses;
use crate::rows::Columns;
use crate::{Engine, QueryError, tables};

/// No more undecided names than these are spelled out.
const NOTES_MAX: usize = 50;

/// How often a reverse name was answered with a head, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    n: i64,
    first_us: i64,
    last_us: i64,
}

/// For each reverse name the heads that were seen.
type Links = BTreeMap<String, BTreeMap<String, Seen>>;

impl Families {
    /// Builds the families of an archive.
    pub(crate) fn build(engine: &Engine) -> Result<Self, QueryError> {
        let by_ptr = ptr_links(engine)?;
        let (open, candidates, generating) = names(engine, &by_ptr)?;
        let by_address = address_links(engine, &open)?;
        let rivals = by_ptr.values().chain(by_address.values()).filter(|heads| heads.len() > 1);
        let asked = asked(engine, rivals.flat_map(|heads| heads.keys().cloned()).collect())?;
        let (mut members, mut notes) = (Vec::new(), Vec::new());
        for (links, relation) in [(by_ptr, Relation::Ptr), (by_address, Relation::Address)] {
            for (member, heads) in links {
                settle(&member, &heads, relation, &asked, &mut members, &mut notes);
            }
        }
        if notes.len() > NOTES_MAX {
            let more = notes.len() - NOTES_MAX;
            notes.truncate(NOTES_MAX);
            notes.push(format!("and {more} more reverse names with several heads"));
        }
        members.extend(suffix::members(engine, &candidates)?);
        Ok(Self::new(members, notes).with_generating(generating))
    }
}

/// Reverse names and the targets of their PTR answers, from every source of the archive.
fn ptr_links(engine: &Engine) -> Result<Links, QueryError> {
    let mut links = Links::new();
    let rows = engine.ask(
        "SELECT qname, answers, sum(\"count\"), min(ts), max(ts) FROM lookups \
         WHERE qtype = 'PTR' AND answers <> '' AND (qname LIKE '%.in-addr.arpa' OR qname LIKE '%.ip6.arpa') \
         GROUP BY qname, answers",
    )?;
    rows.each(|columns, row| {
        let (Some(member), Some(answers)) = (columns.text(0, row), columns.text(1, row)) else { return Ok(()) };
        for answer in read_answers(answers) {
            if answer.rtype.is_none_or(|rtype| rtype == RrType::PTR)
                && let Ok(head) = Name::parse(&answer.data)
            {
                link(&mut links, member, head.key(), columns, row);
            }
        }
        Ok(())
    })?;
    Ok(links)
}

/// What one pass over all names yields.
type Names = (BTreeMap<IpAddr, String>, suffix::Candidates, BTreeMap<String, generated::MadeUp>);

/// One pass over all names: the addresses of reverse names of which no PTR answer was seen, the names that
/// may be others with a search suffix, and the domains below which names are made up.
fn names(engine: &Engine, known: &Links) -> Result<Names, QueryError> {
    let mut open = BTreeMap::new();
    let mut candidates = suffix::Candidates::new();
    let mut domains = generated::Domains::default();
    let rows = engine.ask("SELECT qname, sum(\"count\"), min(ts), max(ts) FROM lookups GROUP BY qname")?;
    rows.each(|columns, row| {
        let name = columns.text(0, row).unwrap_or_default();
        if !is_reverse(name) {
            let ends = columns.instant(2, row).zip(columns.instant(3, row));
            domains.count(
                name,
                generated::Asked {
                    lookups: columns.number(1, row).unwrap_or(1),
                    span_us: ends.map_or(0, |(first, last)| last.saturating_sub(first)),
                },
            );
            suffix::consider(name, &mut candidates);
        } else if !known.contains_key(name)
            && let Some(ip) = Name::parse(name).ok().and_then(|name| name.reverse_addr())
        {
            open.insert(ip, name.to_owned());
        }
        Ok(())
    })?;
    Ok((open, candidates, domains.generating()))
}

/// Reverse names, open by address, and the names that were answered with their address.
fn address_links(engine: &Engine, open: &BTreeMap<IpAddr, String>) -> Result<Links, QueryError> {
    let mut links = Links::new();
    if open.is_empty() {
        return Ok(links);
    }
    let rows = engine.ask(
        "SELECT qname, answers, sum(\"count\"), min(ts), max(ts) FROM lookups \
         WHERE qtype IN ('A', 'AAAA') AND answers <> '' GROUP BY qname, answers",
    )?;
    rows.each(|columns, row| {
        let (Some(head), Some(answers)) = (columns.text(0, row), columns.text(1, row)) else { return Ok(()) };
        for ip in addresses(answers) {
            if let Some(member) = open.get(&ip.to_canonical()) {
                link(&mut links, member, head, columns, row);
            }
        }
        Ok(())
    })?;
    Ok(links)
}

/// Adds a row of (…, …, count, first, last) to the links.
fn link(links: &mut Links, member: &str, head: &str, columns: &Columns<'_>, row: usize) {
    if member == head {
        return;
    }
    let seen = Seen {
        n: columns.number(2, row).unwrap_or(1),
        first_us: columns.instant(3, row).unwrap_or(i64::MIN),
        last_us: columns.instant(4, row).unwrap_or(i64::MAX),
    };
    if !links.contains_key(member) {
        links.insert(member.to_owned(), BTreeMap::new());
    }
    let heads = links.get_mut(member).expect("inserted above");
    let total = heads.entry(head.to_owned()).or_insert(Seen { n: 0, ..seen });
    total.n = total.n.saturating_add(seen.n);
    total.first_us = total.first_us.min(seen.first_us);
    total.last_us = total.last_us.max(seen.last_us);
}

/// Which of the names were themselves asked for.
fn asked(engine: &Engine, names: BTreeSet<String>) -> Result<BTreeSet<String>, QueryError> {
    let mut asked = BTreeSet::new();
    if names.is_empty() {
        return Ok(asked);
    }
    let session = datafusion::prelude::SessionContext::new_with_state(engine.context().state());
    let sql = "SELECT DISTINCT qname FROM lookups WHERE qname IN (SELECT name FROM askance_wanted)";
    let _guard = Temporary::register(&session, names.into_iter())?;
    engine.rows(engine.plan(&session, sql)?)?.each(|columns, row| {
        asked.extend(columns.text(0, row).map(str::to_owned));
        Ok(())
    })?;
    Ok(asked)
}

/// A table of names, there until dropped.
pub(super) struct Temporary<'a>(&'a datafusion::prelude::SessionContext);

impl<'a> Temporary<'a> {
    pub(super) fn register(
        session: &'a datafusion::prelude::SessionContext,
        names: impl Iterator<Item = String>,
    ) -> Result<Self, QueryError> {
        session.register_table("askance_wanted", tables::names_table(names)?)?;
        Ok(Self(session))
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        self.0.deregister_table("askance_wanted").ok();
    }
}

/// Gives a reverse name its heads: by time where they followed one another, else the likeliest one.
fn settle(
    member: &str,
    heads: &BTreeMap<String, Seen>,
    relation: Relation,
    asked: &BTreeSet<String>,
    members: &mut Vec<Member>,
    notes: &mut Vec<String>,
) {
    let of = |head: &str, since_us, until_us| Member {
        member: member.to_owned(),
        head: head.to_owned(),
        relation,
        client: None,
        since_us,
        until_us,
    };
    let mut by_time: Vec<(&String, &Seen)> = heads.iter().collect();
    by_time.sort_by_key(|(head, seen)| (seen.first_us, (*head).clone()));
    if by_time.windows(2).all(|pair| pair[0].1.last_us < pair[1].1.first_us) {
        for (i, (head, seen)) in by_time.iter().enumerate() {
            let since = (i > 0).then_some(seen.first_us);
            members.push(of(head, since, by_time.get(i + 1).map(|(_, next)| next.first_us)));
        }
        return;
    }
    let mut by_weight = by_time;
    by_weight.sort_by_key(|(head, seen)| (!asked.contains(*head), -seen.n, (*head).clone()));
    let (head, _) = by_weight[0];
    let others: Vec<&str> = by_weight[1..].iter().take(3).map(|(head, _)| head.as_str()).collect();
    notes.push(format!("{member} is counted with {head}, though it also belongs to {}", others.join(", ")));
    members.push(of(head, None, None));
}
