//! The parties of the story that are not mail servers: people, jobs, crawlers, loops, beacons, tunnels.
//!
//! A [`Process`] says *when* a client acts; [`Names`] says *what* it asks in one act; an
//! [`Asker`] joins them: it asks through a stub, with or without a cache of its own, and
//! opens connections where it is told to. Every process is drawn one act at a time from
//! a seeded generator, so that a year costs no memory and the same seed gives the same
//! acts. Figures that a process takes (retry delays, jitter, floors) are configuration: nothing
//! here knows what an analysis assumes.
//!
//! | mechanism | how it is made of these |
//! |---|---|
//! | human use | [`Process::Human`], [`Names::Families`], a local cache, connections |
//! | scheduled poll | [`Process::Clock`], mostly with connections |
//! | cache refresh | dense [`Process::Poisson`] and a local cache |
//! | firewall object | [`Process::Once`] and [`Refresh`], never a connection |
//! | crawler | [`Process::Sweep`], [`Names::Families`] of many names |
//! | stored-mail rescan | [`Process::Rescan`], [`Names::Archive`] |
//! | retry loop | any process and a [`Retry`], with a name that fails |
//! | search-suffix leak | [`Names::Families`] of a name that fails, a stub with a search list |
//! | replay | [`Process::Replay`] |
//! | publicity | [`Process::FadeOut`], many addresses [`Hosts::InTurn`] |
//! | beacon | [`Process::Beacon`] with connections |
//! | tunnel | [`TunnelClient`] and [`TunnelServer`] |
//! | timing channel | [`TimingSender`] |
//! | queries under other addresses | [`SpoofedQueries`] |

mod asker;
mod names;
mod process;
mod spoof;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod timing;
mod tunnel;
mod week;

pub use asker::{Asker, AskerConfig, ConnectConfig, Hosts, Refresh, Service};
pub use names::{ArchiveStyle, Names, OldSender};
pub use process::{
    Act, Acts, Beacon, Campaigns, ClockJob, Cron, CronError, FadeOut, Human, Jitter, Process, Replay, Rescan, Retry,
    RetryOn, Schedule, SleepLoop, Sweep,
};
pub use spoof::{SpoofConfig, SpoofedQueries};
pub use timing::{TimingCode, TimingConfig, TimingSender};
pub use tunnel::{TunnelClient, TunnelConfig, TunnelServer, TunnelServerConfig};
pub(crate) use week::{SLOT_US, WeekClock};
pub use week::{Week, WeekTemplate};

/// Whole microseconds of a number of seconds; what is too long is cut to what a counter holds.
pub(crate) fn us_of(s: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and a part of a microsecond is nothing")]
    let us = (s * 1e6) as i64;
    us
}
