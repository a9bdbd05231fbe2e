//! The MSR bitmap (SDM volume 3, section 25.6.9): a set bit exits.

use super::super::HwPage;

/// Offset of the read bitmap for MSRs from 0xc000_0000.
const READ_HIGH: usize = 1024;
/// Offset of the write bitmaps from the read bitmaps.
const WRITE: usize = 2048;
/// First MSR of the high range.
const HIGH: u32 = 0xc000_0000;
/// MSRs in a range.
const RANGE: u32 = 0x2000;
/// Bytes of all four bitmaps.
const BYTES: usize = 4096;

const IA32_TIME_STAMP_COUNTER: u32 = 0x10;
const IA32_SYSENTER_CS: u32 = 0x174;
const IA32_SYSENTER_ESP: u32 = 0x175;
const IA32_SYSENTER_EIP: u32 = 0x176;
const IA32_PAT: u32 = 0x277;
const IA32_EFER: u32 = 0xc000_0080;
const IA32_STAR: u32 = 0xc000_0081;
const IA32_LSTAR: u32 = 0xc000_0082;
const IA32_CSTAR: u32 = 0xc000_0083;
const IA32_FMASK: u32 = 0xc000_0084;
const IA32_FS_BASE: u32 = 0xc000_0100;
const IA32_GS_BASE: u32 = 0xc000_0101;
const IA32_KERNEL_GS_BASE: u32 = 0xc000_0102;

/// The MSRs that the CPU does not swap on entry and exit: `Context::msrs` in this order.
pub(super) const SWAPPED: [u32; super::bookkeeping::SWAPPED] =
    [IA32_STAR, IA32_LSTAR, IA32_CSTAR, IA32_FMASK, IA32_KERNEL_GS_BASE];

/// MSRs that are the guest's to read and write: the CPU swaps them on entry and exit, or we do (`SWAPPED`). EFER is
/// among them because the CPU knows which of its bits may change when, and keeps LMA right.
const OWN: [u32; 12] = [
    IA32_SYSENTER_CS,
    IA32_SYSENTER_ESP,
    IA32_SYSENTER_EIP,
    IA32_PAT,
    IA32_EFER,
    IA32_STAR,
    IA32_LSTAR,
    IA32_CSTAR,
    IA32_FMASK,
    IA32_FS_BASE,
    IA32_GS_BASE,
    IA32_KERNEL_GS_BASE,
];

/// Fills the map: everything exits but what is the guest's own, and reads of the time-stamp counter (the CPU adds the
/// TSC offset).
pub(super) fn prepare(page: &HwPage) {
    // SAFETY: the page is the core's, whole and for this map only; no vCPU runs yet.
    let map = unsafe { &mut *page.virt.cast::<[u8; BYTES]>() };
    map.fill(0xff);
    for msr in OWN {
        permit(map, msr, 0);
        permit(map, msr, WRITE);
    }
    permit(map, IA32_TIME_STAMP_COUNTER, 0);
}

/// Clears the bit of an MSR in the bitmaps for reads (`direction` 0) or for writes ([`WRITE`]).
pub(super) fn permit(map: &mut [u8; BYTES], msr: u32, direction: usize) {
    let (range, index) = if msr >= HIGH { (READ_HIGH, msr - HIGH) } else { (0, msr) };
    debug_assert!(index < RANGE, "MSR {msr:#x} is in no bitmap");
    map[direction + range + index as usize / 8] &= !(1 << (index % 8));
}
