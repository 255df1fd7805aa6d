//! From a scenario to parties at their addresses, and to what is recorded of them.

mod mail;
mod names;
mod others;
mod records;

use core::net::{IpAddr, SocketAddr};

use askance_proto::dns::{StubConfig, Zone};
use askance_proto::{Cause, Node};
use askance_record::{Name, mix64};

pub use others::Crowd;

use crate::records::{CaseFile, CauseRow, TapConfig};
use crate::scenario::{Scenario, ScenarioError};

/// A scenario made ready to run.
#[derive(Debug)]
pub struct Story {
    /// The parties. The first is the root name server.
    pub nodes: Vec<Node>,
    /// The zones as they stand at the start, each with the id of its server, by apex.
    pub zones: Vec<(String, Zone)>,
    /// What makes lookups, by the number of its [`Cause`].
    pub causes: Vec<CauseRow>,
    /// What is recorded of DNS, flows and logs.
    pub taps: Vec<TapConfig>,
    /// The case files that go with the records; hashes are filled in when these are written.
    pub cases: Vec<CaseDraft>,
    /// Large populations, which need no messages.
    pub crowds: Vec<Crowd>,
}

/// A case file beside the records, but for the hashes of these.
#[derive(Clone, Debug)]
pub struct CaseDraft {
    /// Its name in the folder.
    pub path: &'static str,
    /// What it says, without sources.
    pub document: CaseFile,
    /// Ids of its sources.
    pub sources: Vec<String>,
}

impl Story {
    /// Makes the parties of a scenario.
    ///
    /// - `seed`: with the scenario decides everything that is left to chance
    ///
    /// # Errors
    /// [`ScenarioError`] where a name, zone or value cannot be read.
    pub fn build(scenario: &Scenario, seed: u64) -> Result<Self, ScenarioError> {
        let mut workshop = Workshop { scenario, seed, causes: Vec::new(), nodes: Vec::new() };
        let mut names = names::Names::collect(scenario)?;
        mail::build(&mut workshop, &mut names)?;
        others::build(&mut workshop, &mut names)?;
        let crowds = others::crowds(&mut workshop)?;
        // Last, because tenants and tunnels bring zones of their own; first in the list, because everybody needs it.
        let (mut nodes, zones) = names.nodes(&workshop)?;
        nodes.append(&mut workshop.nodes);
        let taps = records::taps(scenario, &nodes, seed)?;
        let cases = records::cases(scenario);
        Ok(Self { nodes, zones, causes: workshop.causes, taps, cases, crowds })
    }
}

/// What the parts of the build share.
struct Workshop<'a> {
    scenario: &'a Scenario,
    seed: u64,
    causes: Vec<CauseRow>,
    nodes: Vec<Node>,
}

impl Workshop<'_> {
    /// The number of a process that makes lookups.
    fn cause(&mut self, party: &str, mechanism: &str) -> Cause {
        let row = CauseRow { party: party.to_owned(), mechanism: mechanism.to_owned() };
        let at = self.causes.iter().position(|c| *c == row).unwrap_or_else(|| {
            self.causes.push(row);
            self.causes.len() - 1
        });
        Cause(u32::try_from(at).expect("a scenario has fewer causes than that"))
    }

    /// A seed of its own for each party, so that one party's draws never shift another's.
    fn seed_of(&self, id: &str) -> u64 {
        id.bytes().fold(mix64(self.seed), |h, b| mix64(h ^ u64::from(b)))
    }

    /// The stub of a host that asks the resolver `id`.
    fn stub(&self, address: IpAddr, id: &str, search: &[String]) -> Result<StubConfig, ScenarioError> {
        let resolver = self.scenario.resolvers.iter().find(|r| r.id == id);
        let resolver = resolver.expect("references are checked when a scenario is read");
        let first = resolver.addresses.first().copied().ok_or(ScenarioError::Value {
            table: "resolver",
            id: id.into(),
            what: "has no address",
        })?;
        let mut stub = StubConfig::new(address, SocketAddr::new(first, 53));
        stub.servers = resolver.addresses.iter().map(|&a| SocketAddr::new(a, 53)).collect();
        stub.search = search.iter().map(|s| name("search", id, s)).collect::<Result<_, _>>()?;
        Ok(stub)
    }
}

/// Reads a name of the scenario.
fn name(table: &'static str, id: &str, text: &str) -> Result<Name, ScenarioError> {
    Name::parse(text).map_err(|why| ScenarioError::unreadable(table, id, format!("{text:?}: {why}")))
}

/// A value of the scenario that cannot be.
fn wrong(table: &'static str, id: &str, what: &'static str) -> ScenarioError {
    ScenarioError::Value { table, id: id.into(), what }
}
