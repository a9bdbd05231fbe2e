//! The guest's memory, and what the protocols do with it.

use crate::LoadError;
use crate::placement::Placement;
use bulkhead_abi::layout::{PAGE, ROM_END};

/// A page of zeros.
const BLANK: [u8; 4096] = [0; 4096];
const _: () = assert!(BLANK.len() as u64 == PAGE);

/// A VM's memory by guest-physical address.
///
/// An implementation refuses what is not completely of the named kind and then changes nothing.
pub trait GuestMemory {
    /// Stores bytes; false if that is not all RAM.
    fn write(&mut self, address: u64, bytes: &[u8]) -> bool;
    /// Stores zeros; false if that is not all RAM.
    fn zero(&mut self, address: u64, length: u64) -> bool;
    /// Stores bytes in the ROM; false if that is not all ROM.
    fn write_rom(&mut self, address: u64, bytes: &[u8]) -> bool;
}

/// Memory together with the knowledge of what is where.
pub(crate) struct Guest<'a, M> {
    memory: &'a mut M,
    pub(crate) placement: Placement,
}

impl<'a, M: GuestMemory> Guest<'a, M> {
    pub(crate) const fn new(memory: &'a mut M, placement: Placement) -> Self {
        Self { memory, placement }
    }

    /// Clears all RAM.
    pub(crate) fn clear(&mut self) -> Result<(), LoadError> {
        for range in self.placement.ram() {
            if !self.memory.zero(range.base(), range.length()) {
                return Err(LoadError::DoesNotFit);
            }
        }
        Ok(())
    }

    /// Clears this many bytes of ROM, which are whole pages and end where the ROM ends.
    pub(crate) fn clear_rom(&mut self, length: u64) -> Result<(), LoadError> {
        for page in 1..=length / PAGE {
            self.write_rom(ROM_END.saturating_sub(page.saturating_mul(PAGE)), &BLANK)?;
        }
        Ok(())
    }

    pub(crate) fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), LoadError> {
        if self.memory.write(address, bytes) { Ok(()) } else { Err(LoadError::DoesNotFit) }
    }

    pub(crate) fn write_rom(&mut self, address: u64, bytes: &[u8]) -> Result<(), LoadError> {
        if self.memory.write_rom(address, bytes) { Ok(()) } else { Err(LoadError::DoesNotFit) }
    }

    pub(crate) fn write_u8(&mut self, address: u64, value: u8) -> Result<(), LoadError> {
        self.write(address, &[value])
    }

    pub(crate) fn write_u32(&mut self, address: u64, value: u32) -> Result<(), LoadError> {
        self.write(address, &value.to_le_bytes())
    }

    pub(crate) fn write_u64(&mut self, address: u64, value: u64) -> Result<(), LoadError> {
        self.write(address, &value.to_le_bytes())
    }

    /// Puts bytes where an image wants them.
    pub(crate) fn claim_and_write(&mut self, address: u64, bytes: &[u8]) -> Result<(), LoadError> {
        self.placement.claim(address, bytes.len() as u64)?;
        self.write(address, bytes)
    }

    /// Puts bytes at the lowest free place from `from` on; its address.
    pub(crate) fn place(&mut self, from: u64, bytes: &[u8], alignment: u64) -> Result<u64, LoadError> {
        let address = self.placement.claim_lowest(from, bytes.len() as u64, alignment)?;
        self.write(address, bytes)?;
        Ok(address)
    }

    /// Puts bytes with a NUL behind them in low memory; their address.
    pub(crate) fn place_text(&mut self, text: &[u8]) -> Result<u64, LoadError> {
        // The NUL is there already: memory was cleared.
        let address = self.placement.claim_lowest(0, (text.len() as u64).saturating_add(1), 16)?;
        self.write(address, text)?;
        Ok(address)
    }
}

/// Little-endian words as the bytes of a structure in guest memory.
pub(crate) fn words<const WORDS: usize, const BYTES: usize>(values: [u64; WORDS]) -> [u8; BYTES] {
    const { assert!(WORDS * 8 == BYTES) };
    let mut bytes = [0; BYTES];
    for (chunk, value) in bytes.chunks_exact_mut(8).zip(values) {
        chunk.copy_from_slice(&value.to_le_bytes());
    }
    bytes
}
