//! One sensor: what it sees of the traffic, when, and what it makes of it.

use core::net::SocketAddr;

use askance_proto::dns::Message;
use askance_proto::{Cause, Traffic, TrafficKind};
use askance_record::{Rng, Timestamp};

use super::config::{RecordFormat, TapConfig, TapKind};
use super::format::{Exchanged, Keeper, keeper};
use super::out::Out;
use super::pending::{Asked, Pending};
use super::sight::{End, Held, Over, Packet, Pair, Sight};
use super::streams::{Conns, Passed, Reply};
use super::truth::Truth;
use super::{RecordsError, Sink, Written};

const DNS_PORT: u16 = 53;

/// One sensor and the file that it writes.
#[derive(Debug)]
pub(super) struct Tap {
    /// Its place among the taps.
    number: usize,
    config: TapConfig,
    held: Held,
    conns: Conns,
    pending: Pending,
    keeper: Box<dyn Keeper>,
    out: Out,
    loss: Rng,
    seen: u64,
    missed: u64,
    left_out: u64,
}

impl Tap {
    pub(super) fn new(number: usize, config: TapConfig, sink: &mut dyn Sink) -> Result<Self, RecordsError> {
        let file = sink.file(&config.path);
        let file = file.map_err(|source| RecordsError::Write { id: config.id.clone(), source })?;
        Ok(Self {
            number,
            held: Held::default(),
            conns: Conns::default(),
            pending: Pending::default(),
            keeper: keeper(&config),
            out: Out::new(file),
            loss: Rng::part(config.seed, &format!("loss {}", config.id)),
            config,
            seen: 0,
            missed: 0,
            left_out: 0,
        })
    }

    /// Takes a message between two nodes.
    pub(super) fn traffic(&mut self, traffic: &Traffic<'_>, truth: &mut Truth) -> Result<(), RecordsError> {
        self.release(Some(traffic.sent_at), truth)?;
        match traffic.kind {
            TrafficKind::Datagram(octets) => self.datagram(traffic, octets),
            TrafficKind::Open(accepted) => self.open(traffic, accepted),
            TrafficKind::Octets(octets) => {
                if let Some((id, by, here, back, _)) = self.along(traffic) {
                    let plan = self.conns.write(id, by, octets, here, back);
                    self.hold(id, plan, traffic.cause);
                }
            }
            TrafficKind::Close => {
                if let Some((id, by, here, back, last)) = self.along(traffic) {
                    let plan = self.conns.close(id, by, here, back, last);
                    self.hold(id, plan, traffic.cause);
                }
            }
        }
        Ok(())
    }

    /// Takes a line that a program logs.
    pub(super) fn log(
        &mut self,
        at: Timestamp,
        from: &str,
        program: &'static str,
        text: &str,
        truth: &mut Truth,
    ) -> Result<(), RecordsError> {
        if let RecordFormat::MailLog { node, .. } = &self.config.format
            && node == from
        {
            self.release(Some(at), truth)?;
            self.held.push(at, Sight::Line { program, text: text.to_owned() });
        }
        Ok(())
    }

    /// Ends the file.
    pub(super) fn end(&mut self, truth: &mut Truth) -> Result<(), RecordsError> {
        self.release(None, truth)?;
        let ended = self.keeper.finish(&mut self.out).and_then(|()| std::io::Write::flush(&mut self.out));
        ended.map_err(|source| self.error(source))
    }

    pub(super) fn written(self) -> Written {
        Written {
            sha256: self.out.sha256(),
            octets: self.out.octets(),
            rows: self.out.rows(),
            id: self.config.id,
            path: self.config.path,
            seen: self.seen,
            missed: self.missed,
            left_out: self.left_out,
        }
    }

    fn error(&self, source: std::io::Error) -> RecordsError {
        RecordsError::Write { id: self.config.id.clone(), source }
    }

    /// The end of a conversation at which the sensor stands, if it watches the conversation at all.
    /// Where it watches both ends, it stands at the server's.
    fn stand(&self, pair: Pair, is_stream: bool) -> Option<End> {
        let at = |end: End| self.config.at.contains(&pair.at(end).ip()).then_some(end);
        let is_dns = pair.server.port() == DNS_PORT;
        match self.config.what {
            _ if matches!(self.config.format, RecordFormat::MailLog { .. }) => None,
            TapKind::ClientSide => at(End::Server).filter(|_| is_dns),
            TapKind::Upstream => at(End::Client).filter(|_| is_dns),
            TapKind::Streams => at(End::Server).or_else(|| at(End::Client)).filter(|_| is_stream),
            TapKind::Everything => at(End::Server).or_else(|| at(End::Client)),
        }
    }

