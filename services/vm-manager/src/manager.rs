//! The registry behind its interface.

use crate::platform::Platform;
use crate::registry::Registry;
use bulkhead_abi::id::VmId;
use bulkhead_protocol::Caller;
use bulkhead_protocol::registry::{Refusal, Server, VmRequest, VmState, VmSummary};

/// The registry and the world that it acts on.
#[derive(Debug)]
pub struct Manager<'p, P> {
    /// The records.
    pub registry: Registry<'p>,
    /// The world.
    pub platform: P,
}

impl<P: Platform> Manager<'_, P> {
    /// Hears notifications.
    pub fn notified(&mut self, bits: u64) {
        self.registry.notified(&mut self.platform, bits);
    }
}

impl<P: Platform> Server for Manager<'_, P> {
    fn request(&mut self, _caller: Caller, vm: VmId, request: VmRequest) -> Result<VmState, Refusal> {
        self.registry.request(&mut self.platform, vm, request)
    }

    fn query(&mut self, _caller: Caller, vm: VmId) -> Result<VmSummary, Refusal> {
        self.registry.query(vm)
    }

    fn list(&mut self, _caller: Caller) -> u64 {
        self.registry.list()
    }
}
