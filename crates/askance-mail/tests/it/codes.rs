//! For every code, zones that yield it and zones that do not.

use std::collections::BTreeSet;

use askance_mail::Code;

use crate::world::{NAME, World, changed, findings};

/// Code, what to change in the world in order so that it comes up, and so that it does not (nothing, where left empty).
/// Changes are separated by `|`.
pub(crate) const CASES: &[(Code, &str, &str)] = &[
    (Code::NotInRecords, "drop 2.0.192.in-addr.arpa", ""),
    (Code::QuestionsCut, "swamp", ""),
    (Code::LookupFailed, "fail hotel-brand.example MX", ""),
    (Code::NameMissing, "ask none.hotel-brand.example", ""),
    (Code::AddressMissing, "-hotel-brand.example A", ""),
    (
        Code::AliasDangling,
        "+www.hotel-brand.example CNAME gone.hotel-brand.example.|ask www.hotel-brand.example",
        "+www.hotel-brand.example CNAME hotel-brand.example.|ask www.hotel-brand.example",
    ),
    (
        Code::AliasLoop,
        "+w1.hotel-brand.example CNAME w2.hotel-brand.example.|+w2.hotel-brand.example CNAME w1.hotel-brand.example.|ask w1.hotel-brand.example",
        "+w1.hotel-brand.example CNAME w2.hotel-brand.example.|+w2.hotel-brand.example CNAME hotel-brand.example.|ask w1.hotel-brand.example",
    ),
    (
        Code::AddressOtherSender,
        "+hotel-brand.example A 198.51.100.7|+7.100.51.198.in-addr.arpa PTR out.partner.example.|+out.partner.example A 198.51.100.7|+partner.example TXT \"v=spf1 ip4:198.51.100.0/24 -all\"",
        // The partner sends for the name as well.
        "+hotel-brand.example A 198.51.100.7|+7.100.51.198.in-addr.arpa PTR out.partner.example.|+out.partner.example A 198.51.100.7|+partner.example TXT \"v=spf1 ip4:198.51.100.0/24 -all\"|spf ip4:192.0.2.0/24 include:partner.example -all",
    ),
    (Code::PtrMissing, "-10.2.0.192.in-addr.arpa PTR", ""),
    (Code::PtrUnconfirmed, "ptr mx1.hotel-brand.example", ""),
    (Code::PtrNameMissing, "ptr old.hotel-brand.example", ""),
    (Code::PtrZoneGone, "ptr mail1.gone.example", "ptr mail1.partner.example"),
    (Code::PtrOtherName, "ptr mx1.hotel-brand.example", ""),
    (Code::PtrOtherDomain, "ptr ns1.partner.example", "ptr mx1.hotel-brand.example"),
    (Code::PtrSeveral, "+10.2.0.192.in-addr.arpa PTR mx1.hotel-brand.example.", ""),
    (
        Code::MxMissing,
        "-hotel-brand.example MX|-hotel-brand.example A|+hotel-brand.example AAAA 2001:db8::1",
        "-hotel-brand.example MX|-hotel-brand.example A",
    ),
    (Code::MxNull, "-hotel-brand.example MX|+hotel-brand.example MX 0 .", ""),
    (Code::MxNullWithOthers, "+hotel-brand.example MX 0 .", "-hotel-brand.example MX|+hotel-brand.example MX 0 ."),
    (Code::MxTargetMissing, "+hotel-brand.example MX 20 mx2.hotel-brand.example.", ""),
    (
        Code::MxTargetNoAddress,
        "+hotel-brand.example MX 20 mx2.hotel-brand.example.|+mx2.hotel-brand.example TXT \"-\"",
        "+hotel-brand.example MX 20 mx2.hotel-brand.example.|+mx2.hotel-brand.example AAAA 2001:db8::2",
    ),
    (
        Code::MxTargetAlias,
        "+hotel-brand.example MX 20 mx2.hotel-brand.example.|+mx2.hotel-brand.example CNAME mx1.hotel-brand.example.",
        "",
    ),
    (Code::NsSingle, "-hotel-brand.example NS|+hotel-brand.example NS ns1.hotel-brand.example.", ""),
    (Code::NsTargetMissing, "-ns2.hotel-brand.example A", ""),
    (Code::NsTargetAlias, "-ns2.hotel-brand.example A|+ns2.hotel-brand.example CNAME ns1.hotel-brand.example.", ""),
    (Code::SpfMissing, "-hotel-brand.example TXT", ""),
    (Code::SpfSeveral, "+hotel-brand.example TXT \"v=spf1 -all\"", "+hotel-brand.example TXT \"another text\""),
    (Code::SpfSyntax, "spf amx-all", ""),
    (
        Code::SpfLookups,
        "spf a:a.example a:b.example a:c.example a:d.example a:e.example a:f.example a:g.example a:h.example a:i.example a:j.example a:k.example -all",
        "spf a:a.example a:b.example a:c.example a:d.example a:e.example a:f.example a:g.example a:h.example a:i.example a:j.example -all",
    ),
    (Code::SpfVoids, "spf a:a.example a:b.example a:c.example -all", "spf a:a.example a:b.example -all"),
    (Code::SpfCircle, "spf include:hotel-brand.example -all", ""),
    (
        Code::SpfIncludeMissing,
        "spf include:partner.example -all",
        "spf include:partner.example -all|+partner.example TXT \"v=spf1 -all\"",
    ),
    (Code::SpfTemporary, "spf a:a.example -all|fail a.example A", "spf a:a.example -all"),
    (Code::SpfPassAll, "spf +all", ""),
    (Code::SpfNoEnd, "spf ip4:192.0.2.8/29", "spf redirect=partner.example|+partner.example TXT \"v=spf1 -all\""),
    (Code::SpfPtr, "spf ptr -all", ""),
    (Code::SpfUnreached, "spf ip4:192.0.2.8/29 -all a", "spf include:nothing.example -all"),
    (Code::SpfAddressOutside, "spf ip4:192.0.2.10 -all", ""),
    (Code::DkimNoneFound, "-default._domainkey.hotel-brand.example TXT", ""),
    (Code::DkimRevoked, "text default._domainkey v=DKIM1; p=", ""),
    (
        Code::DkimTesting,
        "text default._domainkey v=DKIM1; k=ed25519; t=y; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        "",
    ),
    (Code::DkimKeyWeak, "rsa 1016", "rsa 1024"),
    (Code::DkimKeyShort, "rsa 1024", "rsa 2048"),
    (
        Code::DkimUnreadable,
        "text default._domainkey v=DKIM1; p=%%",
        "+*.hotel-brand.example TXT \"v=spf1 exp=none.example\"|+*.hotel-brand.example TXT \"v=DMARC1; p=none\"",
    ),
    (Code::DkimSeveral, "+default._domainkey.hotel-brand.example TXT \"v=DKIM1; p=\"", ""),
    (Code::DmarcMissing, "-_dmarc.hotel-brand.example TXT", ""),
    (Code::DmarcSeveral, "+_dmarc.hotel-brand.example TXT \"v=DMARC1; p=none\"", ""),
    (Code::DmarcUnreadable, "text _dmarc v=DMARC1; p=refuse", ""),
    (Code::DmarcNone, "text _dmarc v=DMARC1; p=none; rua=mailto:d@hotel-brand.example", ""),
    (Code::DmarcInherited, "+a.hotel-brand.example A 192.0.2.10|ask a.hotel-brand.example", ""),
    (Code::DmarcSubdomainWeaker, "text _dmarc v=DMARC1; p=reject; sp=none", ""),
    (Code::DmarcNoReports, "text _dmarc v=DMARC1; p=reject", ""),
    (
        Code::DmarcReportUnauthorised,
        "text _dmarc v=DMARC1; p=reject; rua=mailto:d@\\027[2J.partner.example",
        "text _dmarc v=DMARC1; p=reject; rua=mailto:d@partner.example|+hotel-brand.example._report._dmarc.partner.example TXT \"v=DMARC1\"",
    ),
    (Code::MtaStsMissing, "-_mta-sts.hotel-brand.example TXT", ""),
    (Code::MtaStsUnreadable, "text _mta-sts v=STSv1; id=1-2", ""),
    (Code::MtaStsNotFetched, "", "-_mta-sts.hotel-brand.example TXT"),
    (Code::MtaStsHostMissing, "-mta-sts.hotel-brand.example A", ""),
    (Code::TlsRptMissing, "-_smtp._tls.hotel-brand.example TXT", ""),
    (Code::TlsRptUnreadable, "text _smtp._tls v=TLSRPTv1; rua=ftp://x", ""),
    (Code::DaneMissing, "-_25._tcp.mx1.hotel-brand.example TLSA", ""),
    (Code::DaneUsage, "+_25._tcp.mx1.hotel-brand.example TLSA 1 0 0 30", ""),
    (Code::DaneUnreadable, "+_25._tcp.mx1.hotel-brand.example TLSA 3 1 1 30", ""),
    (Code::DaneUnsigned, "-hotel-brand.example DNSKEY|-hotel-brand.example DS", ""),
    (Code::BimiMissing, "-default._bimi.hotel-brand.example TXT", ""),
    (Code::BimiUnreadable, "text default._bimi v=BIMI1; l=http://x", "text default._bimi v=BIMI1; l="),
    (Code::BimiWithoutPolicy, "text _dmarc v=DMARC1; p=none", "text _dmarc v=DMARC1; p=quarantine"),
    (Code::CaaMissing, "-hotel-brand.example CAA", "-hotel-brand.example CAA|+example CAA 0 issue \"ca.example\""),
    (Code::CaaUnreadable, "+hotel-brand.example TYPE257 \\# 2 0005", ""),
    (Code::DnssecUnsigned, "-hotel-brand.example DNSKEY|-hotel-brand.example DS", ""),
    (Code::DnssecNoDs, "-hotel-brand.example DS", ""),
    (Code::DnssecNoKey, "-hotel-brand.example DNSKEY", ""),
];

