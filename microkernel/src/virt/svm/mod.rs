//! AMD SVM with nested paging.
//!
//! Authority: AMD64 Architecture Programmer's Manual (APM), volume 2, chapter 15 and appendices B and C. Next-RIP save,
//! decode assists, flush by ASID and pause filters are used where they are there and never needed; clean bits are not
//! used. Without next-RIP save the length of an instruction is its usual one, without prefixes (`exits`).
//!
//! Not done: interception of MOV to CR0 and CR4, because without decode assists nobody could tell the operand. A guest
//! that sets bits that CPUID hides gets what the CPU does: no way out, and no state that the core does not switch but
//! PKRU. Its CR0.CD slows only itself. Machine checks go to whoever runs.

mod bookkeeping;
mod capabilities;
mod enable;
mod entry;
mod events;
mod exits;
mod host_state;
mod interruption;
mod msr;
mod permission_maps;
mod segment;
mod state;
#[cfg(test)]
mod tests;
mod vmcb;

use bulkhead_abi::vcpu::{StateGroups, VcpuState};

use super::context::{self, context, context_mut};
use super::guest_cpu::RFLAGS_IF;
use super::{Backend, CpuPages, Event, Exit, Lacking, SharedPages, VcpuHardware, debug_registers};
use vmcb::{vmcb, vmcb_mut};

/// The SVM backend. All its state is in the CPUs, in the vCPUs, and in the list of the CPUs' host pages.
pub(crate) struct Svm;

/// The one SVM backend.
pub(crate) static SVM: Svm = Svm;

impl Backend for Svm {
    fn name(&self) -> &'static str {
        "SVM"
    }

    fn probe(&self) -> Result<(), Lacking> {
        enable::probe()
    }

    fn prepare(&self, shared: &SharedPages) {
        permission_maps::prepare(shared);
    }

    fn enable(&self, pages: &CpuPages) -> Result<(), Lacking> {
        enable::enable(pages)
    }

    fn attach(&self, vcpu: &mut VcpuHardware, shared: &SharedPages) {
        *context_mut(vcpu) = context::power_on();
        bookkeeping::Bookkeeping::start(vcpu);
        vmcb::build(vcpu, shared);
        state::write(vcpu, &VcpuState::power_on(), StateGroups::all());
        self.load(vcpu);
    }

    fn load(&self, vcpu: &mut VcpuHardware) {
        // SAFETY: a CPU that runs vCPUs has SVM on, and `attach` noted the page.
        unsafe { host_state::save(bookkeeping::host_page(vcpu)) };
        // DR6 and DR7 are in the VMCB.
        debug_registers::give(&context(vcpu).debug);
    }

    fn unload(&self, vcpu: &mut VcpuHardware) {
        context_mut(vcpu).debug = debug_registers::take();
    }

    fn state(&self, vcpu: &VcpuHardware) -> VcpuState {
        state::read(vcpu)
    }

    fn set_state(&self, vcpu: &mut VcpuHardware, state: &VcpuState, groups: StateGroups) {
        state::write(vcpu, state, groups);
    }

    fn enter(&self, vcpu: &mut VcpuHardware, _ticks: u64) -> Exit {
        entry::enter(vcpu);
        exits::decode(vcpu)
    }

    fn interruptible(&self, vcpu: &VcpuHardware) -> bool {
        events::interruptible(vcpu)
    }

    fn nmi_possible(&self, vcpu: &VcpuHardware) -> bool {
        events::nmi_possible(vcpu)
    }

    fn interrupts_enabled(&self, vcpu: &VcpuHardware) -> bool {
        vmcb(vcpu).save.rflags & RFLAGS_IF != 0
    }

    fn instruction_pointer(&self, vcpu: &VcpuHardware) -> u64 {
        vmcb(vcpu).save.rip
    }

    fn inject(&self, vcpu: &mut VcpuHardware, event: Event) {
        events::inject(vcpu, event);
    }

    fn window_possible(&self, vcpu: &VcpuHardware) -> bool {
        events::window_possible(vmcb(vcpu))
    }

    fn request_window(&self, vcpu: &mut VcpuHardware, wanted: bool) {
        events::request_window(vmcb_mut(vcpu), wanted);
    }

    fn advance(&self, vcpu: &mut VcpuHardware) {
        events::advance(vcpu);
    }

    fn set_tsc_offset(&self, vcpu: &mut VcpuHardware) {
        vmcb_mut(vcpu).control.tsc_offset = vcpu.tsc_offset;
    }

    fn task_priority(&self, vcpu: &VcpuHardware) -> Option<u8> {
        Some(vmcb(vcpu).control.virtual_interrupt.tpr())
    }

    fn set_task_priority(&self, vcpu: &mut VcpuHardware, cr8: u8) {
        vmcb_mut(vcpu).control.virtual_interrupt.set_tpr(cr8 & 0xf);
    }
}
