//! MSRs that live in the VMCB and that only the backend can serve: EFER, PAT and the time-stamp counter.

use core::arch::x86_64::_rdtsc;

use x86_64::registers::control::Cr0Flags;
use x86_64::registers::model_specific::EferFlags;

use super::super::context::{RAX, RDX, context, context_mut};
use super::super::{Exit, VcpuHardware, guest_cpu};
use super::events;
use super::state;
use super::vmcb::{vmcb, vmcb_mut};

const TSC: u32 = 0x10;
const PAT: u32 = 0x277;
const EFER: u32 = 0xc000_0080;
/// Index of rcx in `Context::gpr`.
const RCX: usize = 1;

/// RDMSR.
pub(super) fn read(vcpu: &mut VcpuHardware) -> Exit {
    let value = match low(context(vcpu).gpr[RCX]) {
        // SAFETY: every CPU with SVM has RDTSC.
        TSC => unsafe { _rdtsc() }.wrapping_add(vcpu.tsc_offset),
        PAT => vmcb(vcpu).save.g_pat,
        EFER => state::efer(&vmcb(vcpu).save),
        _ => return Exit::ReadMsr,
    };
    let gpr = &mut context_mut(vcpu).gpr;
    gpr[RAX] = u64::from(low(value));
    gpr[RDX] = value >> 32;
    events::advance(vcpu);
    Exit::Again
}

/// WRMSR.
pub(super) fn write(vcpu: &mut VcpuHardware) -> Exit {
    let gpr = &context(vcpu).gpr;
    let value = gpr[RDX] << 32 | u64::from(low(gpr[RAX]));
    match low(gpr[RCX]) {
        PAT if pat_is_valid(value) => vmcb_mut(vcpu).save.g_pat = value,
        EFER => {
            let save = &mut vmcb_mut(vcpu).save;
            let Some(new) = new_efer(state::efer(save), value, save.cr0) else {
                return Exit::Refused;
            };
            state::set_efer(save, new);
            // NXE changes what cached translations mean.
            state::flush(vcpu);
        }
        PAT => return Exit::Refused,
        _ => return Exit::WriteMsr,
    }
    events::advance(vcpu);
    Exit::Again
}

/// EFER after a write of `value`, or `None` where the CPU raises #GP: a bit that the virtual CPU has not, or a change of
/// LME while paging is on. LMA is read-only.
pub(super) fn new_efer(old: u64, value: u64, cr0: u64) -> Option<u64> {
    const LMA: u64 = EferFlags::LONG_MODE_ACTIVE.bits();
    const LME: u64 = EferFlags::LONG_MODE_ENABLE.bits();
    if value & !guest_cpu::EFER.bits() != 0 {
        return None;
    }
    if cr0 & Cr0Flags::PAGING.bits() != 0 && (old ^ value) & LME != 0 {
        return None;
    }
    Some(value & !LMA | old & LMA)
}

/// Every byte is one of the memory types UC, WC, WT, WP, WB, UC- (APM volume 2, section 7.8.1).
pub(super) fn pat_is_valid(value: u64) -> bool {
    value.to_le_bytes().into_iter().all(|entry| matches!(entry, 0 | 1 | 4..=7))
}

fn low(value: u64) -> u32 {
    let [b0, b1, b2, b3, ..] = value.to_le_bytes();
    u32::from_le_bytes([b0, b1, b2, b3])
}
