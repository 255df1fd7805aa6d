//! Link layers: from a frame to its IP packet.

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carried<'a> {
    /// An IPv4 or IPv6 packet, and perhaps padding after it.
    Ip(&'a [u8]),
    /// Something else.
    Other(&'static str),
    /// The frame ends inside its link layer.
    Cut,
}

const NULL: u16 = 0;
const ETHERNET: u16 = 1;
const RAW: [u16; 5] = [12, 14, 101, 228, 229];
const LOOP: u16 = 108;
const SLL: u16 = 113;
const SLL2: u16 = 276;

/// VLAN tags one inside another; 802.1ad has two.
const TAGS_MAX: usize = 8;

/// True where frames of the link type are read.
pub(crate) fn is_read(link: u16) -> bool {
    matches!(link, NULL | ETHERNET | LOOP | SLL | SLL2) || RAW.contains(&link)
}

/// Finds the IP packet of a frame; `None` where the link type is not read.
///
/// # Source
/// <https://www.tcpdump.org/linktypes.html>
pub(crate) fn carried(link: u16, frame: &[u8]) -> Option<Carried<'_>> {
    Some(match link {
        ETHERNET => typed(frame, 12, 14),
        SLL => typed(frame, 14, 16),
        SLL2 => typed(frame, 0, 20),
        NULL | LOOP => family(frame),
        link if RAW.contains(&link) => Carried::Ip(frame),
        _ => return None,
    })
}

/// A frame whose payload's `EtherType` is at `type_at` and whose payload is at `from`.
fn typed(frame: &[u8], type_at: usize, from: usize) -> Carried<'_> {
    let Some(mut payload) = frame.get(from..) else { return Carried::Cut };
    let mut ether_type = u16::from_be_bytes([frame[type_at], frame[type_at + 1]]);
    for _ in 0..TAGS_MAX {
        if !matches!(ether_type, 0x8100 | 0x88a8 | 0x9100) {
            break;
        }
        let [_, _, high, low, rest @ ..] = payload else { return Carried::Cut };
        ether_type = u16::from_be_bytes([*high, *low]);
        payload = rest;
    }
    match ether_type {
        0x0800 | 0x86dd => Carried::Ip(payload),
        0x0806 => Carried::Other("ARP"),
        _ => Carried::Other("frame of another protocol than IP"),
    }
}

/// A frame led by an address family, in the byte order of the capturing machine (NULL) or big-endian (LOOP).
fn family(frame: &[u8]) -> Carried<'_> {
    let Some((family, payload)) = frame.split_first_chunk() else { return Carried::Cut };
    let family = u32::from_be_bytes(*family);
    // Families are small numbers, so that the byte order shows.
    match if family > 0xffff { family.swap_bytes() } else { family } {
        // AF_INET; AF_INET6 of Linux, the BSDs and macOS.
        2 | 10 | 24 | 28 | 30 => Carried::Ip(payload),
        _ => Carried::Other("frame of another protocol than IP"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(link: u16, frame: &[u8], expected: Option<Carried<'_>>) {
        assert_eq!(carried(link, frame), expected);
        assert_eq!(is_read(link), expected.is_some());
    }

    #[test]
    fn every_link_type_leads_to_its_packet() {
        let ip = Some(Carried::Ip(&[0x45, 1]));
        check(1, &[&[0; 12][..], &[8, 0, 0x45, 1]].concat(), ip);
        check(1, &[&[0; 12][..], &[0x81, 0, 0, 5, 8, 0, 0x45, 1]].concat(), ip);
        check(1, &[&[0; 12][..], &[0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 0x86, 0xdd, 0x45, 1]].concat(), ip);
        check(113, &[&[0; 14][..], &[8, 0, 0x45, 1]].concat(), ip);
        check(276, &[&[8, 0][..], &[0; 18], &[0x45, 1]].concat(), ip);
        check(0, &[2, 0, 0, 0, 0x45, 1], ip);
        check(0, &[0, 0, 0, 30, 0x45, 1], ip);
        check(108, &[0, 0, 0, 24, 0x45, 1], ip);
        check(101, &[0x45, 1], ip);
        check(228, &[0x45, 1], ip);
        check(105, &[0x45, 1], None);
    }

    #[test]
    fn what_is_no_ip_is_named() {
        check(1, &[&[0; 12][..], &[8, 6, 0]].concat(), Some(Carried::Other("ARP")));
        check(1, &[&[0; 12][..], &[0x88, 0xcc, 0]].concat(), Some(Carried::Other("frame of another protocol than IP")));
        check(0, &[0, 0, 0, 7], Some(Carried::Other("frame of another protocol than IP")));
        check(1, &[0; 13], Some(Carried::Cut));
        check(1, &[&[0; 12][..], &[0x81, 0, 0]].concat(), Some(Carried::Cut));
        check(0, &[0; 3], Some(Carried::Cut));
    }
}
