//! No faults on purpose: what the core of a production system has instead of `inject`. Every hook is empty.

use crate::system::{Signals, System};
use bulkhead_abi::fault::FaultKind;

/// This core refuses an image that asks for faults.
pub(crate) const SUPPORTED: bool = false;

/// Nothing to remember.
pub(crate) struct Injector;

impl Injector {
    pub(crate) const fn new() -> Self {
        Self
    }
}

impl System {
    pub(crate) const fn start_injection(&mut self) {}

    pub(crate) const fn inject_before_receive(&mut self, _: u16) -> bool {
        false
    }

    pub(crate) const fn inject_after_receive(&mut self, _: u16) {}

    pub(crate) const fn inject_order(&mut self, _: u16) -> u32 {
        0
    }

    pub(crate) const fn inject_into_signals(&mut self, _: u16, _: &mut Signals) {}

    pub(crate) const fn inject_before_commit(&mut self, _: u16) -> bool {
        false
    }

    pub(crate) const fn inject_after_commit(&mut self, _: u16) -> bool {
        false
    }

    pub(crate) const fn inject_while_calling(&mut self, _: u16) {}

    pub(crate) const fn inject_by_time(&mut self, _: u8, _: u64) -> u64 {
        u64::MAX
    }

    pub(crate) const fn saw_life_begin(&mut self, _: u16) {}

    pub(crate) const fn saw_commit(&mut self, _: u16) {}

    pub(crate) const fn saw_event_end(&mut self, _: u16) {}

    pub(crate) const fn saw_idle(&mut self, _: u16) {}

    pub(crate) const fn saw_fault(&mut self, _: u16, _: FaultKind) {}

    pub(crate) const fn saw_vm_start(&mut self, _: u16) {}
}
