//! IP packets: from octets to what UDP or TCP carries.

use std::net::IpAddr;

use etherparse::{Ipv4HeaderSlice, Ipv6HeaderSlice};

/// An IP packet without its padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    pub(crate) src: IpAddr,
    pub(crate) dst: IpAddr,
    /// The protocol of `payload`.
    pub(crate) protocol: u8,
    pub(crate) payload: &'a [u8],
    /// Octets of the payload that the capture did not keep.
    pub(crate) missing: usize,
    pub(crate) fragment: Option<Fragment>,
}

/// Which part of a datagram a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fragment {
    pub(crate) id: u32,
    /// Octets before this part.
    pub(crate) from: usize,
    /// More parts follow this one.
    pub(crate) more: bool,
}

pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;

/// An address as 16 octets, IPv4 mapped into IPv6.
pub(crate) fn octets(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => ip.octets(),
    }
}

/// Reads an IP packet; octets beyond the length in its header are padding.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn read(octets: &[u8]) -> Result<Packet<'_>, &'static str> {
    match octets.first().map(|first| first >> 4) {
        Some(4) => read_v4(octets),
        Some(6) => read_v6(octets),
        Some(_) => Err("packet of an unknown IP version"),
        None => Err("frame cut before its IP header"),
    }
}

fn read_v4(octets: &[u8]) -> Result<Packet<'_>, &'static str> {
    let header = Ipv4HeaderSlice::from_slice(octets).map_err(|_| "damaged IPv4 header")?;
    let header_len = header.slice().len();
    let total = usize::from(header.total_len());
    // Captures made before segmentation offload filled the length in show 0.
    let total = if total == 0 { octets.len() } else { total };
    if total < header_len {
        return Err("damaged IPv4 header");
    }
    let payload = &octets[header_len..total.min(octets.len())];
    let fragment = header.is_fragmenting_payload().then(|| Fragment {
        id: u32::from(header.identification()),
        from: usize::from(header.fragments_offset().byte_offset()),
        more: header.more_fragments(),
    });
    let (src, dst) = (header.source_addr().into(), header.destination_addr().into());
    let missing = total.saturating_sub(octets.len());
    Ok(Packet { src, dst, protocol: header.protocol().0, payload, missing, fragment })
}

fn read_v6(octets: &[u8]) -> Result<Packet<'_>, &'static str> {
    let header = Ipv6HeaderSlice::from_slice(octets).map_err(|_| "damaged IPv6 header")?;
    let rest = &octets[header.slice().len()..];
    let len = usize::from(header.payload_length());
    // A jumbogram, or segmentation offload as above.
    let len = if len == 0 { rest.len() } else { len };
    let missing = len.saturating_sub(rest.len());
    let (src, dst) = (header.source_addr().into(), header.destination_addr().into());
    let mut packet = Packet {
        src,
        dst,
        protocol: header.next_header().0,
        payload: &rest[..len.min(rest.len())],
        missing,
        fragment: None,
    };
    extensions(&mut packet)?;
    Ok(packet)
}

/// Steps over extension headers, up to and including a fragment header (RFC 8200 §4).
///
/// # Errors
/// Where they end beyond the packet.
pub(crate) fn extensions(packet: &mut Packet<'_>) -> Result<(), &'static str> {
    const ENDS: &str = "packet ends inside an extension header";
    loop {
        let unit = match packet.protocol {
            // Hop-by-hop, routing, destination options, mobility, HIP, shim6.
            0 | 43 | 60 | 135 | 139 | 140 => 8,
            // Authentication: in units of 4, less 2.
            51 => 4,
            44 => {
                let (header, rest) = packet.payload.split_first_chunk::<8>().ok_or(ENDS)?;
                packet.protocol = header[0];
                packet.payload = rest;
                let field = u16::from_be_bytes([header[2], header[3]]);
                let part = Fragment {
                    id: u32::from_be_bytes([header[4], header[5], header[6], header[7]]),
                    from: usize::from(field & !7),
                    more: field & 1 == 1,
                };
                // An atomic fragment (RFC 6946) is a whole packet.
                if part.from > 0 || part.more {
                    packet.fragment = Some(part);
                    return Ok(());
                }
                continue;
            }
            _ => return Ok(()),
        };
        let [next, len, ..] = *packet.payload else { return Err(ENDS) };
        let len = if unit == 8 { (usize::from(len) + 1) * 8 } else { (usize::from(len) + 2) * 4 };
        packet.payload = packet.payload.get(len..).ok_or(ENDS)?;
        packet.protocol = next;
    }
}

#[cfg(test)]
mod tests;