    fn datagram(&mut self, traffic: &Traffic<'_>, octets: &[u8]) {
        let (pair, by) = oriented(traffic.from, traffic.to);
        let Some(stand) = self.stand(pair, false) else { return };
        let at = if stand == by { Some(traffic.sent_at) } else { traffic.arrives_at };
        let Some(at) = at else { return };
        self.held.push(at, Sight::Datagram { pair, by, octets: octets.to_vec(), cause: traffic.cause });
    }

    fn open(&mut self, traffic: &Traffic<'_>, accepted: bool) {
        let pair = Pair { client: traffic.from, server: traffic.to };
        let Some(stand) = self.stand(pair, true) else { return };
        let trip = traffic.arrives_at.map(|at| at.us() - traffic.sent_at.us());
        let reply = match trip {
            Some(us) if accepted => Reply::Accepted(us),
            Some(us) => Reply::Refused(us),
            None if stand == End::Client => Reply::Nobody,
            None => return,
        };
        let missed = self.misses();
        let (id, plan) = self.conns.open(pair, stand, missed, traffic.sent_at, reply);
        self.hold(id, plan, traffic.cause);
    }

    /// The stream of a message, who sends it, and when the sensor sees it, the reply to it and the reply to that.
    fn along(&self, traffic: &Traffic<'_>) -> Option<(u64, End, Timestamp, Timestamp, Timestamp)> {
        let (id, by) = self.conns.find(Pair { client: traffic.from, server: traffic.to })?;
        let sent = traffic.sent_at;
        let trip_us = traffic.arrives_at.unwrap_or(sent).us() - sent.us();
        let stand = self.conns.stand(id)?;
        let trips = if stand == by { [0, 2, 2] } else { [1, 1, 3] };
        let [here, back, last] = trips.map(|n| sent.plus_us(n * trip_us));
        Some((id, by, here, back, last))
    }

    fn hold(&mut self, conn: u64, plan: super::streams::Plan, cause: Option<Cause>) {
        for (at, piece) in plan {
            self.held.push(at, Sight::Piece { conn, piece, cause });
        }
    }

    fn misses(&mut self) -> bool {
        self.config.loss > 0.0 && self.loss.chance(self.config.loss)
    }

    /// What the sensor's clock shows.
    fn clock(&self, t: Timestamp) -> Timestamp {
        t.plus_us(self.config.clock_offset_us)
    }

    /// What the sensor writes as stamp.
    fn stamp(&self, t: Timestamp) -> Timestamp {
        let us = self.clock(t).us();
        Timestamp::from_us(us - us.rem_euclid(self.config.resolution_us))
    }

    /// Lets pass what is due at `now`.
    fn release(&mut self, now: Option<Timestamp>, truth: &mut Truth) -> Result<(), RecordsError> {
        while let Some((at, sight)) = self.held.pop(now) {
            self.pending.tick(at);
            let passed = match sight {
                Sight::Datagram { pair, by, octets, cause } => {
                    let what = What { at, pair, by, tcp: false, cause };
                    self.pass_datagram(&what, &octets, truth)
                }
                Sight::Piece { conn, piece, cause } => match self.conns.pass(conn, piece) {
                    Some(passed) => self.pass_piece(at, &passed, cause, truth),
                    None => Ok(()),
                },
                Sight::Line { program, text } => self.pass_line(at, program, &text),
            };
            passed.map_err(|source| self.error(source))?;
        }
        Ok(())
    }

    fn pass_datagram(&mut self, what: &What, octets: &[u8], truth: &mut Truth) -> std::io::Result<()> {
        let is_dns = what.pair.server.port() == DNS_PORT;
        let message = if is_dns { Message::decode(octets).ok() } else { None };
        let kept = self.takes(what.at, None, message.as_ref());
        if kept {
            let at = self.stamp(what.at);
            let packet = Packet { at, pair: what.pair, by: what.by, over: Over::Udp, payload: octets };
            self.keeper.packet(&mut self.out, &packet)?;
        }
        match message {
            Some(message) => self.exchange(what, octets, &message, kept, truth),
            None => Ok(()),
        }
    }

