//! "A few clients make nearly all of the lookups."
//!
//! Raw and corrected for what caches hide, each with its interval. Concentrated lookups
//! say nothing about connections; that is another test.

use std::collections::BTreeMap;

use askance_inference::claims::{Share, Verdict, disagree, top_share};

use crate::assemble::Working;
use crate::claims::asked::seed;
use crate::claims::{cannot, grouped};
use crate::json::{Check, ClaimTest, Measure};
use crate::model::TestSpec;
use crate::panels::{Counted, counted};

/// "Nearly all", where the claim names no share.
const NEARLY_ALL: f64 = 0.9;

pub(crate) fn test(working: &Working<'_>, test: &TestSpec) -> ClaimTest {
    let name = test.of.as_ref().or_else(|| working.case.subjects.first());
    let tap = test.source.as_deref().or_else(|| working.taps().first().copied());
    let (Some(name), Some(tap)) = (name, tap) else {
        return cannot(test, "The case names no subject, or no source shows it.".to_owned(), "a source that shows it");
    };
    let named = (!test.clients.is_empty()).then_some(test.clients.as_slice());
    let Some(mut counted) = counted(working, tap, name, named) else {
        return cannot(test, format!("Source {tap} shows no lookup of {name}."), "a source that shows it");
    };
    if named.is_none() {
        // Whoever takes the largest after looking has an interval that knows of the choice, where days are known.
        counted.raw.raw = chosen_by_day(working, test, tap, name).unwrap_or(counted.raw.raw);
    }
    let at_least = test.at_least.unwrap_or(NEARLY_ALL);
    let (lo, hi) = range(&counted);
    let verdict = match (lo >= at_least, hi < at_least) {
        (true, _) => Verdict::Supported,
        (_, true) => Verdict::Contradicted,
        _ => Verdict::DoesNotDiscriminate,
    };
    let limits = limits(working, tap);
    let verdict = match verdict {
        _ if limits.iter().any(|l| l.vetoes) => Verdict::CannotBeTested,
        Verdict::Supported if !limits.is_empty() => Verdict::WeaklySupported,
        other => other,
    };
    let mut checks = checks(working, test, tap, &counted);
    checks.extend(limits.into_iter().map(|l| l.check));
    ClaimTest {
        kind: test.kind.as_str().to_owned(),
        verdict: verdict.as_str().to_owned(),
        finding: finding(test, tap, name, &counted) + &stated(test, &counted),
        measures: measures(test, &counted, at_least),
        checks,
        variants_tried: 1,
        would_change: "a vantage with other clients, or the log of the resolvers' own clients".to_owned(),
        synthetic: false,
    }
}

/// The interval of the share; of a whole count that somebody published the share itself.
fn range(counted: &Counted) -> (f64, f64) {
    let raw = &counted.raw.raw;
    if counted.published { (raw.share, raw.share) } else { raw.interval }
}

/// Clients of which the share is taken where the claim names none.
const LARGEST: usize = 3;

/// The share of the largest clients, by days; `None` where not all lookups are at hand.
fn chosen_by_day(working: &Working<'_>, test: &TestSpec, tap: &str, name: &str) -> Option<Share> {
    let mut days: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
    for (client, (_, instants)) in working.lookups(tap, name).enumerate() {
        for t in instants? {
            let day = days.entry(t.us().div_euclid(86_400_000_000)).or_default();
            day.resize(day.len().max(client + 1), 0);
            day[client] += 1;
        }
    }
    let days: Vec<Vec<u64>> = days.into_values().collect();
    top_share(&days, LARGEST, seed(test))
}

/// What the vantage takes from a share of its rows.
struct Limit {
    check: Check,
    /// Whether the share then says nothing of who asked.
    vetoes: bool,
}

fn limits(working: &Working<'_>, tap: &str) -> Vec<Limit> {
    let mut out = Vec::new();
    let mut limit = |what: &str, why: String, vetoes: bool| {
        out.push(Limit { check: Check { what: what.to_owned(), why, ..Check::default() }, vetoes });
    };
    let Some(source) = working.case.source(tap) else { return out };
    let keeps = &source.keeps;
    if let Some(how) = &keeps.chosen {
        limit(
            "the rows are all that was seen",
            format!("they were chosen ({how}): a share of chosen rows is a share of the choice"),
            true,
        );
    }
    if !keeps.clients_confirmed {
        limit(
            "lookups came from the addresses that they bear",
            "nothing shows it, and UDP lets anybody write any address".to_owned(),
            true,
        );
    }
    if let Some([seen, of]) = keeps.servers.filter(|[seen, of]| seen < of) {
        limit("every server of the zone was looked at", format!("{seen} of {of}: resolvers prefer one of them"), false);
    }
    if keeps.parent_zone {
        limit(
            "it was kept at the name's own servers",
            "caches of the delegation hide most of what was asked".to_owned(),
            false,
        );
    }
    if source.is_counts() {
        limit(
            "it is known where and when they were seen",
            "counts without times: whoever counted does not say".to_owned(),
            false,
        );
    }
    let vantage = working.records.series.iter().find(|row| row.tap == tap).map(|row| row.vantage);
    if vantage == Some(askance_record::Vantage::Passive) {
        limit(
            "it is known who could be seen",
            "sensors see some resolvers: this is a share among those".to_owned(),
            false,
        );
    }
    out
}

