//! Postures and fleets as a document.
//!
//! Its schema is `askance.posture/1`; a field is only ever added. Every text may be
//! hostile (it comes from the DNS): a view escapes it with `askance_record::escape_*`.

use askance_record::{RrType, Timestamp};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::finding::Finding;
use crate::fleet::{Cell, Compared, Fleet, Template};
use crate::posture::{AddressFacts, DkimFound, HostFacts, Posture, TextFacts};
use crate::roles::{Role, Statement};

/// The schema of this document.
pub const SCHEMA: &str = "askance.posture/1";

/// What `askance posture --json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// [`SCHEMA`].
    pub schema: String,
    /// One for each name asked for, in order.
    pub postures: Vec<PostureJson>,
    /// The comparison with siblings, where one was asked for.
    pub fleet: Option<FleetJson>,
    /// What of the input was passed over, with the reason: files that are no zones, lines that are no names.
    #[serde(default)]
    pub problems: Vec<(String, String)>,
}

/// What the records say of a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PostureJson {
    /// The name.
    pub name: String,
    /// Its registered domain.
    pub registered: Option<String>,
    /// Where the answers come from.
    pub source: String,
    /// Of which time they are (RFC 3339).
    pub at: Option<String>,
    /// AD of the answer for A; null where nobody validates.
    pub authentic: Option<bool>,
    /// What follows.
    pub findings: Vec<FindingJson>,
    /// Parts of the configuration in which something is unknown.
    pub unknown: Vec<String>,
    /// Lookups that the records could not answer, as `TYPE name`.
    pub not_in_records: Vec<String>,
    /// The lookups of the name itself and its zone.
    pub lookups: Vec<LookupJson>,
    /// Its addresses with their way back.
    pub addresses: Vec<AddressJson>,
    /// The hosts that take its mail.
    pub exchanges: Vec<ExchangeJson>,
    /// SPF.
    pub spf: Option<SpfJson>,
    /// DKIM keys found.
    pub dkim: Vec<DkimJson>,
    /// Selectors tried.
    pub dkim_tried: Vec<String>,
    /// Those of them of which nothing is known.
    #[serde(default)]
    pub dkim_unknown: Vec<String>,
    /// DMARC.
    pub dmarc: DmarcJson,
    /// `_mta-sts`.
    pub mta_sts: TextJson,
    /// `_smtp._tls`.
    pub tls_rpt: TextJson,
    /// `default._bimi`.
    pub bimi: TextJson,
    /// The zone that the name is in.
    pub zone: Option<String>,
    /// What is said of the roles.
    pub roles: RolesJson,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingJson {
    /// The code of `docs/reference/posture.md`.
    pub code: String,
    /// `info`, `note`, `warn` or `fault`.
    pub severity: String,
    /// The part of the configuration.
    pub area: String,
    /// What is so.
    pub what: String,
    /// The lookups that show it.
    pub records: Vec<LookupJson>,
    /// Where it is written.
    pub section: String,
    /// What to do.
    pub fix: String,
}

/// A lookup and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LookupJson {
    /// The name asked for.
    pub name: String,
    /// The type asked for.
    #[serde(rename = "type")]
    pub rtype: String,
    /// The records as in a master file, or how the lookup ended.
    pub text: String,
}

/// An address of the name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddressJson {
    /// The address.
    pub ip: String,
    /// How the lookup of its PTR records ended.
    pub ptr_state: String,
    /// The names that they give.
    pub ptr: Vec<String>,
    /// A PTR name has the address; null where the records leave that open.
    pub forward_confirmed: Option<bool>,
    /// A PTR record gives the name itself.
    pub gives_name: Option<bool>,
}

/// A host that takes mail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExchangeJson {
    /// Lower is preferred.
    pub preference: u16,
    /// The host.
    pub host: String,
    /// Its addresses.
    pub addresses: Vec<String>,
    /// How the lookup of its TLSA records ended.
    pub tlsa: String,
}

/// An SPF policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpfJson {
    /// The policies at the name, as they stand.
    pub records: Vec<String>,
    /// Terms that take lookups.
    pub lookups: u32,
    /// Lookups that find nothing, for clients of IPv4 and IPv6.
    pub voids: [u32; 2],
    /// The networks that pass, terms that look at the sender aside.
    pub passing: Vec<String>,
    /// A term looks at more than the client's address.
    pub depends_on_sender: bool,
    /// Lookups that the records could not answer.
    pub unknown: Vec<String>,
    /// Addresses around the name.
    pub checks: Vec<SpfCheckJson>,
    /// Every policy that it leads to, with its depth.
    pub tree: Vec<SpfPolicyJson>,
}

