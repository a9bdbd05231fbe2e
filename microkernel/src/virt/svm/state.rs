//! The architectural state in the VMCB, in the form that the core's callers use.

use bulkhead_abi::vcpu::{RSP, StateGroups, VcpuState};
use x86_64::registers::control::Cr0Flags;
use x86_64::registers::model_specific::EferFlags;

use super::super::context::{RAX, context, context_mut};
use super::super::{VcpuHardware, guest_cpu};
use super::bookkeeping::Bookkeeping;
use super::events;
use super::segment::{read_segment, read_table, segment, table};
use super::vmcb::{FLUSH_ALL, FLUSH_GUEST, SaveArea, vmcb, vmcb_mut};

/// EFER.SVME, which VMRUN insists on and the guest must not see.
const SVME: u64 = EferFlags::SECURE_VIRTUAL_MACHINE_ENABLE.bits();
/// Where the descriptor privilege level is in the rights.
const DPL_SHIFT: u16 = 5;
/// Bit of a TSS's type that says "busy": some CPUs save TR without.
const TSS_BUSY: u16 = 2;

/// The state of the current vCPU.
pub(super) fn read(vcpu: &VcpuHardware) -> VcpuState {
    let save = &vmcb(vcpu).save;
    let mut gpr = context(vcpu).gpr;
    gpr[RSP] = save.rsp;
    let mut ss = read_segment(&save.ss);
    if ss.rights != 0 {
        // What counts is the CPL field; the DPL in SS may be an old one.
        ss.rights = ss.rights & !(3 << DPL_SHIFT) | u16::from(save.cpl & 3) << DPL_SHIFT;
    }
    let mut tr = read_segment(&save.tr);
    tr.rights |= TSS_BUSY;
    VcpuState {
        gpr,
        rip: save.rip,
        rflags: save.rflags,
        cs: read_segment(&save.cs),
        ds: read_segment(&save.ds),
        es: read_segment(&save.es),
        fs: read_segment(&save.fs),
        gs: read_segment(&save.gs),
        ss,
        tr,
        ldtr: read_segment(&save.ldtr),
        gdtr: read_table(&save.gdtr),
        idtr: read_table(&save.idtr),
        cr0: save.cr0,
        cr2: save.cr2,
        cr3: save.cr3,
        cr4: save.cr4,
        efer: efer(save),
        activity: 0,
        instruction_length: vcpu.exit_length.into(),
    }
}

/// Sets groups of the current vCPU's state. A new CONTROL group is a new start: translations are flushed, and what was
/// queued or blocked is forgotten.
pub(super) fn write(vcpu: &mut VcpuHardware, state: &VcpuState, groups: StateGroups) {
    if groups.contains(StateGroups::GENERAL) {
        write_general(vcpu, state);
    }
    if groups.contains(StateGroups::SEGMENTS) {
        write_segments(&mut vmcb_mut(vcpu).save, state);
    }
    if groups.contains(StateGroups::CONTROL) {
        write_control(&mut vmcb_mut(vcpu).save, state);
        events::forget(vcpu);
        flush(vcpu);
    }
}

/// EFER as the guest sees it.
pub(super) fn efer(save: &SaveArea) -> u64 {
    save.efer & !SVME
}

/// Sets EFER as the guest sees it.
pub(super) fn set_efer(save: &mut SaveArea, efer: u64) {
    save.efer = efer | SVME;
}

/// Forgets, at the next entry, every translation that the CPU may have cached for this vCPU.
pub(super) fn flush(vcpu: &mut VcpuHardware) {
    let how = if Bookkeeping::of(vcpu).flush_by_asid() { FLUSH_GUEST } else { FLUSH_ALL };
    vmcb_mut(vcpu).control.tlb_control = how;
}

fn write_general(vcpu: &mut VcpuHardware, state: &VcpuState) {
    context_mut(vcpu).gpr = state.gpr;
    if vmcb(vcpu).save.rip != state.rip {
        events::end_shadow(vcpu);
    }
    let save = &mut vmcb_mut(vcpu).save;
    save.rax = state.gpr[RAX];
    save.rsp = state.gpr[RSP];
    save.rip = state.rip;
    save.rflags = guest_cpu::rflags(state.rflags);
}

fn write_segments(save: &mut SaveArea, state: &VcpuState) {
    save.cs = segment(&state.cs);
    save.ds = segment(&state.ds);
    save.es = segment(&state.es);
    save.fs = segment(&state.fs);
    save.gs = segment(&state.gs);
    save.ss = segment(&state.ss);
    save.tr = segment(&state.tr);
    save.ldtr = segment(&state.ldtr);
    save.gdtr = table(&state.gdtr);
    save.idtr = table(&state.idtr);
    save.cpl = if state.rflags & guest_cpu::RFLAGS_VM != 0 {
        3
    } else {
        (state.ss.rights >> DPL_SHIFT).to_le_bytes()[0] & 3
    };
}

fn write_control(save: &mut SaveArea, state: &VcpuState) {
    let cr0 = Cr0Flags::from_bits_truncate(state.cr0) | Cr0Flags::EXTENSION_TYPE;
    save.cr0 = cr0.bits();
    save.cr2 = state.cr2;
    save.cr3 = state.cr3;
    save.cr4 = state.cr4 & guest_cpu::CR4.bits();
    set_efer(save, guest_cpu::efer(state));
}
