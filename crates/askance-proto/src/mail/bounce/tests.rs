//! Notifications written, read, judged.

use askance_record::Timestamp;
use proptest::prelude::*;

use super::{Bounce, BounceAction, BounceClass, BounceRecipient};
use crate::smtp::{Reply, Stage};

fn bounce() -> Bounce {
    Bounce {
        reporting_mta: "mta.crm-vendor.example".into(),
        arrival_date: Some("Mon, 03 Mar 2025 06:40:49 +0000".into()),
        recipients: vec![
            BounceRecipient {
                address: "gone@tradeschool.example".into(),
                action: BounceAction::Failed,
                status: (5, 1, 1),
                remote_mta: Some("mail.tradeschool.example".into()),
                diagnostic: Some("550 5.1.1 <gone@tradeschool.example>... User unknown".into()),
            },
            BounceRecipient {
                address: "late@tradeschool.example".into(),
                action: BounceAction::Delayed,
                status: (4, 4, 1),
                remote_mta: None,
                diagnostic: None,
            },
        ],
        original_header: b"Message-ID: <a.1@crm-vendor.example>\r\nSubject: hello\r\n".to_vec(),
    }
}

fn render(bounce: &Bounce) -> Vec<u8> {
    bounce.render("b-17@rp.crm-vendor.example", "4F1A", Timestamp::from_s(1_740_984_049))
}

