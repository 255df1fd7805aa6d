//! Names as keys in canonical order.

use core::borrow::Borrow;

use askance_record::Name;

/// A name as octets that sort in canonical order (RFC 4034 §6.1), a parent's being a prefix of its children's.
///
/// Labels stand in reverse, lower case, each ended by 0; octets 0 and 1 inside a label are 1 1 and 1 2.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::dns) struct Key(Vec<u8>);

impl Key {
    /// The key of a name.
    pub(in crate::dns) fn of(name: &Name) -> Self {
        let labels: Vec<&str> = name.labels().collect();
        let mut octets = Vec::with_capacity(name.key().len() + 1);
        for label in labels.iter().rev() {
            let mut rest = label.as_bytes();
            while let [first, tail @ ..] = rest {
                let (octet, after) = match (first, tail) {
                    (b'\\', [a @ b'0'..=b'9', b, c, after @ ..]) => {
                        let value = [a, b, c].iter().fold(0u8, |v, d| v.wrapping_mul(10).wrapping_add(**d - b'0'));
                        (value, after)
                    }
                    (b'\\', [escaped, after @ ..]) => (*escaped, after),
                    (octet, after) => (*octet, after),
                };
                match octet {
                    0 | 1 => octets.extend([1, octet + 1]),
                    octet => octets.push(octet),
                }
                rest = after;
            }
            octets.push(0);
        }
        Self(octets)
    }

    /// True where this name is `ancestor` or stands below it.
    pub(in crate::dns) fn is_under(&self, ancestor: &Self) -> bool {
        self.0.starts_with(&ancestor.0)
    }

    /// The keys of the name and of all above it up to the root, topmost first.
    pub(in crate::dns) fn line(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        let ends = self.0.iter().enumerate().filter(|(_, octet)| **octet == 0).map(|(at, _)| at + 1);
        core::iter::once(0).chain(ends).map(|end| &self.0[..end])
    }

    /// The key's octets.
    pub(in crate::dns) fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_in_canonical_order() {
        // The example of RFC 4034 section 6.1.
        let names = [
            "example",
            "a.example",
            "yljkjljk.a.example",
            "Z.a.example",
            "zABC.a.EXAMPLE",
            "z.example",
            "\\001.z.example",
            "*.z.example",
            "\\200.z.example",
        ];
        let keys: Vec<Key> = names.iter().map(|n| Key::of(&Name::parse(n).unwrap())).collect();
        assert!(keys.is_sorted(), "{keys:?}");
        assert!(keys[1..].iter().all(|k| k.is_under(&keys[0])));
        assert!(!keys[5].is_under(&keys[1]));
    }

    #[test]
    fn a_dot_inside_a_label_is_no_parent() {
        let key = |text| Key::of(&Name::parse(text).unwrap());
        assert!(!key("a\\.example").is_under(&key("example")));
        assert_eq!(key("a.example").line().count(), 3);
        assert_eq!(key(".").line().collect::<Vec<_>>(), [b""]);
    }
}
