//! Device servers that the supervisor has given up, and what follows for their VM.
//!
//! A failure is settled after its policy was carried out and that is committed, so a manager that dies in between finds it
//! again: all policies can be repeated.

use crate::order::Order;
use crate::platform::Platform;
use crate::record::Record;
use crate::registry::Registry;
use crate::report::Lost;
use crate::steps::start_anew;
use bulkhead_abi::id::TaskId;
use bulkhead_abi::limits::MAX_TASKS;
use bulkhead_protocol::config::{FailurePolicy, MAX_SERVERS};
use bulkhead_protocol::registry::{AfterReset, Refusal, ResetKind, StateReason, VmRequest, VmState};
use bulkhead_protocol::supervisor::Failure;

/// What is done about a failure. Where starting anew did not help, and where the manifest's policy is none for device
/// servers, the VM is powered off.
#[must_use]
pub const fn remedy(policy: FailurePolicy, again: bool) -> FailurePolicy {
    match policy {
        FailurePolicy::ResetDevice | FailurePolicy::ResetVm if !again => policy,
        FailurePolicy::PauseVm => policy,
        _ => FailurePolicy::PowerOffVm,
    }
}

/// A remedy, and how much it does to the VM: of those of several lost servers the strongest is carried out, which takes care
/// of the others.
const fn strength(remedy: FailurePolicy) -> u8 {
    match remedy {
        FailurePolicy::ResetDevice => 0,
        FailurePolicy::ResetVm => 1,
        FailurePolicy::PauseVm => 2,
        _ => 3,
    }
}

