//! "The lookups came about in this way": what the series' own attributions say of it.

use askance_inference::MechanismId;
use askance_inference::claims::Verdict;

use super::asked::{Asked, variants};
use super::said::short;
use crate::assemble::Working;
use crate::claims::cannot;
use crate::json::{Check, ClaimTest, Measure, Series};
use crate::model::TestSpec;

pub(super) fn test(working: &Working<'_>, test: &TestSpec) -> ClaimTest {
    let wanted = test.mechanism.as_deref().and_then(|text| text.parse::<MechanismId>().ok());
    let Some(wanted) = wanted else {
        let all: Vec<&str> = MechanismId::ALL.iter().map(|m| m.as_str()).collect();
        return cannot(test, "The test names no mechanism that is known.".to_owned(), &all.join(", "));
    };
    let asked = match Asked::of(working, test) {
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    let named = |client: &String| test.clients.is_empty() || test.clients.contains(client);
    let series: Vec<&Series> =
        working.at(asked.tap, asked.name).map(|(_, series)| series).filter(|s| named(&s.client)).collect();
    let told = series.iter().filter(|s| !s.abstained && s.best == wanted.as_str()).count();
    let possible = series.iter().filter(|s| s.set.iter().any(|m| m == wanted.as_str())).count();
    let verdict = match (told, possible) {
        (told, _) if told == series.len() => Verdict::Supported,
        (0, 0) => Verdict::Contradicted,
        (0, _) => Verdict::DoesNotDiscriminate,
        _ => Verdict::WeaklySupported,
    };
    let others: Vec<String> = rest(&series, wanted);
    let finding = format!(
        "At {} {} of {}. {} is the answer for {told} of them, and for {possible} it is not separated from what is nearest.{} A \
         mechanism says how lookups came about, not why anybody wanted them.",
        asked.tap,
        if series.len() == 1 { "there is one series".to_owned() } else { format!("there are {} series", series.len()) },
        asked.name,
        words(wanted),
        if others.is_empty() { String::new() } else { format!(" Not separated from it: {}.", others.join(", ")) }
    );
    ClaimTest {
        kind: test.kind.as_str().to_owned(),
        verdict: verdict.as_str().to_owned(),
        finding,
        measures: series.iter().filter_map(|s| measure(s, wanted)).collect(),
        checks: vec![Check {
            what: "every series has lookups enough for an answer".to_owned(),
            holds: series.iter().all(|s| !s.abstained),
            why: format!("{} of {} are left open", series.iter().filter(|s| s.abstained).count(), series.len()),
            unknown: false,
        }],
        variants_tried: variants(test) as u64,
        would_change: "the records that section 11 ranks: what would settle it".to_owned(),
        synthetic: false,
    }
}

/// Its name, as a sentence begins.
fn words(mechanism: MechanismId) -> String {
    let name = mechanism.as_str().replace('-', " ");
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What stands beside it in any set, each once.
fn rest(series: &[&Series], wanted: MechanismId) -> Vec<String> {
    let mut others: Vec<String> = series
        .iter()
        .filter(|s| s.set.iter().any(|m| m == wanted.as_str()))
        .flat_map(|s| s.set.iter().filter(|m| *m != wanted.as_str()).map(|m| m.replace('-', " ")))
        .collect();
    others.sort();
    others.dedup();
    others
}

fn measure(series: &Series, wanted: MechanismId) -> Option<Measure> {
    let found = series.candidates.iter().find(|c| c.mechanism == wanted.as_str())?;
    Some(Measure {
        what: format!("{}, {} lookups: how far behind the best", series.client, short(series.n as f64)),
        value: found.log10_behind,
        unit: "bans".to_owned(),
        ..Measure::default()
    })
}
