use proptest::prelude::*;

use super::*;
use crate::mail::testing::World;

/// Checks a message whose author is at `author`.
///
/// - `passing`: `spf=D`, `dkim=D` for what passes; `psl` for the list; `draw=N`
fn check(author: &str, passing: &str, records: &str) -> String {
    let mut request = DmarcRequest {
        author_domain: author.to_owned(),
        spf: Some((SpfResult::Fail, author.to_owned())),
        dkim: Vec::new(),
        discovery: Discovery::TreeWalk,
        draw: 0,
    };
    for word in passing.split(' ').filter(|word| !word.is_empty()) {
        match word.split_once('=') {
            Some(("spf", domain)) => request.spf = Some((SpfResult::Pass, domain.to_owned())),
            Some(("dkim", domain)) => request.dkim.push(domain.to_owned()),
            Some(("draw", n)) => request.draw = n.parse().expect("a number"),
            _ => request.discovery = Discovery::SuffixList,
        }
    }
    let (verdict, asked) = World::parse(records).run(Dmarc::new(request));
    let mut line = verdict.result.to_string();
    if let Some((domain, _)) = &verdict.record {
        let policy = verdict.policy.expect("a policy");
        line += &format!(" by {domain}, policy {policy}, disposition {}", verdict.disposition);
    }
    for (aligned, word) in [(verdict.spf_aligned, ", SPF aligned"), (verdict.dkim_aligned, ", DKIM aligned")] {
        line += if aligned { word } else { "" };
    }
    asked.iter().fold(line, |shown, question| shown + "\n" + question)
}

