//! The I/O and MSR permission maps (APM volume 2, sections 15.10 and 15.11): a set bit exits.

use super::super::SharedPages;

/// Bytes of the I/O permission map: one bit a port, and a few for accesses beyond the last port.
const IO_BYTES: usize = 3 * 4096;
/// Bytes of the MSR permission map.
const MSR_BYTES: usize = 2 * 4096;
/// MSRs in a range.
const RANGE: u32 = 0x2000;
/// Bytes of a range: two bits an MSR, read and write.
const RANGE_BYTES: usize = 0x800;
/// First MSRs of the three ranges.
const RANGES: [u32; 3] = [0, 0xc000_0000, 0xc001_0000];

/// MSRs that are the guest's to read and write: VMLOAD and VMSAVE swap them.
const OWN: [u32; 10] = [
    0x174,       // SYSENTER_CS
    0x175,       // SYSENTER_ESP
    0x176,       // SYSENTER_EIP
    0xc000_0081, // STAR
    0xc000_0082, // LSTAR
    0xc000_0083, // CSTAR
    0xc000_0084, // SFMASK
    0xc000_0100, // FS.base
    0xc000_0101, // GS.base
    0xc000_0102, // KernelGSBase
];

/// Fills the maps: everything exits but the guest's own MSRs.
pub(super) fn prepare(shared: &SharedPages) {
    // SAFETY: the three pages are the core's, contiguous and for this map only; no vCPU runs yet.
    let io = unsafe { &mut *shared.io.virt.cast::<[u8; IO_BYTES]>() };
    io.fill(0xff);
    // SAFETY: likewise the two pages of this map.
    let msrs = unsafe { &mut *shared.msr.virt.cast::<[u8; MSR_BYTES]>() };
    msrs.fill(0xff);
    for msr in OWN {
        permit(msrs, msr);
    }
}

/// Clears both bits of an MSR.
pub(super) fn permit(map: &mut [u8; MSR_BYTES], msr: u32) {
    for (range, first) in RANGES.into_iter().enumerate() {
        let index = msr.wrapping_sub(first);
        if index < RANGE {
            map[range * RANGE_BYTES + index as usize / 4] &= !(3 << (index % 4 * 2));
        }
    }
}
