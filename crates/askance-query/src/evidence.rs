//! Single records, with their place in the input: what a report shows as evidence.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use askance_record::{At, FlowRecord, MailEvent, MailKind, RrType, SourceId, Timestamp, Unit, read_answers};

use crate::rows::{Columns, literal, literals};
use crate::series::asks_for;
use crate::{Engine, QueryError, SeriesKey, functions};

/// A lookup as the archive keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupRow {
    /// When.
    pub ts: Timestamp,
    /// Where the record stands; its source is an index into [`Engine::sources`].
    pub at: At,
    /// The source's name.
    pub source: String,
    /// Who was asked.
    pub server: Option<String>,
    /// The port of the client.
    pub client_port: Option<u16>,
    /// The name asked for.
    pub qname: String,
    /// As it was spelled.
    pub qname_raw: String,
    /// The type asked for.
    pub qtype: Option<String>,
    /// The response code.
    pub rcode: Option<String>,
    /// Flags as `dig` prints them.
    pub flags: Option<String>,
    /// Answers in the form of [`askance_record::write_answers`].
    pub answers: Option<String>,
    /// The least TTL of the answers, seconds.
    pub ttl_min_s: Option<u32>,
}

/// Which flows are wanted; none of a field means any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlowFilter {
    /// Only flows that began at or after this.
    pub from: Option<Timestamp>,
    /// Only flows that began before this.
    pub to: Option<Timestamp>,
    /// Only flows with one of these addresses at either end.
    pub addresses: Option<Vec<std::net::IpAddr>>,
    /// At most so many, the earliest first.
    pub limit: Option<u64>,
}

/// A flow and its source.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowRow {
    /// The flow; its position's source is an index into [`Engine::sources`].
    pub flow: FlowRecord,
    /// The source's name.
    pub source: String,
}

/// Which mail events are wanted; none of a field means any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailFilter {
    /// Only events at or after this.
    pub from: Option<Timestamp>,
    /// Only events before this.
    pub to: Option<Timestamp>,
    /// At most so many, the earliest first.
    pub limit: Option<u64>,
}

/// A mail event and its source.
#[derive(Clone, Debug, PartialEq)]
pub struct MailRow {
    /// The event; its position's source is an index into [`Engine::sources`].
    pub mail: MailEvent,
    /// The source's name.
    pub source: String,
}

/// Who asks for a name family, at one tap and vantage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Population {
    /// The tap.
    pub tap: String,
    /// The vantage's identifier.
    pub vantage: String,
    /// For each client (none where the records do not name it) how many lookups.
    pub clients: BTreeMap<Option<String>, u64>,
    /// The earliest lookup.
    pub first: Timestamp,
    /// The latest lookup.
    pub last: Timestamp,
}

impl Engine {
    /// Calls `f` for the lookups of a series, in the order of time, at most `limit`.
    ///
    /// - `extra_families`: as for [`Engine::series`]
    ///
    /// # Errors
    /// As for any query.
    pub fn lookups_of(
        &self,
        key: &SeriesKey,
        extra_families: &[(String, String)],
        limit: u64,
        f: &mut dyn FnMut(LookupRow),
    ) -> Result<(), QueryError> {
        let families = self.families_with(extra_families)?;
        let session = functions::session(self.context(), &families);
        let client = key.client.as_deref().map_or("client IS NULL".to_owned(), |c| format!("client = {}", literal(c)));
        let sql = format!(
            "SELECT ts, source, at_byte, at_kind, at_unit, server, client_port, qname, qname_raw, qtype, rcode, flags, answers, \
             ttl_min_s FROM lookups WHERE tap = {} AND vantage = {} AND {client} AND {} \
             AND askance_head(qname, client, ts) = {} ORDER BY ts, source, at_byte, qname LIMIT {limit}",
            literal(&key.tap),
            literal(&key.vantage),
            asks_for(core::slice::from_ref(&key.name), &families),
            literal(&key.name),
        );
        self.rows(self.plan(&session, &sql)?)?.each(|columns, row| {
            let text = |column| columns.text(column, row).map(str::to_owned);
            f(LookupRow {
                ts: instant(columns, 0, row),
                at: self.at(columns, 1, row),
                source: text(1).unwrap_or_default(),
                server: text(5),
                client_port: number(columns, 6, row),
                qname: text(7).unwrap_or_default(),
                qname_raw: text(8).unwrap_or_default(),
                qtype: text(9),
                rcode: text(10),
                flags: text(11),
                answers: text(12),
                ttl_min_s: number(columns, 13, row),
            });
            Ok(())
        })
    }

