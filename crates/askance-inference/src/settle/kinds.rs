//! Kinds of records that may be missing, and what each tells apart by rule.

use core::fmt;

use askance_record::{Resolution, Vantage};

use super::Settle;
use super::matched::Matched;
use crate::attribute::Attributor;
use crate::mechanism::{Family, MechanismId as M};
use crate::observe::{Evidence, Observation};
use crate::simulate::Kept;
use crate::state::Role;

/// A kind of record that would help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// Queries at the name servers of the address's reverse zone.
    ReverseZoneLog,
    /// Queries between clients and their resolver.
    ResolverClientLog,
    /// Mail log of the client's side.
    MailLog,
    /// Flow records of the client's network.
    FlowRecords,
    /// The TTL that the zone gave.
    ZoneTtl,
    /// Time stamps to the millisecond.
    FinerStamps,
    /// The other names that the client asked for in the same minutes.
    SameMinuteNames,
    /// The same log for twice as long.
    TwiceTheSpan,
    /// The same log for four times as long.
    FourTimesTheSpan,
}

impl RecordKind {
    /// All kinds; where they are worth the same, the first is named first.
    pub const ALL: [Self; 9] = [
        Self::MailLog,
        Self::ReverseZoneLog,
        Self::ResolverClientLog,
        Self::FlowRecords,
        Self::SameMinuteNames,
        Self::ZoneTtl,
        Self::FinerStamps,
        Self::TwiceTheSpan,
        Self::FourTimesTheSpan,
    ];

