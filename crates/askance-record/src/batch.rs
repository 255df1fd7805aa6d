//! Rows on their way from a reader to the archive, with their buffers reused.

use crate::{FlowRecord, Lookup, MailEvent};

/// A row that can be emptied and used again without giving its buffers back.
pub trait Recycle: Default {
    /// Makes the row equal to its default, keeping what it has allocated.
    fn recycle(&mut self);
}

/// A list of rows whose storage survives [`Rows::clear`], so that reading
/// millions of records allocates only for the first batch.
#[derive(Clone, Debug, Default)]
pub struct Rows<T> {
    rows: Vec<T>,
    len: usize,
}

impl<T: Recycle> Rows<T> {
    /// Appends an empty row and returns it.
    pub fn push(&mut self) -> &mut T {
        if self.len == self.rows.len() {
            self.rows.push(T::default());
        } else {
            self.rows[self.len].recycle();
        }
        self.len += 1;
        &mut self.rows[self.len - 1]
    }

    /// Takes back the row last pushed, when its record turned out to be bad.
    pub fn pop(&mut self) {
        self.len = self.len.saturating_sub(1);
    }

    /// Forgets all rows, keeping their storage.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// The rows.
    pub fn as_slice(&self) -> &[T] {
        &self.rows[..self.len]
    }

    /// The rows, to change.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.rows[..self.len]
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// What a reader fills: lookups, flows and mail events in input order.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Lookups.
    pub lookups: Rows<Lookup>,
    /// Flows.
    pub flows: Rows<FlowRecord>,
    /// Mail events.
    pub mail: Rows<MailEvent>,
    room: usize,
}

impl Batch {
    /// A batch for at most `room` rows of all kinds together.
    ///
    /// # Panics
    /// If `room` is 0.
    pub fn with_room(room: usize) -> Self {
        assert!(room > 0, "a batch needs room for a row");
        Self { lookups: Rows::default(), flows: Rows::default(), mail: Rows::default(), room }
    }

    /// How many more rows fit.
    pub fn room(&self) -> usize {
        self.room.saturating_sub(self.len())
    }

    /// How many rows there are, of all kinds.
    pub fn len(&self) -> usize {
        self.lookups.len() + self.flows.len() + self.mail.len()
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all rows, keeping their storage.
    pub fn clear(&mut self) {
        self.lookups.clear();
        self.flows.clear();
        self.mail.clear();
    }
}
