//! A small world of zones, changed line by line.

use std::collections::BTreeMap;

use askance_mail::{Answer, Posture, PostureAudit, PostureRequest, Snapshot, State};
use askance_proto::Question;
use askance_record::Name;

pub(crate) const ED25519: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
const DIGEST: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Zones with their lines, and lookups that fail.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    zones: BTreeMap<String, Vec<String>>,
    failing: Vec<String>,
}

impl World {
    /// A name with everything in order: `hotel-brand.example`, its addresses in 192.0.2.0/24, and the zones around it.
    pub(crate) fn in_order() -> Self {
        let mut world = Self::default();
        for zone in
            ["example", "hotel-brand.example", "partner.example", "2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa"]
        {
            world.zone(zone);
        }
        world.apply(&format!(
            "+hotel-brand.example DS 1 13 2 {DIGEST}
             +hotel-brand.example DNSKEY 257 3 13 {ED25519}
             +hotel-brand.example A 192.0.2.10
             +hotel-brand.example MX 10 mx1.hotel-brand.example.
             +mx1.hotel-brand.example A 192.0.2.12
             +_25._tcp.mx1.hotel-brand.example TLSA 3 1 1 {DIGEST}
             +hotel-brand.example TXT \"v=spf1 ip4:192.0.2.8/29 -all\"
             +default._domainkey.hotel-brand.example TXT \"v=DKIM1; k=ed25519; p={ED25519}\"
             +_dmarc.hotel-brand.example TXT \"v=DMARC1; p=reject; rua=mailto:dmarc@hotel-brand.example\"
             +_mta-sts.hotel-brand.example TXT \"v=STSv1; id=20160301\"
             +mta-sts.hotel-brand.example A 192.0.2.10
             +_smtp._tls.hotel-brand.example TXT \"v=TLSRPTv1; rua=mailto:tls@hotel-brand.example\"
             +default._bimi.hotel-brand.example TXT \"v=BIMI1; l=https://hotel-brand.example/logo.svg\"
             +hotel-brand.example CAA 0 issue \"ca.example\"
             +10.2.0.192.in-addr.arpa PTR hotel-brand.example.
             +12.2.0.192.in-addr.arpa PTR mx1.hotel-brand.example."
        ));
        world
    }

    /// Adds a zone with a SOA record and two name servers.
    pub(crate) fn zone(&mut self, origin: &str) {
        let servers = if origin.ends_with("arpa") { "partner.example" } else { origin };
        let mut lines = vec![
            format!("{origin}. SOA ns1.{servers}. hostmaster.{servers}. 1 3600 600 86400 300"),
            format!("{origin}. NS ns1.{servers}."),
            format!("{origin}. NS ns2.{servers}."),
        ];
        if servers == origin {
            lines.push(format!("ns1.{origin}. A 203.0.113.1"));
            lines.push(format!("ns2.{origin}. A 203.0.113.2"));
        }
        self.zones.insert(origin.to_owned(), lines);
        if origin.ends_with(".example") {
            let parent = self.zones.get_mut("example").unwrap();
            parent.extend([1, 2].map(|n| format!("{origin}. NS ns{n}.{origin}.")));
        }
    }

    /// Changes it: `+name TYPE data` adds, `-name TYPE` takes away, `zone NAME` and `drop NAME` do so with whole zones,
    /// `fail name TYPE` lets a lookup fail.
    pub(crate) fn apply(&mut self, changes: &str) {
        for change in changes.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(line) = change.strip_prefix('+') {
                let (owner, rest) = line.split_once(' ').unwrap();
                let zone =
                    self.zone_of(owner, rest.starts_with("DS ")).unwrap_or_else(|| panic!("no zone for {owner}"));
                self.zones.get_mut(&zone).unwrap().push(format!("{owner}. {rest}"));
            } else if let Some(line) = change.strip_prefix('-') {
                let (owner, rtype) = line.split_once(' ').unwrap();
                let head = format!("{owner}. {rtype} ");
                let held: usize = self.zones.values().map(Vec::len).sum();
                self.zones.values_mut().for_each(|lines| lines.retain(|line| !line.starts_with(&head)));
                assert_ne!(held, self.zones.values().map(Vec::len).sum::<usize>(), "nothing to take away: {change}");
            } else if let Some(origin) = change.strip_prefix("zone ") {
                self.zone(origin);
            } else if let Some(origin) = change.strip_prefix("drop ") {
                self.zones.remove(origin).unwrap();
            } else if let Some(lookup) = change.strip_prefix("fail ") {
                self.failing.push(lookup.to_owned());
            } else {
                panic!("no such change: {change}");
            }
        }
    }

    /// Takes a zone away; false where it was not there.
    pub(crate) fn try_drop(&mut self, origin: &str) -> bool {
        self.zones.remove(origin).is_some()
    }

    fn zone_of(&self, owner: &str, above: bool) -> Option<String> {
        let fits = |zone: &&String| owner == **zone && !above || owner.ends_with(&format!(".{zone}"));
        self.zones.keys().filter(fits).max_by_key(|zone| zone.len()).cloned()
    }

    /// The zones as a snapshot; every file has to be one.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let files = self.zones.iter().map(|(origin, lines)| (origin.clone(), lines.join("\n")));
        let snapshot = Snapshot::of_files(files.collect());
        assert_eq!(snapshot.problems, []);
        snapshot
    }

    pub(crate) fn posture_of(&self, request: PostureRequest) -> Posture {
        let snapshot = self.snapshot();
        PostureAudit::new(request).run(|question| self.answer(&snapshot, question))
    }

    pub(crate) fn answer(&self, snapshot: &Snapshot, question: &Question) -> Answer {
        let lookup = format!("{} {}", question.qname, question.qtype);
        if self.failing.contains(&lookup) { Answer::empty(question, State::Failed) } else { snapshot.answer(question) }
    }

    pub(crate) fn posture(&self, name: &str) -> Posture {
        self.posture_of(PostureRequest::new(Name::parse(name).unwrap(), "zone files"))
    }
}

/// The world in order, changed.
pub(crate) fn changed(changes: &str) -> World {
    let mut world = World::in_order();
    world.apply(changes);
    world
}

/// Findings, one a line.
pub(crate) fn findings(posture: &Posture) -> String {
    posture.findings.iter().map(|finding| format!("{finding}\n")).collect()
}
