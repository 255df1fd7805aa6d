//! Name families: which names belong to one subject.
//!
//! A reverse name belongs to the name that its PTR record gives; where no PTR answer was seen anywhere in the
//! archive, to a name that was seen to have the address. `_dmarc.X` and `S._domainkey.X` belong to X. `X.SUFFIX`
//! belongs to X for a client that asked both, where the longer name does not exist. Names that are made up as they are
//! asked belong to the domain that they are made up below. Every other name is its own head.

mod build;
mod generated;
mod suffix;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use generated::MadeUp;

/// From how many names to the next a head is looked for.
const CHAIN_MAX: usize = 3;

/// Why a name belongs to a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// It is the head.
    Itself,
    /// A reverse name whose PTR record gives the head.
    Ptr,
    /// A reverse name of an address of the head; no PTR answer was seen.
    Address,
    /// `_dmarc.` and the head.
    Dmarc,
    /// A selector, `._domainkey.` and the head.
    Dkim,
    /// The head and a search suffix.
    Suffix,
    /// One of many names below the head that are made up as they are asked.
    Generated,
    /// Somebody said so.
    Given,
}

impl Relation {
    /// The stable identifier.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Itself => "itself",
            Self::Ptr => "ptr",
            Self::Address => "address",
            Self::Dmarc => "dmarc",
            Self::Dkim => "dkim",
            Self::Suffix => "suffix",
            Self::Generated => "generated",
            Self::Given => "given",
        }
    }
}

/// A name that belongs to another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// The name.
    pub member: String,
    /// The name it belongs to.
    pub head: String,
    /// Why.
    pub relation: Relation,
    /// For which client only, if so.
    pub client: Option<String>,
    /// From when, microseconds since 1970 UTC, if not from ever.
    pub since_us: Option<i64>,
    /// Until before when, if not for ever.
    pub until_us: Option<i64>,
}

/// The families of an archive. `_dmarc` and `_domainkey` children are recognised by their form and not listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Families {
    /// Sorted.
    members: Vec<Member>,
    /// The stretch of `members` of each name.
    by_member: HashMap<String, core::ops::Range<usize>>,
    by_head: BTreeMap<String, Vec<usize>>,
    /// Domains below which names are made up as they are asked.
    generating: BTreeMap<String, MadeUp>,
    notes: Vec<String>,
}

impl Families {
    pub(crate) fn new(mut members: Vec<Member>, notes: Vec<String>) -> Self {
        members.sort();
        members.dedup();
        let mut by_member = HashMap::new();
        let mut by_head: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut start = 0;
        for run in members.chunk_by(|a, b| a.member == b.member) {
            by_member.insert(run[0].member.clone(), start..start + run.len());
            start += run.len();
        }
        for (i, member) in members.iter().enumerate() {
            by_head.entry(member.head.clone()).or_default().push(i);
        }
        Self { members, by_member, by_head, generating: BTreeMap::new(), notes }
    }

    /// These families, with domains below which names are made up as they are asked.
    #[must_use]
    fn with_generating(mut self, generating: BTreeMap<String, MadeUp>) -> Self {
        self.generating = generating;
        self
    }

    /// The names that belong to another one, sorted.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// What could not be decided for sure, in words.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// These families with more pairs (member, head), which go before what the archive says of the member.
    #[must_use]
    pub fn with(&self, extra: &[(String, String)]) -> Self {
        let given = |name: &str| extra.iter().any(|(member, _)| member == name);
        let mut members: Vec<Member> = self.members.iter().filter(|m| !given(&m.member)).cloned().collect();
        members.extend(extra.iter().filter(|(member, head)| member != head).map(|(member, head)| Member {
            member: member.clone(),
            head: head.clone(),
            relation: Relation::Given,
            client: None,
            since_us: None,
            until_us: None,
        }));
        Self::new(members, self.notes.clone()).with_generating(self.generating.clone())
    }

    /// The head that a name belongs to for a client at an instant, and why.
    pub fn head<'a>(&'a self, name: &'a str, client: Option<&str>, ts_us: i64) -> (&'a str, Relation) {
        let (mut head, relation) = self.direct(name, client, ts_us);
        // The suffix was appended to a name that may itself belong to another, and so may any head by the
        // caller's word. Chains longer than this are circles.
        for _ in 0..CHAIN_MAX {
            let (next, why) = self.direct(head, client, ts_us);
            if why != Relation::Given && (relation != Relation::Suffix || why == Relation::Itself) {
                break;
            }
            head = next;
        }
        (head, relation)
    }

    fn direct<'a>(&'a self, name: &'a str, client: Option<&str>, ts_us: i64) -> (&'a str, Relation) {
        if let Some(range) = self.by_member.get(name) {
            let applies = |m: &&Member| {
                (m.client.is_none() || m.client.as_deref() == client)
                    && m.since_us.is_none_or(|since| since <= ts_us)
                    && m.until_us.is_none_or(|until| ts_us < until)
            };
            if let Some(member) = self.members[range.clone()].iter().find(applies) {
                return (&member.head, member.relation);
            }
        }
        by_form(name).or_else(|| self.generated(name)).unwrap_or((name, Relation::Itself))
    }

    /// True where names below `head` are made up as they are asked.
    pub(crate) fn generates(&self, head: &str) -> bool {
        self.generating.contains_key(head)
    }

    fn generated<'a>(&'a self, name: &'a str) -> Option<(&'a str, Relation)> {
        if self.generating.is_empty() {
            return None;
        }
        let (head, made_up) = generated::ancestors(name).find_map(|above| self.generating.get_key_value(above))?;
        made_up.takes(name, head).then_some((head.as_str(), Relation::Generated))
    }

    /// A head and the names, apart from those known by their form, that belong to it for some client at some time.
    pub(crate) fn names_of<'a>(&'a self, head: &'a str) -> BTreeSet<&'a str> {
        let mut names = BTreeSet::from([head]);
        let mut last = vec![head];
        for _ in 0..=CHAIN_MAX {
            let members = last.iter().filter_map(|head| self.by_head.get(*head)).flatten();
            last = members.map(|&i| self.members[i].member.as_str()).filter(|member| names.insert(member)).collect();
        }
        names
    }
}

/// True where a name stands in the trees of reverse names.
pub(crate) fn is_reverse(name: &str) -> bool {
    [".in-addr.arpa", ".ip6.arpa"].iter().any(|tree| name.strip_suffix(tree).is_some())
}

/// `_dmarc.X` and `S._domainkey.X`.
fn by_form(name: &str) -> Option<(&str, Relation)> {
    if let Some(head) = name.strip_prefix("_dmarc.") {
        return Some((head, Relation::Dmarc));
    }
    let (before, head) = name.split_once("_domainkey.")?;
    let whole_label = before.is_empty() || (before.ends_with('.') && !before.ends_with("\\."));
    (whole_label && !head.is_empty()).then_some((head, Relation::Dkim))
}
