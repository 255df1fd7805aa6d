//! Signatures that we make, judged by both.

use askance_proto::mail::{Canonical, Dkim, DkimFault, DkimResult, DkimSigner, Draft, Message, SigningKey};
use mail_auth::common::crypto::CryptoError;
use mail_auth::dkim::DkimError;
use mail_auth::{AuthenticatedMessage, DkimResult as TheirResult, DnsError, Error, MessageAuthenticator};

use super::{changed, ours, txt, with_authenticator, zone};

const DOMAIN: &str = "hotel-brand.example";

/// A key for tests, made with openssl and known to everybody.
const RSA: &[u8] = include_bytes!("../../../../askance-proto/src/mail/dkim/tests/rsa-2048.pk8");

pub(super) fn ed25519(seed: u8) -> SigningKey {
    SigningKey::ed25519_from_seed([seed; 32])
}

fn rsa() -> SigningKey {
    SigningKey::rsa_from_pkcs8(RSA).expect("a key")
}

pub(super) fn message() -> Message {
    Draft::new(7)
        .field("Received", "from mail1.hotel-brand.example")
        .field("From", "Hotel Brand <news@hotel-brand.example>")
        .field("To", "guest@receiver.example")
        .field("Subject", "Summer  in the   mountains")
        .text("Come and see.\n\nHotel Brand  \n\n\n")
        .build()
}

/// What a verifier can say of a signature, in words that both have.
fn our_word(result: DkimResult) -> String {
    match result {
        DkimResult::Pass => "pass".to_owned(),
        DkimResult::TempError => "temporary".to_owned(),
        DkimResult::None => "none".to_owned(),
        DkimResult::Fail(fault) | DkimResult::PermError(fault) => match fault {
            DkimFault::BodyHash => "body".to_owned(),
            DkimFault::Signature => "signature".to_owned(),
            DkimFault::NoKey => "no key".to_owned(),
            DkimFault::KeyRevoked => "revoked".to_owned(),
            DkimFault::KeyMismatch => "other algorithm".to_owned(),
            other => other.as_str().to_owned(),
        },
    }
}

fn their_word(result: &TheirResult) -> String {
    let error = match result {
        TheirResult::Pass => return "pass".to_owned(),
        TheirResult::None => return "none".to_owned(),
        TheirResult::TempError(_) => return "temporary".to_owned(),
        // A body that was changed is neutral to them, a failure to us, as RFC 8601 §2.7.1 has it.
        TheirResult::Neutral(error) | TheirResult::Fail(error) | TheirResult::PermError(error) => error,
    };
    match error {
        Error::Dkim(DkimError::FailedBodyHashMatch) => "body".to_owned(),
        Error::Dkim(DkimError::RevokedPublicKey) => "revoked".to_owned(),
        Error::Crypto(CryptoError::IncompatibleAlgorithms) => "other algorithm".to_owned(),
        Error::Crypto(_) => "signature".to_owned(),
        Error::Dns(DnsError::RecordNotFound(_)) => "no key".to_owned(),
        other => format!("{other:?}"),
    }
}

async fn theirs(authenticator: &MessageAuthenticator, message: &Message) -> String {
    let parsed = AuthenticatedMessage::parse(message.octets()).expect("a message");
    let results = authenticator.verify_dkim(&parsed).await;
    assert_eq!(results.len(), 1, "one signature");
    their_word(results[0].result())
}

/// A signed message with what was done to it, for one key and one pair of forms.
fn cases(key: &SigningKey, other: &SigningKey, forms: (Canonical, Canonical)) -> Vec<(&'static str, Message)> {
    let (header_form, body_form) = forms;
    let sign = |key: &SigningKey, selector: &str, domain: &str| {
        DkimSigner { header_form, body_form, ..DkimSigner::new(key.clone(), domain, selector) }.sign(&message(), None)
    };
    let own = if key.key_record().contains("ed25519") { "e" } else { "r" };
    let good = sign(key, own, DOMAIN);
    vec![
        ("good", good.clone()),
        ("body tampered", changed(&good, "Come and see", "Come and pay")),
        ("body blanks", changed(&good, "see.", "see.  ")),
        ("subject tampered", changed(&good, "Subject: Summer", "Subject: Winter")),
        ("subject reflowed", changed(&good, "Summer  in", "Summer\r\n in")),
        ("second author", changed(&good, "From: Hotel", "From: eve@example.net\r\nFrom: Hotel")),
        ("second subject", changed(&good, "To: guest", "Subject: another\r\nTo: guest")),
        ("unsigned field added", changed(&good, "MIME-Version: 1", "X-Seen: yes\r\nMIME-Version: 1")),
        ("revoked key", sign(key, "gone", DOMAIN)),
        ("missing key", sign(key, "never", DOMAIN)),
        ("no server for the key", sign(key, own, "hotel-brand.test")),
        ("selector renamed", changed(&good, &format!(" s={own};"), " s=e2;")),
        ("key of another", sign(other, own, DOMAIN)),
    ]
}

