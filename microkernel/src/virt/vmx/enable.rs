//! Switching VMX on, after a look at all that the backend needs (Intel SDM volume 3, section 24.7 and appendix A).

use core::arch::x86_64::__cpuid;

use bitflags::bitflags;
use x86_64::registers::control::{Cr0, Cr4, Cr4Flags};

use super::super::{CpuPages, Lacking};
use super::capabilities::{
    IA32_VMX_BASIC, IA32_VMX_CR0_FIXED0, IA32_VMX_CR0_FIXED1, IA32_VMX_CR4_FIXED0, IA32_VMX_CR4_FIXED1,
    IA32_VMX_EPT_VPID_CAP, revision,
};
use super::controls;
use super::instructions::{read_msr, vmxon, write_msr};

const IA32_FEATURE_CONTROL: u32 = 0x3a;

/// CPUID leaf 1, ECX.
const CPUID_1_ECX_VMX: u32 = 1 << 5;
/// IA32_VMX_BASIC: where the memory type of VMCS accesses is.
const BASIC_MEMORY_TYPE_SHIFT: u32 = 50;
/// Memory type "write back".
const WRITE_BACK: u64 = 6;
/// IA32_VMX_BASIC: the TRUE capability MSRs exist.
const BASIC_TRUE_CONTROLS: u64 = 1 << 55;

bitflags! {
    /// IA32_FEATURE_CONTROL.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct FeatureControl: u64 {
        const LOCK = 1 << 0;
        const VMX_OUTSIDE_SMX = 1 << 2;
        const _ = !0;
    }

    /// IA32_VMX_EPT_VPID_CAP, the bits that we need.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct EptVpid: u64 {
        const WALK_4_LEVELS = 1 << 6;
        const WRITE_BACK = 1 << 14;
        const PAGES_2M = 1 << 16;
        const INVEPT = 1 << 20;
        const INVEPT_SINGLE_CONTEXT = 1 << 25;
        const INVVPID = 1 << 32;
        const INVVPID_SINGLE_CONTEXT = 1 << 41;
        const _ = !0;
    }
}

/// Checks everything that the backend needs; changes nothing.
pub(super) fn probe() -> Result<(), Lacking> {
    if __cpuid(1).ecx & CPUID_1_ECX_VMX == 0 {
        return Err(Lacking("VMX"));
    }
    let feature_control = FeatureControl::from_bits_retain(read_msr(IA32_FEATURE_CONTROL));
    if feature_control.contains(FeatureControl::LOCK)
        && !feature_control.contains(FeatureControl::VMX_OUTSIDE_SMX)
    {
        return Err(Lacking("VMX: the firmware has locked it off (IA32_FEATURE_CONTROL)"));
    }
    let basic = read_msr(IA32_VMX_BASIC);
    if basic & BASIC_TRUE_CONTROLS == 0 {
        return Err(Lacking("VMX: the TRUE capability MSRs"));
    }
    if (basic >> BASIC_MEMORY_TYPE_SHIFT) & 0xf != WRITE_BACK {
        return Err(Lacking("VMX: a VMCS in write-back memory"));
    }
    controls::choose()?;

    let have = EptVpid::from_bits_retain(read_msr(IA32_VMX_EPT_VPID_CAP));
    let need = |bits: EptVpid, name| if have.contains(bits) { Ok(()) } else { Err(Lacking(name)) };
    need(EptVpid::WALK_4_LEVELS, "EPT: a walk of 4 levels")?;
    need(EptVpid::WRITE_BACK, "EPT: write-back paging structures")?;
    need(EptVpid::PAGES_2M, "EPT: 2 MiB pages")?;
    need(EptVpid::INVEPT | EptVpid::INVEPT_SINGLE_CONTEXT, "EPT: INVEPT of a single context")?;
    need(EptVpid::INVVPID | EptVpid::INVVPID_SINGLE_CONTEXT, "VPID: INVVPID of a single context")
}

/// Enters VMX operation on this CPU.
pub(super) fn enable(pages: &CpuPages) -> Result<(), Lacking> {
    probe()?;
    let feature_control = FeatureControl::from_bits_retain(read_msr(IA32_FEATURE_CONTROL));
    if !feature_control.contains(FeatureControl::LOCK) {
        let locked = feature_control | FeatureControl::LOCK | FeatureControl::VMX_OUTSIDE_SMX;
        // SAFETY: the MSR exists (`probe`) and is not locked; the bits only permit VMXON.
        unsafe { write_msr(IA32_FEATURE_CONTROL, locked.bits()) };
    }
    let cr0 = (Cr0::read_raw() | read_msr(IA32_VMX_CR0_FIXED0)) & read_msr(IA32_VMX_CR0_FIXED1);
    // SAFETY: FIXED0 adds PE, PG and NE, the first two of which are set already, and FIXED1 takes nothing the core has.
    unsafe { Cr0::write_raw(cr0) };
    let cr4 = Cr4::read_raw() | Cr4Flags::VIRTUAL_MACHINE_EXTENSIONS.bits();
    let cr4 = (cr4 | read_msr(IA32_VMX_CR4_FIXED0)) & read_msr(IA32_VMX_CR4_FIXED1);
    // SAFETY: FIXED0 adds VMXE only, and FIXED1 takes nothing that the core has.
    unsafe { Cr4::write_raw(cr4) };

    // SAFETY: the page is the core's and nobody else's.
    unsafe { pages.root.virt.cast::<u32>().write(revision()) };
    // SAFETY: CR0 and CR4 are as VMX wants them, and the region carries the revision and is never touched again.
    if unsafe { vmxon(pages.root.phys) } { Ok(()) } else { Err(Lacking("VMX: VMXON failed")) }
}
