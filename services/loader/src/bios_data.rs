//! The BIOS data area, as firmware leaves it: where the extended data area is, and how much memory is below it. Kernels
//! look there for the end of low memory (IBM PS/2 and PC BIOS Interface Technical Reference, "BIOS Data Areas").

use crate::LoadError;
use crate::memory::{Guest, GuestMemory};

/// Segment of the extended BIOS data area.
const EBDA_SEGMENT: u64 = 0x40e;
/// KiB of memory from address 0 on, 16 bits.
const MEMORY_SIZE: u64 = 0x413;

/// Writes it for an extended data area of 1 KiB at this address, whose first byte is its size in KiB.
pub(crate) fn write<M: GuestMemory>(guest: &mut Guest<'_, M>, extended: u64) -> Result<(), LoadError> {
    let [segment, kibibytes] = [extended >> 4, extended >> 10].map(|value| u16::try_from(value).unwrap_or(0));
    guest.write(EBDA_SEGMENT, &segment.to_le_bytes())?;
    guest.write(MEMORY_SIZE, &kibibytes.to_le_bytes())?;
    guest.write_u8(extended, 1)
}
