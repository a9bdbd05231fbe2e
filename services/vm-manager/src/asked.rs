//! Guests that were asked to shut down: how long they have, and what follows.
//!
//! The asking itself moves nothing: the guest's S5 does, whatever the manifest says about S5 otherwise. A guest that has
//! not ended itself when its time is over is switched off.

use crate::order::Order;
use crate::platform::Platform;
use crate::record::Record;
use crate::registry::Registry;
use bulkhead_protocol::registry::{Refusal, StateReason, VmKind, VmNumber, VmRequest, VmState};

const NANOS_PER_MS: u64 = 1_000_000;

impl Registry<'_> {
    /// Asks a guest to power itself off; its VM's state, which that leaves as it is.
    ///
    /// # Errors
    /// Why it cannot be asked.
    pub fn ask_shutdown<P: Platform>(
        &mut self,
        platform: &mut P,
        vm: VmNumber,
        deadline_ms: u32,
    ) -> Result<VmState, Refusal> {
        let place = self.place(vm).ok_or(Refusal::UnknownVm)?;
        self.ask(platform, place, deadline_ms, StateReason::Requested)
    }

    fn ask<P: Platform>(
        &mut self,
        platform: &mut P,
        place: usize,
        deadline_ms: u32,
        reason: StateReason,
    ) -> Result<VmState, Refusal> {
        let state = self.move_record(platform, place, Order::new(VmRequest::AskShutdown, reason))?;
        let patience = u64::from(deadline_ms).saturating_mul(NANOS_PER_MS);
        let now = platform.now();
        if let Some(record) = self.at_mut(place) {
            record.asked = Some(if deadline_ms == 0 { u64::MAX } else { now.saturating_add(patience) });
        }
        Ok(state)
    }

    /// When [`time_passed`](Self::time_passed) has something to do, in nanoseconds since the system booted.
    #[must_use]
    pub fn deadline(&self) -> Option<u64> {
        let deadlines = self.made().flat_map(|record| [record.asked, record.look]).flatten();
        deadlines.min().filter(|deadline| *deadline != u64::MAX)
    }

    /// Switches off those that were asked and whose time is over, and looks for those that spin.
    pub fn time_passed<P: Platform>(&mut self, platform: &mut P) {
        let now = platform.now();
        for place in 0..self.records.len() {
            if self.at(place).and_then(|record| record.asked).is_some_and(|deadline| deadline <= now) {
                // One that cannot be switched off is not tried for ever.
                if let Some(record) = self.at_mut(place) {
                    record.asked = None;
                }
                let order = Order::new(VmRequest::Shutdown, StateReason::DeadlinePassed);
                let _ = self.move_record(platform, place, order);
            }
        }
        self.watch(platform);
        self.end_event(platform);
    }

    /// Asks these VMs, and switches off those that cannot hear. Who was asked before has no more time than the others.
    pub(crate) fn ask_all<P: Platform>(
        &mut self,
        platform: &mut P,
        reason: StateReason,
        who: impl Fn(&Record<'_>) -> bool,
    ) {
        for place in 0..self.records.len() {
            let Some(record) = self.at_mut(place).filter(|record| who(record)) else { continue };
            let patience = record.plan.shutdown_ms;
            if let Some(asked) = &mut record.asked {
                let end = u64::from(patience).saturating_mul(NANOS_PER_MS);
                *asked = platform.now().saturating_add(end).min(*asked);
                continue;
            }
            let hears = record.state == VmState::Started;
            if !hears || self.ask(platform, place, patience, reason).is_err() {
                let _ = self.move_record(platform, place, Order::new(VmRequest::Shutdown, reason));
            }
        }
    }
}

impl Record<'_> {
    /// Does the platform stay on for it? What is made at run time ends with those that were there from the start.
    #[must_use]
    pub fn matters(&self) -> bool {
        self.kind != VmKind::PostLaunched
    }
}

#[cfg(test)]
mod tests;
