//! Deadlines: one timer per CPU, armed for the earliest moment at which something on that CPU may be due.
//!
//! Arming is eager, disarming lazy: a wait that ends early leaves the timer armed, and when it fires the CPU looks who
//! is due and arms it anew. So the common case, a call that is answered in time, costs a comparison.

use super::{Phase, System};
use crate::arch::{apic, cpu, percpu};
use bulkhead_abi::fault::FaultKind;
use bulkhead_abi::limits::{MAX_TASKS, MAX_VCPUS};
use bulkhead_abi::syscall::Status;
use bulkhead_model::sched::{ActorId, ActorKind};

/// The timer of a virtual local APIC makes the core act at most this often, in microseconds.
const SHORTEST_TIMER_US: u32 = 50;

impl System {
    /// Something on `cpu` is due at `deadline` (0 and `u64::MAX` are never).
    pub(crate) fn arm(&mut self, on: u8, deadline: u64) {
        if deadline == 0 || deadline == u64::MAX {
            return;
        }
        let Some(state) = self.cpus.get_mut(usize::from(on)) else { return };
        if deadline >= state.armed {
            return;
        }
        state.armed = deadline;
        if usize::from(on) == percpu::index() {
            apic::arm(deadline.saturating_sub(cpu::tsc()));
        } else if state.online {
            // Only a CPU itself can program its timer.
            apic::send(state.apic_id, apic::TIMER_VECTOR);
        }
    }

    /// This CPU's timer fired, or somebody asked it to look at its deadlines.
    pub(crate) fn look_at_deadlines(&mut self) {
        let index = percpu::index();
        let here = u8::try_from(index).unwrap_or(0);
        let now = cpu::tsc();
        // What is armed from here on, also by those that are due, counts from zero.
        if let Some(state) = self.cpus.get_mut(index) {
            state.armed = u64::MAX;
        }
        let mut next = u64::MAX;
        for actor in (0u16..).take(MAX_TASKS + MAX_VCPUS).map(ActorId) {
            if self.scheduler.cpu(actor) != here {
                continue;
            }
            let due = self.due(actor);
            if due <= now {
                self.expire(actor, now);
                next = next.min(self.due(actor));
            } else {
                next = next.min(due);
            }
        }
        next = next.min(self.inject_by_time(here, now));
        next = next.min(self.scheduler.turn_end(here).max(now + 1));
        self.arm(here, next);
    }

    /// When an actor's next deadline is; `u64::MAX` is never.
    fn due(&self, actor: ActorId) -> u64 {
        let never = |deadline: u64| if deadline == 0 { u64::MAX } else { deadline };
        let call = self
            .clients
            .get(actor.index())
            .and_then(|state| state.calling)
            .map_or(u64::MAX, |calling| never(calling.deadline));
        let own = match actor.kind() {
            ActorKind::Task(id) => self.tasks.get(usize::from(id)).map_or(u64::MAX, |task| {
                let wait = match task.phase {
                    Phase::Receiving => self.receive_due(id),
                    Phase::Waiting(_) => never(task.deadline),
                    _ => u64::MAX,
                };
                wait.min(never(task.event_due))
            }),
            ActorKind::Vcpu(vcpu) => self
                .vcpus
                .get(usize::from(vcpu))
                .filter(|vcpu| self.vm_runs(vcpu.vm))
                .map_or(u64::MAX, crate::vcpu::Vcpu::timer_due),
        };
        call.min(own).min(self.scheduler.refill_due(actor))
    }

    fn vm_runs(&self, vm: u16) -> bool {
        self.vms.get(usize::from(vm)).is_some_and(|vm| vm.running)
    }

    fn expire(&mut self, actor: ActorId, now: u64) {
        // An urgent one needs no message: its CPU is this one, and it looks anyway.
        let _ = self.scheduler.refill(actor, now);
        match actor.kind() {
            ActorKind::Task(task) => self.expire_task(task, now),
            ActorKind::Vcpu(vcpu) => {
                let floor = now.saturating_add(self.ticks(SHORTEST_TIMER_US));
                if let Some(target) = self.vcpus.get_mut(usize::from(vcpu)) {
                    let guest_now = target.guest_time(now);
                    target.apic.tick(guest_now);
                    target.timer_floor = floor;
                }
                self.kick(vcpu);
            }
        }
    }

    fn expire_task(&mut self, task: u16, now: u64) {
        let actor = ActorId::task(task);
        let passed = |deadline: u64| deadline != 0 && deadline <= now;
        let has_news = self.receive_due(task) <= now;
        let Some(target) = self.tasks.get_mut(usize::from(task)) else { return };
        if passed(target.event_due) {
            // It was given its time for this event; whoever waits for it is told.
            target.event_due = 0;
            self.fault_task(task, FaultKind::Deadline, 0);
            return;
        }
        let waits = passed(target.deadline);
        match target.phase {
            Phase::Receiving if has_news => self.deliver_timeout(task),
            Phase::Waiting(_) if waits => {
                target.context().set_result(u64::from(Status::DeadlinePassed as u32), 0);
                self.make_runnable(task);
            }
            Phase::Calling => {
                // The caller waits no longer; a server that is at fault has a deadline of its own.
                let calling = self.clients.get(actor.index()).and_then(|state| state.calling);
                if calling.is_some_and(|calling| passed(calling.deadline)) {
                    self.abandon(actor);
                    self.finish_call(task, Status::DeadlinePassed, 0);
                }
            }
            _ => {}
        }
    }
}
