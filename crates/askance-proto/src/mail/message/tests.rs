use askance_record::Timestamp;
use proptest::prelude::*;

use super::*;

fn draft() -> Draft {
    Draft::new(7)
        .field("From", "H\u{f4}tel Brand <news@hotel-brand.example>")
        .field("To", "guest@receiver.example")
        .field("Subject", "A very long subject that says little and needs two lines, since it has so many words in it")
        .date(Timestamp::from_s(1_456_848_000))
        .message_id("hotel-brand.example")
}

fn shown(message: &Message) -> String {
    str::from_utf8(message.octets()).expect("ASCII").replace('\r', "")
}

#[test]
fn a_message_of_two_bodies() {
    let message = draft().text("Bonjour \u{e0} tous = 100 % \nfin").html("<p>Bonjour</p>\n").build();
    insta::assert_snapshot!(shown(&message), @r#"
    From: =?utf-8?B?SMO0dGVs?= Brand <news@hotel-brand.example>
    To: guest@receiver.example
    Subject: A very long subject that says little and needs two lines, since it
     has so many words in it
    Date: Tue, 01 Mar 2016 16:00:00 +0000
    Message-ID: <87b81cc67733ab64.4abaf9f3@hotel-brand.example>
    MIME-Version: 1.0
    Content-Type: multipart/alternative; boundary="=_ca5c4b0afdb92191"

    --=_ca5c4b0afdb92191
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: quoted-printable

    Bonjour =C3=A0 tous =3D 100 %=20
    fin

    --=_ca5c4b0afdb92191
    Content-Type: text/html; charset=utf-8
    Content-Transfer-Encoding: quoted-printable

    <p>Bonjour</p>

    --=_ca5c4b0afdb92191--
    "#);
    let leaves = message.leaves();
    let kinds: Vec<_> = leaves.iter().map(Message::media_type).collect();
    assert_eq!(kinds, ["text/plain", "text/html"]);
    assert_eq!(leaves[0].decoded_body(), "Bonjour \u{e0} tous = 100 % \r\nfin\r\n".as_bytes());
    assert_eq!(message.authors()[0].to_string(), "news@hotel-brand.example");
}

#[test]
fn a_message_of_one_body_in_base64() {
    let message = draft().text(&"Bonjour ".repeat(12)).transfer(Transfer::Base64).build();
    insta::assert_snapshot!(shown(&message), @"
    From: =?utf-8?B?SMO0dGVs?= Brand <news@hotel-brand.example>
    To: guest@receiver.example
    Subject: A very long subject that says little and needs two lines, since it
     has so many words in it
    Date: Tue, 01 Mar 2016 16:00:00 +0000
    Message-ID: <87b81cc67733ab64.4abaf9f3@hotel-brand.example>
    MIME-Version: 1.0
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: base64

    Qm9uam91ciBCb25qb3VyIEJvbmpvdXIgQm9uam91ciBCb25qb3VyIEJvbmpvdXIgQm9uam91ciBC
    b25qb3VyIEJvbmpvdXIgQm9uam91ciBCb25qb3VyIEJvbmpvdXIgDQo=
    ");
    assert_eq!(message.decoded_body(), format!("{}\r\n", "Bonjour ".repeat(12)).into_bytes());
    assert_eq!(message.leaves(), core::slice::from_ref(&message));
}

#[test]
fn no_value_can_add_a_field() {
    let message = Draft::new(1).field("Subject", "x\r\nBcc: everyone@example.net\r\n\r\nbody").build();
    assert!(message.field("bcc").is_none());
    assert_eq!(message.field("subject").expect("a field").unfolded(), "x  Bcc: everyone@example.net    body");
}

#[test]
fn the_header_ends_where_fields_end() {
    for (octets, names, body) in [
        ("A: 1\r\nB : 2\r\n 3\r\n\r\nbody\r\n", "A,B", "body\r\n"),
        ("A: 1\nB: 2\n\nbody", "A,B", "body"),
        ("A: 1\r\nnot a field\r\nB: 2\r\n\r\n", "A", "not a field\r\nB: 2\r\n\r\n"),
        (" begins with a blank\r\n\r\n", "", " begins with a blank\r\n\r\n"),
        ("\r\nbody", "", "body"),
        ("A: 1", "A", ""),
        (": none\r\n", "", ": none\r\n"),
        ("", "", ""),
    ] {
        let message = Message::read(octets.as_bytes().to_vec());
        let found: Vec<_> = message.fields().map(|f| String::from_utf8_lossy(f.name()).into_owned()).collect();
        assert_eq!((found.join(",").as_str(), message.body()), (names, body.as_bytes()), "{octets:?}");
    }
}

#[test]
fn addresses_are_found_in_what_people_write() {
    for (value, found) in [
        ("a@b.example", "a@b.example"),
        ("\"Doe, Jane <x@y.example>\" <jane@B.Example.>", "jane@b.example"),
        ("a@b.example, C (a, comment (nested)) <c@d.example>", "a@b.example c@d.example"),
        ("friends: a@b.example, c@d.example;, e@f.example", "a@b.example c@d.example e@f.example"),
        ("<@relay.example:a@b.example>", "a@b.example"),
        ("\"odd@local\"@b.example", "\"odd@local\"@b.example"),
        ("nobody", ""),
        ("undisclosed-recipients:;", ""),
        ("\"never closed <a@b.example>", ""),
        ("<a@b.example", "a@b.example"),
        ("@b.example, a@", ""),
    ] {
        let list: Vec<_> = Address::list(value).iter().map(Address::to_string).collect();
        assert_eq!(list.join(" "), found, "{value}");
    }
}

#[test]
fn a_message_has_one_author_domain_or_none() {
    for (header, domain) in [
        ("From: a@b.example\r\n", Some("b.example")),
        ("From: a@b.example, c@B.example\r\n", Some("b.example")),
        ("From: a@b.example, c@d.example\r\n", None),
        ("From: a@b.example\r\nFrom: c@d.example\r\n", None),
        ("From: nobody\r\n", None),
        ("To: a@b.example\r\n", None),
    ] {
        assert_eq!(Message::read(header.as_bytes().to_vec()).author_domain().as_deref(), domain, "{header}");
    }
}

#[test]
fn parts_are_found_without_a_last_boundary() {
    let octets =
        b"Content-Type: multipart/mixed; charset=\"a;b\"; flag; Boundary=\"x\\\"y\"\r\n\r\npreamble\r\n--x\"y\r\n\r\none\r\n\
        --x\"yz\r\n--x\"y \r\nContent-Type: text/html\r\n\r\ntwo";
    let leaves = Message::read(octets.to_vec()).leaves();
    let bodies: Vec<_> = leaves.iter().map(|leaf| String::from_utf8_lossy(leaf.body()).into_owned()).collect();
    assert_eq!(bodies, ["one\r\n--x\"yz", "two"]);
}

#[test]
fn damaged_encodings_lose_only_what_is_damaged() {
    assert_eq!(coding::from_quoted_printable(b"a=3Db=\r\nc=zz =\n=C3=A0 \r\nend="), "a=bc=zz \u{e0}\r\nend".as_bytes());
    assert_eq!(coding::from_base64(b"SGVs\r\nbG8*h"), b"Hello!");
}

proptest! {
    #[test]
    fn bodies_come_back(text in "[ -~\u{e0}\u{4e2d}\t\n=.]{0,400}", html in "\\PC{0,100}", base64 in any::<bool>()) {
        let transfer = if base64 { Transfer::Base64 } else { Transfer::QuotedPrintable };
        let message = Draft::new(3).text(&text).html(&html).transfer(transfer).build();
        let leaves = message.leaves();
        prop_assert_eq!(leaves.len(), 2);
        prop_assert_eq!(leaves[0].decoded_body(), coding::with_crlf(&text).into_bytes());
        prop_assert_eq!(leaves[1].decoded_body(), coding::with_crlf(&html).into_bytes());
        let long = shown(&message).lines().map(str::len).max();
        prop_assert!(long <= Some(78), "{long:?}");
    }

    #[test]
    fn values_come_back(value in "[!-~]{1,12}( {1,2}[!-~]{1,30}){0,12}") {
        let message = Draft::new(3).field("X-Value", &value).build();
        prop_assert_eq!(message.field("x-value").expect("a field").unfolded(), value);
    }

    #[test]
    fn any_octets_are_a_message(octets in prop::collection::vec(prop::sample::select(b"a:\r\n -=\";bmutil/pr".to_vec()), 0..300)) {
        let message = Message::read(octets.clone());
        let total = message.fields().map(|f| f.octets().len()).sum::<usize>() + message.body().len();
        prop_assert!(octets.len() - total <= 2);
        for leaf in message.leaves() {
            leaf.decoded_body();
        }
        message.authors();
    }
}