fn codes(changes: &str) -> (BTreeSet<Code>, String) {
    let (world, name) = changed(changes);
    let posture = world.posture(&name);
    for finding in &posture.findings {
        let shown = finding.records.iter().flat_map(|shown| shown.text.lines());
        assert!(!shown.chain([&*finding.what]).any(|text| text.contains(char::is_control)), "{finding:?}");
    }
    (posture.findings.iter().map(|finding| finding.code).collect(), findings(&posture))
}

#[test]
fn the_world_in_order_has_hardly_a_finding() {
    insta::assert_snapshot!(findings(&World::in_order().posture(NAME)), @"info  mta-sts-not-fetched: the MTA-STS policy of hotel-brand.example was not fetched");
}

#[test]
fn every_code_comes_up_where_it_should_and_not_elsewhere() {
    let mut left: BTreeSet<Code> = Code::ALL.iter().copied().collect();
    for (code, with, without) in CASES {
        let (found, text) = codes(with);
        assert!(found.contains(code), "{code} is missing after\n{with}\nfindings:\n{text}");
        let (found, text) = codes(without);
        assert!(!found.contains(code), "{code} comes up after\n{without}\nfindings:\n{text}");
        left.remove(code);
    }
    assert_eq!(left, BTreeSet::new(), "codes without a case");
}
