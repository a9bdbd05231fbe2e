//! The manager's own second life: the registry comes back from what it committed and from what the core knows.

use crate::events::{Ending, ending};
use crate::platform::Platform;
use crate::record::{LostServers, Record};
use crate::registry::Registry;
use crate::steps::undo;
use bulkhead_abi::limits::MAX_DEFINITIONS;
use bulkhead_abi::vm::VmEvents;
use bulkhead_protocol::registry::{StateReason, VmNumber, VmState};
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
            });
        }
        kept
    }

    /// Takes over what an earlier life left: its commit, if it made one, corrected by the core, which knows best what
    /// runs. A move that was under way has happened or has not: a VM that was only stopped runs on, one that was taken
    /// apart is powered off. A manager that died before its first commit finds its VMs running and leaves them so.
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
        for place in 0..self.records.len() {
            self.recover_record(platform, place);
        }
        // If all are off, the earlier life died before the machine was.
        self.fell |= kept.is_some();
        // A failure of which the earlier life was told, or of which nobody could be told.
        self.heed_failures(platform);
        self.end_event(platform);
    }

    fn recover_record<P: Platform>(&mut self, platform: &mut P, place: usize) {
        let loader = self.loader;
        let is_held = self.records.get(place).is_some_and(|record| self.holder(record.vm).is_some());
        let Some(record) = self.records.get_mut(place) else { return };
        if record.number.is_none() {
            // The earlier life may have died while it made a VM of which nobody has heard.
            if !is_held {
                undo(record, loader, platform);
            }
            return;
        }
        let Ok(status) = platform.vm_status(record.plan.slot) else { return };
        if status.running != 0 && record.state != VmState::Started {
            record.state = VmState::Started;
            record.reason = StateReason::Requested;
            record.starts = record.starts.max(1);
            record.generation = record.generation.max(1);
        }
        // The status took the core's events: what they say must be heeded now or never.
        let ending = ending(None, VmEvents::from_bits_retain(status.events), record.plan);
        let was_up = matches!(record.state, VmState::Started | VmState::Paused);
        if ending.is_none() && was_up && status.running == 0 {
            // Perhaps the earlier life died in the middle of a move. What was taken apart has no exits any more.
            if status.exits == 0 {
                self.power_off_interrupted(platform, place);
                return;
            }
            if record.state == VmState::Started && platform.vm_run(record.plan.slot).is_err() {
                record.state = VmState::Paused;
            }
        }
        let state = record.state;
        platform.log(format_args!("vm {}: recovered, {state:?}", record.name));
        self.first_look(platform, place, state);
        if let Some(ending) = ending {
            self.end_vm(platform, place, ending);
        }
    }

    /// A reset or shutdown that was begun cannot be taken back, and which of the two it was is not known.
    fn power_off_interrupted<P: Platform>(&mut self, platform: &mut P, place: usize) {
        let (loader, Some(record)) = (self.loader, self.at_mut(place)) else { return };
        undo(record, loader, platform);
        self.publish(platform, place, VmState::PoweredOff, StateReason::Interrupted);
    }
}

#[cfg(test)]
mod tests;
