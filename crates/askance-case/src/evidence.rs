//! What mail and flow logs add to a series: whose they are, and which of their rows concern it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use askance_inference::state::Role;
use askance_inference::{FlowEvidence, MailEvidence};
use askance_record::{MailKind, Name, Timestamp};

use crate::model::Interval;
use crate::records::{CaseRecords, SeriesRow};
use crate::{Case, FlowRow, MailRow, SourceView};

/// Ports where mail servers listen: transfer and submission (RFC 5321, 8314, 6409).
const MAIL_PORTS: [u16; 3] = [25, 465, 587];

/// Flows and mail events, arranged for asking "what about this client and these addresses?".
#[derive(Debug, Default)]
pub(crate) struct EvidenceIndex {
    /// Addresses that a name family stands for, by head.
    addresses: BTreeMap<String, BTreeSet<IpAddr>>,
    /// Addresses of the hosts that take mail for a name family, by head.
    mail_hosts: BTreeMap<String, BTreeSet<IpAddr>>,
    /// Rows that have a protocol of connections (TCP), by nothing: a case has few flow logs.
    flows: Vec<FlowRow>,
    /// Coverage of each flow log, and the addresses whose connections it keeps; all where there are none.
    flow_logs: Vec<(Vec<Interval>, Vec<String>)>,
    /// Arrivals by tap of the mail log.
    mail: BTreeMap<String, Vec<MailRow>>,
    /// Coverage and host of each mail log, by tap.
    mail_logs: BTreeMap<String, (Vec<Interval>, Option<String>)>,
}

impl EvidenceIndex {
    /// Arranges the rows of a case, or of loose files where there is none.
    pub(crate) fn new(case: Option<&Case>, views: &[SourceView], records: &CaseRecords) -> Self {
        let addresses = addresses(&records.series);
        let mail_hosts = mail_hosts(&records.series, &addresses);
        let mut index = Self { addresses, mail_hosts, ..Self::default() };
        for view in views {
            let coverage = view.coverage();
            match view.kind.as_str() {
                "flow" => index.flow_logs.push((coverage, view.keeps.addresses.clone())),
                "mail" => {
                    let host = case.and_then(|c| c.source(&view.tap)).and_then(|s| s.client.clone());
                    index.mail_logs.insert(view.tap.clone(), (coverage, host));
                }
                _ => {}
            }
        }
        index.flows = records.flows.iter().filter(|f| f.proto == "tcp").cloned().collect();
        index.flows.sort_by_key(|f| f.start);
        for row in &records.mail {
            index.mail.entry(row.tap.clone()).or_default().push(row.clone());
        }
        index
    }

    /// The addresses that a name family stands for.
    pub(crate) fn addresses_of(&self, head: &str) -> BTreeSet<IpAddr> {
        self.addresses.get(head).cloned().unwrap_or_default()
    }

    /// Those, and the addresses of the hosts that take its mail: who asks for an MX record connects to them.
    fn leads_to(&self, head: &str) -> BTreeSet<IpAddr> {
        let mut out = self.addresses_of(head);
        out.extend(self.mail_hosts.get(head).into_iter().flatten());
        out
    }

    /// Flows between a client, or its party behind a cache, and the addresses of its series; none without a flow log.
    pub(crate) fn flows(&self, case: Option<&Case>, row: &SeriesRow) -> Option<FlowEvidence> {
        self.flows_with(case, row, &self.addresses_of(&row.name))
    }

    /// The same with all addresses that the series' answers lead to; none where nobody knows of any, because then
    /// there is nothing to connect to, and no flow says nothing.
    pub(crate) fn flows_that_follow(&self, case: Option<&Case>, row: &SeriesRow) -> Option<FlowEvidence> {
        let theirs = self.leads_to(&row.name);
        if theirs.is_empty() { None } else { self.flows_with(case, row, &theirs) }
    }

    fn flows_with(&self, case: Option<&Case>, row: &SeriesRow, theirs: &BTreeSet<IpAddr>) -> Option<FlowEvidence> {
        let client: Option<IpAddr> = row.client.parse().ok();
        let party = if row.vantage.is_behind_cache() { case.and_then(|c| c.party_of(&row.client)) } else { None };
        let is_ours = |ip: IpAddr| {
            Some(ip) == client
                || party.is_some_and(|p| p.addresses.iter().any(|text| crate::prefix::matches(text, ip).is_some()))
        };
        // A log that keeps the connections of neither side whole cannot say that there were none.
        let own = party.map(|p| p.addresses.as_slice()).unwrap_or_default();
        let ours: Vec<IpAddr> = own.iter().filter_map(|text| text.parse().ok()).chain(client).collect();
        let sees = |kept: &[String]| {
            let keeps = |ip: &IpAddr| kept.iter().any(|text| crate::prefix::matches(text, *ip).is_some());
            kept.is_empty() || theirs.iter().any(keeps) || (!ours.is_empty() && ours.iter().all(keeps))
        };
        let mut coverage: Vec<Interval> =
            self.flow_logs.iter().filter(|(_, kept)| sees(kept)).flat_map(|(c, _)| c.iter().copied()).collect();
        if coverage.is_empty() {
            return None;
        }
        coverage.sort_unstable();
        let mut evidence = FlowEvidence { coverage, ..FlowEvidence::default() };
        let (mut to_mail, mut to_known) = (0u32, 0u32);
        for flow in &self.flows {
            let (Some(src), Some(dst)) = (flow.src, flow.dst) else { continue };
            if is_ours(src) && theirs.contains(&dst) {
                evidence.from_client.push(flow.start);
                to_known += u32::from(flow.dst_port.is_some());
                to_mail += u32::from(flow.dst_port.is_some_and(|port| MAIL_PORTS.contains(&port)));
            } else if is_ours(dst) && theirs.contains(&src) {
                evidence.to_client.push(flow.start);
            }
        }
        evidence.from_client.sort_unstable();
        evidence.mail_ports = (to_known > 0).then(|| f64::from(to_mail) / f64::from(to_known));
        Some(evidence)
    }

