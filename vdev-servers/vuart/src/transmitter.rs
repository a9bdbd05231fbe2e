//! The transmitter: THR and its FIFO, where bytes wait until the peer takes them; FCR, which rules both FIFOs.
//!
//! A character takes no time on the line: THR and the shift register empty together, as soon as the peer has it.

use crate::register::{Fcr, Lsr, Mcr};
use crate::state::State;
use vdev::Nanos;

impl State {
    /// The guest writes THR. A full THR loses a byte as the chip does: the old one in 16450 mode, else the new one.
    pub(crate) fn write_transmitter_holding(&mut self, byte: u8, now: Nanos) {
        self.thre_latched = false;
        if self.mcr().contains(Mcr::LOOP) {
            self.receive(byte, now);
            self.thre_latched = self.transmitter.is_empty();
        } else if self.transmitter.len() < self.capacity() {
            self.transmitter.push(byte);
        } else if !self.fifos_enabled() {
            self.wire.forget_offer();
            self.transmitter.replace_last(byte);
        }
    }

    /// The peer has taken so many bytes.
    pub(crate) fn transmitted(&mut self, count: u8) {
        if !self.transmitter.is_empty() {
            self.transmitter.drop_oldest(count);
            self.thre_latched |= self.transmitter.is_empty();
        }
    }

    /// The guest writes FCR (PC16550D, section 8.4).
    pub(crate) fn write_fifo_control(&mut self, value: u8) {
        let written = Fcr::from_bits_truncate(value);
        let switched = written.contains(Fcr::ENABLE) != self.fifos_enabled();
        // Without bit 0 the other bits are not programmed, and switching either way empties both FIFOs.
        let effective = if written.contains(Fcr::ENABLE) { written } else { Fcr::empty() };
        self.fcr = effective.intersection(Fcr::KEPT).bits();
        if switched || effective.contains(Fcr::RECEIVER_RESET) {
            self.clear_receiver();
        }
        if switched || effective.contains(Fcr::TRANSMITTER_RESET) {
            self.clear_transmitter();
        }
    }

    /// LSR; reading it clears the errors.
    pub(crate) fn read_line_status(&mut self) -> u8 {
        let mut status = Lsr::from_bits_truncate(self.errors);
        self.errors = 0;
        status.set(Lsr::DR, !self.receiver.is_empty());
        status.set(Lsr::THRE | Lsr::TEMT, self.transmitter.is_empty());
        status.bits()
    }

    fn clear_transmitter(&mut self) {
        if !self.transmitter.is_empty() {
            self.wire.forget_offer();
            self.transmitter.clear();
            self.thre_latched = true;
        }
    }
}
