//! What the records say of one name.

use core::net::IpAddr;

use askance_proto::dns::Data;
use askance_proto::{Inquiry, Question, Reply, Step};
use askance_record::{Name, RrType, Timestamp};

use crate::answer::Answer;
use crate::book::Book;
use crate::finding::{Area, Finding};
use crate::roles::{Evidence, Roles};
use crate::snapshot::ancestors;
use crate::{judge, roles};

mod dkim;
mod dmarc;
mod hosts;
mod reverse;
mod spf;

pub use dkim::{DkimFacts, DkimFound, SELECTORS};
pub(crate) use dmarc::takes_reports;
pub use dmarc::{DmarcFacts, DmarcFound};
pub use hosts::{ExchangeFacts, HostFacts};
pub use reverse::{AddressFacts, PtrName};
pub use spf::{SpfCheck, SpfFacts, SpfOf};

/// Addresses, exchanges and name servers of one kind that are followed; more are in the answers only, and the audit is
/// then cut.
pub(crate) const HOSTS_MAX: usize = 32;

/// Whose posture is asked for, and what is known beside the DNS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostureRequest {
    /// The name.
    pub name: Name,
    /// Selectors of DKIM keys beside [`SELECTORS`].
    pub selectors: Vec<String>,
    /// Where the answers come from, in words for people: a resolver, a folder.
    pub source: String,
    /// Of which time they are, where that is known.
    pub at: Option<Timestamp>,
    /// What others say of the name's roles: quoted, never parsed.
    pub evidence: Vec<Evidence>,
}

impl PostureRequest {
    /// A request without selectors, dates and evidence.
    pub fn new(name: Name, source: impl Into<String>) -> Self {
        Self { name, selectors: Vec::new(), source: source.into(), at: None, evidence: Vec::new() }
    }
}

/// What the records say of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posture {
    /// What was asked for.
    pub request: PostureRequest,
    /// The registered domain of the name by the public suffix list; `None` for a suffix or the root.
    pub registered: Option<String>,
    /// A.
    pub a: Answer,
    /// AAAA.
    pub aaaa: Answer,
    /// The addresses with their way back.
    pub addresses: Vec<AddressFacts>,
    /// MX.
    pub mx: Answer,
    /// The hosts that MX names, most preferred first; none for a null MX.
    pub exchanges: Vec<ExchangeFacts>,
    /// The zone that the name is in.
    pub zone: ZoneFacts,
    /// SPF.
    pub spf: SpfFacts,
    /// DKIM.
    pub dkim: DkimFacts,
    /// DMARC.
    pub dmarc: DmarcFacts,
    /// `_mta-sts`; the policy itself is told over HTTPS and not part of the records.
    pub mta_sts: TextFacts,
    /// The host that serves the MTA-STS policy; asked for where there is a record.
    pub mta_sts_host: Option<HostFacts>,
    /// `_smtp._tls`.
    pub tls_rpt: TextFacts,
    /// `default._bimi`.
    pub bimi: TextFacts,
    /// CAA of the name or of the nearest name above that has one.
    pub caa: Answer,
    /// Lookups that the records could not answer, in order of names.
    pub not_in_records: Vec<Question>,
    /// The configuration leads to more lookups than an audit makes.
    pub cut: bool,
    /// Parts of the configuration in which something is unknown.
    pub unknown: Vec<Area>,
    /// What is said of the roles.
    pub roles: Roles,
    /// What follows, by part of the configuration.
    pub findings: Vec<Finding>,
}

/// The zone that a name is in, as far as the answers show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneFacts {
    /// Its name; `None` where no answer shows where it begins.
    pub apex: Option<Name>,
    /// SOA at the apex, or the failed lookup at the name.
    pub soa: Answer,
    /// NS at the apex.
    pub ns: Answer,
    /// The name servers' hosts.
    pub hosts: Vec<HostFacts>,
    /// DNSKEY at the apex.
    pub dnskey: Answer,
    /// DS at the apex, which the parent has.
    pub ds: Answer,
}

/// A TXT record of one tag list beside the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFacts {
    /// The lookup.
    pub answer: Answer,
    /// The records of the kind, as text; what is not printable escaped.
    pub records: Vec<String>,
}