    fn pass_piece(
        &mut self,
        at: Timestamp,
        passed: &Passed,
        cause: Option<Cause>,
        truth: &mut Truth,
    ) -> std::io::Result<()> {
        let Passed { pair, by, missed, sent, messages, is_last } = passed;
        let watched = !missed && self.config.covers_at(self.clock(at));
        if let Some(sent) = sent.as_ref().filter(|_| watched) {
            let over = Over::Tcp(sent.segment);
            let packet = Packet { at: self.stamp(at), pair: *pair, by: *by, over, payload: &sent.payload };
            self.keeper.packet(&mut self.out, &packet)?;
        }
        if *is_last {
            let at = self.stamp(at);
            self.keeper.over(&mut self.out, *pair, at)?;
        }
        for octets in messages {
            let message = Message::decode(octets).ok();
            let kept = self.takes(at, Some(*missed), message.as_ref());
            if let Some(message) = message {
                let what = What { at, pair: *pair, by: *by, tcp: true, cause };
                self.exchange(&what, octets, &message, kept, truth)?;
            }
        }
        Ok(())
    }

    fn pass_line(&mut self, at: Timestamp, program: &str, text: &str) -> std::io::Result<()> {
        if !self.takes(at, None, None) {
            return Ok(());
        }
        let at = self.stamp(at);
        self.keeper.line(&mut self.out, at, program, text)
    }

    /// Whether the sensor takes a message, and counts what it does not.
    ///
    /// - `missed`: of a stream, whether it was missed as a whole
    fn takes(&mut self, at: Timestamp, missed: Option<bool>, message: Option<&Message>) -> bool {
        self.seen += 1;
        if missed.unwrap_or_else(|| self.misses()) {
            self.missed += 1;
            return false;
        }
        let whole_streams = missed.is_some() && self.keeper.keeps_streams_whole();
        let wanted = match message.and_then(|message| message.question.as_ref()) {
            _ if whole_streams || self.keeper.has_no_names() => true,
            Some((qname, qtype)) => self.config.keeps(qname, *qtype),
            None => self.config.keeps_all(),
        };
        let kept = wanted && self.config.covers_at(self.clock(at));
        self.left_out += u64::from(!kept);
        kept
    }

    /// Takes a DNS message: finds the query of a response, writes, and keeps the truth.
    fn exchange(
        &mut self,
        what: &What,
        octets: &[u8],
        message: &Message,
        kept: bool,
        truth: &mut Truth,
    ) -> std::io::Result<()> {
        // Only a client queries and only a server responds; anything else is nobody's lookup.
        if message.header.response != (what.by == End::Server) {
            return Ok(());
        }
        let key = (what.pair, what.tcp, message.header.id);
        let asked = if message.header.response { self.pending.answer(&key) } else { None };
        let has_row = asked.is_some_and(|asked| asked.has_row);
        let cause = asked.and_then(|asked| asked.cause).or(what.cause);
        let counts = kept && !has_row && (self.keeper.shows_responses() || !message.header.response);
        if counts && let (Some((qname, _)), false) = (&message.question, self.keeper.has_no_names()) {
            truth.count(self.number, what.pair.client.ip(), qname, cause, self.stamp(what.at));
        }
        if !message.header.response {
            self.pending.ask(key, Asked { at: what.at, cause, has_row: kept });
        }
        let exchanged = Exchanged {
            at: self.stamp(what.at),
            pair: what.pair,
            tcp: what.tcp,
            octets,
            message,
            asked_at: asked.map(|asked| self.stamp(asked.at)),
            delay_us: asked.map(|asked| what.at.us() - asked.at.us()),
            kept,
        };
        self.keeper.exchanged(&mut self.out, &exchanged)
    }
}

/// When, between whom and by whom something was said.
struct What {
    at: Timestamp,
    pair: Pair,
    by: End,
    tcp: bool,
    cause: Option<Cause>,
}

/// Who is the client of a datagram: whoever talks to port 53, else the sender.
fn oriented(from: SocketAddr, to: SocketAddr) -> (Pair, End) {
    if from.port() == DNS_PORT && to.port() != DNS_PORT {
        (Pair { client: to, server: from }, End::Server)
    } else {
        (Pair { client: from, server: to }, End::Client)
    }
}
