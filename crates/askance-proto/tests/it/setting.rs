//! One client, one receiver, a small zone.

use core::net::IpAddr;

use askance_proto::StreamId;
use askance_proto::dns::{Data, StubConfig};
use askance_proto::receiver::{Profile, ReceiverConfig};
use askance_proto::smtp::ClientConfig;
use askance_record::{Name, Rcode, RrType};

use crate::world::{Answer, Asked, RESOLVER, World};

pub(crate) const CLIENT: &str = "198.51.100.25";
pub(crate) const OWN: &str = "192.0.2.10";

pub(crate) const ZONE: &str = "25.100.51.198.in-addr.arpa PTR mail1.hotel-brand.example
10.2.0.192.in-addr.arpa PTR mx1.northbank.example
mail1.hotel-brand.example A 198.51.100.25
out1.invites-app.example A 198.51.100.25
invites-app.example MX incoming.crm-vendor.example
incoming.crm-vendor.example A 198.51.100.20
northbank.example MX mx1.northbank.example";

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Answers from lines `name TYPE data`; `SERVFAIL` and `SILENT` in place of the data.
pub(crate) fn zone_says(zone: &str, qtype: RrType, qname: &Name) -> Answer {
    let mut data = Vec::new();
    let mut exists = false;
    for line in zone.lines() {
        let mut words = line.splitn(3, ' ');
        let (Some(owner), Some(rtype), Some(text)) = (words.next(), words.next(), words.next()) else { continue };
        if owner != qname.key() {
            exists |= Name::parse(owner).unwrap().is_under(qname.key());
            continue;
        }
        exists = true;
        if RrType::from_mnemonic(rtype) != Some(qtype) {
            continue;
        }
        let name = |text: &str| Name::parse(text).unwrap();
        data.push(match text {
            "SILENT" => return Answer::Silence,
            "SERVFAIL" => return Answer::Reply(Rcode::SERVFAIL, Vec::new()),
            _ => match rtype {
                "A" => Data::A(text.parse().unwrap()),
                "PTR" => Data::Ptr(name(text)),
                "MX" => Data::Mx { preference: 10, exchange: name(text) },
                _ => Data::Txt(vec![text.as_bytes().to_vec()]),
            },
        });
    }
    Answer::Reply(if exists { Rcode::NOERROR } else { Rcode::NXDOMAIN }, data)
}

pub(crate) fn config(profile: Profile) -> ReceiverConfig {
    let mut stub = StubConfig::new(ip(OWN), RESOLVER.parse().unwrap());
    stub.search = vec![Name::parse("northbank.example").unwrap()];
    let mut config = ReceiverConfig::new(Name::parse("mx1.northbank.example").unwrap(), stub);
    config.profile = profile;
    config
}

pub(crate) fn message() -> ClientConfig {
    ClientConfig {
        helo: "out1.invites-app.example".into(),
        mail_from: "meeting@invites-app.example".into(),
        recipients: vec!["office@northbank.example".into()],
        content: Some(b"From: meeting@invites-app.example\r\nMessage-ID: <1@x.example>\r\n\r\nHello.\r\n".to_vec()),
        ..ClientConfig::default()
    }
}

pub(crate) fn run(world: &mut World, seconds: i64, zone: &str) {
    run_us(world, seconds * 1_000_000, zone);
}

pub(crate) fn run_us(world: &mut World, us: i64, zone: &str) {
    let until = world.now.plus_us(us);
    world.run(until, &mut |_, qtype, qname| zone_says(zone, qtype, qname));
}

pub(crate) fn asked(world: &World) -> String {
    lines(world.asked.iter().map(|Asked { qtype, qname, .. }| format!("{qtype} {qname}")))
}

/// What was asked, what the client heard, what was logged.
pub(crate) fn all(world: &World, client: StreamId) -> String {
    let log = lines(world.log.iter().map(|(_, program, text)| format!("{program}: {text}")));
    format!("{}---\n{}---\n{log}", asked(world), world.heard[&client].replace('\r', ""))
}

/// One client with one message; what was asked, what it heard, what was logged.
pub(crate) fn one(config: ReceiverConfig, client: ClientConfig, zone: &str) -> String {
    let mut world = World::new(config);
    let id = world.client(ip(CLIENT), ip(OWN), client);
    run(&mut world, 120, zone);
    all(&world, id)
}

pub(crate) fn lines(items: impl Iterator<Item = String>) -> String {
    items.fold(String::new(), |text, item| text + &item + "\n")
}

/// The refusals that a client heard.
pub(crate) fn refusals(said: &str) -> String {
    let heard = said.split("---\n").nth(1).unwrap().lines();
    lines(heard.filter(|line| line.starts_with(['4', '5'])).map(str::to_owned))
}
