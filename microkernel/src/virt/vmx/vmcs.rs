//! Builds a VMCS and makes it current.

use x86_64::registers::control::Cr0Flags;

use super::super::context::{self, PAT_DEFAULT, context_mut};
use super::super::debug_registers::DR7_DISARMED;
use super::super::{SharedPages, VcpuHardware};
use super::bookkeeping::Bookkeeping;
use super::control_registers;
use super::controls::{self, PinBased, Secondary};
use super::fields::Field;
use super::instructions::{Vmcs, invept_single_context, invvpid_single_context, vmclear, vmptrld};
use super::interruption::INTERCEPTED_EXCEPTIONS;
use super::{capabilities, host};

/// EPT pointer: write-back paging structures.
const EPTP_WRITE_BACK: u64 = 6;
/// EPT pointer: a walk of 4 levels, as number of levels less one.
const EPTP_WALK_4_LEVELS: u64 = 3 << 3;
/// VMCS link pointer without VMCS shadowing.
const NO_LINK: u64 = !0;
/// Longest distance in ticks between two PAUSEs of one loop: a few iterations of any sensible spin loop.
const PLE_GAP: u64 = 128;
/// Ticks that a loop may spin before it exits: a lock is usually free sooner.
const PLE_WINDOW: u64 = 4096;

/// Builds the vCPU's VMCS from scratch, but for the architectural state, and makes it current.
pub(super) fn build(vcpu: &mut VcpuHardware, shared: &SharedPages) {
    Bookkeeping::clear(vcpu);
    *context_mut(vcpu) = context::power_on();

    // SAFETY: the page is this vCPU's, and VMCLEAR below makes whatever it was before forgotten.
    let cleared = unsafe { vmclear(vcpu.control.phys) };
    debug_assert!(cleared, "VMCLEAR failed");
    // SAFETY: the page is not an active VMCS now, so memory may be written.
    unsafe { vcpu.control.virt.cast::<[u8; 4096]>().write([0; 4096]) };
    // SAFETY: as above.
    unsafe { vcpu.control.virt.cast::<u32>().write(capabilities::revision()) };
    // SAFETY: the page is this vCPU's and holds a revision identifier; VMCLEAR sets up the rest.
    let cleared = unsafe { vmclear(vcpu.control.phys) };
    debug_assert!(cleared, "VMCLEAR failed");
    make_current(vcpu);

    write_controls(vcpu, shared);
    host::write_constants(vcpu);
    write_guest_defaults(&Vmcs::of(vcpu));
}

/// Makes the vCPU's VMCS current on this CPU.
pub(super) fn make_current(vcpu: &VcpuHardware) {
    // SAFETY: the page holds a VMCS, which is active on no other CPU because vCPUs are pinned.
    let loaded = unsafe { vmptrld(vcpu.control.phys) };
    debug_assert!(loaded, "VMPTRLD failed");
}

/// Forgets every translation that the CPU may have cached for this vCPU.
pub(super) fn flush(vcpu: &VcpuHardware) {
    let ept = invept_single_context(ept_pointer(vcpu));
    debug_assert!(ept, "INVEPT failed");
    let vpid = invvpid_single_context(vcpu.tag);
    debug_assert!(vpid, "INVVPID failed");
}

fn ept_pointer(vcpu: &VcpuHardware) -> u64 {
    vcpu.nested_root | EPTP_WRITE_BACK | EPTP_WALK_4_LEVELS
}

fn write_controls(vcpu: &mut VcpuHardware, shared: &SharedPages) {
    let Ok(controls) = controls::choose() else {
        debug_assert!(false, "attach without a successful probe");
        return;
    };
    let timer = controls.pin.contains(PinBased::ACTIVATE_VMX_PREEMPTION_TIMER);
    Bookkeeping::update(vcpu, |b| b.with_timer(timer).with_timer_rate(capabilities::timer_rate()));

    let vmcs = Vmcs::of(vcpu);
    vmcs.write(Field::PinBasedControls, controls.pin.bits().into());
    vmcs.write(Field::PrimaryProcessorBasedControls, controls.primary.bits().into());
    vmcs.write(Field::SecondaryProcessorBasedControls, controls.secondary.bits().into());
    vmcs.write(Field::PrimaryVmExitControls, controls.exit.bits().into());
    vmcs.write(Field::VmEntryControls, controls.entry.bits().into());
    if controls.secondary.contains(Secondary::PAUSE_LOOP_EXITING) {
        vmcs.write(Field::PleGap, PLE_GAP);
        vmcs.write(Field::PleWindow, PLE_WINDOW);
    }

    vmcs.write(Field::ExceptionBitmap, INTERCEPTED_EXCEPTIONS.into());
    vmcs.write(Field::PageFaultErrorCodeMask, 0);
    vmcs.write(Field::PageFaultErrorCodeMatch, 0);
    vmcs.write(Field::Cr3TargetCount, 0);
    vmcs.write(Field::VmExitMsrStoreCount, 0);
    vmcs.write(Field::VmExitMsrLoadCount, 0);
    vmcs.write(Field::VmEntryMsrLoadCount, 0);
    vmcs.write(Field::VmEntryInterruptionInformation, 0);

    vmcs.write(Field::AddressOfMsrBitmaps, shared.msr.phys);
    vmcs.write(Field::EptPointer, ept_pointer(vcpu));
    vmcs.write(Field::VirtualProcessorIdentifier, vcpu.tag.into());
    vmcs.write(Field::TscOffset, vcpu.tsc_offset);
    vmcs.write(Field::Cr0GuestHostMask, control_registers::OWNED_CR0.bits());
    vmcs.write(Field::Cr4GuestHostMask, control_registers::owned_cr4());
}

fn write_guest_defaults(vmcs: &Vmcs) {
    vmcs.write(Field::VmcsLinkPointer, NO_LINK);
    vmcs.write(Field::GuestIa32Debugctl, 0);
    vmcs.write(Field::GuestIa32Pat, PAT_DEFAULT);
    vmcs.write(Field::GuestDr7, DR7_DISARMED);
    vmcs.write(Field::GuestIa32SysenterCs, 0);
    vmcs.write(Field::GuestIa32SysenterEsp, 0);
    vmcs.write(Field::GuestIa32SysenterEip, 0);
    for pdpte in [Field::GuestPdpte0, Field::GuestPdpte1, Field::GuestPdpte2, Field::GuestPdpte3] {
        vmcs.write(pdpte, 0);
    }
    vmcs.write(Field::GuestActivityState, 0);
    // The CR0 that `state::write` completes: what is not the guest's to choose.
    vmcs.write(Field::GuestCr0, (Cr0Flags::NUMERIC_ERROR | Cr0Flags::EXTENSION_TYPE).bits());
}
