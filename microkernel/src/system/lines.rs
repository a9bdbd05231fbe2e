//! Interrupt lines and messages of a VM, on their way to its interrupt controllers and local APICs.

use super::System;
use super::task::Signals;
use bulkhead_abi::message::LineChange;
use bulkhead_abi::msi::{DeliveryMode, Msi};
use bulkhead_model::lapic::{Destination, LocalPin, select_lowest_priority};
use bulkhead_model::sched::ActorId;

/// The line by which the 8259A drives LINT0.
pub(crate) const INTR_LINE: u64 = 1 << 63;

impl System {
    /// Sets levels of lines and tells the VM's interrupt controllers about the edges.
    pub(crate) fn set_lines(&mut self, vm: u16, mask: u64, level: u64, pulse: u64) {
        let Some(target) = self.vms.get_mut(usize::from(vm)) else { return };
        let before = target.lines;
        let after = before & !mask | level & mask;
        target.lines = after;
        let change =
            LineChange { level: after, rose: after & !before | pulse, fell: before & !after | pulse };
        if change.rose | change.fell == 0 {
            return;
        }
        for listener in target.line_listeners {
            // A controller does not hear the line that it drives itself.
            let own = self.tasks.get(usize::from(listener)).map_or(0, |task| task.lines);
            let lines = LineChange { level: 0, rose: change.rose & !own, fell: change.fell & !own };
            if lines.rose | lines.fell != 0 {
                self.signal(listener, &Signals { lines, ..Signals::NONE });
            }
        }
        if change.rose & INTR_LINE != 0 {
            self.raise_intr(vm);
        }
    }

    /// The 8259A asks for attention: LINT0 of all vCPUs; those that take it as a vector accept it now.
    fn raise_intr(&mut self, vm: u16) {
        for vcpu in self.vcpus_of(vm) {
            if let Some(target) = self.vcpus.get_mut(usize::from(vcpu)) {
                let _ = target.apic.raise(LocalPin::Lint0);
            }
            self.kick(vcpu);
        }
    }

    /// Delivers an interrupt message to the local APICs of a VM.
    pub(crate) fn deliver_message(&mut self, vm: u16, message: Msi) {
        // Start-up is for interrupt commands only.
        let Some(mode) = message.delivery_mode().filter(|mode| *mode != DeliveryMode::StartUp) else {
            return;
        };
        let (vector, level) = (message.vector(), message.level_triggered());
        self.deliver_to(vm, Destination::of(message), None, mode, vector, level);
    }

    /// Delivers to all local APICs of the VM that answer to the destination, except `not`.
    pub(crate) fn deliver_to(
        &mut self,
        vm: u16,
        destination: Destination,
        not: Option<u16>,
        mode: DeliveryMode,
        vector: u8,
        level: bool,
    ) {
        let range = self.vcpus_of(vm);
        if mode == DeliveryMode::LowestPriority {
            let candidates = range
                .filter(|vcpu| Some(*vcpu) != not)
                .filter_map(|vcpu| Some((vcpu, &self.vcpus.get(usize::from(vcpu))?.apic)))
                .filter(|(_, apic)| apic.matches(destination));
            if let Some(vcpu) = select_lowest_priority(candidates) {
                self.accept(vcpu, DeliveryMode::Fixed, vector, level);
            }
            return;
        }
        for vcpu in range {
            let matches =
                self.vcpus.get(usize::from(vcpu)).is_some_and(|target| target.apic.matches(destination));
            if matches && Some(vcpu) != not {
                self.accept(vcpu, mode, vector, level);
            }
        }
    }

    /// One vCPU is addressed.
    pub(crate) fn accept(&mut self, vcpu: u16, mode: DeliveryMode, vector: u8, level: bool) {
        if mode == DeliveryMode::Init {
            // Whatever it waited for is over.
            self.abandon(ActorId::vcpu(vcpu));
            self.scheduler.remove(ActorId::vcpu(vcpu));
        }
        let Some(target) = self.vcpus.get_mut(usize::from(vcpu)) else { return };
        match mode {
            DeliveryMode::Fixed | DeliveryMode::LowestPriority => {
                target.apic.accept(vector, level);
            }
            DeliveryMode::Nmi => target.nmi = true,
            DeliveryMode::ExtInt => target.external = true,
            DeliveryMode::Init => target.init(),
            DeliveryMode::StartUp => target.start_up(vector),
            DeliveryMode::Smi => {}
        }
        self.kick(vcpu);
    }

    /// A vCPU has ended a level-triggered interrupt.
    pub(crate) fn broadcast_eoi(&mut self, vm: u16, vector: u8) {
        let Some(target) = self.vms.get(usize::from(vm)) else { return };
        let mut eoi = [0u64; 4];
        if let Some(word) = eoi.get_mut(usize::from(vector >> 6)) {
            *word = 1 << (vector & 63);
        }
        self.signal(target.eoi_listener, &Signals { eoi, ..Signals::NONE });
    }
}
