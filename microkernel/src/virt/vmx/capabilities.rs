//! What this CPU's VMX can do (Intel SDM volume 3, appendix A).

use super::instructions::read_msr;

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

/// IA32_VMX_BASIC: the revision identifier.
const BASIC_REVISION: u64 = 0x7fff_ffff;
/// IA32_VMX_MISC: log2 of time-stamp ticks per tick of the VMX-preemption timer.
const MISC_TIMER_RATE: u64 = 0x1f;

/// The VMCS revision identifier, with bit 31 (shadow VMCS) clear.
pub(super) fn revision() -> u32 {
    // The mask leaves 31 bits.
    u32::try_from(read_msr(IA32_VMX_BASIC) & BASIC_REVISION).unwrap_or(0)
}

/// Shift from time-stamp ticks to ticks of the VMX-preemption timer.
pub(super) fn timer_rate() -> u8 {
    (read_msr(IA32_VMX_MISC) & MISC_TIMER_RATE).to_le_bytes()[0]
}
