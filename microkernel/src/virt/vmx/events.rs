//! Events for the guest: injecting, injecting again, windows, blocking (SDM volume 3, sections 25.8.3, 27.6, 28.2.4).

use x86_64::registers::control::Cr0Flags;

use super::super::guest_cpu::{self, RFLAGS_IF, RFLAGS_TF};
use super::super::{Event, VcpuHardware};
use super::bookkeeping::Bookkeeping;
use super::controls::Primary;
use super::fields::Field;
use super::instructions::Vmcs;
use super::interruption::{Interruption, NMI};

/// Interruptibility state.
const BLOCKING_BY_STI: u64 = 1 << 0;
const BLOCKING_BY_MOV_SS: u64 = 1 << 1;
const BLOCKING_BY_NMI: u64 = 1 << 3;

/// Pending debug exceptions: a single step is done.
const PENDING_SINGLE_STEP: u64 = 1 << 14;

/// Gives the event to the guest at the next entry.
pub(super) fn inject(vmcs: &Vmcs, event: Event) {
    let mut information = Interruption::event(event);
    if let Event::Exception { error: Some(error), .. } = event {
        vmcs.write(Field::VmEntryExceptionErrorCode, error.into());
    }
    // Real mode pushes no error codes, and VM entry refuses to.
    if vmcs.read(Field::GuestCr0) & Cr0Flags::PROTECTED_MODE_ENABLE.bits() == 0 {
        information.set_error(false);
    }
    vmcs.write(Field::VmEntryInterruptionInformation, information.into_bits().into());
}

/// Gives an event that an exit interrupted or intercepted to the guest again. `error` is the field with its error code.
pub(super) fn inject_again(vmcs: &Vmcs, information: Interruption, error: Field) {
    if information.error() {
        vmcs.write(Field::VmEntryExceptionErrorCode, vmcs.read(error));
    }
    if information.has_instruction() {
        vmcs.write(Field::VmEntryInstructionLength, vmcs.read(Field::VmExitInstructionLength));
    }
    if information.kind() == NMI {
        // Its delivery had begun and blocked NMIs; VM entry refuses an NMI while they are blocked.
        let state = vmcs.read(Field::GuestInterruptibilityState);
        vmcs.write(Field::GuestInterruptibilityState, state & !BLOCKING_BY_NMI);
    }
    vmcs.write(Field::VmEntryInterruptionInformation, information.defined().into_bits().into());
}

/// An IRET whose execution an exit interrupted has already ended the blocking of NMIs: begin it again.
pub(super) fn block_nmis(vmcs: &Vmcs) {
    let state = vmcs.read(Field::GuestInterruptibilityState);
    vmcs.write(Field::GuestInterruptibilityState, state | BLOCKING_BY_NMI);
}

/// Could the guest take an external interrupt at the next entry?
pub(super) fn interruptible(vmcs: &Vmcs) -> bool {
    vmcs.read(Field::GuestRflags) & RFLAGS_IF != 0
        && vmcs.read(Field::GuestInterruptibilityState) & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS) == 0
        && !queued(vmcs)
}

/// Could it take an NMI? Some CPUs refuse one while STI blocks, so that counts too.
pub(super) fn nmi_possible(vmcs: &Vmcs) -> bool {
    const BLOCKING: u64 = BLOCKING_BY_STI | BLOCKING_BY_MOV_SS | BLOCKING_BY_NMI;
    vmcs.read(Field::GuestInterruptibilityState) & BLOCKING == 0 && !queued(vmcs)
}

fn queued(vmcs: &Vmcs) -> bool {
    Interruption::from_bits(vmcs.read32(Field::VmEntryInterruptionInformation)).valid()
}

/// Turns interrupt-window exiting on or off.
pub(super) fn request_window(vcpu: &mut VcpuHardware, wanted: bool) {
    if Bookkeeping::of(vcpu).window() == wanted {
        return;
    }
    let vmcs = Vmcs::of(vcpu);
    let mut controls = Primary::from_bits_retain(vmcs.read32(Field::PrimaryProcessorBasedControls));
    controls.set(Primary::INTERRUPT_WINDOW_EXITING, wanted);
    vmcs.write(Field::PrimaryProcessorBasedControls, controls.bits().into());
    Bookkeeping::update(vcpu, |b| b.with_window(wanted));
}

/// Steps over the instruction of the last exit.
pub(super) fn advance(vcpu: &mut VcpuHardware) {
    let vmcs = Vmcs::of(vcpu);
    let long_code = vmcs.read(Field::GuestCsAccessRights) & u64::from(guest_cpu::RIGHTS_LONG) != 0;
    let rip = guest_cpu::advanced(vmcs.read(Field::GuestRip), vcpu.exit_length, long_code);
    vmcs.write(Field::GuestRip, rip);
    end_blocking(&vmcs);
    if vmcs.read(Field::GuestRflags) & RFLAGS_TF != 0 {
        let pending = vmcs.read(Field::GuestPendingDebugExceptions);
        vmcs.write(Field::GuestPendingDebugExceptions, pending | PENDING_SINGLE_STEP);
    }
    vcpu.exit_length = 0;
}

/// Ends the blocking of interrupts that STI or MOV SS began for one instruction.
pub(super) fn end_blocking(vmcs: &Vmcs) {
    let state = vmcs.read(Field::GuestInterruptibilityState);
    if state & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS) != 0 {
        vmcs.write(Field::GuestInterruptibilityState, state & !(BLOCKING_BY_STI | BLOCKING_BY_MOV_SS));
    }
}

/// Forgets what is queued, pending or blocked.
pub(super) fn forget(vmcs: &Vmcs) {
    vmcs.write(Field::VmEntryInterruptionInformation, 0);
    vmcs.write(Field::GuestInterruptibilityState, 0);
    vmcs.write(Field::GuestPendingDebugExceptions, 0);
}
