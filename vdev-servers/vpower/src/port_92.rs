//! System control port A at 0x92: fast reset and the A20 gate (Intel ICH9 datasheet, section 13.7.3, "PORT92").

/// The port.
pub const PORT_92: u16 = 0x92;

bitflags::bitflags! {
    /// The register. All other bits are reserved and read as zero.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct SystemControl: u8 {
        /// INIT_NOW: the step from 0 to 1 resets the CPU.
        const INIT_NOW = 1 << 0;
        /// ALT_A20_GATE. Kept, without effect: a VM's address line 20 is always open.
        const A20 = 1 << 1;
    }
}

impl SystemControl {
    /// The register after a write, and whether the write resets.
    #[must_use]
    pub fn write(self, written: u8) -> (Self, bool) {
        let next = Self::from_bits_truncate(written);
        (next, next.contains(Self::INIT_NOW) && !self.contains(Self::INIT_NOW))
    }
}
