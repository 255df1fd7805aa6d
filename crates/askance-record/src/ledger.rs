//! The account of one input: nothing is dropped without a word.

use std::collections::BTreeMap;

use crate::At;

/// How often something happened, and where first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// How often.
    pub count: u64,
    /// Where first.
    pub first_at: At,
    /// The first example, cut to 160 octets; hostile text.
    pub example: String,
}

/// The account of one input.
///
/// `units_in` counts the producer's units (DNS messages, lines, frames) that concern
/// lookups, flows or mail. The law, checked for every reader by a property test:
/// `units_in = lookups + flows + mail + paired + rejected`. Units that concern
/// something else (an ARP frame, a log line of another subject) are `unrelated`
/// and stand outside `units_in`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Units that concern records.
    pub units_in: u64,
    /// Lookups that came out.
    pub lookups: u64,
    /// Flows that came out.
    pub flows: u64,
    /// Mail events that came out.
    pub mail: u64,
    /// Units that were joined to another one's lookup, such as the response to its query.
    pub paired: u64,
    /// Units that were refused, by reason.
    pub rejected: BTreeMap<&'static str, Tally>,
    /// Units that concern something else, by what they are.
    pub unrelated: BTreeMap<&'static str, Tally>,
    /// Lookups that equal another one in everything but their position; they stay in.
    pub duplicates: u64,
    /// What the reader had to assume, in words.
    pub assumptions: Vec<String>,
}

impl Ledger {
    /// Counts a unit that was refused.
    pub fn reject(&mut self, reason: &'static str, at: At, example: &[u8]) {
        self.units_in += 1;
        tally(&mut self.rejected, reason, at, example);
    }

    /// Counts a unit that concerns something else.
    pub fn unrelated(&mut self, what: &'static str, at: At, example: &[u8]) {
        tally(&mut self.unrelated, what, at, example);
    }

    /// Notes an assumption, once.
    pub fn assume(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.assumptions.contains(&what) {
            self.assumptions.push(what);
        }
    }

    /// How many units were refused in all.
    pub fn rejected_count(&self) -> u64 {
        self.rejected.values().map(|t| t.count).sum()
    }

    /// True where `units_in = lookups + flows + mail + paired + rejected`.
    pub fn balances(&self) -> bool {
        self.units_in == self.lookups + self.flows + self.mail + self.paired + self.rejected_count()
    }
}

fn tally(map: &mut BTreeMap<&'static str, Tally>, key: &'static str, at: At, example: &[u8]) {
    map.entry(key).and_modify(|t| t.count += 1).or_insert_with(|| Tally {
        count: 1,
        first_at: at,
        example: String::from_utf8_lossy(&example[..example.len().min(160)]).into_owned(),
    });
}
