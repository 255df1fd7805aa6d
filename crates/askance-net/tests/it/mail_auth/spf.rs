//! Policies judged by both.

use core::net::IpAddr;

use askance_proto::mail::{Spf, SpfRequest};
use mail_auth::MessageAuthenticator;
use mail_auth::spf::verify::SpfParameters;

use super::{ours, txt, with_authenticator, zone};

/// Owner below `example` and policy.
const POLICIES: &[(&str, &str)] = &[
    ("ip4", "v=spf1 ip4:192.0.2.0/24 -all"),
    ("ip6", "v=spf1 ip6:2001:db8::/32 ~all"),
    ("one", "v=spf1 ip4:192.0.2.10 ?all"),
    ("a", "v=spf1 a -all"),
    ("a-of", "v=spf1 a:hosts.example -all"),
    ("a-net", "v=spf1 a:hosts.example/28 ~all"),
    ("mx", "v=spf1 mx -all"),
    ("mx-of", "v=spf1 mx:mx.example -all"),
    ("mx-net", "v=spf1 mx:mx.example/24 -all"),
    ("include", "v=spf1 include:ip4.example ~all"),
    ("include-fail", "v=spf1 include:ip4.example include:a-of.example -all"),
    ("include-nobody", "v=spf1 include:nobody.example -all"),
    ("include-away", "v=spf1 include:hotel-brand.test -all"),
    ("include-bad", "v=spf1 include:bad.example -all"),
    ("redirect", "v=spf1 redirect=ip4.example"),
    ("redirect-late", "v=spf1 ip4:203.0.113.0/24 redirect=mx-of.example"),
    ("redirect-nobody", "v=spf1 redirect=nobody.example"),
    ("redirect-all", "v=spf1 ?all redirect=ip4.example"),
    ("self", "v=spf1 include:self.example -all"),
    ("exists", "v=spf1 exists:%{ir}.list.example -all"),
    ("macro", "v=spf1 include:%{d1r}.by-label.example -all"),
    ("minus-first", "v=spf1 -ip4:192.0.2.10 +all"),
    ("silent", "v=spf1 ip4:192.0.2.1"),
    ("bad", "v=spf1 ipv4:192.0.2.0/24 -all"),
    ("bad-address", "v=spf1 ip4:192.0.2.300 -all"),
    ("all-only", "v=spf1 -all"),
    ("not-one", "v=spf10 -all"),
    ("macro.by-label", "v=spf1 ip4:192.0.2.0/24 -all"),
];

/// Where they are known to read a policy otherwise than RFC 7208 §12 has it: owner, our result, theirs.
const GAPS: &[(&str, &str, &str)] = &[("bad-address", "permerror", "fail")];

const HOSTS: &str = "a 300 A 192.0.2.10\nhosts 300 A 192.0.2.10\nhosts 300 AAAA 2001:db8::10\nmx 300 MX 10 mx1\n\
    mx 300 MX 20 hosts\nmx1 300 A 198.51.100.7\n10.2.0.192.list 300 A 127.0.0.2\n";

const CLIENTS: &[&str] = &["192.0.2.10", "192.0.2.14", "198.51.100.7", "198.51.100.8", "2001:db8::10", "2001:db9::1"];

async fn theirs(authenticator: &MessageAuthenticator, client: IpAddr, sender: &str) -> String {
    let parameters = SpfParameters::verify_mail_from(client, "mail1.example", "mx.receiver.example", sender);
    format!("{:?}", authenticator.verify_spf(parameters).await.result()).to_ascii_lowercase()
}

#[test]
fn both_judge_a_sender_alike() {
    let policies: String = POLICIES.iter().map(|(owner, policy)| txt(owner, policy)).collect();
    let zone = zone(&format!("{policies}{HOSTS}"));
    let senders = POLICIES.iter().map(|(owner, _)| format!("news@{owner}.example")).chain(["x@nobody.example".into()]);
    let all: Vec<(String, IpAddr)> = senders
        .flat_map(|sender| CLIENTS.iter().map(move |client| (sender.clone(), client.parse().unwrap())))
        .collect();
    let told = with_authenticator(2, &zone, async |authenticator| {
        let mut told = Vec::new();
        for (sender, client) in &all {
            told.push(theirs(authenticator, *client, sender).await);
        }
        told
    });
    let mut seen = String::new();
    for ((sender, client), theirs) in all.iter().zip(&told) {
        let request = SpfRequest {
            client: *client,
            helo: "mail1.example".to_owned(),
            mail_from: sender.clone(),
            receiver: "mx.receiver.example".to_owned(),
            now_s: 0,
        };
        let word = ours(&zone, Spf::new(request)).result.to_string();
        match GAPS.iter().find(|(owner, ..)| *sender == format!("news@{owner}.example")) {
            Some((_, our_gap, their_gap)) => assert_eq!((&*word, &**theirs), (*our_gap, *their_gap), "{sender}"),
            None => assert_eq!(&word, theirs, "{sender} from {client}"),
        }
        if client.to_string() == CLIENTS[0] {
            seen.push_str(&format!("{sender}: {word}\n"));
        }
    }
    assert_eq!(told.len(), (POLICIES.len() + 1) * CLIENTS.len());
    insta::assert_snapshot!(seen, @"
    news@ip4.example: pass
    news@ip6.example: softfail
    news@one.example: pass
    news@a.example: pass
    news@a-of.example: pass
    news@a-net.example: pass
    news@mx.example: pass
    news@mx-of.example: pass
    news@mx-net.example: pass
    news@include.example: pass
    news@include-fail.example: pass
    news@include-nobody.example: permerror
    news@include-away.example: temperror
    news@include-bad.example: permerror
    news@redirect.example: pass
    news@redirect-late.example: pass
    news@redirect-nobody.example: permerror
    news@redirect-all.example: neutral
    news@self.example: permerror
    news@exists.example: pass
    news@macro.example: pass
    news@minus-first.example: fail
    news@silent.example: neutral
    news@bad.example: permerror
    news@bad-address.example: permerror
    news@all-only.example: fail
    news@not-one.example: none
    news@macro.by-label.example: pass
    x@nobody.example: none
    ");
}
