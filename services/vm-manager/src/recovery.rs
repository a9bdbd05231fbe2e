//! The manager's own second life: the registry comes back from what it committed and from what the core knows.

use crate::events::{Ending, ending};
use crate::mark::Mark;
use crate::platform::Platform;
use crate::record::{LostServers, Record};
use crate::registry::Registry;
use crate::steps::undo;
use bulkhead_abi::limits::MAX_DEFINITIONS;
use bulkhead_abi::vm::{VmEvents, VmStatus};
use bulkhead_protocol::registry::{AfterReset, StateReason, VmKind, VmNumber, VmRequest, VmState};
use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};

/// What must survive of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub struct KeptVm {
    /// Its number in this boot; a definition of which no VM is made has none.
    pub number: Option<VmNumber>,
    /// Where it is in its life.
    pub state: VmState,
    /// Why.
    pub reason: StateReason,
    /// How often it was started.
    pub starts: u32,
    /// How often it was reset.
    pub resets: u32,
    /// How often it was created.
    pub generation: u32,
    /// When it is switched off, because it was asked to shut down.
    pub asked: Option<u64>,
    /// Device servers that stay dead.
    pub lost: LostServers,
    /// Its clock shows what it is to show.
    pub clock_is_set: bool,
    /// Its entry point.
    pub entry: Option<u64>,
    /// What the core was told last of its moves.
    pub mark: Mark,
}

/// What must survive of the registry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub struct Kept {
    /// The number of the next VM that is made.
    pub next: u32,
    /// What follows when the post-launched VMs are off.
    pub farewell: Option<Ending>,
    /// One entry for each VM of the configuration.
    pub vms: [Option<KeptVm>; MAX_DEFINITIONS],
}

const _: () =
    assert!(Kept::POSTCARD_MAX_SIZE <= bulkhead_abi::limits::MAX_PATCH, "the registry fits one commit");

impl KeptVm {
    fn restore(&self, record: &mut Record<'_>) {
        record.number = self.number;
        record.state = self.state;
        record.reason = self.reason;
        record.starts = self.starts;
        record.resets = self.resets;
        record.generation = self.generation;
        record.asked = self.asked;
        record.lost = self.lost;
        record.clock_is_set = self.clock_is_set;
        record.loader.entry = self.entry;
        record.mark = self.mark;
    }
}

