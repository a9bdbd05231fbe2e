//! Exits: what the core answers itself, and what becomes a message to a server.

use super::Phase;
use super::msr::MsrError;
use super::run::After;
use crate::system::{Calling, INTR_LINE, System};
use crate::virt::{Backend, Exit};
use bulkhead_abi::exit::{Disposition, ExitKind, ExitReply, VcpuExit};
use bulkhead_abi::id::VcpuId;
use bulkhead_abi::vm::VmEvents;
use bulkhead_model::sched::ActorId;

/// Vectors of the exceptions that the core raises.
const UNDEFINED_OPCODE: u8 = 6;
const GENERAL_PROTECTION: u8 = 13;

/// General registers by their encoding.
const RAX: usize = 0;
const RCX: usize = 1;
const RDX: usize = 2;
const RBX: usize = 3;

impl System {
    /// Handles an exit of the vCPU, which is current on this CPU.
    pub(super) fn handle_exit(&mut self, id: u16, exit: Exit, backend: &'static dyn Backend) -> After {
        let Some(vcpu) = self.vcpus.get_mut(usize::from(id)) else { return After::Look };
        let vm = vcpu.vm;
        if let Some(vm) = self.vms.get_mut(usize::from(vm)) {
            vm.exits += 1;
        }
        match exit {
            Exit::HostInterrupt | Exit::Again | Exit::InterruptWindow | Exit::Pause => {}
            Exit::Port { port, size, write } => return self.port_exit(id, port, size, write),
            Exit::PortString { port, size, write } => {
                self.undecoded(id, ExitKind::PortString, u64::from(port), size, write);
            }
            Exit::NestedFault { address, write } => self.undecoded(id, ExitKind::Mmio, address, 0, write),
            Exit::Cpuid => {
                self.cpuid_exit(id, backend);
                return After::Stay;
            }
            Exit::Halt => self.halt_exit(id, backend),
            Exit::ReadMsr => return self.read_msr_exit(id),
            Exit::WriteMsr => self.write_msr_exit(id),
            Exit::Hypercall => {
                // No call is offered yet: every number is unknown.
                self.set_register(id, RAX, u64::MAX);
                self.step(id);
                return After::Stay;
            }
            Exit::CacheFlush => {
                self.step(id);
                return After::Stay;
            }
            Exit::Undefined => self.raise(id, UNDEFINED_OPCODE, None),
            Exit::Refused => self.raise(id, GENERAL_PROTECTION, Some(0)),
            Exit::TripleFault => self.stop(id, VmEvents::TRIPLE_FAULT, 0, backend),
            Exit::Unhandled(reason) => self.stop(id, VmEvents::UNHANDLED_EXIT, reason, backend),
            Exit::EntryRefused(reason) => self.stop(id, VmEvents::ENTRY_REFUSED, reason, backend),
        }
        After::Look
    }

    /// The vCPU cannot go on; the VM's manager is told.
    fn stop(&mut self, id: u16, event: VmEvents, detail: u64, backend: &'static dyn Backend) {
        self.save(id);
        let rip = self.vcpus.get_mut(usize::from(id)).map_or(0, |vcpu| {
            // SAFETY: this is the vCPU's CPU, and the lock is held.
            backend.instruction_pointer(unsafe { vcpu.hardware() })
        });
        self.rest(id);
        self.vm_event(id, event, detail, rip);
    }

    fn port_exit(&mut self, id: u16, port: u16, size: u8, write: bool) -> After {
        let Some(vm) = self.vcpus.get(usize::from(id)).map(|vcpu| vcpu.vm) else { return After::Look };
        let value = self.register(id, RAX) & width_mask(size);
        match self.vms.get(usize::from(vm)).and_then(|vm| vm.port(port)) {
            Some(route) => {
                let kind = if write { ExitKind::PortWrite } else { ExitKind::PortRead };
                let value = if write { value } else { 0 };
                self.exit_to(id, route.server, route.patience, kind, (u64::from(port), size, write, value));
                After::Look
            }
            None => {
                // An empty bus reads all ones and swallows writes.
                if !write {
                    self.store_rax(id, size, u64::MAX);
                }
                self.step(id);
                After::Stay
            }
        }
    }

    fn undecoded(&mut self, id: u16, kind: ExitKind, address: u64, size: u8, write: bool) {
        let Some(vm) = self.vcpus.get(usize::from(id)).map(|vcpu| vcpu.vm) else { return };
        self.save(id);
        match self.vms.get(usize::from(vm)).and_then(|vm| vm.undecoded) {
            Some(route) => self.exit_to(id, route.server, route.patience, kind, (address, size, write, 0)),
            None => {
                let Some(backend) = self.backend else { return };
                self.stop(id, VmEvents::UNHANDLED_EXIT, address, backend);
            }
        }
    }

    /// Sends an exit to a server; the vCPU waits for the answer.
    pub(super) fn exit_to(
        &mut self,
        id: u16,
        server: u16,
        patience: u64,
        kind: ExitKind,
        (address, size, write, value): (u64, u8, bool, u64),
    ) {
        let Some(vcpu) = self.vcpus.get_mut(usize::from(id)) else { return };
        vcpu.phase = Phase::Exited;
        vcpu.exits += 1;
        vcpu.exit = VcpuExit {
            kind: kind as u8,
            size,
            vcpu: VcpuId(id),
            local: vcpu.local,
            write: u16::from(write),
            address,
            value,
            sequence: vcpu.exits,
        };
        self.rest(id);
        let calling =
            Calling { server, interface: 0, badge: 0, length: 32, leases: 0, deadline: 0, patience };
        self.send(ActorId::vcpu(id), calling);
    }

