//! Blocks of a pcapng file.

use askance_record::{At, Ledger};

use super::super::reject;
use super::{Frame, Frames, Short, damaged, u16_at, u32_at};

/// A section header block's type; the same in either byte order.
pub(super) const SECTION_MAGIC: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

const INTERFACE: u32 = 1;
const PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;

/// Interfaces of one section; more are a sign of damage.
const INTERFACES_MAX: usize = 1 << 16;

/// Octets of an interface block that are read; real ones are shorter by far.
const INTERFACE_OCTETS_MAX: usize = 16 << 10;

const UNSTAMPED_ASSUMED: &str = "frames without a stamp (simple packet blocks) take that of the frame before";

/// A section of the file.
#[derive(Default)]
pub(super) struct Section {
    is_be: bool,
    interfaces: Vec<Interface>,
    /// The last stamp, in microseconds, for blocks without one.
    last: askance_record::Timestamp,
}

/// What an interface description says.
#[derive(Clone, Copy)]
pub(super) struct Interface {
    link: u16,
    snap_octets: u32,
    per_s: u128,
    offset_s: i64,
}

/// Fields that lead a packet block.
struct Packet {
    interface: u32,
    ticks: Option<u64>,
    len: u32,
    /// Where in the block's body the frame begins.
    from: usize,
}

impl Frames {
    /// Reads one block; `None` where it is no frame.
    pub(super) fn next_block(&mut self, at: At, ledger: &mut Ledger) -> Result<Option<Frame>, Short> {
        self.take(8)?;
        if self.held.starts_with(&SECTION_MAGIC) {
            self.next_section(at)?;
            return Ok(None);
        }
        let section = &self.section;
        let (kind, total) = (u32_at(&self.held, 0, section.is_be), u32_at(&self.held, 4, section.is_be));
        let body = body_octets(total).ok_or_else(|| damaged(at, "a block length that cannot be"))?;
        match kind {
            INTERFACE => self.next_interface(body, at)?,
            PACKET | SIMPLE_PACKET | ENHANCED_PACKET => return self.next_packet(kind, body, at, ledger),
            _ => self.skip(body as u64)?,
        }
        self.skip(4)?;
        Ok(None)
    }

    fn next_section(&mut self, at: At) -> Result<(), Short> {
        self.more(12)?;
        let is_be = match &self.held[8..12] {
            [0x1a, 0x2b, 0x3c, 0x4d] => true,
            [0x4d, 0x3c, 0x2b, 0x1a] => false,
            _ => return Err(damaged(at, "a section of no byte order")),
        };
        let body = body_octets(u32_at(&self.held, 4, is_be))
            .filter(|&body| body >= 16)
            .ok_or_else(|| damaged(at, "a section header length that cannot be"))?;
        let section = &mut self.section;
        section.is_be = is_be;
        section.interfaces.clear();
        // The byte order was read already, the length at the end was not.
        self.skip(body as u64)
    }

    fn next_interface(&mut self, body: usize, at: At) -> Result<(), Short> {
        if body < 8 {
            return Err(damaged(at, "an interface block that is too short"));
        }
        let read = body.min(INTERFACE_OCTETS_MAX);
        self.take(read)?;
        self.skip((body - read) as u64)?;
        let section = &mut self.section;
        if section.interfaces.len() >= INTERFACES_MAX {
            return Err(damaged(at, "more interfaces than a capture has"));
        }
        section.interfaces.push(Interface::read(&self.held, section.is_be));
        Ok(())
    }

    fn next_packet(&mut self, kind: u32, body: usize, at: At, ledger: &mut Ledger) -> Result<Option<Frame>, Short> {
        self.count += 1;
        // A block's options may follow the frame.
        if body > self.frame_octets_max.saturating_add(4096) {
            self.skip(body as u64 + 4)?;
            reject(ledger, "frame over the length limit", at, b"");
            return Ok(None);
        }
        self.take(body)?;
        self.skip(4)?;
        let section = &self.section;
        let Some(packet) = packet(kind, &self.held, section) else {
            reject(ledger, "packet block that is too short", at, &self.held);
            return Ok(None);
        };
        let Some(&interface) = usize::try_from(packet.interface).ok().and_then(|i| section.interfaces.get(i)) else {
            reject(ledger, "frame of an undescribed interface", at, &self.held);
            return Ok(None);
        };
        let Some(end) = packet.from.checked_add(packet.len as usize).filter(|&end| end <= self.held.len()) else {
            reject(ledger, "frame beyond its block", at, &self.held);
            return Ok(None);
        };
        if packet.len as usize > self.frame_octets_max {
            reject(ledger, "frame over the length limit", at, b"");
            return Ok(None);
        }
        self.octets = packet.from..end;
        let ts = if let Some(ticks) = packet.ticks {
            self.stamp(u128::from(ticks), interface.per_s, interface.offset_s, ledger)
        } else {
            ledger.assume(UNSTAMPED_ASSUMED);
            section.last
        };
        self.section.last = ts;
        Ok(Some(Frame { at, ts, link: interface.link }))
    }
}

/// Octets between the two lengths of a block.
fn body_octets(total: u32) -> Option<usize> {
    (total >= 12 && total.is_multiple_of(4)).then(|| total as usize - 12)
}

fn packet(kind: u32, body: &[u8], section: &Section) -> Option<Packet> {
    let field = |i| u32_at(body, i, section.is_be);
    let ticks = |i| u64::from(field(i)) << 32 | u64::from(field(i + 4));
    match kind {
        ENHANCED_PACKET if body.len() >= 20 => {
            Some(Packet { interface: field(0), ticks: Some(ticks(4)), len: field(12), from: 20 })
        }
        PACKET if body.len() >= 20 => {
            let interface = u32::from(u16_at(body, 0, section.is_be));
            Some(Packet { interface, ticks: Some(ticks(4)), len: field(12), from: 20 })
        }
        SIMPLE_PACKET if body.len() >= 4 => {
            let snap = section.interfaces.first().map_or(0, |i| i.snap_octets);
            let kept = u32::try_from(body.len() - 4).unwrap_or(u32::MAX);
            let snap = if snap == 0 { kept } else { snap };
            Some(Packet { interface: 0, ticks: None, len: field(0).min(snap).min(kept), from: 4 })
        }
        _ => None,
    }
}

impl Interface {
    /// Reads the body of an interface block, of at least 8 octets.
    fn read(body: &[u8], is_be: bool) -> Self {
        let (link, snap_octets) = (u16_at(body, 0, is_be), u32_at(body, 4, is_be));
        let mut interface = Self { link, snap_octets, per_s: 1_000_000, offset_s: 0 };
        let mut options = &body[8..];
        while options.len() >= 4 {
            let (code, len) = (u16_at(options, 0, is_be), usize::from(u16_at(options, 2, is_be)));
            let Some(value) = options.get(4..4 + len) else { break };
            match (code, value) {
                (0, _) => break,
                // if_tsresol: a negative power of 10, or of 2 where the first bit is set.
                (9, [resolution]) => {
                    let base: u128 = if resolution & 0x80 == 0 { 10 } else { 2 };
                    interface.per_s = base.saturating_pow(u32::from(resolution & 0x7f));
                }
                // if_tsoffset
                (14, value) => {
                    if let Ok(octets) = <[u8; 8]>::try_from(value) {
                        interface.offset_s =
                            if is_be { i64::from_be_bytes(octets) } else { i64::from_le_bytes(octets) };
                    }
                }
                _ => {}
            }
            options = options.get(4 + len.next_multiple_of(4)..).unwrap_or_default();
        }
        interface
    }
}
