//! Greylisting: a stranger's first mail is put off, and taken when it is tried again.

use core::net::IpAddr;
use std::collections::BTreeMap;

use askance_record::Timestamp;

/// Strangers that are remembered, at most; beyond, those who have not come back are forgotten first.
const STRANGERS_MAX: usize = 100_000;

/// How strangers are put off.
///
/// # Source
/// postgrey: `--delay=300`, `--retry-window=2` days, `--max-age=35` days, lookup by the /24 or /64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GreylistConfig {
    /// How long a stranger is put off, in seconds.
    pub delay_s: u32,
    /// How long a stranger has to come back, in seconds.
    pub window_s: u32,
    /// How long one who came back is remembered after its last mail, in seconds.
    pub keep_s: u32,
}

impl Default for GreylistConfig {
    fn default() -> Self {
        Self { delay_s: 300, window_s: 2 * 86_400, keep_s: 35 * 86_400 }
    }
}

/// Who has come, and who has come back.
#[derive(Clone, Debug, Default)]
pub(super) struct Greylist {
    seen: BTreeMap<(IpAddr, String, String), Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    first: Timestamp,
    last: Timestamp,
    passed: bool,
}

impl Greylist {
    /// Whether this mail is taken now.
    pub(super) fn admits(
        &mut self,
        now: Timestamp,
        config: GreylistConfig,
        client: IpAddr,
        sender: &str,
        recipient: &str,
    ) -> bool {
        let key = (network(client), sender.to_ascii_lowercase(), recipient.to_ascii_lowercase());
        let after = |at: Timestamp, s: u32| at.plus_us(i64::from(s) * 1_000_000);
        let fresh = Seen { first: now, last: now, passed: false };
        let seen = self.seen.entry(key).or_insert(fresh);
        let kept = if seen.passed { after(seen.last, config.keep_s) } else { after(seen.first, config.window_s) };
        if kept < now {
            *seen = fresh;
        }
        seen.last = now;
        seen.passed |= now >= after(seen.first, config.delay_s);
        let passed = seen.passed;
        if self.seen.len() > STRANGERS_MAX {
            self.seen.retain(|_, seen| seen.passed && after(seen.last, config.keep_s) >= now);
        }
        passed
    }
}

/// The network that counts as one client: retries may come from a neighbour.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4((ip.to_bits() & 0xffff_ff00).into()),
        IpAddr::V6(ip) => IpAddr::V6((ip.to_bits() >> 64 << 64).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_waits_and_is_then_known() {
        let mut list = Greylist::default();
        let mut came = |s: i64, client: &str, sender: &str| {
            let config = GreylistConfig::default();
            list.admits(Timestamp::from_s(s), config, client.parse().unwrap(), sender, "office@northbank.example")
        };
        assert!(!came(0, "198.51.100.25", "a@x.example"));
        assert!(!came(299, "198.51.100.25", "a@x.example"));
        assert!(came(300, "198.51.100.26", "A@x.example"), "a neighbour's retry");
        assert!(!came(300, "198.51.100.25", "b@x.example"), "another sender");
        assert!(came(301, "198.51.100.25", "a@x.example"));
        assert!(came(86_400 * 35, "198.51.100.25", "a@x.example"));
        assert!(!came(86_400 * 71, "198.51.100.25", "a@x.example"), "forgotten");
        assert!(!came(86_400 * 3, "198.51.100.25", "b@x.example"), "came back too late");
    }
}
