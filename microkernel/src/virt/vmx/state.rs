//! The architectural state in the VMCS, in the form that the core's callers use.

use bulkhead_abi::vcpu::{RSP, Segment, StateGroups, Table, VcpuState};
use x86_64::registers::model_specific::EferFlags;

use super::super::context::{context, context_mut};
use super::super::{VcpuHardware, guest_cpu};
use super::control_registers;
use super::controls::EntryControls;
use super::events;
use super::fields::Field;
use super::instructions::Vmcs;
use super::vmcs;

/// The four fields of a segment register.
struct SegmentFields {
    selector: Field,
    base: Field,
    limit: Field,
    rights: Field,
}

macro_rules! segment {
    ($selector:ident, $base:ident, $limit:ident, $rights:ident) => {
        SegmentFields {
            selector: Field::$selector,
            base: Field::$base,
            limit: Field::$limit,
            rights: Field::$rights,
        }
    };
}

const CS: SegmentFields = segment!(GuestCsSelector, GuestCsBase, GuestCsLimit, GuestCsAccessRights);
const DS: SegmentFields = segment!(GuestDsSelector, GuestDsBase, GuestDsLimit, GuestDsAccessRights);
const ES: SegmentFields = segment!(GuestEsSelector, GuestEsBase, GuestEsLimit, GuestEsAccessRights);
const FS: SegmentFields = segment!(GuestFsSelector, GuestFsBase, GuestFsLimit, GuestFsAccessRights);
const GS: SegmentFields = segment!(GuestGsSelector, GuestGsBase, GuestGsLimit, GuestGsAccessRights);
const SS: SegmentFields = segment!(GuestSsSelector, GuestSsBase, GuestSsLimit, GuestSsAccessRights);
const TR: SegmentFields = segment!(GuestTrSelector, GuestTrBase, GuestTrLimit, GuestTrAccessRights);
const LDTR: SegmentFields = segment!(GuestLdtrSelector, GuestLdtrBase, GuestLdtrLimit, GuestLdtrAccessRights);

/// Access rights field: the segment register is unusable.
const UNUSABLE: u32 = 1 << 16;
/// Access rights field: bits that it shares with a descriptor. The others must be 0.
const RIGHTS: u16 = 0xf0ff;

/// The state of the current vCPU.
pub(super) fn read(vcpu: &VcpuHardware) -> VcpuState {
    let vmcs = Vmcs::of(vcpu);
    let mut gpr = context(vcpu).gpr;
    gpr[RSP] = vmcs.read(Field::GuestRsp);
    VcpuState {
        gpr,
        rip: vmcs.read(Field::GuestRip),
        rflags: vmcs.read(Field::GuestRflags),
        cs: read_segment(&vmcs, &CS),
        ds: read_segment(&vmcs, &DS),
        es: read_segment(&vmcs, &ES),
        fs: read_segment(&vmcs, &FS),
        gs: read_segment(&vmcs, &GS),
        ss: read_segment(&vmcs, &SS),
        tr: read_segment(&vmcs, &TR),
        ldtr: read_segment(&vmcs, &LDTR),
        gdtr: Table { base: vmcs.read(Field::GuestGdtrBase), limit: vmcs.read(Field::GuestGdtrLimit) },
        idtr: Table { base: vmcs.read(Field::GuestIdtrBase), limit: vmcs.read(Field::GuestIdtrLimit) },
        cr0: control_registers::cr0(&vmcs),
        cr2: context(vcpu).cr2,
        cr3: vmcs.read(Field::GuestCr3),
        cr4: control_registers::cr4(&vmcs),
        efer: vmcs.read(Field::GuestIa32Efer),
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
        write_segments(&Vmcs::of(vcpu), state);
    }
    if groups.contains(StateGroups::CONTROL) {
        context_mut(vcpu).cr2 = state.cr2;
        let vmcs = Vmcs::of(vcpu);
        write_control(&vmcs, state);
        events::forget(&vmcs);
        vmcs::flush(vcpu);
    }
}

