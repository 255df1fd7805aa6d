//! "Its configuration is odd", "it takes mail from a chosen few only": how many of its siblings are alike.

use std::collections::BTreeSet;

use askance_inference::claims::{Condition, Odd, Verdict, accepts_only_from, configuration_is_odd};

use super::asked::variants;
use super::said::{answer, fails, number, p_value, times};
use crate::assemble::Working;
use crate::claims::cannot;
use crate::json::{ClaimTest, Measure, Survey, SurveyResult};
use crate::model::TestSpec;
use crate::panels;

/// Where siblings are needed.
const SIBLINGS: &str = "the same of five siblings or more of the same operator";

pub(super) fn configuration(working: &Working<'_>, test: &TestSpec) -> ClaimTest {
    let Some(name) = test.of.as_ref().or_else(|| working.case.subjects.first()) else {
        return cannot(test, "The case names no subject.".to_owned(), "`of`, the name that the claim is about");
    };
    let about = |feature: &str| test.feature.as_ref().is_none_or(|wanted| wanted == feature);
    let rows: Vec<_> = working.records.configurations.iter().filter(|c| c.name == *name && about(&c.feature)).collect();
    let Some(first) = rows.first() else {
        return cannot(
            test,
            format!(
                "No zone file among the sources shows how {name} is set up, or it has nothing that is asked about."
            ),
            "zone files, or a recorded posture, of the name and its siblings",
        );
    };
    let tried = rows.len().max(variants(test));
    let found: Vec<Odd> = rows.iter().map(|c| configuration_is_odd((1, 1), (c.known, c.alike), tried)).collect();
    let strongest = found
        .iter()
        .max_by(|a, b| a.log10_lr_max.unwrap_or(f64::MIN).total_cmp(&b.log10_lr_max.unwrap_or(f64::MIN)))
        .expect("one for each row, and there is one");
    let shared = found.iter().filter(|o| o.siblings > 0 && o.alike == o.siblings).count();
    let said: Vec<String> = rows
        .iter()
        .zip(&found)
        .filter(|(_, odd)| odd.alike < odd.siblings || rows.len() == 1)
        .map(|(c, odd)| format!("{}: {} of {} siblings alike{}", c.what, odd.alike, odd.siblings, share(odd)))
        .collect();
    let rest = if said.is_empty() { String::new() } else { format!(" Not shared by all: {}.", said.join("; ")) };
    let few = if fails(&strongest.checks, Condition::Siblings) {
        " Fewer than five siblings show no share from which one could stand apart."
    } else {
        ""
    };
    let finding = format!(
        "{name}, beside {} siblings: {shared} of {} settings are shared by all of them.{rest}{few} What siblings share says nothing of \
         the one that a claim picks out.",
        first.known,
        rows.len()
    );
    let mut out = answer(test, strongest.verdict, &strongest.checks, finding);
    out.measures = rows.iter().zip(&found).filter_map(|(c, odd)| measure(&c.feature, odd)).collect();
    out.measures.extend(p_value("p of the least common setting (Fisher)", strongest.p));
    out.variants_tried = tried as u64;
    SIBLINGS.clone_into(&mut out.would_change);
    out
}

fn measure(feature: &str, odd: &Odd) -> Option<Measure> {
    let share = odd.share?;
    Some(Measure {
        what: format!("siblings with the same {feature}"),
        value: share.share,
        lo: Some(share.interval.0),
        hi: Some(share.interval.1),
        unit: "share".to_owned(),
    })
}

fn share(odd: &Odd) -> String {
    let at_best = |bans: f64| {
        if bans < core::f64::consts::LOG10_2 {
            ", which says nothing of purpose".to_owned()
        } else {
            format!(", at the very best {} if it was meant", times(bans))
        }
    };
    odd.log10_lr_max.map(at_best).unwrap_or_default()
}

pub(super) fn survey(working: &Working<'_>, test: &TestSpec) -> ClaimTest {
    let surveys = panels::surveys(working);
    let wanted = |s: &&Survey| test.source.as_ref().is_none_or(|id| *id == s.source);
    let Some((survey, subject)) = surveys.iter().filter(wanted).find_map(|s| Some((s, subject(s)?))) else {
        return cannot(
            test,
            "No survey among the sources asked an address of the subject.".to_owned(),
            "a survey of the subject's address and of its neighbours, from two source addresses",
        );
    };
    let siblings: Vec<&SurveyResult> = survey.results.iter().filter(|r| !r.subject).collect();
    let classes: Vec<&str> = siblings.iter().map(|r| r.class.as_str()).collect();
    // From where the subject itself was asked, in this survey and others.
    let of_subject = surveys.iter().filter(wanted).flat_map(|s| &s.results).filter(|r| r.target == subject.target);
    let sources: BTreeSet<&str> = of_subject.map(|r| r.identity.source.as_deref().unwrap_or("")).collect();
    let asked_from = u32::try_from(sources.len()).unwrap_or(u32::MAX);
    let found = accepts_only_from(&subject.class, &classes, asked_from, variants(test));
    let mut out = answer(test, found.verdict, &found.checks, survey_finding(survey, subject, &found));
    out.measures.extend(measure("class", &found));
    out.measures.push(number("siblings that were asked", siblings.len() as f64, "count"));
    out.measures.extend(p_value("p of being of this class (Fisher)", found.p));
    "the same questions from other source addresses: only then can a choice of clients show"
        .clone_into(&mut out.would_change);
    out
}

fn subject(survey: &Survey) -> Option<&SurveyResult> {
    survey.results.iter().find(|r| r.subject)
}

fn survey_finding(survey: &Survey, subject: &SurveyResult, found: &Odd) -> String {
    let code = subject.code.map_or(String::new(), |code| format!(" {code}"));
    let said = subject.text.as_deref().map_or(String::new(), |text| format!(", in the words \"{text}\""));
    let from_you = subject.text.as_deref().is_some_and(|text| text.to_ascii_lowercase().contains("from you"));
    let words = match (subject.code, from_you) {
        (Some(521), true) => {
            " RFC 7504 keeps 521 for hosts that never take mail; \"from you\" speaks of one client. Code and words point to different \
             things, and only other askers could tell which holds."
        }
        (Some(521), false) => " RFC 7504 keeps 521 for hosts that never take mail.",
        _ => "",
    };
    let alike = match (found.siblings, found.verdict) {
        (0, _) => " No sibling gave an answer.".to_owned(),
        (n, Verdict::DoesNotDiscriminate) => {
            format!(" {} of {n} siblings answer alike, so that the answer says nothing of this host.", found.alike)
        }
        (n, _) => format!(" {} of {n} siblings answer alike.", found.alike),
    };
    format!(
        "In {}, {} is of the class {}: it answered{code} at {}{said}.{words}{alike} Who is let in was not asked: {}.",
        survey.source,
        subject.target,
        subject.class,
        subject.stage,
        short_list(&subject.does_not_say)
    )
}

fn short_list(sentences: &[String]) -> String {
    match sentences.first() {
        Some(first) => first.trim_end_matches('.').to_owned(),
        None => "a refusal of the asker is an observation about the asker".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_that_most_have_says_nothing_of_purpose() {
        let odd = configuration_is_odd((1, 1), (39, 38), 1);
        assert_eq!(
            (share(&odd).as_str(), odd.verdict),
            (", which says nothing of purpose", Verdict::DoesNotDiscriminate)
        );
        let rare = configuration_is_odd((1, 1), (39, 0), 1);
        assert!(share(&rare).contains("at the very best"), "{}", share(&rare));
    }
}
