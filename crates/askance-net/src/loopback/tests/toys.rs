//! Parties that do little, and an observer that remembers what they say.

use core::net::{IpAddr, SocketAddr};

use askance_proto::{Actor, Input, Node, Note, Observer, Outbox, Output, StreamEvent, StreamId, Traffic, TrafficKind};
use askance_record::Timestamp;

pub(super) fn at(address: &str, port: u16) -> SocketAddr {
    format!("{address}:{port}").parse().unwrap()
}

pub(super) fn node(id: &str, address: &str, udp: &[u16], tcp: &[u16], actor: impl Actor + 'static) -> Node {
    let address: IpAddr = address.parse().unwrap();
    let all = |ports: &[u16]| ports.iter().map(|port| SocketAddr::new(address, *port)).collect();
    Node {
        id: id.to_owned(),
        addresses: vec![address],
        listens_udp: all(udp),
        listens_tcp: all(tcp),
        actor: Box::new(actor),
    }
}

fn say(out: &mut Outbox, text: String) {
    out.push(Output::Note(Note::Story(text)));
}

/// Sends numbered datagrams at an interval and says what comes back.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) every_s: i64,
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    /// How many at a time.
    pub(super) burst: u32,
    /// Octets added to each.
    pub(super) filler: usize,
    /// Whether each is from the next port.
    pub(super) new_port: bool,
    pub(super) out: Outbox,
    pub(super) next: Option<Timestamp>,
    pub(super) sent: u32,
}

impl Default for Caller {
    fn default() -> Self {
        let nowhere = at("127.0.0.1", 0);
        Self {
            every_s: 1,
            from: nowhere,
            to: nowhere,
            burst: 1,
            filler: 0,
            new_port: false,
            out: Outbox::default(),
            next: None,
            sent: 0,
        }
    }
}

impl Actor for Caller {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        match input {
            Input::Started => self.next = Some(now.plus_us(self.every_s * 1_000_000)),
            Input::Timer => {
                self.next = Some(now.plus_us(self.every_s * 1_000_000));
                for _ in 0..self.burst {
                    self.sent += 1;
                    if self.new_port {
                        self.from.set_port(self.from.port() + 1);
                    }
                    let octets = format!("tick {}{}", self.sent, " ".repeat(self.filler)).into_bytes();
                    self.out.push(Output::Send { from: self.from, to: self.to, octets, cause: None });
                }
            }
            Input::Datagram { octets, to, .. } => {
                assert!(to == self.from || self.burst > 1, "the party sees its own port");
                say(&mut self.out, format!("got {}", String::from_utf8_lossy(octets)));
            }
            Input::Stream { .. } => {}
        }
    }

    fn poll(&mut self) -> Output {
        self.out.pop_or_wait(self.next)
    }
}

/// Sends every datagram back.
#[derive(Debug, Default)]
pub(super) struct Echo(Outbox);

impl Actor for Echo {
    fn handle(&mut self, _: Timestamp, input: Input<'_>) {
        if let Input::Datagram { from, to, octets, cause } = input {
            self.0.push(Output::Send { from: to, to: from, octets: octets.to_vec(), cause });
        }
    }

    fn poll(&mut self) -> Output {
        self.0.pop_or_wait(None)
    }
}

/// Opens a stream, writes pieces when it stands, and says what happens.
#[derive(Debug)]
pub(super) struct Talker {
    pub(super) from: IpAddr,
    pub(super) to: SocketAddr,
    pub(super) says: Vec<Vec<u8>>,
    pub(super) out: Outbox,
}

impl Talker {
    pub(super) fn new(from: &str) -> Self {
        let from: IpAddr = from.parse().unwrap();
        Self { from, to: SocketAddr::new(from, 0), says: Vec::new(), out: Outbox::default() }
    }
}

impl Actor for Talker {
    fn handle(&mut self, _: Timestamp, input: Input<'_>) {
        match input {
            Input::Started => {
                let id = StreamId::opened(1);
                self.out.push(Output::Connect { id, from: self.from, to: self.to, cause: None });
            }
            Input::Stream { id, event: StreamEvent::Connected } => {
                for octets in self.says.drain(..) {
                    self.out.push(Output::Write { id, octets });
                }
            }
            Input::Stream { event: StreamEvent::Failed(why), .. } => say(&mut self.out, format!("failed {why:?}")),
            Input::Stream { event: StreamEvent::Octets(octets), .. } => {
                say(&mut self.out, format!("read {}", octets.escape_ascii()));
            }
            Input::Stream { event, .. } => say(&mut self.out, format!("{event:?}")),
            _ => {}
        }
    }

