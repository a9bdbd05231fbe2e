//! How a guest's own end is heard, and what follows.

use crate::order::Order;
use crate::platform::Platform;
use crate::registry::Registry;
use bulkhead_abi::vm::{VmEvents, VmStatus};
use bulkhead_protocol::config::{EndPolicy, VmPlan};
use bulkhead_protocol::device::PowerRequest;
use bulkhead_protocol::registry::{AfterReset, ResetKind, StateReason, VmRequest, VmState};
use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};

/// A guest has ended itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub struct Ending {
    /// Why.
    pub reason: StateReason,
    /// What follows.
    pub policy: EndPolicy,
    /// What a reset keeps, if one follows.
    pub reset: ResetKind,
}

/// What a VM's events amount to. What the guest asked for explains an end better than what its vCPUs did afterwards:
/// a guest that has written S5 often halts for ever.
#[must_use]
pub fn ending(power: Option<PowerRequest>, events: VmEvents, plan: &VmPlan) -> Option<Ending> {
    let (reason, policy) = match power {
        Some(PowerRequest::PowerOff) => (StateReason::GuestPowerOff, plan.on_power_off),
        Some(PowerRequest::ColdReset | PowerRequest::WarmReset) => (StateReason::GuestReset, plan.on_reset),
        // A VM that the CPU or its servers cannot go on with would only come back to the same point.
        None if events.contains(VmEvents::ENTRY_REFUSED) => (StateReason::EntryRefused, EndPolicy::PowerOff),
        None if events.intersects(VmEvents::UNHANDLED_EXIT | VmEvents::STOPPED_BY_SERVER) => {
            (StateReason::UnhandledExit, EndPolicy::PowerOff)
        }
        None if events.contains(VmEvents::TRIPLE_FAULT) => (StateReason::TripleFault, plan.on_reset),
        None if events.contains(VmEvents::HALTED_FOR_EVER) => (StateReason::HaltedForEver, plan.on_power_off),
        None => return None,
    };
    let reset = match power {
        Some(PowerRequest::WarmReset) => ResetKind::Warm,
        _ => ResetKind::Cold,
    };
    Some(Ending { reason, policy, reset })
}

impl Registry<'_> {
    /// Looks after every VM whose bit of the manager's notification word is set.
    pub fn notified<P: Platform>(&mut self, platform: &mut P, bits: u64) {
        let is_set = |bit: u8| bits.checked_shr(u32::from(bit)).is_some_and(|bits| bits & 1 != 0);
        for place in 0..self.records.len() {
            let Some(plan) = self.at(place).map(|record| record.plan) else { continue };
            let (from_core, from_power) = (is_set(plan.event_bit), is_set(plan.power_bit));
            if from_core || from_power {
                self.heed(platform, place, from_core, from_power);
            }
        }
        if is_set(self.failure_bit) {
            self.heed_failures(platform);
        }
        self.end_event(platform);
    }

    fn heed<P: Platform>(&mut self, platform: &mut P, place: usize, from_core: bool, from_power: bool) {
        let Some(record) = self.at(place) else { return };
        let (name, plan, power_device) = (record.name, record.plan, record.power);
        let mut events = VmEvents::empty();
        if from_core {
            match platform.vm_status(plan.slot) {
                Ok(status) => {
                    events = VmEvents::from_bits_retain(status.events);
                    log_events(platform, name, &status);
                }
                Err(status) => platform.log(format_args!("vm {name}: no status: {status:?}")),
            }
        }
        let mut power = None;
        if let Some(device) = power_device.filter(|_| from_power) {
            match platform.power_request(device.slot) {
                Ok(request) => power = request,
                Err(error) => platform.log(format_args!("vm {name}: power device: {error:?}")),
            }
        }
        if let Some(ending) = ending(power, events, plan) {
            self.end_vm(platform, place, ending);
        }
    }

    /// Carries out what follows the end of a guest. What is off or has not run cannot end: such news is stale.
    pub(crate) fn end_vm<P: Platform>(&mut self, platform: &mut P, place: usize, ending: Ending) {
        let Some(record) = self.at(place) else { return };
        if !matches!(record.state, VmState::Started | VmState::Paused) {
            return;
        }
        // A guest that was asked to end itself has done so, in whatever way: it is not brought back.
        let policy = if record.asked.is_some() { EndPolicy::PowerOff } else { ending.policy };
        let ending = Ending { policy, ..ending };
        if self.put_off(platform, place, ending) {
            return;
        }
        match policy {
            EndPolicy::PowerOff => {
                let order = Order::new(VmRequest::Shutdown, ending.reason);
                let _ = self.move_record(platform, place, order);
            }
            EndPolicy::Restart => {
                let order = Order::reset(ending.reset, AfterReset::Start, ending.reason);
                let _ = self.move_on(platform, place, order);
            }
        }
    }
}

fn log_events<P: Platform>(platform: &mut P, name: &str, status: &VmStatus) {
    for (event, _) in VmEvents::from_bits_truncate(status.events).iter_names() {
        platform.log(format_args!(
            "vm {name}: {event} on vCPU {} at {:#x}, detail {:#x}, after {} exits",
            status.vcpu, status.rip, status.detail, status.exits
        ));
    }
}

#[cfg(test)]
mod tests;
