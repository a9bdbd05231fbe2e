//! What the backend remembers of a vCPU beside its VMCS, in `VcpuHardware::private`.

use bitfield_struct::bitfield;

use super::super::VcpuHardware;

/// Index of the [`Bookkeeping`] word.
const WORD: usize = 0;
/// Index of the first of the core's MSRs.
const CORE_MSRS: usize = 3;
/// MSRs that are swapped when the CPU turns to the vCPU: `Context::msrs`.
pub(super) const SWAPPED: usize = 5;

/// One word of facts.
#[bitfield(u64)]
pub(super) struct Bookkeeping {
    /// VMLAUNCH has worked since the last VMCLEAR: VMRESUME from now on.
    pub(super) launched: bool,
    /// Interrupt-window exiting is on.
    pub(super) window: bool,
    /// The VMX-preemption timer bounds every entry.
    pub(super) timer: bool,
    /// log2 of time-stamp ticks per tick of that timer.
    #[bits(5)]
    pub(super) timer_rate: u8,
    /// CR8, which the guest writes by exits (there is no page for a TPR shadow).
    #[bits(4)]
    pub(super) cr8: u8,
    #[bits(4)]
    __: u8,
    /// Limit of the core's GDT: a VM exit makes it 0xffff.
    pub(super) gdt_limit: u16,
    #[bits(32)]
    __: u32,
}

impl Bookkeeping {
    /// The vCPU's.
    pub(super) fn of(vcpu: &VcpuHardware) -> Self {
        Self::from_bits(vcpu.private[WORD])
    }

    /// Changes the vCPU's.
    pub(super) fn update(vcpu: &mut VcpuHardware, change: impl FnOnce(Self) -> Self) {
        vcpu.private[WORD] = change(Self::of(vcpu)).into_bits();
    }

    /// Forgets everything, the core's MSRs too.
    pub(super) fn clear(vcpu: &mut VcpuHardware) {
        vcpu.private = [0; 8];
    }
}

/// The core's values of the MSRs that the vCPU has on the CPU now.
pub(super) fn core_msrs(vcpu: &mut VcpuHardware) -> &mut [u64] {
    &mut vcpu.private[CORE_MSRS..CORE_MSRS + SWAPPED]
}
