//! For every code, zones that yield it and zones that do not.

use std::collections::BTreeSet;

use askance_mail::Code;

use crate::world::{World, changed, findings};

pub(crate) const NAME: &str = "hotel-brand.example";

/// Code, what to change in the world in order so that it comes up, and so that it does not (nothing, where left empty).
pub(crate) fn cases() -> Vec<(Code, String, &'static str)> {
    let spf = |policy: &str| format!("-{NAME} TXT\n+{NAME} TXT \"v=spf1 {policy}\"");
    let rest = |label: &str, text: &str| format!("-{label}.{NAME} TXT\n+{label}.{NAME} TXT \"{text}\"");
    let key = |text: &str| rest("default._domainkey", text);
    let many = |n: usize| (0..n).map(|i| format!("a:n{i}.partner.example ")).collect::<String>();
    let owned = |text: &str| text.to_owned();
    vec![
        (Code::NotInRecords, owned("drop 2.0.192.in-addr.arpa"), ""),
        (Code::QuestionsCut, swamp(), ""),
        (Code::LookupFailed, format!("fail {NAME} MX"), ""),
        (Code::NameMissing, owned("ask none.hotel-brand.example"), ""),
        (Code::AddressMissing, format!("-{NAME} A"), ""),
        (
            Code::AliasDangling,
            owned("+www.hotel-brand.example CNAME gone.hotel-brand.example.\nask www.hotel-brand.example"),
            "+www.hotel-brand.example CNAME hotel-brand.example.\nask www.hotel-brand.example",
        ),
        (
            Code::AliasLoop,
            owned(
                "+www.hotel-brand.example CNAME w2.hotel-brand.example.\n+w2.hotel-brand.example CNAME www.hotel-brand.example.\nask www.hotel-brand.example",
            ),
            "",
        ),
        (
            Code::AddressOtherSender,
            owned(
                "+hotel-brand.example A 198.51.100.7\n+7.100.51.198.in-addr.arpa PTR out.partner.example.\n+out.partner.example A 198.51.100.7\n+partner.example TXT \"v=spf1 ip4:198.51.100.0/24 -all\"",
            ),
            // The partner sends for the name as well.
            "+hotel-brand.example A 198.51.100.7\n+7.100.51.198.in-addr.arpa PTR out.partner.example.\n+out.partner.example A 198.51.100.7\n+partner.example TXT \"v=spf1 ip4:198.51.100.0/24 -all\"\n-hotel-brand.example TXT\n+hotel-brand.example TXT \"v=spf1 ip4:192.0.2.0/24 include:partner.example -all\"",
        ),
        (Code::PtrMissing, owned("-10.2.0.192.in-addr.arpa PTR"), ""),
        (
            Code::PtrUnconfirmed,
            owned("-10.2.0.192.in-addr.arpa PTR\n+10.2.0.192.in-addr.arpa PTR mx1.hotel-brand.example."),
            "",
        ),
        (
            Code::PtrNameMissing,
            owned("-10.2.0.192.in-addr.arpa PTR\n+10.2.0.192.in-addr.arpa PTR old.hotel-brand.example."),
            "",
        ),
        (
            Code::PtrZoneGone,
            owned("-10.2.0.192.in-addr.arpa PTR\n+10.2.0.192.in-addr.arpa PTR mail1.gone.example."),
            "-10.2.0.192.in-addr.arpa PTR\n+10.2.0.192.in-addr.arpa PTR mail1.partner.example.",
        ),
        (
            Code::PtrOtherName,
            owned("-10.2.0.192.in-addr.arpa PTR\n+10.2.0.192.in-addr.arpa PTR mx1.hotel-brand.example."),
            "",
        ),
        (
            Code::PtrOtherDomain,
            owned("-10.2.0.192.in-addr.arpa PTR\n+10.2.0.192.in-addr.arpa PTR ns1.partner.example."),
            "-10.2.0.192.in-addr.arpa PTR\n+10.2.0.192.in-addr.arpa PTR mx1.hotel-brand.example.",
        ),
        (Code::PtrSeveral, owned("+10.2.0.192.in-addr.arpa PTR mx1.hotel-brand.example."), ""),
        (Code::MxMissing, format!("-{NAME} MX"), ""),
        (Code::MxNull, format!("-{NAME} MX\n+{NAME} MX 0 ."), ""),
        (Code::MxNullWithOthers, format!("+{NAME} MX 0 ."), "-hotel-brand.example MX\n+hotel-brand.example MX 0 ."),
        (Code::MxTargetMissing, format!("+{NAME} MX 20 mx2.{NAME}."), ""),
        (
            Code::MxTargetNoAddress,
            format!("+{NAME} MX 20 mx2.{NAME}.\n+mx2.{NAME} TXT \"-\""),
            "+hotel-brand.example MX 20 mx2.hotel-brand.example.\n+mx2.hotel-brand.example AAAA 2001:db8::2",
        ),
        (Code::MxTargetAlias, format!("+{NAME} MX 20 mx2.{NAME}.\n+mx2.{NAME} CNAME mx1.{NAME}."), ""),
        (
            Code::NsSingle,
            owned(
                "zone single.example\n-single.example NS\n+single.example NS ns1.single.example.\nask single.example",
            ),
            "",
        ),
        (Code::NsTargetMissing, owned("-ns2.hotel-brand.example A"), ""),
        (Code::NsTargetAlias, format!("-ns2.{NAME} A\n+ns2.{NAME} CNAME ns1.{NAME}."), ""),
        (Code::SpfMissing, format!("-{NAME} TXT"), ""),
        (Code::SpfSeveral, format!("+{NAME} TXT \"v=spf1 -all\""), "+hotel-brand.example TXT \"another text\""),
        (Code::SpfSyntax, spf("amx-all"), ""),
        (Code::SpfLookups, spf(&(many(11) + "-all")), ""),
        (
            Code::SpfVoids,
            spf("a:n0.partner.example a:n1.partner.example a:n2.partner.example -all"),
            "-hotel-brand.example TXT\n+hotel-brand.example TXT \"v=spf1 a:n0.partner.example a:n1.partner.example -all\"",
        ),
        (Code::SpfCircle, spf("include:hotel-brand.example -all"), ""),
        (
            Code::SpfIncludeMissing,
            spf("include:partner.example -all"),
            "-hotel-brand.example TXT\n+hotel-brand.example TXT \"v=spf1 include:partner.example -all\"\n+partner.example TXT \"v=spf1 -all\"",
        ),
        (Code::SpfTemporary, spf("a:n0.partner.example -all") + "\nfail n0.partner.example A", ""),
        (Code::SpfPassAll, spf("+all"), ""),
        (
            Code::SpfNoEnd,
            spf("ip4:192.0.2.8/29"),
            "-hotel-brand.example TXT\n+hotel-brand.example TXT \"v=spf1 redirect=partner.example\"\n+partner.example TXT \"v=spf1 -all\"",
        ),
        (Code::SpfPtr, spf("ptr -all"), ""),
        (Code::SpfUnreached, spf("ip4:192.0.2.8/29 -all a"), ""),
        (Code::SpfAddressOutside, spf("ip4:192.0.2.10 -all"), ""),
        (Code::DkimNoneFound, owned("-default._domainkey.hotel-brand.example TXT"), ""),
        (Code::DkimRevoked, key("v=DKIM1; p="), ""),
        (Code::DkimTesting, key("v=DKIM1; k=ed25519; t=y; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="), ""),
        (Code::DkimKeyWeak, key(&rsa(64)), ""),
        (
            Code::DkimKeyShort,
            key(&rsa(128)),
            "-default._domainkey.hotel-brand.example TXT\n+default._domainkey.hotel-brand.example TXT RSA2048",
        ),
        (Code::DkimUnreadable, key("v=DKIM1; p=%%"), ""),
        (Code::DkimSeveral, owned("+default._domainkey.hotel-brand.example TXT \"v=DKIM1; p=\""), ""),
        (Code::DmarcMissing, owned("-_dmarc.hotel-brand.example TXT"), ""),
        (Code::DmarcSeveral, owned("+_dmarc.hotel-brand.example TXT \"v=DMARC1; p=none\""), ""),
        (Code::DmarcUnreadable, rest("_dmarc", "v=DMARC1; p=refuse"), ""),
        (Code::DmarcNone, rest("_dmarc", "v=DMARC1; p=none; rua=mailto:d@hotel-brand.example"), ""),
        (Code::DmarcInherited, owned("+a.hotel-brand.example A 192.0.2.10\nask a.hotel-brand.example"), ""),
        (Code::DmarcSubdomainWeaker, rest("_dmarc", "v=DMARC1; p=reject; sp=none"), ""),
        (Code::DmarcNoReports, rest("_dmarc", "v=DMARC1; p=reject"), ""),
        (
            Code::DmarcReportUnauthorised,
            rest("_dmarc", "v=DMARC1; p=reject; rua=mailto:d@partner.example"),
            "-_dmarc.hotel-brand.example TXT\n+_dmarc.hotel-brand.example TXT \"v=DMARC1; p=reject; rua=mailto:d@partner.example\"\n+hotel-brand.example._report._dmarc.partner.example TXT \"v=DMARC1\"",
        ),
        (Code::MtaStsMissing, owned("-_mta-sts.hotel-brand.example TXT"), ""),
        (Code::MtaStsUnreadable, rest("_mta-sts", "v=STSv1; id=1-2"), ""),
        (Code::MtaStsNotFetched, String::new(), "-_mta-sts.hotel-brand.example TXT"),
        (Code::MtaStsHostMissing, owned("-mta-sts.hotel-brand.example A"), ""),
        (Code::TlsRptMissing, owned("-_smtp._tls.hotel-brand.example TXT"), ""),
        (Code::TlsRptUnreadable, rest("_smtp._tls", "v=TLSRPTv1; rua=ftp://x"), ""),
        (Code::DaneMissing, owned("-_25._tcp.mx1.hotel-brand.example TLSA"), ""),
        (Code::DaneUsage, owned("+_25._tcp.mx1.hotel-brand.example TLSA 1 0 0 30"), ""),
        (Code::DaneUnreadable, owned("+_25._tcp.mx1.hotel-brand.example TLSA 3 1 1 30"), ""),
        (Code::DaneUnsigned, owned("-hotel-brand.example DNSKEY\n-hotel-brand.example DS"), ""),
        (Code::BimiMissing, owned("-default._bimi.hotel-brand.example TXT"), ""),
        (Code::BimiUnreadable, rest("default._bimi", "v=BIMI1; l=http://x"), ""),
        (Code::BimiWithoutPolicy, rest("_dmarc", "v=DMARC1; p=none"), ""),
        (
            Code::CaaMissing,
            owned("-hotel-brand.example CAA"),
            "-hotel-brand.example CAA\n+example CAA 0 issue \"ca.example\"",
        ),
        (Code::CaaUnreadable, owned("+hotel-brand.example TYPE257 \\# 2 0005"), ""),
        (Code::DnssecUnsigned, owned("-hotel-brand.example DNSKEY\n-hotel-brand.example DS"), ""),
        (Code::DnssecNoDs, owned("-hotel-brand.example DS"), ""),
        (Code::DnssecNoKey, owned("-hotel-brand.example DNSKEY"), ""),
    ]
}

