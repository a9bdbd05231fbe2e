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
        // An equal is told too: its turn comes when the other's slice is over, and that must begin.
        let urgent =
            cpu.current.is_none_or(|current| self.queues.priority(current) <= self.queues.priority(actor));
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
        #[expect(clippy::cast_possible_truncation, reason = "there are at most MAX_CPUS")]
        let here = index as u8;
        let top = self.queues.top_priority(here);
        let Some(state) = self.cpus.get(index) else { return Next::Idle };
        let (current, slice_end) = (state.current, state.slice_end);
        let chosen = self.choose(here, current, top, slice_end);
        if chosen != current || slice_end == u64::MAX || slice_end <= cpu::tsc() {
            self.begin_slice(index, chosen);
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

    /// The most urgent of those that could run; the current one goes on before its equals until its slice is over.
    fn choose(
        &mut self,
        here: u8,
        current: Option<ActorId>,
        top: Option<u8>,
        slice_end: u64,
    ) -> Option<ActorId> {
        match (current, top) {
            (None, None) => None,
            (None, Some(_)) => self.queues.pop(here),
            (Some(current), None) => Some(current),
            (Some(current), Some(top)) => {
                let own = self.queues.priority(current);
                if top > own {
                    self.interrupt(current, slice_end);
                    self.queues.pop(here)
                } else if top == own && cpu::tsc() >= slice_end {
                    self.queues.push_back(current);
                    self.queues.pop(here)
                } else {
                    Some(current)
                }
            }
        }
    }

    /// Somebody more urgent takes the CPU. The turn goes on with what is left of it: began it anew each time, an actor
    /// that is interrupted more often than a turn is long would never make room for its equals.
    fn interrupt(&mut self, current: ActorId, slice_end: u64) {
        let left =
            if slice_end == u64::MAX { self.ticks(SLICE_US) } else { slice_end.saturating_sub(cpu::tsc()) };
        if let Some(slot) = self.slice_left.get_mut(current.index()) {
            *slot = left;
        }
        if left == 0 {
            self.queues.push_back(current);
        } else {
            self.queues.push_front(current);
        }
    }

    /// The chosen actor's turn begins: bounded if there are equals that wait for theirs.
    fn begin_slice(&mut self, index: usize, chosen: Option<ActorId>) {
        #[expect(clippy::cast_possible_truncation, reason = "there are at most MAX_CPUS")]
        let here = index as u8;
        let equals =
            chosen.is_some_and(|actor| self.queues.top_priority(here) == Some(self.queues.priority(actor)));
        let left = chosen.and_then(|actor| self.slice_left.get_mut(actor.index())).map_or(0, core::mem::take);
        let length = if left == 0 { self.ticks(SLICE_US) } else { left };
        let slice = if equals { cpu::tsc() + length } else { u64::MAX };
        if let Some(state) = self.cpus.get_mut(index) {
            state.current = chosen;
            state.slice_end = slice;
        }
        self.arm(here, slice);
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
