//! A small world of zones, changed line by line.

use std::collections::BTreeMap;

use askance_mail::{Answer, Posture, PostureAudit, PostureRequest, Snapshot, State};
use askance_proto::Question;
use askance_record::Name;

/// The name that is in order.
pub(crate) const NAME: &str = "hotel-brand.example";
const ED25519: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
const DIGEST: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Zones with their lines, and lookups that fail.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    zones: BTreeMap<String, Vec<String>>,
    failing: Vec<String>,
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).expect("the tests' names are names")
}

impl World {
    /// [`NAME`] with everything in order, its addresses in 192.0.2.0/24, and the zones around it.
    pub(crate) fn in_order() -> Self {
        let mut world = Self::default();
        for zone in ["example", NAME, "partner.example", "2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa"] {
            world.zone(zone);
        }
        world.apply(&format!(
            "+{NAME} DS 1 13 2 {DIGEST}
             +{NAME} DNSKEY 257 3 13 {ED25519}
             +{NAME} A 192.0.2.10
             +{NAME} MX 10 mx1.{NAME}.
             +mx1.{NAME} A 192.0.2.12
             +_25._tcp.mx1.{NAME} TLSA 3 1 1 {DIGEST}
             +{NAME} TXT \"v=spf1 ip4:192.0.2.8/29 -all\"
             +default._domainkey.{NAME} TXT \"v=DKIM1; k=ed25519; p={ED25519}\"
             +_dmarc.{NAME} TXT \"v=DMARC1; p=reject; rua=mailto:dmarc@{NAME}\"
             +_mta-sts.{NAME} TXT \"v=STSv1; id=20160301\"
             +mta-sts.{NAME} A 192.0.2.10
             +_smtp._tls.{NAME} TXT \"v=TLSRPTv1; rua=mailto:tls@{NAME}\"
             +default._bimi.{NAME} TXT \"v=BIMI1; l=https://{NAME}/logo.svg\"
             +{NAME} CAA 0 issue \"ca.example\"
             +10.2.0.192.in-addr.arpa PTR {NAME}.
             +12.2.0.192.in-addr.arpa PTR mx1.{NAME}."
        ));
        world
    }

    /// Adds a zone with a SOA record and two name servers, and its delegation below `example`.
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
        if let (true, Some(parent)) = (origin.ends_with(".example"), self.zones.get_mut("example")) {
            parent.extend([1, 2].map(|n| format!("{origin}. NS ns{n}.{origin}.")));
        }
    }

    /// Changes it, one change a line:
    /// - `+name TYPE data` adds a record, `-name TYPE` takes records away
    /// - `zone NAME` adds a zone, `drop NAME` takes one away, `fail name TYPE` lets a lookup fail
    /// - `spf POLICY`, `text LABEL TEXT`, `ptr NAME`, `rsa BITS` replace records of [`NAME`]; `swamp` adds many
    pub(crate) fn apply(&mut self, changes: &str) {
        for change in changes.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (word, rest) = change.split_once(' ').unwrap_or((change, ""));
            match word {
                "zone" => self.zone(rest),
                "drop" => assert!(self.try_drop(rest), "nothing to drop: {change}"),
                "fail" => self.failing.push(rest.to_owned()),
                "spf" => self.replace(NAME, "TXT", &format!("\"v=spf1 {rest}\"")),
                "ptr" => self.replace("10.2.0.192.in-addr.arpa", "PTR", &format!("{rest}.")),
                "rsa" => {
                    let key = rsa(rest.parse().expect("a number of bits"));
                    self.replace(&format!("default._domainkey.{NAME}"), "TXT", &strings(&key));
                }
                "text" => {
                    let (label, text) = rest.split_once(' ').expect("a label and a text");
                    self.replace(&format!("{label}.{NAME}"), "TXT", &format!("\"{text}\""));
                }
                "swamp" => self.apply(&swamp()),
                _ => match (word.strip_prefix('+'), word.strip_prefix('-')) {
                    (Some(owner), _) => self.add(owner, rest),
                    (_, Some(owner)) => self.take(owner, rest),
                    _ => panic!("no such change: {change}"),
                },
            }
        }
    }

    fn replace(&mut self, owner: &str, rtype: &str, data: &str) {
        self.take(owner, rtype);
        self.add(owner, &format!("{rtype} {data}"));
    }

    /// Adds a record to the nearest zone; a DS record to the one above, an NS record to both.
    fn add(&mut self, owner: &str, rest: &str) {
        let above = rest.starts_with("DS ");
        let fits = |zone: &&String| owner == **zone && !above || owner.ends_with(&format!(".{zone}"));
        let zone = self.zones.keys().filter(fits).max_by_key(|zone| zone.len()).cloned().unwrap_or_default();
        let lines = self.zones.get_mut(&zone).unwrap_or_else(|| panic!("no zone for {owner}"));
        lines.push(format!("{owner}. {rest}"));
        if let (true, Some(parent)) = (zone == owner && rest.starts_with("NS "), self.zones.get_mut("example")) {
            parent.push(format!("{owner}. {rest}"));
        }
    }

    fn take(&mut self, owner: &str, rtype: &str) {
        let head = format!("{owner}. {rtype} ");
        let count = |world: &Self| world.zones.values().map(Vec::len).sum::<usize>();
        let before = count(self);
        for lines in self.zones.values_mut() {
            lines.retain(|line| !line.starts_with(&head));
        }
        assert_ne!(before, count(self), "nothing to take away: {owner} {rtype}");
    }

    /// Takes a zone away; false where it was not there.
    pub(crate) fn try_drop(&mut self, origin: &str) -> bool {
        self.zones.remove(origin).is_some()
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

    fn answer(&self, snapshot: &Snapshot, question: &Question) -> Answer {
        let lookup = format!("{} {}", question.qname, question.qtype);
        if self.failing.contains(&lookup) { Answer::empty(question, State::Failed) } else { snapshot.answer(question) }
    }

    pub(crate) fn posture(&self, of: &str) -> Posture {
        self.posture_of(PostureRequest::new(name(of), "zone files"))
    }
}

