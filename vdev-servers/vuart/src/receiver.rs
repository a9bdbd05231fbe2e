//! The receiver: RBR, its FIFO, overrun and the character time-out (PC16550D, sections 8.3 and 8.10).

use crate::register::Lsr;
use crate::state::State;
use vdev::Nanos;

/// Bit rate with divisor 1: 1.8432 MHz / 16.
const BASE_BAUD: u64 = 115_200;
/// The time-out, in characters.
const TIMEOUT_CHARACTERS: u64 = 4;

impl State {
    /// A character arrives. A full receiver is an overrun: a FIFO keeps what it has, RBR alone is overwritten.
    pub(crate) fn receive(&mut self, byte: u8, now: Nanos) {
        if self.receiver_room() == 0 {
            self.errors |= Lsr::OE.bits();
            if !self.fifos_enabled() {
                self.receiver.replace_last(byte);
            }
            return;
        }
        self.receiver.push(byte);
        self.restart_timeout(now);
    }

    /// The guest reads RBR.
    pub(crate) fn read_receiver_buffer(&mut self, now: Nanos) -> u8 {
        let byte = self.receiver.pop().unwrap_or(0);
        self.timed_out = false;
        self.restart_timeout(now);
        byte
    }

    /// Empties the receiver.
    pub(crate) fn clear_receiver(&mut self) {
        self.receiver.clear();
        self.timed_out = false;
        self.timeout_at = None;
    }

    /// How many characters may arrive without an overrun.
    pub(crate) fn receiver_room(&self) -> u8 {
        self.capacity().saturating_sub(self.receiver.len())
    }

    /// Notices that the time-out has passed.
    pub(crate) fn advance(&mut self, now: Nanos) {
        if self.timeout_at.is_some_and(|at| at <= now) {
            self.timed_out = true;
            self.timeout_at = None;
        }
    }

    /// Nanoseconds that the receiver waits for the next character.
    fn timeout(&self) -> u64 {
        // A divisor of 0 is undefined; the shortest time keeps the guest from waiting for an answer.
        let divisor = u64::from(u16::from_le_bytes(self.divisor).max(1));
        let half_bits = u64::from(self.lcr().half_bits());
        // At most 65,535 * 24 * 4 * 10^9, far below 2^64.
        divisor.wrapping_mul(half_bits).wrapping_mul(TIMEOUT_CHARACTERS).wrapping_mul(1_000_000_000)
            / (2 * BASE_BAUD)
    }

    /// The time-out counts from the last arrival or read; once it has passed, only a read ends it.
    fn restart_timeout(&mut self, now: Nanos) {
        if !self.timed_out {
            let counts = self.fifos_enabled() && !self.receiver.is_empty();
            self.timeout_at = counts.then(|| now.after(self.timeout()));
        }
    }
}
