//! Dialogues of receivers with clients of all kinds.

use askance_proto::StreamId;
use askance_proto::receiver::{Profile, Users};
use askance_proto::smtp::ClientConfig;
use askance_record::Name;
use insta::assert_snapshot;

use crate::setting::{CLIENT, OWN, ZONE, all, asked, config, ip, lines, message, one, refusals, run, run_us};
use crate::world::World;

#[test]
fn postfix_takes_a_message() {
    assert_snapshot!(one(config(Profile::Postfix), message(), ZONE), @"
    PTR 25.100.51.198.in-addr.arpa
    A mail1.hotel-brand.example
    ---
    220 mx1.northbank.example ESMTP Postfix (Debian/GNU)
    250-mx1.northbank.example
    250-PIPELINING
    250-SIZE 10240000
    250-VRFY
    250-ENHANCEDSTATUSCODES
    250 8BITMIME
    250 2.1.0 Ok
    250 2.1.5 Ok
    354 End data with <CR><LF>.<CR><LF>
    250 2.0.0 Ok: queued as 059D82C1
    221 2.0.0 Bye
    ---
    postfix/smtpd: connect from mail1.hotel-brand.example[198.51.100.25]
    postfix/smtpd: 059D82C1: client=mail1.hotel-brand.example[198.51.100.25]
    postfix/cleanup: 059D82C1: message-id=<1@x.example>
    postfix/qmgr: 059D82C1: from=<meeting@invites-app.example>, size=72, nrcpt=1 (queue active)
    postfix/local: 059D82C1: to=<office@northbank.example>, relay=local, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (delivered to mailbox)
    postfix/qmgr: 059D82C1: removed
    postfix/smtpd: disconnect from mail1.hotel-brand.example[198.51.100.25] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5
    ");
}

#[test]
fn exim_takes_a_message() {
    assert_snapshot!(one(config(Profile::Exim), message(), ZONE), @r#"
    PTR 25.100.51.198.in-addr.arpa
    AAAA mail1.hotel-brand.example
    A mail1.hotel-brand.example
    MX invites-app.example
    AAAA incoming.crm-vendor.example
    A incoming.crm-vendor.example
    ---
    220 mx1.northbank.example ESMTP Exim 4.96 Sun, 02 Mar 2025 07:20:00 +0000
    250-mx1.northbank.example Hello mail1.hotel-brand.example [198.51.100.25]
    250-SIZE 10240000
    250-8BITMIME
    250 PIPELINING
    250 OK
    250 Accepted
    354 Enter message, ending with "." on a line by itself
    250 OK id=1todcG-0000BN-26
    221 mx1.northbank.example closing connection
    ---
    exim: 1todcG-0000BN-26 <= meeting@invites-app.example H=mail1.hotel-brand.example (out1.invites-app.example) [198.51.100.25] P=esmtp S=72 id=1@x.example
    exim: 1todcG-0000BN-26 => office <office@northbank.example> R=local_user T=mail_spool
    exim: 1todcG-0000BN-26 Completed
    "#);
}

#[test]
fn opensmtpd_takes_a_message() {
    assert_snapshot!(one(config(Profile::OpenSmtpd), message(), ZONE), @r#"
    PTR 25.100.51.198.in-addr.arpa
    A mail1.hotel-brand.example
    ---
    220 mx1.northbank.example ESMTP OpenSMTPD
    250-mx1.northbank.example Hello out1.invites-app.example [198.51.100.25], pleased to meet you
    250-8BITMIME
    250-ENHANCEDSTATUSCODES
    250 SIZE 10240000
    250 2.0.0 Ok
    250 2.1.5 Destination address valid: Recipient ok
    354 Enter mail, end with "." on a line by itself
    250 2.0.0 c308e237 Message accepted for delivery
    221 2.0.0 Bye
    ---
    smtpd: 59025e91599982f6 smtp connected address=198.51.100.25 host=mail1.hotel-brand.example
    smtpd: 59025e91599982f6 smtp message msgid=c308e237 size=72 nrcpt=1 proto=ESMTP
    smtpd: 59025e91599982f6 smtp envelope evpid=c308e2376ef968e0 from=<meeting@invites-app.example> to=<office@northbank.example>
    smtpd: 59025e91599982f6 mda delivery evpid=c308e2376ef968e0 from=<meeting@invites-app.example> to=<office@northbank.example> rcpt=<office@northbank.example> user=office delay=0s result=Ok stat=Delivered
    smtpd: 59025e91599982f6 smtp disconnected reason=quit
    "#);
}

#[test]
fn sendmail_takes_a_message() {
    assert_snapshot!(one(config(Profile::Sendmail), message(), ZONE), @r#"
    PTR 25.100.51.198.in-addr.arpa
    PTR 10.2.0.192.in-addr.arpa
    A mail1.hotel-brand.example
    AAAA invites-app.example
    A invites-app.example
    MX invites-app.example
    AAAA northbank.example
    A northbank.example
    MX northbank.example
    ---
    220 mx1.northbank.example ESMTP Sendmail 8.17.1.9/8.17.1.9/Debian-2; Sun, 02 Mar 2025 07:20:01 +0000; (No UCE/UBE) logging access from: mail1.hotel-brand.example(OK)-mail1.hotel-brand.example [198.51.100.25]
    250-mx1.northbank.example Hello mail1.hotel-brand.example [198.51.100.25], pleased to meet you
    250-ENHANCEDSTATUSCODES
    250-PIPELINING
    250-8BITMIME
    250 SIZE 10240000
    250 2.1.0 <meeting@invites-app.example>... Sender ok
    250 2.1.5 <office@northbank.example>... Recipient ok
    354 Enter mail, end with "." on a line by itself
    250 2.0.0 5227K1UJ000705 Message accepted for delivery
    221 2.0.0 mx1.northbank.example closing connection
    ---
    sm-mta: 5227K1UJ000705: from=<meeting@invites-app.example>, size=72, class=0, nrcpts=1, msgid=<1@x.example>, proto=ESMTP, daemon=MTA-v4, relay=mail1.hotel-brand.example [198.51.100.25]
    sm-mta: 5227K1UJ000705: to=<office@northbank.example>, delay=00:00:00, xdelay=00:00:00, mailer=local, pri=30072, dsn=2.0.0, stat=Sent
    "#);
}

#[test]
fn strangers_recipients_and_relaying() {
    let refused = |profile, to: &str| {
        let mut config = config(profile);
        config.users = Users::Known(vec!["office".into()]);
        let said = one(config, ClientConfig { recipients: vec![to.into()], ..message() }, ZONE);
        refusals(&said)
    };
    let mut text = String::new();
    for profile in [Profile::Postfix, Profile::Exim, Profile::OpenSmtpd, Profile::Sendmail] {
        text += &refused(profile, "nobody@northbank.example");
        text += &refused(profile, "office@elsewhere.example");
        assert_eq!(refused(profile, "Postmaster@NorthBank.example") + &refused(profile, "postmaster"), "");
    }
    assert_snapshot!(text, @"
    550 5.1.1 <nobody@northbank.example>: Recipient address rejected: User unknown in local recipient table
    454 4.7.1 <office@elsewhere.example>: Relay access denied
    550 Unrouteable address
    550 relay not permitted
    550 Invalid recipient: <nobody@northbank.example>
    550 Invalid recipient: <office@elsewhere.example>
    550 5.1.1 <nobody@northbank.example>... User unknown
    550 5.7.1 <office@elsewhere.example>... Relaying denied
    ");
}

#[test]
fn the_greeting_waits_for_the_resolver() {
    let zone = ZONE.replace("PTR mail1.hotel-brand.example", "PTR SILENT");
    let mut world = World::new(config(Profile::Postfix));
    let id = world.raw(ip(CLIENT), ip(OWN));
    run(&mut world, 9, &zone);
    assert_eq!((world.heard[&id].as_str(), world.asked.len()), ("", 2), "two rounds of five seconds");
    run(&mut world, 2, &zone);
    assert_snapshot!(all(&world, id), @"
    PTR 25.100.51.198.in-addr.arpa
    PTR 25.100.51.198.in-addr.arpa
    ---
    220 mx1.northbank.example ESMTP Postfix (Debian/GNU)
    ---
    postfix/smtpd: connect from unknown[198.51.100.25]
    ");
    run(&mut world, 298, &zone);
    assert_eq!(world.receiver.clients(), 1);
    run(&mut world, 2, &zone);
    assert_eq!(world.receiver.clients(), 0);
    assert!(world.heard[&id].ends_with("421 4.4.2 mx1.northbank.example Error: timeout exceeded\r\n"));
    assert!(world.log.last().unwrap().2.starts_with("disconnect from unknown[198.51.100.25] commands=0"));
}

#[test]
fn a_client_that_leaves_at_once_is_looked_up_all_the_same() {
    let mut texts = String::new();
    for profile in [Profile::Postfix, Profile::Exim, Profile::OpenSmtpd, Profile::Sendmail] {
        let mut world = World::new(config(profile));
        let id = world.raw(ip(CLIENT), ip(OWN));
        run(&mut world, 0, ZONE);
        world.close(id);
        run(&mut world, 60, ZONE);
        assert_eq!((world.heard[&id].as_str(), world.receiver.clients()), ("", 0));
        texts += &asked(&world);
        texts += &lines(world.log.iter().map(|(_, _, text)| format!("  {text}")));
    }
    assert_snapshot!(texts, @"
    PTR 25.100.51.198.in-addr.arpa
    A mail1.hotel-brand.example
      connect from mail1.hotel-brand.example[198.51.100.25]
      lost connection after CONNECT from mail1.hotel-brand.example[198.51.100.25]
      disconnect from mail1.hotel-brand.example[198.51.100.25] commands=0
    PTR 25.100.51.198.in-addr.arpa
    AAAA mail1.hotel-brand.example
    A mail1.hotel-brand.example
      unexpected disconnection while reading SMTP command from mail1.hotel-brand.example [198.51.100.25]
    PTR 25.100.51.198.in-addr.arpa
    A mail1.hotel-brand.example
      59025e91599982f6 smtp connected address=198.51.100.25 host=mail1.hotel-brand.example
      59025e91599982f6 smtp disconnected reason=disconnect
    PTR 25.100.51.198.in-addr.arpa
    PTR 10.2.0.192.in-addr.arpa
    A mail1.hotel-brand.example
      NOQUEUE: lost input channel from mail1.hotel-brand.example [198.51.100.25] to MTA-v4 after startup
    ");
}

#[test]
fn commands_out_of_order_are_answered_and_counted() {
    let mut world = World::new(config(Profile::Postfix));
    let id = world.raw(ip(CLIENT), ip(OWN));
    run(&mut world, 1, ZONE);
    world.write(
        id,
        b"NOOP\r\nVRFY office\r\nSTARTTLS\r\nMAIL FROM:<a@x.example>\r\nHELO x.example\r\nDATA\r\nWHAT\r\nQUIT\r\n",
    );
    run(&mut world, 1, ZONE);
    assert_snapshot!(all(&world, id), @"
    PTR 25.100.51.198.in-addr.arpa
    A mail1.hotel-brand.example
    ---
    220 mx1.northbank.example ESMTP Postfix (Debian/GNU)
    250 2.0.0 Ok
    252 2.0.0 office
    502 5.5.1 Error: command not implemented
    503 5.5.1 Error: send HELO/EHLO first
    250 mx1.northbank.example
    503 5.5.1 Error: need MAIL command
    502 5.5.2 Error: command not recognized
    221 2.0.0 Bye
    ---
    postfix/smtpd: connect from mail1.hotel-brand.example[198.51.100.25]
    postfix/smtpd: disconnect from mail1.hotel-brand.example[198.51.100.25] helo=1 starttls=0/1 noop=1 vrfy=1 quit=1 unknown=0/3 commands=4/8
    ");
    let id = world.raw(ip(CLIENT), ip(OWN));
    run(&mut world, 1, ZONE);
    world.write(id, "WHAT\r\n".repeat(30).as_bytes());
    run(&mut world, 1, ZONE);
    assert_eq!(world.heard[&id].lines().filter(|line| line.starts_with("502")).count(), 19);
    assert!(world.heard[&id].ends_with("421 4.7.0 mx1.northbank.example Error: too many errors\r\n"));
    assert_eq!(world.receiver.clients(), 0);
}

#[test]
fn many_clients_at_once_each_get_their_own_answers() {
    let mut world = World::new(config(Profile::PostfixNamedClients));
    let mut zone = String::new();
    let mut clients = Vec::new();
    for n in 1..=250u8 {
        let client = ip(&format!("203.0.113.{n}"));
        zone += &format!("{} PTR h{n}.sender.example\n", Name::of_reverse(client));
        // Every third one has a name that does not lead back.
        if n % 3 != 0 {
            zone += &format!("h{n}.sender.example A {client}\n");
        }
        clients.push((n, world.client(client, ip(OWN), message())));
    }
    run(&mut world, 30, &zone);
    for (n, id) in clients {
        assert_eq!(world.heard[&id].contains("cannot find your hostname"), n % 3 == 0, "{n}");
        assert_eq!(world.heard[&id].contains("queued as"), n % 3 != 0, "{n}");
    }
    let mut ids: Vec<_> = world.log.iter().filter_map(|(_, _, text)| text.split_once(": client=")).collect();
    ids.sort_unstable();
    ids.dedup_by_key(|(id, _)| *id);
    assert_eq!(ids.len(), 167, "queue identifiers are unique");
}

#[test]
fn clients_beyond_the_limit_are_told_to_come_back() {
    let mut world = World::new(config(Profile::Postfix));
    let ids: Vec<_> = (0..1001).map(|_| world.raw(ip(CLIENT), ip(OWN))).collect();
    run(&mut world, 1, ZONE);
    assert_eq!(world.receiver.clients(), 1000);
    assert_eq!(world.heard[&ids[1000]], "421 4.3.2 mx1.northbank.example Error: too many connections\r\n");
}

#[test]
fn the_same_seed_gives_the_same_octets() {
    let run = |seed| {
        let mut config = config(Profile::Sendmail);
        config.seed = seed;
        one(config, message(), ZONE)
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn sendmail_asks_the_clients_host_and_pauses_before_it_greets() {
    let mut world = World::new(config(Profile::Sendmail));
    let id = world.raw(ip(CLIENT), ip(OWN));
    let start = world.now;
    run_us(&mut world, 990_000, ZONE);
    assert_eq!(world.opened, [(ip(OWN), "198.51.100.25:113".parse().unwrap())]);
    assert_eq!(world.heard[&id], "", "{start}");
    run_us(&mut world, 100_000, ZONE);
    assert!(world.heard[&id].starts_with("220 mx1.northbank.example ESMTP Sendmail"), "{}", world.heard[&id]);
    // Somebody listens there and says nothing: five seconds, then the pause.
    world.exchanges.insert(ip(CLIENT), &[("40000,25", "")]);
    let id = world.raw(ip(CLIENT), ip(OWN));
    run(&mut world, 5, ZONE);
    assert_eq!(world.heard[&StreamId::opened(1)], "40000,25\r\n");
    assert_eq!(world.heard[&id], "");
    // Who speaks before the greeting is not served.
    world.write(id, b"EHLO x.example\r\n");
    run(&mut world, 2, ZONE);
    assert!(world.heard[&id].starts_with("554 mx1.northbank.example ESMTP not accepting messages\r\n503"));
}
