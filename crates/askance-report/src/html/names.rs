//! 8: names, and the five roles that one word "owner" would hide.

use std::collections::{BTreeMap, BTreeSet};

use askance_case::json::Party;
use maud::{Markup, html};

use super::View;
use super::parts::{absent, prose, said, t};
use crate::format::count;

/// The roles that every case is asked about, with what each does.
const ROLES: [(&str, &str); 5] = [
    ("registrant", "is named in the registration of the domain"),
    ("administrative-contact", "is the contact that the registration names"),
    ("dns-operator", "runs the name servers of the zone"),
    ("address-operator", "runs the network of the address"),
    ("sender", "sends from the address"),
];

pub(super) fn section(view: &View<'_>) -> Markup {
    html! {
        h3 { "Names in the records" }
        (names(view))
        @if !view.report.peers.is_empty() {
            h3 { "Names to compare with" }
            div.scroll { table {
                thead { tr { th { "Name" } th { "Why it is a peer" } } }
                tbody { @for p in &view.report.peers { tr { td { code { (t(&p.name)) } } td { (prose(&p.why)) } } } }
            } }
        }
        h3 { "Who has which part in the names" }
        p.sub { "Five roles, never one owner: each may be somebody else, and a name that contains a company's name says nothing about who runs it. As the case states it." }
        (roles(view))
        @if !view.report.statements.is_empty() {
            h3 { "Who has said what" }
            p.sub { "Statements as recorded, with date and place. A statement is not a measurement; one that settles nothing counts for nobody." }
            (statements(view))
        }
        h3 { "Mail and name-service configuration" }
        (configurations(view))
    }
}

/// Settings of the subjects, each with the share of siblings that have it: what all share marks nobody.
fn configurations(view: &View<'_>) -> Markup {
    let rows = &view.report.configurations;
    if rows.is_empty() {
        return absent("No zone file is among the sources: how the names were set up cannot be seen.");
    }
    html! {
        p.sub { "By the zone files among the sources. A ratio near 1 says nothing of purpose: most siblings are set up so. Siblings are the peers of the case." }
        div.scroll { table {
            thead { tr { th { "Name" } th { "Setting" } th { "What it has" } th.num { "Siblings alike" } th.num { "Share, 95\u{a0}% interval" } th.num { "LR at most" } } }
            tbody { @for row in rows { tr {
                td { code { (t(&row.name)) } }
                td { code { (t(&row.feature)) } }
                td { (prose(&row.what)) }
                td.num { (count(row.alike)) " of " (count(row.known)) }
                td.num { @match row.share {
                    Some([share, lo, hi]) => { (crate::format::share_interval(share, lo, hi)) },
                    None => span.muted { "no sibling" },
                } }
                td.num { (crate::format::fmt_sig(row.lr_max, 2)) }
            } } }
        } }
    }
}

/// What one name of a subject's family was asked with.
#[derive(Default)]
struct Asked<'a> {
    types: BTreeSet<&'a str>,
    series: u64,
    lookups: u64,
}

fn names(view: &View<'_>) -> Markup {
    let mut families: BTreeMap<&str, (BTreeSet<&str>, Asked<'_>)> = BTreeMap::new();
    for s in &view.subjects {
        let (members, asked) = families.entry(&s.name).or_default();
        members.extend(s.members.iter().map(String::as_str));
        asked.types.extend(s.qtypes.iter().map(String::as_str));
        asked.series += 1;
        asked.lookups += s.n;
    }
    if families.is_empty() {
        return absent("No name of the subject occurs in the records.");
    }
    html! {
        div.scroll { table {
            thead { tr { th { "Name" } th { "Names of its family that occur" } th { "Types asked for" } th.num { "Series" } th.num { "Lookups" } } }
            tbody { @for (name, (members, asked)) in &families { tr {
                td { code { (t(name)) } }
                td { @for (i, m) in members.iter().enumerate() { @if i > 0 { br; } code { (t(m)) } } }
                td { @for (i, q) in asked.types.iter().enumerate() { @if i > 0 { ", " } (t(q)) } }
                td.num { (count(asked.series)) } td.num { (count(asked.lookups)) }
            } } }
        } }
    }
}

fn roles(view: &View<'_>) -> Markup {
    let parties = &view.report.parties;
    let known: BTreeSet<&str> = ROLES.iter().map(|r| r.0).collect();
    let further: BTreeSet<&str> =
        parties.iter().flat_map(|p| &p.roles).map(String::as_str).filter(|r| !known.contains(r)).collect();
    html! {
        div.scroll { table {
            thead { tr { th { "Role" } th { "What it does" } th { "Who, by the case file" } } }
            tbody {
                @for (role, does) in ROLES { (role_row(parties, role, does)) }
                @for role in &further { (role_row(parties, role, "")) }
            }
        } }
        @if parties.iter().any(|p| !p.addresses.is_empty()) {
            details { summary { "Addresses of the parties" }
                div.scroll { table {
                    thead { tr { th { "Party" } th { "Addresses" } } }
                    tbody { @for p in parties.iter().filter(|p| !p.addresses.is_empty()) {
                        tr { td { (t(name_of(p))) } td { code { (t(&p.addresses.join(", "))) } } } } }
                } }
            }
        }
    }
}

fn role_label(role: &str) -> String {
    role.replace("dns", "DNS").replace('-', " ")
}

fn name_of(p: &Party) -> &str {
    if p.name.is_empty() { &p.id } else { &p.name }
}

fn role_row(parties: &[Party], role: &str, does: &str) -> Markup {
    let holders: Vec<&Party> = parties.iter().filter(|p| p.roles.iter().any(|r| r == role)).collect();
    html! {
        tr {
            th scope="row" { (t(&role_label(role))) }
            td { (does) }
            td { @if holders.is_empty() { span.muted { "not stated" } }
                @for (i, p) in holders.iter().enumerate() { @if i > 0 { br; } (t(name_of(p))) } }
        }
    }
}

fn statements(view: &View<'_>) -> Markup {
    html! {
        div.scroll { table.statements {
            thead { tr { th { "When" } th { "Who" } th { "About" } th { "What was said" } th { "Recorded in" } } }
            tbody { @for s in &view.report.statements { tr {
                td.nw { (t(&s.said_at)) } td { (t(crate::words::party_name(view.report, &s.who))) } td { (t(&s.about)) }
                td { (said(&s.text, s.paraphrase)) } td { (t(&s.source)) }
            } } }
        } }
    }
}
