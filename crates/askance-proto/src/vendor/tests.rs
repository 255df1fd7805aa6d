//! What a vendor sends, logs, asks and forgets.

mod world;

use core::net::SocketAddr;

use askance_record::Timestamp;
use proptest::prelude::*;

use super::words::delay;
use super::{Campaign, Occasions, SubscriberList, Tenant, TenantKey, Vendor, VendorConfig, VendorError, VendorNames};
use crate::dns::{Data, Record, StubConfig};
use crate::mail::{Bounce, BounceAction, BounceRecipient, Dkim, DkimResult, Message, RetrySchedule};
use crate::smtp::{ListenerConfig, Reply};
use crate::{Cause, Inquiry as _, Question, Step, StreamId};
use world::{Exchange, Happens, World, at, ip, name};

fn tenant(addresses: &[&str]) -> Tenant {
    Tenant {
        id: "hotel-brand".into(),
        name: name("mail1.hotel-brand-email.example"),
        paired: Some(name("hotel-brand1.contact-client.example")),
        domain: name("hotel-brand-email.example"),
        return_path_domain: name("rp.hotel-brand-email.example"),
        helo: name("lvpmta14.crm-vendor.example"),
        address: ip("198.51.100.25"),
        dkim: None,
        lists: vec![SubscriberList {
            id: "guests".into(),
            addresses: addresses.iter().map(|&address| address.into()).collect(),
        }],
        campaigns: vec![Campaign {
            id: "spring".into(),
            list: "guests".into(),
            audience: None,
            occasions: Occasions::At(vec![at(3600)]),
            sender: "news".into(),
            subject: "Spring offers".into(),
            bulk: true,
            per_domain_per_minute: 0,
            cause: None,
        }],
        from: at(0),
        until: None,
    }
}

fn config(tenants: Vec<Tenant>) -> VendorConfig {
    VendorConfig {
        hostname: name("mta.crm-vendor.example"),
        stub: StubConfig::new(ip("198.51.100.2"), "198.51.100.53:53".parse().unwrap()),
        tenants,
        retry: RetrySchedule::Postfix,
        queue_clock: super::QueueClock::default(),
        seed: 7,
        cause: Some(Cause(1)),
        bounce_listen: Some("198.51.100.3:25".parse().unwrap()),
        starttls: true,
        recipients_per_message_max: 1,
        listeners: vec![],
    }
}

fn likes(_: Timestamp, _: &str) -> Reply {
    Reply::enhanced(250, (2, 1, 5), "Ok")
}

