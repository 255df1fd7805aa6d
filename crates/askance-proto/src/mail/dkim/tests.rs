use proptest::prelude::*;

use super::*;
use crate::mail::testing::World;
use crate::mail::{Draft, SigningKey};

mod rfc;

const NOW_S: i64 = 1_456_848_000;

fn key() -> SigningKey {
    SigningKey::ed25519_from_seed([7; 32])
}

/// A key for tests, made with openssl and known to everybody.
fn rsa() -> SigningKey {
    SigningKey::rsa_from_pkcs8(include_bytes!("tests/rsa-2048.pk8")).expect("a key")
}

fn message() -> Message {
    Draft::new(7)
        .field("Received", "from mail1.sender.example")
        .field("From", "Hotel Brand <news@hotel-brand.example>")
        .field("To", "guest@receiver.example")
        .field("Subject", "Summer  in the   mountains")
        .text("Come and see.\n\nHotel Brand  \n\n\n")
        .build()
}

fn signer(key: SigningKey) -> DkimSigner {
    DkimSigner::new(key, "hotel-brand.example", "s1")
}

/// Replaces text in a message, everywhere.
fn changed(message: &Message, from: &str, to: &str) -> Message {
    let text = str::from_utf8(message.octets()).expect("text");
    assert!(text.contains(from), "{from} is not in {text}");
    Message::read(text.replace(from, to).into_bytes())
}

/// The records of a domain with one key.
fn publishing(record: &str) -> String {
    format!("s1._domainkey.hotel-brand.example TXT {record}")
}

/// Checks a message; one line per signature, then the questions in order.
fn check(message: &Message, records: &str) -> String {
    let (verdict, asked) = World::parse(records).run(Dkim::new(message, NOW_S));
    let mut lines: Vec<String> = verdict
        .signatures
        .iter()
        .map(|one| {
            let octets = one.body_octets.map_or(String::new(), |octets| format!(" l={octets}"));
            let testing = if one.testing { " testing" } else { "" };
            format!("{} {} {}{octets}{testing}: {}", one.domain, one.selector, one.identity, one.result)
        })
        .collect();
    if verdict.unchecked > 0 {
        lines.push(format!("{} unchecked", verdict.unchecked));
    }
    lines.push(format!("{} {:?}", verdict.result(), verdict.passing_domains().collect::<Vec<_>>()));
    lines.extend(asked);
    lines.join("\n")
}

