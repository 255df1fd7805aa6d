//! Names made up as they are asked: data carried in labels, and what looks like it.
//!
//! Tunnels never ask a name twice, because a cache would answer it. So do block lists of
//! hashes and some telemetry: the family only says that names are made up, not by whom.

use std::collections::{BTreeMap, BTreeSet};

/// Octets of labels before the domain from which on a name may carry data.
const DATA_OCTETS_MIN: usize = 24;
/// Distinct long names below a domain from which on they count as made up.
const NAMES_MIN: i64 = 50;
/// Lookups a long name, on average, up to which names count as asked once: retries are lookups too.
const LOOKUPS_PER_NAME_MAX: i64 = 3;

/// Counts of long names by registered domain.
#[derive(Debug, Default)]
pub(super) struct Domains(BTreeMap<String, Count>);

#[derive(Debug)]
struct Count {
    names: i64,
    lookups: i64,
    /// The longest name that all long names stand below.
    common: String,
}

impl Domains {
    /// Takes one distinct name, asked `lookups` times.
    pub(super) fn count(&mut self, name: &str, lookups: i64) {
        let Some(domain) = registered(name) else { return };
        if !carries_data(name, domain) {
            return;
        }
        let parent = ancestors(name).next().unwrap_or(domain);
        match self.0.get_mut(domain) {
            Some(count) => {
                count.names += 1;
                count.lookups = count.lookups.saturating_add(lookups);
                if !is_below(name, &count.common) {
                    let shared = ancestors(name).find(|above| *above == count.common || is_below(&count.common, above));
                    count.common = shared.unwrap_or(domain).to_owned();
                }
            }
            None => {
                self.0.insert(domain.to_owned(), Count { names: 1, lookups, common: parent.to_owned() });
            }
        }
    }

    /// The domains below which names are made up.
    pub(super) fn generating(self) -> BTreeSet<String> {
        let made_up = |c: &Count| c.names >= NAMES_MIN && c.lookups <= LOOKUPS_PER_NAME_MAX.saturating_mul(c.names);
        self.0.into_values().filter(made_up).map(|c| c.common).collect()
    }
}

/// True where the labels of `name` before `domain` are long enough to carry data.
pub(super) fn carries_data(name: &str, domain: &str) -> bool {
    is_below(name, domain) && name.len() - domain.len() > DATA_OCTETS_MIN
}

/// The names that `name` stands below, nearest first.
pub(super) fn ancestors(name: &str) -> impl Iterator<Item = &str> {
    let dots = name.match_indices('.').map(|(at, _)| at).filter(|&at| !name.as_bytes()[..at].ends_with(b"\\"));
    dots.filter_map(move |at| name.get(at + 1..))
}

fn is_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|head| head.ends_with('.') && !head.ends_with("\\."))
}

/// The name that somebody registered; below the names that are kept for examples, the last two labels.
fn registered(name: &str) -> Option<&str> {
    psl::domain_str(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generating(names: impl Iterator<Item = (String, i64)>) -> Vec<String> {
        let mut domains = Domains::default();
        names.for_each(|(name, lookups)| domains.count(&name, lookups));
        domains.generating().into_iter().collect()
    }

    #[test]
    fn long_names_asked_once_are_made_up_and_their_common_ancestor_is_the_head() {
        let tunnel = (0..60).map(|i| (format!("{i:030x}.{i}.t.tunnel.example"), 1));
        assert_eq!(generating(tunnel), ["t.tunnel.example"]);
    }

    #[test]
    fn names_asked_again_and_short_names_and_few_names_are_not() {
        let again = (0..60).map(|i| (format!("{i:030x}.cdn.example"), 9));
        let short = (0..600).map(|i| (format!("host{i}.shop.example"), 1));
        let few = (0..40).map(|i| (format!("{i:030x}.few.example"), 1));
        assert_eq!(generating(again.chain(short).chain(few)), [""; 0]);
    }

    #[test]
    fn ancestors_end_at_the_top() {
        assert_eq!(ancestors("a.b\\.c.example").collect::<Vec<_>>(), ["b\\.c.example", "example"]);
    }
}