    /// A server has answered an exit.
    pub(crate) fn finish_exit(&mut self, id: u16, reply: &ExitReply) {
        let Some(vcpu) = self.vcpus.get_mut(usize::from(id)) else { return };
        if vcpu.phase != Phase::Exited {
            return;
        }
        vcpu.phase = Phase::Running;
        let exit = vcpu.exit;
        self.apply_staged(id);
        match Disposition::from_value(reply.disposition) {
            Some(Disposition::Complete) => match ExitKind::from_value(exit.kind) {
                Some(ExitKind::PortRead) => {
                    self.store_rax(id, exit.size, reply.value);
                    self.step(id);
                }
                Some(ExitKind::InterruptAcknowledge) => {
                    if let Some(vcpu) = self.vcpus.get_mut(usize::from(id)) {
                        vcpu.external_vector = Some((reply.value & 0xff) as u8);
                    }
                }
                _ => self.step(id),
            },
            Some(Disposition::Resume) | None => {}
            Some(Disposition::Exception) => {
                let vector = (reply.value & 0xff) as u8;
                let error = (reply.value & 1 << 31 != 0).then_some((reply.value >> 32) as u32);
                self.raise(id, vector, error);
            }
            Some(Disposition::Stop) => {
                let rip = self.vcpus.get(usize::from(id)).map_or(0, |vcpu| vcpu.state.rip);
                self.vm_event(id, VmEvents::STOPPED_BY_SERVER, reply.value, rip);
            }
        }
        self.wake_vcpu(id);
    }

    fn cpuid_exit(&mut self, id: u16, backend: &'static dyn Backend) {
        let Some(gpr) = self.registers(id) else { return };
        let [leaf, subleaf] = [gpr[RAX], gpr[RCX]].map(|value| (value & 0xffff_ffff) as u32);
        let [eax, ebx, ecx, edx] = self.cpuid(id, leaf, subleaf, backend).map(u64::from);
        let Some(gpr) = self.registers(id) else { return };
        (gpr[RAX], gpr[RBX], gpr[RCX], gpr[RDX]) = (eax, ebx, ecx, edx);
        self.step(id);
    }

    fn halt_exit(&mut self, id: u16, backend: &'static dyn Backend) {
        self.step(id);
        let intr = self.vcpus.get(usize::from(id)).is_some_and(|vcpu| {
            self.vms.get(usize::from(vcpu.vm)).is_some_and(|vm| vm.lines & INTR_LINE != 0)
        });
        let Some(vcpu) = self.vcpus.get_mut(usize::from(id)) else { return };
        // SAFETY: this is the vCPU's CPU, and the lock is held.
        let enabled = backend.interrupts_enabled(unsafe { vcpu.hardware() });
        if vcpu.nmi || enabled && vcpu.has_interrupt(intr) {
            return;
        }
        let vm = vcpu.vm;
        vcpu.phase = if enabled { Phase::Halted } else { Phase::HaltedDeaf };
        self.rest(id);
        let for_ever = self.vcpus_of(vm).all(|other| {
            self.vcpus.get(usize::from(other)).is_none_or(|vcpu| {
                matches!(vcpu.phase, Phase::HaltedDeaf | Phase::Stopped | Phase::WaitForSipi)
            })
        });
        if for_ever {
            self.save(id);
            let rip = self.vcpus.get(usize::from(id)).map_or(0, |vcpu| vcpu.state.rip);
            self.vm_event(id, VmEvents::HALTED_FOR_EVER, 0, rip);
        }
    }

    fn read_msr_exit(&mut self, id: u16) -> After {
        let msr = (self.register(id, RCX) & 0xffff_ffff) as u32;
        match self.read_msr(id, msr) {
            Ok(value) => {
                self.set_register(id, RAX, value & 0xffff_ffff);
                self.set_register(id, RDX, value >> 32);
                self.step(id);
                After::Stay
            }
            Err(MsrError) => {
                self.raise(id, GENERAL_PROTECTION, Some(0));
                After::Look
            }
        }
    }

    fn write_msr_exit(&mut self, id: u16) {
        let msr = (self.register(id, RCX) & 0xffff_ffff) as u32;
        let value = self.register(id, RAX) & 0xffff_ffff | self.register(id, RDX) << 32;
        match self.write_msr(id, msr, value) {
            Ok(()) => self.step(id),
            Err(MsrError) => self.raise(id, GENERAL_PROTECTION, Some(0)),
        }
    }

    /// The instruction raises an exception instead.
    fn raise(&mut self, id: u16, vector: u8, error: Option<u32>) {
        if let Some(vcpu) = self.vcpus.get_mut(usize::from(id)) {
            vcpu.exception = Some((vector, error));
        }
    }

    /// IN stores its value: 32-bit results clear the upper half, narrower ones keep it.
    fn store_rax(&mut self, id: u16, size: u8, value: u64) {
        let mask = width_mask(size);
        let kept = if size >= 4 { 0 } else { self.register(id, RAX) & !mask };
        self.set_register(id, RAX, kept | value & mask);
    }
}

const fn width_mask(size: u8) -> u64 {
    match size {
        1 => 0xff,
        2 => 0xffff,
        _ => 0xffff_ffff,
    }
}
