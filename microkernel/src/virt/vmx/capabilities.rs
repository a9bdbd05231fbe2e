//! What this CPU's VMX can do (Intel SDM volume 3, appendix A), and switching it on.

use core::arch::x86_64::__cpuid;

use bitflags::bitflags;
use x86_64::registers::control::{Cr0, Cr4, Cr4Flags};

use super::super::{CpuPages, Lacking};
use super::controls;
use super::instructions::{read_msr, vmxon, write_msr};

pub(super) const IA32_FEATURE_CONTROL: u32 = 0x3a;
pub(super) const IA32_VMX_BASIC: u32 = 0x480;
pub(super) const IA32_VMX_MISC: u32 = 0x485;
pub(super) const IA32_VMX_CR0_FIXED0: u32 = 0x486;
pub(super) const IA32_VMX_CR0_FIXED1: u32 = 0x487;
pub(super) const IA32_VMX_CR4_FIXED0: u32 = 0x488;
pub(super) const IA32_VMX_CR4_FIXED1: u32 = 0x489;
pub(super) const IA32_VMX_PROCBASED_CTLS2: u32 = 0x48b;
pub(super) const IA32_VMX_EPT_VPID_CAP: u32 = 0x48c;
pub(super) const IA32_VMX_TRUE_PINBASED_CTLS: u32 = 0x48d;
pub(super) const IA32_VMX_TRUE_PROCBASED_CTLS: u32 = 0x48e;
pub(super) const IA32_VMX_TRUE_EXIT_CTLS: u32 = 0x48f;
pub(super) const IA32_VMX_TRUE_ENTRY_CTLS: u32 = 0x490;

/// CPUID leaf 1, ECX.
const CPUID_1_ECX_VMX: u32 = 1 << 5;
/// IA32_VMX_BASIC: the revision identifier.
const BASIC_REVISION: u64 = 0x7fff_ffff;
/// IA32_VMX_BASIC: where the memory type of VMCS accesses is.
const BASIC_MEMORY_TYPE_SHIFT: u32 = 50;
/// Memory type "write back".
const WRITE_BACK: u64 = 6;
/// IA32_VMX_BASIC: the TRUE capability MSRs exist.
const BASIC_TRUE_CONTROLS: u64 = 1 << 55;
/// IA32_VMX_MISC: log2 of time-stamp ticks per tick of the VMX-preemption timer.
const MISC_TIMER_RATE: u64 = 0x1f;

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

/// The VMCS revision identifier, with bit 31 (shadow VMCS) clear.
pub(super) fn revision() -> u32 {
    // The mask leaves 31 bits.
    u32::try_from(read_msr(IA32_VMX_BASIC) & BASIC_REVISION).unwrap_or(0)
}

/// Shift from time-stamp ticks to ticks of the VMX-preemption timer.
pub(super) fn timer_rate() -> u8 {
    (read_msr(IA32_VMX_MISC) & MISC_TIMER_RATE).to_le_bytes()[0]
}
