//! dnstap files: what a name server says of its own messages.
//!
//! ```text
//! START | frame ... frame | STOP          Frame Streams: u32 length, octets; length 0 leads a control frame
//!          └ Dnstap { message: Message }   protobuf
//!                      └ kind, addresses, ports, times, DNS message on the wire ─► exchange ─► rows
//! ```
//!
//! Units are DNS messages. A frame holds one, as a rule; a response's frame may repeat its query
//! (Knot's `responses-with-queries`), which counts only where it was not seen already.
//! Queries and responses are matched as in captures, but only within one place of the server: messages
//! that it was sent (`AUTH`, `CLIENT`, `UPDATE`) never with those that it sent itself (`RESOLVER`,
//! `FORWARDER`), which a collector of several servers shows twice. Within a place the kinds mix: BIND
//! names a query by whether it would recurse for it, and the response by whether recursion was desired, so
//! that its name servers answer `AUTH_QUERY` with `CLIENT_RESPONSE`. The vantage is that of the query's
//! kind, and of the response's where the query is absent.
//!
//! A response whose query is absent often names the time of its query. Its row then bears that time,
//! the round-trip time and [`Side::Response`](askance_record::Side).
//!
//! # Source
//! dnstap `dnstap.proto`; Frame Streams `fstrm/control.h`; Protocol Buffers encoding.

mod message;
mod protobuf;
mod stream;

use askance_record::{At, Batch, Ledger};

use crate::capture::exchange::{Exchange, Seen, Told};
use crate::capture::{FINER_ASSUMED, reject};
use crate::unwrap::Unwrapped;
use crate::{Flow, IntakeError, Options, ReadRecords};
use message::{Bad, Message};
use stream::Stream;

pub(crate) use stream::begins;

/// The reader of a dnstap file.
///
/// # Errors
/// [`IntakeError::FrameStream`] where the input does not begin as one.
pub(crate) fn reader(input: Unwrapped, options: &Options) -> Result<Box<dyn ReadRecords>, IntakeError> {
    Ok(Box::new(Dnstap::open(input, options)?))
}

struct Dnstap {
    stream: Stream,
    stage: Stage,
    exchange: Exchange,
    ledger: Ledger,
    finer_noted: bool,
}

/// How far the input was read.
enum Stage {
    Reading,
    /// No frame follows; what waits comes out, then the error if there was one.
    Closing(Option<IntakeError>),
}

impl ReadRecords for Dnstap {
    fn read(&mut self, batch: &mut Batch) -> Result<Flow, IntakeError> {
        while self.exchange.send(batch) && batch.room() > 0 {
            match &mut self.stage {
                Stage::Reading => match self.stream.next(&mut self.ledger) {
                    Ok(Some(at)) => self.take_frame(at),
                    Ok(None) => self.stage = Stage::Closing(None),
                    Err(error) => self.stage = Stage::Closing(Some(error)),
                },
                Stage::Closing(error) => {
                    if !self.exchange.give_up(&mut self.ledger) {
                        return error.take().map_or(Ok(Flow::End), Err);
                    }
                }
            }
        }
        Ok(Flow::More)
    }

    fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}

impl Dnstap {
    fn open(input: Unwrapped, options: &Options) -> Result<Self, IntakeError> {
        Ok(Self {
            stream: Stream::open(input, options.source, options.limits.frame_octets_max)?,
            stage: Stage::Reading,
            exchange: Exchange::new(options.vantage, options.limits.pending_max),
            ledger: Ledger::default(),
            finer_noted: false,
        })
    }

    fn take_frame(&mut self, at: At) {
        let Self { stream, exchange, ledger, finer_noted, .. } = self;
        let octets = stream.octets();
        let taken = message::read(octets).and_then(|message| {
            let mut matcher = Matcher { at, exchange, ledger: &mut *ledger };
            matcher.take(&message)?;
            Ok(message.is_finer())
        });
        match taken {
            Ok(true) if !*finer_noted => {
                *finer_noted = true;
                ledger.assume(FINER_ASSUMED);
            }
            Ok(_) => {}
            Err(Bad::Unrelated(what)) => ledger.unrelated(what, at, b""),
            Err(Bad::Rejected(reason)) => reject(ledger, reason, at, octets),
        }
    }
}

/// Leads the messages of one frame to the exchange.
struct Matcher<'a> {
    at: At,
    exchange: &'a mut Exchange,
    ledger: &'a mut Ledger,
}

impl Matcher<'_> {
    fn take(&mut self, message: &Message<'_>) -> Result<(), Bad> {
        let kind = message.kind()?;
        let (src, src_port) = (message::address(message.query_address)?, message::port(message.query_port)?);
        let (dst, dst_port) = (message::address(message.response_address)?, message::port(message.response_port)?);
        let asked_at = message.query_time.read()?;
        let answered_at = message.response_time.read()?;
        let told = Some(Told { vantage: kind.role.vantage(), place: kind.role.place(), asked_at });
        let (at, transport) = (self.at, message.transport());
        let mut taken = false;
        // What a response repeats of its query is of use only with its time.
        if let Some(octets) = message.query.filter(|_| !kind.is_response || asked_at.is_some()) {
            let ts = asked_at.ok_or(message::UNTIMED)?;
            let seen = Seen { at, ts, src, dst, src_port, dst_port, transport, told };
            if !(kind.is_response && self.exchange.awaits(&seen, octets)) {
                self.exchange_one(&seen, octets, false);
                taken = true;
            }
        }
        if let Some(octets) = message.response {
            let ts = answered_at.ok_or(message::UNTIMED)?;
            let (src, src_port, dst, dst_port) = (dst, dst_port, src, src_port);
            let seen = Seen { at, ts, src, dst, src_port, dst_port, transport, told };
            self.exchange_one(&seen, octets, true);
            taken = true;
        }
        if taken { Ok(()) } else { Err(Bad::Rejected("frame without the message that its type names")) }
    }

    fn exchange_one(&mut self, seen: &Seen, octets: &[u8], is_response: bool) {
        // The header's QR bit (RFC 1035 §4.1.1); what is too short for one is refused with its reason below.
        if octets.get(2).is_some_and(|bits| (bits & 0x80 != 0) != is_response) {
            return reject(self.ledger, "query in the field of a response, or the reverse", seen.at, octets);
        }
        self.exchange.take(seen, octets, false, self.ledger);
        self.exchange.expire(seen.ts, self.ledger);
    }
}

#[cfg(test)]
mod tests;
