//! The reset control register at port 0xCF9 (Intel ICH9 datasheet, section 13.7.5, "RST_CNT").

use bulkhead_protocol::device::PowerRequest;

bitflags::bitflags! {
    /// RST_CNT. All other bits are reserved and read as zero.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct ResetControl: u8 {
        /// SYS_RST: a reset is one of the platform, not only of the CPU.
        const SYS_RST = 1 << 1;
        /// RST_CPU: the step from 0 to 1 resets.
        const RST_CPU = 1 << 2;
        /// FULL_RST: power goes away for some seconds.
        const FULL_RST = 1 << 3;
    }
}

impl ResetControl {
    /// The register after a write, and the reset that the write is.
    #[must_use]
    pub fn write(self, written: u8) -> (Self, Option<PowerRequest>) {
        let next = Self::from_bits_truncate(written);
        let rises = next.contains(Self::RST_CPU) && !self.contains(Self::RST_CPU);
        let kind =
            if next.contains(Self::FULL_RST) { PowerRequest::ColdReset } else { PowerRequest::WarmReset };
        (next, rises.then_some(kind))
    }
}
