//! Interrupts on their way from the virtual local APIC into the guest.

use super::Phase;
use crate::arch::cpu;
use crate::system::{INTR_LINE, System};
use crate::virt::{Backend, Event};
use bulkhead_abi::exit::ExitKind;
use bulkhead_model::lapic::{Effects, Ipi, Shorthand};
use bulkhead_model::sched::ActorId;

impl System {
    /// Gives the guest what waits for it, most urgent first: exception, NMI, interrupt. False if the vCPU asks the
    /// 8259A first and cannot enter now.
    pub(super) fn offer_interrupt(&mut self, id: u16, backend: &'static dyn Backend) -> bool {
        let intr = self.intr(id);
        let Some(vcpu) = self.vcpus.get_mut(usize::from(id)) else { return false };
        // SAFETY: this is the vCPU's CPU, and the lock is held.
        let hardware = unsafe { &mut *vcpu.hardware };
        let external = vcpu.external || intr && vcpu.apic.extint_enabled();
        let mut heard = false;
        if let Some((vector, error)) = vcpu.exception.take() {
            backend.inject(hardware, Event::Exception { vector, error });
        } else if let Some(vector) = vcpu.external_vector.take() {
            // Nothing ran since the vCPU was found interruptible and asked for this vector.
            backend.inject(hardware, Event::Interrupt(vector));
            heard = true;
        } else if vcpu.nmi && backend.nmi_possible(hardware) {
            vcpu.nmi = false;
            backend.inject(hardware, Event::Nmi);
        } else if external && backend.interruptible(hardware) {
            // External interrupts go first, as on hardware: the CPU's core sees INTR and the APIC as one.
            vcpu.external = false;
            if self.acknowledge_external(id) {
                return false;
            }
        } else if let Some(vector) = vcpu.apic.pending()
            && backend.interruptible(hardware)
        {
            vcpu.apic.acknowledge(vector);
            backend.inject(hardware, Event::Interrupt(vector));
            heard = true;
        }
        // Whatever could not be given now is given as soon as the guest can take it.
        if let Some(vcpu) = self.vcpus.get_mut(usize::from(id)) {
            if heard {
                vcpu.heard = self.scheduler.ran(ActorId::vcpu(id), cpu::tsc());
            }
            let external = vcpu.external || intr && vcpu.apic.extint_enabled();
            backend.request_window(hardware, external || vcpu.apic.pending().is_some());
        }
        true
    }

    /// Asks the 8259A for a vector: the vCPU waits. False if the VM has none: the interrupt is lost, as on hardware.
    fn acknowledge_external(&mut self, id: u16) -> bool {
        let Some(vm) = self.vcpus.get(usize::from(id)).map(|vcpu| vcpu.vm) else { return false };
        let Some(route) = self.vms.get(usize::from(vm)).and_then(|vm| vm.acknowledge) else { return false };
        self.exit_to(id, route.server, route.patience, ExitKind::InterruptAcknowledge, (0, 0, false, 0));
        true
    }

    /// Does the 8259A of this vCPU's VM drive its INTR?
    fn intr(&self, id: u16) -> bool {
        self.vcpus
            .get(usize::from(id))
            .and_then(|vcpu| self.vms.get(usize::from(vcpu.vm)))
            .is_some_and(|vm| vm.lines & INTR_LINE != 0)
    }

    /// Something changed that a vCPU may have to see: wakes it from HLT, or gets it out of the guest.
    pub(crate) fn kick(&mut self, id: u16) {
        let intr = self.intr(id);
        let Some(vcpu) = self.vcpus.get_mut(usize::from(id)) else { return };
        match vcpu.phase {
            Phase::Halted if vcpu.has_interrupt(intr) => {
                vcpu.phase = Phase::Running;
                self.wake_vcpu(id);
            }
            Phase::HaltedDeaf if vcpu.nmi => {
                vcpu.phase = Phase::Running;
                self.wake_vcpu(id);
            }
            Phase::Running if vcpu.in_guest => self.poke(id),
            Phase::Running => self.wake_vcpu(id),
            _ => {
                if vcpu.in_guest {
                    self.poke(id);
                }
            }
        }
        let deadline = self.vcpus.get(usize::from(id)).map_or(u64::MAX, super::Vcpu::timer_due);
        self.arm(self.scheduler.cpu(ActorId::vcpu(id)), deadline);
    }

    /// Gets a vCPU that is in the guest on another CPU out of it.
    pub(crate) fn poke(&mut self, id: u16) {
        self.ask_to_look(self.scheduler.cpu(ActorId::vcpu(id)));
    }

    /// Carries out what a write to a local APIC leads to.
    pub(crate) fn apply(&mut self, id: u16, effects: Effects) {
        let Some(vm) = self.vcpus.get(usize::from(id)).map(|vcpu| vcpu.vm) else { return };
        if let Some(vector) = effects.eoi {
            self.broadcast_eoi(vm, vector);
        }
        if let Some(ipi) = effects.ipi {
            self.send_ipi(vm, id, ipi);
        }
        self.kick(id);
    }

    fn send_ipi(&mut self, vm: u16, from: u16, ipi: Ipi) {
        match ipi.shorthand {
            Shorthand::None => self.deliver_to(vm, ipi.destination, None, ipi.mode, ipi.vector, false),
            Shorthand::AllIncludingSelf | Shorthand::AllExcludingSelf => {
                for vcpu in self.vcpus_of(vm) {
                    if vcpu != from || ipi.shorthand == Shorthand::AllIncludingSelf {
                        self.accept(vcpu, ipi.mode, ipi.vector, false);
                    }
                }
            }
        }
    }
}
