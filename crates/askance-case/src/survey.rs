//! Recorded surveys: reading their lines, and what neighbours have in common.
//!
//! The lines are those of the journal that `askance survey` writes (`docs/reference/survey.md`). Those of other programs are
//! taken where they have the least fields: `target`, `class`, `stage`, `replies`.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use askance_record::Timestamp;

use crate::json::{Survey, SurveyNetwork, SurveyResult};

/// Longest line that is read, octets: what the journal's own reader takes.
pub const SURVEY_LINE_OCTETS_MAX: usize = 8 << 20;

/// Neighbours of the subjects' addresses that a case lists; the others are counted.
const NEIGHBOURS_MAX: usize = 256;

/// What one line of a survey says.
#[derive(Clone, Debug, PartialEq)]
pub enum SurveyLine {
    /// A target has its result.
    Result(Box<SurveyResult>),
    /// A step on the way: a run or a visit begins or ends.
    Step,
}

/// The results of one survey, before anybody asks which of them concern a case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SurveyRows {
    /// The source's id.
    pub source: String,
    /// SHA-256 of the source.
    pub sha256: String,
    /// One a target and answer, by address.
    pub results: Vec<SurveyResult>,
}

/// Reads one line.
///
/// # Errors
/// What is wrong with it, in words.
pub fn read_survey_line(line: &[u8]) -> Result<SurveyLine, &'static str> {
    let value: serde_json::Value = serde_json::from_slice(line).map_err(|_| "it is not JSON")?;
    match value.get("type").and_then(serde_json::Value::as_str) {
        Some("survey" | "started" | "visit") => return Ok(SurveyLine::Step),
        None | Some("result") => {}
        Some(_) => return Err("its type is none that a survey writes"),
    }
    let mut result: SurveyResult = serde_json::from_value(value).map_err(|_| "a field has another form")?;
    let target: IpAddr = result.target.parse().map_err(|_| "its target is no address")?;
    if result.class.is_empty() {
        return Err("it has no class");
    }
    result.target = target.to_string();
    if result.code.is_none() {
        let deciding = result.replies.iter().rev().find(|r| r.stage == result.stage && r.code.is_some());
        (result.code, result.text) = deciding.map_or((None, None), |r| (r.code, Some(r.text.clone())));
    }
    Ok(SurveyLine::Result(Box::new(result)))
}

impl SurveyRows {
    /// Arranges results by address. Two lines about one target that say the same are one, asked as both.
    pub fn new(source: String, sha256: String, results: impl IntoIterator<Item = SurveyResult>) -> Self {
        let mut rows: BTreeMap<(IpAddr, String, String, Option<u16>), SurveyResult> = BTreeMap::new();
        for result in results {
            let Ok(target) = result.target.parse() else { continue };
            let key = (target, result.class.clone(), result.stage.clone(), result.code);
            match rows.entry(key) {
                std::collections::btree_map::Entry::Vacant(free) => {
                    free.insert(result);
                }
                std::collections::btree_map::Entry::Occupied(mut earlier) => merge(earlier.get_mut(), result),
            }
        }
        Self { source, sha256, results: rows.into_values().collect() }
    }

    /// What of it a case shows: the results for its subjects' addresses and for their neighbours, and every network.
    ///
    /// - `subjects`: addresses that the names of the subjects stand for
    pub(crate) fn of_case(&self, subjects: &BTreeSet<IpAddr>) -> Survey {
        let near: BTreeSet<String> = subjects.iter().map(|a| survey_network(*a)).collect();
        let address = |r: &SurveyResult| r.target.parse::<IpAddr>().ok();
        let is_subject = |r: &SurveyResult| address(r).is_some_and(|a| subjects.contains(&a));
        let mut results: Vec<SurveyResult> = self
            .results
            .iter()
            .filter(|r| is_subject(r))
            .map(|r| SurveyResult { subject: true, ..r.clone() })
            .collect();
        let is_near =
            |r: &&SurveyResult| !is_subject(r) && address(r).is_some_and(|a| near.contains(&survey_network(a)));
        let neighbours: Vec<&SurveyResult> = self.results.iter().filter(is_near).collect();
        let listed = neighbours.iter().take(NEIGHBOURS_MAX);
        // What every neighbour said in full stands in the journal.
        results.extend(listed.map(|r| SurveyResult { replies: Vec::new(), ..(*r).clone() }));
        let moments = || self.results.iter().filter_map(|r| Some((r.at.as_ref()?.parse::<jiff::Timestamp>().ok()?, r)));
        let told =
            |found: Option<(jiff::Timestamp, &SurveyResult)>| found.map(|(at, _)| Timestamp::from(at).to_string());
        let targets: BTreeSet<&str> = self.results.iter().map(|r| r.target.as_str()).collect();
        let reasons: BTreeSet<&String> = self.results.iter().filter_map(|r| r.reason.as_ref()).collect();
        Survey {
            source: self.source.clone(),
            sha256: self.sha256.clone(),
            first: told(moments().min_by_key(|(at, _)| *at)),
            last: told(moments().max_by_key(|(at, _)| *at)),
            targets: targets.len() as u64,
            reasons: reasons.into_iter().cloned().collect(),
            results,
            left_out: neighbours.len().saturating_sub(NEIGHBOURS_MAX) as u64,
            networks: survey_networks(&self.results),
        }
    }
}

fn merge(into: &mut SurveyResult, other: SurveyResult) {
    let also = core::iter::once(other.identity.mail_from).chain(other.also_as);
    for mailbox in also {
        if !mailbox.is_empty() && mailbox != into.identity.mail_from && !into.also_as.contains(&mailbox) {
            into.also_as.push(mailbox);
        }
    }
    into.replies.extend(other.replies);
}

/// Groups results by network, ascending, and says whether the hosts of one were alike.
pub fn survey_networks(results: &[SurveyResult]) -> Vec<SurveyNetwork> {
    let mut networks: BTreeMap<(IpAddr, String), Vec<&SurveyResult>> = BTreeMap::new();
    for result in results {
        let Ok(target) = result.target.parse::<IpAddr>() else { continue };
        let name = survey_network(target);
        let base = name.split('/').next().and_then(|base| base.parse().ok()).unwrap_or(target);
        networks.entry((base, name)).or_default().push(result);
    }
    let group = |((_, network), members): (_, Vec<&SurveyResult>)| {
        let mut classes = BTreeMap::new();
        for result in &members {
            *classes.entry(result.class.clone()).or_default() += 1;
        }
        let first = members.first().map(|r| words(r));
        let alike = members.iter().all(|r| Some(words(r)) == first);
        let targets: BTreeSet<&str> = members.iter().map(|r| r.target.as_str()).collect();
        SurveyNetwork { network, targets: targets.len() as u64, classes, alike }
    };
    networks.into_iter().map(group).collect()
}

/// The network of an address within which hosts are neighbours: the /24 of IPv4, the /48 of IPv6.
pub fn survey_network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(a) => {
            let [a, b, c, _] = a.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(a) => {
            let [a, b, c, ..] = a.segments();
            format!("{}/48", std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

/// What was told, without the names, addresses and numbers in which hosts differ.
fn words(result: &SurveyResult) -> (&str, &str, Option<u16>, String) {
    let text = result.text.as_deref().unwrap_or_default().to_lowercase();
    let kept =
        text.split_whitespace().filter(|w| !w.contains(['@', '<', '.']) && !w.contains(|c: char| c.is_ascii_digit()));
    (&result.class, &result.stage, result.code, kept.collect::<Vec<_>>().join(" "))
}
