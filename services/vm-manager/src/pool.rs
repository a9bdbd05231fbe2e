//! Pools: definitions that share a VM of the core, its memory, vCPUs and servers, in turns.
//!
//! Who has a number holds the pool, from make to destroy. A record without one has nothing but its definition, so nothing
//! is known of who held the pool before.

use crate::mark::Mark;
use crate::record::{LostServers, Record};
use crate::registry::Registry;
use bulkhead_abi::id::VmId;

impl<'p> Registry<'p> {
    /// The VM that holds a VM of the core.
    pub(crate) fn holder(&self, vm: VmId) -> Option<&Record<'p>> {
        self.made().find(|record| record.vm == vm)
    }

    /// The servers that stay dead, and the mark in the core, from whichever record knows: they are the next holder's business.
    pub(crate) fn take_shared(&mut self, vm: VmId) -> (LostServers, Mark) {
        let sharers = self.records.iter_mut().filter(|record| record.vm == vm);
        sharers.fold(<(LostServers, Mark)>::default(), |(lost, mark), record| {
            let own = core::mem::take(&mut record.mark);
            let mark = if own == Mark::default() { mark } else { own };
            (lost.with(core::mem::take(&mut record.lost)), mark)
        })
    }
}

#[cfg(test)]
mod tests;
