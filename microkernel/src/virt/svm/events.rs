//! Events for the guest: injecting, injecting again, windows, blocking (APM volume 2, sections 15.20 and 15.21).

use x86_64::registers::control::Cr0Flags;

use super::super::guest_cpu::{self, RFLAGS_IF, RFLAGS_TF};
use super::super::{Event, VcpuHardware};
use super::bookkeeping::Bookkeeping;
use super::interruption::{DEBUG, EXTERNAL, Interruption};
use super::segment::rights_from_vmcb;
use super::vmcb::{Intercepts, Vmcb, vmcb, vmcb_mut};

/// DR6.BS: a single step is done.
const DR6_SINGLE_STEP: u64 = 1 << 14;
/// Interrupt shadow.
const SHADOW: u64 = 1;

/// Gives the event to the guest at the next entry.
pub(super) fn inject(vcpu: &mut VcpuHardware, event: Event) {
    let Vmcb { control, save } = vmcb_mut(vcpu);
    let mut information = Interruption::event(event);
    // Real mode pushes no error codes.
    if save.cr0 & Cr0Flags::PROTECTED_MODE_ENABLE.bits() == 0 {
        information.set_error(false);
    }
    control.event_injection = information;
    if event == Event::Nmi {
        block_nmis(vcpu);
    }
}

/// Gives an event whose delivery an exit interrupted to the guest again.
pub(super) fn inject_again(vcpu: &mut VcpuHardware, information: Interruption) {
    if !information.comes_again() {
        vmcb_mut(vcpu).control.event_injection = information;
    }
}

/// Until the guest executes IRET it takes no other NMI.
fn block_nmis(vcpu: &mut VcpuHardware) {
    vmcb_mut(vcpu).control.intercepts |= Intercepts::IRET;
    Bookkeeping::update(vcpu, |b| b.with_nmi_blocked(true));
}

/// The guest is about to execute IRET. The interrupt shadow keeps NMIs off until it has.
pub(super) fn unblock_nmis(vcpu: &mut VcpuHardware) {
    let control = &mut vmcb_mut(vcpu).control;
    control.intercepts -= Intercepts::IRET;
    control.interrupt_shadow |= SHADOW;
    Bookkeeping::update(vcpu, |b| b.with_nmi_blocked(false));
}

/// Could the guest take an external interrupt at the next entry?
pub(super) fn interruptible(vcpu: &VcpuHardware) -> bool {
    let Vmcb { control, save } = vmcb(vcpu);
    save.rflags & RFLAGS_IF != 0 && control.interrupt_shadow & SHADOW == 0 && !control.event_injection.valid()
}

/// Could it take an NMI?
pub(super) fn nmi_possible(vcpu: &VcpuHardware) -> bool {
    let control = &vmcb(vcpu).control;
    !Bookkeeping::of(vcpu).nmi_blocked()
        && control.interrupt_shadow & SHADOW == 0
        && !control.event_injection.valid()
}

/// The instruction in the interrupt shadow, if the guest is in one.
pub(super) fn shadowed(vcpu: &VcpuHardware) -> Option<u64> {
    let Vmcb { control, save } = vmcb(vcpu);
    (control.interrupt_shadow & SHADOW != 0).then_some(save.rip)
}

/// VMRUN restores the interrupt shadow, but not in QEMU: an interrupt that came between STI and HLT would be one for which
/// the guest then waits for ever. If the guest is where it was, it is in the shadow still; but only once, for an
/// instruction can also lead to itself.
pub(super) fn keep_shadow(vcpu: &mut VcpuHardware, rip: u64) {
    let kept_before = Bookkeeping::of(vcpu).shadow_kept();
    let keep = shadowed(vcpu).is_none() && vmcb(vcpu).save.rip == rip && !kept_before;
    if keep {
        vmcb_mut(vcpu).control.interrupt_shadow |= SHADOW;
    }
    Bookkeeping::update(vcpu, |b| b.with_shadow_kept(keep));
}

/// In QEMU the window would open in the shadow (see [`keep_shadow`]).
pub(super) fn window_possible(vmcb: &Vmcb) -> bool {
    vmcb.control.interrupt_shadow & SHADOW == 0
}

/// A virtual interrupt that is never delivered, because the exit comes first, asks for the interrupt window.
pub(super) fn request_window(vmcb: &mut Vmcb, wanted: bool) {
    let wanted = wanted && window_possible(vmcb);
    let control = &mut vmcb.control;
    control.intercepts.set(Intercepts::VINTR, wanted);
    control.virtual_interrupt.set_pending(wanted);
    // CR8 is the core's to judge.
    control.virtual_interrupt.set_ignore_tpr(wanted);
}

/// Gives an external interrupt to the guest as a virtual one, unless that asks for the window; what was given so. After
/// an entry that injects, QEMU keeps the vector as a pending exception until the next exit, and delivers it once more if it
/// leaves its loop before, whatever the guest's IF is then: an interrupt handler that holds a lock waits for itself for ever.
pub(super) fn give_virtual(vcpu: &mut VcpuHardware) -> Option<Interruption> {
    let control = &mut vmcb_mut(vcpu).control;
    let event = control.event_injection;
    if !event.valid() || event.kind() != EXTERNAL || control.virtual_interrupt.pending() {
        return None;
    }
    control.event_injection = Interruption::new();
    control.virtual_interrupt.set_pending(true);
    control.virtual_interrupt.set_ignore_tpr(true);
    control.virtual_interrupt.set_vector(event.vector());
    Some(event)
}

/// Takes a virtual interrupt back that the exit came before: its delivery was interrupted.
pub(super) fn take_virtual(vcpu: &mut VcpuHardware, given: Option<Interruption>) {
    let Some(event) = given else { return };
    let control = &mut vmcb_mut(vcpu).control;
    if control.virtual_interrupt.pending() {
        control.exit_interrupt_info = event;
    }
    control.virtual_interrupt.set_pending(false);
    control.virtual_interrupt.set_ignore_tpr(false);
}

/// Steps over the instruction of the last exit.
pub(super) fn advance(vcpu: &mut VcpuHardware) {
    let length = vcpu.exit_length;
    let Vmcb { control, save } = vmcb_mut(vcpu);
    let long_code = rights_from_vmcb(save.cs.attributes) & guest_cpu::RIGHTS_LONG != 0;
    save.rip = guest_cpu::advanced(save.rip, length, long_code);
    control.interrupt_shadow &= !SHADOW;
    if save.rflags & RFLAGS_TF != 0 && !control.event_injection.valid() {
        // The VMCB has no pending debug exceptions, so the step's trap is injected.
        save.dr6 |= DR6_SINGLE_STEP;
        control.event_injection = Interruption::event(Event::Exception { vector: DEBUG, error: None });
    }
    vcpu.exit_length = 0;
}

/// Ends the interrupt shadow that STI or MOV SS began for one instruction.
pub(super) fn end_shadow(vcpu: &mut VcpuHardware) {
    vmcb_mut(vcpu).control.interrupt_shadow &= !SHADOW;
}

/// Forgets what is queued or blocked.
pub(super) fn forget(vcpu: &mut VcpuHardware) {
    let control = &mut vmcb_mut(vcpu).control;
    control.event_injection = Interruption::new();
    control.interrupt_shadow = 0;
    control.intercepts -= Intercepts::IRET;
    Bookkeeping::update(vcpu, |b| b.with_nmi_blocked(false));
}
