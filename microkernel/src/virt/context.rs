//! The registers beside the VMCS or VMCB: access to them, and their values after power-on.

use super::{Context, VcpuHardware};

/// Index of rax in `Context::gpr`.
pub(super) const RAX: usize = 0;
/// Index of rdx in `Context::gpr`.
pub(super) const RDX: usize = 2;

/// MXCSR after power-on, and what the core runs with: all exceptions masked, round to nearest.
pub(super) const MXCSR_DEFAULT: u32 = 0x1f80;
/// DR6 after power-on: its reserved bits that read as one.
pub(super) const DR6_DEFAULT: u64 = 0xffff_0ff0;
/// IA32_PAT after power-on.
pub(super) const PAT_DEFAULT: u64 = 0x0007_0406_0007_0406;

/// FCW after power-on: no exception masked, unlike after FNINIT (Intel SDM volume 3, section 11.1.1, table "IA-32 and
/// Intel 64 Processor States Following Power-up, Reset, or INIT").
const FCW_POWER_ON: u16 = 0x0040;
/// Offset of FCW in the FXSAVE image.
const FX_FCW: usize = 0;
/// Offset of the abridged tag word in the FXSAVE image.
const FX_FTW: usize = 4;
/// Offset of MXCSR in the FXSAVE image.
const FX_MXCSR: usize = 24;

/// The vCPU's registers beside its control structure.
pub(super) fn context(vcpu: &VcpuHardware) -> &Context {
    // SAFETY: `VcpuHardware::context` points at core memory that never moves and that belongs to this vCPU alone; the
    // borrow of the vCPU keeps others from writing.
    unsafe { &*vcpu.context }
}

/// As [`context`], to write.
pub(super) fn context_mut(vcpu: &mut VcpuHardware) -> &mut Context {
    // SAFETY: as in `context`; the exclusive borrow of the vCPU makes this one exclusive.
    unsafe { &mut *vcpu.context }
}

/// The values after power-on.
pub(super) fn power_on() -> Context {
    let mut fx = [0; 512];
    fx[FX_FCW..FX_FCW + 2].copy_from_slice(&FCW_POWER_ON.to_le_bytes());
    // After power-on every x87 register holds +0.0, which is not "empty".
    fx[FX_FTW] = 0xff;
    fx[FX_MXCSR..FX_MXCSR + 4].copy_from_slice(&MXCSR_DEFAULT.to_le_bytes());
    Context { gpr: [0; 16], cr2: 0, debug: [0, 0, 0, 0, DR6_DEFAULT], msrs: [0; 5], reserved: [0; 5], fx }
}
