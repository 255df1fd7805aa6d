//! The case file: `case.toml`, read strictly.
//!
//! Unknown keys are errors that show the line and the nearest known key: a
//! misspelt `covers` must not turn a checked coverage into an unchecked one.

mod source;

pub use source::{Keeps, MapSpec, SourceKind, SourceSpec};

use std::collections::BTreeSet;

use askance_record::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{CaseError, moment::Moment};

/// The schema that this program reads.
pub(crate) const CASE_SCHEMA: &str = "askance.case/1";

/// A case: a question, its sources, and what people say about it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// `askance.case/1`.
    pub schema: String,
    /// The title.
    pub title: String,
    /// The question.
    pub question: String,
    /// The names asked about.
    #[serde(default)]
    pub subjects: Vec<String>,
    /// IANA zone in which local times are shown.
    #[serde(default = "utc")]
    pub display_zone: String,
    /// Records.
    #[serde(default, rename = "source")]
    pub sources: Vec<SourceSpec>,
    /// People and organisations.
    #[serde(default, rename = "party")]
    pub parties: Vec<PartySpec>,
    /// Dated, attributed statements.
    #[serde(default, rename = "statement")]
    pub statements: Vec<StatementSpec>,
    /// What happened when.
    #[serde(default, rename = "event")]
    pub events: Vec<EventSpec>,
    /// Names to compare with; a subject may stand among them, for its own role and contract.
    #[serde(default, rename = "peer")]
    pub peers: Vec<PeerSpec>,
    /// Claims and how to test them.
    #[serde(default, rename = "claim")]
    pub claims: Vec<ClaimSpec>,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// A person or organisation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartySpec {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its roles: never one "owner".
    #[serde(default)]
    pub roles: Vec<String>,
    /// Addresses and prefixes that are its own.
    #[serde(default)]
    pub addresses: Vec<String>,
    /// Where its roles are recorded.
    #[serde(default)]
    pub source: String,
}

/// A dated, attributed statement.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementSpec {
    /// Its id.
    #[serde(default)]
    pub id: String,
    /// Who said it.
    pub who: String,
    /// When.
    #[serde(default)]
    pub said_at: Moment,
    /// About what.
    #[serde(default)]
    pub about: String,
    /// What was said: verbatim, with brackets around what was put in, unless `paraphrase`.
    pub text: String,
    /// True where `text` is the editors' wording of what was said.
    #[serde(default)]
    pub paraphrase: bool,
    /// Where it is recorded.
    #[serde(default)]
    pub source: String,
}

/// Something that happened, with the interval in which it must have been.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventSpec {
    /// Its id.
    pub id: String,
    /// What.
    pub what: String,
    /// The earliest it can have been.
    pub not_before: Moment,
    /// The latest it can have been.
    pub not_after: Moment,
    /// Where it is recorded.
    #[serde(default)]
    pub source: String,
    /// The claim from whose own words its time is taken: of that claim it proves nothing.
    #[serde(default)]
    pub dated_by: Option<String>,
}

/// A name to compare with.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerSpec {
    /// The name.
    pub name: String,
    /// Why it is a peer.
    #[serde(default)]
    pub why: String,
    /// What the name is for, such as `sending host`.
    #[serde(default)]
    pub role: String,
    /// Who ran it, and in which period: without it nothing is compared.
    #[serde(default)]
    pub operator: String,
    /// See `operator`.
    #[serde(default)]
    pub contract: Option<[Moment; 2]>,
}

/// A claim and how to test it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimSpec {
    /// Its id.
    pub id: String,
    /// The claim: verbatim, with brackets around what was put in, unless `paraphrase`.
    pub text: String,
    /// True where `text` is the editors' wording of the claim.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub paraphrase: bool,
    /// Who makes it.
    #[serde(default)]
    pub by: String,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said_at: Option<Moment>,
    /// Where it is recorded.
    #[serde(default)]
    pub source: String,
    /// Its tests.
    #[serde(default, rename = "test")]
    pub tests: Vec<TestSpec>,
}