    /// The stable identifier.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReverseZoneLog => "reverse-zone-log",
            Self::ResolverClientLog => "resolver-client-log",
            Self::MailLog => "mail-log",
            Self::FlowRecords => "flow-records",
            Self::ZoneTtl => "zone-ttl",
            Self::FinerStamps => "finer-time-stamps",
            Self::SameMinuteNames => "same-minute-names",
            Self::TwiceTheSpan => "twice-the-span",
            Self::FourTimesTheSpan => "four-times-the-span",
        }
    }

    /// What to ask for.
    pub const fn record(self) -> &'static str {
        match self {
            Self::ReverseZoneLog => "query log of the in-addr.arpa zone of the address (kept by the address's owner)",
            Self::ResolverClientLog => "query log between the clients and their resolver, for the same days",
            Self::MailLog => "mail log of the client's receiving and sending hosts",
            Self::FlowRecords => "flow records between the client's network and the addresses of the name",
            Self::ZoneTtl => "the TTL that the zone gave at the time",
            Self::FinerStamps => "time stamps to the millisecond",
            Self::SameMinuteNames => "the other names that the client asked for in the same minutes",
            Self::TwiceTheSpan => "the same log for twice as long",
            Self::FourTimesTheSpan => "the same log for four times as long",
        }
    }

    /// What it would show.
    pub const fn why(self) -> &'static str {
        match self {
            Self::ReverseZoneLog => "a check of a mail sender usually asks PTR first; other uses of the name seldom do",
            Self::ResolverClientLog => {
                "shows which host asked, every lookup instead of cache misses, and PTR, MX and TXT beside A"
            }
            Self::MailLog => {
                "a check usually comes within seconds of a connection; a retry comes with a delivery attempt"
            }
            Self::FlowRecords => "a check or a firewall object seldom connects; people and beacons do",
            Self::ZoneTtl => "refreshes and firewall objects keep to the TTL; polls keep to their own period",
            Self::FinerStamps => "order and distance inside a session show which program asks",
            Self::SameMinuteNames => {
                "a scan of stored mail or a crawler asks for many names at once; a replay comes from new resolvers"
            }
            Self::TwiceTheSpan | Self::FourTimesTheSpan => {
                "a working week, a clock and a retry schedule differ in shape, which few lookups do not show"
            }
        }
    }

    /// True where the source and what goes with it lack such a record.
    pub(crate) fn is_missing(self, given: &Observation, evidence: &Evidence, ttl_s: Option<u32>) -> bool {
        match self {
            Self::ReverseZoneLog => !given.shows(Role::Ptr),
            Self::ResolverClientLog => given.vantage.is_behind_cache(),
            Self::MailLog => evidence.mail.is_none(),
            Self::FlowRecords => evidence.flows.is_none(),
            Self::ZoneTtl => ttl_s.is_none(),
            Self::FinerStamps => given.resolution > Resolution::Millisecond,
            // Behind a cache a client is a crowd: its other names are those of all.
            Self::SameMinuteNames => {
                !given.vantage.is_behind_cache() && evidence.population.is_none_or(|p| p.same_minute_families.is_none())
            }
            Self::TwiceTheSpan | Self::FourTimesTheSpan => true,
        }
    }

    /// What could be seen with it.
    pub(super) fn seen_with(self, given: &Observation) -> Observation {
        let mut seen = given.clone();
        match self {
            Self::ReverseZoneLog => {
                seen.ptr_visible = true;
                if let Some(kept) = &mut seen.types_shown {
                    kept.push(Role::Ptr);
                }
            }
            Self::ResolverClientLog => {
                let coverage = core::mem::take(&mut seen.coverage);
                seen = Observation { coverage, ..Observation::new(Vantage::ResolverClient) };
            }
            Self::FinerStamps => seen.resolution = Resolution::Millisecond,
            _ => {}
        }
        seen
    }

    /// True where it shows other lookups than the series' own vantage, or shows them otherwise.
    pub(super) const fn changes_lookups(self) -> bool {
        matches!(self, Self::ReverseZoneLog | Self::ResolverClientLog | Self::ZoneTtl | Self::FinerStamps)
    }

    /// The mechanism under the vantage that has it.
    pub(super) fn through(self, matched: &Matched, view: &Attributor) -> Matched {
        let mut out = matched.clone();
        out.given.observation = view.given.clone();
        self.keep(&mut out.around.kept);
        out
    }

    /// Notes that it is kept.
    pub(super) const fn keep(self, kept: &mut Kept) {
        match self {
            Self::MailLog => kept.mail = true,
            Self::FlowRecords => kept.flows = true,
            Self::SameMinuteNames | Self::ResolverClientLog => kept.company = true,
            Self::ZoneTtl => kept.ttl = true,
            _ => {}
        }
    }

    /// True where it tells `a` from `b` by the way in which they work.
    fn tells(self, a: M, b: M) -> bool {
        match self {
            Self::ReverseZoneLog => checks_peer(a) && !checks_peer(b),
            Self::ResolverClientLog => (a, b) != (M::ScheduledPoll, M::Beacon),
            Self::MailLog => a.family() == Family::Mail && b.family() != Family::Mail || a == M::DeliveryRetry,
            Self::FlowRecords => connects(a) && !connects(b) || a == M::Beacon,
            Self::ZoneTtl => follows_ttl(a) != follows_ttl(b),
            Self::SameMinuteNames => third_party(a) && !third_party(b),
            Self::FinerStamps | Self::TwiceTheSpan | Self::FourTimesTheSpan => true,
        }
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The records that would separate members of `set` by the way in which the mechanisms work, without
/// a number: those that tell most pairs apart first.
pub(crate) fn by_rule(set: &[M], given: &Observation, evidence: &Evidence, ttl_s: Option<u32>) -> Vec<Settle> {
    let missing = |kind: &RecordKind| *kind != RecordKind::TwiceTheSpan && kind.is_missing(given, evidence, ttl_s);
    let mut out: Vec<Settle> = RecordKind::ALL
        .into_iter()
        .filter(missing)
        .map(|kind| {
            let tells = |&(a, b): &(M, M)| kind.tells(a, b) || kind.tells(b, a);
            Settle { kind, separates: pairs(set).filter(tells).collect(), expected: None }
        })
        .filter(|s| !s.separates.is_empty())
        .collect();
    out.sort_by_key(|s| core::cmp::Reverse(s.separates.len()));
    out
}

/// All pairs of a set, in its order.
pub(super) fn pairs(set: &[M]) -> impl Iterator<Item = (M, M)> {
    set.iter().enumerate().flat_map(|(k, &a)| set[k + 1..].iter().map(move |&b| (a, b)))
}

const fn checks_peer(m: M) -> bool {
    matches!(m, M::SenderVerification | M::MailAuthentication)
}

const fn connects(m: M) -> bool {
    matches!(m, M::HumanUse | M::Beacon | M::DeliveryRetry | M::Crawler | M::Publicity)
}

const fn follows_ttl(m: M) -> bool {
    matches!(m, M::CacheRefresh | M::FirewallObject)
}

const fn third_party(m: M) -> bool {
    matches!(m, M::StoredMailRescan | M::Crawler | M::Replay | M::Publicity)
}
