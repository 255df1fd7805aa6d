//! Plain sentences for an attribution.

use crate::math::bans;
use crate::mechanism::MechanismId as M;
use crate::observe::{Evidence, Observation};
use crate::rhythm::has_weekly_shape;
use crate::score::Scores;
use crate::state::{Role, SeriesState};
use crate::timing::Shape;

use super::{Account, Attribution, Facts, Judged, LOOKUPS_MIN, Work};

/// Why the records do not allow an answer; empty where they do.
pub(super) fn why_abstain(account: &Account) -> Vec<String> {
    let Account { lookups, scores, facts, judged } = account;
    let best = judged.decision.best;
    let mut out = Vec::new();
    if best == M::HumanUse && !has_weekly_shape(&scores.timing) {
        out.push("No answer is given: no rhythm of the day or week shows that people cause the lookups.".to_owned());
    }
    if *lookups < LOOKUPS_MIN && !facts.decisive() {
        out.push(format!("No answer is given: {lookups} lookups without a decisive mark are too few."));
    }
    let lead = judged.totals[best.index()] - judged.totals[M::None.index()];
    if best != M::None && bans(lead) < 1.0 {
        out.push("No answer is given: the best candidate is hardly better than a model that fits anything.".to_owned());
    }
    if let Some(grain) = scores.blurred_s.filter(|_| best != M::Tunnel) {
        out.push(format!(
            "No answer is given: times are known to {} only, and most lookups come closer together than four of those.",
            match grain {
                g if g >= 86_400.0 => "the day",
                g if g >= 3600.0 => "the hour",
                _ => "the minute",
            }
        ));
    }
    if judged.decision.is_split() {
        out.push("No single answer is given: the mechanisms that are left belong to different families.".to_owned());
    }
    out
}

/// Why one mechanism is no answer where two stand behind the series.
pub(super) fn several(of: &Attribution) -> Option<String> {
    if !of.segments.is_empty() && of.segments.iter().all(|s| s.best != of.best) {
        return Some("No single answer is given: the mechanism changes inside the series.".to_owned());
    }
    let pair = of.mixture.as_ref()?.parts.each_ref().map(|part| part.best);
    (!pair.contains(&of.best))
        .then(|| "No single answer is given: two mechanisms together explain the series better.".to_owned())
}

/// What limits an answer beyond the set.
pub(super) fn limits(judged: &Judged) -> Option<String> {
    judged.rests_on_few_days.then(|| {
        "The lead over a member of the set rests on few days: it is not counted as separated, and the likelihood ratio is held at 10.".to_owned()
    })
}

/// What speaks for the answer, what cannot be seen, and why it is not stronger.
pub(super) fn reasons(
    of: &Attribution,
    work: &Work<'_>,
    given: &Observation,
    evidence: &Evidence,
    state: &SeriesState,
) -> Vec<String> {
    let Account { scores, facts, .. } = &work.account;
    let mut out = Vec::new();
    marks(of, facts, &mut out);
    timing(of, scores, &mut out);
    if of.best != M::None && of.sessions as u64 >= LOOKUPS_MIN && scores.timing.carrier(of.best) == Shape::Mta {
        out.push("Gaps follow the retry schedule of a mail server.".to_owned());
    }
    cross(scores, evidence, &mut out);
    blind(of, given, evidence, &mut out);
    if of.set.len() > 1 {
        let names: Vec<&str> = of.set.iter().map(|m| m.as_str()).collect();
        out.push(format!("Not separated by a factor of ten with these records: {}.", names.join(", ")));
    }
    if of.best == M::None {
        out.push("None of the mechanisms explains the series better than a model that fits anything.".to_owned());
    }
    if of.best.family() == crate::mechanism::Family::Malicious || of.set.contains(&M::Beacon) {
        out.push(
            "A program that wants to hide can copy any ordinary rhythm: this is about the records, not about intent."
                .to_owned(),
        );
    }
    if of.capped {
        out.push(format!(
            "The likelihood ratio is capped at {:.0}, which is what {} independent software configurations allow to be said.",
            libm::exp10(work.calibration.cap.high),
            work.calibration.fitted_on.configurations
        ));
    }
    if of.fit.poor {
        out.push(format!(
            "The timing fits poorly (Kolmogorov-Smirnov distance {:.2}): the verdict is one band lower.",
            of.fit.ks_d
        ));
    }
    if state.overflowed() {
        out.push(format!(
            "The series is long: {} of {} lookups, on whole days chosen by lot, were scored.",
            state.events().count(),
            state.n()
        ));
    }
    out
}

fn percent(share: f64) -> f64 {
    (100.0 * share).round()
}

