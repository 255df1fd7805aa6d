//! Classic pcap with microseconds: raw IP packets whose checksums are right.
//!
//! A datagram is one packet whatever its length, as a host that leaves fragmenting to its
//! network card captures it.
//!
//! # Source
//! draft-ietf-opsawg-pcap (file header, packet records), link type 101.

use core::net::{IpAddr, Ipv6Addr};
use std::io::{self, Write};

use etherparse::{
    IpHeaders, IpNumber, Ipv4Header, Ipv6Header, PacketBuilder, PacketBuilderStep, TcpHeader, TcpOptionElement,
};

use super::super::out::Out;
use super::super::sight::{End, Over, Packet, Segment};
use super::Keeper;

const SNAPLEN: u32 = 262_144;
const LINKTYPE_RAW: u32 = 101;
const HOPS: u8 = 64;
const WINDOW: u16 = 64_240;

/// Writes a capture.
#[derive(Debug, Default)]
pub(super) struct Pcap {
    begun: bool,
}

impl Pcap {
    fn begin(&mut self, out: &mut Out) -> io::Result<()> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        out.write_all(&0xa1b2_c3d4_u32.to_le_bytes())?;
        for version in [2u16, 4] {
            out.write_all(&version.to_le_bytes())?;
        }
        for word in [0, 0, SNAPLEN, LINKTYPE_RAW] {
            out.write_all(&word.to_le_bytes())?;
        }
        Ok(())
    }
}

impl Keeper for Pcap {
    fn packet(&mut self, out: &mut Out, packet: &Packet<'_>) -> io::Result<()> {
        self.begin(out)?;
        let Over::Tcp(segment) = packet.over else {
            return record(out, packet, &udp(packet)?);
        };
        let most = usize::from(packet.segment_octets_max());
        let mut rest = packet.payload;
        let mut seq = segment.seq;
        loop {
            let (now, later) = rest.split_at(rest.len().min(most));
            let part = Segment { seq, push: segment.push && later.is_empty(), ..segment };
            record(out, packet, &tcp(packet, part, now)?)?;
            if later.is_empty() {
                return Ok(());
            }
            seq = seq.wrapping_add(u32::try_from(now.len()).expect("at most a segment"));
            rest = later;
        }
    }

    fn finish(&mut self, out: &mut Out) -> io::Result<()> {
        self.begin(out)
    }

    fn keeps_streams_whole(&self) -> bool {
        true
    }
}

/// Writes a packet with its record header.
fn record(out: &mut Out, packet: &Packet<'_>, octets: &[u8]) -> io::Result<()> {
    let us = packet.at.us();
    let len = u32::try_from(octets.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    // The format has 32 bits for the seconds: until 2106.
    let s = u32::try_from(us.div_euclid(1_000_000)).map_err(|_| io::ErrorKind::InvalidInput)?;
    let us = u32::try_from(us.rem_euclid(1_000_000)).expect("less than a second");
    for word in [s, us, len, len] {
        out.write_all(&word.to_le_bytes())?;
    }
    out.row();
    out.write_all(octets)
}

fn udp(packet: &Packet<'_>) -> io::Result<Vec<u8>> {
    let (from, to) = ends(packet);
    let builder = ip(packet).udp(from, to);
    let mut octets = Vec::with_capacity(builder.size(packet.payload.len()));
    builder.write(&mut octets, packet.payload).map_err(io::Error::other)?;
    Ok(octets)
}

fn tcp(packet: &Packet<'_>, segment: Segment, payload: &[u8]) -> io::Result<Vec<u8>> {
    let (from, to) = ends(packet);
    let mut head = TcpHeader::new(from, to, segment.seq, WINDOW);
    (head.syn, head.fin, head.rst, head.psh) = (segment.syn, segment.fin, segment.rst, segment.push);
    if let Some(ack) = segment.ack {
        (head.ack, head.acknowledgment_number) = (true, ack);
    }
    if segment.rst {
        head.window_size = 0;
    }
    if segment.syn {
        head.set_options(&[TcpOptionElement::MaximumSegmentSize(packet.segment_octets_max())])
            .map_err(io::Error::other)?;
    }
    let builder = ip(packet).tcp_header(head);
    let mut octets = Vec::with_capacity(builder.size(payload.len()));
    builder.write(&mut octets, payload).map_err(io::Error::other)?;
    Ok(octets)
}

fn ends(packet: &Packet<'_>) -> (u16, u16) {
    (packet.pair.at(packet.by).port(), packet.pair.at(packet.by.other()).port())
}

fn ip(packet: &Packet<'_>) -> PacketBuilderStep<IpHeaders> {
    let [from, to] = [packet.by, packet.by.other()].map(|end: End| packet.pair.at(end).ip());
    let head = match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let head = Ipv4Header {
                time_to_live: HOPS,
                source: from.octets(),
                destination: to.octets(),
                protocol: IpNumber::UDP, // replaced by the builder
                ..Ipv4Header::default()
            };
            IpHeaders::Ipv4(head, etherparse::Ipv4Extensions::default())
        }
        (from, to) => {
            let [source, destination] = [from, to].map(|ip| v6(ip).octets());
            let head = Ipv6Header { hop_limit: HOPS, source, destination, ..Ipv6Header::default() };
            IpHeaders::Ipv6(head, etherparse::Ipv6Extensions::default())
        }
    };
    PacketBuilder::ip(head)
}

fn v6(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    }
}
