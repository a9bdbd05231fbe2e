//! The VM manager: calls that move a VM through its life.

use bulkhead_abi::id::VmId;
use postcard::experimental::max_size::MaxSize;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// Where a VM is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, MaxSize, Schema)]
pub enum VmState {
    /// Holds nothing.
    PoweredOff,
    /// Devices, vCPUs and images are in place; nothing has run.
    Created,
    /// Its vCPUs run.
    Started,
    /// Its vCPUs are held between two instructions.
    Paused,
}

/// Who owns a VM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, MaxSize, Schema)]
pub enum VmKind {
    /// Started at boot by the system.
    PreLaunched,
    /// Started at boot by the system, allowed to manage post-launched VMs; at most one.
    Service,
    /// Created at run time on behalf of the service VM.
    PostLaunched,
}

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, MaxSize, Schema)]
pub enum VmRequest {
    /// Build devices, vCPUs and memory.
    Create,
    /// Let it run.
    Start,
    /// Hold it.
    Pause,
    /// Let it go on.
    Resume,
    /// Back to the state after create.
    Reset,
    /// Power it off, whatever it is doing.
    Shutdown,
    /// Ask the guest to power itself off (ACPI power button).
    AskShutdown,
    /// Forget it (post-launched only).
    Destroy,
}

/// Why a VM is in its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, MaxSize, Schema)]
pub enum StateReason {
    /// Nothing has happened yet.
    Boot,
    /// A request over the interface, or the system at boot.
    Requested,
    /// The guest entered ACPI S5.
    GuestPowerOff,
    /// The guest asked for a reset.
    GuestReset,
    /// A vCPU took a triple fault.
    TripleFault,
    /// A vCPU left the guest in a way that nobody handles.
    UnhandledExit,
    /// The CPU refused the guest's state.
    EntryRefused,
    /// Create failed: an image was refused.
    ImageRefused,
    /// A device server is dead and will not be restarted.
    ServerLost,
    /// All vCPUs halted with interrupts off.
    HaltedForEver,
    /// The core refused a step of create or reset.
    CoreRefused,
    /// The VM manager died in the middle of a reset or shutdown.
    Interrupted,
}

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub enum Refusal {
    /// There is no such VM.
    UnknownVm,
    /// Not from this state.
    WrongState {
        /// Where the VM is.
        state: VmState,
        /// What was asked.
        request: VmRequest,
    },
    /// VMs of this kind do not take this request.
    WrongKind {
        /// The VM's kind.
        kind: VmKind,
        /// What was asked.
        request: VmRequest,
    },
    /// The caller may not do this.
    NotAllowed,
    /// An image was refused.
    Image(crate::loader::LoadError),
    /// A device server did not answer: its place in the VM's list.
    Server(u8),
    /// The core refused a step: the value of its status.
    Core(u8),
}

/// A VM's record, the part that fits a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct VmSummary {
    /// Which.
    pub vm: VmId,
    /// Owner.
    pub kind: VmKind,
    /// Where it is in its life.
    pub state: VmState,
    /// Why.
    pub reason: StateReason,
    /// vCPUs.
    pub vcpus: u8,
    /// Device servers.
    pub servers: u8,
    /// MiB of RAM.
    pub memory_mib: u32,
    /// How often it was started.
    pub starts: u32,
    /// How often it was reset.
    pub resets: u32,
}

interface! {
    /// Requests to the VM manager.
    "registry" = 5 {
        /// Moves a VM; its new state.
        Move = request(vm: VmId, request: VmRequest) -> Result<VmState, Refusal>;
        /// A VM's record.
        Query = query(vm: VmId) -> Result<VmSummary, Refusal>;
        /// The VMs that exist, as a mask: bit n is VM n.
        List = list() -> u64;
    }
}
