//! What runs behind a mail server: authentication, and content filters with their lists.

use core::net::IpAddr;

use askance_record::{Name, RrType};

use crate::inquiry::{Inquiry, Outcome, Question, Reply, Step};
use crate::mail::{Discovery, Dkim, Dmarc, DmarcRequest, DmarcVerdict, Message, Spf, SpfRequest, SpfVerdict};
use crate::receiver::{Check, Facts, Standing};

/// What runs behind a mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Filter {
    /// A policy service that checks SPF of HELO and of the reverse path before it answers `RCPT TO`.
    Spf,
    /// Verification of DKIM signatures after the message.
    Dkim,
    /// DMARC after the message, with a SPF check of its own.
    Dmarc,
    /// `SpamAssassin` 4.0 with its default rules, after the message.
    SpamAssassin,
    /// Rspamd 3.4 with `hfilter`, after the message.
    Rspamd,
}

/// Lists that `SpamAssassin` asks for a client's address.
///
/// # Source
/// Measured with `SpamAssassin` 4.0.1; zones of its `20_dnsbl_tests.cf`.
const SPAMASSASSIN_LISTS: [(&str, RrType); 10] = [
    ("zen.spamhaus.org", RrType::A),
    ("psbl.surriel.com", RrType::A),
    ("bl.score.senderscore.com", RrType::A),
    ("bl.mailspike.net", RrType::A),
    ("wl.mailspike.net", RrType::A),
    ("iadb.isipp.com", RrType::A),
    ("list.dnswl.org", RrType::A),
    ("bl.spamcop.net", RrType::TXT),
    ("sa-accredit.habeas.com", RrType::TXT),
    ("sa-trusted.bondedsender.org", RrType::TXT),
];

/// Lists that Rspamd asks for a client's address.
///
/// # Source
/// Measured with Rspamd 3.4; zones of its `modules.d/rbl.conf`.
const RSPAMD_ADDRESS_LISTS: [&str; 8] = [
    "zen.spamhaus.org",
    "rep.mailspike.net",
    "score.senderscore.com",
    "bl.spameatingmonkey.net",
    "list.dnswl.org",
    "bip.virusfree.cz",
    "ix.dnsbl.manitu.net",
    "bl.blocklist.de",
];

/// Lists that Rspamd asks for a client's name and its HELO name.
const RSPAMD_NAME_LISTS: [&str; 3] = ["dbl.spamhaus.org", "multi.surbl.org", "multi.uribl.com"];

/// What a filter knows of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The message.
    pub message: Message,
    /// The domain that its authors share.
    pub from_domain: Option<Name>,
    /// Where the keys of its signatures are (RFC 6376 §3.6.2.1).
    pub keys: Vec<Name>,
}

impl Content {
    /// Looks through a message.
    pub fn read(octets: Vec<u8>) -> Self {
        let message = Message::read(octets);
        let from_domain = message.author_domain().and_then(|domain| Name::parse(&domain).ok());
        let signatures = message.fields().filter(|field| field.is("dkim-signature"));
        let keys = signatures.filter_map(|field| key_name(&field.unfolded())).take(16).collect();
        Self { message, from_domain, keys }
    }
}

/// `s=SELECTOR` and `d=DOMAIN` of a signature, as a name.
fn key_name(value: &str) -> Option<Name> {
    let tag = |key: &str| {
        value.split(';').find_map(|tag| {
            let (found, text) = tag.split_once('=')?;
            (found.trim() == key).then(|| text.trim())
        })
    };
    Name::parse(&format!("{}._domainkey.{}", tag("s")?, tag("d")?)).ok()
}

impl Filter {
    /// All filters.
    pub const ALL: [Self; 5] = [Self::Spf, Self::Dkim, Self::Dmarc, Self::SpamAssassin, Self::Rspamd];

