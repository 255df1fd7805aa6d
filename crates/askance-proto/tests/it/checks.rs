//! What receivers check, and what they do by it.

use askance_proto::mail::{DkimSigner, Message, SigningKey};
use askance_proto::receiver::{Causes, Filter, GreylistConfig, Profile};
use askance_proto::smtp::ClientConfig;
use askance_proto::{Cause, StreamId};
use insta::assert_snapshot;

use crate::setting::{CLIENT, OWN, ZONE, config, ip, lines, message, one, refusals, run};
use crate::world::{Asked, World};

#[test]
fn strict_postfix_refuses_a_stale_name_without_asking_further() {
    let zone = "25.100.51.198.in-addr.arpa PTR mail1.hotel-brand.example";
    assert_snapshot!(one(config(Profile::PostfixStrict), message(), zone), @"
    PTR 25.100.51.198.in-addr.arpa
    A mail1.hotel-brand.example
    A mail1.hotel-brand.example.northbank.example
    ---
    220 mx1.northbank.example ESMTP Postfix (Debian/GNU)
    250-mx1.northbank.example
    250-PIPELINING
    250-SIZE 10240000
    250-VRFY
    250-ENHANCEDSTATUSCODES
    250 8BITMIME
    250 2.1.0 Ok
    450 4.7.25 Client host rejected: cannot find your hostname, [198.51.100.25]
    221 2.0.0 Bye
    ---
    postfix/smtpd: warning: hostname mail1.hotel-brand.example does not resolve to address 198.51.100.25: Name or service not known
    postfix/smtpd: connect from unknown[198.51.100.25]
    postfix/smtpd: NOQUEUE: reject: RCPT from unknown[198.51.100.25]: 450 4.7.25 Client host rejected: cannot find your hostname, [198.51.100.25]; from=<meeting@invites-app.example> to=<office@northbank.example> proto=ESMTP helo=<out1.invites-app.example>
    postfix/smtpd: disconnect from unknown[198.51.100.25] ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4
    ");
}

#[test]
fn strict_exim_asks_for_the_pair_again_but_not_for_what_failed() {
    let zone = ZONE.replace("mail1.hotel-brand.example A 198.51.100.25", "mail1.hotel-brand.example A 192.0.2.99");
    assert_snapshot!(one(config(Profile::EximStrict), message(), &zone), @"
    PTR 25.100.51.198.in-addr.arpa
    AAAA mail1.hotel-brand.example
    A mail1.hotel-brand.example
    PTR 25.100.51.198.in-addr.arpa
    A mail1.hotel-brand.example
    AAAA out1.invites-app.example
    A out1.invites-app.example
    ---
    220 mx1.northbank.example ESMTP Exim 4.96 Sun, 02 Mar 2025 07:20:00 +0000
    250-mx1.northbank.example Hello out1.invites-app.example [198.51.100.25]
    250-SIZE 10240000
    250-8BITMIME
    250 PIPELINING
    250 OK
    550 Administrative prohibition
    221 mx1.northbank.example closing connection
    ---
    exim: H=(out1.invites-app.example) [198.51.100.25] F=<meeting@invites-app.example> rejected RCPT <office@northbank.example>: Administrative prohibition
    ");
}

#[test]
fn exim_asks_for_a_name_that_failed_once_in_a_connection() {
    let stale = ZONE.replace("mail1.hotel-brand.example A 198.51.100.25", "");
    let said = one(config(Profile::EximStrict), message(), &stale);
    assert_snapshot!(said.split("---\n").next().unwrap(), @"
    PTR 25.100.51.198.in-addr.arpa
    AAAA mail1.hotel-brand.example
    A mail1.hotel-brand.example
    PTR 25.100.51.198.in-addr.arpa
    AAAA out1.invites-app.example
    A out1.invites-app.example
    ");
    assert_snapshot!(one(config(Profile::EximStrict), message(), "").split("---\n").next().unwrap(), @"
    PTR 25.100.51.198.in-addr.arpa
    PTR 25.100.51.198.in-addr.arpa
    PTR 25.100.51.198.in-addr.arpa
    AAAA out1.invites-app.example
    A out1.invites-app.example
    ");
}

#[test]
fn an_unknown_sender_domain_is_refused_by_those_who_look() {
    let zone = ZONE.replace("invites-app.example MX", "gone.example MX").replace("out1.invites-app", "out1.other");
    let refused = |profile| {
        let said = one(config(profile), message(), &zone);
        refusals(&said)
    };
    let with_helo = ZONE.replace("invites-app.example MX", "gone.example MX");
    let said = one(config(Profile::PostfixStrict), message(), &with_helo);
    assert!(said.contains("\n450 4.1.8 <meeting@invites-app.example>: Sender"), "{said}");
    assert_snapshot!(refused(Profile::PostfixStrict), @"450 4.7.1 <out1.invites-app.example>: Helo command rejected: Host not found");
    assert_snapshot!(refused(Profile::Exim), @"
    550-Verification failed for <meeting@invites-app.example>
    550-Unrouteable address
    550 Sender verify failed
    ");
    assert_snapshot!(refused(Profile::Sendmail), @"553 5.1.8 <meeting@invites-app.example>... Domain of sender address meeting@invites-app.example does not exist");
    assert_eq!(refused(Profile::Postfix) + &refused(Profile::OpenSmtpd), "");
}

#[test]
fn authentication_behind_postfix_asks_in_the_order_measured() {
    let key = SigningKey::ed25519_from_seed([7; 32]);
    let mut zone = ZONE.to_owned();
    zone += "\nout1.invites-app.example TXT v=spf1 a -all\ninvites-app.example TXT v=spf1 ip4:198.51.100.25 -all";
    zone += "\n_dmarc.invites-app.example TXT v=DMARC1; p=reject";
    zone += &format!("\ns1._domainkey.invites-app.example TXT {}", key.key_record());
    let mut config = config(Profile::Postfix);
    config.filters = vec![Filter::Spf, Filter::Dkim, Filter::Dmarc];
    config.enforces = true;
    let causes = [Cause(1), Cause(2), Cause(3), Cause(4)];
    config.causes =
        Causes { verification: Some(causes[0]), authentication: Some(causes[1]), content: Some(causes[2]), own: None };
    let unsigned = Message::read(message().content.unwrap());
    let signed = DkimSigner::new(key, "invites-app.example", "s1").sign(&unsigned, None);
    let mut world = World::new(config);
    let client = ClientConfig { content: Some(signed.octets().to_vec()), ..message() };
    let id = world.client(ip(CLIENT), ip(OWN), client.clone());
    run(&mut world, 20, &zone);
    assert!(world.heard[&id].contains("queued as"), "{}", world.heard[&id]);
    let line = |a: &Asked| format!("{} {} {:?}", a.qtype, a.qname, a.cause.unwrap());
    assert_snapshot!(lines(world.asked.iter().map(line)), @"
    PTR 25.100.51.198.in-addr.arpa Cause(1)
    A mail1.hotel-brand.example Cause(1)
    TXT out1.invites-app.example Cause(2)
    A out1.invites-app.example Cause(2)
    TXT invites-app.example Cause(2)
    TXT s1._domainkey.invites-app.example Cause(2)
    TXT invites-app.example Cause(2)
    TXT _dmarc.invites-app.example Cause(2)
    ");
    // Without a signature that passes, or from an address that may not send, it is refused, for each recipient.
    let forged = zone.replace("ip4:198.51.100.25 -all", "-all");
    let two = vec!["office@northbank.example".to_owned(), "board@northbank.example".to_owned()];
    let id = world.client(ip(CLIENT), ip(OWN), ClientConfig { recipients: two, ..client.clone() });
    run(&mut world, 20, &forged);
    assert_eq!(world.heard[&id].matches("550 5.7.23").count(), 2, "{}", world.heard[&id]);
    let id = world.client(ip(CLIENT), ip(OWN), ClientConfig { content: message().content, ..client });
    run(&mut world, 20, &zone.replace("ip4:198.51.100.25 -all", "~all"));
    assert!(world.heard[&id].contains("550 5.7.1 rejected by DMARC"), "{}", world.heard[&id]);
}

#[test]
fn exim_asks_for_the_key_of_a_signed_message() {
    let content = b"DKIM-Signature: v=1; a=rsa-sha256; d=invites-app.example; s=s1; h=from; bh=AAAA; b=AAAA\r\n\
        From: meeting@invites-app.example\r\n\r\nHello.\r\n";
    let client = ClientConfig { content: Some(content.to_vec()), ..message() };
    let said = one(config(Profile::Exim), client, ZONE);
    assert!(said.contains("A incoming.crm-vendor.example\nTXT s1._domainkey.invites-app.example\n---"), "{said}");
}

#[test]
fn content_filters_ask_their_lists() {
    let of = |filter| {
        let mut config = config(Profile::Postfix);
        config.filters = vec![filter];
        let said = one(config, message(), ZONE);
        said.split("---\n").next().unwrap().to_owned()
    };
    assert_snapshot!(of(Filter::SpamAssassin), @"
    PTR 25.100.51.198.in-addr.arpa
    A mail1.hotel-brand.example
    A 25.100.51.198.zen.spamhaus.org
    A 25.100.51.198.psbl.surriel.com
    A 25.100.51.198.bl.score.senderscore.com
    A 25.100.51.198.bl.mailspike.net
    A 25.100.51.198.wl.mailspike.net
    A 25.100.51.198.iadb.isipp.com
    A 25.100.51.198.list.dnswl.org
    TXT 25.100.51.198.bl.spamcop.net
    TXT 25.100.51.198.sa-accredit.habeas.com
    TXT 25.100.51.198.sa-trusted.bondedsender.org
    A out1.invites-app.example
    A invites-app.example.fresh.fmb.la
    TXT _adsp._domainkey.invites-app.example
    MX invites-app.example
    TXT out1.invites-app.example
    ");
    assert_snapshot!(of(Filter::Rspamd), @"
    PTR 25.100.51.198.in-addr.arpa
    A mail1.hotel-brand.example
    TXT 25.100.51.198.asn.rspamd.com
    A 25.100.51.198.zen.spamhaus.org
    A 25.100.51.198.rep.mailspike.net
    A 25.100.51.198.score.senderscore.com
    A 25.100.51.198.bl.spameatingmonkey.net
    A 25.100.51.198.list.dnswl.org
    A 25.100.51.198.bip.virusfree.cz
    A 25.100.51.198.ix.dnsbl.manitu.net
    A 25.100.51.198.bl.blocklist.de
    A out1.invites-app.example.dbl.spamhaus.org
    A out1.invites-app.example.multi.surbl.org
    A out1.invites-app.example.multi.uribl.com
    A mail1.hotel-brand.example.dbl.spamhaus.org
    A mail1.hotel-brand.example.multi.surbl.org
    A mail1.hotel-brand.example.multi.uribl.com
    TXT _dmarc.invites-app.example
    TXT invites-app.example
    A out1.invites-app.example
    AAAA out1.invites-app.example
    A invites-app.example
    AAAA invites-app.example
    MX invites-app.example
    A incoming.crm-vendor.example
    AAAA incoming.crm-vendor.example
    ");
}

/// A call-out with an exchange that answers so; what the exchange heard, what each of two clients heard.
fn call_out(profile: Profile, answers: &'static [(&'static str, &'static str)]) -> String {
    let mut world = World::new(config(profile));
    world.exchanges.insert(ip("198.51.100.20"), answers);
    let mut text = String::new();
    for _ in 0..2 {
        let id = world.client(ip(CLIENT), ip(OWN), ClientConfig { content: None, ..message() });
        let before = (world.asked.len(), world.opened.len());
        run(&mut world, 60, ZONE);
        let reply =
            world.heard[&id].lines().filter(|l| l.starts_with(['2', '4', '5'])).rev().nth(1).unwrap().to_owned();
        let (lookups, calls) = (world.asked.len() - before.0, world.opened.len() - before.1);
        text += &format!("{lookups} lookups, {calls} calls: {reply}\n");
    }
    let heard: String = (0..4).filter_map(|n| world.heard.get(&StreamId::opened(n))).cloned().collect();
    text + &heard.replace('\r', "")
}

#[test]
fn postfix_calls_out_once_and_remembers() {
    assert_snapshot!(call_out(Profile::PostfixVerify, &[("QUIT", "221 bye")]), @"
    5 lookups, 1 calls: 250 2.1.5 Ok
    2 lookups, 0 calls: 250 2.1.5 Ok
    EHLO mx1.northbank.example
    MAIL FROM:<double-bounce@mx1.northbank.example>
    RCPT TO:<meeting@invites-app.example>
    RSET
    QUIT
    ");
    assert_snapshot!(call_out(Profile::PostfixVerify, &[("RCPT", "550 no such user"), ("QUIT", "221 bye")]), @"
    5 lookups, 1 calls: 450 4.1.7 <meeting@invites-app.example>: Sender address rejected: unverified address: host said: 550 no such user
    2 lookups, 0 calls: 450 4.1.7 <meeting@invites-app.example>: Sender address rejected: unverified address: host said: 550 no such user
    EHLO mx1.northbank.example
    MAIL FROM:<double-bounce@mx1.northbank.example>
    RCPT TO:<meeting@invites-app.example>
    RSET
    QUIT
    ");
    // An exchange that never answers: the client is told to come back, the probe goes on without it.
    assert_snapshot!(call_out(Profile::PostfixVerify, &[("RCPT", "")]), @"
    5 lookups, 1 calls: 450 4.1.7 <meeting@invites-app.example>: Sender address rejected: unverified address: Address verification in progress
    2 lookups, 0 calls: 450 4.1.7 <meeting@invites-app.example>: Sender address rejected: unverified address: Address verification in progress
    EHLO mx1.northbank.example
    MAIL FROM:<double-bounce@mx1.northbank.example>
    RCPT TO:<meeting@invites-app.example>
    ");
}

#[test]
fn exim_calls_out_and_asks_for_the_route_each_time() {
    assert_snapshot!(call_out(Profile::EximCallout, &[("QUIT", "221 bye")]), @"
    6 lookups, 1 calls: 250 Accepted
    6 lookups, 0 calls: 250 Accepted
    EHLO mx1.northbank.example
    MAIL FROM:<>
    RCPT TO:<meeting@invites-app.example>
    QUIT
    ");
    assert_snapshot!(call_out(Profile::EximCallout, &[("MAIL", "550 no bounces"), ("QUIT", "221 bye")]), @"
    6 lookups, 1 calls: 550 Sender verify failed
    6 lookups, 0 calls: 550 Sender verify failed
    EHLO mx1.northbank.example
    MAIL FROM:<>
    QUIT
    ");
    assert_snapshot!(call_out(Profile::EximCallout, &[("RCPT", "451 later"), ("QUIT", "221 bye")]), @"
    6 lookups, 1 calls: 451 Could not complete sender verify
    6 lookups, 1 calls: 451 Could not complete sender verify
    EHLO mx1.northbank.example
    MAIL FROM:<>
    RCPT TO:<meeting@invites-app.example>
    QUIT
    EHLO mx1.northbank.example
    MAIL FROM:<>
    RCPT TO:<meeting@invites-app.example>
    QUIT
    ");
}

#[test]
fn an_exchange_that_nobody_reaches_defers() {
    let mut world = World::new(config(Profile::EximCallout));
    let id = world.client(ip(CLIENT), ip(OWN), message());
    run(&mut world, 60, ZONE);
    assert_eq!(world.opened, [(ip(OWN), "198.51.100.20:25".parse().unwrap())]);
    assert!(world.heard[&id].contains("451 Could not complete sender verify"), "{}", world.heard[&id]);
}

#[test]
fn the_next_exchange_is_tried_where_one_says_nothing() {
    let zone = format!("{ZONE}\ninvites-app.example MX second.example\nsecond.example A 198.51.100.21");
    let mut world = World::new(config(Profile::EximCallout));
    world.exchanges.insert(ip("198.51.100.21"), &[("QUIT", "221 bye")]);
    let id = world.client(ip(CLIENT), ip(OWN), message());
    run(&mut world, 60, &zone);
    let called: Vec<_> = world.opened.iter().map(|(_, to)| to.to_string()).collect();
    assert_eq!(called, ["198.51.100.20:25", "198.51.100.21:25"]);
    assert!(world.heard[&id].contains("250 OK id="), "{}", world.heard[&id]);
}

#[test]
fn lookups_bear_the_cause_that_they_are_made_for() {
    let mut config = config(Profile::Sendmail);
    config.causes = Causes { verification: Some(Cause(1)), own: Some(Cause(4)), ..Causes::default() };
    let mut world = World::new(config);
    world.client(ip(CLIENT), ip(OWN), message());
    run(&mut world, 60, ZONE);
    let cause = |a: &Asked| format!("{} {} {}", a.cause.unwrap().0, a.qtype, a.qname);
    assert_snapshot!(lines(world.asked.iter().map(cause)), @"
    1 PTR 25.100.51.198.in-addr.arpa
    4 PTR 10.2.0.192.in-addr.arpa
    1 A mail1.hotel-brand.example
    1 AAAA invites-app.example
    1 A invites-app.example
    1 MX invites-app.example
    4 AAAA northbank.example
    4 A northbank.example
    4 MX northbank.example
    ");
}

#[test]
fn a_greylisted_stranger_comes_back() {
    let mut config = config(Profile::Postfix);
    config.greylist = Some(GreylistConfig::default());
    let mut world = World::new(config);
    let mut reply = |wait_s: i64| {
        run(&mut world, wait_s, ZONE);
        let id = world.client(ip(CLIENT), ip(OWN), message());
        run(&mut world, 5, ZONE);
        if world.heard[&id].contains("Greylisted") { 450 } else { 250 }
    };
    assert_eq!([reply(0), reply(200), reply(100), reply(3600)], [450, 450, 250, 250]);
}
