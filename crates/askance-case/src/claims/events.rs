//! "The lookups follow the events", "B was a reaction to A", "it was the first to ask".

use std::collections::BTreeMap;

use askance_inference::claims::{
    FirstMover, Follows, FollowsQuestion, Happening, Order, Reaction, Rival, Verdict, follows_events, usual_windows,
};
use askance_record::Timestamp;

use super::asked::{Asked, events, happening, seed, variants};
use super::said::{answer, day, estimated, number, p_value, short, times};
use crate::assemble::Working;
use crate::attribute::SourceView;
use crate::claims::cannot;
use crate::json::ClaimTest;
use crate::model::{EventSpec, TestSpec};

/// How often acts like the second happen anyway, a day, where the claim does not say: once a month.
const PER_DAY: f64 = 1.0 / 30.0;

pub(super) fn follows(working: &Working<'_>, test: &TestSpec) -> ClaimTest {
    let asked = match Asked::in_sequence(working, test) {
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    let happenings = |ids: &[String]| events(working, ids).into_iter().map(happening).collect::<Vec<Happening>>();
    let windows = usual_windows();
    let found = follows_events(&FollowsQuestion {
        lookups: &asked.lookups,
        events: &happenings(&test.events),
        windows: &windows,
        coverage: &asked.coverage,
        source: &happenings(&test.taken_from),
        named_beforehand: test.chosen_beforehand,
        seed: seed(test),
    });
    let mut out = answer(test, found.verdict, &found.checks, follows_finding(&asked, test, &found));
    if let Some(best) = found.best.and_then(|at| found.windows.get(at)) {
        out.measures.push(estimated(
            "lookups after the events over the same hours of other weeks, best window",
            &best.ratio,
            "ratio",
        ));
        out.measures.push(number("lookups in that window", best.count as f64, "count"));
    }
    out.measures.extend(p_value("p, corrected for all windows", found.p));
    out.measures.extend(p_value("share of random lists that do as well", found.list_p));
    out.variants_tried = found.variants as u64;
    "eight covered weeks or more, and a list of events that was fixed beforehand".clone_into(&mut out.would_change);
    out
}

fn follows_finding(asked: &Asked<'_>, test: &TestSpec, found: &Follows) -> String {
    let head = format!("{} events, {} lookups of {} at {}.", test.events.len(), found.lookups, asked.name, asked.tap);
    let Some((p, best)) = found.p.zip(found.best.and_then(|at| found.windows.get(at))) else {
        return format!(
            "{head} An event is compared with the same hour of the week in other weeks; these records cover {} weeks, and {} \
             of the events can be compared.",
            short(asked.coverage.weeks()),
            found.events,
        );
    };
    format!(
        "{head} In the best of {} windows, {} hours long and beginning {} hours after an event, there are {} lookups; the same \
         hours of other weeks give {}. With all windows accounted for, chance does as well with p = {}.",
        found.windows.len(),
        short(best.window.length_us as f64 / 3.6e9),
        short(best.window.lag_us as f64 / 3.6e9),
        best.count,
        short(best.expected),
        short(p),
    )
}

pub(super) fn reaction(working: &Working<'_>, claim: &str, test: &TestSpec) -> ClaimTest {
    let listed = events(working, &test.events);
    if let Some(event) = listed.iter().find(|e| e.dated_by.as_deref() == Some(claim)) {
        let why = format!(
            "When \"{}\" was is taken from this claim's own words, so that no order of events that rests on it can be tested by it.",
            event.what
        );
        return cannot(test, why, "another record of when it was");
    }
    let [a, b] = listed.as_slice() else {
        return cannot(
            test,
            format!("A reaction has two events, what came first and what followed; the test names {}.", listed.len()),
            "`events = [\"first\", \"second\"]`",
        );
    };
    let rivals: Vec<&EventSpec> = events(working, &test.rivals);
    let weighed: Vec<Rival> = rivals.iter().map(|e| Rival { at: happening(e), contact: true }).collect();
    let per_day = test.per_day.unwrap_or(PER_DAY);
    let found = askance_inference::claims::reaction(happening(a), happening(b), per_day, variants(test), &weighed);
    let mut out = answer(test, found.verdict, &found.checks, reaction_finding(a, b, &rivals, &found));
    if found.order == Order::First {
        out.measures.push(number("least delay", found.delay_days.0, "d"));
    }
    if found.order != Order::Last {
        out.measures.push(number("greatest delay", found.delay_days.1, "d"));
    }
    // An end alone would read as the answer.
    if found.log10_lr.0.is_finite() && found.log10_lr.1.is_finite() {
        out.measures.push(number("least log10 LR of reaction against chance", found.log10_lr.0, "bans"));
        out.measures.push(number("greatest log10 LR of it", found.log10_lr.1, "bans"));
    }
    let whose = if test.per_day.is_some() { "the case" } else { "this program, once a month" };
    out.measures.push(number(&format!("assumed by {whose}: such acts happen anyway"), per_day, "per day"));
    "the clock times of the events, and records of who told whom".clone_into(&mut out.would_change);
    out
}

fn reaction_finding(a: &EventSpec, b: &EventSpec, rivals: &[&EventSpec], found: &Reaction) -> String {
    let order = match found.order {
        Order::Open => format!(
            "The clock times leave open whether \"{}\" came before \"{}\", so they are put in no order and nothing is ranked.",
            a.what, b.what
        ),
        Order::Last => format!("\"{}\" came after \"{}\".", a.what, b.what),
        Order::First => format!(
            "\"{}\" came {} to {} days before \"{}\". Over typical delays from an hour to a week such a delay is {} to {} \
             if it was a reaction than if it happened anyway.",
            a.what,
            short(found.delay_days.0),
            short(found.delay_days.1),
            b.what,
            times(found.log10_lr.0),
            times(found.log10_lr.1)
        ),
    };
    let others: Vec<String> = rivals
        .iter()
        .zip(&found.against)
        .map(|(rival, lr)| match lr {
            Some((lo, hi)) if lo.is_finite() && hi.is_finite() => {
                format!("against \"{}\" it is {} to {}", rival.what, times(*lo), times(*hi))
            }
            Some(_) => format!("which of it and \"{}\" was the cause cannot be ranked", rival.what),
            None => format!("\"{}\" came later", rival.what),
        })
        .collect();
    let rest = if others.is_empty() {
        " The case lists no other cause; that none is listed does not mean that there was none.".to_owned()
    } else {
        format!(" Other causes: {}.", others.join("; "))
    };
    format!("{order}{rest} What followed is not thereby what was caused.")
}

pub(super) fn first_mover(working: &Working<'_>, test: &TestSpec) -> ClaimTest {
    // The first of all clients, not of those that the claim names.
    let anybody = TestSpec { clients: Vec::new(), ..test.clone() };
    let asked = match Asked::in_sequence(working, &anybody) {
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    let row = asked.rows.iter().min_by_key(|row| (row.first, row.client.as_str())).expect("lookups have a client");
    let (first, at) = (row.client.as_str(), row.first);
    let before = before(working, test, asked.tap, at);
    let Some(place) = before.iter().position(|(client, _)| *client == first) else {
        let mut out = cannot(
            test,
            format!(
                "At {} the first to ask for {} was {first}, at {at}. It made no lookup there before: how likely it was to be \
                 the first by chance cannot be said.",
                asked.tap, asked.name
            ),
            "records of its lookups of like names before the new name was there",
        );
        out.measures.push(number("clients that were compared", before.len() as f64, "count"));
        return out;
    };
    let rates: Vec<(u64, f64)> = before.iter().map(|(_, rate)| *rate).collect();
    let found = askance_inference::claims::first_mover(&rates, place, variants(test));
    let named = test.clients.is_empty() || test.clients.iter().any(|client| client == first);
    let verdict = if named { found.verdict } else { Verdict::Contradicted };
    let head = format!("At {} the first to ask for {} was {first}, on {}.", asked.tap, asked.name, day(at));
    let mut out = answer(test, verdict, &found.checks, first_finding(&head, named, &found));
    if let Some(chance) = &found.chance {
        out.measures.push(estimated("share of all lookups before, and so the chance to be first", chance, "share"));
    }
    out.measures.extend(p_value("p of one as quiet being first", found.p));
    out.measures.push(number("clients that were compared", rates.len() as f64, "count"));
    "lookups of the address and mail from it just before: a PTR query tells a machine that learnt the name by itself"
        .clone_into(&mut out.would_change);
    out
}

/// Lookups of the subjects and of peers by each client before the new name was asked for, with seconds covered.
fn before<'a>(
    working: &'a Working<'_>,
    test: &'a TestSpec,
    tap: &'a str,
    until: Timestamp,
) -> Vec<(&'a str, (u64, f64))> {
    let case = working.case;
    let names: Vec<&str> = if test.with.is_empty() {
        case.subjects.iter().map(String::as_str).chain(case.peers.iter().map(|p| p.name.as_str())).collect()
    } else {
        test.with.iter().map(String::as_str).collect()
    };
    let spans = working.attributor.view(tap).map(SourceView::coverage).unwrap_or_default();
    let covered: f64 = spans.iter().filter(|(a, _)| *a < until).map(|(a, b)| (*b).min(until).since_s(*a)).sum();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for name in names {
        for (row, instants) in working.lookups(tap, name) {
            let earlier = instants.unwrap_or_default().into_iter().filter(|t| *t < until).count() as u64;
            *counts.entry(&row.client).or_default() += earlier;
        }
    }
    counts.into_iter().filter(|(_, n)| *n > 0).map(|(client, n)| (client, (n, covered))).collect()
}

fn first_finding(head: &str, named: bool, found: &FirstMover) -> String {
    if !named {
        return format!("{head} That is none of the clients that the claim names.");
    }
    let Some(chance) = &found.chance else { return head.to_owned() };
    let ratio = found.log10_lr_max.map_or(String::new(), |bans| {
        format!(" At the very best it is {} if it had been told than if somebody had to be the first.", times(bans))
    });
    format!(
        "{head} Of the lookups of like names before that it made {} %: who asks most is first most often, so that this alone makes \
         it the first with that chance.{ratio} Knowing a name can come from people, from mail or from the address's own reverse record.",
        short(chance.value * 100.0)
    )
}
