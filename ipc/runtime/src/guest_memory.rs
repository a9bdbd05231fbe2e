//! Guest RAM, for tasks whose manifest grants it.

use bulkhead_abi::id::VmId;
use bulkhead_abi::layout::{GUEST_MEMORY, GUEST_MEMORY_STRIDE, LOW_MEMORY_END};

/// Where guest RAM continues above the hole.
const HIGH_MEMORY: u64 = 1 << 32;

/// The RAM of one VM. Addresses are guest-physical; a range that is not RAM throughout is refused.
///
/// The guest may change the memory at any time; what was read is a copy and never read twice by these functions.
#[derive(Debug)]
pub struct GuestMemory {
    base: u64,
    length: u64,
}

impl GuestMemory {
    /// The RAM of `vm`, which has `length` bytes of it.
    ///
    /// Safe although nothing here can check the grant: without it the window is unmapped, and an access ends the task.
    #[must_use]
    pub const fn new(vm: VmId, length: u64) -> Self {
        Self { base: GUEST_MEMORY + vm.0 as u64 * GUEST_MEMORY_STRIDE, length }
    }

    /// Bytes of RAM.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.length
    }

    /// Copies from guest memory; false if the range is not RAM.
    #[must_use]
    pub fn read(&self, address: u64, into: &mut [u8]) -> bool {
        let Some(from) = self.locate(address, into.len() as u64) else { return false };
        // SAFETY: `locate` has checked that the range is guest RAM of this VM, which the core maps there for ever;
        // it never overlaps memory that Rust knows.
        unsafe { core::ptr::copy_nonoverlapping(from as *const u8, into.as_mut_ptr(), into.len()) };
        true
    }

    /// Copies to guest memory; false if the range is not RAM.
    #[must_use]
    pub fn write(&mut self, address: u64, from: &[u8]) -> bool {
        let Some(to) = self.locate(address, from.len() as u64) else { return false };
        // SAFETY: as in `read`.
        unsafe { core::ptr::copy_nonoverlapping(from.as_ptr(), to as *mut u8, from.len()) };
        true
    }

    /// Clears guest memory; false if the range is not RAM.
    #[must_use]
    pub fn zero(&mut self, address: u64, length: u64) -> bool {
        let (Some(to), Ok(count)) = (self.locate(address, length), usize::try_from(length)) else {
            return false;
        };
        // SAFETY: as in `read`.
        unsafe { core::ptr::write_bytes(to as *mut u8, 0, count) };
        true
    }

    /// Where the range is in this task, if all of it is RAM.
    fn locate(&self, address: u64, length: u64) -> Option<u64> {
        let end = address.checked_add(length)?;
        let low = self.length.min(LOW_MEMORY_END);
        let high = HIGH_MEMORY + self.length.saturating_sub(LOW_MEMORY_END);
        let inside = end <= low || (address >= HIGH_MEMORY && end <= high);
        inside.then(|| self.base + address)
    }
}