#[test]
fn a_notification_as_it_is_written() {
    insta::assert_snapshot!(String::from_utf8(render(&bounce())).unwrap().replace('\r', ""), @r#"
    From: MAILER-DAEMON@mta.crm-vendor.example (Mail Delivery System)
    To: b-17@rp.crm-vendor.example
    Subject: Undelivered Mail Returned to Sender
    Date: Mon, 03 Mar 2025 06:40:49 +0000
    Message-ID: <4F1A@mta.crm-vendor.example>
    Auto-Submitted: auto-replied
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=delivery-status;
    	boundary="4F1A.1740984049/mta.crm-vendor.example"

    --4F1A.1740984049/mta.crm-vendor.example
    Content-Description: Notification
    Content-Type: text/plain; charset=us-ascii

    This is the mail system at host mta.crm-vendor.example.

    <gone@tradeschool.example>: 550 5.1.1 <gone@tradeschool.example>... User unknown
    <late@tradeschool.example>: no further explanation

    --4F1A.1740984049/mta.crm-vendor.example
    Content-Description: Delivery report
    Content-Type: message/delivery-status

    Reporting-MTA: dns; mta.crm-vendor.example
    Arrival-Date: Mon, 03 Mar 2025 06:40:49 +0000

    Final-Recipient: rfc822; gone@tradeschool.example
    Action: failed
    Status: 5.1.1
    Remote-MTA: dns; mail.tradeschool.example
    Diagnostic-Code: smtp; 550 5.1.1 <gone@tradeschool.example>... User unknown

    Final-Recipient: rfc822; late@tradeschool.example
    Action: delayed
    Status: 4.4.1

    --4F1A.1740984049/mta.crm-vendor.example
    Content-Description: Undelivered Message Headers
    Content-Type: text/rfc822-headers

    Message-ID: <a.1@crm-vendor.example>
    Subject: hello

    --4F1A.1740984049/mta.crm-vendor.example--
    "#);
}

/// Reads a report as other programs write them; gives what is understood.
fn check(message: &str) -> String {
    let Some(bounce) = Bounce::parse(message.as_bytes()) else { return "none".into() };
    let mut out = format!("{} {:?}\n", bounce.reporting_mta, String::from_utf8_lossy(&bounce.original_header));
    for r in bounce.recipients {
        let class = BounceClass::of_status(r.status);
        out.push_str(&format!("{} {:?} {:?} {:?} {class:?}\n", r.address, r.action, r.status, r.diagnostic));
    }
    out
}

#[test]
fn reports_of_others_are_read() {
    let exim = "Content-Type: multipart/report; report-type=delivery-status; boundary=abc\n\
        Subject: Mail delivery failed\n\nignored\n--abc\nContent-type: text/plain\n\nsorry\n--abc\n\
        Content-type: message/delivery-status\n\nReporting-MTA: dns; mx1.lakeside-clinic.example\n\n\
        Action: failed\nFinal-Recipient: rfc822;a@b.example\nStatus: 5.0.0 (no idea)\nDiagnostic-Code: smtp; 550 gone,\n\
        \x20 really\n\n\nFinal-Recipient: rfc822;<c@b.example>\nAction: FAILED\nStatus: 5.2.1\n\n--abc\nContent-type: message/rfc822\n\n\
        Message-ID: <x>\n\nbody\n--abc--\n";
    insta::assert_snapshot!(check(exim), @r#"
    mx1.lakeside-clinic.example "Message-ID: <x>\n"
    a@b.example Failed (5, 0, 0) Some("550 gone,  really") Soft
    c@b.example Failed (5, 2, 1) None Hard
    "#);
}

#[test]
fn what_is_no_report() {
    let wrap = |status: &str| {
        format!(
            "Content-Type: multipart/report; boundary=\"b\"\n\n--b\nContent-Type: message/delivery-status\n\n{status}\n--b--\n"
        )
    };
    let group = "Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; a@b\nAction: failed\nStatus: 5.1.1\n";
    assert_ne!(check(&wrap(group)), "none");
    for (what, message) in [
        ("empty", String::new()),
        ("other type", wrap(group).replace("multipart/report", "multipart/mixed")),
        ("no boundary", wrap(group).replace("boundary", "border")),
        ("class", wrap(&group.replace("5.1.1", "3.1.1"))),
        ("short status", wrap(&group.replace("5.1.1", "5.1"))),
        ("action", wrap(&group.replace("failed", "eaten"))),
        ("nobody", wrap(&group.replace("Final-Recipient", "X-Recipient"))),
        ("no group", wrap("Reporting-MTA: dns; a\n")),
    ] {
        assert_eq!(check(&message), "none", "{what}");
    }
}

#[test]
fn only_what_speaks_of_the_address_is_hard() {
    use BounceClass::{Hard, Soft};
    for (stage, reply, want) in [
        (Stage::Rcpt, Reply::enhanced(550, (5, 1, 1), "unknown"), Hard),
        (Stage::Rcpt, Reply::new(550, "unknown"), Hard),
        (Stage::Rcpt, Reply::enhanced(550, (5, 7, 1), "relay denied"), Soft),
        (Stage::Rcpt, Reply::enhanced(552, (5, 2, 2), "full"), Soft),
        (Stage::Rcpt, Reply::enhanced(450, (4, 1, 1), "greylisted"), Soft),
        (Stage::Mail, Reply::new(550, "go away"), Soft),
        (Stage::Banner, Reply::new(554, "go away"), Soft),
        (Stage::Content, Reply::enhanced(550, (5, 2, 1), "disabled"), Hard),
    ] {
        assert_eq!(BounceClass::of_reply(stage, &reply), want, "{stage}: {reply}");
    }
}

#[test]
fn a_flood_of_recipients_is_bounded() {
    let mut message = "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a\n".to_owned();
    for n in 0..5000 {
        message.push_str(&format!("\nFinal-Recipient: rfc822; {n}@b\nAction: failed\nStatus: 5.1.1\n"));
    }
    assert_eq!(Bounce::parse(message.as_bytes()).unwrap().recipients.len(), 256);
}

proptest! {
    #[test]
    fn a_notification_is_read_as_it_was_written(
        address in "[a-z]{1,9}@[a-z]{1,9}", class in prop::sample::select(vec![2u8, 4, 5]), subject in 0u16..1000, detail in 0u16..1000,
        action in 0usize..5, said in prop::option::of("[!-~]([ -~]{0,60}[!-~])?"), header in "[A-Z][a-z]{0,8}: [!-~]{1,20}\r\n",
    ) {
        let one = BounceRecipient { address, action: BounceAction::ALL[action], status: (class, subject, detail), remote_mta: None, diagnostic: said };
        let bounce = Bounce { recipients: vec![one], original_header: header.into_bytes(), ..bounce() };
        prop_assert_eq!(Bounce::parse(&render(&bounce)), Some(bounce));
    }

    #[test]
    fn nothing_panics(cuts in prop::collection::vec((0usize..2000, any::<u8>()), 0..20), len in 0usize..2000) {
        let mut octets = render(&bounce());
        for (at, b) in cuts {
            if let Some(octet) = octets.get_mut(at) {
                *octet = b;
            }
        }
        Bounce::parse(octets.get(..len).unwrap_or(&octets));
    }
}