    /// The stable identifier.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spf => "spf",
            Self::Dkim => "dkim",
            Self::Dmarc => "dmarc",
            Self::SpamAssassin => "spamassassin",
            Self::Rspamd => "rspamd",
        }
    }

    /// The filter of this identifier.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.as_str() == id)
    }

    /// Whether it runs before the answer to `RCPT TO`; otherwise after the message.
    pub const fn is_policy(self) -> bool {
        matches!(self, Self::Spf)
    }

    /// The checks of a policy service, one after the other.
    ///
    /// - `receiver`: the server's name
    pub fn policy_checks(self, facts: &Facts, receiver: &Name, now_s: i64) -> Vec<Check> {
        if !self.is_policy() {
            return Vec::new();
        }
        let mut checks = vec![spf(facts, "", receiver, now_s)];
        if !facts.sender.is_empty() {
            checks.push(spf(facts, &facts.sender, receiver, now_s));
        }
        checks
    }

    /// The checks after the message, made at once.
    ///
    /// - `receiver`: the server's name
    /// - `signed_by`: the domains whose signatures passed in a filter before
    pub fn content_checks(
        self,
        facts: &Facts,
        content: &Content,
        signed_by: &[String],
        receiver: &Name,
        now_s: i64,
    ) -> Vec<Check> {
        match self {
            Self::Spf => Vec::new(),
            Self::Dkim => vec![Check::Dkim(Box::new(Dkim::new(&content.message, now_s)))],
            Self::Dmarc => {
                let Some(author_domain) = content.message.author_domain() else { return Vec::new() };
                let dkim = signed_by.to_vec();
                let discovery = Discovery::SuffixList;
                let request = DmarcRequest { author_domain, spf: None, dkim, discovery, draw: 0 };
                let spf = spf_request(facts, &facts.sender, receiver, now_s);
                vec![Check::Dmarc(Box::new(DmarcCheck::new(spf, request)))]
            }
            Self::SpamAssassin => spamassassin(facts, content, receiver, now_s),
            Self::Rspamd => rspamd(facts, content, receiver, now_s),
        }
    }
}

fn spf_request(facts: &Facts, mail_from: &str, receiver: &Name, now_s: i64) -> SpfRequest {
    SpfRequest {
        client: facts.client,
        helo: facts.helo.clone(),
        mail_from: mail_from.to_owned(),
        receiver: receiver.key().to_owned(),
        now_s,
    }
}

fn spf(facts: &Facts, mail_from: &str, receiver: &Name, now_s: i64) -> Check {
    Check::Spf(Box::new(Spf::new(spf_request(facts, mail_from, receiver, now_s))))
}

fn spamassassin(facts: &Facts, content: &Content, receiver: &Name, now_s: i64) -> Vec<Check> {
    let mut asked = Vec::new();
    for (list, qtype) in SPAMASSASSIN_LISTS {
        push(&mut asked, listed(facts.client, list), qtype);
    }
    if let Some(helo) = facts.helo_name() {
        push(&mut asked, Some(helo), RrType::A);
    }
    for key in &content.keys {
        push(&mut asked, Some(key.clone()), RrType::TXT);
    }
    if let Some(from) = &content.from_domain {
        push(&mut asked, Name::parse(&format!("{from}.fresh.fmb.la")).ok(), RrType::A);
        push(&mut asked, Name::parse(&format!("_adsp._domainkey.{from}")).ok(), RrType::TXT);
        push(&mut asked, Some(from.clone()), RrType::MX);
    }
    let mut checks = Vec::new();
    if !asked.is_empty() {
        checks.push(Check::Batch(Batch::new(asked)));
    }
    checks.push(spf(facts, "", receiver, now_s));
    checks
}

fn rspamd(facts: &Facts, content: &Content, receiver: &Name, now_s: i64) -> Vec<Check> {
    let mut asked = Vec::new();
    push(&mut asked, listed(facts.client, "asn.rspamd.com"), RrType::TXT);
    for list in RSPAMD_ADDRESS_LISTS {
        push(&mut asked, listed(facts.client, list), RrType::A);
    }
    for name in [facts.helo_name(), facts.client_name.confirmed.clone()].into_iter().flatten() {
        for list in RSPAMD_NAME_LISTS {
            push(&mut asked, Name::parse(&format!("{name}.{list}")).ok(), RrType::A);
        }
    }
    for key in &content.keys {
        push(&mut asked, Some(key.clone()), RrType::TXT);
    }
    if let Some(from) = &content.from_domain {
        push(&mut asked, Name::parse(&format!("_dmarc.{from}")).ok(), RrType::TXT);
    }
    let mut checks = Vec::new();
    if !asked.is_empty() {
        checks.push(Check::Batch(Batch::new(asked)));
    }
    checks.push(spf(facts, &facts.sender, receiver, now_s));
    checks.extend(facts.helo_name().map(|helo| Check::Host(HostCheck::new(helo))));
    checks.extend(facts.sender_domain().map(|domain| Check::Host(HostCheck::new(domain))));
    checks
}

fn push(asked: &mut Vec<Question>, name: Option<Name>, qtype: RrType) {
    asked.extend(name.map(|name| Question::new(name, qtype)));
}

