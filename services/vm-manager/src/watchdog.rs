//! Guests that spin: a VM with a watchdog of which a vCPU has run for too long without taking an interrupt.
//!
//! What counts is time that the vCPU itself had, so one that others keep from its CPU is not suspected, and one that
//! halts does not run. The core counts; the manager looks when the time can be over at the earliest.

use crate::events::Ending;
use crate::order::Order;
use crate::platform::Platform;
use crate::registry::Registry;
use bulkhead_protocol::config::{EndPolicy, Watchdog, WatchdogAction};
use bulkhead_protocol::registry::{ResetKind, StateReason, VmRequest, VmState};

const NANOS_PER_MS: u64 = 1_000_000;
const NANOS_PER_SECOND: u128 = 1_000_000_000;
/// There are at least so many milliseconds between two looks: a vCPU with a small share of its CPU comes near its
/// time-out ever more slowly.
const REST_MS: u64 = 10;

impl Registry<'_> {
    /// Acts on the VMs whose watchdogs are due.
    pub(crate) fn watch<P: Platform>(&mut self, platform: &mut P) {
        let now = platform.now();
        for place in 0..self.records.len() {
            let Some(record) = self.at(place).filter(|record| record.look.is_some_and(|look| look <= now))
            else {
                continue;
            };
            let Some(watchdog) = record.plan.watchdog else { continue };
            let timeout = timeout(watchdog);
            let deaf = platform.vm_status(record.plan.slot).map_or(0, |status| self.nanos(status.deaf));
            let left = timeout.saturating_sub(deaf);
            let rest = if left == 0 { timeout } else { left.max(REST_MS * NANOS_PER_MS) };
            if left == 0 {
                let milliseconds = deaf / NANOS_PER_MS;
                platform.log(format_args!(
                    "vm {}: a vCPU took no interrupt while it ran for {milliseconds} ms",
                    record.name
                ));
            }
            // One of which the end fails is looked at again later, not at once.
            if let Some(record) = self.at_mut(place) {
                record.look = Some(now.saturating_add(rest));
            }
            if left == 0 {
                self.bark(platform, place, watchdog.action);
            }
        }
    }

    fn bark<P: Platform>(&mut self, platform: &mut P, place: usize, action: WatchdogAction) {
        let reason = StateReason::WatchdogExpired;
        let policy = match action {
            WatchdogAction::Restart => EndPolicy::Restart,
            WatchdogAction::PowerOff => EndPolicy::PowerOff,
            WatchdogAction::Pause => {
                let _ = self.move_record(platform, place, Order::new(VmRequest::Pause, reason));
                return;
            }
        };
        self.end_vm(platform, place, Ending { reason, policy, reset: ResetKind::Cold });
    }

    /// A VM has come to this state: when its watchdog looks at it first.
    pub(crate) fn first_look<P: Platform>(&mut self, platform: &mut P, place: usize, state: VmState) {
        let Some(record) = self.at_mut(place) else { return };
        record.look = match record.plan.watchdog {
            Some(watchdog) if state == VmState::Started => {
                Some(platform.now().saturating_add(timeout(watchdog)))
            }
            _ => None,
        };
    }

    fn nanos(&self, ticks: u64) -> u64 {
        let nanos = u128::from(ticks).saturating_mul(NANOS_PER_SECOND);
        let nanos = nanos.checked_div(u128::from(self.tsc_hz)).unwrap_or(0);
        u64::try_from(nanos).unwrap_or(u64::MAX)
    }
}

fn timeout(watchdog: Watchdog) -> u64 {
    u64::from(watchdog.timeout_ms).saturating_mul(NANOS_PER_MS)
}

#[cfg(test)]
mod tests;
