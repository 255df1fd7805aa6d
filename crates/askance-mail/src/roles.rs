//! Who is said to be what for a name: five roles, never one owner.
//!
//! A statement is kept with its source and its date. Nothing is merged: where two
//! sources say different things, both stand.

use askance_proto::dns::Data;
use askance_proto::mail::SpfTermKind;
use askance_record::{Name, Timestamp};

use crate::posture::{Posture, registered};

/// What somebody can be for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Who registered the domain.
    Registrant,
    /// Whom the domain names for questions.
    AdminContact,
    /// Who runs its name servers.
    DnsOperator,
    /// Who runs the network of its addresses.
    AddressOperator,
    /// Who sends mail from its addresses or in its name.
    SendingOperator,
}

impl Role {
    /// The word of the JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registrant => "registrant",
            Self::AdminContact => "admin-contact",
            Self::DnsOperator => "dns-operator",
            Self::AddressOperator => "address-operator",
            Self::SendingOperator => "sending-operator",
        }
    }
}

/// What a source beside the DNS says of a role: registration data, a banner, a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The role that it speaks of.
    pub role: Role,
    /// What it is and where it is from.
    pub source: String,
    /// When it was said or fetched.
    pub at: Option<Timestamp>,
    /// Its words, as they are.
    pub text: String,
}

/// What one source says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it says: a registered domain, a mailbox, a quotation.
    pub says: String,
    /// The record or document that says so.
    pub by: String,
    /// Where that is from: a resolver, a folder, the source of evidence.
    pub source: String,
    /// Of which time it is, where known.
    pub at: Option<Timestamp>,
}

/// What is said of each role. Statements that contradict each other stand side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// Who registered the domain.
    pub registrant: Vec<Statement>,
    /// Whom the domain names for questions.
    pub admin_contact: Vec<Statement>,
    /// Who runs its name servers.
    pub dns_operator: Vec<Statement>,
    /// Who runs the network of its addresses.
    pub address_operator: Vec<Statement>,
    /// Who sends mail from its addresses or in its name.
    pub sending_operator: Vec<Statement>,
}

impl Roles {
    /// The statements of one role.
    pub fn of(&self, role: Role) -> &[Statement] {
        match role {
            Role::Registrant => &self.registrant,
            Role::AdminContact => &self.admin_contact,
            Role::DnsOperator => &self.dns_operator,
            Role::AddressOperator => &self.address_operator,
            Role::SendingOperator => &self.sending_operator,
        }
    }

    fn list(&mut self, role: Role) -> &mut Vec<Statement> {
        match role {
            Role::Registrant => &mut self.registrant,
            Role::AdminContact => &mut self.admin_contact,
            Role::DnsOperator => &mut self.dns_operator,
            Role::AddressOperator => &mut self.address_operator,
            Role::SendingOperator => &mut self.sending_operator,
        }
    }

    /// True where the statements of a role do not all say the same.
    pub fn differ(&self, role: Role) -> bool {
        self.of(role).windows(2).any(|pair| pair[0].says != pair[1].says)
    }
}

/// Collects what records and evidence say.
pub(crate) fn roles(posture: &Posture) -> Roles {
    let request = &posture.request;
    let mut roles = Roles::default();
    let mut say = |role: Role, says: String, by: String| {
        let statement = Statement { says, by, source: request.source.clone(), at: request.at };
        if !roles.list(role).contains(&statement) {
            roles.list(role).push(statement);
        }
    };
    for record in &posture.zone.soa.records {
        if let Data::Soa(soa) = &record.data {
            say(Role::AdminContact, mailbox(&soa.rname), format!("SOA {}", record.owner));
            say(Role::DnsOperator, organization(&soa.mname), format!("SOA {} MNAME {}", record.owner, soa.mname));
        }
    }
    for record in &posture.zone.ns.records {
        if let Data::Ns(host) = &record.data {
            say(Role::DnsOperator, organization(host), format!("NS {} {host}", record.owner));
        }
    }
    for address in &posture.addresses {
        for name in &address.names {
            let host = &name.host.name;
            say(Role::SendingOperator, organization(host), format!("PTR {} {host}", address.ip));
        }
    }
    if let Some(audited) = &posture.spf.audited {
        let policies = audited.expansion.policies();
        let terms = policies.iter().flat_map(|(_, policy)| policy.terms.iter().map(|term| (&policy.domain, term)));
        for (domain, term) in terms.filter(|(_, t)| matches!(t.kind, SpfTermKind::Include | SpfTermKind::Redirect)) {
            let target = term.target.as_deref().and_then(|target| Name::parse(target).ok());
            if let Some(target) = target {
                say(Role::SendingOperator, organization(&target), format!("SPF {domain} {}", term.text));
            }
        }
    }
    for evidence in &request.evidence {
        let Evidence { role, source, at, text } = evidence.clone();
        roles.list(role).push(Statement { says: text, by: "quotation".to_owned(), source, at });
    }
    roles
}

/// The registered domain of a host, or its name where there is none.
fn organization(host: &Name) -> String {
    registered(host).unwrap_or_else(|| host.key().to_owned())
}

/// The mailbox that a name stands for: its first label is the local part (RFC 1035 §8).
fn mailbox(rname: &Name) -> String {
    let local = rname.labels().next().unwrap_or_default();
    let domain = crate::snapshot::parent(rname.key());
    format!("{}@{domain}", local.replace("\\.", "."))
}
