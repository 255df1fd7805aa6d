//! "The lookups increased", "the rate changed".

use askance_inference::claims::{Change, ChangeQuestion, Condition, Rise, RiseQuestion, Shape, Verdict};

use super::asked::{Asked, seed, variants};
use super::said::{answer, day, estimated, fails, number, p_value, short};
use crate::assemble::Working;
use crate::json::{ClaimTest, Measure};
use crate::model::TestSpec;

/// A record to ask for where the beginning of the record hides what was before.
const LONGER: &str = "records of the weeks before and after, with their coverage declared";

pub(super) fn rise(working: &Working<'_>, test: &TestSpec) -> ClaimTest {
    let asked = match Asked::in_sequence(working, test) {
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    let since = test.window.as_ref().map(|w| w[0].start());
    let found = askance_inference::claims::rise(&RiseQuestion {
        lookups: &asked.lookups,
        coverage: &asked.coverage,
        coverage_declared: asked.declared,
        since,
        shape: if since.is_some() { Shape::Step } else { Shape::Ramp },
        variants: variants(test),
        seed: seed(test),
    });
    let mut out = answer(test, found.verdict, &found.checks, rise_finding(&asked, &found, since.is_some()));
    out.measures.push(number("lookups", found.lookups as f64, "count"));
    if let Some(factor) = &found.factor {
        out.measures.push(estimated(
            if since.is_some() { "rate after over rate before" } else { "rate a week later" },
            factor,
            "ratio",
        ));
    }
    out.measures.extend(p_value("p of such a rise by chance", found.p));
    LONGER.clone_into(&mut out.would_change);
    out
}

fn rise_finding(asked: &Asked<'_>, found: &Rise, step: bool) -> String {
    let head = format!("At {}, {} lookups of {}.", asked.tap, found.lookups, asked.name);
    if found.verdict == Verdict::CannotBeTested {
        let why = if fails(&found.checks, Condition::Baseline) {
            format!(
                " The record reaches {} weeks back before the claimed beginning: what it was like before is not recorded, \
                 so that a rise cannot be told from a record that begins.",
                short(found.weeks.0)
            )
        } else if fails(&found.checks, Condition::CoverageDeclared) {
            " When records were kept is not declared: a day without rows may be a day without a record.".to_owned()
        } else {
            " The conditions of the test do not hold.".to_owned()
        };
        return format!("{head}{why}");
    }
    let (Some(factor), Some(p)) = (&found.factor, found.p) else { return head };
    let what = if step { "Before and after the claimed beginning" } else { "From week to week" };
    format!(
        "{head} {what}, day by day, with coverage and the days of the week accounted for, the rate changes by a factor \
         of {} (95 % interval {} to {}); by chance, with counts as scattered as these, so much comes about with p = {}.",
        short(factor.value),
        short(factor.interval.0),
        short(factor.interval.1),
        short(p),
    )
}

pub(super) fn change(working: &Working<'_>, test: &TestSpec) -> ClaimTest {
    let asked = match Asked::in_sequence(working, test) {
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    let when = test.window.as_ref().map(|w| (w[0].start(), w[1].end()));
    let found = askance_inference::claims::change(&ChangeQuestion {
        lookups: &asked.lookups,
        coverage: &asked.coverage,
        coverage_declared: asked.declared,
        when,
        variants: variants(test),
        seed: seed(test),
    });
    let mut out = answer(test, found.verdict, &found.checks, change_finding(&asked, &found));
    out.measures = found.stretches.iter().map(stretch).collect();
    out.measures.extend(p_value("p of such a change by chance", found.p));
    LONGER.clone_into(&mut out.would_change);
    out
}

fn stretch(s: &askance_inference::claims::Stretch) -> Measure {
    estimated(&format!("{} to {}, {} lookups", day(s.from), day(s.to), s.n), &s.per_day, "per day")
}

fn change_finding(asked: &Asked<'_>, found: &Change) -> String {
    let head = format!("At {}, lookups of {}:", asked.tap, asked.name);
    if found.verdict == Verdict::CannotBeTested {
        return format!("{head} whether their rate changed cannot be seen in these records.");
    }
    if found.points.is_empty() {
        return format!("{head} one rate, with the scatter that the counts have, describes all of it.");
    }
    let points: Vec<String> = found
        .points
        .iter()
        .map(|p| {
            let firm = if p.firm { "" } else { ", not with the stricter penalty" };
            format!(
                "{} (between {} and {}), by a factor of {}{firm}",
                day(p.at),
                day(p.within.0),
                day(p.within.1),
                short(p.factor)
            )
        })
        .collect();
    format!("{head} their rate changes at {}.", points.join("; "))
}
