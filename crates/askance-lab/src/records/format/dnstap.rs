//! dnstap messages in a Frame Streams file.
//!
//! The messages are written by hand: they are fourteen flat fields of three wire types, which is
//! less text than a schema for a protobuf library would be, and no dependency.
//!
//! # Source
//! dnstap `dnstap.proto`; Frame Streams `fstrm/control.h`; Protocol Buffers encoding (varint,
//! 32-bit and length-delimited fields).

use core::net::IpAddr;
use std::io::{self, Write};

use askance_record::{Timestamp, Vantage};

use super::super::config::TapConfig;
use super::super::out::Out;
use super::{Exchanged, Keeper};

const CONTENT_TYPE: &[u8] = b"protobuf:dnstap.Dnstap";
const CONTROL_START: u32 = 2;
const CONTROL_STOP: u32 = 3;
const FIELD_CONTENT_TYPE: u32 = 1;

/// Writes a Frame Streams file, to the STOP frame.
#[derive(Debug)]
pub(super) struct Dnstap {
    identity: String,
    at: Vec<IpAddr>,
    authoritative: bool,
    begun: bool,
}

impl Dnstap {
    pub(super) fn new(config: &TapConfig) -> Self {
        Self {
            identity: config.id.clone(),
            at: config.at.clone(),
            authoritative: config.vantage == Vantage::Authoritative,
            begun: false,
        }
    }

    fn begin(&mut self, out: &mut Out) -> io::Result<()> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        let mut start = Vec::new();
        start.extend(CONTROL_START.to_be_bytes());
        start.extend(FIELD_CONTENT_TYPE.to_be_bytes());
        start.extend(len32(CONTENT_TYPE)?);
        start.extend(CONTENT_TYPE);
        control(out, &start)
    }

    /// The kind of a query; that of its response follows it.
    fn kind(&self, seen: &Exchanged<'_>) -> u64 {
        const AUTH_QUERY: u64 = 1;
        const RESOLVER_QUERY: u64 = 3;
        const CLIENT_QUERY: u64 = 5;
        if !self.at.contains(&seen.pair.server.ip()) {
            RESOLVER_QUERY
        } else if self.authoritative {
            AUTH_QUERY
        } else {
            CLIENT_QUERY
        }
    }
}

impl Keeper for Dnstap {
    fn exchanged(&mut self, out: &mut Out, seen: &Exchanged<'_>) -> io::Result<()> {
        self.begin(out)?;
        if !seen.kept {
            return Ok(());
        }
        let is_response = seen.message.header.response;
        let message = message(self.kind(seen) + u64::from(is_response), seen);
        let mut frame = Vec::with_capacity(message.len() + 64);
        bytes(&mut frame, 1, self.identity.as_bytes());
        bytes(&mut frame, 14, &message);
        number(&mut frame, 15, 1);
        out.row();
        out.write_all(&len32(&frame)?)?;
        out.write_all(&frame)
    }

    fn finish(&mut self, out: &mut Out) -> io::Result<()> {
        self.begin(out)?;
        control(out, &CONTROL_STOP.to_be_bytes())
    }
}

fn message(kind: u64, seen: &Exchanged<'_>) -> Vec<u8> {
    let (client, server) = (seen.pair.client, seen.pair.server);
    let mut out = Vec::with_capacity(seen.octets.len() + 96);
    number(&mut out, 1, kind);
    number(&mut out, 2, if client.is_ipv4() { 1 } else { 2 });
    number(&mut out, 3, if seen.tcp { 2 } else { 1 });
    for (field, ip) in [(4, client.ip()), (5, server.ip())] {
        match ip {
            IpAddr::V4(ip) => bytes(&mut out, field, &ip.octets()),
            IpAddr::V6(ip) => bytes(&mut out, field, &ip.octets()),
        }
    }
    number(&mut out, 6, u64::from(client.port()));
    number(&mut out, 7, u64::from(server.port()));
    if seen.message.header.response {
        if let Some(asked_at) = seen.asked_at {
            time(&mut out, 8, asked_at);
        }
        time(&mut out, 12, seen.at);
        bytes(&mut out, 14, seen.octets);
    } else {
        time(&mut out, 8, seen.at);
        bytes(&mut out, 10, seen.octets);
    }
    out
}

/// Seconds as a number in `field`, nanoseconds in the next as 32 fixed bits.
fn time(out: &mut Vec<u8>, field: u64, t: Timestamp) {
    let (s, us) = (t.us().div_euclid(1_000_000), t.us().rem_euclid(1_000_000));
    number(out, field, u64::try_from(s).unwrap_or(0));
    varint(out, (field + 1) << 3 | 5);
    out.extend(u32::try_from(us * 1000).expect("less than a second").to_le_bytes());
}

fn number(out: &mut Vec<u8>, field: u64, value: u64) {
    varint(out, field << 3);
    varint(out, value);
}

fn bytes(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, value.len() as u64);
    out.extend(value);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f).expect("seven bits") | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).expect("seven bits"));
}

fn len32(octets: &[u8]) -> io::Result<[u8; 4]> {
    u32::try_from(octets.len()).map(u32::to_be_bytes).map_err(|_| io::ErrorKind::InvalidInput.into())
}

fn control(out: &mut Out, payload: &[u8]) -> io::Result<()> {
    out.write_all(&[0; 4])?;
    out.write_all(&len32(payload)?)?;
    out.write_all(payload)
}