/// A key record with a modulus of so many octets.
fn rsa(octets: usize) -> String {
    let modulus = [vec![0x00, 0xc1], vec![0x5a; octets - 1]].concat();
    let element = |tag: u8, content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82][..], &length, content].concat()
    };
    let key = element(0x30, &[element(2, &modulus), element(2, &[1, 0, 1])].concat());
    format!("v=DKIM1; k=rsa; p={}", base64(&key))
}

fn base64(octets: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in octets.chunks(3) {
        let three = [chunk[0], *chunk.get(1).unwrap_or(&0), *chunk.get(2).unwrap_or(&0)];
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for at in 0..=chunk.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * at)) as usize & 63]));
        }
    }
    text
}

/// Many PTR names, each of another domain with a policy of its own.
fn swamp() -> String {
    let policy =
        "v=spf1 exists:a.%{d}.partner.example exists:b.%{d}.partner.example exists:c.%{d}.partner.example -all";
    let mut text = format!("+*.example TXT \"{policy}\"\n");
    for host in 0..32 {
        text.push_str(&format!("+hotel-brand.example A 198.51.100.{host}\n"));
        for name in 0..10 {
            text.push_str(&format!("+{host}.100.51.198.in-addr.arpa PTR h.d{host}x{name}.example.\n"));
        }
    }
    text
}

