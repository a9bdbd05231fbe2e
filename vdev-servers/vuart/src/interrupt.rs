//! Interrupt sources and their priority (PC16550D, section 8.5, Table IV).

use crate::register::{Ier, Mcr};
use crate::state::State;

/// IIR bits 7 and 6: FIFOs enabled.
const FIFOS_ENABLED: u8 = 0xc0;
/// IIR bit 0: no interrupt pending.
const NONE_PENDING: u8 = 0x01;

/// An interrupt source, highest priority first; the value is IIR bits 3 to 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Source {
    /// An error in LSR.
    LineStatus = 0b0110,
    /// Bytes wait below the trigger level (or above) and nobody came for four characters.
    CharacterTimeout = 0b1100,
    /// The trigger level is reached.
    ReceivedData = 0b0100,
    /// THR has become empty.
    TransmitterEmpty = 0b0010,
    /// A delta in MSR.
    ModemStatus = 0b0000,
}

impl State {
    /// The source that IIR reports.
    pub(crate) fn pending(&self) -> Option<Source> {
        let enabled = self.ier();
        if enabled.contains(Ier::ELSI) && self.errors != 0 {
            Some(Source::LineStatus)
        } else if enabled.contains(Ier::ERBFI) && self.timed_out {
            Some(Source::CharacterTimeout)
        } else if enabled.contains(Ier::ERBFI) && self.receiver.len() >= self.fcr().trigger_level() {
            Some(Source::ReceivedData)
        } else if enabled.contains(Ier::ETBEI) && self.thre_latched {
            Some(Source::TransmitterEmpty)
        } else if enabled.contains(Ier::EDSSI) && self.deltas != 0 {
            Some(Source::ModemStatus)
        } else {
            None
        }
    }

    /// IIR; reading it answers the THRE interrupt, if that is the one reported.
    pub(crate) fn read_interrupt_identification(&mut self) -> u8 {
        let pending = self.pending();
        if pending == Some(Source::TransmitterEmpty) {
            self.thre_latched = false;
        }
        let fifos = if self.fifos_enabled() { FIFOS_ENABLED } else { 0 };
        fifos | pending.map_or(NONE_PENDING, |source| source as u8)
    }

    /// The guest writes IER. Enabling the THRE interrupt with an empty THR raises it.
    pub(crate) fn write_interrupt_enable(&mut self, value: u8) {
        let before = self.ier();
        let after = Ier::from_bits_truncate(value);
        self.ier = after.bits();
        if after.difference(before).contains(Ier::ETBEI) {
            self.thre_latched |= self.transmitter.is_empty();
        }
    }

    /// The level of the interrupt line: a pending interrupt, and OUT2, which connects INTR to the bus on a PC.
    pub(crate) fn line_level(&self) -> bool {
        self.mcr().contains(Mcr::OUT2) && self.pending().is_some()
    }
}