fn marks(of: &Attribution, facts: &Facts, out: &mut Vec<String>) {
    let sessions = of.sessions;
    if facts.pair >= 0.05 {
        out.push(format!(
            "In {} % of {sessions} sessions a PTR lookup is followed at once by an address lookup, as when a receiver checks who connects.",
            percent(facts.pair)
        ));
    }
    if facts.txt >= 0.05 {
        out.push(format!("{} % of {sessions} sessions ask for SPF, DKIM or DMARC records.", percent(facts.txt)));
    }
    if facts.mx >= 0.05 {
        out.push(format!(
            "{} % of {sessions} sessions begin with MX, as when mail is to be delivered.",
            percent(facts.mx)
        ));
    }
    if facts.suffix >= 0.05 {
        out.push(format!(
            "{} % of {sessions} sessions ask for the name with a search suffix appended: the asking host lies inside that network.",
            percent(facts.suffix)
        ));
    }
    if let Some(failed) = facts.failed.filter(|&f| f >= 0.2) {
        out.push(format!("{} % of the answers were failures.", percent(failed)));
    }
}

fn timing(of: &Attribution, scores: &Scores, out: &mut Vec<String>) {
    if let Some(period) = of.rhythm.clock_locked_s {
        out.push(format!("Lookups are locked to the ticks of a clock of {}.", span(period)));
    }
    if let Some((mean, jitter)) = of.rhythm.sleep_loop {
        out.push(format!(
            "Gaps lie around {} with a scatter of {:.1} %, as of a program that sleeps and asks.",
            span(mean),
            100.0 * jitter
        ));
    }
    let dead = scores.timing.refresh.dead_s();
    if dead > 0.0 {
        out.push(format!(
            "No gap is much shorter than {}: a cache of that lifetime stands in between, or the client keeps to it.",
            span(dead)
        ));
    }
    if has_weekly_shape(&scores.timing) {
        let zones = of.rhythm.zone_set(0.9);
        let text: Vec<String> = zones.iter().map(|h| format!("{h:+}")).collect();
        out.push(format!(
            "The rate follows a working week; if people cause it, their clock is UTC {} (9 in 10).",
            text.join(", ")
        ));
    }
}

fn span(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3600.0),
        s => format!("{:.1} d", s / 86_400.0),
    }
}

fn cross(scores: &Scores, evidence: &Evidence, out: &mut Vec<String>) {
    let texts = [
        (scores.cross.arrivals, "have a mail connection of the named host within 30 s"),
        (scores.cross.inbound, "come just after a flow from an address of the name or of its mail hosts"),
        (scores.cross.deliveries, "have a delivery attempt within 30 s"),
        (scores.cross.outbound, "are followed by a flow to an address of the name or of its mail hosts"),
    ];
    if let Some(share) = evidence.flows.as_ref().and_then(|flows| flows.mail_ports) {
        out.push(format!(
            "{} % of the connections towards them go to ports where mail servers listen.",
            percent(share)
        ));
    }
    if let Some(share) = evidence.flows.as_ref().and_then(|flows| flows.late).filter(|&share| share >= 0.05) {
        out.push(format!(
            "{} % of the connections towards them come long after a lookup, as where a client keeps what it was told.",
            percent(share)
        ));
    }
    if let Some(m) = scores.cross.routes {
        out.push(format!(
            "{:.0} of {:.0} sessions come just after the same client asked for an MX record that names this host; by chance it would be {:.0}.",
            m.hits,
            m.of,
            m.chance * m.of
        ));
    }
    if let Some(m) = scores.cross.checks {
        out.push(format!(
            "{:.0} of {:.0} sessions come with a PTR lookup by the same client of some peer, as when a receiver checks a message's sender; by chance it would be {:.0}.",
            m.hits,
            m.of,
            m.of * m.chance
        ));
    }
    for (matched, what) in texts {
        if let Some(m) = matched.filter(|m| m.of > 0.0) {
            out.push(format!(
                "{:.0} of {:.0} sessions inside the other log's coverage {what}; by chance it would be {:.0}.",
                m.hits,
                m.of,
                m.of * m.chance
            ));
        }
    }
}

fn blind(of: &Attribution, given: &Observation, evidence: &Evidence, out: &mut Vec<String>) {
    if !given.shows(Role::Ptr) {
        out.push(
            "PTR lookups cannot be seen here: that there are none says nothing about checks of a mail sender."
                .to_owned(),
        );
    }
    if given.ptr_visible && !given.forward_visible {
        out.push("Only PTR lookups can be seen here: what was done with their answers cannot.".to_owned());
    }
    if !given.types_known {
        out.push("Which types were asked for was not recorded: their order says nothing.".to_owned());
    }
    let hidden: Vec<&str> = [Role::Aaaa, Role::Mx, Role::TxtSpf]
        .into_iter()
        .filter(|&role| given.types_known && given.forward_visible && !given.shows(role))
        .map(Role::as_str)
        .collect();
    if !hidden.is_empty() {
        out.push(format!("The source does not keep {}.", hidden.join(", ")));
    }
    if given.vantage.is_behind_cache() {
        out.push("A cache stands between the programs and this record: lookups within the TTL are missing.".to_owned());
        if of.ttl_s.is_none() {
            out.push("The TTL is not known; common values were tried.".to_owned());
        }
    }
    if evidence.mail.is_none() && evidence.flows.is_none() {
        out.push("Neither a mail log nor flow records were read: whether anything connected is not known.".to_owned());
    }
}