    /// Arrivals at the client's mail server from the addresses of its series; none where no mail
    /// log belongs to the client.
    pub(crate) fn mail(&self, case: Option<&Case>, row: &SeriesRow) -> Option<MailEvidence> {
        let theirs = self.addresses_of(&row.name);
        let mut evidence: Option<MailEvidence> = None;
        for (tap, (coverage, host)) in &self.mail_logs {
            if !host.as_deref().is_some_and(|host| belongs(case, host, row)) {
                continue;
            }
            let found = evidence.get_or_insert_default();
            found.coverage.extend(coverage);
            found.arrivals.extend(self.arrivals(tap, &theirs, &row.name));
            found.deliveries.extend(self.deliveries(tap, &theirs, &row.name));
        }
        if let Some(found) = &mut evidence {
            found.coverage.sort_unstable();
            for instants in [&mut found.arrivals, &mut found.deliveries] {
                instants.sort_unstable();
                instants.dedup();
            }
        }
        evidence
    }

    /// Instants at which the host tried to deliver to one of `theirs`, or to somebody at `domain`.
    fn deliveries(&self, tap: &str, theirs: &BTreeSet<IpAddr>, domain: &str) -> Vec<Timestamp> {
        let rows = self.mail.get(tap).map(Vec::as_slice).unwrap_or_default();
        let outbound = [MailKind::Deliver, MailKind::Defer, MailKind::Bounce];
        rows.iter()
            .filter(|r| outbound.contains(&r.kind))
            .filter(|r| r.to_domain == domain || r.peer.is_some_and(|peer| theirs.contains(&peer)))
            .map(|r| r.ts)
            .collect()
    }

    /// Instants at which one of `theirs` arrived, or a message from somebody at `domain`. Some
    /// servers log connections, some only what became of them.
    fn arrivals(&self, tap: &str, theirs: &BTreeSet<IpAddr>, domain: &str) -> Vec<Timestamp> {
        let rows = self.mail.get(tap).map(Vec::as_slice).unwrap_or_default();
        let of_peer = |r: &&MailRow| r.peer.is_some_and(|peer| theirs.contains(&peer));
        let connected = rows.iter().filter(of_peer).any(|r| r.kind == MailKind::Connect);
        let inbound = [MailKind::Accept, MailKind::Reject, MailKind::NameMismatch];
        rows.iter()
            .filter(|r| {
                let by_peer = if connected { r.kind == MailKind::Connect } else { inbound.contains(&r.kind) };
                (by_peer && of_peer(r)) || (inbound.contains(&r.kind) && r.from_domain == domain)
            })
            .map(|r| r.ts)
            .collect()
    }
}

/// True where a mail log's host is the client of the series, or of the same party: a resolver, a
/// forwarder or a second host of the organisation may ask on the mail server's behalf. Whether it
/// does is then for the records to say: matches are weighed against those of chance.
fn belongs(case: Option<&Case>, host: &str, row: &SeriesRow) -> bool {
    let party = |client: &str| case.and_then(|c| c.party_of(client)).map(|p| p.id.as_str());
    host == row.client || (party(host).is_some() && party(host) == party(&row.client))
}

/// Addresses by head of the hosts that MX records of the family name, where the records show what they stand for.
fn mail_hosts(
    rows: &[SeriesRow],
    addresses: &BTreeMap<String, BTreeSet<IpAddr>>,
) -> BTreeMap<String, BTreeSet<IpAddr>> {
    let named: BTreeSet<&str> = rows.iter().flat_map(|row| &row.mail_hosts).map(String::as_str).collect();
    let mut of_host: BTreeMap<&str, BTreeSet<IpAddr>> = BTreeMap::new();
    for row in rows {
        let own = std::iter::once(&row.name).chain(&row.members).map(String::as_str);
        for host in own.filter(|name| named.contains(name)) {
            of_host.entry(host).or_default().extend(addresses.get(&row.name).into_iter().flatten());
        }
    }
    let mut out: BTreeMap<String, BTreeSet<IpAddr>> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.mail_hosts.is_empty()) {
        let known = row.mail_hosts.iter().filter_map(|host| of_host.get(host.as_str()));
        out.entry(row.name.clone()).or_default().extend(known.flatten());
    }
    out
}

/// Of a client's flows, the share that came long after a lookup, at stamps of `grain_s` seconds.
///
/// Lookups of reverse names lead to no connection: who asks what an address is called was connected already, and the
/// flow before each such lookup is not long after the one before.
pub(crate) fn late_share(row: &SeriesRow, from_client: &[Timestamp], grain_s: f64) -> Option<f64> {
    let lookups: Vec<Timestamp> = row.state.events().filter(|e| e.role != Role::Ptr).map(|e| e.ts).collect();
    FlowEvidence::late_share(from_client, &lookups, grain_s)
}

/// Addresses by head: those that reverse names of the family stand for, and those in answers.
fn addresses(rows: &[SeriesRow]) -> BTreeMap<String, BTreeSet<IpAddr>> {
    let mut out: BTreeMap<String, BTreeSet<IpAddr>> = BTreeMap::new();
    for row in rows {
        let known = out.entry(row.name.clone()).or_default();
        known.extend(row.addresses.iter().copied());
        known.extend(row.members.iter().filter_map(|m| Name::parse(m).ok()?.reverse_addr()));
    }
    out
}

#[cfg(test)]
mod tests;
