//! A posture as one HTML file, with the style and the promises of the report.

use askance_mail::json::{ComparedJson, Document, FindingJson, FleetJson, PostureJson, StatementJson};
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};
use sha2::{Digest as _, Sha256};

use super::parts::{absent, prose, t};
use super::{STYLE, base64, promises};
use crate::format::{counted, share};
use crate::words::posture::{
    RATIO_WORDS, apart_first, cell, facts, fleet_sentence, gravest_first, interval, naming, ratio, roles, short_word,
    tally, together,
};

/// What the matrix and the findings take beside the report's style.
const OWN_STYLE: &str = include_str!("posture.css");

/// Writes a posture document as one self-contained HTML file.
///
/// It asks for nothing, has no script, and prints on paper as on a screen.
///
/// - `document`: any text in it may be hostile, any list may be empty
pub fn posture_html(document: &Document) -> String {
    let style = format!("{STYLE}{OWN_STYLE}");
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        base64(&Sha256::digest(style.as_bytes()))
    );
    let title = match &document.postures[..] {
        [] => "No name".to_owned(),
        [one] => one.name.clone(),
        [first, more @ ..] => format!("{} and {}", first.name, counted(more.len() as u64, "more name", "more names")),
    };
    markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                (promises(&policy))
                title { (t(&title)) " · posture · askance" }
                style { (PreEscaped(&style)) }
            }
            body.posture {
                a.skip href="#facts-0" { "Skip to the facts" }
                header.head {
                    p.kicker { "askance · what the DNS says of a name, and what follows" }
                    h1 { (t(&title)) }
                    @for line in sources(document) { p.about { (t(&line)) } }
                }
                div.page {
                    (contents(document))
                    main { (sections(document)) }
                }
                footer { p {
                    "Written by askance. A finding is about records, not about anybody's intent. What the records at hand do not hold is unknown, never absent."
                } }
            }
        }
    }
    .into_string()
}

/// Where the answers are from, and of when; each once.
fn sources(document: &Document) -> Vec<String> {
    let one = |posture: &PostureJson| {
        posture.at.as_ref().map_or_else(|| posture.source.clone(), |at| format!("{}, {at}", posture.source))
    };
    let mut lines: Vec<String> = document.postures.iter().map(one).collect();
    lines.dedup();
    lines
}

fn contents(document: &Document) -> Markup {
    let one = document.postures.len() == 1;
    markup! {
        nav aria-label="Contents" {
            ol {
                @if let (true, Some(fleet)) = (one, &document.fleet) {
                    li { a href="#fleet" { "Beside " (counted(siblings(fleet), "sibling", "siblings")) } }
                }
                @for (at, posture) in document.postures.iter().enumerate() {
                    @if one {
                        li { a href={ "#facts-" (at) } { "Facts" } }
                        li { a href={ "#findings-" (at) } { "Findings" } }
                        li { a href={ "#roles-" (at) } { "Roles" } }
                    } @else {
                        li { a href={ "#facts-" (at) } { (t(&posture.name)) } }
                    }
                }
                @if document.fleet.is_some() { li { a href="#matrix" { "Matrix" } } }
                @if !document.problems.is_empty() { li { a href="#problems" { "Not read" } } }
            }
        }
    }
}

fn siblings(fleet: &FleetJson) -> u64 {
    fleet.rows.len().saturating_sub(1) as u64
}

