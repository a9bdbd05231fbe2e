//! The end of an event: commit, reply, and on to the next.

use super::{Phase, System, UnderWay};
use bulkhead_abi::exit::{Disposition, ExitReply};
use bulkhead_abi::fault::FaultKind;
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_abi::syscall::Status;
use bulkhead_model::sched::{ActorId, ActorKind};
use zerocopy::FromBytes;

impl System {
    /// `reply_recv`: ends the event under way. Either everything happens, or nothing and the task is faulted.
    pub(crate) fn end_event(
        &mut self,
        task: u16,
        length: u32,
        status: Status,
    ) -> Result<(), (FaultKind, u32)> {
        let Some(server) = self.tasks.get_mut(usize::from(task)) else { return Ok(()) };
        if length as usize > MAX_MESSAGE {
            return Err((FaultKind::BadReply, length));
        }
        let under_way = server.under_way;
        let exit_reply = match under_way {
            UnderWay::Client(client) if matches!(client.kind(), ActorKind::Vcpu(_)) => {
                let good = status == Status::Ok && length as usize == size_of::<ExitReply>();
                let reply = ExitReply::read_from_prefix(&server.page().send.message)
                    .ok()
                    .filter(|_| good)
                    .map(|(reply, _)| reply);
                let reply = reply.filter(is_possible).ok_or((FaultKind::BadReply, length))?;
                if reply.disposition == Disposition::Stop as u32 && !self.was_given_up(client) {
                    return Err((FaultKind::GaveUp, (reply.value & 0xffff_ffff) as u32));
                }
                Some(reply)
            }
            _ => None,
        };
        self.commit(task)?;
        if let Some(server) = self.tasks.get_mut(usize::from(task)) {
            server.under_way = UnderWay::Nothing;
            server.event_due = 0;
            server.fruitless = 0;
        }
        self.saw_event_end(task);
        let UnderWay::Client(client) = under_way else { return Ok(()) };
        self.withdraw(client);
        match (client.kind(), exit_reply) {
            (ActorKind::Vcpu(vcpu), Some(reply)) => self.finish_exit(vcpu, &reply),
            (ActorKind::Vcpu(_), None) => {}
            (ActorKind::Task(caller), _) => {
                self.copy_reply(task, caller, length);
                self.finish_call(caller, status, u64::from(length));
            }
        }
        Ok(())
    }

    /// Has an earlier life said that this vCPU cannot go on? From now on one has. A server that has lost its senses must
    /// not end its VM: two lives do, the second of which began without the memory of the first.
    fn was_given_up(&mut self, client: ActorId) -> bool {
        let state = self.clients.get_mut(client.index());
        state.is_some_and(|state| core::mem::replace(&mut state.given_up, true))
    }

    /// Copies a reply, exactly its bytes, from the server's page to the caller's.
    fn copy_reply(&self, server: u16, caller: u16, length: u32) {
        let page = |task: u16| self.tasks.get(usize::from(task)).map(super::Task::page_pointer);
        let (Some(from), Some(to)) = (page(server), page(caller)) else { return };
        let length = (length as usize).min(MAX_MESSAGE);
        // SAFETY: both are pages of the arena; the pages differ, because nobody calls itself.
        let from = unsafe { &raw const (*from).send.message };
        // SAFETY: as above.
        let to = unsafe { &raw mut (*to).reply };
        // SAFETY: as above; the length is at most that of a message.
        unsafe { core::ptr::copy_nonoverlapping(from.cast::<u8>(), to.cast::<u8>(), length) };
    }

    /// A call is over: its result.
    pub(crate) fn finish_call(&mut self, caller: u16, status: Status, value: u64) {
        if let Some(target) = self.tasks.get_mut(usize::from(caller)) {
            target.context().set_result(u64::from(status as u32), value);
        }
        self.make_runnable(caller);
    }

    /// Tells all who wait for a task that its life is over: tasks get an error, vCPUs wait for the next life. What
    /// was under way comes again first.
    pub(crate) fn fail_clients(&mut self, server: u16) {
        let Some(task) = self.tasks.get_mut(usize::from(server)) else { return };
        let next = u64::from(task.generation) + 1;
        let under_way = core::mem::replace(&mut task.under_way, UnderWay::Nothing);
        match under_way {
            UnderWay::Signal(signals) => {
                task.signals.merge(&signals);
                task.repeat = task.token;
            }
            UnderWay::Client(client) => match client.kind() {
                ActorKind::Task(caller) => {
                    self.withdraw(client);
                    self.finish_call(caller, Status::PeerDied, next);
                }
                ActorKind::Vcpu(vcpu) => {
                    if let Some(vcpu) = self.vcpus.get_mut(usize::from(vcpu)) {
                        vcpu.staged.discard();
                    }
                    if let Some(state) = self.clients.get_mut(client.index()) {
                        state.received = false;
                    }
                    self.senders.push_front(server, client.0);
                }
            },
            UnderWay::Nothing | UnderWay::Timeout | UnderWay::Abandoned => {}
        }
        // Everybody behind it: tasks leave the queue, vCPUs stay in their order.
        let mut waiting = [0u16; bulkhead_model::sched::MAX_ACTORS];
        let mut count = 0;
        while let (Some(client), Some(slot)) = (self.senders.pop(server), waiting.get_mut(count)) {
            *slot = client;
            count += 1;
        }
        for client in waiting.into_iter().take(count).map(ActorId) {
            match client.kind() {
                ActorKind::Task(caller) => {
                    self.withdraw(client);
                    self.finish_call(caller, Status::PeerDied, next);
                }
                ActorKind::Vcpu(_) => self.senders.push_back(server, client.0),
            }
        }
    }

    /// Is there a task that can be called?
    pub(crate) fn callable(&self, server: u16) -> bool {
        self.tasks
            .get(usize::from(server))
            .is_some_and(|task| !matches!(task.phase, Phase::Absent | Phase::Faulted))
    }
}

/// Vectors of exceptions that carry an error code (Intel SDM volume 3, "Exception and Interrupt Vectors").
const WITH_ERROR_CODE: u32 = 1 << 8 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 17 | 1 << 21;

/// Could an instruction end so? An exception must be one that an instruction raises, with an error code if and only if
/// it has one (in real mode none has).
fn is_possible(reply: &ExitReply) -> bool {
    match Disposition::from_value(reply.disposition) {
        _ if reply.reserved != 0 => false,
        None => false,
        Some(Disposition::Exception) => {
            let vector = reply.value & 0xff;
            let has_error = reply.value & 1 << 31 != 0;
            vector < 32 && vector != 2 && (!has_error || WITH_ERROR_CODE >> vector & 1 != 0)
        }
        Some(_) => true,
    }
}
