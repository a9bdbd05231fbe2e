//! What one event leads to: collected by the device, committed by the shell all at once.

use crate::Msi;
use bulkhead_abi::id::Slot;
use bulkhead_abi::limits::MAX_INTERRUPTS;

/// The consequences of one event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    line_mask: u64,
    line_level: u64,
    line_pulse: u64,
    notify: u64,
    interrupts: heapless::Vec<Msi, MAX_INTERRUPTS>,
}

impl Outcome {
    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { line_mask: 0, line_level: 0, line_pulse: 0, notify: 0, interrupts: heapless::Vec::new() }
    }

    /// Sets an own line's level. Setting the level that it has changes nothing. If the line has a different level
    /// already set in this outcome, both edges are seen.
    pub fn set_line(&mut self, line: u8, asserted: bool) {
        let bit = Self::bit(line);
        if self.line_mask & bit != 0 && (self.line_level & bit != 0) != asserted {
            self.line_pulse |= bit;
        }
        self.line_mask |= bit;
        if asserted {
            self.line_level |= bit;
        } else {
            self.line_level &= !bit;
        }
    }

    /// The line goes low, then high, and stays high: a new edge even if it was high before.
    pub fn rising_edge(&mut self, line: u8) {
        self.set_line(line, true);
        self.line_pulse |= Self::bit(line);
    }

    /// Sends an interrupt message; false if there is no room for another in this event.
    pub fn interrupt(&mut self, message: Msi) -> bool {
        self.interrupts.push(message).is_ok()
    }

    /// Room for further interrupt messages.
    #[must_use]
    pub fn interrupt_room(&self) -> usize {
        MAX_INTERRUPTS.saturating_sub(self.interrupts.len())
    }

    /// Notifies through a slot (0 to 63).
    pub fn notify(&mut self, slot: Slot) {
        self.notify |= 1u64.checked_shl(u32::from(slot.0)).unwrap_or(0);
    }

    /// Lines that were set.
    #[must_use]
    pub const fn line_mask(&self) -> u64 {
        self.line_mask
    }

    /// Their levels.
    #[must_use]
    pub const fn line_level(&self) -> u64 {
        self.line_level
    }

    /// Lines that had both levels.
    #[must_use]
    pub const fn line_pulse(&self) -> u64 {
        self.line_pulse
    }

    /// The level that this outcome gives to a line, if it sets it.
    #[must_use]
    pub fn line(&self, line: u8) -> Option<bool> {
        (self.line_mask & Self::bit(line) != 0).then_some(self.line_level & Self::bit(line) != 0)
    }

    /// Slots to notify.
    #[must_use]
    pub const fn notifications(&self) -> u64 {
        self.notify
    }

    /// Interrupt messages.
    #[must_use]
    pub fn interrupts(&self) -> &[Msi] {
        &self.interrupts
    }

    fn bit(line: u8) -> u64 {
        1u64.checked_shl(u32::from(line)).unwrap_or(0)
    }
}
