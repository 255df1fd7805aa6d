//! Zones, their delegations, name servers and resolvers.

use core::net::IpAddr;
use std::collections::BTreeMap;

use askance_proto::Node;
use askance_proto::dns::{
    Authoritative, AuthoritativeConfig, Change, Data, Record, Resolver, ResolverConfig, Software, Spread, Zone,
};
use askance_record::{Name, RrType, Timestamp};

use super::{Workshop, name};
use crate::scenario::{ChangeSpec, ResolverSpec, Scenario, ScenarioError, SoftwareSpec, SpreadSpec};

/// Below it stand the names of the name servers themselves, which the root serves.
const SERVERS: &str = "name-servers.test";
/// TTL of delegations, in seconds.
const DELEGATION_TTL_S: u32 = 86_400;
/// TTL of made-up SOA and NS records, in seconds.
const APEX_TTL_S: u32 = 3_600;
/// Negative TTL of made-up SOA records, in seconds.
const NEGATIVE_TTL_S: u32 = 900;

/// The zones of a story, each with the id of its server.
pub(super) type Served = Vec<(String, Zone)>;

/// The zones of a story, by apex key, with the id of the server of each.
pub(super) struct Names {
    zones: BTreeMap<String, (String, Zone)>,
    addresses: BTreeMap<String, Vec<IpAddr>>,
    /// Zones that a party answers for by itself.
    foreign: Vec<(Name, String)>,
}

impl Names {
    /// The zones as the scenario writes them.
    pub(super) fn collect(scenario: &Scenario) -> Result<Self, ScenarioError> {
        let mut addresses: BTreeMap<String, Vec<IpAddr>> =
            scenario.servers.iter().map(|s| (s.id.clone(), s.addresses.clone())).collect();
        addresses.insert("root".to_owned(), vec![scenario.root]);
        let mut names = Self { zones: BTreeMap::new(), addresses, foreign: Vec::new() };
        for spec in &scenario.zones {
            let apex = name("zone", &spec.name, &spec.name)?;
            names.add(&apex, &spec.server, &spec.text)?;
        }
        Ok(names)
    }

    /// Adds a zone with the missing apex records; a zone that is there already gets the records too.
    pub(super) fn add(&mut self, apex: &Name, server: &str, text: &str) -> Result<(), ScenarioError> {
        if !self.addresses.contains_key(server) {
            return Err(ScenarioError::Dangling { table: "zone", by: apex.key().into(), id: server.into() });
        }
        // Behind the text, so that the line of an error is the line of the text.
        let text = format!("{text}\n{}", apex_records(apex, server, text));
        let zone = Zone::parse(apex, &text).map_err(|why| ScenarioError::unreadable("zone", apex.key(), why))?;
        match self.zones.get_mut(apex.key()) {
            None => {
                self.zones.insert(apex.key().to_owned(), (server.to_owned(), zone));
            }
            Some((_, known)) => {
                for record in zone.records().filter(|r| r.owner.key() != apex.key() || !is_apex(r.data.rtype())) {
                    add_record(known, record)?;
                }
            }
        }
        Ok(())
    }

    /// Adds records to the zones that hold them; a reverse record that no zone holds is nobody's.
    pub(super) fn publish(&mut self, records: &[Record]) -> Result<(), ScenarioError> {
        for record in records {
            match self.enclosing(&record.owner).map(str::to_owned) {
                Some(apex) => {
                    let (_, zone) = self.zones.get_mut(&apex).expect("found above");
                    add_record(zone, record)?;
                }
                None if record.data.rtype() == RrType::PTR => {}
                None => {
                    let owner = record.owner.key();
                    return Err(ScenarioError::unreadable("zone", owner, "no zone of the scenario holds this name"));
                }
            }
        }
        Ok(())
    }

    /// A zone that a party answers for by itself, at `address`.
    pub(super) fn delegate_to(&mut self, apex: &Name, id: &str, address: IpAddr) {
        self.addresses.insert(id.to_owned(), vec![address]);
        self.foreign.push((apex.clone(), id.to_owned()));
    }

    /// The apex of the closest zone that holds `owner`.
    fn enclosing(&self, owner: &Name) -> Option<&str> {
        self.zones.keys().filter(|apex| owner.is_under(apex)).max_by_key(|apex| apex.len()).map(String::as_str)
    }

    /// The apex of the zone that delegates to `apex`, root where there is no other.
    fn parent(&self, apex: &Name) -> &str {
        let above = self.zones.keys().filter(|a| apex.is_under(a) && a.as_str() != apex.key());
        above.max_by_key(|a| a.len()).map_or(".", String::as_str)
    }

