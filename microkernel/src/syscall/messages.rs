//! `call`, `recv`, `reply_recv`, `notify`, `wait`.

use super::{Arguments, Outcome};
use crate::arch::cpu;
use crate::system::{Calling, Phase, System, UnderWay};
use bulkhead_abi::id::Slot;
use bulkhead_abi::image::SlotKind;
use bulkhead_abi::limits::{MAX_LEASES, MAX_MESSAGE};
use bulkhead_abi::syscall::Status;
use bulkhead_model::sched::ActorId;

impl System {
    /// Contract: the slot is one for calls, the length and the leases are within bounds, the server lives; else the
    /// caller is told at once. It waits no longer than the slot and its own deadline allow.
    pub(super) fn call(
        &mut self,
        task: u16,
        slot: Slot,
        [_, length, leases, deadline, _]: Arguments,
    ) -> Outcome {
        let record = match self.slot_of(task, slot, SlotKind::Call) {
            Ok(record) => record,
            Err(status) => return Outcome::Done(status, 0),
        };
        let (Ok(length), Ok(leases)) = (u32::try_from(length), u32::try_from(leases)) else {
            return Outcome::Done(Status::BadArgument, 0);
        };
        if length as usize > MAX_MESSAGE || leases as usize > MAX_LEASES || record.target == task {
            return Outcome::Done(Status::BadArgument, 0);
        }
        if !self.callable(record.target) {
            return Outcome::Done(Status::PeerDead, 0);
        }
        let now = cpu::tsc();
        let bound = now.saturating_add(self.ticks(record.deadline_us));
        let wanted = if deadline == 0 { bound } else { deadline.min(bound) };
        if wanted <= now {
            return Outcome::Done(Status::DeadlinePassed, 0);
        }
        let actor = ActorId::task(task);
        let Some(caller) = self.tasks.get_mut(usize::from(task)) else { return Outcome::Elsewhere };
        caller.phase = Phase::Calling;
        let lent = caller.page().send.leases;
        if let Some(state) = self.clients.get_mut(actor.index()) {
            state.lent = lent;
        }
        self.block_current();
        let interface = (record.argument & 0xffff) as u16;
        let patience = bound - now;
        let (server, badge) = (record.target, record.badge);
        self.send(actor, Calling { server, interface, badge, length, leases, deadline: wanted, patience });
        self.inject_while_calling(task);
        Outcome::Elsewhere
    }

    /// Contract: no event is under way.
    pub(super) fn recv(&mut self, task: u16, deadline: u64) -> Outcome {
        let Some(server) = self.tasks.get_mut(usize::from(task)) else { return Outcome::Elsewhere };
        if server.under_way != UnderWay::Nothing {
            return Outcome::Done(Status::WrongState, 0);
        }
        server.phase = Phase::Receiving;
        server.event_due = 0;
        server.deadline = deadline;
        self.block_current();
        self.offer(task);
        let here = self.scheduler.cpu(ActorId::task(task));
        if let Some(server) = self.tasks.get_mut(usize::from(task))
            && server.phase == Phase::Receiving
        {
            server.fruitless = 0;
            self.arm(here, self.receive_due(task));
            self.saw_idle(task);
        }
        Outcome::Elsewhere
    }

    /// Contract: an event is under way; the commit is within bounds and rights, and the reply to an exit is one.
    /// Otherwise the server is faulted and nothing of it happens.
    pub(super) fn reply_recv(&mut self, task: u16, [length, status, deadline, _, _]: Arguments) -> Outcome {
        let Some(server) = self.tasks.get(usize::from(task)) else { return Outcome::Elsewhere };
        if server.under_way == UnderWay::Nothing {
            return Outcome::Done(Status::NothingUnderWay, 0);
        }
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        // A server says that it is done or that it could not decode the request; everything else is the core's word.
        let status = match Status::from_value(status) {
            Status::Ok => Status::Ok,
            _ => Status::Malformed,
        };
        if self.inject_before_commit(task) {
            return Outcome::Elsewhere;
        }
        // From here on others may come before it: whoever waits for the reply runs next.
        self.block_current();
        match self.end_event(task, length, status) {
            Ok(()) if self.inject_after_commit(task) => Outcome::Elsewhere,
            Ok(()) => self.recv(task, deadline),
            Err((kind, code)) => {
                self.fault_task(task, kind, code);
                Outcome::Elsewhere
            }
        }
    }

    /// Contract: the slot is one for notifications.
    pub(super) fn notify_slot(&mut self, task: u16, slot: Slot) -> Result<u64, Status> {
        let record = self.slot_of(task, slot, SlotKind::Notify)?;
        self.notify(record.target, 1 << (record.argument & 63));
        Ok(0)
    }

    /// Contract: none. A mask of 0 waits for the deadline only.
    pub(super) fn wait(&mut self, task: u16, mask: u64, deadline: u64) -> Outcome {
        let Some(caller) = self.tasks.get_mut(usize::from(task)) else { return Outcome::Elsewhere };
        if caller.under_way == UnderWay::Nothing {
            caller.event_due = 0;
        }
        let taken = caller.signals.bits & mask;
        if taken != 0 {
            caller.signals.bits &= !mask;
            return Outcome::Done(Status::Ok, taken);
        }
        if deadline != 0 && deadline <= cpu::tsc() {
            return Outcome::Done(Status::DeadlinePassed, 0);
        }
        caller.phase = Phase::Waiting(mask);
        caller.deadline = deadline;
        self.block_current();
        self.arm(self.scheduler.cpu(ActorId::task(task)), deadline);
        Outcome::Elsewhere
    }
}
