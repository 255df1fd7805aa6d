//! What every test of a claim answers with: a verdict, its conditions, numbers with intervals.

/// A number with its central 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its 95 % interval, lower end first; an end may be infinite.
    pub interval: (f64, f64),
}

/// What the records say of a claim, before other tests and statements are weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The records speak for it: p at most 0.01, or a likelihood ratio of at least 10.
    Supported,
    /// They speak for it, a little: p at most 0.05, a ratio of at least 2, or a weakness in the conditions.
    WeaklySupported,
    /// They would look much the same if it were false.
    DoesNotDiscriminate,
    /// They speak against it.
    Contradicted,
    /// A condition without which the test means nothing does not hold.
    CannotBeTested,
}

impl Verdict {
    /// The words of the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::WeaklySupported => "weakly supported",
            Self::DoesNotDiscriminate => "does not discriminate",
            Self::Contradicted => "contradicted",
            Self::CannotBeTested => "cannot be tested with these records",
        }
    }

    /// From a p-value of the claim against chance.
    pub(crate) fn of_p(p: f64) -> Self {
        match p {
            p if p <= 0.01 => Self::Supported,
            p if p <= 0.05 => Self::WeaklySupported,
            _ => Self::DoesNotDiscriminate,
        }
    }

    /// From a likelihood ratio of the claim against its stated alternative, in bans.
    pub fn of_log10_lr(log10_lr: f64) -> Self {
        match log10_lr {
            lr if lr >= 1.0 => Self::Supported,
            lr if lr >= core::f64::consts::LOG10_2 => Self::WeaklySupported,
            lr if lr > -core::f64::consts::LOG10_2 => Self::DoesNotDiscriminate,
            _ => Self::Contradicted,
        }
    }

    /// The same under these conditions: a veto ends it, any other that fails leaves at most weak support.
    pub(crate) fn under(self, checks: &[Checked]) -> Self {
        if checks.iter().any(|c| c.vetoes && !c.holds) {
            return Self::CannotBeTested;
        }
        match self {
            Self::Supported if checks.iter().any(|c| !c.holds) => Self::WeaklySupported,
            other => other,
        }
    }
}

/// A condition of a test, with what was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checked {
    /// Which.
    pub what: Condition,
    /// Whether it holds.
    pub holds: bool,
    /// Whether nothing can be said where it does not hold.
    pub vetoes: bool,
    /// What was found, in the condition's unit; 1 or 0 where it is yes or no.
    pub found: f64,
    /// What is wanted: at least this, or 1.
    pub wanted: f64,
}

impl Checked {
    pub(crate) fn at_least(what: Condition, found: f64, wanted: f64) -> Self {
        Self { what, holds: found >= wanted, vetoes: what.vetoes(), found, wanted }
    }

    pub(crate) fn yes(what: Condition, holds: bool) -> Self {
        Self { what, holds, vetoes: what.vetoes(), found: f64::from(u8::from(holds)), wanted: 1.0 }
    }
}

macro_rules! conditions {
    ($($(#[doc = $doc:literal])+ $name:ident, $word:literal, $vetoes:literal;)+) => {
        /// A condition that some test needs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Condition {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Condition {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Its stable name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// What it asks for, in a sentence.
            pub fn about(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)+ }
            }

            /// Whether nothing can be said without it.
            pub fn vetoes(self) -> bool {
                match self { $(Self::$name => $vetoes,)+ }
            }
        }
    };
}

