//! Reading a counter: live, or what a latch or read-back command has held (8254, Read Operations).

use crate::channel::Channel;
use crate::mode::Bytes;
use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};

/// A counter's output latches and the place in its byte sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub(crate) struct Latches {
    pub(crate) count: Option<u16>,
    pub(crate) status: Option<u8>,
    /// The next byte of a two-byte read is the high one.
    pub(crate) high_next: bool,
}

impl Latches {
    pub(crate) const EMPTY: Self = Self { count: None, status: None, high_next: false };
}

impl Channel {
    /// Holds the count; a count that is held already stays.
    pub(crate) fn latch_count(&mut self, now: i64) {
        let count = self.count(now);
        self.latches.count.get_or_insert(count);
    }

    /// Holds the status byte; one that is held already stays.
    pub(crate) fn latch_status(&mut self, now: i64) {
        let status = u8::from(self.output(now)).wrapping_shl(7)
            | u8::from(self.null_count(now)).wrapping_shl(6)
            | (self.bytes as u8).wrapping_shl(4)
            | (self.waveform.mode as u8).wrapping_shl(1)
            | u8::from(self.bcd);
        self.latches.status.get_or_insert(status);
    }

    /// A read of the counter's port: status first, then the held count, then the live one.
    pub(crate) fn read(&mut self, now: i64) -> u8 {
        if let Some(status) = self.latches.status.take() {
            return status;
        }
        let [high, low] = self.latches.count.unwrap_or_else(|| self.count(now)).to_be_bytes();
        let first_of_two = self.bytes == Bytes::Both && !self.latches.high_next;
        self.latches.high_next = first_of_two;
        if !first_of_two {
            self.latches.count = None;
        }
        if self.bytes == Bytes::Low || first_of_two { low } else { high }
    }
}