    /// Calls `f` for flows in the order of their beginnings.
    ///
    /// # Errors
    /// As for any query.
    pub fn flows(&self, filter: &FlowFilter, f: &mut dyn FnMut(FlowRow)) -> Result<(), QueryError> {
        let mut wanted = span(filter.from, filter.to);
        if let Some(addresses) = &filter.addresses {
            let texts: Vec<String> = addresses.iter().map(|ip| ip.to_canonical().to_string()).collect();
            let list = literals(texts.iter().map(String::as_str));
            wanted.push(format!("(src IN {list} OR dst IN {list})"));
        }
        let sql = format!(
            "SELECT ts, source, at_byte, at_kind, at_unit, ts_end, src, src_port, dst, dst_port, proto, packets, bytes, state, \
             established FROM flows WHERE {} ORDER BY ts, source, at_byte{}",
            wanted.join(" AND "),
            limit(filter.limit),
        );
        self.ask(&sql)?.each(|columns, row| {
            let ip = |column| columns.text(column, row).and_then(|text| text.parse().ok());
            let text = |column| columns.text(column, row).unwrap_or_default().to_owned();
            let flow = FlowRecord {
                start: instant(columns, 0, row),
                end: columns.instant(5, row).map(Timestamp::from_us),
                at: self.at(columns, 1, row),
                src: ip(6),
                src_port: number(columns, 7, row),
                dst: ip(8),
                dst_port: number(columns, 9, row),
                proto: text(10),
                packets: number(columns, 11, row),
                bytes: number(columns, 12, row),
                state: text(13),
                established: columns.truth(14, row),
            };
            f(FlowRow { flow, source: text(1) });
            Ok(())
        })
    }

    /// Calls `f` for mail events in the order of time.
    ///
    /// # Errors
    /// As for any query.
    pub fn mail(&self, filter: &MailFilter, f: &mut dyn FnMut(MailRow)) -> Result<(), QueryError> {
        let sql = format!(
            "SELECT ts, source, at_byte, at_kind, at_unit, kind, host, program, queue_id, peer, peer_name, helo, mail_from, \
             rcpt_to, code, \"text\" FROM mail WHERE {} ORDER BY ts, source, at_byte{}",
            span(filter.from, filter.to).join(" AND "),
            limit(filter.limit),
        );
        self.ask(&sql)?.each(|columns, row| {
            let text = |column| columns.text(column, row).unwrap_or_default().to_owned();
            let mail = MailEvent {
                ts: instant(columns, 0, row),
                at: self.at(columns, 1, row),
                kind: columns.text(5, row).and_then(|kind| kind.parse().ok()).unwrap_or(MailKind::Connect),
                host: text(6),
                program: text(7),
                queue_id: text(8),
                peer: columns.text(9, row).and_then(|ip| ip.parse().ok()),
                peer_name: text(10),
                helo: text(11),
                from: text(12),
                to: text(13),
                code: number(columns, 14, row),
                text: text(15),
            };
            f(MailRow { mail, source: text(1) });
            Ok(())
        })
    }

