//! Packet captures: from frames to lookups.
//!
//! ```text
//! frames ─ link ─ packet ─┬─ (fragments) ─┬─ UDP ───────┬─ wire ─ exchange ─► rows
//!                         └───────────────┴─ TCP: tcp ──┘
//! ```
//!
//! Units are DNS messages: datagrams at a DNS port, and messages cut out of TCP
//! streams at one. A frame whose headers are damaged is a unit too, since nobody
//! can say that it held none. Segments without octets carry no message and are not
//! counted. What is held between frames is bounded by [`Limits`](crate::Limits).

mod aged;
pub(crate) mod exchange;
mod fragments;
mod frames;
mod link;
mod packet;
mod tcp;
pub(crate) mod wire;

use askance_record::{At, Batch, Ledger, Timestamp, Transport};
use etherparse::{TcpSlice, UdpHeaderSlice};

use crate::unwrap::Unwrapped;
use crate::{Flow, IntakeError, Options, ReadRecords};
use exchange::{Exchange, Seen};
use fragments::Fragments;
use frames::{Frame, Frames};
use link::Carried;
use packet::Packet;
use tcp::{Ends, Messages, Segment, Streams, When};

pub(crate) const FINER_ASSUMED: &str = "stamps finer than a microsecond are cut to it";

/// The port of DNS (RFC 1035 §4.2).
const DNS_PORT: u16 = 53;

/// The reader of a capture, pcap or pcapng.
///
/// # Errors
/// [`IntakeError::CaptureHeader`] where the input is no capture, [`IntakeError::LinkType`] where no
/// frame of it could be read.
pub(crate) fn reader(input: Unwrapped, options: &Options) -> Result<Box<dyn ReadRecords>, IntakeError> {
    Ok(Box::new(Capture::open(input, options)?))
}

/// Counts a unit that was refused; its first octets are shown escaped.
pub(crate) fn reject(ledger: &mut Ledger, reason: &'static str, at: At, octets: &[u8]) {
    if ledger.rejected.contains_key(reason) {
        ledger.reject(reason, at, b"");
    } else {
        let example = octets[..octets.len().min(64)].escape_ascii().to_string();
        ledger.reject(reason, at, example.as_bytes());
    }
}

struct Capture {
    frames: Frames,
    stage: Stage,
    layers: Layers,
}

impl Capture {
    fn open(input: Unwrapped, options: &Options) -> Result<Self, IntakeError> {
        let frames = Frames::open(input, options.source, options.limits.frame_octets_max)?;
        if let Some(linktype) = frames.only_link().filter(|&link| !link::is_read(link)) {
            return Err(IntakeError::LinkType { linktype });
        }
        let ports = if options.dns_ports.is_empty() { vec![DNS_PORT] } else { options.dns_ports.clone() };
        let limits = &options.limits;
        let layers = Layers {
            ports,
            // The two kinds of reassembly share what they may hold.
            fragments: Fragments::new(limits.reassembly_octets_max / 4),
            streams: Streams::new(limits.reassembly_octets_max / 4 * 3, limits.pending_max),
            exchange: Exchange::new(options.vantage, limits.pending_max),
            ledger: Ledger::default(),
        };
        Ok(Self { frames, stage: Stage::Reading, layers })
    }
}

/// How far the input was read.
enum Stage {
    Reading,
    /// No frame follows; what is held comes out, then the error if there was one.
    Closing(Option<IntakeError>),
}

/// Everything above frames.
struct Layers {
    ports: Vec<u16>,
    fragments: Fragments,
    streams: Streams,
    exchange: Exchange,
    ledger: Ledger,
}

impl ReadRecords for Capture {
    fn read(&mut self, batch: &mut Batch) -> Result<Flow, IntakeError> {
        while self.layers.exchange.send(batch) && batch.room() > 0 {
            match &mut self.stage {
                Stage::Reading => match self.frames.next(&mut self.layers.ledger) {
                    Ok(Some(frame)) => {
                        self.layers.take_frame(frame, self.frames.octets());
                        self.layers.expire(frame.ts);
                    }
                    Ok(None) => self.stage = Stage::Closing(None),
                    Err(error) => self.stage = Stage::Closing(Some(error)),
                },
                Stage::Closing(error) => {
                    if !self.layers.close() {
                        return error.take().map_or(Ok(Flow::End), Err);
                    }
                }
            }
        }
        Ok(Flow::More)
    }