    /// The servers and resolvers, the root first; and the zones with the ids of their servers.
    pub(super) fn nodes(mut self, workshop: &Workshop<'_>) -> Result<(Vec<Node>, Served), ScenarioError> {
        self.delegate()?;
        let scenario = workshop.scenario;
        let mut changes: BTreeMap<String, Vec<(Timestamp, Change)>> = BTreeMap::new();
        for spec in &scenario.changes {
            self.change(spec, &mut changes)?;
        }
        let mut zones: BTreeMap<String, Vec<Zone>> = BTreeMap::new();
        let served: Served = self.zones.into_values().collect();
        for (server, zone) in &served {
            zones.entry(server.clone()).or_default().push(zone.clone());
        }
        let mut nodes = Vec::new();
        let servers = scenario.servers.iter().map(|s| (s.id.as_str(), s.addresses.clone()));
        for (id, addresses) in core::iter::once(("root", vec![scenario.root])).chain(servers) {
            let zones = zones.remove(id).unwrap_or_default();
            let changes = changes.remove(id).unwrap_or_default();
            let server = Authoritative::new(AuthoritativeConfig { addresses, zones, changes });
            nodes.push(server.into_node(id.to_owned()));
        }
        for spec in &scenario.resolvers {
            nodes.push(resolver(spec, workshop)?);
        }
        Ok((nodes, served))
    }

    /// Writes the root zone, and each zone's delegation into the zone above it.
    fn delegate(&mut self) -> Result<(), ScenarioError> {
        let mut apexes: Vec<(Name, String)> = self
            .zones
            .iter()
            .map(|(apex, (server, _))| Ok((name("zone", apex, apex)?, server.clone())))
            .collect::<Result<_, ScenarioError>>()?;
        apexes.append(&mut self.foreign);
        let root = name("zone", ".", ".")?;
        self.add(&root, "root", "")?;
        let hosts: Vec<(String, IpAddr)> =
            self.addresses.iter().flat_map(|(id, all)| all.iter().map(move |&a| (id.clone(), a))).collect();
        for (id, address) in hosts {
            let record = Record { owner: host(&id)?, ttl_s: DELEGATION_TTL_S, data: address_data(address) };
            let (_, zone) = self.zones.get_mut(".").expect("added above");
            add_record(zone, &record)?;
        }
        for (apex, server) in apexes.into_iter().filter(|(apex, _)| apex.key() != ".") {
            let parent = self.parent(&apex).to_owned();
            let data = Data::Ns(host(&server)?);
            let (_, zone) = self.zones.get_mut(&parent).expect("a zone of the story");
            add_record(zone, &Record { owner: apex, ttl_s: DELEGATION_TTL_S, data })?;
        }
        Ok(())
    }

    /// What a `[[change]]` does, to which server.
    fn change(
        &self,
        spec: &ChangeSpec,
        changes: &mut BTreeMap<String, Vec<(Timestamp, Change)>>,
    ) -> Result<(), ScenarioError> {
        let id = spec.at.0.to_string();
        let mut plan = |server: &str, change| changes.entry(server.to_owned()).or_default().push((spec.at.0, change));
        if let Some(until) = spec.silent_until {
            plan(&spec.server, Change::Outage { until: until.0 });
        }
        if spec.zone.is_empty() {
            return Ok(());
        }
        let zone = name("change", &id, &spec.zone)?;
        if spec.undelegate {
            let parent = self.parent(&zone);
            let (server, _) = self.zones.get(parent).expect("a zone of the story");
            let apex = name("zone", parent, parent)?;
            plan(server, Change::Remove { zone: apex, owner: zone.clone(), rtype: None });
        }
        if spec.delete_zone {
            plan(&spec.server, Change::DeleteZone(zone));
            return Ok(());
        }
        for text in &spec.remove {
            let (owner, rtype) = text.split_once(' ').map_or((text.as_str(), None), |(o, t)| (o, Some(t.trim())));
            let unknown = || ScenarioError::unreadable("change", &id, format!("{text:?} names no record type"));
            let rtype = rtype.map(|t| RrType::from_mnemonic(t).ok_or_else(unknown)).transpose()?;
            plan(&spec.server, Change::Remove { zone: zone.clone(), owner: name("change", &id, owner)?, rtype });
        }
        if !spec.put.is_empty() {
            let text = format!("{}\n{}", spec.put, apex_records(&zone, &spec.server, &spec.put));
            let read = Zone::parse(&zone, &text).map_err(|why| ScenarioError::unreadable("change", &id, why))?;
            let mut sets: BTreeMap<(String, u16), Vec<Record>> = BTreeMap::new();
            for record in read.records().filter(|r| !is_apex(r.data.rtype()) || r.owner.key() != zone.key()) {
                sets.entry((record.owner.key().to_owned(), record.data.rtype().0)).or_default().push(record.clone());
            }
            for ((_, rtype), records) in sets {
                let owner = records[0].owner.clone();
                plan(&spec.server, Change::Put { zone: zone.clone(), owner, rtype: RrType(rtype), records });
            }
        }
        Ok(())
    }
}

