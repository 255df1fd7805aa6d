//! People, programs, channels and crowds in scenario files.

use core::net::{IpAddr, Ipv4Addr};

use serde::Deserialize;

use super::Instant;

/// `[[asker]]`: people or a program that ask.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskerSpec {
    /// Its id.
    pub id: String,
    /// Its hosts' addresses.
    pub addresses: Vec<IpAddr>,
    /// Id of its resolver.
    pub resolver: String,
    /// The ground truth.
    pub mechanism: String,
    /// When it acts.
    pub process: ProcessSpec,
    /// What it asks in one act.
    pub ask: AskSpec,
    /// Search list of its hosts.
    #[serde(default)]
    pub search: Vec<String>,
    /// Its own cache keeps answers for their TTL.
    #[serde(default)]
    pub local_cache: bool,
    /// What it does with the address that it learns.
    #[serde(default)]
    pub connect: Option<ConnectSpec>,
    /// Asks again when it is not served; never where absent.
    #[serde(default)]
    pub retry: Option<RetrySpec>,
    /// Asks again when what it learnt expires, as the named firewall does: `pan-os`, `forti-os`, `asa`.
    #[serde(default)]
    pub refresh: Option<String>,
    /// Not before.
    #[serde(default)]
    pub from: Option<Instant>,
    /// Not after.
    #[serde(default)]
    pub until: Option<Instant>,
    /// When its hosts are down.
    #[serde(default)]
    pub outages: Vec<(Instant, Instant)>,
}

/// When somebody acts.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ProcessSpec {
    /// Once, when it starts.
    Once,
    /// At a steady rate, without memory.
    Poisson {
        /// Acts a day.
        per_day: f64,
    },
    /// People's sessions.
    Human {
        /// IANA zone of their clocks.
        zone: String,
        /// `work`, `home` or `flat`.
        week: String,
        /// Sessions a day, averaged over a week.
        sessions_per_day: f64,
        /// Mean number of acts in a session.
        #[serde(default = "three")]
        acts_per_session: f64,
        /// Median time between two acts of a session, in seconds.
        #[serde(default = "minute")]
        think_s: f64,
        /// Days off, as `2016-05-09`.
        #[serde(default)]
        holidays: Vec<String>,
    },
    /// A job by the clock.
    Clock {
        /// Five fields of a cron table, in `zone`.
        #[serde(default)]
        cron: Option<String>,
        /// IANA zone of the machine.
        #[serde(default = "utc")]
        zone: String,
        /// Every so many seconds, where there is no `cron`.
        #[serde(default)]
        every_s: Option<u32>,
        /// Mean lateness, in seconds.
        #[serde(default)]
        late_s: f64,
        /// Share of runs that do not happen.
        #[serde(default)]
        missed: f64,
    },
    /// Sleep, act, sleep.
    Sleep {
        /// Sleep, in seconds.
        period_s: f64,
        /// Uniform jitter as a share of the sleep.
        #[serde(default)]
        jitter: f64,
        /// Mean duration of the act itself, in seconds.
        #[serde(default)]
        work_s: f64,
    },
    /// Check-ins with a controller.
    Beacon {
        /// Sleep, in seconds.
        period_s: f64,
        /// Uniform jitter as a share of the sleep.
        #[serde(default)]
        jitter: f64,
        /// Share of check-ins that bring a task.
        #[serde(default)]
        task_share: f64,
        /// Mean duration of a task, in seconds.
        #[serde(default = "ten_minutes")]
        task_s: f64,
    },
    /// Interest after something became known.
    FadeOut {
        /// When.
        at: Instant,
        /// Acts an hour at first.
        peak_per_h: f64,
        /// How long it stays near the peak, in hours.
        #[serde(default = "three")]
        scale_h: f64,
        /// The power of the fall.
        #[serde(default = "one")]
        power: f64,
    },
    /// A crawler that goes through the names of `ask` in cycles.
    Sweep {
        /// Days of a cycle.
        cycle_days: f64,
        /// Names asked in one go.
        #[serde(default = "twenty")]
        burst: u64,
    },
    /// Stored mail looked through again: batches through the names of `ask`, in their order.
    Rescan {
        /// Days from one pass to the next.
        every_days: f64,
        /// Names asked in one batch.
        #[serde(default = "twenty")]
        batch: u64,
        /// Pause between batches, in seconds.
        #[serde(default = "minute")]
        pause_s: f64,
    },
    /// What another asker did, again, later.
    Replay {
        /// Id of the asker whose acts come again.
        of: String,
        /// How much later, in days.
        after_days: f64,
        /// Share of the acts that come again.
        #[serde(default = "one")]
        share: f64,
        /// Mean further delay, in seconds.
        #[serde(default)]
        late_s: f64,
    },
}