#[test]
fn both_judge_a_signature_alike() {
    let published = |selector: &str, record: &str| txt(&format!("{selector}._domainkey.hotel-brand"), record);
    let records = [
        published("e", &ed25519(7).key_record()),
        published("e2", &ed25519(8).key_record()),
        published("r", &rsa().key_record()),
        published("gone", "v=DKIM1; p="),
    ];
    let zone = zone(&records.concat());
    let forms = [Canonical::Relaxed, Canonical::Simple];
    let pairs = forms.into_iter().flat_map(|header| forms.map(|body| (header, body)));
    let keys = [(ed25519(7), ed25519(8)), (rsa(), ed25519(7))];
    let all: Vec<_> = pairs
        .flat_map(|forms| keys.iter().map(move |(key, other)| (forms, key, other)))
        .flat_map(|(forms, key, other)| cases(key, other, forms).into_iter().map(move |case| (forms, key, case)))
        .collect();
    let told = with_authenticator(1, &zone, async |authenticator| {
        let mut told = Vec::new();
        for (_, _, (_, message)) in &all {
            told.push(theirs(authenticator, message).await);
        }
        told
    });
    let mut seen = String::new();
    for ((forms, key, (what, message)), theirs) in all.iter().zip(&told) {
        let verdict = ours(&zone, Dkim::new(message, 0));
        assert_eq!(verdict.signatures.len(), 1);
        let word = our_word(verdict.result());
        assert_eq!(&word, theirs, "{what}, {key:?}, {forms:?}");
        if *forms == (Canonical::Relaxed, Canonical::Simple) {
            seen.push_str(&format!("{what}, {key:?}: {word}\n"));
        }
    }
    assert_eq!(told.len(), 2 * 4 * 13);
    insta::assert_snapshot!(seen, @r#"
    good, SigningKey("ed25519-sha256"): pass
    body tampered, SigningKey("ed25519-sha256"): body
    body blanks, SigningKey("ed25519-sha256"): body
    subject tampered, SigningKey("ed25519-sha256"): signature
    subject reflowed, SigningKey("ed25519-sha256"): pass
    second author, SigningKey("ed25519-sha256"): signature
    second subject, SigningKey("ed25519-sha256"): signature
    unsigned field added, SigningKey("ed25519-sha256"): pass
    revoked key, SigningKey("ed25519-sha256"): revoked
    missing key, SigningKey("ed25519-sha256"): no key
    no server for the key, SigningKey("ed25519-sha256"): temporary
    selector renamed, SigningKey("ed25519-sha256"): signature
    key of another, SigningKey("ed25519-sha256"): signature
    good, SigningKey("rsa-sha256"): pass
    body tampered, SigningKey("rsa-sha256"): body
    body blanks, SigningKey("rsa-sha256"): body
    subject tampered, SigningKey("rsa-sha256"): signature
    subject reflowed, SigningKey("rsa-sha256"): pass
    second author, SigningKey("rsa-sha256"): signature
    second subject, SigningKey("rsa-sha256"): signature
    unsigned field added, SigningKey("rsa-sha256"): pass
    revoked key, SigningKey("rsa-sha256"): revoked
    missing key, SigningKey("rsa-sha256"): no key
    no server for the key, SigningKey("rsa-sha256"): temporary
    selector renamed, SigningKey("rsa-sha256"): other algorithm
    key of another, SigningKey("rsa-sha256"): other algorithm
    "#);
}
