//! IPv4 addresses that a text speaks of: in zone files, policies, mail and replies.
//!
//! Runs of one story at different addresses say the same things but for these. A dotted
//! quad is one where it stands by itself (`ip4:192.0.2.1`, `[192.0.2.1]`), not inside a
//! longer name (`192.0.2.1.example`); so is the name of a reverse lookup or of its zone.

use core::net::Ipv4Addr;
use core::ops::Range;

/// What reverse names end in (RFC 1035 §3.5).
const REVERSE: &[u8] = b"in-addr.arpa";

/// An address, or the beginning of one, in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Where its digits and dots stand, octets of the text.
    pub range: Range<usize>,
    /// Its octets from the network's side: four, or fewer in the name of a reverse zone.
    pub octets: Vec<u8>,
    /// True in a name below `in-addr.arpa`, where the last octet stands first.
    pub reversed: bool,
    /// The length that follows after a slash, as in `192.0.2.0/24`.
    pub prefix_len: Option<u8>,
}

impl Mention {
    /// The address; that of a reverse zone ends in zeros.
    pub fn address(&self) -> Ipv4Addr {
        let at = |i: usize| self.octets.get(i).copied().unwrap_or_default();
        Ipv4Addr::new(at(0), at(1), at(2), at(3))
    }

    /// Another address, spelled as this one is.
    pub fn spelling_of(&self, address: Ipv4Addr) -> String {
        let mut octets: Vec<String> =
            address.octets().iter().take(self.octets.len()).map(ToString::to_string).collect();
        if self.reversed {
            octets.reverse();
        }
        octets.join(".")
    }
}

/// The addresses that a text speaks of, in their order.
///
/// Cost: O(n).
pub fn mentions(text: &[u8]) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if !is_of_name(text[at]) {
            at += 1;
            continue;
        }
        let length = text[at..].iter().take_while(|c| is_of_name(**c)).count();
        found.extend(mention(text, at));
        at += length;
    }
    found
}

/// A text with other addresses: for each, the one that `map` gives for it.
///
/// Of a reverse zone's name only what names the network changes; `map` is asked for the
/// address that ends in zeros.
pub fn with_addresses(text: &[u8], mut map: impl FnMut(Ipv4Addr) -> Ipv4Addr) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut done = 0;
    for mention in mentions(text) {
        out.extend_from_slice(&text[done..mention.range.start]);
        out.extend_from_slice(mention.spelling_of(map(mention.address())).as_bytes());
        done = mention.range.end;
    }
    out.extend_from_slice(&text[done..]);
    out
}

/// True for what names are made of; a run of these is looked at as a whole.
fn is_of_name(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_')
}

/// The address that begins at `start`, where a name may begin.
fn mention(text: &[u8], start: usize) -> Option<Mention> {
    let mut octets = Vec::new();
    let mut end = start;
    let mut next = start;
    while octets.len() < 4
        && let Some((octet, length)) = number(&text[next..])
    {
        octets.push(octet);
        end = next + length;
        if text.get(end) != Some(&b'.') {
            break;
        }
        next = end + 1;
    }
    let rest = &text[end..];
    let below = rest.strip_prefix(b".").unwrap_or_default();
    if !octets.is_empty() && below.get(..REVERSE.len()).is_some_and(|tail| tail.eq_ignore_ascii_case(REVERSE)) {
        octets.reverse();
        return Some(Mention { range: start..end, octets, reversed: true, prefix_len: None });
    }
    // A full stop ends a sentence or a line of a log; a name goes on after it.
    let alone = match rest {
        [b'.', after, ..] => !is_of_name(*after),
        [after, ..] => *after == b'.' || !is_of_name(*after),
        [] => true,
    };
    if octets.len() < 4 || !alone {
        return None;
    }
    let prefix_len = rest.strip_prefix(b"/").and_then(number).map(|(length, _)| length);
    Some(Mention { range: start..end, octets, reversed: false, prefix_len })
}

/// A number from 0 to 255 without leading zeros, and how many digits it has.
fn number(text: &[u8]) -> Option<(u8, usize)> {
    let digits = text.iter().take_while(|c| c.is_ascii_digit()).count();
    let value = core::str::from_utf8(text.get(..digits)?).ok()?.parse().ok()?;
    (digits == 1 || text[0] != b'0').then_some((value, digits))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The text with every address of 192.0.2.0/24 moved to 127.64.0.0/24.
    fn moved(text: &str) -> String {
        let there = |a: Ipv4Addr| {
            let [x, y, z, last] = a.octets();
            if [x, y, z] == [192, 0, 2] { Ipv4Addr::new(127, 64, 0, last) } else { a }
        };
        String::from_utf8(with_addresses(text.as_bytes(), there)).unwrap()
    }

    #[test]
    fn addresses_are_found_where_they_stand_by_themselves() {
        let check = |text: &str, expected: &str| assert_eq!(moved(text), expected);
        check("v=spf1 ip4:192.0.2.1 ip4:192.0.2.0/28 -all", "v=spf1 ip4:127.64.0.1 ip4:127.64.0.0/28 -all");
        check("mail 300 IN A 192.0.2.25\n", "mail 300 IN A 127.64.0.25\n");
        check("from x (mail.example [192.0.2.25]).", "from x (mail.example [127.64.0.25]).");
        check("client=192.0.2.25, blocked: 192.0.2.26.", "client=127.64.0.25, blocked: 127.64.0.26.");
        check("\"192.0.2.1\",'192.0.2.2'", "\"127.64.0.1\",'127.64.0.2'");
    }

    #[test]
    fn names_of_reverse_lookups_and_their_zones_are_found() {
        assert_eq!(moved("25.2.0.192.in-addr.arpa. PTR"), "25.0.64.127.in-addr.arpa. PTR");
        assert_eq!(moved("name = \"2.0.192.IN-ADDR.arpa\""), "name = \"0.64.127.IN-ADDR.arpa\"");
        let wide = mentions(b"0.192.in-addr.arpa");
        assert_eq!((wide[0].octets.as_slice(), wide[0].reversed), ([192, 0].as_slice(), true));
        assert_eq!(moved("0/28.2.0.192.in-addr.arpa"), "0/28.0.64.127.in-addr.arpa");
    }

    #[test]
    fn what_is_no_address_stays() {
        for text in [
            "192.0.2.1.zen.example",
            "mta-192.0.2.1",
            "x192.0.2.1",
            "192.0.2.1.7",
            "192.0.2.256",
            "192.0.2.01",
            "192.0.2",
            "v1.192.0.2.1",
            "2016-09-23T13:54:55Z 0.25",
            "in-addr.arpa",
        ] {
            assert_eq!(moved(text), text);
        }
        assert_eq!(mentions(b"10.0.0.0/8 10.0.0.0/x")[0].prefix_len, Some(8));
        assert_eq!(mentions(b"10.0.0.0/8 10.0.0.0/x")[1].prefix_len, None);
    }

    proptest! {
        #[test]
        fn any_octets_can_be_read_and_identity_changes_nothing(text: Vec<u8>) {
            prop_assert_eq!(with_addresses(&text, |a| a), text);
        }

        #[test]
        fn identity_changes_nothing_of_what_looks_like_addresses(text in "[0-9./ a-z]{0,40}") {
            prop_assert_eq!(with_addresses(text.as_bytes(), |a| a), text.as_bytes());
        }
    }
}