impl Registry<'_> {
    /// What to commit at the end of an event.
    #[must_use]
    pub fn kept(&self) -> Kept {
        let mut kept = Kept { next: self.next, farewell: self.farewell, ..Kept::default() };
        for (entry, record) in kept.vms.iter_mut().zip(&self.records) {
            *entry = Some(KeptVm {
                number: record.number,
                state: record.state,
                reason: record.reason,
                starts: record.starts,
                resets: record.resets,
                generation: record.generation,
                asked: record.asked,
                lost: record.lost,
                clock_is_set: record.clock_is_set,
                entry: record.loader.entry,
                mark: record.mark,
            });
        }
        kept
    }

    /// Takes over what an earlier life left: its commit, if it made one, corrected by the core, which knows best what
    /// runs. A move that was under way has happened or has not: a VM that was only stopped runs on, and a reset or shutdown
    /// that was begun is brought to its end. A manager that died before its first commit finds its VMs running and leaves
    /// them so.
    pub fn recover<P: Platform>(&mut self, platform: &mut P, kept: Option<&Kept>) {
        if let Some(kept) = kept {
            self.next = kept.next.max(self.next);
            self.farewell = kept.farewell;
        }
        // Who holds what must be known before anything is done about it.
        let entries = kept.iter().flat_map(|kept| &kept.vms);
        for (record, entry) in self.records.iter_mut().zip(entries) {
            entry.iter().for_each(|entry| entry.restore(record));
        }
        if kept.is_none() {
            (0..self.records.len()).for_each(|place| self.guess(platform, place));
        }
        // Those that a service VM takes down with it are down before it is.
        for is_service in [false, true] {
            for place in 0..self.records.len() {
                let record = self.records.get(place);
                if record.is_some_and(|record| (record.kind == VmKind::Service) == is_service) {
                    self.bring_to_an_end(platform, place, kept.is_some());
                }
            }
        }
        for place in 0..self.records.len() {
            self.look_after(platform, place);
        }
        // A failure of which the earlier life was told, or of which nobody could be told.
        self.heed_failures(platform);
        // If all are off, the earlier life died before the machine was. Without a commit the system has yet to boot.
        if kept.is_some() {
            self.fell = true;
            self.end_event(platform);
        }
    }

    /// Without a commit there is only what the core was told. What was built and does not run is perhaps not whole: it is
    /// built again at boot, or not at all.
    fn guess<P: Platform>(&mut self, platform: &mut P, place: usize) {
        let Some(record) = self.records.get_mut(place) else { return };
        let Ok(status) = platform.vm_status(record.plan.slot) else { return };
        let mark = Mark::from_bits(status.mark);
        let Some(order) = mark.order().filter(|_| mark.definition() == record.definition) else { return };
        let was_shut_down = order.request == VmRequest::Shutdown;
        if record.is_definition() {
            record.number = mark.number().filter(|_| has_run(&status) && !was_shut_down);
        }
        if was_shut_down {
            record.reason = order.reason;
        } else if has_run(&status) {
            record.state = VmState::Paused;
            record.reason = StateReason::Requested;
            record.starts = 1;
            record.generation = 1;
        }
        let next = mark.number().map_or(0, |number| number.0.saturating_add(1));
        self.next = self.next.max(next);
    }

    /// Ends the move that was begun behind the commit.
    fn bring_to_an_end<P: Platform>(&mut self, platform: &mut P, place: usize, has_commit: bool) {
        let (loader, Some(record)) = (self.loader, self.records.get(place)) else { return };
        let (vm, slot) = (record.vm, record.plan.slot);
        // Whoever holds a pool knows its mark; if nobody does, anybody.
        let is_of = |record: &Record<'_>| record.vm == vm;
        let holder = self.records.iter().position(|record| is_of(record) && record.number.is_some());
        if holder.or_else(|| self.records.iter().position(is_of)) != Some(place) {
            return;
        }
        let Ok(status) = platform.vm_status(slot) else { return };
        let (lost, known) = self.take_shared(vm);
        let Some(record) = self.records.get_mut(place) else { return };
        (record.lost, record.mark) = (lost, Mark::from_bits(status.mark));
        let Some(order) = record.mark.order().filter(|_| record.mark != known) else { return };
        let is_creation = order.request == VmRequest::Create;
        if record.number.is_none() || has_commit && is_creation && !has_run(&status) {
            // Perhaps of a VM of which nobody has heard.
            undo(record, order, loader, platform);
        } else if !has_commit || is_creation {
            // It is as the core says.
        } else if order.then == AfterReset::Start && has_run(&status) {
            record.state = VmState::Started;
            record.reason = order.reason;
            record.resets = record.resets.saturating_add(1);
            record.starts = record.starts.saturating_add(1);
        } else {
            let _ = self.move_on(platform, place, order);
        }
    }

    /// What runs is started, and what was only stopped goes on; how a guest ended in the meantime is heard.
    fn look_after<P: Platform>(&mut self, platform: &mut P, place: usize) {
        let Some(record) = self.at_mut(place) else { return };
        let Ok(status) = platform.vm_status(record.plan.slot) else { return };
        if status.running != 0 && record.state != VmState::Started {
            record.state = VmState::Started;
            record.reason = StateReason::Requested;
            record.starts = record.starts.max(1);
            record.generation = record.generation.max(1);
        }
        let is_up = matches!(record.state, VmState::Started | VmState::Paused);
        let power = record.power.filter(|power| is_up && !record.lost.contains(power.place));
        let power = power.and_then(|power| platform.power_request(power.slot).ok().flatten());
        let ending = ending(power, VmEvents::from_bits_retain(status.events), record.plan);
        let is_held = ending.is_none() && record.state == VmState::Started && status.running == 0;
        if is_held && platform.vm_run(record.plan.slot).is_err() {
            record.state = VmState::Paused;
        }
        let state = record.state;
        platform.log(format_args!("vm {}: recovered, {state:?}", record.name));
        self.first_look(platform, place, state);
        if let Some(ending) = ending {
            self.end_vm(platform, place, ending);
        }
    }
}

/// The guest has run since it was built.
const fn has_run(status: &VmStatus) -> bool {
    status.running != 0 || status.exits != 0
}

#[cfg(test)]
mod tests;
