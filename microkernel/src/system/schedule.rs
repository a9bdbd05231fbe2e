//! Who runs next on a CPU, and how a CPU is told that somebody can.

use super::{Phase, System};
use crate::arch::{apic, cpu, percpu};
use crate::image::Image;
use bulkhead_model::sched::{ActorId, ActorKind};

/// How long equals run before the next one has its turn, in microseconds.
const SLICE_US: u32 = 5_000;

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

    /// Puts an actor into its queue and tells its CPU if it is more urgent than what runs there.
    pub(crate) fn enqueue(&mut self, actor: ActorId) {
        let home = self.queues.cpu(actor);
        let Some(cpu) = self.cpus.get(usize::from(home)) else { return };
        if cpu.current == Some(actor) {
            return;
        }
        let urgent = cpu.current.is_none_or(|current| self.queues.priority(current) < self.queues.priority(actor));
        let (destination, online) = (cpu.apic_id, cpu.online);
        self.queues.push_back(actor);
        if urgent && online && usize::from(home) != percpu::index() {
            apic::send(destination, apic::RESCHEDULE_VECTOR);
        }
    }

    /// The current actor of this CPU cannot go on.
    pub(crate) fn block_current(&mut self) {
        if let Some(cpu) = self.cpus.get_mut(percpu::index()) {
            cpu.current = None;
        }
    }

    /// Chooses and prepares what this CPU does next.
    pub(crate) fn schedule(&mut self) -> Next {
        let index = percpu::index();
        let Some(state) = self.cpus.get(index).copied() else { return Next::Idle };
        let here = u8::try_from(index).unwrap_or(0);
        let top = self.queues.top_priority(here);
        let chosen = match (state.current, top) {
            (None, None) => None,
            (None, Some(_)) => self.queues.pop(here),
            (Some(current), None) => Some(current),
            (Some(current), Some(top)) => {
                let own = self.queues.priority(current);
                if top > own {
                    self.queues.push_front(current);
                    self.queues.pop(here)
                } else if top == own && cpu::tsc() >= state.slice_end {
                    self.queues.push_back(current);
                    self.queues.pop(here)
                } else {
                    Some(current)
                }
            }
        };
        if chosen != state.current {
            // A new turn begins, if there are equals that wait for theirs.
            let slice = chosen
                .filter(|actor| self.queues.top_priority(here) == Some(self.queues.priority(*actor)))
                .map_or(u64::MAX, |_| cpu::tsc() + self.ticks(SLICE_US));
            if let Some(state) = self.cpus.get_mut(index) {
                state.current = chosen;
                state.slice_end = slice;
            }
            self.arm(here, slice);
        } else if state.slice_end == u64::MAX
            && chosen.is_some_and(|actor| top == Some(self.queues.priority(actor)))
        {
            let slice = cpu::tsc() + self.ticks(SLICE_US);
            if let Some(state) = self.cpus.get_mut(index) {
                state.slice_end = slice;
            }
            self.arm(here, slice);
        }
        match chosen.map(ActorId::kind) {
            None => Next::Idle,
            Some(ActorKind::Vcpu(vcpu)) => Next::Vcpu(vcpu),
            Some(ActorKind::Task(task)) => {
                self.switch_to_task(index, task);
                Next::Task
            }
        }
    }

    /// This CPU has come back from ring 3.
    pub(crate) fn left_ring3(&mut self) {
        let left = self.cpus.get_mut(percpu::index()).and_then(|cpu| cpu.ring3.take());
        if let Some(target) = left.and_then(|task| self.tasks.get_mut(usize::from(task))) {
            target.in_ring3 = false;
        }
        if self.supervisor_waits && left == Some(self.supervisor) {
            self.supervisor_waits = false;
            self.restart_task(self.supervisor);
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
        let left_guest = state.loaded.take();
        let space = state.space.replace(task);
        if let Some(vcpu) = left_guest {
            self.unload(vcpu);
        }
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
