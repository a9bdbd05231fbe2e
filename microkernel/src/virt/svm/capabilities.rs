//! What this CPU's SVM can do (APM volume 2, section 15.4, and volume 3, appendix E), and switching it on.

use core::arch::x86_64::__cpuid;

use bitflags::bitflags;
use x86_64::registers::model_specific::{Efer, EferFlags, Msr};

use super::super::{CpuPages, Lacking};
use super::host_state;

/// VM_CR.
const VM_CR: Msr = Msr::new(0xc001_0114);
/// VM_CR: the firmware has switched SVM off.
const VM_CR_SVMDIS: u64 = 1 << 4;
/// VM_HSAVE_PA: where VMRUN saves the host's state.
const VM_HSAVE_PA: u32 = 0xc001_0117;

/// CPUID: the last extended function.
const LAST_EXTENDED: u32 = 0x8000_0000;
/// CPUID function 8000_0001, ECX.
const EXTENDED_ECX_SVM: u32 = 1 << 2;
/// CPUID: SVM revision and features.
const SVM_FEATURES: u32 = 0x8000_000a;

bitflags! {
    /// CPUID function 8000_000a, EDX.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) struct Features: u32 {
        const NESTED_PAGING = 1 << 0;
        const NEXT_RIP_SAVE = 1 << 3;
        const FLUSH_BY_ASID = 1 << 6;
        const PAUSE_FILTER = 1 << 10;
        const PAUSE_FILTER_THRESHOLD = 1 << 12;
        const _ = !0;
    }
}

/// Features of this CPU's SVM, which it has.
pub(super) fn features() -> Features {
    Features::from_bits_retain(__cpuid(SVM_FEATURES).edx)
}

/// Checks everything that the backend needs; changes nothing.
pub(super) fn probe() -> Result<(), Lacking> {
    if __cpuid(LAST_EXTENDED).eax < SVM_FEATURES || __cpuid(0x8000_0001).ecx & EXTENDED_ECX_SVM == 0 {
        return Err(Lacking("SVM"));
    }
    // SAFETY: the MSR exists on a CPU with SVM.
    if unsafe { VM_CR.read() } & VM_CR_SVMDIS != 0 {
        return Err(Lacking("SVM: the firmware has switched it off (VM_CR.SVMDIS)"));
    }
    if !features().contains(Features::NESTED_PAGING) {
        return Err(Lacking("SVM: nested paging"));
    }
    // Identifier 0 is the host's.
    if __cpuid(SVM_FEATURES).ebx < 2 {
        return Err(Lacking("SVM: an address space identifier for a guest"));
    }
    Ok(())
}

/// Switches SVM on, on this CPU.
pub(super) fn enable(pages: &CpuPages) -> Result<(), Lacking> {
    probe()?;
    let efer = Efer::read_raw() | EferFlags::SECURE_VIRTUAL_MACHINE_ENABLE.bits();
    // SAFETY: SVME only makes the SVM instructions known.
    unsafe { Efer::write_raw(efer) };
    // SAFETY: the page is the core's and nobody else's.
    unsafe { Msr::new(VM_HSAVE_PA).write(pages.root.phys) };
    if host_state::register(&pages.root, &pages.host) {
        Ok(())
    } else {
        Err(Lacking("SVM: room for one more CPU"))
    }
}

/// The host save area of this CPU, which tells CPUs apart.
pub(super) fn save_area() -> u64 {
    // SAFETY: the MSR exists on a CPU with SVM.
    unsafe { Msr::new(VM_HSAVE_PA).read() }
}
