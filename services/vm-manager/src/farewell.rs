//! The end of a service VM that ended itself: its post-launched VMs go first, and are asked before they are switched off.
//!
//! The service VM is held meanwhile, where it ended. What follows its end is committed, so that it follows even if the
//! manager dies before it can.

use crate::events::Ending;
use crate::platform::Platform;
use crate::record::Record;
use crate::registry::Registry;
use bulkhead_protocol::registry::{StateReason, VmKind, VmState};

impl Registry<'_> {
    /// Puts the end of the service VM off, if there are VMs that must go first.
    pub(crate) fn put_off<P: Platform>(&mut self, platform: &mut P, place: usize, ending: Ending) -> bool {
        let Some(record) = self.at(place).filter(|record| record.kind == VmKind::Service) else {
            return false;
        };
        if !self.made().any(goes_first) {
            return false;
        }
        // What it does behind its end is not worth another thought, however it may look.
        if self.farewell.is_some() {
            return true;
        }
        if record.state == VmState::Started {
            let _ = self.hold(platform, place, ending.reason);
        }
        if let Some(record) = self.at_mut(place) {
            record.asked = None;
        }
        self.farewell = Some(ending);
        true
    }

    /// Asks the post-launched VMs; when all are off, the service VM's end takes its course.
    pub(crate) fn say_farewell<P: Platform>(&mut self, platform: &mut P) {
        let Some(ending) = self.farewell else { return };
        self.ask_all(platform, StateReason::ServiceVmEnds, goes_first);
        if self.made().any(goes_first) {
            return;
        }
        self.farewell = None;
        if let Some(place) = self.records.iter().position(|record| record.kind == VmKind::Service) {
            self.end_vm(platform, place, ending);
        }
    }
}

fn goes_first(record: &Record<'_>) -> bool {
    record.kind == VmKind::PostLaunched && !record.is_off()
}

#[cfg(test)]
mod tests;
