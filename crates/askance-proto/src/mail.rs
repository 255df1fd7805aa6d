//! Mail: what a sender does with a message, and what a receiver checks.

mod bounce;
mod dkim;
mod dmarc;
mod message;
mod queue;
mod replay;
mod spf;
#[cfg(test)]
mod testing;

pub use bounce::{Bounce, BounceAction, BounceClass, BounceRecipient};
pub use dkim::{
    Canonical, Dkim, DkimFault, DkimKey, DkimKeyKind, DkimResult, DkimSigner, DkimVerdict, KeyError, SignatureVerdict,
    SigningKey,
};
pub use dmarc::{Discovery, Dmarc, DmarcPolicy, DmarcRecord, DmarcRequest, DmarcResult, DmarcVerdict, Psd};
pub use message::{Address, Draft, Field, Message, Transfer};
pub use queue::RetrySchedule;
pub use spf::{
    Spf, SpfAddresses, SpfAsked, SpfAudit, SpfExpansion, SpfFamilies, SpfFault, SpfPlace, SpfPolicy, SpfReason,
    SpfRecord, SpfRequest, SpfResult, SpfTerm, SpfTermKind, SpfVerdict,
};