fn write_general(vcpu: &mut VcpuHardware, state: &VcpuState) {
    context_mut(vcpu).gpr = state.gpr;
    let vmcs = Vmcs::of(vcpu);
    if vmcs.read(Field::GuestRip) != state.rip {
        events::end_blocking(&vmcs);
    }
    vmcs.write(Field::GuestRsp, state.gpr[RSP]);
    vmcs.write(Field::GuestRip, state.rip);
    vmcs.write(Field::GuestRflags, guest_cpu::rflags(state.rflags));
}

fn write_segments(vmcs: &Vmcs, state: &VcpuState) {
    write_segment(vmcs, &CS, &state.cs);
    write_segment(vmcs, &DS, &state.ds);
    write_segment(vmcs, &ES, &state.es);
    write_segment(vmcs, &FS, &state.fs);
    write_segment(vmcs, &GS, &state.gs);
    write_segment(vmcs, &SS, &state.ss);
    write_segment(vmcs, &LDTR, &state.ldtr);
    // VM entry insists on a busy TSS, which protected-mode code need not have loaded yet.
    let tr = match state.tr.rights & guest_cpu::RIGHTS_PRESENT {
        0 => Segment { rights: guest_cpu::RIGHTS_BUSY_TSS, limit: 0xffff, ..Segment::default() },
        _ => state.tr,
    };
    write_segment(vmcs, &TR, &tr);
    vmcs.write(Field::GuestGdtrBase, state.gdtr.base);
    vmcs.write(Field::GuestGdtrLimit, state.gdtr.limit & 0xffff);
    vmcs.write(Field::GuestIdtrBase, state.idtr.base);
    vmcs.write(Field::GuestIdtrLimit, state.idtr.limit & 0xffff);
}

fn write_control(vmcs: &Vmcs, state: &VcpuState) {
    control_registers::set_cr0(vmcs, state.cr0);
    control_registers::set_cr4(vmcs, state.cr4);
    vmcs.write(Field::GuestCr3, state.cr3);
    let efer = EferFlags::from_bits_truncate(guest_cpu::efer(state));
    vmcs.write(Field::GuestIa32Efer, efer.bits());
    let mut entry = EntryControls::from_bits_retain(vmcs.read32(Field::VmEntryControls));
    entry.set(EntryControls::IA32E_MODE_GUEST, efer.contains(EferFlags::LONG_MODE_ACTIVE));
    vmcs.write(Field::VmEntryControls, entry.bits().into());
}

fn read_segment(vmcs: &Vmcs, fields: &SegmentFields) -> Segment {
    let selector = vmcs.read(fields.selector).to_le_bytes();
    Segment {
        base: vmcs.read(fields.base),
        limit: vmcs.read32(fields.limit),
        selector: u16::from_le_bytes([selector[0], selector[1]]),
        rights: rights_from_vmcs(vmcs.read32(fields.rights)),
    }
}

fn write_segment(vmcs: &Vmcs, fields: &SegmentFields, segment: &Segment) {
    vmcs.write(fields.selector, segment.selector.into());
    vmcs.write(fields.base, segment.base);
    vmcs.write(fields.limit, segment.limit.into());
    vmcs.write(fields.rights, rights_to_vmcs(segment.rights).into());
}

/// Access rights as the VMCS has them.
pub(super) fn rights_to_vmcs(rights: u16) -> u32 {
    let unusable = if rights & guest_cpu::RIGHTS_PRESENT == 0 { UNUSABLE } else { 0 };
    u32::from(rights & RIGHTS) | unusable
}

/// Access rights as a descriptor has them, 0 if the segment register is unusable.
pub(super) fn rights_from_vmcs(rights: u32) -> u16 {
    let [low, high, flags, _] = rights.to_le_bytes();
    if u32::from(flags) << 16 & UNUSABLE != 0 { 0 } else { u16::from_le_bytes([low, high]) & RIGHTS }
}
