//! The 16-byte FIFO that both directions have.

use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};

/// Bytes of a FIFO.
pub(crate) const DEPTH: u8 = 16;

/// A ring of 16 bytes. Invariant: `head < 16` and `length <= 16`; every function keeps it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub(crate) struct Fifo {
    bytes: [u8; DEPTH as usize],
    head: u8,
    length: u8,
}

impl Fifo {
    pub(crate) fn is_valid(&self) -> bool {
        self.head < DEPTH && self.length <= DEPTH
    }

    pub(crate) fn len(&self) -> u8 {
        self.length
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Appends; false if all 16 places are taken.
    pub(crate) fn push(&mut self, byte: u8) -> bool {
        if self.length >= DEPTH {
            return false;
        }
        self.put(self.length, byte);
        self.length = self.length.saturating_add(1);
        true
    }

    /// Takes the oldest byte.
    pub(crate) fn pop(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.place(0)).copied().filter(|_| self.length > 0)?;
        self.drop_oldest(1);
        Some(byte)
    }

    /// Overwrites the youngest byte, if there is one.
    pub(crate) fn replace_last(&mut self, byte: u8) {
        if let Some(last) = self.length.checked_sub(1) {
            self.put(last, byte);
        }
    }

    /// Forgets so many of the oldest bytes.
    pub(crate) fn drop_oldest(&mut self, count: u8) {
        let count = count.min(self.length);
        self.head = self.head.wrapping_add(count) & (DEPTH - 1);
        self.length = self.length.saturating_sub(count);
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The bytes, oldest first.
    pub(crate) fn to_bytes(self) -> heapless::Vec<u8, { DEPTH as usize }> {
        (0..self.length).filter_map(|index| self.bytes.get(self.place(index)).copied()).collect()
    }

    fn place(&self, index: u8) -> usize {
        usize::from(self.head.wrapping_add(index) & (DEPTH - 1))
    }

    fn put(&mut self, index: u8, byte: u8) {
        let place = self.place(index);
        if let Some(slot) = self.bytes.get_mut(place) {
            *slot = byte;
        }
    }
}
