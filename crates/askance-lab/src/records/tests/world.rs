//! Under the driver of virtual time: two taps of one story agree.

use askance_proto::{Actor, Input, Node, Outbox, Output, StreamEvent, StreamId};

use super::*;
use crate::{Link, World};

const CLIENT: &str = "192.0.2.10";

/// Asks over UDP every minute and once over TCP.
#[derive(Default)]
struct Asker {
    out: Outbox,
    next: Option<Timestamp>,
    asked: u16,
}

impl Actor for Asker {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        let cause = Some(Cause(0));
        match input {
            Input::Started => {
                self.next = Some(now.plus_us(60_000_000));
                let (id, from, to) = (StreamId::opened(0), ip(CLIENT), socket(RESOLVER));
                self.out.push(Output::Connect { id, from, to, cause });
            }
            Input::Timer => {
                self.next = Some(now.plus_us(60_000_000));
                self.asked += 1;
                let octets = Message::query(self.asked, name("mail1.hotel-brand.example"), RrType::A).encode();
                let from = SocketAddr::new(ip(CLIENT), 20_000 + self.asked);
                self.out.push(Output::Send { from, to: socket(RESOLVER), octets, cause });
                self.out.log("postfix/smtpd", format!("connect from unknown[198.51.100.{}]", self.asked));
            }
            Input::Stream { id, event: StreamEvent::Connected } => {
                let query = Message::query(7, name("hotel-brand.example"), RrType::TXT);
                self.out.push(Output::Write { id, octets: framed(&query) });
            }
            Input::Stream { id, event: StreamEvent::Octets(_) } => self.out.push(Output::Close { id }),
            _ => {}
        }
    }

    fn poll(&mut self) -> Output {
        self.out.pop_or_wait(self.next)
    }
}

/// Denies everything.
#[derive(Default)]
struct Denier(Outbox);

impl Actor for Denier {
    fn handle(&mut self, _: Timestamp, input: Input<'_>) {
        let denial = |octets: &[u8]| Message::decode(octets).expect("a query").response(Rcode::NXDOMAIN);
        match input {
            Input::Datagram { from, to, octets, cause } => {
                self.0.push(Output::Send { from: to, to: from, octets: denial(octets).encode(), cause });
            }
            Input::Stream { id, event: StreamEvent::Octets(octets) } => {
                self.0.push(Output::Write { id, octets: framed(&denial(&octets[2..])) });
            }
            _ => {}
        }
    }

    fn poll(&mut self) -> Output {
        self.0.pop_or_wait(None)
    }
}

#[test]
fn two_taps_of_one_story_agree() {
    let front = TapConfig { id: "front".into(), path: "front.log".into(), ..tap(RecordFormat::BindQueryLog) };
    let behind = TapConfig {
        id: "behind".into(),
        path: "behind.pcap".into(),
        at: vec![ip(CLIENT)],
        what: TapKind::Upstream,
        ..tap(RecordFormat::Pcap)
    };
    let mail = RecordFormat::MailLog { node: "mx1".into(), host: "mx1".into(), program: MailProgram::Postfix };
    let mail = TapConfig { id: "mail".into(), path: "mail.log".into(), ..tap(mail) };
    let mut sink = Memory::default();
    let mut records = Records::new(vec![front.clone(), behind.clone(), mail], causes(), &mut sink).expect("taps");
    let asker = Node {
        id: "mx1".into(),
        addresses: vec![ip(CLIENT)],
        listens_udp: Vec::new(),
        listens_tcp: Vec::new(),
        actor: Box::<Asker>::default(),
    };
    let denier = Node {
        id: "resolver".into(),
        addresses: vec![ip("192.0.2.53")],
        listens_udp: vec![socket(RESOLVER)],
        listens_tcp: vec![socket(RESOLVER)],
        actor: Box::<Denier>::default(),
    };
    let mut world = World::new(vec![asker, denier], at(0), Link::default(), 1);
    world.run(at(600_000_000), &mut records).expect("no livelock");
    let kept = records.finish().expect("memory");
    let files = sink.0.borrow();
    let front = read(&files["front.log"], &front).lookups;
    let behind = read(&files["behind.pcap"], &behind).lookups;
    assert_eq!((front.len(), behind.len()), (11, 11));
    for (front, behind) in front.iter().zip(&behind) {
        assert_eq!((&front.qname, front.client_port), (&behind.qname, behind.client_port));
        // The log is written at the far end, in whole milliseconds.
        assert_eq!(front.ts, behind.ts.plus_us(8_000));
        // The last query is answered after the end.
        let is_last = behind.id == Some(10);
        assert_eq!(behind.rtt_us, (!is_last).then_some(16_000));
    }
    assert_eq!(files["mail.log"].split(|&octet| octet == b'\n').count(), 10 + 1);
    insta::assert_snapshot!(labels(&kept), @"
    file,vantage,client,name,mechanism,start,end,origin,notes
    behind.pcap,resolver-client,192.0.2.10,hotel-brand.example,sender-verification,2016-03-01T16:00:00.016Z,2016-03-01T16:00:00.016Z,simulated,1 row of north-bank
    behind.pcap,resolver-client,192.0.2.10,mail1.hotel-brand.example,sender-verification,2016-03-01T16:01:00Z,2016-03-01T16:10:00Z,simulated,10 rows of north-bank
    front.log,resolver-client,192.0.2.10,hotel-brand.example,sender-verification,2016-03-01T16:00:00.024Z,2016-03-01T16:00:00.024Z,simulated,1 row of north-bank
    front.log,resolver-client,192.0.2.10,mail1.hotel-brand.example,sender-verification,2016-03-01T16:01:00.008Z,2016-03-01T16:10:00.008Z,simulated,10 rows of north-bank
    ");
}