/// One test of a claim. Which keys it needs depends on its kind.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TestSpec {
    /// What is tested.
    pub kind: TestKind,
    /// The source that it is tested on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Another source that saw the same lookups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_source: Option<String>,
    /// The name that it is about; the case's first subject where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Clients that the claim names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<String>,
    /// The period that the claim names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<[Moment; 2]>,
    /// Peers that the claim names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub with: Vec<String>,
    /// Events that the claim names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// Events that may have been the cause instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rivals: Vec<String>,
    /// All events of the list from which those of the claim were taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_from: Vec<String>,
    /// How often acts like the second event happen anyway, a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<f64>,
    /// How many variants were tried, or would have been told as well; 1 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variants: Option<u32>,
    /// True where what is tested was found by looking through an unknown number of names, hosts or times.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub variants_unknown: bool,
    /// Whether what is tested was chosen before the records were looked at; not known to be so where absent.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub chosen_beforehand: bool,
    /// Offsets from UTC, in hours, of the working hours that the claim speaks of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offsets_h: Vec<i8>,
    /// Whether the claim speaks of a person, rather than of hours.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub person: bool,
    /// The TTL to reckon with where no answer shows one, seconds; an assumption, said as such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assumed_ttl_s: Option<u32>,
    /// The role that the claim speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The mechanism that the claim speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mechanism: Option<String>,
    /// The party that the claim speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<String>,
    /// The setting that the claim speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feature: Option<String>,
    /// Statements that the claim rests on or contradicts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<String>,
    /// Shares that others stated, to lay beside what the records give.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stated: Vec<StatedShare>,
    /// The share that the claim needs, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Who set `at_least`, where the claim itself names no share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least_by: Option<String>,
}

/// A share that somebody stated.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StatedShare {
    /// The share, 0 to 1.
    pub share: f64,
    /// Digits after the point as it was printed in percent: what rounding can hide.
    #[serde(default)]
    pub digits: u8,
    /// Who stated it, when.
    pub by: String,
    /// Of which clients and which time, as far as it was said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub of: String,
}

/// What a claim test looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestKind {
    /// A few clients make nearly all lookups.
    Concentration,
    /// Whoever looks a name up connects to it.
    LookupImpliesConnection,
    /// Clients that looked a name up connected to its host.
    Connected,
    /// Nobody who looked a name up connected to its host.
    NeverConnected,
    /// A statement was made; nothing in the records can test it.
    Statement,
    /// Lookups came about in a certain way.
    Mechanism,
    /// Two addresses are one client, or two.
    OneClientOrTwo,
    /// People make the lookups, in the working hours of a time zone.
    Rhythm,
    /// A name differs from its peers.
    Cohort,
    /// A name's configuration is unusual.
    #[serde(alias = "posture")]
    ConfigurationIsOdd,
    /// A host takes mail from a chosen few only.
    #[serde(alias = "survey")]
    AcceptsOnlyFrom,
    /// The records are complete, or were cut.
    Complete,
    /// Who has which role.
    ControlledBy,
    /// One side reacted to the other.
    Reaction,
    /// A client was the first to ask a name.
    FirstMover,
    /// Lookups increased.
    Rise,
    /// The rate of lookups changed at some time.
    Change,
    /// Lookups follow events.
    FollowsEvents,
}

impl TestSpec {
    /// A test of a kind that names nothing.
    pub fn of(kind: TestKind) -> Self {
        Self {
            kind,
            source: None,
            second_source: None,
            of: None,
            clients: Vec::new(),
            window: None,
            with: Vec::new(),
            events: Vec::new(),
            rivals: Vec::new(),
            taken_from: Vec::new(),
            per_day: None,
            variants: None,
            variants_unknown: false,
            chosen_beforehand: false,
            offsets_h: Vec::new(),
            person: false,
            assumed_ttl_s: None,
            role: None,
            mechanism: None,
            party: None,
            feature: None,
            statements: Vec::new(),
            stated: Vec::new(),
            at_least: None,
            at_least_by: None,
        }
    }
}

impl TestKind {
    /// The stable identifier.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Concentration => "concentration",
            Self::LookupImpliesConnection => "lookup-implies-connection",
            Self::Connected => "connected",
            Self::NeverConnected => "never-connected",
            Self::Statement => "statement",
            Self::Cohort => "cohort",
            Self::Mechanism => "mechanism",
            Self::OneClientOrTwo => "one-client-or-two",
            Self::Rhythm => "rhythm",
            Self::ConfigurationIsOdd => "configuration-is-odd",
            Self::AcceptsOnlyFrom => "accepts-only-from",
            Self::Complete => "complete",
            Self::ControlledBy => "controlled-by",
            Self::Reaction => "reaction",
            Self::FirstMover => "first-mover",
            Self::Rise => "rise",
            Self::Change => "change",
            Self::FollowsEvents => "follows-events",
        }
    }
}

impl Case {
    /// Reads a case file's text.
    ///
    /// # Errors
    /// [`CaseError`] with the line and a hint where a key is unknown, a value has
    /// the wrong form, or an id is missing or doubled.
    pub fn parse(text: &str) -> Result<Self, CaseError> {
        let case: Self = toml::from_str(text).map_err(|e| CaseError::from_toml(text, &e))?;
        case.check()?;
        Ok(case)
    }

