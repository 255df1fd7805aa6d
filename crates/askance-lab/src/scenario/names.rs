//! Zones, name servers and resolvers in scenario files.

use core::net::IpAddr;

use serde::Deserialize;

use super::Instant;

/// `[[zone]]`: a zone and who serves it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZoneSpec {
    /// Its apex.
    pub name: String,
    /// Id of its server.
    pub server: String,
    /// Its records as a master file; `$ORIGIN` is the apex. Without SOA or NS records they are made.
    pub text: String,
}

/// `[[server]]`: an authoritative server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSpec {
    /// Its id.
    pub id: String,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

/// `[[change]]`: what happens to the zones of a server, and when.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeSpec {
    /// When.
    pub at: Instant,
    /// Id of the server.
    pub server: String,
    /// The zone, where records change.
    #[serde(default)]
    pub zone: String,
    /// Records that take the place of those of the same name and type, as lines of a master file.
    #[serde(default)]
    pub put: String,
    /// Names or `NAME TYPE` pairs to remove.
    #[serde(default)]
    pub remove: Vec<String>,
    /// Removes the whole zone: the server then refuses to answer for it.
    #[serde(default)]
    pub delete_zone: bool,
    /// Removes the zone's delegation from the zone above it as well.
    #[serde(default)]
    pub undelegate: bool,
    /// The server answers nobody until then.
    #[serde(default)]
    pub silent_until: Option<Instant>,
}

/// `[[resolver]]`: a recursive resolver, or a farm of them behind one address.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolverSpec {
    /// Its id.
    pub id: String,
    /// Addresses that clients ask.
    pub addresses: Vec<IpAddr>,
    /// Addresses that it asks from; one for each cache, or the first of `addresses` for all.
    #[serde(default)]
    pub egress: Vec<IpAddr>,
    /// Independent caches.
    #[serde(default = "one")]
    pub caches: u16,
    /// How queries are spread over the caches.
    #[serde(default)]
    pub spread: SpreadSpec,
    /// Which program it behaves like.
    #[serde(default)]
    pub software: SoftwareSpec,
    /// Addresses that it forwards to instead of asking name servers.
    #[serde(default)]
    pub forward_to: Vec<IpAddr>,
    /// Upper bound of TTLs, in seconds; the program's default where absent.
    #[serde(default)]
    pub ttl_max_s: Option<u32>,
    /// Lower bound of TTLs, in seconds.
    #[serde(default)]
    pub ttl_min_s: Option<u32>,
    /// Upper bound of negative TTLs, in seconds.
    #[serde(default)]
    pub negative_ttl_max_s: Option<u32>,
    /// Asks again shortly before a record that is in demand expires; the program's default where absent.
    #[serde(default)]
    pub prefetch: Option<bool>,
    /// Answers from expired records for this long, in seconds.
    #[serde(default)]
    pub serve_expired_s: Option<u32>,
    /// Sends no more of a name than each server needs; the program's default where absent.
    #[serde(default)]
    pub qname_minimisation: Option<bool>,
    /// When it is restarted and forgets everything.
    #[serde(default)]
    pub restarts: Vec<Instant>,
    /// When it answers nobody.
    #[serde(default)]
    pub outages: Vec<(Instant, Instant)>,
}

fn one() -> u16 {
    1
}

/// Which program a resolver behaves like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SoftwareSpec {
    /// Unbound with the settings of Debian 12.
    #[default]
    Unbound,
    /// BIND 9.18 with the settings of Debian 12.
    Bind,
}

/// How a farm spreads queries over its caches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpreadSpec {
    /// Each query goes to a cache of its own choice.
    #[default]
    PerQuery,
    /// All queries of one client go to one cache.
    PerClient,
}
