//! The port's state in words.

use crate::register::{Fcr, Ier, Lcr, Lsr, Mcr};
use crate::state::State;
use core::fmt::{Result, Write};

/// Bits in a second with divisor 1.
const BASE_BAUD: u32 = 115_200;

impl State {
    /// Lines about the format, the registers, the FIFOs, what interrupts, and the stream behind the port.
    pub(crate) fn write_line(&self, number: u16, base: u64, interrupt: u8, line: &mut dyn Write) -> Result {
        match number {
            0 => self.write_format(base, interrupt, line),
            1 => write!(
                line,
                "IER {:#04x}  FCR {:#04x}  LCR {:#04x}  MCR {:#04x}  SCR {:#04x}",
                self.ier, self.fcr, self.lcr, self.mcr, self.scr
            ),
            2 => self.write_fifos(line),
            3 => self.write_interrupts(line),
            4 => self.wire.write_line(line),
            _ => Ok(()),
        }
    }

    fn write_format(&self, base: u64, interrupt: u8, line: &mut dyn Write) -> Result {
        let lcr = self.lcr();
        let data = (lcr.bits() & 3).wrapping_add(5);
        let parity = match (lcr.contains(Lcr::PEN), lcr.contains(Lcr::EPS)) {
            (false, _) => 'n',
            (true, false) => 'o',
            (true, true) => 'e',
        };
        let stop = if lcr.contains(Lcr::STB) { 2 } else { 1 };
        write!(line, "16550A at {base:#x}, line {interrupt}, ")?;
        match BASE_BAUD.checked_div(u32::from(u16::from_le_bytes(self.divisor))) {
            Some(baud) => write!(line, "{baud} baud, {data}{parity}{stop}")?,
            None => write!(line, "divisor 0, {data}{parity}{stop}")?,
        }
        let loops = self.mcr().contains(Mcr::LOOP);
        line.write_str(if loops { ", loopback" } else { "" })
    }

    fn write_fifos(&self, line: &mut dyn Write) -> Result {
        let (capacity, trigger) = (self.capacity(), self.fcr().trigger_level());
        let overrun = if self.errors & Lsr::OE.bits() != 0 { ", overrun" } else { "" };
        let fifos = if self.fcr().contains(Fcr::ENABLE) { "on" } else { "off" };
        let (received, waiting) = (self.receiver.len(), self.transmitter.len());
        write!(
            line,
            "FIFOs {fifos}; received {received} of {capacity}, interrupt from {trigger}{overrun}; to send {waiting} of {capacity}"
        )
    }

    fn write_interrupts(&self, line: &mut dyn Write) -> Result {
        let enables = [
            (Ier::ERBFI, "received data"),
            (Ier::ETBEI, "transmitter empty"),
            (Ier::ELSI, "line status"),
            (Ier::EDSSI, "modem status"),
        ];
        line.write_str("interrupts enabled: ")?;
        let mut said = enables.iter().filter(|(bit, _)| self.ier().contains(*bit)).map(|(_, word)| *word);
        line.write_str(said.next().unwrap_or("none"))?;
        said.try_for_each(|word| write!(line, ", {word}"))?;
        write!(line, "; line {}", if self.line_level() { "high" } else { "low" })
    }
}
