//! The system's log: a ring of text. The console task reads it; before there is a reader, or if there is none, the
//! core prints lines itself.
//!
//! A line of a warning or an error begins with a byte that says so; text holds no control characters.

use crate::arch::serial;
use bulkhead_abi::message::LOG_MARKS;
use core::fmt::{self, Write};

/// Bytes that are remembered.
const SIZE: usize = 32 * 1024;

/// The ring. Positions count bytes since boot.
pub(crate) struct Log {
    bytes: [u8; SIZE],
    end: u64,
    /// How far the reader has come.
    read: u64,
    /// Lines are printed at once: nobody reads them.
    pub(crate) direct: bool,
}

impl Log {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; SIZE], end: 0, read: 0, direct: true }
    }

    /// Appends one line with the name of who says it.
    pub(crate) fn line(&mut self, name: &str, text: &[u8], level: u8) {
        let text = text.iter().copied().filter(|byte| !byte.is_ascii_control());
        if self.direct {
            serial::print(format_args!("{name}: "));
            text.for_each(serial::put);
            serial::put(b'\n');
        } else {
            if LOG_MARKS.contains(&level) {
                self.put(level);
            }
            let _ = self.write_str(name);
            let _ = self.write_str(": ");
            text.for_each(|byte| self.put(byte));
            self.put(b'\n');
        }
    }

    /// Appends one line of the core's own.
    pub(crate) fn core_line(&mut self, text: fmt::Arguments<'_>) {
        if self.direct {
            serial::print(format_args!("bulkhead: {text}\n"));
        } else {
            let _ = writeln!(self, "bulkhead: {text}");
        }
    }

    /// Copies text from a position on; the position of the first byte (later than asked if that was overwritten)
    /// and how many there are.
    pub(crate) fn read(&mut self, position: u64, into: &mut [u8]) -> (u64, usize) {
        let oldest = self.end.saturating_sub(SIZE as u64);
        let start = position.clamp(oldest, self.end);
        let mut count = 0;
        for (slot, at) in into.iter_mut().zip(start..self.end) {
            *slot = self.bytes[place(at)];
            count += 1;
        }
        self.read = start + count as u64;
        (start, count)
    }

    /// Prints what nobody has read: for the core's last words.
    pub(crate) fn print_unread(&mut self) {
        let oldest = self.end.saturating_sub(SIZE as u64);
        for at in self.read.max(oldest)..self.end {
            let byte = self.bytes[place(at)];
            if !LOG_MARKS.contains(&byte) {
                serial::put(byte);
            }
        }
        self.read = self.end;
    }

    fn put(&mut self, byte: u8) {
        self.bytes[place(self.end)] = byte;
        self.end += 1;
    }
}

impl Write for Log {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().for_each(|byte| self.put(byte));
        Ok(())
    }
}

/// Where the ring keeps the byte of a position.
#[expect(clippy::cast_possible_truncation, reason = "an address of this machine has 64 bits")]
const fn place(position: u64) -> usize {
    position as usize % SIZE
}
