use core::net::{IpAddr, SocketAddr};

use askance_record::{Name, Rcode, RrType, Timestamp};
use proptest::prelude::*;

use super::Transcript;
use crate::dns::{Data, Message, Record};
use crate::node::{Observer as _, Traffic, TrafficKind};

fn say(transcript: &mut Transcript, from: &str, to: &str, kind: TrafficKind<'_>) {
    let (from, to): (SocketAddr, SocketAddr) = (from.parse().unwrap(), to.parse().unwrap());
    let sent_at = Timestamp::from_s(0);
    transcript.traffic(&Traffic { sent_at, arrives_at: Some(sent_at), from, to, kind, cause: None });
}

fn lookup(id: u16) -> (Vec<u8>, Vec<u8>) {
    let query = Message::query(id, Name::parse("1.2.0.192.in-addr.arpa").unwrap(), RrType::PTR);
    let mut response = query.response(Rcode::NOERROR);
    let owner = Name::parse("mail.hotel-brand.example").unwrap();
    response.additional.push(Record { owner, ttl_s: 300, data: Data::A("192.0.2.1".parse().unwrap()) });
    (query.encode(), response.encode())
}

/// A lookup over UDP and one over TCP, from `port` with identifier `id`, its stream cut after `cut` octets.
fn story(mut transcript: Transcript, client: &str, port: u16, id: u16, cut: usize) -> Transcript {
    let (query, response) = lookup(id);
    let (client, server) = (format!("{client}:{port}"), "192.0.2.53:53");
    say(&mut transcript, &client, server, TrafficKind::Datagram(&query));
    say(&mut transcript, server, &client, TrafficKind::Datagram(&response));
    say(&mut transcript, &client, server, TrafficKind::Open(true));
    let mut octets = u16::try_from(query.len()).unwrap().to_be_bytes().to_vec();
    octets.extend(&query);
    let (first, second) = octets.split_at(cut.min(octets.len()));
    say(&mut transcript, &client, server, TrafficKind::Octets(first));
    say(&mut transcript, &client, server, TrafficKind::Octets(second));
    say(&mut transcript, server, &client, TrafficKind::Close);
    transcript
}

#[test]
fn a_transcript_is_text() {
    let mut transcript = story(Transcript::new(), "192.0.2.1", 1024, 7, 3);
    say(&mut transcript, "192.0.2.1:9", "192.0.2.25:25", TrafficKind::Open(true));
    say(&mut transcript, "192.0.2.25:25", "192.0.2.1:9", TrafficKind::Octets(b"220 mail.hotel-brand.exa"));
    say(&mut transcript, "192.0.2.25:25", "192.0.2.1:9", TrafficKind::Octets(b"mple\r\n"));
    say(&mut transcript, "192.0.2.1:9", "192.0.2.25:25", TrafficKind::Octets(b"QUIT\r\nx"));
    say(&mut transcript, "192.0.2.1:10", "192.0.2.25:25", TrafficKind::Open(false));
    say(&mut transcript, "192.0.2.1:10", "192.0.2.25:53", TrafficKind::Datagram(b"\x01"));
    insta::assert_snapshot!(transcript.to_text(), @r"
    192.0.2.1 > 192.0.2.25 udp
      not DNS: \x01
    192.0.2.1 > 192.0.2.53 udp
      query rd 1.2.0.192.in-addr.arpa/PTR edns 1232
    192.0.2.53 > 192.0.2.1 udp
      response rd NOERROR 1.2.0.192.in-addr.arpa/PTR edns 1232 | additional: mail.hotel-brand.example. 300 IN A 192.0.2.1
    192.0.2.1 > 192.0.2.25 tcp
      opened
        > QUIT\r
        > x
        > (no line end)
        < 220 mail.hotel-brand.example\r
      not opened
    192.0.2.1 > 192.0.2.53 tcp
      opened, closed
        > query rd 1.2.0.192.in-addr.arpa/PTR edns 1232
    ");
}

#[test]
fn addresses_can_be_mapped() {
    let there: IpAddr = "127.1.0.1".parse().unwrap();
    let back: IpAddr = "192.0.2.1".parse().unwrap();
    let relocated = Transcript::relocated(move |a| if a == there { back } else { a });
    let plain = story(Transcript::new(), "192.0.2.1", 1024, 7, 3);
    assert_eq!(story(relocated, "127.1.0.1", 1024, 7, 3).to_text(), plain.to_text());
}

#[test]
fn what_was_said_makes_the_digest() {
    let plain = story(Transcript::new(), "192.0.2.1", 1024, 7, 3);
    assert_eq!(plain.hash_hex().len(), 64);
    let mut more = story(Transcript::new(), "192.0.2.1", 1024, 7, 3);
    assert_eq!(more.hash(), plain.hash());
    say(&mut more, "192.0.2.53:53", "192.0.2.1:1024", TrafficKind::Octets(b"\0"));
    assert_ne!(more.hash(), plain.hash());
}

proptest! {
    #[test]
    fn ports_identifiers_and_cuts_do_not_matter(port in 1024_u16.., id: u16, cut in 0_usize..60) {
        let plain = story(Transcript::new(), "192.0.2.1", 1024, 7, 3);
        let other = story(Transcript::new(), "192.0.2.1", port, id, cut);
        prop_assert_eq!(other.to_text(), plain.to_text());
    }
}