    /// The greatest TTL, seconds, with which records of this name and type were seen anywhere in the archive.
    ///
    /// A cache shows what is left of a TTL, so the greatest one seen is at most what the owner serves.
    ///
    /// # Errors
    /// As for any query.
    pub fn ttl_of(&self, name: &str, rtype: RrType) -> Result<Option<u32>, QueryError> {
        let sql = format!(
            "SELECT answers, max(ttl_min_s) FROM lookups WHERE qname = {} AND qtype = {} GROUP BY answers",
            literal(name),
            literal(&rtype.to_string()),
        );
        let mut most: Option<u32> = None;
        self.ask(&sql)?.each(|columns, row| {
            let mut seen = false;
            for answer in read_answers(columns.text(0, row).unwrap_or_default()) {
                let own = answer.owner.as_ref().is_none_or(|owner| owner.key() == name);
                if own && answer.rtype == Some(rtype) && answer.ttl_s.is_some() {
                    most = most.max(answer.ttl_s);
                    seen = true;
                }
            }
            if !seen {
                most = most.max(number(columns, 1, row));
            }
            Ok(())
        })?;
        Ok(most)
    }

    /// Who asks for the family of a head, by tap and vantage.
    ///
    /// # Errors
    /// As for any query.
    pub fn population(&self, head: &str, extra_families: &[(String, String)]) -> Result<Vec<Population>, QueryError> {
        let families = self.families_with(extra_families)?;
        let session = functions::session(self.context(), &families);
        let sql = format!(
            "SELECT tap, vantage, client, sum(\"count\"), min(ts), max(ts) FROM lookups WHERE {} \
             AND askance_head(qname, client, ts) = {} GROUP BY tap, vantage, client ORDER BY tap, vantage",
            asks_for(&[head.to_owned()], &families),
            literal(head),
        );
        let mut populations: Vec<Population> = Vec::new();
        self.rows(self.plan(&session, &sql)?)?.each(|columns, row| {
            let (tap, vantage) = (columns.text(0, row).unwrap_or_default(), columns.text(1, row).unwrap_or_default());
            let (first, last) = (instant(columns, 4, row), instant(columns, 5, row));
            let client = (columns.text(2, row).map(str::to_owned), number(columns, 3, row).unwrap_or(0));
            match populations.last_mut() {
                Some(p) if (p.tap.as_str(), p.vantage.as_str()) == (tap, vantage) => {
                    p.first = p.first.min(first);
                    p.last = p.last.max(last);
                    p.clients.extend([client]);
                }
                _ => populations.push(Population {
                    tap: tap.to_owned(),
                    vantage: vantage.to_owned(),
                    clients: BTreeMap::from([client]),
                    first,
                    last,
                }),
            }
            Ok(())
        })?;
        Ok(populations)
    }

    /// The position in the columns (source, byte, kind, unit) from `column` on.
    fn at(&self, columns: &Columns<'_>, column: usize, row: usize) -> At {
        let source = columns.text(column, row).unwrap_or_default();
        let index = self.sources().iter().position(|s| s.id == source).unwrap_or(0);
        let n = number(columns, column + 3, row).unwrap_or(0);
        At {
            source: SourceId(u32::try_from(index).unwrap_or(u32::MAX)),
            byte: number(columns, column + 1, row).unwrap_or(0),
            unit: if columns.text(column + 2, row) == Some("frame") { Unit::Frame(n) } else { Unit::Line(n) },
        }
    }
}

fn instant(columns: &Columns<'_>, column: usize, row: usize) -> Timestamp {
    columns.instant(column, row).map(Timestamp::from_us).unwrap_or_default()
}

fn number<T: TryFrom<i64>>(columns: &Columns<'_>, column: usize, row: usize) -> Option<T> {
    columns.number(column, row).and_then(|n| T::try_from(n).ok())
}

fn span(from: Option<Timestamp>, to: Option<Timestamp>) -> Vec<String> {
    let mut wanted = vec!["true".to_owned()];
    wanted.extend(from.map(|from| format!("ts >= TIMESTAMP {}", literal(&from.to_string()))));
    wanted.extend(to.map(|to| format!("ts < TIMESTAMP {}", literal(&to.to_string()))));
    wanted
}

fn limit(limit: Option<u64>) -> String {
    limit.map(|n| format!(" LIMIT {n}")).unwrap_or_default()
}
