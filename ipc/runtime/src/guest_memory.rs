//! Guest memory, for tasks whose manifest grants it.

use bulkhead_abi::id::VmId;
use bulkhead_abi::layout::{GUEST_MEMORY, GUEST_MEMORY_STRIDE, GuestPiece, guest_memory};

/// RAM and ROM of one VM. Addresses are guest-physical; a range that is not in one of them throughout is refused.
///
/// The guest may change the memory at any time; what was read is a copy and never read twice by these functions.
#[derive(Debug)]
pub struct GuestMemory {
    base: u64,
    pieces: [GuestPiece; 3],
}

impl GuestMemory {
    /// The memory of `vm`, which has so many bytes of RAM and ROM.
    ///
    /// Safe although nothing here can check the grant: without it the window is unmapped, and an access ends the task.
    #[must_use]
    pub const fn new(vm: VmId, ram: u64, rom: u64) -> Self {
        let base = GUEST_MEMORY + vm.0 as u64 * GUEST_MEMORY_STRIDE;
        Self { base, pieces: guest_memory(ram, rom) }
    }

    /// Copies from RAM or ROM; false if the range is neither.
    #[must_use]
    pub fn read(&self, address: u64, into: &mut [u8]) -> bool {
        let Some((from, _)) = self.locate(address, into.len() as u64) else { return false };
        // SAFETY: `locate` has checked that the range is memory of this VM, which the core maps there for ever;
        // it never overlaps memory that Rust knows.
        unsafe { core::ptr::copy_nonoverlapping(from as *const u8, into.as_mut_ptr(), into.len()) };
        true
    }

    /// Copies to RAM; false if the range is not RAM.
    #[must_use]
    pub fn write(&mut self, address: u64, from: &[u8]) -> bool {
        self.copy(address, from, false)
    }

    /// Copies to ROM, as who makes it does; false if the range is not ROM.
    #[must_use]
    pub fn write_rom(&mut self, address: u64, from: &[u8]) -> bool {
        self.copy(address, from, true)
    }

    fn copy(&mut self, address: u64, from: &[u8], to_rom: bool) -> bool {
        let Some((to, is_rom)) = self.locate(address, from.len() as u64) else { return false };
        if is_rom != to_rom {
            return false;
        }
        // SAFETY: as in `read`.
        unsafe { core::ptr::copy_nonoverlapping(from.as_ptr(), to as *mut u8, from.len()) };
        true
    }

    /// Clears RAM; false if the range is not RAM.
    #[must_use]
    pub fn zero(&mut self, address: u64, length: u64) -> bool {
        let (Some((to, false)), Ok(count)) = (self.locate(address, length), usize::try_from(length)) else {
            return false;
        };
        // SAFETY: as in `read`.
        unsafe { core::ptr::write_bytes(to as *mut u8, 0, count) };
        true
    }

    /// Where the range is in this task, if it is memory throughout, and whether it is ROM.
    fn locate(&self, address: u64, length: u64) -> Option<(u64, bool)> {
        let piece = self.pieces.iter().find(|piece| piece.contains(address, length))?;
        Some((self.base + address, piece.is_rom))
    }
}
