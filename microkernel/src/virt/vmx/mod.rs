//! Intel VMX with extended page tables and unrestricted guest.
//!
//! Authority: Intel 64 and IA-32 Architectures Software Developer's Manual (SDM), volume 3, chapters 24 to 29 and the
//! appendices A to C. Guests handle all their own exceptions but two (`exits`); CR3, INVLPG, the debug registers, FS and
//! GS bases, SYSENTER, PAT, EFER, SYSCALL's MSRs and the time-stamp counter are theirs without an exit.
//!
//! Not done: MSRs and buffers that leak between guests by speculation, machine checks (they go to whoever runs), and
//! PDPTEs in a state that is set from outside (no memory of the guest is mapped here; the guest's own loads are exact).

mod bookkeeping;
mod capabilities;
mod control_registers;
mod controls;
mod enable;
mod entry;
mod events;
mod exits;
mod fields;
mod host;
mod instructions;
mod interruption;
mod permission_map;
mod state;
#[cfg(test)]
mod tests;
mod vmcs;

use bulkhead_abi::vcpu::{StateGroups, VcpuState};

use super::guest_cpu::RFLAGS_IF;
use super::{Backend, CpuPages, Event, Exit, Lacking, SharedPages, VcpuHardware};
use bookkeeping::Bookkeeping;
use fields::Field;
use instructions::Vmcs;

/// The VMX backend. All its state is in the CPUs and in the vCPUs.
pub(crate) struct Vmx;

/// The one VMX backend.
pub(crate) static VMX: Vmx = Vmx;

impl Backend for Vmx {
    fn name(&self) -> &'static str {
        "VMX"
    }

    fn probe(&self) -> Result<(), Lacking> {
        enable::probe()
    }

    fn prepare(&self, shared: &SharedPages) {
        permission_map::prepare(&shared.msr);
    }

    fn enable(&self, pages: &CpuPages) -> Result<(), Lacking> {
        enable::enable(pages)
    }

    fn attach(&self, vcpu: &mut VcpuHardware, shared: &SharedPages) {
        vmcs::build(vcpu, shared);
        state::write(vcpu, &VcpuState::power_on(), StateGroups::all());
        host::give_registers(vcpu);
    }

    fn load(&self, vcpu: &mut VcpuHardware) {
        vmcs::make_current(vcpu);
        host::give_registers(vcpu);
    }

    fn unload(&self, vcpu: &mut VcpuHardware) {
        host::take_registers(vcpu);
    }

    fn state(&self, vcpu: &VcpuHardware) -> VcpuState {
        state::read(vcpu)
    }

    fn set_state(&self, vcpu: &mut VcpuHardware, state: &VcpuState, groups: StateGroups) {
        state::write(vcpu, state, groups);
    }

    fn enter(&self, vcpu: &mut VcpuHardware, ticks: u64) -> Exit {
        match entry::enter(vcpu, ticks) {
            Ok(reason) => exits::decode(vcpu, reason),
            Err(refused) => refused,
        }
    }

    fn interruptible(&self, vcpu: &VcpuHardware) -> bool {
        events::interruptible(&Vmcs::of(vcpu))
    }

    fn nmi_possible(&self, vcpu: &VcpuHardware) -> bool {
        events::nmi_possible(&Vmcs::of(vcpu))
    }

    fn interrupts_enabled(&self, vcpu: &VcpuHardware) -> bool {
        Vmcs::of(vcpu).read(Field::GuestRflags) & RFLAGS_IF != 0
    }

    fn instruction_pointer(&self, vcpu: &VcpuHardware) -> u64 {
        Vmcs::of(vcpu).read(Field::GuestRip)
    }

    fn inject(&self, vcpu: &mut VcpuHardware, event: Event) {
        events::inject(&Vmcs::of(vcpu), event);
    }

    fn window_possible(&self, _: &VcpuHardware) -> bool {
        true
    }

    fn request_window(&self, vcpu: &mut VcpuHardware, wanted: bool) {
        events::request_window(vcpu, wanted);
    }

    fn advance(&self, vcpu: &mut VcpuHardware) {
        events::advance(vcpu);
    }

    fn set_tsc_offset(&self, vcpu: &mut VcpuHardware) {
        Vmcs::of(vcpu).write(Field::TscOffset, vcpu.tsc_offset);
    }

    fn task_priority(&self, vcpu: &VcpuHardware) -> Option<u8> {
        Some(Bookkeeping::of(vcpu).cr8())
    }

    fn set_task_priority(&self, vcpu: &mut VcpuHardware, cr8: u8) {
        Bookkeeping::update(vcpu, |b| b.with_cr8(cr8 & 0xf));
    }
}
