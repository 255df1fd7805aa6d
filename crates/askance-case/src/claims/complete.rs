//! "These records are complete", "they were edited".

use std::collections::{BTreeMap, BTreeSet};

use askance_inference::claims::{
    Completeness, CompletenessQuestion, Kind, Row, Silence, Verdict, chapman, complete, silences,
};

use super::asked::Asked;
use super::said::{answer, estimated, number, short};
use askance_record::Timestamp;

use crate::assemble::Working;
use crate::claims::cannot;
use crate::json::{ClaimTest, Measure};
use crate::model::TestSpec;

pub(super) fn test(working: &Working<'_>, test: &TestSpec) -> ClaimTest {
    let asked = match Asked::of(working, test) {
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    let second: Option<Asked<'_>> =
        test.second_source.as_ref().map(|tap| Asked::at(working, tap, asked.name, &test.clients));
    if asked.rows.iter().chain(second.iter().flat_map(|s| &s.rows)).any(|row| row.state.overflowed()) {
        let why = "Of a series only some days are at hand with their TTLs: what is missing in it cannot be told from what was left out.";
        return cannot(test, why.to_owned(), "the same records, cut into shorter periods");
    }
    let mut clients: Vec<&str> = asked.rows.iter().map(|row| row.client.as_str()).collect();
    clients.extend(second.iter().flat_map(|s| s.rows.iter().map(|row| row.client.as_str())));
    clients.sort_unstable();
    clients.dedup();
    let number_of: BTreeMap<&str, u32> = clients.iter().copied().zip(0..).collect();
    let behind = asked.rows.iter().any(|row| row.vantage.is_behind_cache());
    let rows = rows(&asked, &number_of, behind);
    let other = second.as_ref().map(|s| self::rows(s, &number_of, s.rows.iter().any(|r| r.vantage.is_behind_cache())));
    let found = complete(&CompletenessQuestion {
        rows: &rows,
        ttl_s: asked.ttl_s(working, test),
        are_misses: behind,
        coverage: &asked.coverage,
        second: other.as_deref().zip(second.as_ref().map(|s| &s.coverage)),
    });
    let silent = silent(working, &asked);
    let mut out = answer(test, found.verdict, &found.checks, finding(&asked, &clients, &found, &silent));
    out.measures = measures(&clients, &found);
    out.measures.extend(other.as_deref().map(|other| captured(&rows, other)));
    out.variants_tried = found.variants as u64;
    "answers with their remaining TTL, or the same lookups seen from a second vantage"
        .clone_into(&mut out.would_change);
    out
}

/// Silences of the whole vantage, of all names, that chance does not explain; none are looked for where its coverage is
/// not declared or a series is only held in part.
fn silent(working: &Working<'_>, asked: &Asked<'_>) -> Vec<Silence> {
    let here = || working.records.series.iter().filter(|row| row.tap == asked.tap);
    if !asked.declared || here().any(|row| row.state.overflowed()) {
        return Vec::new();
    }
    let all: Vec<Timestamp> = here().flat_map(|row| row.state.events().map(|e| e.ts)).collect();
    silences(&all, &asked.coverage)
}

/// How many clients asked on how many days in all, from what two vantages saw.
fn captured(here: &[Row], there: &[Row]) -> Measure {
    let days = |rows: &[Row]| -> BTreeSet<(u32, i64)> {
        rows.iter().map(|row| (row.client, row.t.us().div_euclid(86_400_000_000))).collect()
    };
    let (here, there) = (days(here), days(there));
    let both = here.intersection(&there).count() as u64;
    let all = chapman(here.len() as u64, there.len() as u64, both);
    estimated("clients by day that asked in all, seen or not (two vantages, Chapman)", &all, "count")
}

fn rows(asked: &Asked<'_>, number_of: &BTreeMap<&str, u32>, behind: bool) -> Vec<Row> {
    let mut out = Vec::new();
    for series in &asked.rows {
        let client = number_of.get(series.client.as_str()).copied().unwrap_or(u32::MAX);
        // Before a cache all clients are answered from one; behind it each has its own.
        let cache = if behind { client } else { u32::MAX };
        out.extend(series.state.events().map(|e| Row {
            client,
            cache,
            question: e.role as u32,
            t: e.ts,
            remaining_s: if behind { None } else { e.ttl_s },
        }));
    }
    out
}

fn measures(clients: &[&str], found: &Completeness) -> Vec<Measure> {
    let mut out = Vec::new();
    if let Some(seen) = found.refreshes_seen {
        out.push(Measure {
            what: "refreshes that answers tell of and rows show".to_owned(),
            value: seen.share,
            lo: Some(seen.interval.0),
            hi: Some(seen.interval.1),
            unit: "share".to_owned(),
        });
    }
    if let Some((both, here, there)) = found.pairs {
        out.push(number("lookups that both vantages saw", both as f64, "count"));
        out.push(number("only here", here as f64, "count"));
        out.push(number("only there", there as f64, "count"));
    }
    out.extend(found.clock_offset_s.map(|s| number("clock of the second vantage less this one's", s, "s")));
    for f in found.found.iter().filter(|f| f.noticed) {
        let who = clients.get(f.client as usize).copied().unwrap_or("?");
        out.push(Measure {
            what: format!("{who}: {}", words(f.kind)),
            value: f.share.share,
            lo: Some(f.share.interval.0),
            hi: Some(f.share.interval.1),
            unit: "share".to_owned(),
        });
    }
    out
}

fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::RefreshMissing => "answers tell of lookups that are not here",
        Kind::TooEarly => "asked again before the TTL was over",
        Kind::Again => "the same row again, or within seconds",
        Kind::MissingHere => "lookups that the second vantage has and this one lacks",
        Kind::MissingThere => "lookups that the second vantage lacks",
    }
}

