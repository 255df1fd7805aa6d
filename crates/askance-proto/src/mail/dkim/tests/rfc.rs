//! The messages that RFC 6376 appendix A and RFC 8463 appendix A print.

use super::*;

const MESSAGE: &str = "\
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game. Are you hungry yet?

Joe.
";

/// RFC 6376 A.2, in the spelling of errata 3192 and 4926: one blank between the sentences, as it was signed.
const RFC6376: &str = "\
DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;
      c=simple/simple; q=dns/txt; i=joe@football.example.com;
      h=Received : From : To : Subject : Date : Message-ID;
      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB
        4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut
        KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV
        4bmp/YzhwvcubU4=;
Received: from client1.football.example.com  [192.0.2.1]
      by submitserver.example.com with SUBMISSION;
      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)
";

/// RFC 8463 A.3.
const RFC8463: &str = "\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
";

const RECORDS: &str = "
brisbane._domainkey.example.com TXT v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB
brisbane._domainkey.football.example.com TXT v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
test._domainkey.football.example.com TXT v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB";

fn crlf(parts: &[&str]) -> Message {
    Message::read(parts.concat().replace('\n', "\r\n").into_bytes())
}

#[test]
fn the_message_of_rfc_6376_verifies() {
    insta::assert_snapshot!(check(&crlf(&[RFC6376, MESSAGE]), RECORDS), @r#"
    example.com brisbane joe@football.example.com: pass
    pass ["example.com"]
    TXT brisbane._domainkey.example.com
    "#);
    // As printed, with two blanks, it does not.
    let printed = changed(&crlf(&[RFC6376, MESSAGE]), "game. Are", "game.  Are");
    assert!(check(&printed, RECORDS).contains(": fail (body hash did not verify)"));
}

#[test]
fn the_message_of_rfc_8463_verifies_twice() {
    insta::assert_snapshot!(check(&crlf(&[RFC8463, MESSAGE]), RECORDS), @r#"
    football.example.com brisbane @football.example.com: pass
    football.example.com test @football.example.com: pass
    pass ["football.example.com", "football.example.com"]
    TXT brisbane._domainkey.football.example.com
    TXT test._domainkey.football.example.com
    "#);
}

#[test]
fn the_key_of_rfc_8463_makes_its_signature() {
    let seed = tags::octets("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=").expect("base64");
    let key = SigningKey::ed25519_from_seed(seed.try_into().expect("32 octets"));
    assert!(RECORDS.contains(&key.key_record()));
    let message = crlf(&[RFC8463, MESSAGE]);
    let own = message.fields().next().expect("a field");
    let signature = Signature::parse(&own.unfolded()).expect("a signature");
    let signed = canonical::signed_octets(&message, own, &signature.fields, Canonical::Relaxed);
    assert_eq!(key.sign(&signed), signature.octets);
}

#[test]
fn canonical_forms_are_those_of_rfc_6376() {
    // RFC 6376 §3.4.5.
    let message = Message::read(b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n".to_vec());
    for (form, fields, body) in [
        (Canonical::Relaxed, "a:X\r\nb:Y Z\r\n", " C\r\nD E\r\n"),
        (Canonical::Simple, "A: X\r\nB : Y\t\r\n\tZ  \r\n", " C \r\nD \t E\r\n"),
    ] {
        let own = Message::read(b"S: b=x\r\n".to_vec());
        let own = own.fields().next().expect("a field");
        let signed = canonical::signed_octets(&message, own, &["A".to_owned(), "b".to_owned()], form);
        let last = if form == Canonical::Simple { "S: b=" } else { "s:b=" };
        assert_eq!(String::from_utf8_lossy(&signed), format!("{fields}{last}"));
        assert_eq!(String::from_utf8_lossy(&form.body(message.body())), body);
    }
    for (body, simple, relaxed) in
        [("", "\r\n", ""), ("\r\n\r\n", "\r\n", ""), ("x", "x\r\n", "x\r\n"), (" \r\n", " \r\n", "")]
    {
        assert_eq!(Canonical::Simple.body(body.as_bytes()), simple.as_bytes(), "{body:?}");
        assert_eq!(Canonical::Relaxed.body(body.as_bytes()), relaxed.as_bytes(), "{body:?}");
    }
}