/// Whether an address passes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpfCheckJson {
    /// The address.
    pub ip: String,
    /// `own`, `exchange` or `ptr-name`.
    pub of: String,
    /// Whose it is.
    pub host: String,
    /// The result; null where the records leave it open.
    pub result: Option<String>,
}

/// A policy of the tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpfPolicyJson {
    /// How many policies lead to it.
    pub depth: usize,
    /// Its domain.
    pub domain: String,
    /// Its terms with what each decides on.
    pub terms: Vec<SpfTermJson>,
}

/// A term of a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpfTermJson {
    /// As the record writes it.
    pub text: String,
    /// Terms that take lookups: itself and all below.
    pub lookups: u32,
    /// The clients that it decides on.
    pub decides: String,
}

/// What stands at a selector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DkimJson {
    /// The selector.
    pub selector: String,
    /// `rsa` or `ed25519`; null where the record gives no key.
    pub kind: Option<String>,
    /// Length of the key.
    pub bits: Option<usize>,
    /// The domain only tests.
    pub testing: bool,
    /// Why there is no key.
    pub fault: Option<String>,
}

/// The DMARC policy that applies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DmarcJson {
    /// The organizational domain.
    pub organization: Option<String>,
    /// The domain whose record applies.
    pub domain: Option<String>,
    /// The policy for the name.
    pub policy: Option<String>,
    /// `p`, `sp` and `np` of the record, defaults filled in.
    pub policies: Option<[String; 3]>,
    /// `rua`.
    pub reports: Vec<String>,
    /// The names asked, with how many records each has.
    pub walk: Vec<(String, usize)>,
    /// Names about which the records are silent.
    pub unknown: Vec<String>,
}

/// A TXT record beside the name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextJson {
    /// How the lookup ended.
    pub state: String,
    /// The records of the kind.
    pub records: Vec<String>,
}

/// Five roles, each with what is said of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RolesJson {
    /// Who registered the domain.
    pub registrant: Vec<StatementJson>,
    /// Whom it names for questions.
    pub admin_contact: Vec<StatementJson>,
    /// Who runs its name servers.
    pub dns_operator: Vec<StatementJson>,
    /// Who runs the network of its addresses.
    pub address_operator: Vec<StatementJson>,
    /// Who sends mail.
    pub sending_operator: Vec<StatementJson>,
}

/// What one source says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatementJson {
    /// What it says.
    pub says: String,
    /// The record or document.
    pub by: String,
    /// Where that is from.
    pub source: String,
    /// Of which time it is (RFC 3339).
    pub at: Option<String>,
}

/// A subject and its siblings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FleetJson {
    /// Whom it is about.
    pub subject: String,
    /// The columns.
    pub features: Vec<String>,
    /// The rows, the subject first.
    pub rows: Vec<FleetRow>,
    /// The subject's features among its siblings.
    pub compared: Vec<ComparedJson>,
    /// The naming that fits most.
    pub template: Option<TemplateJson>,
}

/// A row of the matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FleetRow {
    /// The name.
    pub name: String,
    /// For each feature: whether it has it; null where that is unknown.
    pub cells: Vec<Option<bool>>,
}

/// A feature of the subject among its siblings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComparedJson {
    /// The feature.
    pub feature: String,
    /// What the subject has.
    pub value: String,
    /// Siblings that have it.
    pub with: u64,
    /// Siblings of which it is known.
    pub known: u64,
    /// Their share.
    pub share: f64,
    /// Its Jeffreys interval (95 %).
    pub interval: [f64; 2],
    /// The likelihood ratio is at most this.
    pub lr_max: f64,
    /// The same at the ends of the interval; null for no upper end.
    pub lr_interval: (f64, Option<f64>),
    /// In words.
    pub word: String,
}

/// A naming.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TemplateJson {
    /// Names and partners, with `<x>` and `<n>`.
    pub template: String,
    /// The share of names that fit.
    pub coverage: f64,
    /// Names that fit: name, part that varies, partner.
    pub members: Vec<(String, String, Option<String>)>,
    /// Names that do not, with what differs.
    pub exceptions: Vec<(String, String)>,
}

