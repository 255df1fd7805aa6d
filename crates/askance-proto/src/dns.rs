//! The Domain Name System: messages, zones and the parties that speak it.

mod asking;
mod authoritative;
mod cache;
mod message;
mod resolver;
mod stub;
mod wire;
mod zone;

pub use asking::{Asking, AskingStep, Heard, Over, Taken};
pub use authoritative::{Authoritative, AuthoritativeConfig, Change};
pub use cache::{Cache, CacheConfig, Hit, LastSecond};
pub use message::{Data, Edns, Header, Message, Record, Soa};
pub use resolver::{Resolver, ResolverConfig, Software, Spread};
pub use stub::{Stub, StubConfig};
pub use wire::WireError;
pub use zone::{Found, Verdict, Zone, ZoneError};
