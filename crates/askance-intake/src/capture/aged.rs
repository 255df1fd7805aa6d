//! Slots in the order of their last use, with their buffers kept for the next tenant.

/// No slot.
const NONE: u32 = u32::MAX;

/// A slot's number; valid until the slot is removed.
pub(crate) type Index = u32;

#[derive(Debug, Default)]
struct Slot<T> {
    value: T,
    older: Index,
    newer: Index,
}

/// A slab whose occupied slots form a list from the oldest to the newest.
///
/// Every operation is O(1). A removed value stays in its slot, so that the next
/// [`Aged::push`] finds its buffers.
#[derive(Debug)]
pub(crate) struct Aged<T> {
    slots: Vec<Slot<T>>,
    /// Vacant slots, chained by `newer`.
    vacant: Index,
    oldest: Index,
    newest: Index,
    len: usize,
}

impl<T> Default for Aged<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), vacant: NONE, oldest: NONE, newest: NONE, len: 0 }
    }
}

impl<T: Default> Aged<T> {
    /// Takes a slot as the newest. Its value is whatever was left in it.
    pub(crate) fn push(&mut self) -> Index {
        let index = if self.vacant == NONE {
            self.slots.push(Slot::default());
            u32::try_from(self.slots.len() - 1).expect("limits keep slots below 2^32")
        } else {
            let index = self.vacant;
            self.vacant = self.slots[index as usize].newer;
            index
        };
        self.link(index);
        self.len += 1;
        index
    }

    /// Vacates a slot.
    pub(crate) fn remove(&mut self, index: Index) {
        self.unlink(index);
        self.slots[index as usize].newer = self.vacant;
        self.vacant = index;
        self.len -= 1;
    }

    /// Makes a slot the newest.
    pub(crate) fn touch(&mut self, index: Index) {
        if self.newest != index {
            self.unlink(index);
            self.link(index);
        }
    }

    /// The slot used longest ago.
    pub(crate) fn oldest(&self) -> Option<Index> {
        (self.oldest != NONE).then_some(self.oldest)
    }

    /// How many slots are occupied.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn get(&self, index: Index) -> &T {
        &self.slots[index as usize].value
    }

    pub(crate) fn get_mut(&mut self, index: Index) -> &mut T {
        &mut self.slots[index as usize].value
    }

    fn link(&mut self, index: Index) {
        let newest = self.newest;
        let slot = &mut self.slots[index as usize];
        (slot.older, slot.newer) = (newest, NONE);
        match newest {
            NONE => self.oldest = index,
            newest => self.slots[newest as usize].newer = index,
        }
        self.newest = index;
    }

    fn unlink(&mut self, index: Index) {
        let Slot { older, newer, .. } = self.slots[index as usize];
        match older {
            NONE => self.oldest = newer,
            older => self.slots[older as usize].newer = newer,
        }
        match newer {
            NONE => self.newest = older,
            newer => self.slots[newer as usize].older = older,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn behaves_as_a_queue_does(steps in prop::collection::vec((0u8..3, any::<prop::sample::Index>()), 0..200)) {
            let (mut aged, mut model) = (Aged::<u32>::default(), VecDeque::new());
            for (n, (step, pick)) in (0u32..).zip(steps) {
                if step == 0 || model.is_empty() {
                    let index = aged.push();
                    *aged.get_mut(index) = n;
                    model.push_back((index, n));
                } else {
                    let (index, n) = model.remove(pick.index(model.len())).expect("in range");
                    prop_assert_eq!(*aged.get(index), n);
                    if step == 1 {
                        aged.remove(index);
                    } else {
                        aged.touch(index);
                        model.push_back((index, n));
                    }
                }
                prop_assert_eq!(aged.oldest(), model.front().map(|(index, _)| *index));
                prop_assert_eq!(aged.len(), model.len());
            }
            while let Some(index) = aged.oldest() {
                prop_assert_eq!(model.pop_front().map(|(i, _)| i), Some(index));
                aged.remove(index);
            }
        }
    }
}