impl Document {
    /// The document of postures, and of a comparison.
    pub fn of(postures: &[Posture], fleet: Option<&Fleet>) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            postures: postures.iter().map(PostureJson::from).collect(),
            fleet: fleet.map(FleetJson::from),
            problems: Vec::new(),
        }
    }
}

fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

fn question(qtype: RrType, qname: &askance_record::Name) -> String {
    format!("{qtype} {qname}")
}

fn list<T: ToString>(values: impl IntoIterator<Item = T>) -> Vec<String> {
    values.into_iter().map(|value| value.to_string()).collect()
}

impl From<&Answer> for LookupJson {
    fn from(answer: &Answer) -> Self {
        Self { name: answer.qname.to_string(), rtype: answer.qtype.to_string(), text: answer.shown() }
    }
}

impl From<&Finding> for FindingJson {
    fn from(finding: &Finding) -> Self {
        let code = finding.code;
        let records = finding.records.iter().map(|shown| LookupJson {
            name: shown.name.clone(),
            rtype: shown.rtype.to_string(),
            text: shown.text.clone(),
        });
        Self {
            code: code.to_string(),
            severity: code.severity().to_string(),
            area: code.area().as_str().to_owned(),
            what: finding.what.clone(),
            records: records.collect(),
            section: code.section().to_owned(),
            fix: code.fix().to_owned(),
        }
    }
}

impl From<&Posture> for PostureJson {
    fn from(posture: &Posture) -> Self {
        let zone = &posture.zone;
        let own = [&posture.a, &posture.aaaa, &posture.mx, &posture.spf.txt, &posture.caa];
        let lookups = own.into_iter().chain([&zone.soa, &zone.ns, &zone.ds, &zone.dnskey]);
        Self {
            name: posture.request.name.to_string(),
            registered: posture.registered.clone(),
            source: posture.request.source.clone(),
            at: time(posture.request.at),
            authentic: posture.a.authentic,
            findings: posture.findings.iter().map(FindingJson::from).collect(),
            unknown: posture.unknown.iter().map(|area| area.as_str().to_owned()).collect(),
            not_in_records: posture.not_in_records.iter().map(|q| question(q.qtype, &q.qname)).collect(),
            lookups: lookups.map(LookupJson::from).collect(),
            addresses: posture.addresses.iter().map(|address| self::address(posture, address)).collect(),
            exchanges: posture
                .exchanges
                .iter()
                .map(|exchange| ExchangeJson {
                    preference: exchange.preference,
                    host: exchange.host.name.to_string(),
                    addresses: host_addresses(&exchange.host),
                    tlsa: exchange.tlsa.state.as_str().to_owned(),
                })
                .collect(),
            spf: spf(posture),
            dkim: posture.dkim.found.iter().flat_map(dkim).collect(),
            dkim_tried: posture.dkim.tried.clone(),
            dkim_unknown: posture.dkim.unknown.clone(),
            dmarc: dmarc(posture),
            mta_sts: text(&posture.mta_sts),
            tls_rpt: text(&posture.tls_rpt),
            bimi: text(&posture.bimi),
            zone: zone.apex.as_ref().map(ToString::to_string),
            roles: roles(posture),
        }
    }
}

fn host_addresses(host: &HostFacts) -> Vec<String> {
    list(host.a.addresses().chain(host.aaaa.addresses()))
}

fn address(posture: &Posture, address: &AddressFacts) -> AddressJson {
    AddressJson {
        ip: address.ip.to_string(),
        ptr_state: address.ptr.state.as_str().to_owned(),
        ptr: address.names.iter().map(|name| name.host.name.to_string()).collect(),
        forward_confirmed: address.confirmed(),
        gives_name: address.gives(&posture.request.name),
    }
}

