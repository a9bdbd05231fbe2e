//! The control word at port 0x43.

use crate::mode::{Bytes, Mode};

/// What a control word asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// Programs a counter.
    Program { counter: u8, mode: Mode, bytes: Bytes, bcd: bool },
    /// Holds a counter's count until it is read.
    Latch { counter: u8 },
    /// The same for several counters, and for their status. Bit n of `counters` is counter n.
    ReadBack { counters: u8, count: bool, status: bool },
}

impl Command {
    pub(crate) const fn from_word(word: u8) -> Self {
        let counter = word >> 6;
        if counter == 3 {
            // The two latch bits are active low.
            return Self::ReadBack {
                counters: word >> 1 & 7,
                count: word & 0x20 == 0,
                status: word & 0x10 == 0,
            };
        }
        let bytes = match word >> 4 & 3 {
            0 => return Self::Latch { counter },
            1 => Bytes::Low,
            2 => Bytes::High,
            _ => Bytes::Both,
        };
        Self::Program { counter, mode: Mode::from_control(word), bytes, bcd: word & 1 != 0 }
    }
}
