//! Flat binaries: bytes at an address, entered in 16-bit real mode.

use crate::boot_state::real_mode;
use crate::memory::{Guest, GuestMemory};
use crate::{Images, LoadError};
use bulkhead_abi::vcpu::VcpuState;

/// End of what real mode reaches with segments that end at a multiple of 64 KiB.
const REAL_MODE_END: u64 = 1 << 20;

pub(crate) fn load<M: GuestMemory>(
    guest: &mut Guest<'_, M>,
    images: &Images<'_>,
    load: u64,
    entry: u64,
) -> Result<VcpuState, LoadError> {
    let into_image = entry.checked_sub(load).ok_or(LoadError::Truncated)?;
    if into_image >= images.kernel.len() as u64 {
        return Err(LoadError::Truncated);
    }
    let entry = u32::try_from(entry).map_err(|_| LoadError::Unsupported)?;
    if u64::from(entry) >= REAL_MODE_END || !images.ramdisk.is_empty() {
        return Err(LoadError::Unsupported);
    }
    guest.claim_and_write(load, images.kernel)?;
    Ok(real_mode(entry))
}
