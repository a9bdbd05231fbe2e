//! Firmware: a ROM that ends at 4 GiB, entered as a CPU starts after a reset (Intel SDM volume 3, "First Instruction
//! Executed").

use crate::memory::{Guest, GuestMemory};
use crate::{Images, LoadError};
use bulkhead_abi::layout::{MAX_ROM, PAGE, ROM_END};
use bulkhead_abi::vcpu::VcpuState;

/// Real mode reaches no further.
const LEGACY_END: u64 = 1 << 20;
/// Bytes of the ROM's end that chipsets show below 1 MiB too.
const LEGACY_LENGTH: usize = 128 << 10;

pub(crate) fn load<M: GuestMemory>(
    guest: &mut Guest<'_, M>,
    images: &Images<'_>,
) -> Result<VcpuState, LoadError> {
    let length = images.kernel.len() as u64;
    if length == 0 || !length.is_multiple_of(PAGE) {
        return Err(LoadError::WrongKind);
    }
    if !images.ramdisk.is_empty() {
        return Err(LoadError::Unsupported);
    }
    let base = ROM_END.checked_sub(length).filter(|_| length <= MAX_ROM).ok_or(LoadError::DoesNotFit)?;
    guest.write_rom(base, images.kernel)?;
    // RAM that is a copy, as after firmware has turned shadowing on.
    let tail = images.kernel.len().saturating_sub(LEGACY_LENGTH);
    let tail = images.kernel.get(tail..).unwrap_or_default();
    guest.write(LEGACY_END.saturating_sub(tail.len() as u64), tail)?;
    Ok(VcpuState::power_on())
}
