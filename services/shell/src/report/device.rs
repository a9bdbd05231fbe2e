//! `ioapic`, `pic`, `pci`, `device`.

use crate::system::System;
use crate::trouble::NoAnswer;
use bulkhead_abi::id::Slot;
use bulkhead_protocol::inspect::Client;
use core::fmt::{Result, Write};

/// Lines of one device at the most, whatever its server says.
const LINES: u16 = 64;

/// What the device's server says of its state.
pub(super) fn write(name: &str, slot: Slot, system: &mut dyn System, out: &mut dyn Write) -> Result {
    for number in 0..LINES {
        match Client::new(&mut *system, slot).line(number) {
            Ok(Some(line)) => writeln!(out, "{line}")?,
            Ok(None) if number == 0 => return writeln!(out, "{name} has nothing to say"),
            Ok(None) => return Ok(()),
            Err(error) => return writeln!(out, "{}", NoAnswer { who: name, error }),
        }
    }
    Ok(())
}