#[test]
fn the_author_domain_is_asked_first_and_may_be_enough() {
    let records = "_dmarc.hotel-brand.example TXT v=DMARC1; p=reject; sp=none";
    insta::assert_snapshot!(check("hotel-brand.example", "spf=hotel-brand.example", records), @"
    pass by hotel-brand.example, policy reject, disposition none, SPF aligned
    TXT _dmarc.hotel-brand.example
    ");
    insta::assert_snapshot!(check("Hotel-Brand.example.", "", records), @"
    fail by hotel-brand.example, policy reject, disposition reject
    TXT _dmarc.hotel-brand.example
    ");
}

#[test]
fn relaxed_alignment_walks_from_both_ends() {
    let records = "
        _dmarc.hotel-brand.example TXT v=DMARC1; p=reject
        _dmarc.mail.hotel-brand.example TXT v=DMARC1; p=quarantine";
    insta::assert_snapshot!(check("mail.hotel-brand.example", "spf=bounce.hotel-brand.example dkim=sender.example", records), @"
    pass by mail.hotel-brand.example, policy quarantine, disposition none, SPF aligned
    TXT _dmarc.mail.hotel-brand.example
    TXT _dmarc.hotel-brand.example
    TXT _dmarc.example
    TXT _dmarc.bounce.hotel-brand.example
    TXT _dmarc.sender.example
    ");
}

#[test]
fn strict_alignment_compares_and_asks_nothing() {
    let records = "_dmarc.hotel-brand.example TXT v=DMARC1; p=reject; aspf=s; adkim=s";
    insta::assert_snapshot!(check("hotel-brand.example", "spf=mail.hotel-brand.example dkim=mail.hotel-brand.example", records), @"
    fail by hotel-brand.example, policy reject, disposition reject
    TXT _dmarc.hotel-brand.example
    ");
}

#[test]
fn a_long_name_takes_eight_lookups() {
    // RFC 9989 §5.1.6 has this case: the record of the department is never seen.
    let records = "_dmarc.b.c.d.e.f.g.hotel-brand.example TXT v=DMARC1; p=reject; psd=n
        _dmarc.hotel-brand.example TXT v=DMARC1; p=quarantine; sp=none; np=reject
        hotel-brand.example A 192.0.2.1";
    insta::assert_snapshot!(check("mail.a.b.c.d.e.f.g.hotel-brand.example", "", records), @"
    fail by hotel-brand.example, policy reject, disposition reject
    TXT _dmarc.mail.a.b.c.d.e.f.g.hotel-brand.example
    TXT _dmarc.c.d.e.f.g.hotel-brand.example
    TXT _dmarc.d.e.f.g.hotel-brand.example
    TXT _dmarc.e.f.g.hotel-brand.example
    TXT _dmarc.f.g.hotel-brand.example
    TXT _dmarc.g.hotel-brand.example
    TXT _dmarc.hotel-brand.example
    TXT _dmarc.example
    A mail.a.b.c.d.e.f.g.hotel-brand.example
    ");
}

#[test]
fn psd_ends_the_walk() {
    let organization = "
        _dmarc.chain.hotel-brand.example TXT v=DMARC1; p=none; psd=n
        _dmarc.hotel-brand.example TXT v=DMARC1; p=reject";
    insta::assert_snapshot!(check("a.chain.hotel-brand.example", "spf=b.chain.hotel-brand.example dkim=hotel-brand.example", organization), @"
    pass by chain.hotel-brand.example, policy none, disposition none, SPF aligned
    TXT _dmarc.a.chain.hotel-brand.example
    TXT _dmarc.chain.hotel-brand.example
    TXT _dmarc.b.chain.hotel-brand.example
    TXT _dmarc.hotel-brand.example
    TXT _dmarc.example
    ");
    let suffix = "_dmarc.example TXT v=DMARC1; p=reject; sp=quarantine; psd=y; np=quarantine";
    insta::assert_snapshot!(check("a.hotel-brand.example", "spf=b.hotel-brand.example dkim=other.example", suffix), @"
    pass by example, policy quarantine, disposition none, SPF aligned
    TXT _dmarc.a.hotel-brand.example
    TXT _dmarc.hotel-brand.example
    TXT _dmarc.example
    TXT _dmarc.b.hotel-brand.example
    TXT _dmarc.other.example
    ");
}

#[test]
fn the_list_takes_two_lookups_at_most() {
    // No reserved name has a suffix of two labels.
    let records = "_dmarc.example.co.uk TXT v=DMARC1; p=reject; sp=quarantine";
    insta::assert_snapshot!(check("a.b.example.co.uk", "psl spf=mail.example.co.uk dkim=example.org.uk", records), @"
    pass by example.co.uk, policy quarantine, disposition none, SPF aligned
    TXT _dmarc.a.b.example.co.uk
    TXT _dmarc.example.co.uk
    ");
    insta::assert_snapshot!(check("a.b.example.co.uk", "psl dkim=example.org.uk", records), @"
    fail by example.co.uk, policy quarantine, disposition quarantine
    TXT _dmarc.a.b.example.co.uk
    TXT _dmarc.example.co.uk
    ");
}

#[test]
fn tests_and_percentages_make_a_policy_milder() {
    for (passing, tags, disposition) in [
        ("", "p=reject; t=y", "quarantine"),
        ("", "p=quarantine; t=y", "none"),
        ("", "p=reject; pct=0", "reject"),
        ("psl draw=49", "p=reject; pct=50", "reject"),
        ("psl draw=50", "p=reject; pct=50", "quarantine"),
        ("psl draw=0", "p=quarantine; pct=0", "none"),
        ("psl draw=99", "p=reject; pct=101; t=y", "reject"),
    ] {
        let shown = check("hotel-brand.example", passing, &format!("_dmarc.hotel-brand.example TXT v=DMARC1; {tags}"));
        let first = shown.lines().next().unwrap_or_default();
        assert!(first.ends_with(&format!("disposition {disposition}")), "{passing} {tags}: {first}");
    }
}

#[test]
fn what_is_no_policy() {
    for (records, shown) in [
        ("", "none\nTXT _dmarc.hotel-brand.example\nTXT _dmarc.example"),
        (
            "_dmarc.hotel-brand.example TXT v=DMARC1; p=reject\n_dmarc.hotel-brand.example TXT v=DMARC1; p=none",
            "none\nTXT _dmarc.hotel-brand.example\nTXT _dmarc.example",
        ),
        (
            "_dmarc.hotel-brand.example TXT p=reject; v=DMARC1",
            "none\nTXT _dmarc.hotel-brand.example\nTXT _dmarc.example",
        ),
        (
            "_dmarc.hotel-brand.example TXT v=DMARC1; p=refuse\n_dmarc.example TXT v=DMARC1; p=reject; psd=y",
            "none\nTXT _dmarc.hotel-brand.example",
        ),
        ("_dmarc.hotel-brand.example SERVFAIL", "temperror\nTXT _dmarc.hotel-brand.example"),
        ("_dmarc.hotel-brand.example TIMEOUT", "temperror\nTXT _dmarc.hotel-brand.example"),
    ] {
        assert_eq!(check("hotel-brand.example", "", records), shown, "{records}");
    }
    for author in ["", "a..example", "h\u{f4}tel.example", "a b.example"] {
        assert_eq!(check(author, "", ""), "permerror", "{author}");
    }
}

#[test]
fn records_as_people_write_them() {
    use DmarcPolicy::{None as Nothing, Quarantine, Reject};
    let read = |text: &str| DmarcRecord::parse(text.as_bytes());
    for (text, policies) in [
        ("v=DMARC1;p=reject", Some((Reject, Reject, Reject))),
        (" v = DMARC1 ; P = Reject ; SP=none ;", Some((Reject, Nothing, Nothing))),
        ("v=DMARC1; p=none; np=reject; sp=quarantine", Some((Nothing, Quarantine, Reject))),
        ("v=DMARC1; p=none; p=reject;; junk; =; x", Some((Nothing, Nothing, Nothing))),
        ("v=DMARC1; p=reject; sp=never; rua=mailto:a@b.example", Some((Nothing, Nothing, Nothing))),
        ("v=DMARC1; rua=mailto:a@b.example", Some((Nothing, Nothing, Nothing))),
        ("v=DMARC1; p=reject; sp=never; rua=nobody", None),
        ("v=DMARC1", None),
        ("v=dmarc1; p=reject", None),
        ("v=DMARC10; p=reject", None),
        ("", None),
    ] {
        let found = read(text).map(|record| (record.policy, record.subdomain_policy, record.missing_policy));
        assert_eq!(found, policies, "{text}");
    }
    let all = read("v=DMARC1; p=reject; adkim=S; aspf=r; pct=7; t=Y; psd=n; rua=mailto:a@b.example!10m, x,https://c.example/; ruf=:")
        .expect("a record");
    insta::assert_debug_snapshot!(all, @r#"
    DmarcRecord {
        policy: Reject,
        subdomain_policy: Reject,
        missing_policy: Reject,
        strict_dkim: true,
        strict_spf: false,
        percentage: 7,
        testing: true,
        psd: No,
        aggregate_reports: [
            "mailto:a@b.example!10m",
            "https://c.example/",
        ],
        failure_reports: [],
    }
    "#);
}

proptest! {
    #[test]
    fn any_record_ends_in_a_verdict(tags in "[vpst=;,: DMARC1a-z]{0,60}", psl in any::<bool>(), author in "[a-c]{1,2}(\\.[a-c]{1,2}){0,9}\\.example") {
        let records = format!("_dmarc.example TXT v=DMARC1; {tags}\n_dmarc.a.example TXT v=DMARC1; p=none; {tags}");
        let shown = check(&author, &format!("spf=x.{author} dkim=a.example{}", if psl { " psl" } else { "" }), &records);
        prop_assert!(shown.lines().count() <= 18, "{shown}");
    }
}
