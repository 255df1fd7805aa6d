//! Whom a survey asks, as whom, and what it refuses to do.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};

use askance_record::Explain;

use crate::network::{Network, Reach};
use crate::survey::probe::{Ask, Patience};
use crate::survey::schedule::Pace;
use crate::survey::visits::{VISITS_MAX, VisitPlan};

/// Addresses of a /22: more needs a word of its own.
const TARGETS_WITHOUT_A_WORD: usize = 1024;

/// Most targets of one plan, with every allowance: it is held in memory.
const TARGETS_MAX: usize = 1 << 20;

/// Most sender identities, and most source addresses.
const IDENTITIES_MAX: usize = 4;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The name for `EHLO`.
    pub helo: String,
    /// The reverse path: a mailbox that somebody reads, never empty.
    pub mail_from: String,
}

/// What a survey is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRequest {
    /// Whom to ask.
    pub targets: Vec<Network>,
    /// Whom never to ask, whatever `targets` says.
    pub exclude: Vec<Network>,
    /// The port, 25 but in a lab.
    pub port: u16,
    /// Whether more than a /22 may be asked.
    pub large: bool,
    /// Why targets outside loopback and private ranges may be asked; written into every result.
    pub reason: Option<String>,
    /// As whom; the first begins. Two are needed before anything is called selective by sender.
    pub senders: Vec<Identity>,
    /// From which own addresses; empty leaves it to the system.
    pub sources: Vec<IpAddr>,
    /// Addresses that the targets are known to serve; two at most count.
    pub recipients: Vec<String>,
    /// An address in the surveyor's own domain, asked about where all others are refused.
    pub relay_to: Option<String>,
    /// Whether the caller has confirmed that the `EHLO` names and our addresses lead to each other (RFC 8601 `iprev`).
    pub helo_confirmed: bool,
    /// Most connections of the whole survey; `None` for as many as the targets may need.
    pub connections_max: Option<u64>,
    /// How fast.
    pub pace: Pace,
    /// How long to wait.
    pub patience: Patience,
}

impl Default for PlanRequest {
    /// Polite, port 25, nobody to ask yet.
    fn default() -> Self {
        Self {
            targets: Vec::new(),
            exclude: Vec::new(),
            port: 25,
            large: false,
            reason: None,
            senders: Vec::new(),
            sources: Vec::new(),
            recipients: Vec::new(),
            relay_to: None,
            helo_confirmed: false,
            connections_max: None,
            pace: Pace::POLITE,
            patience: Patience::default(),
        }
    }
}

/// Why a survey is refused before it begins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Nobody is left to ask.
    #[error("no target is left to ask")]
    NoTarget,
    /// No host has such an address.
    #[error("{target} has addresses that no host has: multicast, link-local, reserved or unspecified")]
    Nowhere {
        /// The target.
        target: Network,
    },
    /// Somebody else's network without a reason.
    #[error("{target} is neither loopback nor private, and no reason is given why it may be asked")]
    NoReason {
        /// The target.
        target: Network,
    },
    /// Somebody else's network, by a name that nobody can trace back.
    #[error("{target} is somebody else's, and the EHLO name is not confirmed by reverse and forward lookup")]
    Unconfirmed {
        /// The target.
        target: Network,
    },
    /// Somebody else's network without the pauses, or with more than two refusals borne.
    #[error("{target} is somebody else's, and the pace or the number of refusals is above the polite one")]
    Impolite {
        /// The target.
        target: Network,
    },
    /// More than a /22.
    #[error("{addresses} addresses are more than a /22 ({TARGETS_WITHOUT_A_WORD}), and nobody allowed that")]
    Large {
        /// How many.
        addresses: u128,
    },
    /// More than fits.
    #[error("{addresses} addresses are more than one survey holds ({TARGETS_MAX})")]
    TooLarge {
        /// How many.
        addresses: u128,
    },
    /// As nobody, or as too many.
    #[error("a survey has 1 to {IDENTITIES_MAX} sender identities and at most {IDENTITIES_MAX} source addresses")]
    Identities,
    /// An `EHLO` name that is none.
    #[error("{name:?} is not a full host name to give at EHLO")]
    Helo {
        /// The text.
        name: String,
    },
    /// A mail address that is none; the empty reverse path is never used.
    #[error("{address:?} is not a mail address such as survey@example.org")]
    Address {
        /// The text.
        address: String,
    },
    /// A source address of a kind that no target has.
    #[error("the source address {source_address} is of another family than some target")]
    SourceFamily {
        /// The address.
        source_address: IpAddr,
    },
}

impl Explain for PlanError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoTarget => "survey::no-target",
            Self::Nowhere { .. } => "survey::nowhere",
            Self::NoReason { .. } => "survey::no-reason",
            Self::Unconfirmed { .. } => "survey::unconfirmed",
            Self::Impolite { .. } => "survey::impolite",
            Self::Large { .. } => "survey::large",
            Self::TooLarge { .. } => "survey::too-large",
            Self::Identities => "survey::identities",
            Self::Helo { .. } => "survey::helo",
            Self::Address { .. } => "survey::address",
            Self::SourceFamily { .. } => "survey::source-family",
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::NoTarget => "name targets, or exclude less",
            Self::Nowhere { .. } => "name addresses that hosts can have",
            Self::NoReason { .. } => "say why you may ask with --i-may-probe REASON; it is written into every result",
            Self::Unconfirmed { .. } => "give your address a PTR to the EHLO name, and the name an A or AAAA back",
            Self::Impolite { .. } => "limits can be lifted on loopback and in private networks only",
            Self::Large { .. } => "ask fewer, or allow it in so many words: --more-than-a-22",
            Self::TooLarge { .. } => "cut the survey into several",
            Self::Identities => "one sender identity is needed (--from), two to tell a selection by sender",
            Self::Helo { .. } => "use the full name of the host that asks, such as --ehlo probe.example.org",
            Self::Address { .. } => "use a mailbox that somebody reads",
            Self::SourceFamily { .. } => "survey IPv4 and IPv6 targets apart",
        };
        Some(help.to_owned())
    }
}