impl TextFacts {
    fn ask(book: &mut Book, label: &str, name: &Name, version: &str) -> Self {
        let answer = book.ask_below(label, name, RrType::TXT);
        let is_one = |text: &String| {
            let rest = text.trim_start().strip_prefix(version).map(str::trim_start);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(';'))
        };
        let records = answer.texts().map(|text| text.escape_ascii().to_string()).filter(is_one).collect();
        Self { answer, records }
    }

    /// The value of a tag of the only record; `None` where there is no such tag, no record, or several.
    pub fn tag(&self, name: &str) -> Option<&str> {
        let [record] = &self.records[..] else { return None };
        let tags = record.split(';').filter_map(|tag| tag.split_once('='));
        let mut found = tags.filter(|(known, _)| known.trim().eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.trim())
    }
}

/// The audit of one name: asks, in batches, what its posture takes.
///
/// The questions of a batch do not depend on each other; the next batch depends on their answers. The same
/// question is asked once.
#[derive(Clone, Debug)]
pub struct PostureAudit {
    request: PostureRequest,
    book: Book,
}

impl PostureAudit {
    /// An audit that has asked nothing yet.
    pub fn new(request: PostureRequest) -> Self {
        Self { request, book: Book::default() }
    }

    /// Takes the answers to the questions of the last step, in any order, and says what comes next.
    ///
    /// An answer belongs to the question of its name and type. A question that gets none is asked again; a lookup
    /// that failed is an answer.
    pub fn answer(&mut self, answers: impl IntoIterator<Item = Answer>) -> Step<Posture> {
        for answer in answers {
            self.book.put(answer);
        }
        let posture = gather(&self.request, &mut self.book);
        let missing = self.book.take_missing();
        if missing.is_empty() { Step::Done(posture) } else { Step::Ask(missing) }
    }

    /// Runs the audit to its end, each question answered at once: from a [`Snapshot`](crate::Snapshot), a table.
    ///
    /// # Example
    /// ```
    /// use askance_mail::{Code, PostureAudit, PostureRequest, Snapshot};
    /// use askance_record::Name;
    /// let zone = "@ SOA ns1 hostmaster 1 3600 600 86400 300\n@ NS ns1\nns1 A 192.0.2.1\nmail1 A 192.0.2.25\n";
    /// let snapshot = Snapshot::of_files(vec![("hotel-brand.example".to_owned(), zone.to_owned())]);
    /// let request = PostureRequest::new(Name::parse("mail1.hotel-brand.example").unwrap(), "zone files");
    /// let posture = PostureAudit::new(request).run(|question| snapshot.answer(question));
    /// assert!(posture.has(Code::SpfMissing));
    /// assert_eq!(posture.shows(Code::PtrMissing), None, "the reverse zone is not in these records");
    /// ```
    pub fn run(mut self, mut answer: impl FnMut(&Question) -> Answer) -> Posture {
        let mut answers = Vec::new();
        loop {
            match self.answer(answers) {
                Step::Done(posture) => return posture,
                Step::Ask(questions) => {
                    // Under the question's own name: an answer to another one would be waited for forever.
                    let own = |q: &Question| Answer { qname: q.qname.clone(), qtype: q.qtype, ..answer(q) };
                    answers = questions.iter().map(own).collect();
                }
            }
        }
    }
}

impl Inquiry for PostureAudit {
    type Verdict = Posture;

    /// For drivers that know only [`Reply`]: nothing is then authentic, and nothing outside the records.
    fn step(&mut self, replies: &[Reply]) -> Step<Posture> {
        self.answer(replies.iter().cloned().map(Answer::from))
    }
}

impl Posture {
    /// True where there is a finding of the kind.
    pub fn has(&self, code: crate::Code) -> bool {
        self.findings.iter().any(|finding| finding.code == code)
    }

    /// Whether there is a finding of the kind; `None` where there is none and the records leave it open.
    pub fn shows(&self, code: crate::Code) -> Option<bool> {
        match self.has(code) {
            true => Some(true),
            false if self.unknown.contains(&code.area()) => None,
            false => Some(false),
        }
    }

    /// All addresses of the name.
    pub fn own_addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.a.addresses().chain(self.aaaa.addresses())
    }
}

