//! Segmentation: from an offset in a segment to a linear address (Intel SDM volume 3, chapter 5, "Limit Checking",
//! "Type Checking").

use crate::escape::Exception;
use crate::mode::{Mode, RIGHTS_BIG};
use crate::paging::Intent;
use bulkhead_abi::vcpu::{Segment, VcpuState};
use iced_x86::Register;

/// P of a segment's rights.
const PRESENT: u16 = 1 << 7;
/// Type bit 3: code.
const CODE: u16 = 1 << 3;
/// Type bit 2: expand-down, for data.
const EXPAND_DOWN: u16 = 1 << 2;
/// Type bit 1: writable data, or readable code.
const OPEN: u16 = 1 << 1;

/// The linear address of `bytes` bytes at `offset` in a segment.
///
/// # Errors
/// #GP(0), or #SS(0) for the stack segment: not canonical, beyond the limit, or not open to this intent.
pub(crate) fn linear(
    state: &VcpuState,
    mode: Mode,
    register: Register,
    offset: u64,
    bytes: u8,
    intent: Intent,
) -> Result<u64, Exception> {
    let refusal = if register == Register::SS { Exception::STACK } else { Exception::PROTECTION };
    let segment = crate::registers::segment(state, register).ok_or(refusal)?;
    let last = u64::from(bytes).saturating_sub(1);
    if mode.is_64_bit() {
        let base = if matches!(register, Register::FS | Register::GS) { segment.base } else { 0 };
        let address = base.wrapping_add(offset);
        return if is_canonical(address) && is_canonical(address.wrapping_add(last)) {
            Ok(address)
        } else {
            Err(refusal)
        };
    }
    let end = offset.checked_add(last).ok_or(refusal)?;
    if mode.descriptors && !is_open(segment, intent) || !is_within(segment, offset, end) {
        return Err(refusal);
    }
    Ok(segment.base.wrapping_add(offset) & 0xffff_ffff)
}

/// Bits 63:47 are all equal.
pub(crate) fn is_canonical(address: u64) -> bool {
    matches!(address >> 47, 0 | 0x1_ffff)
}

fn is_open(segment: &Segment, intent: Intent) -> bool {
    let rights = segment.rights;
    let allowed = match intent {
        // CS was checked when it was loaded. Right after CR0.PE is set it has what real mode put there, which may be data.
        Intent::Fetch => true,
        Intent::Read => rights & CODE == 0 || rights & OPEN != 0,
        Intent::Write => rights & CODE == 0 && rights & OPEN != 0,
    };
    rights & PRESENT != 0 && allowed
}

fn is_within(segment: &Segment, first: u64, last: u64) -> bool {
    let limit = u64::from(segment.limit);
    if segment.rights & (CODE | EXPAND_DOWN) == EXPAND_DOWN {
        let top = if segment.rights & RIGHTS_BIG != 0 { 0xffff_ffff } else { 0xffff };
        first > limit && last <= top
    } else {
        last <= limit
    }
}
