//! A scenario: one readable TOML file that states who does what, and what is true.
//!
//! Unknown keys are errors that show their line and the nearest known key: a misspelt
//! `until` must not keep a vendor sending for ever. Every table that makes lookups
//! says by which mechanism (`mechanism`, with a default where there is only one), and
//! that is the ground truth of `labels.csv`.

mod error;
mod instant;
mod mail;
mod names;
mod others;
mod record;

use core::net::IpAddr;

pub use error::ScenarioError;
pub use instant::Instant;
pub(crate) use instant::written;
pub use mail::{CampaignSpec, DkimSpec, ListSpec, ListenerSpec, ReceiverSpec, Stage, TenantSpec, VendorSpec};
pub use names::{ChangeSpec, ResolverSpec, ServerSpec, SoftwareSpec, SpreadSpec, ZoneSpec};
pub use others::{
    AskSpec, AskerSpec, ConnectSpec, PopularSpec, PopulationSpec, ProcessSpec, RetrySpec, SenderSpec, ServiceSpec,
    SpooferSpec, TimingChannelSpec, TunnelSpec,
};
pub use record::{CaseTail, KeepsSpec, RecordFormatSpec, Side, SourceSpec};

use askance_record::Timestamp;
use serde::Deserialize;

/// The schema that this program reads.
pub const SCENARIO_SCHEMA: &str = "askance.scenario/1";

/// The mechanisms that a scenario can state as its ground truth.
pub const MECHANISMS: [&str; 16] = [
    "sender-verification",
    "mail-authentication",
    "delivery-retry",
    "cache-refresh",
    "scheduled-poll",
    "firewall-object",
    "human-use",
    "stored-mail-rescan",
    "crawler",
    "retry-loop",
    "search-suffix-leak",
    "replay",
    "publicity",
    "beacon",
    "tunnel",
    "timing-channel",
];

/// A story: who is there, what they do, what is recorded of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// `askance.scenario/1`.
    pub schema: String,
    /// The title.
    pub title: String,
    /// What happens, in a few sentences.
    pub story: String,
    /// The question of the case that is written.
    #[serde(default)]
    pub question: String,
    /// The names asked about.
    #[serde(default)]
    pub subjects: Vec<String>,
    /// IANA zone in which local times are shown.
    #[serde(default = "utc")]
    pub display_zone: String,
    /// When it begins.
    pub start: Instant,
    /// How long it lasts.
    pub days: f64,
    /// How messages travel.
    #[serde(default)]
    pub link: LinkSpec,
    /// Address of the root name server, which delegates to the servers of the zones.
    #[serde(default = "root_address")]
    pub root: IpAddr,
    /// Zones.
    #[serde(default, rename = "zone")]
    pub zones: Vec<ZoneSpec>,
    /// Authoritative servers.
    #[serde(default, rename = "server")]
    pub servers: Vec<ServerSpec>,
    /// What changes in the zones, and when.
    #[serde(default, rename = "change")]
    pub changes: Vec<ChangeSpec>,
    /// Recursive resolvers.
    #[serde(default, rename = "resolver")]
    pub resolvers: Vec<ResolverSpec>,
    /// Bulk-mail vendors.
    #[serde(default, rename = "vendor")]
    pub vendors: Vec<VendorSpec>,
    /// Mail servers that receive.
    #[serde(default, rename = "receiver")]
    pub receivers: Vec<ReceiverSpec>,
    /// Hosts that accept connections and refuse mail.
    #[serde(default, rename = "listener")]
    pub listeners: Vec<ListenerSpec>,
    /// Hosts that people and programs connect to.
    #[serde(default, rename = "service")]
    pub services: Vec<ServiceSpec>,
    /// People and programs that ask.
    #[serde(default, rename = "asker")]
    pub askers: Vec<AskerSpec>,
    /// Tunnels.
    #[serde(default, rename = "tunnel")]
    pub tunnels: Vec<TunnelSpec>,
    /// Timing channels.
    #[serde(default, rename = "timing-channel")]
    pub timing_channels: Vec<TimingChannelSpec>,
    /// Senders of queries with another's address.
    #[serde(default, rename = "spoofer")]
    pub spoofers: Vec<SpooferSpec>,
    /// Large populations behind a resolver of their own.
    #[serde(default, rename = "population")]
    pub populations: Vec<PopulationSpec>,
    /// What is recorded.
    #[serde(default, rename = "source")]
    pub sources: Vec<SourceSpec>,
    /// What the case file says besides its sources: parties, statements, events, peers, claims.
    #[serde(default)]
    pub case: CaseTail,
}

/// How messages travel between nodes.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkSpec {
    /// Milliseconds from any node to any other.
    #[serde(default = "eight")]
    pub latency_ms: u32,
    /// Share of datagrams that are lost.
    #[serde(default)]
    pub loss: f64,
}

impl Default for LinkSpec {
    fn default() -> Self {
        Self { latency_ms: eight(), loss: 0.0 }
    }
}

fn eight() -> u32 {
    8
}

fn utc() -> String {
    "UTC".to_owned()
}

fn root_address() -> IpAddr {
    IpAddr::from([198, 18, 0, 1])
}