/// Runs the audit as far as the book goes.
fn gather(request: &PostureRequest, book: &mut Book) -> Posture {
    let name = &request.name;
    let a = book.ask(name, RrType::A);
    let aaaa = book.ask(name, RrType::AAAA);
    let mx = book.ask(name, RrType::MX);
    let exchanges = hosts::exchanges(book, &mx);
    let own: Vec<IpAddr> = a.addresses().chain(aaaa.addresses()).collect();
    let addresses = reverse::addresses(book, &own);
    let registered = registered(name);
    let zone = zone(book, name, registered.as_deref());
    let spf = spf::spf(book, name, &own, &exchanges, &addresses);
    let mta_sts = TextFacts::ask(book, "_mta-sts", name, "v=STSv1");
    let host = below("mta-sts", name).filter(|_| !mta_sts.records.is_empty());
    let mut posture = Posture {
        registered,
        addresses,
        exchanges,
        zone,
        spf,
        dkim: dkim::dkim(book, name, &request.selectors),
        dmarc: dmarc::dmarc(book, name),
        mta_sts,
        mta_sts_host: host.map(|host| HostFacts::ask(book, &host)),
        tls_rpt: TextFacts::ask(book, "_smtp._tls", name, "v=TLSRPTv1"),
        bimi: TextFacts::ask(book, "default._bimi", name, "v=BIMI1"),
        caa: caa(book, name),
        a,
        aaaa,
        mx,
        not_in_records: book.not_in_records(),
        cut: book.cut,
        unknown: Vec::new(),
        roles: Roles::default(),
        findings: Vec::new(),
        request: request.clone(),
    };
    posture.roles = roles::roles(&posture);
    (posture.findings, posture.unknown) = judge::judge(&posture);
    posture
}

/// Finds the zone by its SOA record, from the name upwards to its registered domain.
fn zone(book: &mut Book, name: &Name, registered: Option<&str>) -> ZoneFacts {
    let soas: Vec<Answer> =
        lineage(name, Some(registered.unwrap_or(name.key()))).iter().map(|at| book.ask(at, RrType::SOA)).collect();
    let is_apex =
        |soa: &&Answer| soa.records.iter().any(|r| matches!(r.data, Data::Soa(_)) && r.owner.key() == soa.qname.key());
    let found = soas.iter().position(|soa| is_apex(&soa));
    // Below a zone that cannot be seen, an apex further up is not the name's.
    let unseen = soas.iter().position(|soa| soa.state.is_unknown());
    let apex = found.filter(|at| unseen.is_none_or(|unseen| unseen > *at));
    let soa = soas.get(apex.or(unseen).unwrap_or(0)).cloned();
    let soa = soa.unwrap_or_else(|| book.ask(name, RrType::SOA));
    let at = soa.qname.clone();
    let ns = book.ask(&at, RrType::NS);
    let hosts = book.first(HOSTS_MAX, ns.names());
    ZoneFacts {
        apex: apex.map(|_| at.clone()),
        hosts: hosts.into_iter().map(|host| HostFacts::ask(book, host)).collect(),
        ns,
        soa,
        dnskey: book.ask(&at, RrType::DNSKEY),
        ds: book.ask(&at, RrType::DS),
    }
}

/// CAA, from the name upwards until one has it (RFC 8659 §3); the name's own answer where none has.
fn caa(book: &mut Book, name: &Name) -> Answer {
    let answers: Vec<Answer> = lineage(name, None).iter().map(|at| book.ask(at, RrType::CAA)).collect();
    let decides = answers.iter().find(|a| !a.state.is_absent());
    decides.or(answers.first()).cloned().unwrap_or_else(|| book.ask(name, RrType::CAA))
}

/// The name and those above it, up to `last`, or to below the root.
fn lineage(name: &Name, last: Option<&str>) -> Vec<Name> {
    let mut keys: Vec<&str> = ancestors(name.key()).collect();
    let count = last.and_then(|last| keys.iter().position(|key| *key == last)).map_or(keys.len() - 1, |at| at + 1);
    keys.truncate(count.max(1));
    keys.into_iter().filter_map(|key| Name::parse(key).ok()).collect()
}

/// The name of labels before another; `None` where it gets too long.
pub(crate) fn below(labels: &str, name: &Name) -> Option<Name> {
    match name.key() {
        "." => Name::parse(labels).ok(),
        key => Name::parse(&format!("{labels}.{key}")).ok(),
    }
}

/// The registered domain of a name.
pub(crate) fn registered(name: &Name) -> Option<String> {
    psl::domain_str(name.key()).map(str::to_owned)
}