fn finding(asked: &Asked<'_>, clients: &[&str], found: &Completeness, silent: &[Silence]) -> String {
    let head = format!("{} lookups of {} at {}.", asked.lookups.len(), asked.name, asked.tap);
    let changes = [
        ("taken away", found.knowable.deletion),
        ("written twice", found.knowable.duplication),
        ("moved in time", found.knowable.shift),
    ];
    let can: Vec<&str> = changes.iter().filter(|c| c.1).map(|c| c.0).collect();
    let cannot: Vec<&str> = changes.iter().filter(|c| !c.1).map(|c| c.0).collect();
    let knowable = match (can.is_empty(), cannot.is_empty()) {
        (true, _) => {
            " Rows that were taken away, written twice or moved would leave no trace in these records: one cannot know."
                .to_owned()
        }
        (false, true) => String::new(),
        (false, false) => {
            format!(" Rows {} would leave a trace here; rows {} would not.", can.join(" or "), cannot.join(" or "))
        }
    };
    let noticed: Vec<String> = found
        .found
        .iter()
        .filter(|f| f.noticed)
        .map(|f| {
            let who = clients.get(f.client as usize).copied().unwrap_or("?");
            format!("{who}: {} ({} of {}, p = {})", words(f.kind), f.odd, f.of, short(f.p))
        })
        .collect();
    let what = match (noticed.is_empty(), found.verdict) {
        (false, _) => format!(
            " Beyond what is usual: {}. That a record is not whole does not say who made it so, or why.",
            noticed.join("; ")
        ),
        (true, Verdict::CannotBeTested) => String::new(),
        (true, _) => " Nothing beyond the usual was noticed; that proves no completeness.".to_owned(),
    };
    let farm = if found.several_caches.is_empty() {
        String::new()
    } else {
        format!(" {} of the clients are several caches: their gaps say nothing of edits.", found.several_caches.len())
    };
    let gaps = match silent {
        [] => String::new(),
        [one, rest @ ..] => format!(
            " The source is silent from {} to {}, where {} lookups of any name were expected (p = {}){}: coverage is declared for it.",
            one.from,
            one.to,
            short(one.expected),
            short(one.p),
            if rest.is_empty() { String::new() } else { format!(", and {} times more", rest.len()) }
        ),
    };
    format!("{head}{what}{gaps}{knowable}{farm}")
}
