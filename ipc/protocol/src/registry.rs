//! The VM manager: calls that move a VM through its life, and queries that give its whole record.

mod life;
mod record;
mod role;

pub use life::{
    AfterReset, Refusal, ResetKind, Roles, Severity, ShutdownMode, StateReason, States, VmKind, VmRequest,
    VmState,
};
pub use record::{
    Account, CpuidLine, Definition, E820Line, Fingerprint, LoaderLine, MemoryLine, MmioLine, MsrLine,
    MsrRead, MsrWrite, PortLine, ServerLine, VcpuLine, VmLine, VmSummary,
};
pub use role::Role;

use crate::{Bytes, Page};
use postcard::experimental::max_size::MaxSize;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// A VM of this boot. The number is never used again: not for another VM made from the same definition either.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, MaxSize, Schema,
)]
pub struct VmNumber(pub u32);

impl core::fmt::Display for VmNumber {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

interface! {
    /// Requests to the VM manager.
    ///
    /// The badge of the calling slot is the caller's [`Role`]. Lists come in pages: ask for the first with `from` 0,
    /// for the next with the number of items that came so far, until no more come.
    "registry" = 5 {
        /// Makes a VM from a definition and creates it. If it cannot be created, no VM was made.
        Make = make(definition: u8) -> Result<VmNumber, Refusal>;
        /// Builds devices, vCPUs and memory of a VM that is off; its new state.
        Create = create(vm: VmNumber) -> Result<VmState, Refusal>;
        /// Lets a created VM run; its new state.
        Start = start(vm: VmNumber) -> Result<VmState, Refusal>;
        /// Holds a VM that runs; its new state.
        Pause = pause(vm: VmNumber) -> Result<VmState, Refusal>;
        /// Lets a paused VM go on; its new state.
        Resume = resume(vm: VmNumber) -> Result<VmState, Refusal>;
        /// Puts a VM back to where it was after its creation; its new state.
        Reset = reset(vm: VmNumber, kind: ResetKind, then: AfterReset) -> Result<VmState, Refusal>;
        /// Shuts a VM down; its new state, which for a guest that was asked is still the old one.
        Shutdown = shutdown(vm: VmNumber, mode: ShutdownMode) -> Result<VmState, Refusal>;
        /// Forgets a post-launched VM that is off, and gives back to its definition or pool what it had.
        Destroy = destroy(vm: VmNumber) -> Result<(), Refusal>;

        /// The VMs that there are.
        List = list(from: u16) -> Page<VmLine, 3>;
        /// What VMs can be made from.
        Definitions = definitions(from: u16) -> Page<Definition, 3>;
        /// What a VM is, and where it is in its life.
        Query = query(vm: VmNumber) -> Result<VmSummary, Refusal>;
        /// Its vCPUs.
        Vcpus = vcpus(vm: VmNumber, from: u16) -> Result<Page<VcpuLine, 12>, Refusal>;
        /// Its RAM.
        Memory = memory(vm: VmNumber, from: u16) -> Result<Page<MemoryLine, 5>, Refusal>;
        /// Its memory map.
        E820 = e820(vm: VmNumber, from: u16) -> Result<Page<E820Line, 4>, Refusal>;
        /// Its device servers.
        Servers = servers(vm: VmNumber, from: u16) -> Result<Page<ServerLine, 8>, Refusal>;
        /// Its ports.
        Ports = ports(vm: VmNumber, from: u16) -> Result<Page<PortLine, 16>, Refusal>;
        /// Its MMIO windows.
        Windows = windows(vm: VmNumber, from: u16) -> Result<Page<MmioLine, 5>, Refusal>;
        /// What CPUID tells it.
        Cpuid = cpuid(vm: VmNumber, from: u16) -> Result<Page<CpuidLine, 3>, Refusal>;
        /// What its model-specific registers do.
        Msrs = msrs(vm: VmNumber, from: u16) -> Result<Page<MsrLine, 5>, Refusal>;
        /// What the loader is told.
        Loader = loader(vm: VmNumber) -> Result<LoaderLine, Refusal>;
        /// Its boot arguments from this byte on.
        Arguments = arguments(vm: VmNumber, from: u16) -> Result<Bytes<100>, Refusal>;
        /// Hashes of a VM that does not run. Reads all of its RAM, so the caller must be allowed to pause the VM.
        TakeFingerprint = fingerprint(vm: VmNumber) -> Result<Fingerprint, Refusal>;
        /// What is held for all VMs together.
        TakeAccount = account() -> Account;
    }
}
