//! What could have been seen, and what else was seen.

use askance_record::{Resolution, Timestamp, Vantage};

use crate::names::NameStream;
use crate::state::{Role, day_of};

/// What a vantage and its filters could have shown of a series.
///
/// A likelihood is conditional on it: what cannot be shown must weaken a conclusion, never move it.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "six independent facts about a source")]
pub struct Observation {
    /// Where the lookups were seen.
    pub vantage: Vantage,
    /// The roles that the source keeps; `None` where it keeps all.
    pub types_shown: Option<Vec<Role>>,
    /// False where rows bear no type: every lookup is then taken for one of an address, or of a reverse name.
    pub types_known: bool,
    /// False where PTR lookups of the peer cannot appear, as at the forward zone's authoritative server.
    pub ptr_visible: bool,
    /// False where only PTR lookups can appear, as at an in-addr authoritative server.
    pub forward_visible: bool,
    /// False where only names are kept under which no search-suffix variant can lie. It has no weight: what a leak makes
    /// is the variant, and lookups of the name itself are another mechanism's wherever they are kept.
    pub suffix_visible: bool,
    /// When the sensor was up, ascending and disjoint; empty where it is not known (taken as always).
    pub coverage: Vec<(Timestamp, Timestamp)>,
    /// How finely instants were written.
    pub resolution: Resolution,
    /// Whether answer codes were recorded.
    pub responses_visible: bool,
    /// Whether the record says that a cache answered.
    pub cache_visible: bool,
}

impl Observation {
    /// What a vantage shows when nothing is filtered.
    pub const fn new(vantage: Vantage) -> Self {
        Self {
            vantage,
            types_shown: None,
            types_known: true,
            ptr_visible: !matches!(vantage, Vantage::Authoritative),
            forward_visible: true,
            suffix_visible: true,
            coverage: Vec::new(),
            resolution: Resolution::Microsecond,
            responses_visible: true,
            cache_visible: false,
        }
    }

    /// Whether a lookup of this role could have been recorded here.
    pub fn shows(&self, role: Role) -> bool {
        let kept = self.types_shown.as_ref().is_none_or(|kept| kept.contains(&role));
        kept && if role == Role::Ptr { self.ptr_visible } else { self.forward_visible }
    }

    /// Seconds of coverage between two instants.
    pub(crate) fn covered_s(&self, from: Timestamp, to: Timestamp) -> f64 {
        if self.coverage.is_empty() {
            return to.since_s(from).max(0.0);
        }
        self.coverage.iter().map(|&(a, b)| b.min(to).since_s(a.max(from)).max(0.0)).sum()
    }

    /// True where the sensor is known to have been down somewhere between two instants.
    pub(crate) fn is_interrupted(&self, from: Timestamp, to: Timestamp) -> bool {
        !self.coverage.is_empty() && !self.coverage.iter().any(|&(a, b)| a <= from && to <= b)
    }
}

/// What a mail log adds. Instants ascending.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MailEvidence {
    /// When the log covers the client's host.
    pub coverage: Vec<(Timestamp, Timestamp)>,
    /// Connections from an address that the family names, at the client's host or behind the
    /// resolver that is the client.
    pub arrivals: Vec<Timestamp>,
    /// Delivery attempts by the client's host towards the family.
    pub deliveries: Vec<Timestamp>,
}

/// What flow records add. Instants ascending.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FlowEvidence {
    /// When flow records cover the client.
    pub coverage: Vec<(Timestamp, Timestamp)>,
    /// Starts of flows from the client to an address that the name gave.
    pub from_client: Vec<Timestamp>,
    /// Starts of flows from such an address to the client.
    pub to_client: Vec<Timestamp>,
    /// Share of the flows from the client that went to a port where mail servers listen; `None` without a flow whose
    /// port is known.
    pub mail_ports: Option<f64>,
    /// Share of the flows from the client that came long after its last lookup; `None` where there are few.
    pub late: Option<f64>,
}

/// Seconds after a lookup by which a program that asks in order to connect has done so.
const AT_ONCE_S: f64 = 5.0;
/// Flows below which their share says nothing.
const FLOWS_MIN: usize = 4;

impl FlowEvidence {
    /// Of flows from a client, the share that came long after the last lookup: the client keeps what it was told.
    ///
    /// Only flows of days on which there are lookups count, since of a long series whole days may have been left out.
    ///
    /// - `lookups`: those that may lead to a flow, ascending, in steps of `grain_s` seconds
    /// - returns: none for fewer than four flows that follow a lookup
    pub fn late_share(from_client: &[Timestamp], lookups: &[Timestamp], grain_s: f64) -> Option<f64> {
        let last = |flow: &Timestamp| lookups[..lookups.partition_point(|t| t <= flow)].last().copied();
        let waits = from_client.iter().filter_map(|flow| {
            last(flow).filter(|lookup| day_of(*lookup) == day_of(*flow)).map(|lookup| flow.since_s(lookup))
        });
        let waits: Vec<f64> = waits.collect();
        let late = waits.iter().filter(|wait| **wait > AT_ONCE_S + grain_s).count();
        (waits.len() >= FLOWS_MIN).then(|| late as f64 / waits.len() as f64)
    }
}