    fn ledger(&self) -> &Ledger {
        &self.layers.ledger
    }
}

impl Layers {
    fn take_frame(&mut self, frame: Frame, octets: &[u8]) {
        let ip = match link::carried(frame.link, octets) {
            Some(Carried::Ip(ip)) => ip,
            Some(Carried::Other(what)) => return self.ledger.unrelated(what, frame.at, b""),
            Some(Carried::Cut) => return self.reject("frame cut inside its link layer", frame.at, octets),
            None => return self.reject("frame of a link type that is not read", frame.at, octets),
        };
        let packet = match packet::read(ip) {
            Ok(packet) => packet,
            Err(reason) => return self.reject(reason, frame.at, ip),
        };
        let when = (frame.at, frame.ts);
        let Some(fragment) = packet.fragment else {
            return self.take_packet(&packet, when);
        };
        let Self { ports, fragments, streams, exchange, ledger } = self;
        let is_other = |protocol, payload: &[u8]| !may_be_dns(ports, protocol, payload);
        let Some(whole) = fragments.take(&packet, fragment, is_other, when, ledger) else { return };
        let mut packet = Packet { payload: whole, missing: 0, fragment: None, ..packet };
        let mut above = Above { ports, streams, exchange, ledger };
        match packet::extensions(&mut packet) {
            Ok(()) => above.take(&packet, when),
            Err(reason) => reject(above.ledger, reason, frame.at, packet.payload),
        }
    }

    fn take_packet(&mut self, packet: &Packet<'_>, when: When) {
        let Self { ports, fragments: _, streams, exchange, ledger } = self;
        Above { ports, streams, exchange, ledger }.take(packet, when);
    }

    fn reject(&mut self, reason: &'static str, at: At, octets: &[u8]) {
        reject(&mut self.ledger, reason, at, octets);
    }

    /// Gives up on a little of what has waited too long; each frame pays for a few.
    fn expire(&mut self, now: Timestamp) {
        self.exchange.expire(now, &mut self.ledger);
        self.fragments.expire(Some(now), &mut self.ledger);
        let mut out = Sink { exchange: &mut self.exchange, ledger: &mut self.ledger };
        self.streams.expire(Some(now), &mut out);
    }

    /// Gives up on a little of what is held; false where nothing is.
    fn close(&mut self) -> bool {
        if self.fragments.expire(None, &mut self.ledger) {
            return true;
        }
        let mut out = Sink { exchange: &mut self.exchange, ledger: &mut self.ledger };
        self.streams.expire(None, &mut out) || self.exchange.give_up(&mut self.ledger)
    }
}

/// What takes whole packets.
struct Above<'a> {
    ports: &'a [u16],
    streams: &'a mut Streams,
    exchange: &'a mut Exchange,
    ledger: &'a mut Ledger,
}

