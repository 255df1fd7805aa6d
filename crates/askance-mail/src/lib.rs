//! Configuration of mail names: posture, roles, comparison with a fleet.
//!
//! Everything here is a function of answers. Who gets them, from a resolver or from a
//! [`Snapshot`] of zone files, is for the caller: a [`PostureAudit`] says what it asks
//! next and is told the answers. What the records do not hold is *unknown*; it is never
//! taken for absent. What the world says (NXDOMAIN, permerror, timeout) is a value.
//!
//! - [`Posture`]: what the records say of one name, and what follows ([`Finding`])
//! - [`Audits`]: the same of several names, each question asked once
//! - [`Roles`]: who is said to be registrant, operator or sender; never one owner
//! - [`Fleet`]: is an oddity one, or do all siblings look so?
//! - [`json`]: the same as a document

mod answer;
mod book;
mod finding;
mod fleet;
pub mod json;
mod judge;
mod many;
mod network;
mod posture;
mod roles;
mod snapshot;

pub use answer::{Answer, State};
pub use book::Audited;
pub use finding::{Area, Code, Finding, Severity, Shown};
pub use fleet::{Cell, Compared, Feature, Fleet, FleetWord, Template, TemplateMember, TemplatePart};
pub use many::Audits;
pub use network::NetworkNames;
pub use posture::{
    AddressFacts, DkimFacts, DkimFound, DmarcFacts, DmarcFound, ExchangeFacts, HostFacts, Posture, PostureAudit,
    PostureRequest, PtrName, SELECTORS, SpfCheck, SpfFacts, SpfOf, TextFacts, ZoneFacts,
};
pub use roles::{Evidence, Role, Roles, Statement};
pub use snapshot::{Snapshot, SnapshotError};
