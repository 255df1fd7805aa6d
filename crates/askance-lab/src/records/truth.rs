//! Ground truth: which process of the story made which rows of which source.
//!
//! Rows are counted by source, client, name and cause. Of one client and cause, more than
//! [`CHILDREN_MAX`] names under one name are folded into that name: it has four labels if that is
//! enough, else three, else two. Names under `arpa` stand for addresses, of which a lab has few;
//! they are never folded. What is held is thereby bounded by the number of two-label domains.

use core::net::IpAddr;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use askance_proto::Cause;
use askance_record::{Name, Timestamp, Vantage};

/// Names of one client and cause under one name, beyond which only that name is kept.
const CHILDREN_MAX: u32 = 45;
/// Labels of a name into which others are folded, in order of trial.
const FOLD_LABELS: [usize; 3] = [4, 3, 2];
/// Steps of the story that are kept.
const STORY_MAX: usize = 100_000;

/// What a [`Cause`] means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CauseRow {
    /// Whose process it is.
    pub party: String,
    /// The mechanism, as `askance` names it, such as `sender-verification`.
    pub mechanism: String,
}

/// A step of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryRow {
    /// When.
    pub at: Timestamp,
    /// The node that told it.
    pub node: String,
    /// What happened.
    pub what: String,
}

/// Whose rows are counted together: source by its number, client, cause.
type Who = (usize, IpAddr, Cause);

#[derive(Clone, Copy, Debug)]
struct Count {
    n: u64,
    first: Timestamp,
    last: Timestamp,
}

/// The names of one client and cause in one source.
#[derive(Debug, Default)]
struct Names {
    rows: BTreeMap<String, Count>,
    children: BTreeMap<String, u32>,
    folded: BTreeSet<String>,
}

/// Ground truth.
#[derive(Debug)]
pub(super) struct Truth {
    /// Path and vantage of each source.
    sources: Vec<(String, Vantage)>,
    causes: Vec<CauseRow>,
    rows: BTreeMap<Who, Names>,
    story: Vec<StoryRow>,
}

impl Truth {
    pub(super) fn new(sources: Vec<(String, Vantage)>, causes: Vec<CauseRow>) -> Self {
        Self { sources, causes, rows: BTreeMap::new(), story: Vec::new() }
    }

    /// Counts a row. Rows without a cause, or of one that is not in the table, are nobody's.
    ///
    /// - `source`: its number, as given to [`Truth::new`]
    pub(super) fn count(&mut self, source: usize, client: IpAddr, qname: &Name, cause: Option<Cause>, at: Timestamp) {
        if let Some(cause) = cause {
            self.rows.entry((source, client, cause)).or_default().count(qname.key(), at);
        }
    }

    pub(super) fn story(&mut self, at: Timestamp, node: &str, what: &str) {
        if self.story.len() < STORY_MAX {
            self.story.push(StoryRow { at, node: node.to_owned(), what: what.to_owned() });
        }
    }

    pub(super) fn told(&self) -> &[StoryRow] {
        &self.story
    }

    pub(super) fn write_labels(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut labels = Vec::new();
        for (&(source, client, cause), names) in &self.rows {
            let Some((path, vantage)) = self.sources.get(source) else { continue };
            let index = usize::try_from(cause.0).unwrap_or(usize::MAX);
            let Some(CauseRow { party, mechanism }) = self.causes.get(index) else { continue };
            for (name, count) in &names.rows {
                labels.push((path, vantage, client, name, mechanism, party, cause, count));
            }
        }
        labels.sort_by_key(|&(path, _, client, name, mechanism, _, cause, _)| (path, client, name, mechanism, cause));
        writeln!(out, "file,vantage,client,name,mechanism,start,end,origin,notes")?;
        for (path, vantage, client, name, mechanism, party, _, count) in labels {
            let (path, name, mechanism) = (field(path), field(name), field(mechanism));
            let rows = if count.n == 1 { "row" } else { "rows" };
            let notes = field(&format!("{} {rows} of {party}", count.n));
            let Count { first, last, .. } = count;
            writeln!(out, "{path},{vantage},{client},{name},{mechanism},{first},{last},simulated,{notes}")?;
        }
        Ok(())
    }

    pub(super) fn write_story(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "at,node,what")?;
        for StoryRow { at, node, what } in &self.story {
            writeln!(out, "{at},{},{}", field(node), field(what))?;
        }
        Ok(())
    }
}

impl Names {
    fn count(&mut self, name: &str, at: Timestamp) {
        let ancestors = ancestors(name);
        let name = ancestors.iter().find(|a| self.folded.contains(**a)).copied().unwrap_or(name);
        if let Some(count) = self.rows.get_mut(name) {
            count.n += 1;
            count.first = count.first.min(at);
            count.last = count.last.max(at);
            return;
        }
        self.rows.insert(name.to_owned(), Count { n: 1, first: at, last: at });
        for ancestor in ancestors.into_iter().filter(|a| a.len() < name.len()) {
            let children = self.children.entry(ancestor.to_owned()).or_default();
            *children += 1;
            if *children > CHILDREN_MAX {
                self.fold(ancestor);
                return;
            }
        }
    }

    /// Folds all names under `head` into it.
    fn fold(&mut self, head: &str) {
        let is_under = |name: &str| name.strip_suffix(head).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        let mut sum: Option<Count> = None;
        let mut gone = 0;
        self.rows.retain(|name, count| {
            let under = is_under(name);
            if under {
                gone += u32::from(name != head);
                let so_far = sum.get_or_insert(Count { n: 0, ..*count });
                so_far.n += count.n;
                so_far.first = so_far.first.min(count.first);
                so_far.last = so_far.last.max(count.last);
            }
            !under
        });
        self.children.retain(|name, _| !is_under(name));
        self.folded.retain(|name| !is_under(name));
        self.folded.insert(head.to_owned());
        if let Some(sum) = sum {
            self.rows.insert(head.to_owned(), sum);
        }
        for above in ancestors(head) {
            if let Some(children) = self.children.get_mut(above) {
                *children = (*children + 1).saturating_sub(gone);
            }
        }
    }
}

/// The names above `name` into which it may be folded, in order of trial.
fn ancestors(name: &str) -> Vec<&str> {
    if name.rsplit('.').next() == Some("arpa") {
        return Vec::new();
    }
    // Where a label begins; an escaped dot is part of its label.
    let octets = name.as_bytes();
    let begins: Vec<usize> =
        (1..octets.len()).filter(|&i| octets[i - 1] == b'.' && (i < 2 || octets[i - 2] != b'\\')).collect();
    let labels = begins.len() + 1;
    let above = FOLD_LABELS.into_iter().filter(|&n| n < labels);
    above.filter_map(|n| name.get(begins[labels - n - 1]..)).collect()
}

/// A field of comma-separated text (RFC 4180).
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests;
