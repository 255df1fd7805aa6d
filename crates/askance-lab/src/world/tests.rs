use core::net::{IpAddr, SocketAddr};

use askance_proto::{
    Actor, Input, Node, Note, Observer, Outbox, Output, StreamEvent, StreamFailure, StreamId, Traffic,
};
use askance_record::Timestamp;

use super::{Link, World};

const A: &str = "192.0.2.1";
const B: &str = "192.0.2.2";

/// Sends a datagram a minute and says what comes back; opens a stream at its start.
#[derive(Default)]
struct Caller {
    out: Outbox,
    next: Option<Timestamp>,
    connect_to: Option<SocketAddr>,
}

impl Actor for Caller {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        let say = |out: &mut Outbox, text: String| out.push(Output::Note(Note::Story(text)));
        match input {
            Input::Started => {
                self.next = Some(now.plus_us(60_000_000));
                if let Some(to) = self.connect_to {
                    let from = A.parse().unwrap();
                    self.out.push(Output::Connect { id: StreamId::opened(1), from, to, cause: None });
                }
            }
            Input::Timer => {
                self.next = Some(now.plus_us(60_000_000));
                let (from, to) = (at(A, 1000), at(B, 7));
                self.out.push(Output::Send { from, to, octets: b"tick".to_vec(), cause: None });
            }
            Input::Datagram { octets, .. } => say(&mut self.out, format!("got {}", String::from_utf8_lossy(octets))),
            Input::Stream { id, event } => match event {
                StreamEvent::Connected => {
                    self.out.push(Output::Write { id, octets: b"hello".to_vec() });
                    self.out.push(Output::Close { id });
                }
                other => say(&mut self.out, format!("{other:?}")),
            },
        }
    }

    fn poll(&mut self) -> Output {
        self.out.pop_or_wait(self.next)
    }
}

/// Sends every datagram back; says what streams bring.
#[derive(Default)]
struct Echo(Outbox);

impl Actor for Echo {
    fn handle(&mut self, _: Timestamp, input: Input<'_>) {
        match input {
            Input::Datagram { from, to, octets, cause } => {
                self.0.push(Output::Send { from: to, to: from, octets: octets.to_vec(), cause });
            }
            Input::Stream { event: StreamEvent::Octets(octets), .. } => {
                self.0.push(Output::Note(Note::Story(format!("read {}", String::from_utf8_lossy(octets)))));
            }
            Input::Stream { event: StreamEvent::Closed, .. } => {
                self.0.push(Output::Note(Note::Story("closed".to_owned())));
            }
            _ => {}
        }
    }

    fn poll(&mut self) -> Output {
        self.0.pop_or_wait(None)
    }
}

fn at(address: &str, port: u16) -> SocketAddr {
    SocketAddr::new(address.parse().unwrap(), port)
}

fn node(id: &str, address: &str, listens_tcp: Vec<SocketAddr>, actor: Box<dyn Actor>) -> Node {
    let addresses: Vec<IpAddr> = vec![address.parse().unwrap()];
    Node { id: id.to_owned(), addresses, listens_udp: Vec::new(), listens_tcp, actor }
}

/// What was said, one line each.
#[derive(Default)]
struct Said(Vec<String>);

impl Observer for Said {
    fn traffic(&mut self, _: &Traffic<'_>) {}
    fn note(&mut self, at: Timestamp, node: &str, note: &Note) {
        let Note::Story(text) = note else { return };
        self.0.push(format!("{:.3} {node}: {text}", at.as_s()));
    }
}

fn said(connect_to: Option<SocketAddr>, link: Link, minutes: i64) -> Vec<String> {
    let caller = Caller { connect_to, ..Caller::default() };
    let nodes = vec![
        node("caller", A, Vec::new(), Box::new(caller)),
        node("echo", B, vec![at(B, 25)], Box::new(Echo::default())),
    ];
    let mut world = World::new(nodes, Timestamp::from_s(0), link, 1);
    let mut said = Said::default();
    world.run(Timestamp::from_s(60 * minutes), &mut said).unwrap();
    said.0
}

#[test]
fn datagrams_take_the_latency_both_ways() {
    assert_eq!(said(None, Link::default(), 2), ["60.016 caller: got tick"]);
}

#[test]
fn streams_carry_octets_in_order_and_then_close() {
    let expected = ["0.024 echo: read hello", "0.024 echo: closed"];
    assert_eq!(said(Some(at(B, 25)), Link::default(), 0), [""; 0], "nothing arrives in no time");
    assert_eq!(said(Some(at(B, 25)), Link::default(), 1)[..2], expected);
}

#[test]
fn nobody_listening_is_refused_and_nobody_there_times_out() {
    let refused = format!("0.016 caller: {:?}", StreamEvent::Failed(StreamFailure::Refused));
    assert_eq!(said(Some(at(B, 26)), Link::default(), 1)[0], refused);
    let timeout = format!("30.000 caller: {:?}", StreamEvent::Failed(StreamFailure::Timeout));
    assert_eq!(said(Some(at("192.0.2.9", 25)), Link::default(), 1)[0], timeout);
}

#[test]
fn a_lossy_link_loses_its_share_and_the_same_seed_loses_the_same() {
    let link = Link { loss: 0.3, ..Link::default() };
    let some = said(None, link, 1000);
    // Both ways must survive: 0.7 squared of a thousand.
    assert!((440..540).contains(&some.len()), "{}", some.len());
    assert_eq!(some, said(None, link, 1000));
}

#[test]
fn a_party_that_never_lets_time_pass_is_named() {
    struct Stuck;
    impl Actor for Stuck {
        fn handle(&mut self, _: Timestamp, _: Input<'_>) {}
        fn poll(&mut self) -> Output {
            Output::Wait { until: Some(Timestamp::from_s(0)) }
        }
    }
    let mut world =
        World::new(vec![node("stuck", A, Vec::new(), Box::new(Stuck))], Timestamp::from_s(0), Link::default(), 1);
    let error = world.run(Timestamp::from_s(1), &mut ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "stuck keeps the clock from moving on at {}: more than 1000000 events at one instant",
            Timestamp::from_s(0)
        )
    );
}