impl Above<'_> {
    fn take(&mut self, packet: &Packet<'_>, when: When) {
        let taken = match packet.protocol {
            packet::UDP => self.take_udp(packet, when),
            packet::TCP => self.take_tcp(packet, when),
            1 | 58 => Err(Refused::Unrelated("ICMP")),
            _ => Err(Refused::Unrelated("packet of another protocol than UDP or TCP")),
        };
        match taken {
            Ok(()) => {}
            Err(Refused::Unrelated(what)) => self.ledger.unrelated(what, when.0, b""),
            Err(Refused::Rejected(reason)) => reject(self.ledger, reason, when.0, packet.payload),
        }
    }

    fn take_udp(&mut self, packet: &Packet<'_>, (at, ts): When) -> Result<(), Refused> {
        const OTHER: Refused = Refused::Unrelated("datagram of another port");
        let Ok(header) = UdpHeaderSlice::from_slice(packet.payload) else {
            return Err(if may_be_dns(self.ports, packet::UDP, packet.payload) {
                Refused::Rejected("packet ends inside its UDP header")
            } else {
                OTHER
            });
        };
        let (src_port, dst_port) = (header.source_port(), header.destination_port());
        if !self.is_dns(src_port, dst_port) {
            return Err(OTHER);
        }
        let (octets, len) = (&packet.payload[8..], usize::from(header.length()));
        // A length of 0 is left by segmentation offload.
        let len = if len == 0 { octets.len() + packet.missing } else { len.saturating_sub(8) };
        let cut = len > octets.len();
        if cut && packet.missing == 0 {
            return Err(Refused::Rejected("UDP length beyond its packet"));
        }
        let (src, dst) = (packet.src, packet.dst);
        let ends = Ends { src, dst, src_port, dst_port };
        let seen = seen(&ends, (at, ts), Transport::Udp);
        self.exchange.take(&seen, &octets[..len.min(octets.len())], cut, self.ledger);
        Ok(())
    }

    fn take_tcp(&mut self, packet: &Packet<'_>, (at, ts): When) -> Result<(), Refused> {
        if !may_be_dns(self.ports, packet::TCP, packet.payload) {
            return Err(Refused::Unrelated("segment of another port"));
        }
        let Ok(tcp) = TcpSlice::from_slice(packet.payload) else {
            return Err(Refused::Rejected("damaged TCP header"));
        };
        let (src_port, dst_port) = (tcp.source_port(), tcp.destination_port());
        let segment = Segment {
            at,
            ts,
            src: packet.src,
            dst: packet.dst,
            src_port,
            dst_port,
            seq: tcp.sequence_number(),
            ack: tcp.ack().then(|| tcp.acknowledgment_number()),
            syn: tcp.syn(),
            fin: tcp.fin(),
            rst: tcp.rst(),
            payload: tcp.payload(),
            missing: packet.missing,
            responses: match (self.ports.contains(&src_port), self.ports.contains(&dst_port)) {
                (true, false) => Some(true),
                (false, true) => Some(false),
                _ => None,
            },
        };
        self.streams.take(&segment, &mut Sink { exchange: self.exchange, ledger: self.ledger });
        Ok(())
    }

    fn is_dns(&self, src_port: u16, dst_port: u16) -> bool {
        self.ports.contains(&dst_port) || self.ports.contains(&src_port)
    }
}

/// Why a packet is not taken.
enum Refused {
    Unrelated(&'static str),
    Rejected(&'static str),
}

/// False where the payload shows ports, and none of them is one of DNS; or where it cannot show any.
fn may_be_dns(ports: &[u16], protocol: u8, payload: &[u8]) -> bool {
    if !matches!(protocol, packet::UDP | packet::TCP | 0 | 43 | 51 | 60) {
        return false;
    }
    if !matches!(protocol, packet::UDP | packet::TCP) {
        return true;
    }
    let Some(&[a, b, c, d]) = payload.first_chunk() else { return true };
    ports.contains(&u16::from_be_bytes([a, b])) || ports.contains(&u16::from_be_bytes([c, d]))
}

/// How a message was seen on the wire.
fn seen(ends: &Ends, (at, ts): When, transport: Transport) -> Seen {
    let &Ends { src, dst, src_port, dst_port } = ends;
    let (src, dst, src_port, dst_port) = (Some(src), Some(dst), Some(src_port), Some(dst_port));
    Seen { at, ts, src, dst, src_port, dst_port, transport: Some(transport), told: None }
}

/// Leads what streams yield to the matcher.
struct Sink<'a> {
    exchange: &'a mut Exchange,
    ledger: &'a mut Ledger,
}

impl Messages for Sink<'_> {
    fn message(&mut self, ends: &Ends, when: When, octets: &[u8], cut: bool) {
        self.exchange.take(&seen(ends, when, Transport::Tcp), octets, cut, self.ledger);
    }

    fn lost(&mut self, reason: &'static str, (at, _): When, octets: &[u8]) {
        reject(self.ledger, reason, at, octets);
    }
}

#[cfg(test)]
mod tests;
