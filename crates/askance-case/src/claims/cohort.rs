//! "The name differs from its peers."

use std::collections::BTreeSet;

use askance_inference::claims::{Checked, Cohort, Condition, Member, Period, Side, Verdict};
use askance_record::Timestamp;

use super::asked::{Asked, seed, variants};
use super::said::{answer, estimated, number, p_value, short};
use crate::assemble::Working;
use crate::attribute::SourceView;
use crate::claims::cannot;
use crate::json::ClaimTest;
use crate::model::{PeerSpec, TestSpec};

/// Counts are compared by weeks.
const WEEK_US: i64 = 7 * 86_400_000_000;

pub(super) fn test(working: &Working<'_>, test: &TestSpec) -> ClaimTest {
    let asked = match Asked::of(working, test) {
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    let with: Vec<&str> = if test.with.is_empty() {
        working.case.peers.iter().map(|p| p.name.as_str()).filter(|name| *name != asked.name).collect()
    } else {
        test.with.iter().map(String::as_str).collect()
    };
    if with.is_empty() {
        return cannot(
            test,
            "The claim names no peer, and the case lists none.".to_owned(),
            "peers of the same operator",
        );
    }
    let window = test.window.as_ref().map(|w| (w[0].start(), w[1].end()));
    let subject = member(working, &asked, window);
    let peers: Vec<Member> =
        with.iter().map(|name| member(working, &Asked::at(working, asked.tap, name, &test.clients), window)).collect();
    let found = askance_inference::claims::cohort(
        &subject,
        &peers,
        Side::Differs,
        test.chosen_beforehand,
        variants(test),
        seed(test),
    );
    let unseen: Vec<&str> =
        with.iter().copied().filter(|name| working.lookups(asked.tap, name).next().is_none()).collect();
    let mut out = answer(test, found.verdict, &found.checks, finding(&asked, &with, &found));
    if !unseen.is_empty() {
        return without_rows(out, &asked, &unseen, &found.checks);
    }
    out.measures.push(number(&format!("{}, lookups", asked.name), found.rate, "per day"));
    out.measures.extend(
        with.iter().zip(&found.rates).map(|(name, rate)| number(&format!("{name}, lookups"), *rate, "per day")),
    );
    if found.verdict != Verdict::CannotBeTested {
        out.measures.push(estimated("its rate over that of the peers together", &found.ratio, "ratio"));
    }
    out.measures.extend(p_value("p of two rates", found.p));
    out.measures.extend(p_value("p by rank among the peers", found.rank_p));
    "five peers or more in the same state, of the same operator in the same period, seen by the same records"
        .clone_into(&mut out.would_change);
    out
}

/// The same where some peer has no row: what rests on rows is not known of it.
fn without_rows(mut out: ClaimTest, asked: &Asked<'_>, unseen: &[&str], checks: &[Checked]) -> ClaimTest {
    Verdict::CannotBeTested.as_str().clone_into(&mut out.verdict);
    out.finding = format!("Source {} shows no lookup of {}. {}", asked.tap, unseen.join(", "), out.finding);
    for (check, checked) in out.checks.iter_mut().zip(checks) {
        if matches!(checked.what, Condition::SameVantage | Condition::SameCoverage | Condition::SameTtl) {
            (check.holds, check.unknown) = (false, true);
            "no row of it is among the records".clone_into(&mut check.why);
        }
    }
    "rows of both names from the same source".clone_into(&mut out.would_change);
    out
}

/// One name's counts by week, and what makes it comparable.
fn member(working: &Working<'_>, asked: &Asked<'_>, window: Option<(Timestamp, Timestamp)>) -> Member {
    let view = working.attributor.view(asked.tap);
    let covered: Vec<(Timestamp, Timestamp)> = view
        .map(SourceView::coverage)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(from, to)| {
            let (from, to) = window.map_or((from, to), |(a, b)| (from.max(a), to.min(b)));
            (from < to).then_some((from, to))
        })
        .collect();
    let observed = match (covered.first(), covered.last()) {
        (Some(first), Some(last)) => (first.0, last.1),
        _ => (Timestamp::from_us(0), Timestamp::from_us(0)),
    };
    let described: Option<&PeerSpec> = working.case.peers.iter().find(|p| p.name == asked.name);
    let vantages: BTreeSet<&str> = working
        .sources
        .iter()
        .filter(|s| s.id == asked.tap)
        .map(|s| if s.vantage.is_empty() { "unknown" } else { s.vantage.as_str() })
        .collect();
    Member {
        periods: weeks(&asked.lookups, &covered, observed),
        vantages: vantages.into_iter().map(str::to_owned).collect(),
        // One source showed them all, with the same holes.
        cover: 1.0,
        ttl_s: asked.rows.iter().filter_map(|row| working.attributor.ttl_s(row)).max().unwrap_or(0),
        role: described.map_or_else(String::new, |p| p.role.clone()),
        operator: described.map_or_else(String::new, |p| p.operator.clone()),
        contract: described.and_then(|p| p.contract.as_ref()).map(|c| (c[0].start(), c[1].end())),
        observed,
    }
}

fn weeks(lookups: &[Timestamp], covered: &[(Timestamp, Timestamp)], (from, to): (Timestamp, Timestamp)) -> Vec<Period> {
    let mut out = Vec::new();
    let mut begin = from;
    while begin < to {
        let end = begin.plus_us(WEEK_US).min(to);
        let covered_s: f64 = covered.iter().map(|(a, b)| (*b).min(end).since_s((*a).max(begin)).max(0.0)).sum();
        // A tail of less than half a week shows no scatter of weeks.
        if covered_s > 0.0 && (out.is_empty() || (end.us() - begin.us()) * 2 > WEEK_US) {
            let inside = lookups.iter().filter(|t| **t >= begin && **t < end).count();
            out.push(Period { count: inside as f64, covered_s });
        }
        begin = end;
    }
    out
}

fn finding(asked: &Asked<'_>, with: &[&str], found: &Cohort) -> String {
    let who = with.join(", ");
    if found.verdict == Verdict::CannotBeTested {
        let why: Vec<&str> = found.checks.iter().filter(|c| c.vetoes && !c.holds).map(|c| veto(c.what)).collect();
        return format!(
            "{} and {who} are not comparable: {}. Nothing follows from a difference between them.",
            asked.name,
            why.join("; ")
        );
    }
    format!(
        "At {}, {} has {} lookups a day, {who} {} on average; the ratio is {} (95 % interval {} to {}).",
        asked.tap,
        asked.name,
        short(found.rate),
        short(found.rates.iter().sum::<f64>() / found.rates.len().max(1) as f64),
        short(found.ratio.value),
        short(found.ratio.interval.0),
        short(found.ratio.interval.1)
    )
}

/// Why names are not comparable.
fn veto(condition: Condition) -> &'static str {
    match condition {
        Condition::SameContract => {
            "they were not under the same operator and contract in the period compared, or it is not said"
        }
        Condition::Exposure => "they were not observed for 28 days",
        Condition::SameTtl => "their answers are kept for different times, so that caches hide different shares",
        Condition::SameRole => "their names do not have the same role, or it is not said",
        Condition::SameVantage => "they were not seen from the same places",
        Condition::SameCoverage => "they were not covered alike",
        other => other.about(),
    }
}
