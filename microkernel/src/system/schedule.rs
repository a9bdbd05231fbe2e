//! Who runs next on a CPU, and how a CPU is told that somebody can.

use super::{Phase, System};
use crate::arch::{apic, cpu, percpu};
use crate::image::Image;
use bulkhead_model::sched::{ActorId, ActorKind, Enqueued};

/// What a CPU does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Resume this task: its context and address space are set.
    Task,
    /// Enter this vCPU.
    Vcpu(u16),
    /// Wait for an interrupt.
    Idle,
}

impl System {
    /// A blocked task can run again.
    pub(crate) fn make_runnable(&mut self, task: u16) {
        if let Some(target) = self.tasks.get_mut(usize::from(task)) {
            target.phase = Phase::Runnable;
            target.deadline = 0;
        }
        self.enqueue(ActorId::task(task));
    }

    /// Puts an actor into its queue and tells its CPU if it is at least as urgent as what runs there.
    pub(crate) fn enqueue(&mut self, actor: ActorId) {
        let home = self.scheduler.cpu(actor);
        match self.scheduler.enqueue(actor, cpu::tsc()) {
            Enqueued::Queued { urgent: true } => self.ask_to_look(home),
            Enqueued::Held(until) => self.arm(home, until),
            Enqueued::Queued { urgent: false } | Enqueued::Current => {}
        }
    }

    /// Interrupts another CPU, so that it leaves whom it runs and chooses anew.
    pub(crate) fn ask_to_look(&self, cpu: u8) {
        if usize::from(cpu) != percpu::index()
            && let Some(state) = self.cpus.get(usize::from(cpu))
            && state.online
        {
            apic::send(state.apic_id, apic::RESCHEDULE_VECTOR);
        }
    }

    /// Who runs on this CPU.
    pub(crate) fn current(&self) -> Option<ActorId> {
        self.scheduler.current(percpu::number())
    }

    /// The current actor of this CPU cannot go on.
    pub(crate) fn block_current(&mut self) {
        self.scheduler.block(percpu::number());
    }

    /// Chooses and prepares what this CPU does next.
    pub(crate) fn schedule(&mut self) -> Next {
        if self.saves != 0 {
            self.save_wanted();
        }
        let here = percpu::number();
        let chosen = self.scheduler.choose(here, cpu::tsc());
        self.arm(here, self.scheduler.turn_end(here));
        match chosen.map(ActorId::kind) {
            None => Next::Idle,
            Some(ActorKind::Vcpu(vcpu)) => Next::Vcpu(vcpu),
            Some(ActorKind::Task(task)) => {
                self.switch_to_task(usize::from(here), task);
                Next::Task
            }
        }
    }

    /// This CPU has come back from ring 3.
    pub(crate) fn left_ring3(&mut self) {
        let left = self.cpus.get_mut(percpu::index()).and_then(|cpu| cpu.ring3.take());
        let Some(task) = left else { return };
        let Some(target) = self.tasks.get_mut(usize::from(task)) else { return };
        target.in_ring3 = false;
        if let Some(fresh) = target.restart {
            self.restart_task(task, fresh);
        }
    }

    /// Makes a task's registers, address space and ports the CPU's.
    fn switch_to_task(&mut self, index: usize, task: u16) {
        let Some(target) = self.tasks.get_mut(usize::from(task)) else { return };
        target.in_ring3 = true;
        let (context, root, has_ports) = (target.context_pointer(), target.memory.root, target.has_ports);
        percpu::set_context(context);
        let Some(state) = self.cpus.get_mut(index) else { return };
        state.ring3 = Some(task);
        if state.space == Some(task) && state.loaded.is_none() {
            return;
        }
        let left_guest = state.loaded.take();
        let space = state.space.replace(task);
        if let Some(vcpu) = left_guest {
            self.unload(vcpu);
        }
        cpu::clear_segments();
        if space != Some(task) {
            // SAFETY: the task's tables share the core's upper half.
            unsafe { cpu::load_tables(root) };
        }
        if has_ports && (space != Some(task) || left_guest.is_some()) {
            let ranges = self.image.as_ref().map_or(&[][..], |image: &Image| {
                image.tasks().get(usize::from(task)).map_or(&[][..], |record| image.ports(record))
            });
            percpu::show_ports(task + 1, ranges);
        } else if !has_ports && space != Some(task) {
            percpu::hide_ports();
        }
    }
}
