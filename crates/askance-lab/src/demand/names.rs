//! What a client asks in one act.

use core::net::IpAddr;
use std::collections::VecDeque;

use askance_proto::Question;
use askance_record::{Name, RrType};

/// What a client asks in one act. Lists are entered by the act's item, wrapping around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// The same questions each time, each after the reply to the one before, without search list.
    Fixed(Vec<(Name, RrType)>),
    /// What `getaddrinfo` asks for one name of the list: A, and AAAA at the same time where wanted; with the search list.
    Families {
        /// The names.
        names: Vec<Name>,
        /// Whether AAAA is asked too.
        aaaa: bool,
    },
    /// PTR of one address of the list, then A of the name that it gives.
    PtrThenA(Vec<IpAddr>),
    /// One question of the list, without search list.
    Rotation(Vec<(Name, RrType)>),
    /// What a program asks about one old sender.
    Archive {
        /// The senders, oldest mail first.
        senders: Vec<OldSender>,
        /// What it asks of each.
        style: ArchiveStyle,
    },
}

/// The sender of a stored message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldSender {
    /// The address that connected then.
    pub address: IpAddr,
    /// The name that it gave in HELO.
    pub helo: Name,
    /// The domain of its envelope sender.
    pub domain: Name,
    /// The selector of its signature, if it had one.
    pub selector: Option<Name>,
}

/// What a program asks about an old sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveStyle {
    /// A of the HELO name, then MX and TXT of the domain, never PTR: a content filter over stored mail (`SpamAssassin`).
    ContentFilter,
    /// PTR without the A of its answer, TXT of domain, key and policy: an authentication filter (`Rspamd`).
    AuthenticationFilter,
    /// PTR, then A of its answer: log files whose addresses are turned into names.
    LogResolver,
}

/// The questions of one act, wave after wave; the questions of a wave are asked at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) waves: VecDeque<Vec<Question>>,
    /// Whether A is asked of what a PTR record gives.
    pub(crate) follows_pointers: bool,
}

impl Names {
    /// One question, each time.
    pub fn one(qname: Name, qtype: RrType) -> Self {
        Self::Fixed(vec![(qname, qtype)])
    }

    /// What `getaddrinfo` asks for a name, both families.
    pub fn host(name: Name) -> Self {
        Self::Families { names: vec![name], aaaa: true }
    }

    /// Which entry of the list an item is about; 0 without a list.
    pub(crate) fn entry(&self, item: u64) -> u64 {
        let len = match self {
            Self::Fixed(_) => 1,
            Self::Families { names, .. } => names.len(),
            Self::PtrThenA(addresses) => addresses.len(),
            Self::Rotation(questions) => questions.len(),
            Self::Archive { senders, .. } => senders.len(),
        };
        item % (len.max(1) as u64)
    }

    /// What is asked about an item; nothing where the list is empty.
    pub(crate) fn plan(&self, item: u64) -> Plan {
        let at = usize::try_from(self.entry(item)).expect("below a length");
        match self {
            Self::Fixed(questions) => one_by_one(questions.iter().map(|(n, t)| (n.clone(), *t))),
            Self::Families { names, aaaa } => {
                let types: &[RrType] = if *aaaa { &[RrType::A, RrType::AAAA] } else { &[RrType::A] };
                let wave = |name: &Name| types.iter().map(|t| Question::new(name.clone(), *t).searched()).collect();
                Plan { waves: names.get(at).map(wave).into_iter().collect(), follows_pointers: false }
            }
            Self::PtrThenA(addresses) => {
                let ptr = addresses.get(at).map(|ip| (Name::of_reverse(*ip), RrType::PTR));
                Plan { follows_pointers: true, ..one_by_one(ptr) }
            }
            Self::Rotation(questions) => one_by_one(questions.get(at).cloned()),
            Self::Archive { senders, style } => senders.get(at).map(|s| s.plan(*style)).unwrap_or_default(),
        }
    }
}

impl OldSender {
    fn plan(&self, style: ArchiveStyle) -> Plan {
        let ptr = (Name::of_reverse(self.address), RrType::PTR);
        let domain = |qtype| (self.domain.clone(), qtype);
        match style {
            ArchiveStyle::ContentFilter => {
                one_by_one([(self.helo.clone(), RrType::A), domain(RrType::MX), domain(RrType::TXT)])
            }
            ArchiveStyle::AuthenticationFilter => {
                // A prefix that makes the name too long is not asked.
                let below = |prefix: &str| Name::parse(&format!("{prefix}.{}", self.domain.raw())).ok();
                let key = self.selector.as_ref().and_then(|s| below(&format!("{}._domainkey", s.raw())));
                let policy = below("_dmarc");
                let texts = key.into_iter().chain(policy).map(|name| (name, RrType::TXT));
                one_by_one([ptr, domain(RrType::TXT)].into_iter().chain(texts))
            }
            ArchiveStyle::LogResolver => Plan { follows_pointers: true, ..one_by_one([ptr]) },
        }
    }
}

fn one_by_one(questions: impl IntoIterator<Item = (Name, RrType)>) -> Plan {
    let waves = questions.into_iter().map(|(name, qtype)| vec![Question::new(name, qtype)]).collect();
    Plan { waves, follows_pointers: false }
}