fn sections(document: &Document) -> Markup {
    let several = document.postures.len() > 1;
    markup! {
        @if let Some(fleet) = &document.fleet { section #fleet { (beside(fleet)) } }
        @for (at, posture) in document.postures.iter().enumerate() {
            section id={ "facts-" (at) } {
                h2 { @if several { (t(&posture.name)) } @else { "Facts" } }
                (facts_of(posture))
            }
            section id={ "findings-" (at) } {
                h2 { "Findings: " (tally(posture)) }
                (findings(posture))
            }
            section id={ "roles-" (at) } {
                h2 { "Who has which part" }
                (parts(posture))
            }
        }
        @if let Some(fleet) = &document.fleet { section #matrix { h2 { "Features of each name" } (matrix(fleet)) } }
        @if !document.problems.is_empty() {
            section #problems {
                h2 { "Not read" }
                div.scroll { table {
                    thead { tr { th { "What" } th { "Why" } } }
                    tbody { @for (what, why) in &document.problems { tr { td { code { (t(what)) } } td { (t(why)) } } } }
                } }
            }
        }
    }
}

fn facts_of(posture: &PostureJson) -> Markup {
    markup! {
        dl.facts {
            @for (what, lines) in facts(posture) {
                dt { (what) }
                dd { @for (i, line) in lines.iter().enumerate() { @if i > 0 { br; } (t(line)) } }
            }
        }
        details { summary { "The lookups" }
            div.scroll { table {
                thead { tr { th { "Type" } th { "Name" } th { "Answer" } } }
                tbody { @for lookup in &posture.lookups { tr {
                    td { (t(&lookup.rtype)) } td { code { (t(&lookup.name)) } } td { code { (prose(&lookup.text)) } }
                } } }
            } }
        }
        @if let Some(spf) = &posture.spf {
            details { summary { "The SPF policy, term by term" }
                div.scroll { table {
                    thead { tr { th { "Policy of" } th { "Term" } th.num { "Lookups" } th { "Decides on" } } }
                    tbody { @for policy in &spf.tree { @for term in &policy.terms { tr {
                        td { @for _ in 0..policy.depth.min(10) { "› " } code { (t(&policy.domain)) } }
                        td { code { (t(&term.text)) } } td.num { (term.lookups) } td { (t(&term.decides)) }
                    } } } }
                } }
            }
        }
        @if !posture.not_in_records.is_empty() {
            details { summary { (counted(posture.not_in_records.len() as u64, "lookup", "lookups")) " that these records cannot answer" }
                ul.mono { @for lookup in &posture.not_in_records { li { (t(lookup)) } } }
            }
        }
    }
}

fn findings(posture: &PostureJson) -> Markup {
    let sorted = gravest_first(&posture.findings);
    let (info, grave): (Vec<&FindingJson>, Vec<&FindingJson>) = sorted.into_iter().partition(|f| f.severity == "info");
    markup! {
        @for finding in grave { (finding_whole(finding)) }
        @if !info.is_empty() {
            h3 { "For information" }
            div.scroll { table.info {
                thead { tr { th { "What" } th { "Code" } th { "Section" } th { "What to do" } } }
                tbody { @for finding in info { tr {
                    td { (t(&finding.what)) } td.nw { code { (t(&finding.code)) } } td { (t(&finding.section)) } td { (t(&finding.fix)) }
                } } }
            } }
        }
        @if !posture.unknown.is_empty() {
            p.limit { strong { "Open: " } "something is unknown about " (t(&posture.unknown.join(", ")))
                ". A finding of these parts that is not listed is neither affirmed nor denied." }
        }
    }
}

fn finding_whole(finding: &FindingJson) -> Markup {
    markup! {
        article class={ "finding " (severity(finding)) } {
            h3 { span.severity { (t(&finding.severity)) } " " (t(&finding.what)) }
            @if !finding.records.is_empty() {
                pre { @for record in &finding.records {
                    @if !record.text.contains(" IN ") { (t(&record.rtype)) " " (t(&record.name)) ": " } (t(&record.text)) "\n"
                } }
            }
            p.fix { "What to do: " (t(&finding.fix)) "." }
            p.sub { code { (t(&finding.code)) } @if finding.section != "-" { " · " (t(&finding.section)) } }
        }
    }
}

/// A class from a fixed list: text of a document never becomes markup.
fn severity(finding: &FindingJson) -> &'static str {
    match finding.severity.as_str() {
        "fault" => "is-fault",
        "warn" => "is-warn",
        _ => "is-note",
    }
}

fn parts(posture: &PostureJson) -> Markup {
    let by = |statement: &StatementJson| {
        let at = statement.at.as_ref().map_or_else(String::new, |at| format!(", {at}"));
        if statement.by == "quotation" { format!("quoted from {}{at}", statement.source) } else { statement.by.clone() }
    };
    markup! {
        p.sub { "Five roles, never one owner: each may be somebody else. Statements that differ stand side by side." }
        div.scroll { table {
            thead { tr { th { "Role" } th { "Who, and what says so" } } }
            tbody { @for (role, does, statements) in roles(posture) { tr {
                th scope="row" { (role) br; span.muted { (does) } }
                td {
                    @if statements.is_empty() { span.muted { "nothing is said of it" } }
                    @for (says, shown) in together(statements) { p.line {
                        b { (prose(says)) } br; span.muted { @for (i, one) in shown.iter().enumerate() { @if i > 0 { "; " } (t(&by(one))) } }
                    } }
                }
            } } }
        } }
    }
}

