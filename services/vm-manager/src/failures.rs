//! Device servers that the supervisor has given up, and what follows for their VM.
//!
//! A failure is settled after its policy was carried out, so a manager that dies in between carries it out again: all
//! policies can be repeated.

use crate::order::Order;
use crate::platform::Platform;
use crate::registry::Registry;
use crate::report::Lost;
use crate::steps::start_anew;
use bulkhead_abi::id::TaskId;
use bulkhead_abi::limits::MAX_TASKS;
use bulkhead_protocol::config::{FailurePolicy, MAX_SERVERS};
use bulkhead_protocol::registry::{Refusal, StateReason, VmRequest, VmState};
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

impl Registry<'_> {
    /// Carries out the policies of all failures that the supervisor knows of.
    pub(crate) fn heed_failures<P: Platform>(&mut self, platform: &mut P) {
        // There are no more failures than tasks; a supervisor that names the same one for ever is not believed.
        for _ in 0..MAX_TASKS {
            let settled = match platform.next_failure() {
                Ok(None) => return,
                Ok(Some(failure)) => {
                    self.heed_failure(platform, failure);
                    platform.settle(failure.task)
                }
                Err(error) => Err(error),
            };
            if let Err(error) = settled {
                platform.log(format_args!("the supervisor does not answer: {error:?}"));
                return;
            }
        }
    }

    fn heed_failure<P: Platform>(&mut self, platform: &mut P, failure: Failure) {
        let Some((place, server_place)) = self.server(failure.task) else { return };
        let Some(record) = self.records.get_mut(place) else { return };
        let Some(server) = record.servers.get(usize::from(server_place)) else { return };
        record.lost.insert(server_place);
        let (name, state) = (record.name, record.state);
        let remedy = remedy(server.on_failure, failure.again);
        platform.log(format_args!("{}", Lost { name, server: server.kind, cause: failure.cause, remedy }));
        match (remedy, state) {
            // It is started anew when the VM is created.
            (_, VmState::PoweredOff) => {}
            (FailurePolicy::ResetDevice, _) | (FailurePolicy::ResetVm, VmState::Created) => {
                if start_anew(server_place, record, platform).is_err() {
                    self.power_off(platform, place);
                }
            }
            // It does not run: whoever wants that has to reset it.
            (FailurePolicy::PauseVm, VmState::Created | VmState::Paused) => {}
            (FailurePolicy::PauseVm, VmState::Started) => self.pause_without(platform, place),
            (FailurePolicy::ResetVm, VmState::Started | VmState::Paused) => {
                let reset =
                    self.move_record(platform, place, Order::new(VmRequest::Reset, StateReason::ServerLost));
                if reset.is_ok() && state == VmState::Started {
                    let _ = self.move_record(
                        platform,
                        place,
                        Order::new(VmRequest::Start, StateReason::ServerLost),
                    );
                }
            }
            _ => self.power_off(platform, place),
        }
    }

    /// Pauses a VM of which a server is lost. Another one may be lost whose failure comes next: if it does not answer, it
    /// counts as lost already. A guest must not run on because two of its servers died.
    fn pause_without<P: Platform>(&mut self, platform: &mut P, place: usize) {
        for _ in 0..=MAX_SERVERS {
            let pause = Order::new(VmRequest::Pause, StateReason::ServerLost);
            match self.move_record(platform, place, pause) {
                Ok(_) => return,
                Err(Refusal::Server(other)) => {
                    if let Some(record) = self.records.get_mut(place) {
                        record.lost.insert(other);
                    }
                }
                Err(_) => break,
            }
        }
        self.power_off(platform, place);
    }

    fn power_off<P: Platform>(&mut self, platform: &mut P, place: usize) {
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

#[cfg(test)]
mod tests;
