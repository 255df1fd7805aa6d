//! 9: what mail servers answered when they were asked on purpose.

use askance_case::json::{Survey, SurveyResult};
use maud::{Markup, html};

use super::View;
use super::parts::{absent, hash, prose, t};
use crate::format::{count, counted};
use crate::words::survey::{alike_phrase, classes_phrase};

/// Networks that are listed.
const NETWORKS_MAX: usize = 100;

pub(super) fn section(view: &View<'_>) -> Markup {
    let surveys = &view.report.surveys;
    html! {
        @if surveys.is_empty() {
            (absent("No mail server was asked anything for this case: a survey is not part of it."))
        } @else {
            p.sub { "What servers told strangers who asked and sent no message. A refusal says what the surveyor was told, not what the server is for others." }
            @for survey in surveys { (one(view, survey)) }
        }
    }
}

fn one(view: &View<'_>, survey: &Survey) -> Markup {
    let about = survey.results.iter().any(|r| r.subject);
    html! {
        h3 { "Survey " code { (t(&survey.source)) } }
        p.sub {
            (counted(survey.targets, "target", "targets"))
            @if let (Some(first), Some(last)) = (&survey.first, &survey.last) {
                ", first asked " (t(&view.clock.minute(first))) ", last " (t(&view.clock.minute(last)))
            }
            ". Journal " (hash(&survey.sha256)) "."
        }
        @if !survey.reasons.is_empty() {
            p { "Why strangers were asked, as the surveyors stated it: " @for (i, reason) in survey.reasons.iter().enumerate() { @if i > 0 { "; " } q { (t(reason)) } } }
        }
        @if survey.results.is_empty() {
            (absent("None of its targets is an address of the subject, or a neighbour of one."))
        } @else {
            @if !about { (absent("No address of the subject was asked; these are its neighbours.")) }
            div.scroll { table {
                thead { tr { th { "Address" } th { "Class" } th { "Stage" } th { "Reply that decided" } th { "Asked" } th { "As" } } }
                tbody { @for r in &survey.results { (row(view, r)) } }
            } }
            @if survey.left_out > 0 { p.muted { (counted(survey.left_out, "other neighbour", "other neighbours")) " are counted below." } }
        }
        @for r in survey.results.iter().filter(|r| r.subject && !r.replies.is_empty()) { (replies(r)) }
        @if survey.networks.len() > 1 || survey.networks.iter().any(|n| n.targets > 1) {
            h4 { "Neighbours" }
            div.scroll { table {
                thead { tr { th { "Network" } th.num { "Targets" } th { "Classes" } } }
                tbody { @for n in survey.networks.iter().take(NETWORKS_MAX) { tr {
                    td { code { (t(&n.network)) } } td.num { (count(n.targets)) } td { (t(&classes_phrase(n))) (alike_phrase(n)) }
                } } }
            } }
            @if survey.networks.len() > NETWORKS_MAX { p.muted { (counted((survey.networks.len() - NETWORKS_MAX) as u64, "other network", "other networks")) " stand in the case JSON." } }
        }
    }
}

fn row(view: &View<'_>, r: &SurveyResult) -> Markup {
    html! {
        tr {
            td { code { (t(&r.target)) } @if r.subject { br; span.muted { "of the subject" } } }
            td { (t(&r.class)) @if !r.remarks.is_empty() { br; span.muted { (t(&r.remarks.join(", "))) } } }
            td { (t(&r.stage)) }
            td {
                @if let Some(code) = r.code { (code) " " (prose(r.text.as_deref().unwrap_or_default())) } @else { (t(&r.why)) }
                @if !r.does_not_say.is_empty() { br; span.muted { (t(&r.does_not_say.join(" "))) } }
                @if !r.cites.is_empty() { br; span.muted { (t(&r.cites.join(", "))) } }
            }
            td.nw { (t(&r.at.as_deref().map_or_else(String::new, |at| view.clock.minute(at)))) }
            td { (t(&r.identity.mail_from)) @for also in &r.also_as { br; (t(also)) } }
        }
    }
}

/// Everything that a host of the subject said.
fn replies(r: &SurveyResult) -> Markup {
    html! {
        details { summary { "What " code { (t(&r.target)) } " said, reply by reply" }
            div.scroll { table {
                thead { tr { th { "Stage" } th { "About" } th.num { "Code" } th { "Text" } } }
                tbody { @for reply in &r.replies { tr {
                    td { (t(&reply.stage)) } td { (t(reply.recipient.as_deref().unwrap_or_default())) }
                    td.num { @if let Some(code) = reply.code { (code) } @else { "none" } } td { (prose(&reply.text)) }
                } } }
            } }
        }
    }
}