/// What else is known of the client and the family in the same records.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Population {
    /// Clients that asked for this family.
    pub clients_of_family: Option<u32>,
    /// Clients in the records.
    pub clients_total: Option<u32>,
    /// Families that this client asked for.
    pub families_of_client: Option<u32>,
    /// Median count of other families that this client asked for within the same minute.
    pub same_minute_families: Option<f64>,
    /// Behind a cache: median count of other families that the resolver asked for within the same minute, less
    /// what is usual in a minute of its.
    pub above_usual_families: Option<f64>,
    /// Share of the pairs of families that the client came to within a minute that stand in the
    /// order in which others had come to them before, much further apart.
    pub order_kept: Option<f64>,
    /// Occasions on which others had asked for this client's families before it, each of them once,
    /// as a share of these families: near one, its names are a copy of what others came upon.
    pub asked_before: Option<f64>,
    /// Share of the family's clients that first asked in one short wave, where this client came
    /// with it or after it; zero where it was there before.
    pub new_clients_share: Option<f64>,
}

/// Everything beside the series itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// A mail log of the client's side.
    pub mail: Option<MailEvidence>,
    /// Flow records of the client.
    pub flows: Option<FlowEvidence>,
    /// The population of the same records.
    pub population: Option<Population>,
    /// The TTL that the authoritative server gives the name's records, in seconds.
    pub ttl_s: Option<u32>,
    /// The TTL of the PTR records, in seconds: used where only PTR can be seen.
    pub ptr_ttl_s: Option<u32>,
    /// True where some record shows a PTR that answers with the name: mail and flow logs would
    /// then name its addresses as peers, so that their silence says something. Without it only
    /// what they do show counts.
    pub names_a_peer: bool,
    /// When the same client, at the same tap, asked for the PTR of any peer: it was checking who
    /// connects, and may have checked the message's sender along with it. Ascending.
    pub checks: Vec<Timestamp>,
    /// When the same client, at the same tap, asked for an MX record that names a host of this family. Ascending.
    pub routes: Vec<Timestamp>,
    /// What was counted over names made up as they are asked, where there are any.
    pub names: Option<NameStream>,
    /// When the name became publicly known. Ascending.
    pub published: Vec<Timestamp>,
    /// Half-octave gap histogram of all series of the data set (sum of
    /// [`SeriesState::log_gaps`](crate::state::SeriesState::log_gaps)): sharpens `none` for short series.
    pub pooled_log_gaps: Option<[u32; 42]>,
}

impl Evidence {
    /// What lies between two instants, with an hour to either side; a log that does not cover it is as if absent.
    pub(crate) fn within(&self, from: Timestamp, to: Timestamp) -> Self {
        const MARGIN_US: i64 = 3_600_000_000;
        let (from, to) = (from.plus_us(-MARGIN_US), to.plus_us(MARGIN_US));
        let some =
            |all: &[Timestamp]| -> Vec<Timestamp> { all.iter().copied().filter(|t| (from..=to).contains(t)).collect() };
        // An empty coverage means that all is covered: one that is cut away altogether must not.
        let covered = |all: &[(Timestamp, Timestamp)]| -> Option<Vec<(Timestamp, Timestamp)>> {
            let cut: Vec<_> = all.iter().map(|&(a, b)| (a.max(from), b.min(to))).filter(|(a, b)| a <= b).collect();
            (all.is_empty() || !cut.is_empty()).then_some(cut)
        };
        Self {
            mail: self.mail.as_ref().and_then(|mail| {
                Some(MailEvidence {
                    coverage: covered(&mail.coverage)?,
                    arrivals: some(&mail.arrivals),
                    deliveries: some(&mail.deliveries),
                })
            }),
            flows: self.flows.as_ref().and_then(|flows| {
                let from_client = some(&flows.from_client);
                Some(FlowEvidence {
                    coverage: covered(&flows.coverage)?,
                    mail_ports: flows.mail_ports.filter(|_| !from_client.is_empty()),
                    late: flows.late.filter(|_| !from_client.is_empty()),
                    from_client,
                    to_client: some(&flows.to_client),
                })
            }),
            checks: some(&self.checks),
            routes: some(&self.routes),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_late(flows_s: &[i64], grain_s: f64, wanted: Option<f64>) {
        let at = |s: &[i64]| s.iter().map(|&s| Timestamp::from_s(s)).collect::<Vec<_>>();
        assert_eq!(FlowEvidence::late_share(&at(flows_s), &at(&[1000, 2000]), grain_s), wanted);
    }

    #[test]
    fn connections_long_after_a_lookup_are_late() {
        check_late(&[1001, 1002, 2000, 2005], 0.0, Some(0.0));
        check_late(&[1001, 1500, 1900, 2001], 0.0, Some(0.5));
        // A stamp of a minute may be that much before the lookup.
        check_late(&[1030, 1040, 2050, 2066], 60.0, Some(0.25));
        // Before any lookup, on another day, too few: nothing is known of them.
        check_late(&[10, 20, 1001, 1002, 2001], 0.0, None);
        check_late(&[1001, 1002, 2001, 90_000], 0.0, None);
    }
}
