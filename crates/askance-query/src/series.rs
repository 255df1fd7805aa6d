//! Series: all lookups of one client about one name family at one tap and vantage.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use askance_inference::NameStream;
use askance_inference::state::SeriesState;
use askance_record::Timestamp;
use datafusion::logical_expr::AggregateUDF;

use crate::facts::Facts;
use crate::families::{Families, is_reverse};
use crate::fold::FoldUdaf;
use crate::rows::{literal, literals};
use crate::{Engine, QueryError, functions};

/// What a series is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesKey {
    /// Sources of one tap are pooled.
    pub tap: String,
    /// The vantage's identifier, see [`askance_record::Vantage`].
    pub vantage: String,
    /// Who asked, as the records name it; none where they do not.
    pub client: Option<String>,
    /// The head of the name family.
    pub name: String,
}

/// Which series are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesFilter {
    /// Only series of at least so many lookups.
    pub min_n: u64,
    /// Only families with these heads.
    pub names: Option<Vec<String>>,
    /// Only these taps.
    pub taps: Option<Vec<String>>,
    /// Only these clients.
    pub clients: Option<Vec<String>>,
    /// Pairs (member, head) that the records do not show.
    pub extra_families: Vec<(String, String)>,
}

/// One series.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesRow {
    /// What it is of.
    pub key: SeriesKey,
    /// Lookups, aggregated rows counted by their weight.
    pub n: u64,
    /// The earliest.
    pub first: Timestamp,
    /// The latest.
    pub last: Timestamp,
    /// The types asked for, sorted.
    pub qtypes: Vec<String>,
    /// The names of the family that were asked for, sorted; the first 32.
    pub members: Vec<String>,
    /// The greatest TTL seen in an answer, seconds.
    pub ttl_max_s: Option<u32>,
    /// The addresses in answers, sorted; the first 32.
    pub answers_a: Vec<IpAddr>,
    /// The hosts that MX records in answers name, sorted; the first 16.
    pub mail_hosts: Vec<String>,
    /// What its names that are made up as they are asked look like.
    pub names: Option<NameStream>,
    /// The lookups themselves.
    pub state: SeriesState,
}

impl Engine {
    /// Calls `f` for every series that passes the filter, in the order of their keys; returns how many there were.
    ///
    /// The order is (tap, vantage, client with none first, name). Series with more lookups than a state keeps
    /// are cut as [`SeriesState`] says, the same way whatever the number of cores.
    ///
    /// # Errors
    /// As for any query; [`QueryError::Memory`] where even with spilling the limit does not suffice.
    pub fn series(&self, filter: &SeriesFilter, f: &mut dyn FnMut(SeriesRow)) -> Result<u64, QueryError> {
        let families = self.families_with(&filter.extra_families)?;
        let session = functions::session(self.context(), &families);
        session.register_udaf(AggregateUDF::from(FoldUdaf::<Facts>::new()));
        let frame = self.plan(&session, &sql(filter, &families))?;
        let mut total = 0;
        self.rows(frame)?.each(|columns, row| {
            let state = SeriesState::decode(columns.octets(4, row))
                .map_err(|e| QueryError::State { message: e.to_string().into() })?;
            let facts =
                Facts::decode(columns.octets(5, row)).ok_or(QueryError::State { message: "facts are cut".into() })?;
            let (Some(first), Some(last)) = (state.first(), state.last()) else { return Ok(()) };
            let text = |column| columns.text(column, row).map(str::to_owned);
            total += 1;
            f(SeriesRow {
                key: SeriesKey {
                    tap: text(0).unwrap_or_default(),
                    vantage: text(1).unwrap_or_default(),
                    client: text(2),
                    name: text(3).unwrap_or_default(),
                },
                n: facts.n,
                first,
                last,
                qtypes: facts.qtypes.into_iter().map(String::from).collect(),
                members: facts.members.into_iter().map(String::from).collect(),
                ttl_max_s: facts.ttl_max_s,
                answers_a: facts.addresses.into_iter().collect(),
                mail_hosts: facts.mail_hosts.into_iter().map(String::from).collect(),
                names: facts.stream.summary(),
                state,
            });
            Ok(())
        })?;
        Ok(total)
    }

    /// The families with pairs of the caller's.
    pub(crate) fn families_with(&self, extra: &[(String, String)]) -> Result<Arc<Families>, QueryError> {
        let families = self.families()?;
        Ok(if extra.is_empty() { families } else { Arc::new(families.with(extra)) })
    }
}

fn sql(filter: &SeriesFilter, families: &Families) -> String {
    let mut inner = vec!["true".to_owned()];
    let mut outer = vec!["true".to_owned()];
    if let Some(names) = &filter.names {
        inner.push(asks_for(names, families));
        outer.push(format!("head IN {}", literals(names.iter().map(String::as_str))));
    }
    for (column, wanted) in [("tap", &filter.taps), ("client", &filter.clients)] {
        if let Some(wanted) = wanted {
            inner.push(format!("{column} IN {}", literals(wanted.iter().map(String::as_str))));
        }
    }
    format!(
        "SELECT tap, vantage, client, head, \
           series_state(ts, role, rcode, ttl, cached, askance_key(tap, vantage, client, head)), \
           series_facts(\"count\", qtype, qname, answers, ttl, role, rcode) \
         FROM (SELECT ts, tap, vantage, client, qname, qtype, answers, cached, \"count\", \
             askance_head(qname, client, ts) AS head, askance_role(qtype, qname, client, ts) AS role, \
             CASE WHEN rcode = 'NOERROR' AND answers = '' THEN 'NODATA' ELSE rcode END AS rcode, \
             coalesce(ttl_min_s, negative_ttl_s) AS ttl \
           FROM lookups WHERE {}) \
         WHERE {} GROUP BY tap, vantage, client, head HAVING sum(\"count\") >= {} \
         ORDER BY tap, vantage, client NULLS FIRST, head",
        inner.join(" AND "),
        outer.join(" AND "),
        filter.min_n,
    )
}

/// A condition on `qname` that all lookups of these families meet, and that files can be pruned by.
pub(crate) fn asks_for(heads: &[String], families: &Families) -> String {
    let names: BTreeSet<&str> = heads.iter().flat_map(|head| families.names_of(head)).collect();
    let policies: Vec<String> = names.iter().map(|name| format!("_dmarc.{name}")).collect();
    let mut either =
        vec![format!("qname IN {}", literals(names.iter().copied().chain(policies.iter().map(String::as_str))))];
    either.extend(names.iter().filter(|name| !is_reverse(name)).map(|name| {
        let pattern = format!("%_domainkey.{}", escaped(name));
        format!("qname LIKE {}", literal(&pattern))
    }));
    let below = |name: &&&str| families.generates(name);
    either.extend(
        names.iter().filter(below).map(|name| format!("qname LIKE {}", literal(&format!("%.{}", escaped(name))))),
    );
    format!("({})", either.join(" OR "))
}

/// A name as part of a LIKE pattern.
fn escaped(name: &str) -> String {
    name.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
