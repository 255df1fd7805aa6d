//! When a client acts: point processes that are drawn one act at a time, for months, in constant memory.

mod clock;
mod cluster;
mod fade;
mod retry;
mod sleep;
#[cfg(test)]
mod tests;
mod walk;

use core::fmt;
use core::ops::Range;

use askance_record::{Rng, Timestamp};

pub use clock::{ClockJob, Cron, CronError, Schedule};
pub use cluster::{Campaigns, Human};
pub use fade::{FadeOut, Replay};
pub use retry::{Retry, RetryOn};
pub use sleep::{Beacon, Jitter, SleepLoop};
pub use walk::{Rescan, Sweep};

/// One act of a client: it asks something now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// Which item of a list it is about; the running number of the act where the process has no list.
    pub item: u64,
    /// True where more is exchanged than usual, as in a beacon's task.
    pub long: bool,
}

impl Act {
    fn plain(us: i64, item: u64) -> Self {
        Self { at: Timestamp::from_us(us), item, long: false }
    }
}

/// What decides when a client acts.
#[derive(Clone, Debug, PartialEq)]
pub enum Process {
    /// Once, at the start.
    Once,
    /// At a steady rate, without memory.
    Poisson {
        /// Acts a day, on average.
        per_day: f64,
    },
    /// A person's sessions.
    Human(Human),
    /// A job by the clock.
    Clock(ClockJob),
    /// Sleep, act, sleep.
    Sleep(SleepLoop),
    /// Check-ins with a controller.
    Beacon(Beacon),
    /// Mail in campaigns.
    Campaigns(Campaigns),
    /// Publicity.
    FadeOut(FadeOut),
    /// A crawler.
    Sweep(Sweep),
    /// Stored mail looked through again.
    Rescan(Rescan),
    /// An old series.
    Replay(Replay),
}

impl Process {
    /// The acts in `[window.start, window.end)`, in time order; same generator, same acts.
    ///
    /// The process begins with the window, as a program does with its machine. Processes that
    /// are tied to instants of their own (publicity, replay, clocks) keep them.
    pub fn acts(&self, rng: Rng, window: Range<Timestamp>) -> Acts {
        let (start, end) = (window.start, window.end);
        let inner: Box<dyn Iterator<Item = Act> + Send> = match self {
            Self::Once => Box::new(core::iter::once(Act::plain(start.us(), 0))),
            Self::Poisson { per_day } => Box::new(fade::Steady::new(rng, *per_day, start)),
            Self::Human(human) => Box::new(human.acts(rng, start, end)),
            Self::Clock(job) => Box::new(job.acts(rng, start, end)),
            Self::Sleep(sleep) => Box::new(sleep.acts(rng, start)),
            Self::Beacon(beacon) => Box::new(beacon.acts(rng, start)),
            Self::Campaigns(campaigns) => Box::new(campaigns.acts(rng, start, end)),
            Self::FadeOut(fade) => Box::new(fade.acts(rng, start)),
            Self::Sweep(sweep) => Box::new(sweep.acts(rng, start)),
            Self::Rescan(rescan) => Box::new(rescan.acts(rng, start)),
            Self::Replay(replay) => Box::new(replay.acts(rng)),
        };
        Acts { inner, window, last: start }
    }
}

/// The acts of a [`Process`] in a window.
pub struct Acts {
    inner: Box<dyn Iterator<Item = Act> + Send>,
    window: Range<Timestamp>,
    last: Timestamp,
}

impl fmt::Debug for Acts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acts").field("window", &self.window).field("last", &self.last).finish_non_exhaustive()
    }
}

impl Iterator for Acts {
    type Item = Act;

    fn next(&mut self) -> Option<Act> {
        let mut act = self.inner.find(|act| act.at >= self.window.start)?;
        // A late job does not overtake the one before it; it follows at once.
        act.at = act.at.max(self.last);
        if act.at >= self.window.end {
            // Nothing earlier can follow.
            self.inner = Box::new(core::iter::empty());
            return None;
        }
        self.last = act.at;
        Some(act)
    }
}

/// The acts of a process in several windows one after another, without those that fall into an outage.
///
/// The process begins anew in each window, as after a boot. In an outage the program runs on, but nothing gets out.
#[derive(Debug)]
pub(crate) struct ActiveActs {
    process: Process,
    rng: Rng,
    windows: std::vec::IntoIter<Range<Timestamp>>,
    outages: Vec<Range<Timestamp>>,
    current: Option<Acts>,
}

impl ActiveActs {
    pub(crate) fn new(
        process: Process,
        rng: Rng,
        windows: Vec<Range<Timestamp>>,
        outages: Vec<Range<Timestamp>>,
    ) -> Self {
        Self { process, rng, windows: windows.into_iter(), outages, current: None }
    }
}

impl Iterator for ActiveActs {
    type Item = Act;

    fn next(&mut self) -> Option<Act> {
        loop {
            if let Some(acts) = &mut self.current
                && let Some(act) = acts.find(|act| !self.outages.iter().any(|o| o.contains(&act.at)))
            {
                return Some(act);
            }
            let window = self.windows.next()?;
            let rng = Rng::new(self.rng.bits());
            self.current = Some(self.process.acts(rng, window));
        }
    }
}