impl Registry<'_> {
    /// Carries out the policies of all failures that the supervisor knows of. They are settled when that is committed.
    pub(crate) fn heed_failures<P: Platform>(&mut self, platform: &mut P) {
        let failures = all_failures(platform);
        for failure in &failures {
            self.take_note(platform, failure);
        }
        for place in 0..self.records.len() {
            self.remedy(platform, place, &failures);
        }
        self.carried_out.extend(failures.iter().map(|failure| (failure.task, failure.life)));
    }

    /// What the last event did is committed: no next life has to find its failures again.
    pub fn committed<P: Platform>(&mut self, platform: &mut P) {
        for (task, life) in core::mem::take(&mut self.carried_out) {
            if let Err(error) = platform.settle(task, life) {
                platform.log(format_args!("the supervisor does not answer: {error:?}"));
            }
        }
    }

    /// Has [`committed`](Self::committed) something to do?
    #[must_use]
    pub fn is_unsettled(&self) -> bool {
        !self.carried_out.is_empty()
    }

    fn take_note<P: Platform>(&mut self, platform: &mut P, failure: &Failure) {
        let Some((place, server_place)) = self.server(failure.task) else { return };
        let Some(record) = self.records.get_mut(place) else { return };
        let Some(server) = record.servers.get(usize::from(server_place)) else { return };
        if failure.revived {
            return;
        }
        record.lost.insert(server_place);
        let remedy = remedy(server.on_failure, failure.again);
        platform.log(format_args!(
            "{}",
            Lost { name: record.name, server: server.kind, cause: failure.cause, remedy }
        ));
    }

    /// Does what the policies of a VM's lost servers say.
    fn remedy<P: Platform>(&mut self, platform: &mut P, place: usize, failures: &[Failure]) {
        let Some(state) = self.records.get(place).map(|record| record.state) else { return };
        let due = failures.iter().filter_map(|failure| {
            let (of, server_place) = self.server(failure.task).filter(|(of, _)| *of == place)?;
            let server = self.records.get(of)?.servers.get(usize::from(server_place))?;
            Some((server_place, due(remedy(server.on_failure, failure.again), failure, state)?))
        });
        let due: heapless::Vec<(u8, FailurePolicy), MAX_SERVERS> = due.take(MAX_SERVERS).collect();
        let Some(remedy) = due.iter().map(|(_, remedy)| *remedy).max_by_key(|remedy| strength(*remedy))
        else {
            return;
        };
        match (remedy, state) {
            // It is started anew when the VM is created.
            (_, VmState::PoweredOff) => {}
            (FailurePolicy::ResetVm, VmState::Started | VmState::Paused) => {
                let then = if state == VmState::Started { AfterReset::Start } else { AfterReset::Hold };
                let order = Order::reset(ResetKind::Cold, then, StateReason::ServerLost);
                if self.move_on(platform, place, order).is_err() {
                    self.power_off(platform, place);
                }
            }
            (FailurePolicy::ResetDevice | FailurePolicy::ResetVm | FailurePolicy::PauseVm, _) => {
                let Some(record) = self.records.get_mut(place) else { return };
                // A guest that is up and to be reset must not go on with a fresh device.
                let is_small = |remedy| match remedy {
                    FailurePolicy::ResetDevice => true,
                    FailurePolicy::ResetVm => state == VmState::Created,
                    _ => false,
                };
                let mut devices = due.iter().filter(|(_, remedy)| is_small(*remedy));
                if devices.any(|(server, _)| start_anew(*server, record, platform).is_err()) {
                    self.power_off(platform, place);
                } else if remedy == FailurePolicy::PauseVm && state == VmState::Started {
                    // One that does not run stays where it is: whoever wants it to run has to reset it.
                    if !self.hold(platform, place, StateReason::ServerLost) {
                        self.power_off(platform, place);
                    }
                }
            }
            _ => self.power_off(platform, place),
        }
    }

    /// Pauses a VM that must not run on, also if servers are lost whose failures are yet to come: one that does not answer
    /// counts as lost already.
    pub(crate) fn hold<P: Platform>(&mut self, platform: &mut P, place: usize, reason: StateReason) -> bool {
        for _ in 0..=MAX_SERVERS {
            match self.move_record(platform, place, Order::new(VmRequest::Pause, reason)) {
                Ok(_) => return true,
                Err(Refusal::Server(other)) => {
                    if let Some(record) = self.records.get_mut(place) {
                        record.lost.insert(other);
                    }
                }
                Err(_) => break,
            }
        }
        false
    }

    fn power_off<P: Platform>(&mut self, platform: &mut P, place: usize) {
        if self.at(place).is_none_or(Record::is_off) {
            return;
        }
        let _ = self.move_record(platform, place, Order::new(VmRequest::Shutdown, StateReason::ServerLost));
    }

    /// Whose server a task is: the VM's place, and the server's in its list. Of those that share it, the one that holds it,
    /// or any if none does.
    fn server(&self, task: TaskId) -> Option<(usize, u8)> {
        let mut owners = self.records.iter().enumerate().filter_map(|(place, record)| {
            let mut servers = (0..=u8::MAX).zip(record.servers);
            let number = servers.find_map(|(number, server)| (server.task == task).then_some(number));
            number.map(|number| (place, number))
        });
        owners.clone().find(|(place, _)| self.at(*place).is_some()).or_else(|| owners.next())
    }
}

/// What is still due for a failure. A server of a VM that is up and that was started anew for a reset of the VM has had that.
fn due(remedy: FailurePolicy, failure: &Failure, state: VmState) -> Option<FailurePolicy> {
    let is_up = matches!(state, VmState::Started | VmState::Paused);
    let is_done = failure.revived && is_up && remedy == FailurePolicy::ResetVm;
    (!is_done).then_some(remedy)
}

fn all_failures<P: Platform>(platform: &mut P) -> heapless::Vec<Failure, MAX_TASKS> {
    let mut failures = heapless::Vec::new();
    let mut from = TaskId(0);
    loop {
        match platform.next_failure(from) {
            // A supervisor that names a task twice is not believed.
            Ok(Some(failure)) if failure.task >= from && failures.push(failure).is_ok() => {
                from = TaskId(failure.task.0.saturating_add(1));
            }
            Ok(_) => return failures,
            Err(error) => {
                platform.log(format_args!("the supervisor does not answer: {error:?}"));
                return failures;
            }
        }
    }
}

#[cfg(test)]
mod tests;