conditions! {
    /// The records cover enough weeks (found, wanted: weeks).
    CoveredWeeks, "covered-weeks", true;
    /// The records span a stretch of time that can be counted by days (at most 100 years).
    SpanUsable, "span-usable", true;
    /// Enough lookups lie inside what the records cover (found, wanted: lookups).
    LookupsInside, "lookups-inside", true;
    /// Most events lie inside what the records cover, with enough weeks to compare (found, wanted: share).
    EventsInside, "events-inside", true;
    /// There are enough events to speak of a habit (found, wanted: events).
    EventsEnough, "events-enough", false;
    /// The events' times are known more finely than the shortest window.
    TimesKnown, "times-known", false;
    /// What is tested was named before the records were looked at.
    NamedBeforehand, "named-beforehand", false;
    /// Random lists of the same source rarely do as well as the claimed one.
    RareAmongLists, "rare-among-lists", false;
    /// When the records were kept is declared, not guessed from the first and last row.
    CoverageDeclared, "coverage-declared", true;
    /// The records reach far enough back for a baseline (found, wanted: weeks).
    Baseline, "baseline", true;
    /// The records reach far enough beyond the claimed beginning (found, wanted: weeks).
    Aftermath, "aftermath", true;
    /// Subject and comparators were under the same operator or contract in their periods.
    SameContract, "same-contract", true;
    /// They were seen from the same vantages.
    SameVantage, "same-vantage", true;
    /// They were covered alike (found: the ratio furthest from one; wanted: within a tenth of it).
    SameCoverage, "same-coverage", true;
    /// Their answers had the same TTL, or demand is compared in place of lookups.
    SameTtl, "same-ttl", true;
    /// Their names have the same role, such as a sending host.
    SameRole, "same-role", true;
    /// Each was observed for long enough (found, wanted: days).
    Exposure, "exposure", true;
    /// There are enough comparators; one is an anecdote (found, wanted: comparators).
    Comparators, "comparators", false;
    /// Counts are known by period, so that their scatter is known (found, wanted: periods of each).
    PeriodsKnown, "periods-known", false;
    /// Which came first is known.
    OrderKnown, "order-known", true;
    /// No rival cause explains it as well.
    NoRival, "no-rival", false;
    /// Enough siblings gave an answer (found, wanted: siblings).
    Siblings, "siblings", true;
    /// The subject gave an answer.
    SubjectAnswered, "subject-answered", true;
    /// It was asked from more than one source address, so that a choice of clients can show (found, wanted: sources).
    TwoSources, "two-sources", true;
    /// The answers' TTL is known and not zero.
    TtlKnown, "ttl-known", true;
    /// Both addresses have lookups (found, wanted: lookups of the one with fewer).
    BothAsk, "both-ask", true;
    /// The record that would show it is there.
    RecordPresent, "record-present", true;
    /// Demand behind the cache is identifiable.
    DemandIdentifiable, "demand-identifiable", true;
    /// The role that the claim speaks of is named by a record that the case cites.
    RoleKnown, "role-known", true;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_veto_ends_it_and_a_weakness_weakens_it() {
        let veto = |holds| Checked::yes(Condition::CoveredWeeks, holds);
        let soft = |holds| Checked::yes(Condition::EventsEnough, holds);
        let check = |p: f64, checks: &[Checked]| Verdict::of_p(p).under(checks);
        assert_eq!(check(0.001, &[veto(true), soft(true)]), Verdict::Supported);
        assert_eq!(check(0.001, &[veto(true), soft(false)]), Verdict::WeaklySupported);
        assert_eq!(check(0.001, &[veto(false), soft(true)]), Verdict::CannotBeTested);
        assert_eq!(check(0.04, &[]), Verdict::WeaklySupported);
        assert_eq!(check(0.06, &[]), Verdict::DoesNotDiscriminate);
        assert_eq!(Verdict::of_log10_lr(0.0), Verdict::DoesNotDiscriminate);
        assert_eq!(Verdict::of_log10_lr(-0.5), Verdict::Contradicted);
    }

    #[test]
    fn names_differ_and_are_plain() {
        let mut names: Vec<&str> = Condition::ALL.iter().map(|c| c.as_str()).collect();
        assert!(names.iter().all(|n| n.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')), "{names:?}");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Condition::ALL.len());
        assert!(Condition::ALL.iter().all(|c| c.about().ends_with(['.', ')'])));
    }
}
