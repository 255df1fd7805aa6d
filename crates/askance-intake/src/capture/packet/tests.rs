use super::*;

/// An IPv6 packet of the given next header and payload.
fn v6(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut octets = vec![0x60, 0, 0, 0];
    octets.extend(u16::try_from(payload.len()).expect("short").to_be_bytes());
    octets.extend([next, 64]);
    octets.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    octets.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    octets.extend(payload);
    octets
}

/// An IPv4 packet whose header says `total`, with the given flags and fragment offset.
fn v4(total: u16, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let mut octets = vec![0x45, 0];
    octets.extend(total.to_be_bytes());
    octets.extend([0, 9]);
    octets.extend(fragment.to_be_bytes());
    octets.extend([64, UDP, 0, 0, 192, 0, 2, 1, 192, 0, 2, 53]);
    octets.extend(payload);
    octets
}

/// Protocol, payload, missing octets and fragment of a packet.
type Seen<'a> = (u8, &'a [u8], usize, Option<Fragment>);

#[track_caller]
fn check(octets: &[u8], expected: Result<Seen<'_>, &str>) {
    assert_eq!(read(octets).map(|p| (p.protocol, p.payload, p.missing, p.fragment)), expected);
}

#[test]
fn padding_is_no_payload() {
    check(&v4(24, 0, b"abcdPADDING"), Ok((UDP, b"abcd", 0, None)));
    let padded = [&v6(UDP, b"abcd")[..], b"PADDING"].concat();
    check(&padded, Ok((UDP, b"abcd", 0, None)));
}

#[test]
fn a_cut_packet_says_what_is_missing() {
    check(&v4(30, 0, b"abcd"), Ok((UDP, b"abcd", 6, None)));
    check(&v4(0, 0, b"abcd"), Ok((UDP, b"abcd", 0, None)));
    check(&v6(UDP, b"abcdef")[..44], Ok((UDP, b"abcd", 2, None)));
    check(&v4(10, 0, b"abcd"), Err("damaged IPv4 header"));
    check(&v4(24, 0, b"")[..19], Err("damaged IPv4 header"));
    check(&v6(UDP, b"")[..39], Err("damaged IPv6 header"));
    check(&[0x70, 0], Err("packet of an unknown IP version"));
    check(&[], Err("frame cut before its IP header"));
}

#[test]
fn fragments() {
    let part = |id, from, more| Some(Fragment { id, from, more });
    check(&v4(24, 0x2000, b"abcd"), Ok((UDP, b"abcd", 0, part(9, 0, true))));
    check(&v4(24, 0x0003, b"abcd"), Ok((UDP, b"abcd", 0, part(9, 24, false))));
    check(&v4(24, 0x4000, b"abcd"), Ok((UDP, b"abcd", 0, None)));
    check(&v6(44, b"\x11\0\0\x19\0\0\0\x07abcd"), Ok((UDP, b"abcd", 0, part(7, 24, true))));
    check(&v6(44, b"\x11\0\0\0\0\0\0\x07abcd"), Ok((UDP, b"abcd", 0, None)));
    check(&v6(44, b"\x11\0\0"), Err("packet ends inside an extension header"));
}

#[test]
fn extension_headers() {
    let hop = b"\x3c\x00\x01\x04\0\0\0\0"; // hop-by-hop, then destination options
    let dst = b"\x33\x00\x01\x04\0\0\0\0"; // then authentication
    let ah = b"\x11\x01\0\0\0\0\0\x01\0\0\0\x02"; // of (1 + 2) * 4 octets, then UDP
    let payload = [&hop[..], dst, ah, b"abcd"].concat();
    check(&v6(0, &payload), Ok((UDP, b"abcd", 0, None)));
    check(&v6(0, &payload[..12]), Err("packet ends inside an extension header"));
    check(&v6(0, b"\x11"), Err("packet ends inside an extension header"));
    check(&v6(0, b"\x11\xff\0\0\0\0\0\0"), Err("packet ends inside an extension header"));
    // No next header.
    check(&v6(59, b"abcd"), Ok((59, b"abcd", 0, None)));
}
