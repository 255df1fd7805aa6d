//! Lookups and connections.

use askance_inference::claims::lookup_implies_connection;
use askance_inference::state::Role;
use askance_record::Timestamp;

use crate::assemble::Working;
use crate::json::{ConnectionRow, Series};
use crate::records::SeriesRow;

/// One row for each series about a subject.
pub(crate) fn connections(working: &Working<'_>) -> Vec<ConnectionRow> {
    working.about_subjects().map(|(row, series)| connection(working, row, series)).collect()
}

/// Lookups of one series and what followed them.
pub(crate) fn connection(working: &Working<'_>, row: &SeriesRow, series: &Series) -> ConnectionRow {
    let mut out = ConnectionRow {
        source: row.tap.clone(),
        client: row.client.clone(),
        party: series.party.clone(),
        name: row.name.clone(),
        best: series.best.clone(),
        ..ConnectionRow::default()
    };
    let Some(flows) = working.attributor.evidence.flows(Some(working.case), row) else {
        "no flow log is among the sources".clone_into(&mut out.not_assessable);
        return out;
    };
    out.flows_to = flows.from_client.len() as u64;
    out.flows_from = flows.to_client.len() as u64;
    if row.vantage.is_behind_cache() && row.client.parse::<std::net::IpAddr>().is_ok() && series.party.is_empty() {
        "the client is a resolver, and the case does not say whose hosts stand behind it"
            .clone_into(&mut out.not_assessable);
        return out;
    }
    if row.qtypes.iter().all(|t| t == "PTR") {
        "only reverse names were asked for here; nobody connects to a reverse name".clone_into(&mut out.not_assessable);
        return out;
    }
    let lookups: Vec<Timestamp> =
        row.state.events().filter(|e| matches!(e.role, Role::A | Role::Aaaa)).map(|e| e.ts).collect();
    let ttl_s = working.attributor.ttl_s(row).unwrap_or(0);
    let Some(found) = lookup_implies_connection(&lookups, &flows.from_client, ttl_s, &flows.coverage) else {
        "no lookup falls inside the flow log's coverage".clone_into(&mut out.not_assessable);
        return out;
    };
    out.lookups = found.lookups;
    out.followed = found.connected;
    out.p = found.flow_given_lookup.share;
    (out.p_lo, out.p_hi) = found.flow_given_lookup.interval;
    out.chance = found.chance.unwrap_or(0.0);
    out.p_lookup_given_flow = (found.flows > 0).then_some(found.lookup_given_flow.share);
    out.window_s = found.window_s;
    out
}