    fn poll(&mut self) -> Output {
        self.out.pop_or_wait(None)
    }
}

/// A talker that begins TLS on the first answer to what it said, if it is to, and goes on.
#[derive(Debug)]
pub(super) struct Sequel {
    pub(super) talker: Talker,
    pub(super) secure: bool,
    pub(super) then: Vec<u8>,
}

impl Actor for Sequel {
    fn handle(&mut self, now: Timestamp, input: Input<'_>) {
        self.talker.handle(now, input);
        let Input::Stream { id, event } = input else { return };
        match event {
            StreamEvent::Octets(octets) if octets.starts_with(b"STARTTLS") && self.secure => {
                self.talker.out.push(Output::Secure { id, as_server: false });
            }
            StreamEvent::Secured => {
                let octets = core::mem::take(&mut self.then);
                self.talker.out.push(Output::Write { id, octets });
            }
            _ => {}
        }
    }

    fn poll(&mut self) -> Output {
        self.talker.poll()
    }
}

/// Greets, also after TLS has begun, answers each line with itself, and closes after `QUIT`.
#[derive(Debug, Default)]
pub(super) struct Liner {
    pub(super) greeting: Vec<u8>,
    /// Whether it begins TLS after `STARTTLS`.
    pub(super) secure: bool,
    pub(super) line: Vec<u8>,
    pub(super) out: Outbox,
}

impl Actor for Liner {
    fn handle(&mut self, _: Timestamp, input: Input<'_>) {
        let Input::Stream { id, event } = input else { return };
        match event {
            StreamEvent::Accepted { from, to, .. } => {
                say(&mut self.out, format!("accepted {from} at port {}", to.port()));
                self.out.push(Output::Write { id, octets: self.greeting.clone() });
            }
            StreamEvent::Octets(octets) => {
                for octet in octets {
                    self.line.push(*octet);
                    if *octet != b'\n' {
                        continue;
                    }
                    let octets = core::mem::take(&mut self.line);
                    let (quit, secure) = (octets == b"QUIT\r\n", octets == b"STARTTLS\r\n" && self.secure);
                    self.out.push(Output::Write { id, octets });
                    if secure {
                        self.out.push(Output::Secure { id, as_server: true });
                    }
                    if quit {
                        self.out.push(Output::Close { id });
                    }
                }
            }
            StreamEvent::Secured => {
                say(&mut self.out, "secured".to_owned());
                self.out.push(Output::Write { id, octets: self.greeting.clone() });
            }
            event => say(&mut self.out, format!("{event:?}")),
        }
    }

    fn poll(&mut self) -> Output {
        self.out.pop_or_wait(None)
    }
}

/// Always wants to be called back at once.
#[derive(Debug)]
pub(super) struct Stuck;

impl Actor for Stuck {
    fn handle(&mut self, _: Timestamp, _: Input<'_>) {}

    fn poll(&mut self) -> Output {
        Output::Wait { until: Some(Timestamp::from_s(0)) }
    }
}

/// What was said, one line each, and what was carried.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Told when a note ends with this text.
    pub(super) awaits: Option<(&'static str, tokio::sync::oneshot::Sender<()>)>,
    pub(super) notes: Vec<String>,
    pub(super) octets: usize,
    pub(super) lost: usize,
}

impl Observer for Said {
    fn traffic(&mut self, traffic: &Traffic<'_>) {
        self.lost += usize::from(traffic.arrives_at.is_none());
        if let TrafficKind::Octets(octets) = traffic.kind {
            self.octets += octets.len();
        }
    }

    fn note(&mut self, at: Timestamp, node: &str, note: &Note) {
        let Note::Story(text) = note else { return };
        let line = format!("{:.3} {node}: {}", at.as_s(), text.trim_end());
        if let Some((_, told)) = self.awaits.take_if(|(text, _)| line.ends_with(*text)) {
            told.send(()).unwrap();
        }
        self.notes.push(line);
    }
}
