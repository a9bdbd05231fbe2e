//! From lines to pins, and from pins to messages.

use crate::{RedirectionEntry, Vioapic};
use bulkhead_protocol::platform;
use vdev::{LineChange, Outcome, VectorSet};

/// Lines that are wired to the pin of the same number: 1 and 3 to 23.
const STRAIGHT: u64 = 0x00ff_fffa;
/// The 8254's pin, as the MADT's override says.
const TIMER_PIN: u32 = 2;

/// The pins of a set of lines. Line 2 has none, and the 8259A's output has pin 0.
fn pins(lines: u64) -> u32 {
    let bit = |line: u8| (lines.wrapping_shr(u32::from(line)) & 1) as u32;
    (lines & STRAIGHT) as u32 | bit(platform::TIMER_LINE) << TIMER_PIN | bit(platform::INTR_LINE)
}

impl Vioapic {
    /// Lines change. An edge at a masked pin is ignored: neither sent nor held (3.2.4, "Interrupt Mask"). One that was
    /// taken before the mask came keeps waiting for its room.
    pub(crate) fn take_lines(&mut self, lines: LineChange) {
        self.asserted = pins(lines.level) & self.present;
        let rose = pins(lines.rose) & self.present;
        for (pin, entry) in (0u32..).zip(&self.entries) {
            let bit = 1u32.wrapping_shl(pin);
            if rose & bit != 0 && !entry.by_level() && !entry.masked() {
                self.latched |= bit;
            }
        }
    }

    /// Level-triggered interrupts have ended. All entries with the vector hear it.
    pub(crate) fn take_ends(&mut self, vectors: &VectorSet) {
        if vectors.is_empty() {
            return;
        }
        for entry in &mut self.entries {
            if entry.remote_irr() && vectors.contains(entry.vector()) {
                entry.set_remote_irr(false);
            }
        }
    }

    /// Writes an entry.
    pub(crate) fn write_entry(&mut self, pin: usize, bits: u64) {
        let Some(entry) = self.entries.get_mut(pin) else { return };
        *entry = entry.written(bits);
        if entry.by_level() {
            self.latched &= !1u32.wrapping_shl(u32::try_from(pin).unwrap_or(0));
        }
    }

    /// Sends what is to be sent, lowest pin first, as far as there is room.
    pub(crate) fn deliver(&mut self, outcome: &mut Outcome) {
        let mut due = self.due();
        while due != 0 {
            let pin = due.trailing_zeros();
            due &= due.wrapping_sub(1);
            let Some(entry) = self.entries.get_mut(pin as usize) else { return };
            if let Some(message) = entry.message()
                && !outcome.interrupt(message)
            {
                return;
            }
            self.sent.count(pin);
            if entry.by_level() {
                entry.set_remote_irr(true);
            } else {
                self.latched &= !1u32.wrapping_shl(pin);
            }
        }
    }

    /// Pins with an interrupt to send.
    pub(crate) fn due(&self) -> u32 {
        let active = self.asserted | self.latched;
        if active == 0 {
            return 0;
        }
        (0u32..).zip(&self.entries).fold(0, |due, (pin, entry)| {
            let bit = 1u32.wrapping_shl(pin);
            if active & bit != 0 && self.is_due(*entry, bit) { due | bit } else { due }
        })
    }

    fn is_due(&self, entry: RedirectionEntry, bit: u32) -> bool {
        if entry.masked() {
            false
        } else if entry.by_level() {
            self.asserted & bit != 0 && !entry.remote_irr()
        } else {
            self.latched & bit != 0
        }
    }
}