/// The name that a list has for an address (RFC 5782 §2.1, §2.4).
fn listed(address: IpAddr, list: &str) -> Option<Name> {
    let reverse = Name::of_reverse(address);
    let labels = reverse.key().trim_end_matches(".in-addr.arpa").trim_end_matches(".ip6.arpa");
    Name::parse(&format!("{labels}.{list}")).ok()
}

/// Questions asked at once.
#[derive(Clone, Debug)]
pub struct Batch {
    questions: Vec<Question>,
}

impl Batch {
    /// A batch of at least one question.
    pub fn new(questions: Vec<Question>) -> Self {
        Self { questions }
    }
}

impl Inquiry for Batch {
    /// The names that had an answer.
    type Verdict = Vec<Name>;

    fn step(&mut self, replies: &[Reply]) -> Step<Vec<Name>> {
        if replies.is_empty() && !self.questions.is_empty() {
            return Step::Ask(core::mem::take(&mut self.questions));
        }
        let answered = replies.iter().filter(|reply| reply.outcome == Outcome::Answered);
        Step::Done(answered.map(|reply| reply.question.qname.clone()).collect())
    }
}

/// Rspamd's look at a host: A and AAAA at once; MX only where both are empty, then A and AAAA of the exchange.
///
/// # Source
/// Measured with Rspamd 3.4. Read: `lua/hfilter.lua`.
#[derive(Clone, Debug)]
pub struct HostCheck {
    host: Name,
    state: HostState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HostState {
    Start,
    Addresses,
    Exchanges,
    ExchangeAddresses,
}

impl HostCheck {
    /// A look at this host.
    pub fn new(host: Name) -> Self {
        Self { host, state: HostState::Start }
    }

    fn both(&mut self, name: Name, state: HostState) -> Step<Standing> {
        self.state = state;
        Step::Ask(vec![Question::new(name.clone(), RrType::A), Question::new(name, RrType::AAAA)])
    }
}

impl Inquiry for HostCheck {
    type Verdict = Standing;

    fn step(&mut self, replies: &[Reply]) -> Step<Standing> {
        let found = replies.iter().any(|reply| reply.outcome == Outcome::Answered);
        let temporary = replies.iter().any(|reply| reply.outcome.is_temporary());
        let missing = if temporary { Standing::Temporary } else { Standing::Unknown };
        match self.state {
            HostState::Start => self.both(self.host.clone(), HostState::Addresses),
            HostState::Addresses if !found => {
                self.state = HostState::Exchanges;
                Step::Ask(vec![Question::new(self.host.clone(), RrType::MX)])
            }
            HostState::Exchanges => {
                match replies.first().and_then(|r| r.exchanges().first().map(|(_, x)| (*x).clone())) {
                    Some(exchange) if exchange.key() == "." => Step::Done(Standing::NullMx),
                    Some(exchange) => self.both(exchange, HostState::ExchangeAddresses),
                    None => Step::Done(missing),
                }
            }
            HostState::Addresses | HostState::ExchangeAddresses => {
                Step::Done(if found { Standing::Known } else { missing })
            }
        }
    }
}

/// DMARC as `OpenDMARC` checks it: SPF of the reverse path by itself, then the policy.
///
/// # Source
/// `OpenDMARC` `SPFSelfValidate`; order measured behind Postfix with `OpenDKIM`.
#[derive(Clone, Debug)]
pub struct DmarcCheck {
    spf: Option<Spf>,
    domain: String,
    request: DmarcRequest,
    dmarc: Option<Dmarc>,
}

impl DmarcCheck {
    /// A check that has asked nothing yet.
    ///
    /// - `request`: its result of SPF is filled in
    pub fn new(spf: SpfRequest, request: DmarcRequest) -> Self {
        let domain = spf.domain().to_owned();
        Self { spf: Some(Spf::new(spf)), domain, request, dmarc: None }
    }
}

impl Inquiry for DmarcCheck {
    type Verdict = DmarcVerdict;

    fn step(&mut self, replies: &[Reply]) -> Step<DmarcVerdict> {
        let mut replies = replies;
        if let Some(spf) = &mut self.spf {
            let SpfVerdict { result, .. } = match spf.step(replies) {
                Step::Ask(questions) => return Step::Ask(questions),
                Step::Done(verdict) => verdict,
            };
            self.spf = None;
            self.request.spf = Some((result, self.domain.clone()));
            replies = &[];
        }
        let request = &self.request;
        self.dmarc.get_or_insert_with(|| Dmarc::new(request.clone())).step(replies)
    }
}
