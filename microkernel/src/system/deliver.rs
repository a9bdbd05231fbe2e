//! Delivery: gives a receiving task its next event.

use super::task::Signals;
use super::{Calling, Phase, System, UnderWay};
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::message::{EVENT_REPEAT, EventKind, LineChange};
use bulkhead_abi::syscall::Status;
use bulkhead_model::sched::{ActorId, ActorKind};

impl System {
    /// Sets bits of a task's notification word.
    pub(crate) fn notify(&mut self, task: u16, bits: u64) {
        self.signal(task, &Signals { bits, ..Signals::NONE });
    }

    /// Adds signals for a task and delivers them if it waits for events.
    pub(crate) fn signal(&mut self, task: u16, signals: &Signals) {
        let Some(target) = self.tasks.get_mut(usize::from(task)) else { return };
        target.signals.merge(signals);
        match target.phase {
            Phase::Receiving => self.offer(task),
            Phase::Waiting(mask) if target.signals.bits & mask != 0 => {
                let taken = target.signals.bits & mask;
                target.signals.bits &= !mask;
                target.context().set_result(u64::from(Status::Ok as u32), taken);
                self.make_runnable(task);
            }
            _ => {}
        }
    }

    /// Gives a task its next event if it is receiving and there is one. Signals come before requests: they are what
    /// interrupts and lines turn into.
    pub(crate) fn offer(&mut self, task: u16) {
        let Some(target) = self.tasks.get_mut(usize::from(task)) else { return };
        let signalled = !target.signals.is_none();
        let client = self.senders.first(task).map(ActorId);
        if target.phase != Phase::Receiving
            || !signalled && client.is_none()
            || self.inject_before_receive(task)
        {
            return;
        }
        match client {
            Some(client) if !signalled => self.deliver_client(task, client),
            _ => self.deliver_signals(task),
        }
        self.make_runnable(task);
        self.inject_after_receive(task);
    }

    /// Tells a receiving task that its deadline has passed.
    pub(crate) fn deliver_timeout(&mut self, task: u16) {
        if self.inject_before_receive(task) {
            return;
        }
        let patience = self.tasks.get(usize::from(task)).map_or(0, |task| task.signal_patience);
        self.begin_event(task, EventKind::Timeout, UnderWay::Timeout, 0, patience);
        self.make_runnable(task);
        self.inject_after_receive(task);
    }

    fn deliver_signals(&mut self, task: u16) {
        let Some(target) = self.tasks.get_mut(usize::from(task)) else { return };
        let mut signals = core::mem::replace(&mut target.signals, Signals::NONE);
        self.inject_into_signals(task, &mut signals);
        let Some(target) = self.tasks.get_mut(usize::from(task)) else { return };
        let level = self.vms.get(usize::from(target.vm)).map_or(0, |vm| vm.lines);
        let event = &mut target.page().event;
        event.bits = signals.bits;
        event.lines = LineChange { level, ..signals.lines };
        event.eoi = signals.eoi;
        event.length = 0;
        let again = core::mem::take(&mut target.repeat);
        let patience = target.signal_patience;
        self.begin_event(task, EventKind::Signal, UnderWay::Signal(signals), again, patience);
    }

    fn deliver_client(&mut self, task: u16, client: ActorId) {
        self.senders.remove(client.0);
        let Some(state) = self.clients.get_mut(client.index()) else { return };
        let Some(calling) = state.calling.as_mut() else { return };
        state.received = true;
        let Calling { interface, badge, length, leases, patience, .. } = *calling;
        let again = state.token;
        let lent = state.lent;
        let kind = match client.kind() {
            ActorKind::Task(caller) => {
                self.copy_request(caller, task, length);
                EventKind::Request
            }
            ActorKind::Vcpu(vcpu) => {
                let exit = self.vcpus.get(usize::from(vcpu)).map(|vcpu| vcpu.exit);
                let target = self.tasks.get_mut(usize::from(task));
                if let (Some(exit), Some(target)) = (exit, target)
                    && let Some(to) = target.page().event.message.first_chunk_mut::<32>()
                {
                    *to = zerocopy::transmute!(exit);
                }
                EventKind::Exit
            }
        };
        let Some(target) = self.tasks.get_mut(usize::from(task)) else { return };
        let event = &mut target.page().event;
        event.interface = interface;
        event.badge = badge;
        event.length = length;
        event.bits = 0;
        for (index, (to, lease)) in event.lease_length.iter_mut().zip(lent).enumerate() {
            *to = if index < leases as usize { lease.length } else { 0 };
        }
        let token = self.begin_event(task, kind, UnderWay::Client(client), again, patience);
        if let Some(state) = self.clients.get_mut(client.index()) {
            state.token = token;
        }
    }

    /// Copies a request, exactly its bytes, from the caller's page to the server's.
    fn copy_request(&self, caller: u16, server: u16, length: u32) {
        let page = |task: u16| self.tasks.get(usize::from(task)).map(super::Task::page_pointer);
        let (Some(from), Some(to)) = (page(caller), page(server)) else { return };
        let length = (length as usize).min(MAX_MESSAGE);
        // SAFETY: both are pages of the arena; the pages differ, because nobody calls itself.
        let from = unsafe { &raw const (*from).send.message };
        // SAFETY: as above.
        let to = unsafe { &raw mut (*to).event.message };
        // SAFETY: as above; the length is at most that of a message.
        unsafe { core::ptr::copy_nonoverlapping(from.cast::<u8>(), to.cast::<u8>(), length) };
    }

    /// Writes what all events have in common; the event's number. `again` is the number of the event that this one
    /// repeats, or 0. From now on the task has `bound` ticks.
    fn begin_event(
        &mut self,
        task: u16,
        kind: EventKind,
        under_way: UnderWay,
        again: u64,
        bound: u64,
    ) -> u64 {
        let now = crate::arch::cpu::tsc();
        let order = self.inject_order(task);
        let told = self.time_of(task, now);
        let Some(target) = self.tasks.get_mut(usize::from(task)) else { return 0 };
        if again == 0 {
            target.token += 1;
        }
        let token = if again == 0 { target.token } else { again };
        target.under_way = under_way;
        target.deadline = 0;
        target.event_due = now.saturating_add(bound);
        let due = target.event_due;
        let event = &mut target.page().event;
        event.kind = kind as u32;
        event.flags = order | if again == 0 { 0 } else { EVENT_REPEAT };
        event.token = token;
        event.now = told;
        target.context().set_result(u64::from(Status::Ok as u32), u64::from(kind as u32));
        self.arm(self.scheduler.cpu(ActorId::task(task)), due);
        token
    }
}