/// The world in order with changes, between lines or `|`; and the name to ask for, which `ask NAME` changes.
pub(crate) fn changed(changes: &str) -> (World, String) {
    let (mut world, mut asked) = (World::in_order(), NAME.to_owned());
    for change in changes.split(['|', '\n']).map(str::trim) {
        match change.strip_prefix("ask ") {
            Some(name) => name.clone_into(&mut asked),
            None => world.apply(change),
        }
    }
    (world, asked)
}

/// Findings, one a line.
pub(crate) fn findings(posture: &Posture) -> String {
    posture.findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Many PTR names, each of another domain with a policy of its own.
fn swamp() -> String {
    let policy =
        "v=spf1 exists:a.%{d}.partner.example exists:b.%{d}.partner.example exists:c.%{d}.partner.example -all";
    let mut text = format!("+*.example TXT \"{policy}\"\n");
    for host in 0..32 {
        text.push_str(&format!("+{NAME} A 198.51.100.{host}\n"));
        for n in 0..10 {
            text.push_str(&format!("+{host}.100.51.198.in-addr.arpa PTR h.d{host}x{n}.example.\n"));
        }
    }
    text
}

/// A text as strings of at most 255 octets.
fn strings(text: &str) -> String {
    let parts: Vec<String> =
        text.as_bytes().chunks(250).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    format!("\"{}\"", parts.join("\" \""))
}

/// A key record with a modulus of so many bits, in whole octets.
fn rsa(bits: usize) -> String {
    let modulus = [vec![0x00, 0xc1], vec![0x5a; bits / 8 - 1]].concat();
    let element = |tag: u8, content: &[u8]| {
        let length = u16::try_from(content.len()).expect("a short key").to_be_bytes();
        [&[tag, 0x82][..], &length, content].concat()
    };
    let key = element(0x30, &[element(2, &modulus), element(2, &[1, 0, 1])].concat());
    format!("v=DKIM1; k=rsa; p={}", base64(&key))
}

fn base64(octets: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in octets.chunks(3) {
        let three = [chunk[0], *chunk.get(1).unwrap_or(&0), *chunk.get(2).unwrap_or(&0)];
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for at in 0..=chunk.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * at)) as usize & 63]));
        }
    }
    text
}
