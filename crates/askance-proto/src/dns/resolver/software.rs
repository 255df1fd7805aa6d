//! What tells one resolver program from another: the figures behind their query patterns.

use askance_record::{Name, RrType};

use crate::dns::cache::LastSecond;

/// A resolver program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Software {
    /// Unbound 1.17, as Debian 12 has it.
    Unbound,
    /// BIND 9.18, as Debian 12 has it.
    Bind,
}

impl Software {
    pub(super) const fn last_second(self) -> LastSecond {
        match self {
            Self::Unbound => LastSecond::Served,
            Self::Bind => LastSecond::Missed,
        }
    }

    /// How long a failed lookup is answered from memory: Unbound's `NORR_TTL`, BIND's `servfail-ttl`.
    pub(super) const fn failure_ttl_s(self) -> u32 {
        match self {
            Self::Unbound => 5,
            Self::Bind => 1,
        }
    }

    /// TTL of a negative answer that came without SOA: Unbound's `NORR_TTL`; BIND does not keep it (RFC 2308 §5).
    pub(super) const fn unsigned_negative_ttl_s(self) -> u32 {
        match self {
            Self::Unbound => 5,
            Self::Bind => 0,
        }
    }

    /// The type under which an NXDOMAIN is kept. BIND keeps it for all types of the name; Unbound keeps whole
    /// messages, so that AAAA and A of a missing name are two lookups (its `harden-below-nxdomain` needs DNSSEC).
    pub(super) const fn nxdomain_type(self, qtype: RrType) -> RrType {
        match self {
            Self::Unbound => qtype,
            Self::Bind => RrType::ANY,
        }
    }

    /// How often one server is asked for one thing: Unbound's `OUTBOUND_MSG_RETRY`. BIND drops a server at its first
    /// error and goes round the silent ones until its time is up.
    pub(super) const fn tries_per_server(self) -> u8 {
        match self {
            Self::Unbound => 5,
            Self::Bind => 20,
        }
    }

    /// True where an error drops the server for this lookup.
    pub(super) const fn is_dropped_at_error(self) -> bool {
        matches!(self, Self::Bind)
    }

    /// How long one lookup may take, in microseconds: BIND's `resolver-query-timeout`; Unbound has no such clock,
    /// its tries run out within a minute.
    pub(super) const fn patience_us(self) -> i64 {
        match self {
            Self::Unbound => 60_000_000,
            Self::Bind => 10_000_000,
        }
    }

    /// The type that minimised queries ask for: Unbound A, BIND 9.18 NS (older BINDs asked A of `_.` and the name).
    pub(super) const fn probe_type(self) -> RrType {
        match self {
            Self::Unbound => RrType::A,
            Self::Bind => RrType::NS,
        }
    }

    /// The first minimised exposure below a zone.
    pub(super) fn first_exposure(self, zone: &Name, name: &Name, qtype: RrType) -> Exposure {
        let labels = zone.labels().count();
        Exposure::Labels { labels, steps: 0 }.next(self, name, qtype)
    }
}

/// Whether an `RRset` that BIND is asked for is fetched anew: with 2 s left of a TTL of at least 9 s (`prefetch 2 9`).
pub(super) const fn is_bind_prefetch_due(ttl_s: u32, remaining_s: u32) -> bool {
    ttl_s >= 9 && remaining_s <= 2
}

/// How much of a name the servers of a zone are shown (RFC 9156).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exposure {
    /// Its last labels, with the type of probes.
    Labels {
        /// How many.
        labels: usize,
        /// How many queries the exposure took so far in this zone.
        steps: usize,
    },
    /// All of it, with the type asked for.
    Full,
}

impl Exposure {
    /// The exposure after a probe that brought no referral.
    ///
    /// Unbound adds a label at a time, larger steps after the fourth query of a name of more than ten labels, and
    /// hides the type of the whole name behind an A query first. BIND stops at one label short, and shows all of a
    /// name beyond seven labels.
    ///
    /// # Source
    /// Unbound `iterator.c` (`MAX_MINIMISE_COUNT` 10, `MINIMISE_ONE_LAB` 4), BIND `resolver.c` (`DNS_QMIN_MAXLABELS` 7).
    pub(super) fn next(self, software: Software, name: &Name, qtype: RrType) -> Self {
        let Self::Labels { labels, steps } = self else { return Self::Full };
        let total = name.labels().count();
        let (step, last) = match software {
            Software::Unbound => {
                let is_shown = matches!(qtype, RrType::A | RrType::DS);
                let is_long = total > 10 && steps > 4;
                let step = if is_long { total.saturating_sub(5) / 6 } else { 1 };
                (step.max(1), if is_shown { total.saturating_sub(1) } else { total })
            }
            Software::Bind => (1, total.saturating_sub(1).min(7)),
        };
        let shown = labels + step;
        if labels >= last {
            return Self::Full;
        }
        Self::Labels { labels: shown.min(last), steps: steps + 1 }
    }

    /// The question that this exposure asks.
    pub(super) fn question(self, software: Software, name: &Name, qtype: RrType) -> (Name, RrType) {
        match self {
            Self::Full => (name.clone(), qtype),
            Self::Labels { labels, .. } => (super::store::last_labels(name, labels), software.probe_type()),
        }
    }
}
