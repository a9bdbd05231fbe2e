//! Numbers of the accesses that an exit leads to.
//!
//! A repeat of an exit is carried out again from its beginning and must give each access the number that it had,
//! because the device remembers the number of what it has done. So the number follows from the exit alone:
//! vCPU in bits 63:56, number of the exit in bits 55:8, place of the access within the exit in bits 7:0.

use bulkhead_abi::exit::VcpuExit;

/// Counts the accesses of one exit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequence(u64);

impl Sequence {
    /// Accesses that an exit may lead to at the most.
    pub const ACCESSES: u64 = 256;

    /// The numbers that belong to this exit.
    #[must_use]
    pub const fn of(exit: &VcpuExit) -> Self {
        Self((exit.local as u64) << 56 | (exit.sequence & 0xffff_ffff_ffff) << 8)
    }

    /// The number of the next access.
    pub fn advance(&mut self) -> u64 {
        let number = self.0;
        self.0 = self.0.wrapping_add(1);
        number
    }
}
