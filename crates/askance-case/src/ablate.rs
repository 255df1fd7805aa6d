//! The same records with something taken away.
//!
//! An ablation shows what an answer rests on. It changes the records and, in the same breath, what
//! their sources are said to show: what is taken away on purpose must weaken a conclusion, never
//! move it to another mechanism. Where the observation model has no word for what was taken (loss of
//! single lookups, a wrong TTL) nothing can be declared, and that is part of the trial.

#[cfg(test)]
mod tests;
mod transform;

use core::fmt;
use core::str::FromStr;

use askance_inference::Calibration;
use askance_inference::calibration::{Temper, TemperLaw};

use crate::{CaseRecords, SourceView};

/// The window in which a passive sensor writes an equal answer once, seconds: one hour, ours.
pub(crate) const DEDUP_S: u32 = 3600;

/// What is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ablation {
    /// All types but A.
    AOnly,
    /// PTR lookups, as at the servers of the forward zone.
    ForwardOnly,
    /// TTLs.
    NoTtl,
    /// Nothing; every TTL is twice what it was.
    TtlDouble,
    /// Parts of a minute.
    Minute,
    /// Parts of an hour.
    Hour,
    /// This many per cent of lookups, by lot.
    Loss(u8),
    /// Repeated answers within an hour, as a passive sensor drops them.
    Dedup,
    /// All but the first days.
    Days(u8),
    /// The first day.
    NoFirstDay,
    /// The difference between this many clients: they stand behind one address.
    Merge(u8),
    /// Mail logs and flows.
    NoEvidence,
    /// The model that fits anything.
    NoM0,
    /// Tempering.
    NoTemper,
}

impl Ablation {
    /// The kinds that `--ablate all` runs.
    pub const ALL: [Self; 19] = [
        Self::AOnly,
        Self::ForwardOnly,
        Self::NoTtl,
        Self::TtlDouble,
        Self::Minute,
        Self::Hour,
        Self::Loss(10),
        Self::Loss(50),
        Self::Loss(90),
        Self::Dedup,
        Self::Days(1),
        Self::Days(3),
        Self::Days(7),
        Self::Days(14),
        Self::NoFirstDay,
        Self::Merge(2),
        Self::NoEvidence,
        Self::NoM0,
        Self::NoTemper,
    ];

    /// How the kinds are written, for help.
    pub const KINDS: &str = "a-only, forward-only, no-ttl, ttl-double, minute, hour, loss-10|50|90, dedup, \
        days-1|3|7|14, no-first-day, merge-2..20, no-evidence, no-m0, no-temper, all";

    /// What is taken away, in words.
    pub fn words(self) -> String {
        match self {
            Self::AOnly => "only A records".to_owned(),
            Self::ForwardOnly => "no PTR lookups".to_owned(),
            Self::NoTtl => "no TTLs".to_owned(),
            Self::TtlDouble => "TTLs twice as long as they are".to_owned(),
            Self::Minute => "times to the minute".to_owned(),
            Self::Hour => "times to the hour".to_owned(),
            Self::Loss(percent) => format!("{percent} % of lookups lost"),
            Self::Dedup => "repeats within an hour dropped".to_owned(),
            Self::Days(1) => "only the first day".to_owned(),
            Self::Days(days) => format!("only the first {days} days"),
            Self::NoFirstDay => "without the first day".to_owned(),
            Self::Merge(clients) => format!("{clients} clients behind one address"),
            Self::NoEvidence => "no mail logs, no flows".to_owned(),
            Self::NoM0 => "without the model that fits anything".to_owned(),
            Self::NoTemper => "without tempering".to_owned(),
        }
    }

    /// The calibration under which the records are attributed.
    pub(crate) fn calibration(self) -> Calibration {
        let mut calibration = Calibration::embedded().clone();
        if self == Self::NoTemper {
            let law = TemperLaw { alpha: 0.0, beta: 0.0, most: 1.0 };
            let none = Temper { time: law, marks: law, cross: law };
            (calibration.direct.temper, calibration.cached.temper) = (none, none);
        }
        calibration
    }

    /// The records without what is taken away, and what their sources still show.
    pub fn apply(self, records: &CaseRecords, views: &[SourceView]) -> Ablated {
        transform::apply(self, records, views)
    }
}

/// Records with something taken away.
#[derive(Clone, Debug, Default)]
pub struct Ablated {
    /// The records; series of which nothing is left are gone.
    pub records: CaseRecords,
    /// What their sources show.
    pub views: Vec<SourceView>,
    /// The rows of the whole records that each series was made from.
    pub from: Vec<Vec<usize>>,
}

impl fmt::Display for Ablation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::AOnly => "a-only",
            Self::ForwardOnly => "forward-only",
            Self::NoTtl => "no-ttl",
            Self::TtlDouble => "ttl-double",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Loss(percent) => return f.pad(&format!("loss-{percent}")),
            Self::Dedup => "dedup",
            Self::Days(days) => return f.pad(&format!("days-{days}")),
            Self::NoFirstDay => "no-first-day",
            Self::Merge(clients) => return f.pad(&format!("merge-{clients}")),
            Self::NoEvidence => "no-evidence",
            Self::NoM0 => "no-m0",
            Self::NoTemper => "no-temper",
        };
        f.pad(text)
    }
}

impl FromStr for Ablation {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = |prefix: &str| text.strip_prefix(prefix).and_then(|n| n.parse::<u8>().ok());
        if let Some(percent) = number("loss-").filter(|p| (1..=99).contains(p)) {
            return Ok(Self::Loss(percent));
        }
        if let Some(days) = number("days-").filter(|d| *d >= 1) {
            return Ok(Self::Days(days));
        }
        if let Some(clients) = number("merge-").filter(|c| (2..=20).contains(c)) {
            return Ok(Self::Merge(clients));
        }
        Self::ALL.into_iter().find(|a| a.to_string() == text).ok_or(())
    }
}