    fn check(&self) -> Result<(), CaseError> {
        if self.schema != CASE_SCHEMA {
            return Err(CaseError::Schema { found: self.schema.clone().into() });
        }
        if jiff::tz::TimeZone::get(&self.display_zone).is_err() {
            return Err(CaseError::Zone { found: self.display_zone.clone().into() });
        }
        let groups: [(&'static str, Vec<&str>); 4] = [
            ("source", self.sources.iter().map(|s| s.id.as_str()).collect()),
            ("party", self.parties.iter().map(|p| p.id.as_str()).collect()),
            ("event", self.events.iter().map(|e| e.id.as_str()).collect()),
            ("claim", self.claims.iter().map(|c| c.id.as_str()).collect()),
        ];
        for (table, mut ids) in groups {
            ids.sort_unstable();
            if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
                return Err(CaseError::Doubled { table, id: pair[0].into() });
            }
        }
        for event in &self.events {
            if event.not_before.start() > event.not_after.end() {
                return Err(CaseError::Interval { id: event.id.clone().into() });
            }
            if let Some(id) = event.dated_by.as_ref().filter(|id| !self.claims.iter().any(|c| c.id == **id)) {
                let by = format!("event {:?}", event.id).into();
                return Err(CaseError::Dangling { by, table: "claim", id: id.as_str().into() });
            }
        }
        self.check_references()
    }

    /// A test that names a source or event which does not exist would silently test nothing.
    fn check_references(&self) -> Result<(), CaseError> {
        for claim in &self.claims {
            for test in &claim.tests {
                let source =
                    test.source.iter().chain(&test.second_source).map(|id| ("source", id, self.source(id).is_some()));
                let events = [&test.events, &test.rivals, &test.taken_from].into_iter().flatten();
                let events = events.map(|id| ("event", id, self.events.iter().any(|e| e.id == *id)));
                let statements =
                    test.statements.iter().map(|id| ("statement", id, self.statements.iter().any(|s| s.id == *id)));
                if let Some((table, id, _)) = source.chain(events).chain(statements).find(|(_, _, known)| !known) {
                    let by = format!("claim {:?}", claim.id).into();
                    return Err(CaseError::Dangling { by, table, id: id.clone().into() });
                }
            }
        }
        Ok(())
    }

    /// Asks in place of the case's own claims how often `name` is looked up beside its peers.
    ///
    /// - `source`: where; the first source that shows the name if `None`
    /// - `window`: the period compared; all that is covered if `None`
    /// - `chosen_beforehand`: whether the peers were chosen before the records were looked at
    ///
    /// # Errors
    /// [`CaseError::Dangling`] where the case has no such source.
    pub fn compare(
        &mut self,
        name: &str,
        peers: &[String],
        source: Option<String>,
        window: Option<[Moment; 2]>,
        chosen_beforehand: bool,
    ) -> Result<(), CaseError> {
        let test = TestSpec {
            source,
            of: Some(name.to_owned()),
            window,
            with: peers.to_vec(),
            chosen_beforehand,
            ..TestSpec::of(TestKind::Cohort)
        };
        self.subjects = vec![name.to_owned()];
        self.claims = vec![ClaimSpec {
            id: "compare".to_owned(),
            text: format!("{name} is not looked up as often as its peers."),
            paraphrase: true,
            by: String::new(),
            said_at: None,
            source: String::new(),
            tests: vec![test],
        }];
        self.check_references()
    }

    /// Names that the tests of claims look at: of lookups that are counted, none may be missing.
    pub(crate) fn claimed_names(&self) -> BTreeSet<&str> {
        let tested = self.claims.iter().flat_map(|c| &c.tests).flat_map(|t| t.of.iter().chain(&t.with));
        let peers = self.peers.iter().map(|p| &p.name);
        tested.chain(peers).chain(&self.subjects).map(String::as_str).collect()
    }

    /// Leaves out what was generated; tests that name such a source have nothing to look at then.
    pub fn leave_out_synthetic(&mut self) {
        self.sources.retain(|source| !source.synthetic);
    }

    /// The source with this id.
    pub fn source(&self, id: &str) -> Option<&SourceSpec> {
        self.sources.iter().find(|s| s.id == id)
    }

    /// The display zone; UTC could it not be found, which [`Case::parse`] excludes.
    pub fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.display_zone).unwrap_or(jiff::tz::TimeZone::UTC)
    }

    /// The party that an address belongs to: the one with the longest prefix around it.
    pub fn party_of(&self, client: &str) -> Option<&PartySpec> {
        let ip: std::net::IpAddr = client.parse().ok()?;
        self.parties
            .iter()
            .filter_map(|party| {
                let longest = party.addresses.iter().filter_map(|text| crate::prefix::matches(text, ip)).max()?;
                Some((longest, party))
            })
            .max_by_key(|(longest, _)| *longest)
            .map(|(_, party)| party)
    }
}

/// The instants between which something was covered.
pub(crate) type Interval = (Timestamp, Timestamp);