/// SOA and NS records for a zone text that has none.
fn apex_records(apex: &Name, server: &str, text: &str) -> String {
    let spelled = [format!("{}.", apex.key()), "@".to_owned()];
    let has = |rtype: &str| {
        text.lines().any(|line| {
            let mut words = line.split_whitespace();
            let owner = words.next().unwrap_or_default();
            spelled.iter().any(|apex| apex == owner) && words.any(|word| word == rtype)
        })
    };
    let mut out = String::new();
    let at = if apex.key() == "." { ".".to_owned() } else { format!("{}.", apex.key()) };
    if !has("SOA") {
        out += &format!(
            "{at} {APEX_TTL_S} IN SOA {server}.{SERVERS}. hostmaster.{SERVERS}. 1 7200 900 1209600 {NEGATIVE_TTL_S}\n"
        );
    }
    if !has("NS") {
        out += &format!("{at} {APEX_TTL_S} IN NS {server}.{SERVERS}.\n");
    }
    out
}

fn is_apex(rtype: RrType) -> bool {
    matches!(rtype, RrType::SOA | RrType::NS)
}

/// Adds one record to its set, which takes the record's TTL.
fn add_record(zone: &mut Zone, record: &Record) -> Result<(), ScenarioError> {
    let rtype = record.data.rtype();
    let same = |r: &&Record| r.owner.key() == record.owner.key() && r.data.rtype() == rtype;
    let mut set: Vec<Record> = zone.records().filter(same).cloned().collect();
    if !set.iter().any(|r| r.data == record.data) {
        set.push(record.clone());
    }
    for member in &mut set {
        member.ttl_s = record.ttl_s;
    }
    zone.put(&record.owner, rtype, set)
        .map(|_| ())
        .map_err(|why| ScenarioError::unreadable("zone", record.owner.key(), why))
}

/// The name of a name server.
fn host(id: &str) -> Result<Name, ScenarioError> {
    name("server", id, &format!("{id}.{SERVERS}"))
}

fn address_data(address: IpAddr) -> Data {
    match address {
        IpAddr::V4(a) => Data::A(a),
        IpAddr::V6(a) => Data::Aaaa(a),
    }
}

fn resolver(spec: &ResolverSpec, workshop: &Workshop<'_>) -> Result<Node, ScenarioError> {
    let Some(&first) = spec.addresses.first() else {
        return Err(ScenarioError::Value { table: "resolver", id: spec.id.as_str().into(), what: "has no address" });
    };
    let software = match spec.software {
        SoftwareSpec::Unbound => Software::Unbound,
        SoftwareSpec::Bind => Software::Bind,
    };
    let mut config = ResolverConfig::new(software, first);
    config.addresses.clone_from(&spec.addresses);
    config.egress.clone_from(&spec.egress);
    config.caches = spec.caches.max(1);
    config.spread = match spec.spread {
        SpreadSpec::PerQuery => Spread::PerQuery,
        SpreadSpec::PerClient => Spread::PerClient,
    };
    config.roots = vec![(host("root")?, workshop.scenario.root)];
    config.forward_to.clone_from(&spec.forward_to);
    config.ttl_max_s = spec.ttl_max_s.unwrap_or(config.ttl_max_s);
    config.ttl_min_s = spec.ttl_min_s.unwrap_or(config.ttl_min_s);
    config.negative_ttl_max_s = spec.negative_ttl_max_s.unwrap_or(config.negative_ttl_max_s);
    config.prefetch = spec.prefetch.unwrap_or(config.prefetch);
    config.serve_expired_s = spec.serve_expired_s;
    config.qname_minimisation = spec.qname_minimisation.unwrap_or(config.qname_minimisation);
    config.restarts = spec.restarts.iter().map(|at| at.0).collect();
    config.outages = spec.outages.iter().map(|(from, until)| (from.0, until.0)).collect();
    config.seed = workshop.seed_of(&spec.id);
    Ok(Resolver::new(config).into_node(spec.id.clone()))
}
