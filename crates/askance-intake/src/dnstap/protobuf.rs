//! Fields of a protobuf message, without a schema.
//!
//! # Source
//! Protocol Buffers encoding: tags, varints, fixed and length-delimited values.

/// The octets are no protobuf message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damaged;

/// A field's value, by its wire type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// A varint.
    Number(u64),
    /// Four fixed octets.
    Fixed32(u32),
    /// Eight fixed octets; no field of dnstap has them.
    Fixed64,
    /// Octets with their length: text, octets, a message.
    Octets(&'a [u8]),
}

/// Reads field after field; ends at the first that is damaged.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn of(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    fn field(&mut self) -> Option<(u32, Value<'a>)> {
        let tag = u32::try_from(self.varint()?).ok()?;
        let value = match tag & 7 {
            0 => Value::Number(self.varint()?),
            1 => {
                self.octets(8)?;
                Value::Fixed64
            }
            2 => {
                let len = self.varint()?;
                Value::Octets(self.octets(usize::try_from(len).ok()?)?)
            }
            5 => Value::Fixed32(u32::from_le_bytes(*self.octets(4)?.first_chunk()?)),
            // Groups are long gone, and nothing else was ever defined.
            _ => return None,
        };
        (tag >> 3 != 0).then_some((tag >> 3, value))
    }

    /// At most ten octets, seven bits each, the least significant first.
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let (&octet, rest) = self.rest.split_first()?;
            self.rest = rest;
            let bits = u64::from(octet & 0x7f);
            if shift == 63 && octet > 1 {
                return None;
            }
            value |= bits << shift;
            if octet < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn octets(&mut self, len: usize) -> Option<&'a [u8]> {
        let (octets, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(octets)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Value<'a>), Damaged>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field().ok_or(Damaged);
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(octets: &[u8], expected: &[Result<(u32, Value<'_>), Damaged>]) {
        assert_eq!(Fields::of(octets).collect::<Vec<_>>(), expected, "{octets:02x?}");
    }

    #[test]
    fn every_wire_type() {
        check(b"", &[]);
        check(&[0x08, 0x96, 0x01], &[Ok((1, Value::Number(150)))]);
        check(&[0x72, 2, 7, 8, 0x78, 1], &[Ok((14, Value::Octets(&[7, 8]))), Ok((15, Value::Number(1)))]);
        check(&[0x4d, 1, 0, 0, 0x80], &[Ok((9, Value::Fixed32(0x8000_0001)))]);
        check(
            &[0x99, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0x72, 0],
            &[Ok((99, Value::Fixed64)), Ok((14, Value::Octets(b"")))],
        );
    }

    #[test]
    fn damage_is_bounded() {
        let largest = [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        check(&largest, &[Ok((1, Value::Number(u64::MAX)))]);
        let mut beyond = largest;
        beyond[10] = 2;
        check(&beyond, &[Err(Damaged)]);
        check(&[0x80; 400], &[Err(Damaged)]);
        check(&[0x08], &[Err(Damaged)]);
        check(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], &[Err(Damaged)]);
        check(&[0x0a, 3, 1, 2], &[Err(Damaged)]);
        check(&[0x0b, 0x0c], &[Err(Damaged)]);
        check(&[0x00, 1, 0x08, 1], &[Err(Damaged)]);
        check(&[0x08, 1, 0x4d, 1, 2], &[Ok((1, Value::Number(1))), Err(Damaged)]);
    }

    proptest! {
        #[test]
        fn any_octets_end(octets in prop::collection::vec(any::<u8>(), 0..200)) {
            let fields: Vec<_> = Fields::of(&octets).collect();
            prop_assert!(fields.len() <= octets.len());
            let inside = |octets: &[u8], outer: &[u8]| outer.as_ptr_range().contains(&octets.as_ptr()) || octets.is_empty();
            for (_, value) in fields.into_iter().flatten() {
                if let Value::Octets(value) = value {
                    prop_assert!(inside(value, &octets));
                }
            }
        }
    }
}