#[test]
fn what_is_signed_verifies_and_is_the_same_each_time() {
    let signed = signer(key()).sign(&message(), Some(1_456_847_999));
    assert_eq!(signed, signer(key()).sign(&message(), Some(1_456_847_999)));
    let field = String::from_utf8_lossy(signed.fields().next().expect("on top").octets()).replace('\r', "");
    insta::assert_snapshot!(field, @"
    DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
     d=hotel-brand.example; s=s1; t=1456847999;
     h=From:Subject:To:MIME-Version:Content-Type:
      Content-Transfer-Encoding:From:Subject:Date:To;
     bh=tUkjUxUQU3o4KgUjmW9w8/AS813wbFB1/nEGbg5TCJg=;
     b=d5foOs2R6NJr0EUYW0msgdYZvHyr1R/V1+0RArpVjUxZGxo5avnS6WeVF7EoiKGrbDVJHJKt
      bZlC2vyba9NwAA==
    ");
    insta::assert_snapshot!(check(&signed, &publishing(&key().key_record())), @r#"
    hotel-brand.example s1 @hotel-brand.example: pass
    pass ["hotel-brand.example"]
    TXT s1._domainkey.hotel-brand.example
    "#);
}

#[test]
fn rsa_signs_and_verifies_in_every_pair_of_forms() {
    let records = publishing(&rsa().key_record());
    for header_form in [Canonical::Simple, Canonical::Relaxed] {
        for body_form in [Canonical::Simple, Canonical::Relaxed] {
            let signer = DkimSigner { header_form, body_form, ..signer(rsa()) };
            let signed = signer.sign(&message(), None);
            let shown = check(&signed, &records);
            assert!(shown.starts_with("hotel-brand.example s1 @hotel-brand.example: pass\n"), "{shown}");
            let reflowed = changed(&changed(&signed, "Summer  in", "Summer\r\n in"), "see.", "see.  ");
            let passes = check(&reflowed, &records).contains(": pass");
            assert_eq!(passes, (header_form, body_form) == (Canonical::Relaxed, Canonical::Relaxed));
        }
    }
    assert_eq!(SigningKey::rsa_from_pkcs8(b"no key").err(), Some(KeyError));
}

#[test]
fn changes_are_found() {
    let signed = signer(key()).sign(&message(), None);
    let records = publishing(&key().key_record());
    for (from, to, result) in [
        ("Come and see", "Come and pay", "fail (body hash did not verify)"),
        ("Subject: Summer", "Subject: Winter", "fail (signature did not verify)"),
        ("From: Hotel", "From: eve@example.net\r\nFrom: Hotel", "fail (signature did not verify)"),
        ("To: guest", "Subject: another\r\nTo: guest", "fail (signature did not verify)"),
        (" d=hotel", " d=Hotel", "fail (signature did not verify)"),
        ("Received: from", "Received: by", "pass"),
        ("MIME-Version: 1", "X-Seen: yes\r\nMIME-Version: 1", "pass"),
    ] {
        let shown = check(&changed(&signed, from, to), &records);
        assert!(shown.lines().any(|line| line.ends_with(&format!(": {result}"))), "{from} -> {to}: {shown}");
    }
}

#[test]
fn a_signed_length_allows_additions() {
    let signer = DkimSigner { with_length: true, ..signer(key()) };
    let signed = signer.sign(&message(), None);
    let records = publishing(&key().key_record());
    let longer = Message::read([signed.octets(), b"An advertisement.\r\n"].concat());
    assert!(check(&longer, &records).starts_with("hotel-brand.example s1 @hotel-brand.example l=34: pass\n"));
    let shorter = changed(&signed, "Hotel Brand =20\r\n", "");
    assert!(check(&shorter, &records).contains(": fail (body shorter than signed)"));
}

#[test]
fn keys_that_cannot_be_used() {
    let signed = signer(key()).sign(&message(), None);
    let good = key().key_record();
    let p = good.split_once("p=").expect("a key").1;
    for (record, result) in [
        ("v=DKIM1; k=ed25519; p=".to_owned(), "permerror (key revoked)"),
        ("v=DKIM1; k=ed25519".to_owned(), "permerror (malformed key)"),
        (format!("v=DKIM2; k=ed25519; p={p}"), "permerror (malformed key)"),
        (format!("k=ed25519; v=DKIM1; p={p}"), "permerror (malformed key)"),
        (format!("k=ed25519; p={p}; p={p}"), "permerror (malformed key)"),
        (format!("k=ed448; p={p}"), "permerror (malformed key)"),
        (format!("k=rsa; p={p}"), "permerror (malformed key)"),
        (rsa().key_record(), "permerror (inapplicable key)"),
        (format!("k=ed25519; h=sha1; p={p}"), "permerror (inapplicable key)"),
        (format!("k=ed25519; h=sha1 : sha256; s = tlsrpt : email; p={p}"), "pass"),
        (format!("k=ed25519; s=tlsrpt; p={p}"), "permerror (inapplicable key)"),
        (format!("k=ed25519; s=*; n=note; x=1; p= {p} ;"), "pass"),
        (format!("k=ed25519; t=y:s; p={p}"), "pass"),
        (SigningKey::ed25519_from_seed([8; 32]).key_record(), "fail (signature did not verify)"),
        ("SERVFAIL".to_owned(), "temperror"),
    ] {
        let records = match record.as_str() {
            "SERVFAIL" => "s1._domainkey.hotel-brand.example SERVFAIL".to_owned(),
            record => publishing(record),
        };
        let shown = check(&signed, &records);
        let first = shown.lines().next().unwrap_or_default();
        assert!(first.ends_with(&format!(": {result}")), "{record}: {first}");
        assert_eq!(first.contains(" testing"), record.contains("t=y"), "{record}");
    }
    assert!(check(&signed, "").contains("permerror (no key for signature)"));
}

#[test]
fn a_strict_key_is_for_the_domain_itself() {
    for (identity, record, result) in [
        ("news@hotel-brand.example", "t=s; ", "pass"),
        ("news@mail.hotel-brand.example", "t=s; ", "permerror (inapplicable key)"),
        ("news@mail.hotel-brand.example", "", "pass"),
    ] {
        let signer = DkimSigner { identity: Some(identity.to_owned()), ..signer(key()) };
        let record = key().key_record().replace("k=", &format!("{record}k="));
        let shown = check(&signer.sign(&message(), None), &publishing(&record));
        assert!(shown.starts_with(&format!("hotel-brand.example s1 {identity}: {result}\n")), "{shown}");
    }
}

#[test]
fn signatures_that_cannot_pass_ask_nothing() {
    let base = "v=1; a=ed25519-sha256; d=hotel-brand.example; s=s1; h=from; bh=AAAA; b=AAAA";
    for (from, to, result) in [
        ("v=1", "v=2", "permerror (unknown version)"),
        ("v=1; ", "", "permerror (malformed signature)"),
        ("ed25519-sha256", "rsa-sha1", "permerror (unusable algorithm)"),
        ("h=from", "h=to:subject", "permerror (From not signed)"),
        ("h=from", "h=from::to", "permerror (malformed signature)"),
        ("s=s1", "s=s1; i=a@other.example", "permerror (identity outside the domain)"),
        ("s=s1", "s=s1; i=a@nothotel-brand.example", "permerror (identity outside the domain)"),
        ("s=s1", "s=s1; q=http", "permerror (unknown query method)"),
        ("s=s1", "s=s1; x=1456847999", "fail (signature expired)"),
        ("s=s1", "s=s1; t=5; x=5", "permerror (malformed signature)"),
        ("s=s1", "s=s1; l=-1", "permerror (malformed signature)"),
        ("s=s1", "s=s1; s=s2", "permerror (malformed signature)"),
        ("s=s1", "s=s\u{e9}", "permerror (malformed signature)"),
        ("s=s1", "s=s1; c=loose", "permerror (malformed signature)"),
        ("bh=AAAA", "bh=A*", "permerror (malformed signature)"),
        ("; b=AAAA", "", "permerror (malformed signature)"),
    ] {
        assert!(base.contains(from), "{from}");
        let field = format!("DKIM-Signature: {}\r\n", base.replacen(from, to, 1));
        let shown = check(&message().with_field_on_top(&field), "");
        let (verdict, rest) = shown.split_once('\n').expect("two lines");
        assert!(verdict.ends_with(&format!(": {result}")), "{to}: {verdict}");
        assert_eq!(rest, format!("{result} []"), "{to}");
    }
    assert_eq!(check(&message(), ""), "none []");
}

#[test]
fn each_signature_is_checked_topmost_first_and_five_at_most() {
    let mut signed = signer(key()).sign(&message(), None);
    for n in 2..=7 {
        signed = DkimSigner::new(key(), "sender.example", &format!("s{n}")).sign(&signed, None);
    }
    let records = format!("s6._domainkey.sender.example TXT {}", key().key_record());
    insta::assert_snapshot!(check(&signed, &records), @r#"
    sender.example s7 @sender.example: permerror (no key for signature)
    sender.example s6 @sender.example: pass
    sender.example s5 @sender.example: permerror (no key for signature)
    sender.example s4 @sender.example: permerror (no key for signature)
    sender.example s3 @sender.example: permerror (no key for signature)
    2 unchecked
    pass ["sender.example"]
    TXT s7._domainkey.sender.example
    TXT s6._domainkey.sender.example
    TXT s5._domainkey.sender.example
    TXT s4._domainkey.sender.example
    TXT s3._domainkey.sender.example
    "#);
}

proptest! {
    #[test]
    fn any_body_signed_verifies(
        body in prop::collection::vec(prop::sample::select(b"ab \t\r\n.=\xe9".to_vec()), 0..60),
        subject in "[ -~\t]{0,40}",
        simple in any::<bool>(),
        with_length in any::<bool>(),
    ) {
        let mut octets = format!("From: news@hotel-brand.example\r\nSubject: {subject}\r\n\r\n").into_bytes();
        octets.extend(body);
        let form = if simple { Canonical::Simple } else { Canonical::Relaxed };
        let signer = DkimSigner { header_form: form, body_form: form, with_length, ..signer(key()) };
        let signed = signer.sign(&Message::read(octets), None);
        let shown = check(&signed, &publishing(&key().key_record()));
        prop_assert!(shown.contains(": pass\n"), "{shown}");
    }

    #[test]
    fn any_signature_and_key_end_in_a_verdict(signature in "[vabcdhilqstx=;: 1/.A@a-z]{0,80}", record in "[vkphst=;: DKIM1A-Za/+]{0,60}") {
        let field = format!("DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s1; h=from; bh=AAAA; b=AAAA;{signature}\r\n");
        let records = format!("s1._domainkey.a.example TXT v=DKIM1;{record}");
        prop_assert!(!check(&message().with_field_on_top(&field), &records).contains("pass"));
    }
}

#[test]
fn published_keys_tell_their_length_and_flags() {
    let read =
        |text: &str| DkimKey::parse(text.as_bytes()).map(|key| (key.kind.as_str(), key.bits, key.testing, key.strict));
    let rsa = "v=DKIM1; t=y:s; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB";
    assert_eq!(read(rsa), Ok(("rsa", 1024, true, true)));
    assert_eq!(read("p=MAA="), Err(DkimFault::KeyMalformed));
    assert_eq!(read("v=DKIM1; p="), Err(DkimFault::KeyRevoked));
}
