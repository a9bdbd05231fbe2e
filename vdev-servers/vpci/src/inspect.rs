//! The functions on the bus in words.

use crate::{Bus, DeviceFunction, Header};
use core::fmt::{Result, Write};

/// Offsets of the header (PCI Local Bus Specification 3.0, section 6.1).
const VENDOR: u8 = 0x00;
const DEVICE: u8 = 0x02;
const COMMAND: u8 = 0x04;
const CLASS: u8 = 0x0a;
const INTERRUPT_LINE: u8 = 0x3c;
const INTERRUPT_PIN: u8 = 0x3d;

impl<const N: usize> Bus<N> {
    /// The columns' heads, then a line for each function.
    pub(crate) fn write_line(&self, number: u16, line: &mut dyn Write) -> Result {
        let Some(index) = usize::from(number).checked_sub(1) else {
            return write!(line, "place    vendor:device  class  command  interrupt  base addresses");
        };
        self.entry(index).map_or(Ok(()), |(place, header)| write_function(place, header, line))
    }
}

fn write_function(place: DeviceFunction, header: &Header, line: &mut dyn Write) -> Result {
    let word = |offset: u8| u16::from_le_bytes([header.read(offset), header.read(offset | 1)]);
    write!(
        line,
        "00:{:02x}.{}  {:04x}:{:04x}      {:04x}   {:#06x}   ",
        place.0 >> 3,
        place.0 & 7,
        word(VENDOR),
        word(DEVICE),
        word(CLASS),
        word(COMMAND)
    )?;
    match header.read(INTERRUPT_PIN) {
        pin @ 1..=4 => {
            let pin = char::from(b'A'.wrapping_add(pin.wrapping_sub(1)));
            write!(line, "{pin} line {:<3} ", header.read(INTERRUPT_LINE))?;
        }
        _ => write!(line, "none       ")?,
    }
    let mut none = true;
    for (number, window) in (0..6).filter_map(|number| header.bar(number).map(|window| (number, window))) {
        none = false;
        write!(line, "{number}: {:#x}+{:#x} ", window.base, window.length)?;
    }
    if none { write!(line, "none") } else { Ok(()) }
}
