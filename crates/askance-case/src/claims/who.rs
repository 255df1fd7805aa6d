//! "These two are one client", "a person does this, in their office hours", "it is X's server".

use askance_inference::claims::{Behind, Condition, Control, Hours, HoursFound, OneOrTwo, Role, Verdict};
use askance_inference::claims::{controlled_by, hours, one_client_or_two};

use super::asked::{Asked, seed, variants};
use super::said::{answer, fails, number, p_value, short, times};
use crate::assemble::Working;
use crate::claims::cannot;
use crate::json::{ClaimTest, Measure};
use crate::model::TestSpec;

/// Why a test that needs one type cannot look at a long series.
const TYPES: &str = "Of a series only some days are at hand with their types, and each type has a TTL of its own.";
/// What would mend that.
const SHORTER: &str = "the same records, cut into shorter periods";

pub(super) fn one_or_two(working: &Working<'_>, test: &TestSpec) -> ClaimTest {
    let [a, b] = test.clients.as_slice() else {
        return cannot(test, "The test names no two clients.".to_owned(), "`clients = [\"first\", \"second\"]`");
    };
    let both = match Asked::in_sequence(working, test) {
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    let of = |client: &String| Asked::at(working, both.tap, both.name, std::slice::from_ref(client)).of_one_type();
    let (Some(first), Some(second)) = (of(a), of(b)) else { return cannot(test, TYPES.to_owned(), SHORTER) };
    let ttl_s = both.ttl_s(working, test);
    let found = one_client_or_two(&first, &second, ttl_s.unwrap_or(0), &both.coverage, variants(test), seed(test));
    let mut out = answer(test, found.verdict, &found.checks, two_finding(a, b, &both, &found));
    out.measures = vec![
        share("gaps of both together below the TTL", found.early),
        share("acts of the first with one of the second within 5 s", found.together),
    ];
    out.measures
        .extend(found.together_by_chance.map(|p| number("the same at the same hours of other weeks", p, "share")));
    out.measures.extend(p_value("p of as many together", found.together_p));
    out.measures.extend(found.log10_lr.map(|lr| number("one cache against two", lr, "bans")));
    out.measures.extend(ttl_s.map(|ttl| number("TTL of the answers", f64::from(ttl), "s")));
    "answers with their TTL, or the log of the clients behind these addresses".clone_into(&mut out.would_change);
    out
}

fn share(what: &str, share: askance_inference::claims::Share) -> Measure {
    Measure {
        what: what.to_owned(),
        value: share.share,
        lo: Some(share.interval.0),
        hi: Some(share.interval.1),
        unit: "share".to_owned(),
    }
}

fn two_finding(a: &str, b: &str, asked: &Asked<'_>, found: &OneOrTwo) -> String {
    let head = format!("{a} and {b} at {}:", asked.tap);
    let what = match found.behind {
        Behind::OneCache => {
            "they ask as one cache would: what one was told the other does not ask again before the TTL is over."
        }
        Behind::OneDemand => {
            "they ask at the same moments, more than chance would make them, and each keeps its own answers: two caches that one \
             demand stirs."
        }
        Behind::Two => "they ask as two that have nothing to do with each other.",
        Behind::Open if fails(&found.checks, Condition::TtlKnown) => {
            "no answer shows the TTL, and without it two caches and one cannot be told apart."
        }
        Behind::Open => "these records do not tell whether one or two stand behind them.",
    };
    format!("{head} {what} Which hosts ask behind a resolver cannot be seen from here.")
}

pub(super) fn rhythm(working: &Working<'_>, test: &TestSpec) -> ClaimTest {
    let asked = match Asked::in_sequence(working, test) {
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    // Before a cache every lookup is one; behind one, what the TTL hides is put back.
    let behind = asked.rows.iter().any(|row| row.vantage.is_behind_cache());
    let ttl = if behind { asked.ttl_s(working, test) } else { Some(0) };
    let Some(ttl) = ttl else {
        return cannot(
            test,
            format!(
                "At {} resolvers ask, and no answer shows how long they keep it: a person who asks all day and a program that asks \
                 by the minute leave the same rows.",
                asked.tap
            ),
            "answers with their TTL, or the log of the resolvers' own clients",
        );
    };
    let Some(lookups) = asked.of_one_type() else { return cannot(test, TYPES.to_owned(), SHORTER) };
    let found = hours(&lookups, &asked.coverage, ttl, &test.offsets_h, variants(test));
    let verdict = if test.person { found.person } else { found.verdict };
    let assumed = behind && !asked.rows.iter().any(|row| working.attributor.ttl_s(row).is_some());
    let mut out = answer(test, verdict, &found.checks, rhythm_finding(&asked, &found, test, assumed));
    "the log of the resolvers' own clients: behind a cache hours fade, and machines keep people's hours"
        .clone_into(&mut out.would_change);
    if found.verdict == Verdict::CannotBeTested {
        return out;
    }
    out.measures = vec![
        number("people's hours against round the clock", found.log10_lr, "bans"),
        number("share of the time in which the cache could not ask", found.busy, "share"),
    ];
    out.measures.extend(found.zone_log10_lr.map(|lr| number("the claimed zones against all others", lr, "bans")));
    out.measures.push(number("dead time of the cache", f64::from(ttl), "s"));
    out
}

fn rhythm_finding(asked: &Asked<'_>, found: &HoursFound, test: &TestSpec, assumed: bool) -> String {
    let head = format!("{} lookups of {} at {}", asked.lookups.len(), asked.name, asked.tap);
    let what = match found.hours {
        Hours::OfPeople => {
            let mut zones: Vec<(i8, f64)> = found.zones.to_vec();
            zones.sort_by(|a, b| b.1.total_cmp(&a.1));
            let mut sum = 0.0;
            let within: Vec<String> = zones
                .iter()
                .take_while(|z| {
                    let before = sum;
                    sum += z.1;
                    before < 0.9
                })
                .map(|(h, _)| format!("UTC{h:+}"))
                .collect();
            format!(
                "keep hours as people at work do; the zones that nine of ten such series would lie in: {}.",
                within.join(", ")
            )
        }
        Hours::RoundTheClock => "come round the clock, as nobody's working hours do.".to_owned(),
        Hours::Unidentifiable => {
            "do not tell people's hours from a demand that never sleeps: behind this cache both leave such rows."
                .to_owned()
        }
    };
    let zone = found.zone_log10_lr.map_or(String::new(), |lr| {
        let claimed: Vec<String> = test.offsets_h.iter().map(|h| format!("UTC{h:+}")).collect();
        format!(" They are {} in the hours of {} than in others.", times(lr), claimed.join(" or "))
    });
    if fails(&found.checks, Condition::LookupsInside) {
        return format!("{head} are too few for their hours to say anything.");
    }
    let assumed = if assumed { ", by the TTL that the case assumes" } else { "" };
    format!(
        "{head} {what}{zone} Hours of people do not show a person: mail and the programs of office machines keep them too. \
         For {} % of the time the cache could not have asked again{assumed}.",
        short(found.busy * 100.0),
    )
}

pub(super) fn control(working: &Working<'_>, test: &TestSpec) -> ClaimTest {
    let Some(party) = &test.party else {
        return cannot(test, "The test names no party.".to_owned(), "`party`, the id of a party of the case");
    };
    let wanted = test.role.as_deref().map(|text| Role::ALL.into_iter().find(|r| r.as_str() == text));
    if wanted == Some(None) {
        let roles: Vec<&str> = Role::ALL.iter().map(|r| r.as_str()).collect();
        return cannot(test, format!("No such role; there are: {}.", roles.join(", ")), "one of these roles");
    }
    let facts: Vec<(Role, &str)> = working
        .case
        .parties
        .iter()
        .flat_map(|p| {
            let roles = Role::ALL.into_iter().filter(|r| p.roles.iter().any(|text| text == r.as_str()));
            roles.map(|role| (role, p.id.as_str()))
        })
        .collect();
    let found = controlled_by(&facts, party, wanted.flatten());
    let mut out = answer(test, found.verdict, &found.checks, control_finding(working, party, &facts, &found));
    "records of who ordered, ran and paid for each of the five at the time".clone_into(&mut out.would_change);
    out
}

fn control_finding(working: &Working<'_>, party: &str, facts: &[(Role, &str)], found: &Control) -> String {
    let name = |id: &str| {
        let listed = working.case.parties.iter().find(|p| p.id == id).map(|p| p.name.clone());
        listed.filter(|n| !n.is_empty()).unwrap_or_else(|| id.to_owned())
    };
    let sourced = |id: &str| {
        let source = working.case.parties.iter().find(|p| p.id == id).map_or("", |p| p.source.as_str());
        if source.is_empty() {
            format!("{} (the case names no source)", name(id))
        } else {
            format!("{} ({source})", name(id))
        }
    };
    let each: Vec<String> = Role::ALL
        .into_iter()
        .map(|role| {
            let who: Vec<String> = facts.iter().filter(|f| f.0 == role).map(|f| sourced(f.1)).collect();
            let who = if who.is_empty() { "not on record".to_owned() } else { who.join(" or ") };
            let open = if found.disputed.contains(&role) { " (records disagree)" } else { "" };
            format!("{}: {who}{open}", role.as_str().replace('-', " "))
        })
        .collect();
    format!(
        "A name has no one owner, it has roles. By the records that the case cites: {}. Of these {} has {}; a claim about one role \
         says nothing of another, and a role does not tell on whose behalf somebody acted.",
        each.join("; "),
        name(party),
        match found.has.len() {
            0 => "none that is undisputed".to_owned(),
            _ => found.has.iter().map(|r| r.as_str().replace('-', " ")).collect::<Vec<_>>().join(", "),
        }
    )
}