fn finding(test: &TestSpec, tap: &str, name: &str, counted: &Counted) -> String {
    let percent = |share: f64| share * 100.0;
    let raw = &counted.raw.raw;
    let who = if test.clients.is_empty() {
        "the three largest".to_owned()
    } else {
        format!("the {} named", test.clients.len())
    };
    let absent: Vec<&str> =
        test.clients.iter().map(String::as_str).filter(|c| !counted.clients.iter().any(|known| known == c)).collect();
    let absent = if absent.is_empty() { String::new() } else { format!(" {} do not occur.", absent.join(", ")) };
    let corrected = match (&counted.demand, counted.behind_cache) {
        (_, false) => String::new(),
        (Some(d), true) => match &d.demand {
            Some(share) => format!(
                " Corrected for what caches hide, they have {:.1} % of the demand (95 % interval {:.1} to {:.1} %).",
                percent(share.share),
                percent(share.interval.0),
                percent(share.interval.1)
            ),
            None => {
                " It cannot be corrected for what caches hide: the demand of at least one client has no upper bound."
                    .to_owned()
            }
        },
        (None, true) => " It cannot be corrected for what caches hide: no TTL is known.".to_owned(),
    };
    let interval = if counted.published {
        String::new()
    } else {
        format!(" (95 % interval {:.1} to {:.1} %)", percent(raw.interval.0), percent(raw.interval.1))
    };
    format!(
        "At {tap}, {who} of {} clients make {:.1} % of the {} lookups of {name}{interval}.{absent}{corrected} Who looks a \
         name up says nothing about connections.",
        counted.raw.clients,
        percent(raw.share),
        grouped(counted.raw.n),
    )
}

/// What others stated, beside these records; never averaged, because they counted different things.
fn stated(test: &TestSpec, counted: &Counted) -> String {
    let (lo, hi) = range(counted);
    let listed: Vec<String> = test
        .stated
        .iter()
        .map(|s| {
            let of = if s.of.is_empty() { String::new() } else { format!(" ({})", s.of) };
            // What was stated stands for all that is rounded to it.
            let half = 0.005 * libm::exp10(-f64::from(s.digits));
            let agrees = if s.share + half >= lo && s.share - half <= hi {
                "which these records give as well"
            } else {
                "which these records do not give"
            };
            format!("{}: {:.*} %{of}, {agrees}", s.by, usize::from(s.digits), s.share * 100.0)
        })
        .collect();
    if listed.is_empty() {
        return String::new();
    }
    let quoted: Vec<(f64, u8)> = test.stated.iter().map(|s| (s.share * 100.0, s.digits)).collect();
    if disagree(&quoted).is_empty() {
        return format!(" Stated elsewhere: {}.", listed.join("; "));
    }
    format!(
        " The {} shares stated elsewhere disagree with each other: {}. They come from different cuts of the records and are not \
         averaged.",
        listed.len(),
        listed.join("; ")
    )
}

fn measures(test: &TestSpec, counted: &Counted, at_least: f64) -> Vec<Measure> {
    let measure = |what: &str, value: f64, interval: Option<(f64, f64)>, unit: &str| Measure {
        what: what.to_owned(),
        value,
        lo: interval.map(|i| i.0),
        hi: interval.map(|i| i.1),
        unit: unit.to_owned(),
    };
    let raw = &counted.raw;
    let needed = match (&test.at_least_by, test.at_least) {
        (Some(by), _) => format!("share that the claim needs, a threshold set by {by}"),
        (None, Some(_)) => "share that the claim needs".to_owned(),
        (None, None) => "share that the claim needs, \"nearly all\" as this program takes it".to_owned(),
    };
    let mut out = vec![
        measure("share of lookups", raw.raw.share, Some(raw.raw.interval).filter(|_| !counted.published), "share"),
        measure(&needed, at_least, None, "share"),
    ];
    if let Some(share) = counted.demand.as_ref().and_then(|d| d.demand) {
        out.push(measure("share of demand, cache-corrected", share.share, Some(share.interval), "share"));
    }
    out.extend(test.stated.iter().map(|s| measure(&format!("share that {} states", s.by), s.share, None, "share")));
    out.push(measure("Herfindahl-Hirschman index", raw.herfindahl, None, "index"));
    if !counted.published {
        out.push(measure("clients not seen here make at most", raw.unseen_max, None, "share"));
    }
    out
}

fn checks(working: &Working<'_>, test: &TestSpec, tap: &str, counted: &Counted) -> Vec<Check> {
    let check = |what: &str, holds: bool, why: String| Check { what: what.to_owned(), holds, why, unknown: false };
    let declared = working.case.source(tap).is_some_and(|s| !s.covers.is_empty());
    let occurring = test.clients.iter().filter(|c| counted.clients.contains(c)).count();
    let mut out = vec![
        check(
            "clients were named before the records were looked at",
            !test.clients.is_empty() && test.chosen_beforehand,
            match (test.clients.len(), test.chosen_beforehand) {
                (0, _) => "the claim names none; the three largest were taken, which favours the claim".to_owned(),
                (n, true) => format!("{n} named, {occurring} of them occur"),
                (n, false) => format!("{n} named, {occurring} of them occur; nothing shows that it was beforehand"),
            },
        ),
        check(
            "the source declares what it covers",
            declared,
            if declared { "covers is given" } else { "without it, a hole looks like silence" }.to_owned(),
        ),
    ];
    if counted.behind_cache {
        let not_caching = counted.demand.as_ref().map_or(0, |d| d.not_caching.len());
        out.push(check(
            "the served TTL is known",
            counted.ttl_s.is_some(),
            counted.ttl_s.map_or_else(|| "no answer shows it".to_owned(), |ttl| format!("{ttl} s, from answers")),
        ));
        let known = counted.demand.is_some();
        out.push(Check {
            unknown: !known,
            ..check(
                "every client asks through one cache",
                known && not_caching == 0,
                match not_caching {
                    _ if !known => "without a TTL and times it cannot be told".to_owned(),
                    0 => "no client asks more often than its TTL allows".to_owned(),
                    n => format!("{n} ask more often than one cache would, and so weigh more than their use"),
                },
            )
        });
    }
    out
}
