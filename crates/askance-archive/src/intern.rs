//! Texts kept once, known by number, without an allocation for each.

use std::hash::{BuildHasher, RandomState};

use arrow_array::StringArray;
use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer};

/// Texts one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    octets: String,
    ends: Vec<u32>,
}

impl Texts {
    pub(crate) fn get(&self, i: usize) -> &str {
        let start = if i == 0 { 0 } else { self.ends[i - 1] as usize };
        // The ends lie where texts ended, so the slice is whole.
        self.octets.get(start..self.ends[i] as usize).expect("ends lie between texts")
    }

    pub(crate) fn octets_held(&self) -> usize {
        self.octets.len() + 4 * self.ends.len()
    }

    /// Appends a text made of parts.
    pub(crate) fn push<'a>(&mut self, parts: impl IntoIterator<Item = &'a str>) {
        for part in parts {
            self.octets.push_str(part);
        }
        self.ends.push(u32::try_from(self.octets.len()).expect("a chunk is flushed long before 4 GiB"));
    }

    /// The texts as an Arrow array, in order.
    pub(crate) fn into_array(self) -> StringArray {
        let mut offsets = Vec::with_capacity(self.ends.len() + 1);
        offsets.push(0i32);
        offsets.extend(self.ends.iter().map(|&end| i32::try_from(end).expect("a chunk is flushed long before 2 GiB")));
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        StringArray::new(offsets, Buffer::from(self.octets.into_bytes()), None)
    }
}

/// A set of texts, numbered from 1 in the order of their first appearance; 0 stands for no text.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    texts: Texts,
    hashes: Vec<u64>,
    /// Open addressing, linear probing, at most half full; a slot holds a number or 0.
    slots: Vec<u32>,
    /// Keyed at random: names are hostile and must not be able to make probing slow.
    hasher: RandomState,
}

impl Interner {
    /// The number of `text`, and whether it is new.
    pub(crate) fn intern(&mut self, text: &str) -> (u32, bool) {
        if self.slots.len() <= 2 * self.hashes.len() {
            self.grow();
        }
        let hash = self.hasher.hash_one(text);
        let slot = self.find(hash, |i| self.hashes[i] == hash && self.texts.get(i) == text);
        if self.slots[slot] != 0 {
            return (self.slots[slot], false);
        }
        self.texts.push([text]);
        self.hashes.push(hash);
        let number = u32::try_from(self.hashes.len()).expect("a chunk has fewer than 2^32 texts");
        self.slots[slot] = number;
        (number, true)
    }

    pub(crate) fn get(&self, number: u32) -> &str {
        self.texts.get(number as usize - 1)
    }

    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    pub(crate) fn octets_held(&self) -> usize {
        self.texts.octets_held() + 8 * self.hashes.len() + 4 * self.slots.len()
    }

    pub(crate) fn into_texts(self) -> Texts {
        self.texts
    }

    fn find(&self, hash: u64, same: impl Fn(usize) -> bool) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = usize::try_from(hash & mask as u64).expect("masked to the table's length");
        while self.slots[slot] != 0 && !same(self.slots[slot] as usize - 1) {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        let len = (4 * self.hashes.len()).next_power_of_two().max(1024);
        self.slots.clear();
        self.slots.resize(len, 0);
        for i in 0..self.hashes.len() {
            let slot = self.find(self.hashes[i], |_| false);
            self.slots[slot] = u32::try_from(i + 1).expect("a chunk has fewer than 2^32 texts");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::Array as _;

    #[test]
    fn equal_texts_have_equal_numbers_over_many_growths() {
        let mut interner = Interner::default();
        for round in 0..2 {
            for i in 0..5000u32 {
                let (number, new) = interner.intern(&format!("name{i}"));
                assert_eq!((number, new), (i + 1, round == 0));
            }
        }
        assert_eq!(interner.get(4711), "name4710");
        let array = interner.into_texts().into_array();
        assert_eq!((array.len(), array.value(0), array.value(4999)), (5000, "name0", "name4999"));
    }
}