fn codes(changes: &str) -> (BTreeSet<Code>, String) {
    let changes = changes.replace("TXT RSA2048", &format!("TXT {}", strings(&rsa(256))));
    let (lines, name) = split(&changes);
    let posture = changed(&lines).posture(name);
    (posture.findings.iter().map(|finding| finding.code).collect(), findings(&posture))
}

/// The changes, and the name that is asked for by `ask NAME`.
pub(crate) fn split(changes: &str) -> (String, &str) {
    let name = changes.lines().find_map(|line| line.trim().strip_prefix("ask ")).unwrap_or(NAME);
    let lines: Vec<&str> = changes.lines().filter(|line| !line.trim().starts_with("ask ")).collect();
    (lines.join("\n"), name)
}

/// A text as strings of at most 255 octets.
fn strings(text: &str) -> String {
    text.as_bytes().chunks(255).map(|part| format!("\"{}\" ", String::from_utf8_lossy(part))).collect()
}

#[test]
fn the_world_in_order_has_hardly_a_finding() {
    insta::assert_snapshot!(findings(&World::in_order().posture(NAME)), @"info  mta-sts-not-fetched: the MTA-STS policy of hotel-brand.example was not fetched");
}

#[test]
fn every_code_comes_up_where_it_should_and_nowhere_else() {
    let mut left: BTreeSet<Code> = Code::ALL.iter().copied().collect();
    for (code, with, without) in cases() {
        let (found, text) = codes(&with);
        assert!(found.contains(&code), "{code} is missing after\n{with}\nfindings:\n{text}");
        let (found, text) = codes(without);
        assert!(!found.contains(&code), "{code} comes up after\n{without}\nfindings:\n{text}");
        left.remove(&code);
    }
    assert_eq!(left, BTreeSet::new(), "codes without a case");
}