#[test]
fn a_message_goes_out_as_postfix_would_log_it() {
    let world = World::new(config(vec![tenant(&["office@tradeschool.example"])]))
        .exchange("192.0.2.40", Exchange::Takes(likes));
    let world = world.run(at(7200));
    insta::assert_snapshot!(world.log.join("\n"), @r"
    3600 postfix/pickup: 02D182A5: uid=33 from=<b-office=tradeschool.example@rp.hotel-brand-email.example>
    3600 postfix/cleanup: 02D182A5: message-id=<0e3b881865753804.3c66d1ce@hotel-brand-email.example>
    3600 postfix/qmgr: 02D182A5: from=<b-office=tradeschool.example@rp.hotel-brand-email.example>, size=951, nrcpt=1 (queue active)
    3600 postfix/smtp: 02D182A5: to=<office@tradeschool.example>, relay=mail.tradeschool.example[192.0.2.40]:25, delay=0.13, delays=0/0/0.05/0.08, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 251C2B27)
    3600 postfix/qmgr: 02D182A5: removed
    ");
    assert_eq!(
        world.asked,
        [
            ("MX tradeschool.example".to_owned(), Some(Cause(1))),
            ("A mail.tradeschool.example".to_owned(), Some(Cause(1))),
        ]
    );
    insta::assert_snapshot!(String::from_utf8_lossy(&world.messages[0]).replace('\r', ""), @r#"
    Date: Mon, 03 Mar 2025 01:00:00 +0000
    From: news@hotel-brand-email.example
    To: office@tradeschool.example
    Subject: Spring offers
    Message-ID: <0e3b881865753804.3c66d1ce@hotel-brand-email.example>
    List-Unsubscribe: <https://click.hotel-brand-email.example/u/dd49c106c3781221>,
     <mailto:u-office=tradeschool.example@rp.hotel-brand-email.example>
    List-Unsubscribe-Post: List-Unsubscribe=One-Click
    MIME-Version: 1.0
    Content-Type: multipart/alternative; boundary="=_d4930145315aa677"

    --=_d4930145315aa677
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: quoted-printable

    Spring offers

    Read on: https://click.hotel-brand-email.example/555529431335

    --=_d4930145315aa677
    Content-Type: text/html; charset=utf-8
    Content-Transfer-Encoding: quoted-printable

    <html><body><p>Spring offers</p><p><a href=3D"https://click.hotel-brand-ema=
    il.example/555529431335">Read on</a></p></body></html>

    --=_d4930145315aa677--
    "#);
    assert_eq!(Message::read(world.messages[0].clone()).leaves().len(), 2);
}

#[test]
fn nobody_there_in_many_ways() {
    let to = [
        "x@no-mail.example",
        "x@absent.example",
        "x@broken.example",
        "x@ghost.example",
        "x@farm-coop.example",
        "x@tradeschool.example",
        "x@northbank.example",
    ];
    let world = World::new(config(vec![tenant(&to)]))
        .exchange("192.0.2.90", Exchange::Refuses)
        .exchange("192.0.2.40", Exchange::Mute)
        .exchange("192.0.2.10", Exchange::Greets(|| Reply::new(554, "no service")))
        .exchange("192.0.2.11", Exchange::Absent);
    let world = world.run(at(3600 + 310));
    insta::assert_snapshot!(world.logged("status="), @r"
    3600 postfix/smtp: 02D182A5: to=<x@no-mail.example>, relay=none, delay=0, delays=0/0/0/0, dsn=5.1.0, status=bounced (Domain no-mail.example does not accept mail (nullMX))
    3600 postfix/smtp: 0BEFA2A6: to=<x@absent.example>, relay=none, delay=0, delays=0/0/0/0, dsn=5.4.4, status=bounced (Host or domain name not found. Name service error for name=absent.example type=MX: Host not found)
    3600 postfix/smtp: 0DEFA2A7: to=<x@broken.example>, relay=none, delay=0.01, delays=0/0/0.01/0, dsn=4.4.3, status=deferred (Host or domain name not found. Name service error for name=broken.example type=MX: Host not found, try again)
    3600 postfix/smtp: 1467F2A8: to=<x@ghost.example>, relay=none, delay=0.01, delays=0/0/0.01/0, dsn=5.4.4, status=bounced (Host or domain name not found. Name service error for name=mx.ghost.example type=A: Host not found)
    3600 postfix/smtp: 1E2352A9: to=<x@farm-coop.example>, relay=none, delay=0.03, delays=0/0/0.03/0, dsn=4.4.1, status=deferred (connect to farm-coop.example[192.0.2.90]:25: Connection refused)
    3630 postfix/smtp: 280452AB: to=<x@northbank.example>, relay=none, delay=30, delays=0/0/30/0, dsn=4.4.1, status=deferred (connect to mx2.northbank.example[192.0.2.11]:25: Connection timed out)
    3900 postfix/smtp: 0DEFA2A7: to=<x@broken.example>, relay=none, delay=299, delays=299/0/0.01/0, dsn=4.4.3, status=deferred (Host or domain name not found. Name service error for name=broken.example type=MX: Host not found, try again)
    3900 postfix/smtp: 1E2352A9: to=<x@farm-coop.example>, relay=none, delay=299, delays=299/0/0.03/0, dsn=4.4.1, status=deferred (connect to farm-coop.example[192.0.2.90]:25: Connection refused)
    3900 postfix/smtp: 270912AA: to=<x@tradeschool.example>, relay=mail.tradeschool.example[192.0.2.40]:25, delay=300, delays=0/0/300/0, dsn=4.4.2, status=deferred (conversation with mail.tradeschool.example[192.0.2.40] timed out while receiving the initial server greeting)
    ");
    insta::assert_snapshot!(world.logged("suppression"), @r"
    3600 suppression: tenant=hotel-brand address=x@no-mail.example reason=hard bounce 5.1.0
    3600 suppression: tenant=hotel-brand address=x@absent.example reason=hard bounce 5.4.4
    3600 suppression: tenant=hotel-brand address=x@ghost.example reason=hard bounce 5.4.4
    ");
}

#[test]
fn another_exchange_takes_what_the_first_puts_off() {
    let world = World::new(config(vec![tenant(&["office@northbank.example"])]))
        .exchange("192.0.2.10", Exchange::Takes(|_, _| Reply::enhanced(451, (4, 3, 0), "later")))
        .exchange("192.0.2.11", Exchange::Takes(likes));
    insta::assert_snapshot!(world.run(at(7200)).logged("status="), @"   3600 postfix/smtp: 02D182A5: to=<office@northbank.example>, relay=mx2.northbank.example[192.0.2.11]:25, delay=0.21, delays=0/0/0.13/0.08, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 251C2B27)");
}

#[test]
fn tls_is_used_where_it_is_offered() {
    let run = |starttls| {
        let config = VendorConfig { starttls, ..config(vec![tenant(&["office@tradeschool.example"])]) };
        let world = World::new(config).exchange("192.0.2.40", Exchange::Secures).run(at(7200));
        (world.logged("STARTTLS").lines().count(), world.messages.len())
    };
    assert_eq!(run(true), (1, 1));
    assert_eq!(run(false), (0, 1));
}

/// When a line was logged: seconds into the run.
fn seconds(line: &str) -> i64 {
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// Attempts of a message that is put off until the given hour: minutes after the first.
fn gaps(retry: RetrySchedule, hours: i64) -> (String, usize) {
    let config = VendorConfig { retry, ..config(vec![tenant(&["x@tradeschool.example"])]) };
    let world = World::new(config).exchange(
        "192.0.2.40",
        Exchange::Takes(|_, _| Reply::enhanced(450, (4, 7, 25), "Client host rejected: cannot find your hostname")),
    );
    let world = world.run(at(3600).plus_us(hours * 3_600_000_000));
    let attempts = world.log.iter().filter(|l| l.contains("queue active"));
    let minutes: Vec<String> = attempts.map(|l| ((seconds(l) - 3600) / 60).to_string()).collect();
    (minutes.join(" "), world.asked.len())
}

#[test]
fn what_is_put_off_comes_back_by_the_clock_of_the_program() {
    assert_eq!(gaps(RetrySchedule::Postfix, 6), ("0 5 10 20 40 80 150 220 290 360".into(), 19));
    assert_eq!(gaps(RetrySchedule::Haraka, 3), ("0 1 3 7 16 33 67 135".into(), 16));
}

#[test]
fn exim_looks_at_every_queue_run() {
    let (attempts, lookups) = gaps(RetrySchedule::Exim, 12);
    assert_eq!(attempts, "0 30 60 90 120 180 270 420 630");
    // 9 attempts and 15 looks of two lookups each, and the first lookup of the look at the end.
    assert_eq!(lookups, 49);
}

#[test]
fn a_message_too_old_goes_back() {
    let world = World::new(config(vec![tenant(&["x@farm-coop.example"])])).exchange("192.0.2.90", Exchange::Refuses);
    let world = world.run(at(3600 + 6 * 86_400));
    assert_eq!(world.log.iter().filter(|l| l.contains("status=deferred")).count(), 108);
    insta::assert_snapshot!(world.log[world.log.len() - 3..].join("\n"), @r"
    436800 postfix/qmgr: 02D182A5: from=<b-x=farm-coop.example@rp.hotel-brand-email.example>, status=expired, returned to sender
    436800 postfix/bounce: 02D182A5: sender non-delivery notification: 075302A8
    436800 postfix/qmgr: 02D182A5: removed
    ");
}

#[test]
fn a_dead_address_is_never_written_to_again() {
    let mut tenant = tenant(&["gone@tradeschool.example", "office@tradeschool.example"]);
    tenant.campaigns[0].occasions = Occasions::Every { first: at(3600), every_s: 3600 };
    tenant.until = Some(at(3 * 3600));
    let world = World::new(config(vec![tenant])).exchange(
        "192.0.2.40",
        Exchange::Takes(|now, to| {
            if to.starts_with("gone") { Reply::enhanced(550, (5, 1, 1), "unknown") } else { likes(now, to) }
        }),
    );
    let world = world.run(at(86_400));
    insta::assert_snapshot!(format!("{}\n{}", world.logged("status="), world.logged("suppression")), @r"
    3600 postfix/smtp: 02D182A5: to=<gone@tradeschool.example>, relay=mail.tradeschool.example[192.0.2.40]:25, delay=0.09, delays=0/0/0.05/0.04, dsn=5.1.1, status=bounced (host mail.tradeschool.example[192.0.2.40] said: 550 5.1.1 unknown (in reply to RCPT TO command))
    3600 postfix/smtp: 18CA82A6: to=<office@tradeschool.example>, relay=mail.tradeschool.example[192.0.2.40]:25, delay=0.13, delays=0/0/0.05/0.08, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 251C2B27)
    7200 postfix/smtp: 12A122A8: to=<office@tradeschool.example>, relay=mail.tradeschool.example[192.0.2.40]:25, delay=0.13, delays=0/0/0.05/0.08, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 251C2B27)
    3600 suppression: tenant=hotel-brand address=gone@tradeschool.example reason=hard bounce 5.1.1
    ");
}

#[test]
fn a_report_that_comes_back_stops_the_next_mailing() {
    let mut tenant = tenant(&["gone@tradeschool.example", "office@tradeschool.example", "tired@tradeschool.example"]);
    tenant.campaigns[0].occasions = Occasions::At(vec![at(3600), at(7200)]);
    let mut world = World::new(config(vec![tenant])).exchange("192.0.2.40", Exchange::Takes(likes));
    let bounce = Bounce {
        reporting_mta: "mail.tradeschool.example".into(),
        arrival_date: None,
        recipients: vec![BounceRecipient {
            address: "forwarded@elsewhere.example".into(),
            action: BounceAction::Failed,
            status: (5, 1, 1),
            remote_mta: None,
            diagnostic: None,
        }],
        original_header: vec![],
    };
    let report = bounce.render("b-gone=tradeschool.example@rp.hotel-brand-email.example", "9F3A", at(4000));
    let mut dialogue = b"EHLO mail.tradeschool.example\r\nMAIL FROM:<>\r\nRCPT TO:<x@elsewhere.example>\r\n\
        RCPT TO:<b-gone=tradeschool.example@RP.hotel-brand-email.example>\r\nDATA\r\n"
        .to_vec();
    dialogue.extend(report);
    dialogue.extend(b".\r\nMAIL FROM:<tired@tradeschool.example>\r\nRCPT TO:<u-tired=tradeschool.example@rp.hotel-brand-email.example>\r\nDATA\r\nenough\r\n.\r\nQUIT\r\n");
    let id = StreamId::accepted(0);
    world.plan(at(4000), Happens::Accepted(id, "192.0.2.40:4000".parse().unwrap(), "198.51.100.3:25".parse().unwrap()));
    world.plan(at(4001), Happens::Octets(id, dialogue));
    let world = world.run(at(86_400));
    insta::assert_snapshot!(format!("{}\n{}\n{}", world.logged("->"), world.logged("suppression"), world.logged("status=")), @r"
            -> 220 mta.crm-vendor.example ESMTP Postfix
            -> 250-mta.crm-vendor.example
    250-PIPELINING
    250-SIZE 10240000
    250-ENHANCEDSTATUSCODES
    250 8BITMIME
            -> 250 2.1.0 Ok
            -> 554 5.7.1 <x@elsewhere.example>: Relay access denied
            -> 250 2.1.5 Ok
            -> 354 End data with <CR><LF>.<CR><LF>
            -> 250 2.0.0 Ok: queued as 000002A5
            -> 250 2.1.0 Ok
            -> 250 2.1.5 Ok
            -> 354 End data with <CR><LF>.<CR><LF>
            -> 250 2.0.0 Ok: queued as 000002A6
            -> 221 2.0.0 Bye
       4001 suppression: tenant=hotel-brand address=gone@tradeschool.example reason=reported 5.1.1
       4001 suppression: tenant=hotel-brand address=tired@tradeschool.example reason=unsubscribed
       3600 postfix/smtp: 02D182A5: to=<gone@tradeschool.example>, relay=mail.tradeschool.example[192.0.2.40]:25, delay=0.13, delays=0/0/0.05/0.08, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 251C2B27)
       3600 postfix/smtp: 228E82A6: to=<office@tradeschool.example>, relay=mail.tradeschool.example[192.0.2.40]:25, delay=0.13, delays=0/0/0.05/0.08, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 251C2B27)
       3600 postfix/smtp: 424B82A7: to=<tired@tradeschool.example>, relay=mail.tradeschool.example[192.0.2.40]:25, delay=0.13, delays=0/0/0.05/0.08, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 251C2B27)
       7200 postfix/smtp: 03A3E2A9: to=<office@tradeschool.example>, relay=mail.tradeschool.example[192.0.2.40]:25, delay=0.13, delays=0/0/0.05/0.08, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 251C2B27)
    ");
}

#[test]
fn the_throttle_spaces_a_domain_and_recipients_share_a_message() {
    let to: Vec<String> =
        (0..5).map(|n| format!("g{n}@tradeschool.example")).chain(["x@farm-coop.example".into()]).collect();
    let mut tenant = tenant(&to.iter().map(String::as_str).collect::<Vec<_>>());
    tenant.campaigns[0].per_domain_per_minute = 4;
    let config = VendorConfig { recipients_per_message_max: 2, ..config(vec![tenant]) };
    let world = World::new(config)
        .exchange("192.0.2.40", Exchange::Takes(likes))
        .exchange("192.0.2.90", Exchange::Takes(likes));
    insta::assert_snapshot!(world.run(at(7200)).logged("queue active"), @r"
    3600 postfix/qmgr: 02D182A5: from=<news@rp.hotel-brand-email.example>, size=947, nrcpt=2 (queue active)
    3600 postfix/qmgr: 1467F2A8: from=<b-x=farm-coop.example@rp.hotel-brand-email.example>, size=937, nrcpt=1 (queue active)
    3630 postfix/qmgr: 02D182A6: from=<news@rp.hotel-brand-email.example>, size=947, nrcpt=2 (queue active)
    3660 postfix/qmgr: 02D182A7: from=<b-g4=tradeschool.example@rp.hotel-brand-email.example>, size=943, nrcpt=1 (queue active)
    ");
}

#[test]
fn an_application_sends_now_and_then_from_the_same_address() {
    let mut meetings = tenant(&["a@tradeschool.example", "b@tradeschool.example", "c@tradeschool.example"]);
    meetings.id = "meetings".into();
    let campaign = &mut meetings.campaigns[0];
    campaign.occasions = Occasions::Random { mean_s: 3600, hours: Some(9..17), weekdays_only: true };
    campaign.audience = Some(1);
    campaign.bulk = false;
    campaign.sender = "meeting".into();
    campaign.cause = Some(Cause(9));
    let world = World::new(config(vec![meetings])).exchange("192.0.2.40", Exchange::Takes(likes));
    let world = world.run(at(14 * 86_400));
    let sent: Vec<&String> = world.log.iter().filter(|l| l.contains("status=sent")).collect();
    assert!((60..100).contains(&sent.len()), "{}", sent.len());
    for line in sent {
        let seconds = seconds(line);
        assert!(seconds / 86_400 % 7 < 5, "a weekend: {line}");
        assert!((9..17).contains(&(seconds % 86_400 / 3600)), "no working hour: {line}");
    }
    assert!(world.asked.iter().all(|(_, cause)| *cause == Some(Cause(9))));
    assert!(world.logged("from=<meeting@rp.hotel-brand-email.example>").contains("nrcpt=1"));
}

#[test]
fn the_sending_host_answers_and_takes_no_mail() {
    let listener = ListenerConfig {
        addresses: vec![ip("198.51.100.25")],
        hostname: "lvpmta14.example".into(),
        ..ListenerConfig::default()
    };
    let mut world = World::new(VendorConfig { listeners: vec![listener], ..config(vec![tenant(&[])]) });
    let id = StreamId::accepted(0);
    world.plan(at(60), Happens::Accepted(id, "192.0.2.7:4000".parse().unwrap(), "198.51.100.25:25".parse().unwrap()));
    world.plan(at(61), Happens::Octets(id, b"EHLO probe.example\r\nQUIT\r\n".to_vec()));
    insta::assert_snapshot!(world.run(at(120)).log.join("\n"), @r"
    60 postfix/smtpd: connect from unknown[192.0.2.7]
    60 postfix/smtpd: NOQUEUE: reject: CONNECT from unknown[192.0.2.7]: 521 lvpmta14.example does not accept mail from you (192.0.2.7); proto=SMTP
       -> 521 lvpmta14.example does not accept mail from you (192.0.2.7)
       -> 521 lvpmta14.example does not accept mail from you (192.0.2.7)
       -> 221 2.0.0 Bye
    61 postfix/smtpd: disconnect from unknown[192.0.2.7]
    ");
}

#[test]
fn the_records_of_a_tenant() {
    let vendor = VendorNames::below(&name("crm-vendor.example"), name("mx.crm-vendor.example"));
    let mut tenant = tenant(&[]);
    tenant.dkim = Some(TenantKey { selector: "s1".into(), seed: 7 });
    insta::assert_snapshot!(show(&tenant.zone_records(&vendor, 3600)), @r"
    mail1.hotel-brand-email.example A 198.51.100.25
    hotel-brand1.contact-client.example A 198.51.100.25
    lvpmta14.crm-vendor.example A 198.51.100.25
    rp.hotel-brand-email.example CNAME rp.crm-vendor.example
    hotel-brand-email.example TXT v=spf1 include:spf.crm-vendor.example ~all
    s1._domainkey.hotel-brand-email.example TXT v=DKIM1; k=ed25519; p=CsPst/oZICWIsSXmueO6AGCFsumjmIWhv6vKvg7cdmE=
    click.hotel-brand-email.example CNAME click.crm-vendor.example
    25.100.51.198.in-addr.arpa PTR mail1.hotel-brand-email.example
    ");
    let own = vendor.zone_records("198.51.100.3:25".parse().unwrap(), &[tenant.address, tenant.address], 3600);
    insta::assert_snapshot!(show(&own), @r"
    mx.crm-vendor.example A 198.51.100.3
    rp.crm-vendor.example MX 10 mx.crm-vendor.example
    rp.crm-vendor.example TXT v=spf1 ip4:198.51.100.25 ~all
    spf.crm-vendor.example TXT v=spf1 ip4:198.51.100.25 ~all
    click.crm-vendor.example A 198.51.100.3
    3.100.51.198.in-addr.arpa PTR mx.crm-vendor.example
    ");
    tenant.return_path_domain = tenant.domain.clone();
    let records = tenant.zone_records(&vendor, 3600);
    let at_domain = |r: &&Record| r.owner == tenant.domain;
    insta::assert_snapshot!(show(&records.iter().filter(at_domain).cloned().collect::<Vec<_>>()), @r"
    hotel-brand-email.example MX 10 mx.crm-vendor.example
    hotel-brand-email.example TXT v=spf1 include:spf.crm-vendor.example ~all
    ");
}

fn show(records: &[Record]) -> String {
    let line = |r: &Record| {
        let data = match &r.data {
            Data::A(ip) => ip.to_string(),
            Data::Cname(name) | Data::Ptr(name) => name.to_string(),
            Data::Mx { preference, exchange } => format!("{preference} {exchange}"),
            Data::Txt(strings) => String::from_utf8(strings.concat()).unwrap(),
            other => panic!("{other:?}"),
        };
        format!("{} {} {data}", r.owner, r.data.rtype())
    };
    records.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_signed_message_is_what_the_tenant_signed() {
    let mut tenant = tenant(&["office@tradeschool.example"]);
    tenant.dkim = Some(TenantKey { selector: "s1".into(), seed: 7 });
    let records =
        tenant.zone_records(&VendorNames::below(&name("crm-vendor.example"), name("mx.crm-vendor.example")), 60);
    let world = World::new(config(vec![tenant])).exchange("192.0.2.40", Exchange::Takes(likes)).run(at(7200));
    let mut check = Dkim::new(&Message::read(world.messages[0].clone()), 1_740_967_200);
    let mut replies = vec![];
    let verdict = loop {
        match check.step(&replies) {
            Step::Ask(questions) => {
                let reply = |question: Question| {
                    let found = records.iter().filter(|r| r.owner == question.qname).cloned().collect();
                    crate::Reply { question, outcome: crate::Outcome::Answered, records: found }
                };
                replies = questions.into_iter().map(reply).collect();
            }
            Step::Done(verdict) => break verdict,
        }
    };
    assert_eq!(verdict.signatures[0].result, DkimResult::Pass);
}

proptest! {
    #[test]
    fn strangers_cannot_make_it_panic(octets in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'2'), Just(b'5'), Just(b'0'), Just(b' '), Just(b'\r'), Just(b'\n')], 0..200), port in 49152u16..49160) {
        let mut world = World::new(config(vec![tenant(&["office@tradeschool.example"])])).exchange("192.0.2.40", Exchange::Mute);
        world.plan(at(3601), Happens::Octets(StreamId::opened(0), octets.clone()));
        world.plan(at(3602), Happens::Closed(StreamId::opened(0)));
        let from = "192.0.2.7:4000".parse().unwrap();
        world.plan(at(3603), Happens::Accepted(StreamId::accepted(0), from, "198.51.100.3:25".parse().unwrap()));
        world.plan(at(3604), Happens::Octets(StreamId::accepted(0), octets.clone()));
        let to = SocketAddr::new(ip("198.51.100.2"), port);
        world.plan(at(3605), Happens::Datagram { from, to, octets });
        let world = world.run(at(4500));
        prop_assert!(!world.logged("postfix/smtp:").is_empty());
    }
}

#[test]
fn a_node_has_all_addresses() {
    let node = Vendor::node("vendor", config(vec![tenant(&[])])).unwrap();
    assert_eq!(node.addresses, [ip("198.51.100.2"), ip("198.51.100.3"), ip("198.51.100.25")]);
    assert_eq!(node.listens_tcp, ["198.51.100.3:25".parse().unwrap()]);
}

#[test]
fn contradictions_are_told() {
    let mut lost = tenant(&[]);
    lost.campaigns[0].list = "nobody".into();
    let error = Vendor::new(config(vec![lost])).unwrap_err();
    assert_eq!(error.to_string(), "campaign spring of tenant hotel-brand goes to an unknown list, nobody");
    for address in ["guest", "@b.example", "a@", "a@b..example"] {
        let error = Vendor::new(config(vec![tenant(&[address])])).unwrap_err();
        assert_eq!(error, VendorError::Address { tenant: "hotel-brand".into(), address: address.into() });
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |seed| {
        let mut tenant = tenant(&["a@northbank.example", "b@tradeschool.example"]);
        tenant.campaigns[0].occasions = Occasions::Random { mean_s: 600, hours: None, weekdays_only: false };
        let world =
            World::new(VendorConfig { seed, ..config(vec![tenant]) }).exchange("192.0.2.10", Exchange::Takes(likes));
        world.run(at(20_000)).log
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn delays_are_written_as_postfix_writes_them() {
    for (us, want) in [
        (0, "0"),
        (9_999, "0"),
        (51_000, "0.05"),
        (100_000, "0.1"),
        (515_000, "0.51"),
        (1_449_999, "1.4"),
        (10_400_000, "10"),
        (4_210_000_000, "4210"),
        (-5, "0"),
    ] {
        assert_eq!(delay(us), want, "{us}");
    }
}
