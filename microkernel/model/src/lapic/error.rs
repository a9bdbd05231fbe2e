//! The error status register ("Error Handling"): errors collect unseen until a write makes them readable.

use super::{FIRST_LEGAL_VECTOR, LocalApic, LvtIndex};

bitflags::bitflags! {
    /// Error status register.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) struct Errors: u32 {
        /// The guest has sent a vector below 16.
        const SEND_ILLEGAL_VECTOR = 1 << 5;
        /// A vector below 16 has come in, by a message or out of the local vector table.
        const RECEIVED_ILLEGAL_VECTOR = 1 << 6;
        /// An access to a reserved register in xAPIC mode.
        const ILLEGAL_REGISTER_ADDRESS = 1 << 7;
    }
}

impl LocalApic {
    /// Notes an error. The first after a write to the ESR raises the error interrupt, which the write arms.
    pub(super) fn record(&mut self, error: Errors) {
        let armed = self.errors.is_empty();
        self.errors |= error;
        let entry = self.lvt.get(LvtIndex::Error);
        if !armed || entry.masked() || !self.software_enabled() {
            return;
        }
        if entry.vector() < FIRST_LEGAL_VECTOR {
            self.errors |= Errors::RECEIVED_ILLEGAL_VECTOR;
        } else {
            self.accept(entry.vector(), false);
        }
    }

    /// Makes the errors since the last write readable, whatever is written.
    pub(super) const fn write_esr(&mut self) {
        self.esr = self.errors;
        self.errors = Errors::empty();
    }
}