/// What is asked in one act.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum AskSpec {
    /// The address of a name, as `getaddrinfo` asks for it.
    Address {
        /// The names; each act asks one, in turn or by the process's list.
        names: Vec<String>,
        /// AAAA too.
        #[serde(default)]
        ipv6: bool,
    },
    /// PTR of an address, then the address of its answer.
    Peer {
        /// The addresses.
        addresses: Vec<IpAddr>,
    },
    /// What a program asks about the sender of a stored message.
    Archive {
        /// Which program: `content-filter` (HELO address, MX, TXT), `authentication-filter` (PTR, TXT of domain, key, policy) or
        /// `log-resolver` (PTR, then the address of its answer).
        style: String,
        /// The senders, oldest mail first.
        senders: Vec<SenderSpec>,
    },
    /// These types of each name, in this order.
    Types {
        /// The names.
        names: Vec<String>,
        /// The types.
        types: Vec<String>,
    },
}

/// The sender of a stored message.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SenderSpec {
    /// The address that connected then.
    pub address: IpAddr,
    /// The name that it gave in HELO.
    pub helo: String,
    /// The domain of its envelope sender.
    pub domain: String,
    /// The selector of its signature.
    #[serde(default)]
    pub selector: Option<String>,
}

/// What somebody does with the address that they learn.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectSpec {
    /// Port.
    pub port: u16,
    /// Share of acts that connect.
    #[serde(default = "one")]
    pub share: f64,
    /// Octets sent.
    #[serde(default)]
    pub octets: u32,
}

/// When a program asks again because it is not served.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetrySpec {
    /// The first delay, in seconds.
    pub first_s: f64,
    /// What each further delay is multiplied by.
    #[serde(default = "one")]
    pub factor: f64,
    /// The longest delay, in seconds.
    #[serde(default = "hour")]
    pub most_s: f64,
    /// Also after an answer, as a program stuck in a loop does.
    #[serde(default)]
    pub always: bool,
}

/// `[[service]]`: a host that people and programs connect to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSpec {
    /// Its id.
    pub id: String,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// The port that it serves.
    pub port: u16,
}

/// `[[tunnel]]`: data carried in names.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TunnelSpec {
    /// Its id; the domain's server is the node `ID-server`.
    pub id: String,
    /// Hosts that send, each once.
    pub addresses: Vec<IpAddr>,
    /// Id of their resolver.
    pub resolver: String,
    /// The domain below which the data stand.
    pub domain: String,
    /// Address of the domain's server, which reads them.
    pub server_address: IpAddr,
    /// Octets of each file that is carried.
    pub octets: u32,
    /// When each host sends its file.
    pub at: Vec<Instant>,
    /// How long each host's program runs, in hours; it asks whether there is more even when its file is through.
    #[serde(default = "one")]
    pub hours: f64,
    /// Pause between two lookups, in seconds.
    #[serde(default)]
    pub pause_s: f64,
}

/// `[[timing-channel]]`: data carried in gaps.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimingChannelSpec {
    /// Its id.
    pub id: String,
    /// Host that sends.
    pub address: IpAddr,
    /// Id of its resolver.
    pub resolver: String,
    /// The name asked for; its TTL must be shorter than the short gap.
    pub name: String,
    /// What is sent.
    pub message: String,
    /// Gap that means 0, in seconds.
    pub short_s: f64,
    /// Gap that means 1, in seconds.
    pub long_s: f64,
    /// Jitter of gaps, as a share.
    #[serde(default)]
    pub jitter: f64,
    /// How often the message is sent, one time after the other.
    #[serde(default = "once")]
    pub rounds: u32,
}

/// `[[spoofer]]`: queries with another's address.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpooferSpec {
    /// Its id.
    pub id: String,
    /// Its own address.
    pub address: IpAddr,
    /// Whose address it puts on its queries.
    pub victim: IpAddr,
    /// The server or resolver that it asks.
    pub server: IpAddr,
    /// The ground truth.
    pub mechanism: String,
    /// The name asked for.
    pub name: String,
    /// When it acts.
    pub process: ProcessSpec,
}

/// `[[population]]`: many people behind one resolver; fast, because their messages are not made one by one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PopulationSpec {
    /// Its id.
    pub id: String,
    /// How many people.
    pub clients: u32,
    /// First of their addresses, which follow one another.
    pub first_address: Ipv4Addr,
    /// Addresses of the resolver's caches.
    pub caches: Vec<IpAddr>,
    /// How many made-up names they ask for, the most popular first.
    pub names: u32,
    /// Names that stand before these in popularity.
    #[serde(default)]
    pub also: Vec<PopularSpec>,
    /// Names that one person wants a day.
    pub per_client_per_day: f64,
    /// IANA zone of their clocks.
    #[serde(default = "utc")]
    pub zone: String,
    /// `work`, `home` or `flat`.
    #[serde(default = "work")]
    pub week: String,
}

/// A name that a population asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PopularSpec {
    /// The name.
    pub name: String,
    /// Its TTL, in seconds.
    pub ttl_s: u32,
}

fn three() -> f64 {
    3.0
}

fn one() -> f64 {
    1.0
}

fn minute() -> f64 {
    60.0
}

fn ten_minutes() -> f64 {
    600.0
}

fn hour() -> f64 {
    3600.0
}

fn twenty() -> u64 {
    20
}

fn once() -> u32 {
    1
}

fn utc() -> String {
    "UTC".to_owned()
}

fn work() -> String {
    "work".to_owned()
}
