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
        let mut next = u64::MAX;
        for actor in (0..MAX_TASKS + MAX_VCPUS).map(|actor| ActorId(actor as u16)) {
            if self.queues.cpu(actor) != here {
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
        if let Some(state) = self.cpus.get_mut(index) {
            state.armed = u64::MAX;
            next = next.min(state.slice_end.max(now + 1));
        }
        self.arm(here, next);
    }

    /// When an actor's next deadline is; `u64::MAX` is never.
    fn due(&self, actor: ActorId) -> u64 {
        let never = |deadline: u64| if deadline == 0 { u64::MAX } else { deadline };
        let call = self.clients.get(actor.index()).and_then(|state| state.calling).map_or(u64::MAX, |c| never(c.deadline));
        let own = match actor.kind() {
            ActorKind::Task(task) => self.tasks.get(usize::from(task)).map_or(u64::MAX, |task| match task.phase {
                Phase::Receiving | Phase::Waiting(_) => never(task.deadline),
                _ => u64::MAX,
            }),
            ActorKind::Vcpu(vcpu) => {
                self.vcpus.get(usize::from(vcpu)).filter(|vcpu| self.vm_runs(vcpu.vm)).map_or(u64::MAX, |vcpu| {
                    vcpu.apic.deadline().map_or(u64::MAX, |deadline| deadline.wrapping_sub(vcpu.guest_offset()))
                })
            }
        };
        call.min(own)
    }

    fn vm_runs(&self, vm: u16) -> bool {
        self.vms.get(usize::from(vm)).is_some_and(|vm| vm.running)
    }

    fn expire(&mut self, actor: ActorId, now: u64) {
        let calling = self.clients.get(actor.index()).and_then(|state| state.calling);
        if let Some(calling) = calling
            && calling.deadline != 0
            && calling.deadline <= now
        {
            self.expire_call(actor, calling.server);
        }
        match actor.kind() {
            ActorKind::Task(task) => {
                let Some(target) = self.tasks.get_mut(usize::from(task)) else { return };
                if target.deadline == 0 || target.deadline > now {
                    return;
                }
                match target.phase {
                    Phase::Receiving => self.deliver_timeout(task),
                    Phase::Waiting(_) => {
                        target.context().set_result(u64::from(Status::DeadlinePassed as u32), 0);
                        self.make_runnable(task);
                    }
                    _ => {}
                }
            }
            ActorKind::Vcpu(vcpu) => {
                if let Some(target) = self.vcpus.get_mut(usize::from(vcpu)) {
                    let guest_now = target.guest_time(now);
                    target.apic.tick(guest_now);
                }
                self.kick(vcpu);
            }
        }
    }

    /// A server has not answered in time. If it has received the request, that is its fault; if it has not, it is
    /// busy with somebody else, whose deadline will tell.
    fn expire_call(&mut self, client: ActorId, server: u16) {
        let received = self.clients.get(client.index()).is_some_and(|state| state.received);
        if received {
            self.fault_task(server, FaultKind::Deadline, u32::from(client.0));
            // `fault_task` has answered a task that called; a vCPU is first in the queue again.
        } else if let ActorKind::Task(task) = client.kind() {
            self.withdraw(client);
            self.finish_call(task, Status::DeadlinePassed, 0);
        }
        if let Some(state) = self.clients.get_mut(client.index())
            && let Some(calling) = state.calling.as_mut()
        {
            calling.deadline = cpu::tsc().saturating_add(calling.patience);
        }
    }
}
