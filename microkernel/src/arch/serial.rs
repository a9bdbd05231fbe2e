//! The early console: COM1, before the console service owns it and after the core has failed.

use core::fmt::{self, Write};
use x86_64::instructions::port::Port;

const COM1: u16 = 0x3f8;
/// Polls for room before a byte is given up: a missing port must not hang the core.
const PATIENCE: u32 = 200_000;

/// Sets 115200 baud, 8 data bits, no parity, FIFOs on, no interrupts.
pub(crate) fn start() {
    for (offset, value) in [(1, 0), (3, 0x80), (0, 1), (1, 0), (3, 3), (2, 0xc7), (4, 0x0b)] {
        write(offset, value);
    }
}

/// Writes text; the core's only use of the port is one CPU at a time (boot, or the last words).
pub(crate) fn print(arguments: fmt::Arguments<'_>) {
    let _ = Serial.write_fmt(arguments);
}

/// Waits until everything is on the wire.
pub(crate) fn flush() {
    for _ in 0..PATIENCE {
        if read(5) & 0x40 != 0 {
            return;
        }
    }
}

/// The port as a sink for formatted text.
pub(crate) struct Serial;

impl Write for Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            put(byte);
        }
        Ok(())
    }
}

/// Writes one byte.
pub(crate) fn put(byte: u8) {
    for _ in 0..PATIENCE {
        if read(5) & 0x20 != 0 {
            break;
        }
    }
    write(0, byte);
}

fn write(offset: u16, value: u8) {
    // SAFETY: the ports of COM1 have no effect on memory; nobody else uses them when the core prints.
    unsafe { Port::<u8>::new(COM1 + offset).write(value) };
}

fn read(offset: u16) -> u8 {
    // SAFETY: as for writing.
    unsafe { Port::<u8>::new(COM1 + offset).read() }
}