fn spf(posture: &Posture) -> Option<SpfJson> {
    let audited = posture.spf.audited.as_ref().filter(|_| posture.spf.is_present())?;
    let expansion = &audited.expansion;
    let voids = expansion.voids();
    let policy = |(depth, policy): (usize, &askance_proto::mail::SpfPolicy)| SpfPolicyJson {
        depth,
        domain: policy.domain.clone(),
        terms: policy
            .terms
            .iter()
            .map(|term| SpfTermJson {
                text: term.text.clone(),
                lookups: term.lookups,
                decides: term.decides.to_string(),
            })
            .collect(),
    };
    let checks = posture.spf.checks.iter().map(|check| SpfCheckJson {
        ip: check.ip.to_string(),
        of: check.of.as_str().to_owned(),
        host: check.host.to_string(),
        result: check.result.map(|result| result.to_string()),
    });
    Some(SpfJson {
        records: expansion.root.records.iter().map(|text| text.escape_ascii().to_string()).collect(),
        lookups: expansion.lookups(),
        voids: [voids.v4, voids.v6],
        passing: expansion.passing().networks().iter().map(|(ip, bits)| format!("{ip}/{bits}")).collect(),
        depends_on_sender: expansion.depends_on_sender(),
        unknown: audited.unknown.iter().map(|q| question(q.qtype, &q.qname)).collect(),
        checks: checks.collect(),
        tree: expansion.policies().into_iter().map(policy).collect(),
    })
}

fn dkim(found: &DkimFound) -> Vec<DkimJson> {
    let one = |key: &Result<askance_proto::mail::DkimKey, askance_proto::mail::DkimFault>| {
        let read = key.ok();
        DkimJson {
            selector: found.selector.clone(),
            kind: read.map(|key| key.kind.as_str().to_owned()),
            bits: read.map(|key| key.bits),
            testing: read.is_some_and(|key| key.testing),
            fault: key.err().map(|fault| fault.as_str().to_owned()),
        }
    };
    found.keys.iter().map(one).collect()
}

fn dmarc(posture: &Posture) -> DmarcJson {
    let facts = &posture.dmarc;
    let record = facts.record();
    let policies = |record: &askance_proto::mail::DmarcRecord| {
        [record.policy, record.subdomain_policy, record.missing_policy].map(|policy| policy.to_string())
    };
    DmarcJson {
        organization: facts.organization.clone(),
        domain: record.map(|(domain, _)| domain.to_owned()),
        policy: facts.policy.map(|policy| policy.to_string()),
        policies: record.map(|(_, record)| policies(record)),
        reports: record.map(|(_, record)| record.aggregate_reports.clone()).unwrap_or_default(),
        walk: facts.walk.iter().map(|found| (found.domain.clone(), found.count)).collect(),
        unknown: facts.unknown.clone(),
    }
}

fn text(facts: &TextFacts) -> TextJson {
    TextJson { state: facts.answer.state.as_str().to_owned(), records: facts.records.clone() }
}

fn roles(posture: &Posture) -> RolesJson {
    let one = |said: &Statement| StatementJson {
        says: said.says.clone(),
        by: said.by.clone(),
        source: said.source.clone(),
        at: time(said.at),
    };
    let role = |role: Role| posture.roles.of(role).iter().map(one).collect();
    RolesJson {
        registrant: role(Role::Registrant),
        admin_contact: role(Role::AdminContact),
        dns_operator: role(Role::DnsOperator),
        address_operator: role(Role::AddressOperator),
        sending_operator: role(Role::SendingOperator),
    }
}

impl From<&Fleet> for FleetJson {
    fn from(fleet: &Fleet) -> Self {
        let cell = |cell: &Cell| match cell {
            Cell::Yes => Some(true),
            Cell::No => Some(false),
            Cell::Unknown => None,
        };
        let rows = fleet.rows.iter();
        Self {
            subject: fleet.subject.to_string(),
            features: list(&fleet.features),
            rows: rows
                .map(|(name, cells)| FleetRow { name: name.to_string(), cells: cells.iter().map(cell).collect() })
                .collect(),
            compared: fleet.compared.iter().map(ComparedJson::from).collect(),
            template: fleet.template.as_ref().map(TemplateJson::from),
        }
    }
}

impl From<&Compared> for ComparedJson {
    fn from(compared: &Compared) -> Self {
        Self {
            feature: compared.feature.to_string(),
            value: compared.value.clone(),
            with: compared.with,
            known: compared.known,
            share: compared.share,
            interval: [compared.interval.0, compared.interval.1],
            lr_max: compared.lr_max,
            lr_interval: compared.lr_interval,
            word: compared.word.as_str().to_owned(),
        }
    }
}

impl From<&Template> for TemplateJson {
    fn from(template: &Template) -> Self {
        let members = template.members.iter();
        Self {
            template: template.to_string(),
            coverage: template.coverage(),
            members: members.map(|m| (m.name.clone(), m.variable.clone(), m.partner.clone())).collect(),
            exceptions: template.exceptions.clone(),
        }
    }
}