/// A survey that may be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub(super) request: PlanRequest,
    /// Ascending, each once.
    pub(super) targets: Vec<IpAddr>,
}

impl Plan {
    /// Checks a request and lists its targets.
    ///
    /// # Errors
    /// [`PlanError`] for whatever a survey must not do.
    pub fn new(request: PlanRequest) -> Result<Self, PlanError> {
        check_identities(&request)?;
        let addresses = request.targets.iter().map(Network::size).fold(0u128, u128::saturating_add);
        if addresses > TARGETS_MAX as u128 {
            return Err(PlanError::TooLarge { addresses });
        }
        let mut targets = BTreeSet::new();
        for target in &request.targets {
            for address in target.hosts().filter(|a| !request.exclude.iter().any(|e| e.contains(*a))) {
                check_address(&request, *target, address)?;
                targets.insert(address);
            }
        }
        if targets.is_empty() {
            return Err(PlanError::NoTarget);
        }
        if targets.len() > TARGETS_WITHOUT_A_WORD && !request.large {
            return Err(PlanError::Large { addresses: targets.len() as u128 });
        }
        Ok(Self { request, targets: targets.into_iter().collect() })
    }

    /// What was asked for.
    pub fn request(&self) -> &PlanRequest {
        &self.request
    }

    /// Every target once, ascending.
    pub fn targets(&self) -> &[IpAddr] {
        &self.targets
    }

    /// True for the targets, and for no other address.
    pub fn allows(&self, address: IpAddr) -> bool {
        self.targets.binary_search(&address).is_ok()
    }

    /// Most connections that the survey will make.
    pub fn connections_max(&self) -> u64 {
        let identities = self.request.senders.len() > 1 || self.request.sources.len() > 1;
        // One more where TLS fails; several identities take as many as the rule for visits allows.
        let each = if identities { VISITS_MAX } else { 2 };
        let need = (self.targets.len() as u64).saturating_mul(each as u64);
        self.request.connections_max.map_or(need, |most| most.min(need))
    }

    /// How long the survey takes at least, one visit a target, by the pauses alone, in microseconds.
    pub fn least_us(&self) -> i64 {
        let mut networks: BTreeMap<Network, i64> = BTreeMap::new();
        for target in &self.targets {
            *networks.entry(Network::neighbourhood(*target)).or_default() += 1;
        }
        let most = networks.values().copied().max().unwrap_or(1);
        let pace = &self.request.pace;
        let all = i64::try_from(self.targets.len()).unwrap_or(i64::MAX);
        (most - 1).saturating_mul(pace.pause_us).max((all - 1).saturating_mul(pace.gap_us))
    }

    /// What a visit is to say.
    ///
    /// # Panics
    /// Where `visit` names a sender that the plan does not have.
    pub fn ask(&self, visit: VisitPlan) -> Ask {
        let identity = &self.request.senders[visit.sender];
        Ask {
            helo: identity.helo.clone(),
            mail_from: identity.mail_from.clone(),
            recipients: self.request.recipients.clone(),
            relay_to: self.request.relay_to.clone(),
            visit,
            patience: self.request.patience.clone(),
        }
    }
}

fn check_address(request: &PlanRequest, target: Network, address: IpAddr) -> Result<(), PlanError> {
    let reach = Reach::of(address);
    if reach == Reach::Nowhere {
        return Err(PlanError::Nowhere { target });
    }
    if reach == Reach::Outside {
        if request.reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
            return Err(PlanError::NoReason { target });
        }
        if !request.helo_confirmed {
            return Err(PlanError::Unconfirmed { target });
        }
        if !request.pace.is_polite() || request.patience.errors_max > Patience::default().errors_max {
            return Err(PlanError::Impolite { target });
        }
    }
    match request.sources.iter().find(|source| source.is_ipv4() != address.is_ipv4()) {
        Some(&source_address) => Err(PlanError::SourceFamily { source_address }),
        None => Ok(()),
    }
}

fn check_identities(request: &PlanRequest) -> Result<(), PlanError> {
    if !(1..=IDENTITIES_MAX).contains(&request.senders.len()) || request.sources.len() > IDENTITIES_MAX {
        return Err(PlanError::Identities);
    }
    for identity in &request.senders {
        if !is_host_name(&identity.helo) {
            return Err(PlanError::Helo { name: identity.helo.clone() });
        }
    }
    let senders = request.senders.iter().map(|identity| &identity.mail_from);
    match senders.chain(&request.recipients).chain(&request.relay_to).find(|address| !is_mail_address(address)) {
        Some(address) => Err(PlanError::Address { address: address.clone() }),
        None => Ok(()),
    }
}

/// True for a name of two labels or more, each of letters, digits and inner hyphens, the last with a letter.
pub(super) fn is_host_name(text: &str) -> bool {
    let label = |l: &str| {
        (1..=63).contains(&l.len())
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= 253
        && text.contains('.')
        && text.split('.').all(label)
        && last.bytes().any(|b| b.is_ascii_alphabetic())
}

/// A local part without quoting, and a host name.
fn is_mail_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    (1..=64).contains(&local.len()) && local.bytes().all(atext) && is_host_name(domain)
}
