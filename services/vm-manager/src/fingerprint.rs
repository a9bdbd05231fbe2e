//! What a VM consists of, as hashes: by them a second life is compared with the first.

use crate::platform::Platform;
use crate::record::Record;
use crate::steps::{core_refusal, status_of};
use bulkhead_abi::id::Slot;
use bulkhead_abi::syscall::Status;
use bulkhead_protocol::registry::{Fingerprint, Refusal, VmState};

impl Record<'_> {
    /// Hashes of a VM that was created and does not run.
    ///
    /// # Errors
    /// It is off or runs, or one of its servers does not answer.
    pub fn fingerprint<P: Platform>(&self, loader: Slot, platform: &mut P) -> Result<Fingerprint, Refusal> {
        if !matches!(self.state, VmState::Created | VmState::Paused) {
            return Err(Refusal::NotStill { state: self.state });
        }
        let mut devices = 0u64;
        for (place, server) in (0..=u8::MAX).zip(self.servers) {
            let hash = platform.server_hash(server.slot).map_err(|_| Refusal::Server(place))?;
            // Each device's hash counts at its place.
            devices = devices.rotate_left(7).wrapping_add(hash);
        }
        let hash = platform.vm_hash(loader, self.vm).map_err(|error| core_refusal(status_of(error)))?;
        let hash = hash.ok_or(core_refusal(Status::WrongState))?;
        Ok(Fingerprint { devices, vcpus: hash.vcpus, memory: hash.memory })
    }
}