impl Scenario {
    /// Reads a scenario and checks that what it names exists.
    ///
    /// # Errors
    /// [`ScenarioError`] with the line for what is not TOML of this schema; by id for what is
    /// doubled or names something that does not exist.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str(text).map_err(|e| ScenarioError::from_toml(text, &e))?;
        if scenario.schema != SCENARIO_SCHEMA {
            return Err(ScenarioError::Schema { found: scenario.schema.into() });
        }
        if !(scenario.days > 0.0 && scenario.days <= 3660.0) {
            return Err(ScenarioError::Value { table: "scenario", id: "days".into(), what: "not between 0 and 3660" });
        }
        scenario.check_references()?;
        scenario.check_mechanisms()?;
        Ok(scenario)
    }

    /// When it ends.
    #[expect(clippy::cast_possible_truncation, reason = "at most ten years in microseconds")]
    pub fn end(&self) -> Timestamp {
        self.start.0.plus_us((self.days * 86_400e6) as i64)
    }

    /// Ids of everything that is a node of its own, with the table each is in.
    pub fn node_ids(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let servers = self.servers.iter().map(|x| ("server", x.id.as_str()));
        let resolvers = self.resolvers.iter().map(|x| ("resolver", x.id.as_str()));
        let vendors = self.vendors.iter().map(|x| ("vendor", x.id.as_str()));
        let receivers = self.receivers.iter().map(|x| ("receiver", x.id.as_str()));
        let listeners = self.listeners.iter().map(|x| ("listener", x.id.as_str()));
        let services = self.services.iter().map(|x| ("service", x.id.as_str()));
        let askers = self.askers.iter().map(|x| ("asker", x.id.as_str()));
        let tunnels = self.tunnels.iter().map(|x| ("tunnel", x.id.as_str()));
        let channels = self.timing_channels.iter().map(|x| ("timing-channel", x.id.as_str()));
        let spoofers = self.spoofers.iter().map(|x| ("spoofer", x.id.as_str()));
        let populations = self.populations.iter().map(|x| ("population", x.id.as_str()));
        let dns = servers.chain(resolvers);
        let mail = vendors.chain(receivers).chain(listeners);
        dns.chain(mail).chain(services).chain(askers).chain(tunnels).chain(channels).chain(spoofers).chain(populations)
    }

    /// The ground truth must be in words that labels are compared in.
    fn check_mechanisms(&self) -> Result<(), ScenarioError> {
        let vendors = self.vendors.iter().map(|v| ("vendor", &v.id, &v.mechanism));
        let receivers = self
            .receivers
            .iter()
            .flat_map(|r| [("receiver", &r.id, &r.verification), ("receiver", &r.id, &r.authentication)]);
        let askers = self.askers.iter().map(|a| ("asker", &a.id, &a.mechanism));
        let spoofers = self.spoofers.iter().map(|s| ("spoofer", &s.id, &s.mechanism));
        for (table, id, mechanism) in vendors.chain(receivers).chain(askers).chain(spoofers) {
            if !MECHANISMS.contains(&mechanism.as_str()) {
                let what = "names a mechanism that does not exist";
                return Err(ScenarioError::Value { table, id: id.as_str().into(), what });
            }
        }
        Ok(())
    }

    fn check_references(&self) -> Result<(), ScenarioError> {
        let mut seen = std::collections::BTreeSet::new();
        for (table, id) in self.node_ids() {
            if id == "root" || !seen.insert(id) {
                return Err(ScenarioError::Doubled { table, id: id.into() });
            }
        }
        let known = |table: &'static str, by: &str, wanted: &str| {
            let found = wanted == "root" || self.node_ids().any(|(_, id)| id == wanted);
            let missing = || ScenarioError::Dangling { table, by: by.into(), id: wanted.into() };
            if found { Ok(()) } else { Err(missing()) }
        };
        let resolver = |table: &'static str, by: &str, wanted: &str| {
            let found = self.resolvers.iter().any(|r| r.id == wanted);
            let missing = || ScenarioError::Dangling { table, by: by.into(), id: wanted.into() };
            if found { Ok(()) } else { Err(missing()) }
        };
        for zone in &self.zones {
            known("zone", &zone.name, &zone.server)?;
        }
        for change in &self.changes {
            known("change", &change.at.0.to_string(), &change.server)?;
        }
        for vendor in &self.vendors {
            resolver("vendor", &vendor.id, &vendor.resolver)?;
        }
        for receiver in &self.receivers {
            resolver("receiver", &receiver.id, &receiver.resolver)?;
        }
        for asker in &self.askers {
            resolver("asker", &asker.id, &asker.resolver)?;
        }
        for tunnel in &self.tunnels {
            resolver("tunnel", &tunnel.id, &tunnel.resolver)?;
        }
        for channel in &self.timing_channels {
            resolver("timing-channel", &channel.id, &channel.resolver)?;
        }
        let mut files = std::collections::BTreeSet::new();
        for source in &self.sources {
            // The id becomes the name of a file.
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
            if source.id.is_empty() || source.id.len() > 64 || !source.id.bytes().all(plain) {
                let what = "an id has letters, digits, - and _ only";
                return Err(ScenarioError::Value { table: "source", id: source.id.as_str().into(), what });
            }
            known("source", &source.id, &source.of)?;
            if !files.insert(source.id.as_str()) {
                return Err(ScenarioError::Doubled { table: "source", id: source.id.as_str().into() });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