fn beside(fleet: &FleetJson) -> Markup {
    let sorted = apart_first(fleet);
    markup! {
        h2 { "Beside " (counted(siblings(fleet), "sibling", "siblings")) }
        p.headline { (t(&fleet_sentence(fleet))) }
        div.scroll { table.compared {
            thead { tr { th { "Feature of the subject" } th { "What it has" } th.num { "Siblings" } th { "Share, 95 % interval" } th.num { "LR" } th { "So it is" } } }
            tbody { @for compared in sorted { tr class=(short_word(compared)) {
                th scope="row" { code { (t(&compared.feature)) } }
                td { (t(&compared.value)) }
                td.num { (compared.with) " of " (compared.known) }
                td { (bar(compared)) (interval(compared)) }
                td.num { (ratio(compared)) }
                td { (t(&compared.word)) }
            } } }
            tfoot { tr { td colspan="6" { (RATIO_WORDS) ". Shares with the Jeffreys interval; siblings of which a feature is unknown are left out." } } }
        } }
        h3 { "How they are named" }
        (template(fleet))
    }
}

/// The interval of a share as a line, and the share as a mark on it.
fn bar(compared: &ComparedJson) -> Markup {
    let at = |x: f64| if x.is_finite() { (x.clamp(0.0, 1.0) * 100.0).round() } else { 0.0 };
    let [low, high] = compared.interval;
    let words = format!("{} of siblings have it, interval {}", share(compared.share), interval(compared));
    markup! {
        svg.share viewBox="0 0 104 12" width="104" height="12" role="img" aria-label=(t(&words)) {
            line.base x1="2" x2="102" y1="6" y2="6" {}
            line.half x1="52" x2="52" y1="2" y2="10" {}
            line.interval x1=(2.0 + at(low)) x2=(2.0 + at(high)) y1="6" y2="6" {}
            @if compared.known > 0 { circle.raw cx=(2.0 + at(compared.share)) cy="6" r="4" {} }
        }
    }
}

fn template(fleet: &FleetJson) -> Markup {
    let (Some((headline, _)), Some(template)) = (naming(fleet), &fleet.template) else {
        return absent("No one form fits more than half of the names.");
    };
    markup! {
        p { strong { (t(&headline)) } }
        @if !template.exceptions.is_empty() {
            div.scroll { table {
                thead { tr { th { "Names that do not fit" } th { "What differs" } } }
                tbody { @for (name, why) in &template.exceptions { tr { td { code { (t(name)) } } td { (t(why)) } } } }
            } }
        }
        details { summary { (counted(template.members.len() as u64, "name that fits", "names that fit")) }
            div.scroll { table {
                thead { tr { th { "Name" } th { "Part that varies" } th { "Partner" } } }
                tbody { @for (name, variable, partner) in &template.members { tr {
                    td { code { (t(name)) } } td { (t(variable)) } td { @if let Some(partner) = partner { code { (t(partner)) } } }
                } } }
            } }
        }
    }
}

fn matrix(fleet: &FleetJson) -> Markup {
    let word = |cell: Option<bool>| match cell {
        Some(true) => "has it",
        Some(false) => "has it not",
        None => "unknown",
    };
    markup! {
        p.sub { (cell(Some(true))) " has it, " (cell(Some(false))) " has it not, " (cell(None)) " unknown. The subject stands first." }
        div.scroll { table.matrix {
            thead { tr { td {} @for feature in &fleet.features { th scope="col" { span { (t(feature)) } } } } }
            tbody { @for (at, row) in fleet.rows.iter().enumerate() { tr class=[(at == 0).then_some("subject")] {
                th scope="row" { code { (t(&row.name)) } }
                @for one in &row.cells { td class=(class(*one)) aria-label=(word(*one)) { (cell(*one)) } }
            } } }
        } }
    }
}

fn class(cell: Option<bool>) -> &'static str {
    match cell {
        Some(true) => "yes",
        Some(false) => "no",
        None => "open",
    }
}

#[cfg(test)]
mod tests {
    use super::OWN_STYLE;

    #[test]
    fn the_style_asks_for_nothing_and_cannot_close_its_element() {
        for word in ["http:", "https:", "@import", "url(", "</"] {
            assert!(!OWN_STYLE.contains(word), "{word}");
        }
    }
}
