//! What rows of both logs and both notations share.

use askance_record::{Lookup, Resolution, Timestamp};

use crate::stamp::{Clock, NoStamp, Shown, find};
use crate::text::scan::{mix, mix_number};

/// Why a row is no record.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refusal {
    Reason(&'static str),
    Stamp(NoStamp),
}

/// What tells rows apart that say the same twice, and what only the whole row decides.
#[derive(Clone, Debug, Default)]
pub(super) struct Key {
    pub(super) uid: u64,
    pub(super) has_name: bool,
    pub(super) has_ts: bool,
}

impl Key {
    pub(super) fn hash(&self, lookup: &Lookup) -> u64 {
        let numbers = u64::from(lookup.id.unwrap_or(0)) << 16 | u64::from(lookup.qtype.map_or(0, |t| t.0));
        mix(mix_number(self.uid, numbers), lookup.qname.key().as_bytes())
    }
}

/// A Zeek stamp: an epoch with a fraction, or ISO 8601.
pub(super) fn ts(clock: &mut Clock, value: &[u8]) -> Result<Timestamp, Refusal> {
    let mut stamp = find(value).map_err(Refusal::Stamp)?;
    if matches!(stamp.shown, Shown::Instant { .. }) {
        // Zeek counts microseconds; JSON leaves out the zeros at their end.
        stamp.resolution = Resolution::Microsecond;
    }
    if stamp.len != value.len() {
        return Err(Refusal::Stamp(NoStamp::Absent));
    }
    clock.settle(&stamp).map_err(Refusal::Stamp)
}

/// Puts a name whose octets are known, dots between its labels, into a lookup.
pub(super) fn name(octets: &[u8], lookup: &mut Lookup) -> Result<(), Refusal> {
    let name = &mut lookup.qname;
    name.clear();
    let octets = octets.strip_suffix(b".").unwrap_or(octets);
    if !octets.is_empty() {
        for label in octets.split(|&b| b == b'.') {
            name.push_label(label).map_err(|e| Refusal::Reason(e.as_str()))?;
        }
    }
    name.finish();
    Ok(())
}
