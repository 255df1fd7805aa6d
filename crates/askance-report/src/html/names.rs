//! 8: names, and the five roles that one word "owner" would hide.

use std::collections::{BTreeMap, BTreeSet};

use askance_case::json::{Configuration, Party, Series, Statement};
use maud::{Markup, html};

use super::View;
use super::parts::{absent, generated, prose, said, stack, t, tag};
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
            @let rows: Vec<_> = view.report.peers.iter().map(|p| [html! { code { (t(&p.name)) } }, prose(&p.why)]).collect();
            div.scroll { (stack("", [("Name", ""), ("Why it is a peer", "")], &rows)) }
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
        div.scroll { (stack(
            "",
            [("Name", ""), ("Setting", ""), ("What it has", ""), ("Siblings alike", "num"), ("Share, 95\u{a0}% interval", "num"), ("LR at most", "num")],
            &rows.iter().map(configuration).collect::<Vec<_>>(),
        )) }
    }
}

fn configuration(row: &Configuration) -> [Markup; 6] {
    [
        html! { code { (t(&row.name)) } },
        html! { code { (t(&row.feature)) } },
        prose(&row.what),
        html! { (count(row.alike)) " of " (count(row.known)) },
        html! { @match row.share {
            Some([share, lo, hi]) => { (crate::format::share_interval(share, lo, hi)) },
            None => span.muted { "no sibling" },
        } },
        html! { (crate::format::fmt_sig(row.lr_max, 2)) },
    ]
}

/// What one name of a subject's family was asked with.
#[derive(Default)]
struct Asked<'a> {
    types: BTreeSet<&'a str>,
    series: u64,
    lookups: u64,
    generated: bool,
}

fn names(view: &View<'_>) -> Markup {
    let (recorded, made) = view.parted();
    html! {
        @if recorded.is_empty() { (absent("No name of the subject occurs in what was recorded.")) }
        @else { (asked(view, &recorded)) }
        @if !made.is_empty() { (generated("Names in generated rows", &asked(view, &made))) }
    }
}

/// One row for each name family, with what was asked of it.
fn asked(view: &View<'_>, series: &[&Series]) -> Markup {
    let mut families: BTreeMap<&str, (BTreeSet<&str>, Asked<'_>)> = BTreeMap::new();
    for s in series {
        let (members, asked) = families.entry(&s.name).or_default();
        members.extend(s.members.iter().map(String::as_str));
        asked.types.extend(s.qtypes.iter().map(String::as_str));
        asked.series += 1;
        asked.lookups += s.n;
        asked.generated |= view.is_generated(&s.tap);
    }
    let rows: Vec<_> = families
        .iter()
        .map(|(name, (members, asked))| {
            [
                html! { code { (t(name)) } @if asked.generated { " " (tag()) } },
                html! { @for (i, m) in members.iter().enumerate() { @if i > 0 { br; } code { (t(m)) } } },
                html! {
                    @if asked.types.is_empty() { span.muted { "not stated" } }
                    @for (i, q) in asked.types.iter().enumerate() { @if i > 0 { ", " } (t(q)) }
                },
                html! { (count(asked.series)) },
                html! { (count(asked.lookups)) },
            ]
        })
        .collect();
    let columns = [
        ("Name", ""),
        ("Names of its family that occur", ""),
        ("Types asked for", ""),
        ("Series", "num"),
        ("Lookups", "num"),
    ];
    html! { div.scroll { (stack("", columns, &rows)) } }
}

fn roles(view: &View<'_>) -> Markup {
    let parties = &view.report.parties;
    let known: BTreeSet<&str> = ROLES.iter().map(|r| r.0).collect();
    let further: BTreeSet<&str> =
        parties.iter().flat_map(|p| &p.roles).map(String::as_str).filter(|r| !known.contains(r)).collect();
    html! {
        @let all = ROLES.into_iter().chain(further.iter().map(|role| (*role, "")));
        @let rows: Vec<_> = all.flat_map(|(role, does)| role_rows(parties, role, does)).collect();
        div.scroll { (stack("roles", [("Role", ""), ("What it does", ""), ("Who, by the case file", ""), ("Recorded in", "")], &rows)) }
        @if parties.iter().any(|p| !p.addresses.is_empty()) {
            details { summary { "Addresses of the parties" }
                @let rows: Vec<_> = parties.iter().filter(|p| !p.addresses.is_empty())
                    .map(|p| [t(name_of(p)), html! { code { (t(&p.addresses.join(", "))) } }]).collect();
                div.scroll { (stack("", [("Party", ""), ("Addresses", "")], &rows)) }
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

/// A row for each holder of a role, each with where it is recorded: two holders are two statements.
fn role_rows(parties: &[Party], role: &str, does: &str) -> Vec<[Markup; 4]> {
    let head = || html! { strong { (t(&role_label(role))) } };
    let rows: Vec<[Markup; 4]> = parties
        .iter()
        .filter(|p| p.roles.iter().any(|r| r == role))
        .enumerate()
        .map(|(i, p)| {
            let source = html! { @if p.source.is_empty() { span.muted { "not stated" } } @else { (t(&p.source)) } };
            [head(), html! { @if i == 0 { (does) } }, t(name_of(p)), source]
        })
        .collect();
    if rows.is_empty() {
        return vec![[head(), html! { (does) }, html! { span.muted { "not stated" } }, html! {}]];
    }
    rows
}

/// Statements in order of their dates.
fn statements(view: &View<'_>) -> Markup {
    let mut all: Vec<&Statement> = view.report.statements.iter().collect();
    all.sort_by(|a, b| a.said_at.cmp(&b.said_at));
    let rows: Vec<_> = all.into_iter().map(|s| statement(view, s)).collect();
    html! {
        div.scroll { (stack(
            "statements",
            [("When", "nw"), ("Who", ""), ("About", ""), ("What was said", ""), ("Recorded in", "")],
            &rows,
        )) }
    }
}

fn statement(view: &View<'_>, s: &Statement) -> [Markup; 5] {
    let who = crate::words::party_name(view.report, &s.who);
    [t(&s.said_at), t(who), t(&s.about), said(&s.text, s.paraphrase), t(&s.source)]
}
