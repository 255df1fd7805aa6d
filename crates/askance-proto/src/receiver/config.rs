//! What a receiver is told about itself.

use core::net::IpAddr;

use askance_record::Name;

use crate::Cause;
use crate::dns::StubConfig;
use crate::receiver::{Filter, GreylistConfig, Profile};

/// What a receiver is told about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiverConfig {
    /// Its own name.
    pub hostname: Name,
    /// Its addresses; it listens at port 25 of each, and sends from the first.
    pub addresses: Vec<IpAddr>,
    /// The program that it behaves like.
    pub profile: Profile,
    /// What runs behind the program.
    pub filters: Vec<Filter>,
    /// Its resolver.
    pub stub: StubConfig,
    /// Whether it looks up IPv6 addresses of hosts too.
    pub ipv6: bool,
    /// The domains that it takes mail for.
    pub domains: Vec<Name>,
    /// Who has a mailbox there.
    pub users: Users,
    /// Whether mail from strangers is put off at first.
    pub greylist: Option<GreylistConfig>,
    /// Whether a SPF fail, or the policy `reject` of DMARC, refuses a message.
    pub enforces: bool,
    /// Whether it writes a log.
    pub logs: bool,
    /// What makes its lookups about a client or sender.
    pub causes: Causes,
    /// Seed of its identifiers and ports.
    pub seed: u64,
}

/// Who has a mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Users {
    /// Everybody.
    #[default]
    Any,
    /// These local parts, in lower case, and `postmaster`.
    Known(Vec<String>),
}

/// Ground truth of a receiver's lookups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Causes {
    /// Of the lookups and call-outs that check a client or sender.
    pub verification: Option<Cause>,
    /// Of SPF, DKIM and DMARC.
    pub authentication: Option<Cause>,
    /// Of the block lists and other lookups of content filters.
    pub content: Option<Cause>,
    /// Of lookups of the server's own address and domains.
    pub own: Option<Cause>,
}

impl ReceiverConfig {
    /// Postfix as shipped, with one address, for everybody in the domain above the host's name.
    pub fn new(hostname: Name, stub: StubConfig) -> Self {
        let above = hostname.key().split_once('.').and_then(|(_, domain)| Name::parse(domain).ok());
        Self {
            domains: above.into_iter().chain([hostname.clone()]).collect(),
            hostname,
            addresses: vec![stub.address],
            profile: Profile::default(),
            filters: Vec::new(),
            stub,
            ipv6: true,
            users: Users::Any,
            greylist: None,
            enforces: false,
            logs: true,
            causes: Causes::default(),
            seed: 0,
        }
    }

    /// True where the domain of a mailbox is the receiver's; a mailbox without a domain is.
    pub(super) fn is_own(&self, mailbox: &str) -> bool {
        let Some((_, domain)) = mailbox.rsplit_once('@') else { return !mailbox.is_empty() };
        self.domains.iter().any(|own| own.key().eq_ignore_ascii_case(domain.trim_end_matches('.')))
    }

    /// True where a mailbox in a domain of the receiver's exists.
    pub(super) fn has_user(&self, mailbox: &str) -> bool {
        let local = mailbox.rsplit_once('@').map_or(mailbox, |(local, _)| local).to_ascii_lowercase();
        let local = local.split('+').next().unwrap_or_default();
        match &self.users {
            Users::Any => true,
            Users::Known(known) => local == "postmaster" || known.iter().any(|user| user == local),
        }
    }
}
