//! The life of a VM in words: where it can be, what can be asked, why it is there, why not.

use super::{Role, VmNumber};
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
    /// Its vCPUs are held between two instructions, and its time stands still.
    Paused,
}

impl VmState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::PoweredOff, Self::Created, Self::Started, Self::Paused];
}

/// Who owns a VM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, MaxSize, Schema)]
pub enum VmKind {
    /// Started at boot by the system.
    PreLaunched,
    /// Started at boot by the system, allowed to manage post-launched VMs; at most one.
    Service,
    /// Made at run time from a definition of the manifest.
    PostLaunched,
}

impl VmKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::PreLaunched, Self::Service, Self::PostLaunched];
}

/// How much depends on a VM. A caller of the role [`Role::ServiceVm`] may act on VMs up to its own VM's severity.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, MaxSize, Schema,
)]
pub enum Severity {
    /// Any other.
    Standard,
    /// A service VM, unless the manifest says otherwise.
    Service,
    /// It has deadlines.
    RealTime,
    /// People may come to harm without it. Pre-launched VMs, unless the manifest says otherwise.
    Safety,
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

impl VmRequest {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Create,
        Self::Start,
        Self::Pause,
        Self::Resume,
        Self::Reset,
        Self::Shutdown,
        Self::AskShutdown,
        Self::Destroy,
    ];
}

/// What a reset keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, MaxSize, Schema)]
pub enum ResetKind {
    /// Nothing: as a VM that was never there before.
    Cold,
    /// The RAM outside of what the loader writes, and what a battery keeps (the real-time clock).
    Warm,
}

/// What follows a reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, MaxSize, Schema)]
pub enum AfterReset {
    /// The VM stays `Created`.
    Hold,
    /// The VM is started.
    Start,
}

/// How a VM is shut down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, MaxSize, Schema)]
pub enum ShutdownMode {
    /// The guest's ACPI power button is pressed. If the VM is not off after so many milliseconds, it is switched off;
    /// 0 is never.
    Asked {
        /// The guest's time to end itself.
        deadline_ms: u32,
    },
    /// It is switched off.
    Forced,
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
    /// It was asked to shut down and did not before its deadline.
    DeadlinePassed,
    /// A VM that it is to start after did not start.
    DependencyMissing,
    /// The last VM that matters has gone off, and the platform with it.
    PlatformOff,
    /// The service VM ends, and its post-launched VMs before it.
    ServiceVmEnds,
    /// A vCPU ran for longer than the VM's watchdog allows without taking an interrupt.
    WatchdogExpired,
}

/// States from which a request can be made, as a mask.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct States(u8);

impl States {
    /// With one more.
    #[must_use]
    pub const fn with(self, state: VmState) -> Self {
        Self(self.0 | 1 << state as u8)
    }

    /// Is it one of them?
    #[must_use]
    pub const fn contains(self, state: VmState) -> bool {
        self.0 & 1 << state as u8 != 0
    }
}

/// Roles that may make a request, as a mask.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct Roles(u8);

impl Roles {
    /// With one more.
    #[must_use]
    pub const fn with(self, role: Role) -> Self {
        Self(self.0 | 1 << role as u8)
    }

    /// Is it one of them?
    #[must_use]
    pub const fn contains(self, role: Role) -> bool {
        self.0 & 1 << role as u8 != 0
    }
}

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub enum Refusal {
    /// There is no such VM (any more).
    UnknownVm,
    /// There is no such definition.
    UnknownDefinition,
    /// Not from this state.
    WrongState {
        /// Where the VM is.
        state: VmState,
        /// What was asked.
        request: VmRequest,
        /// From where it can be asked.
        from: States,
    },
    /// VMs of this kind do not take this request.
    WrongKind {
        /// The VM's kind.
        kind: VmKind,
        /// What was asked.
        request: VmRequest,
    },
    /// The caller may not do this.
    NotAllowed {
        /// Who it is.
        caller: Role,
        /// Who may.
        may: Roles,
    },
    /// The VM's severity is above that of the caller's VM.
    TooSevere {
        /// The VM's.
        severity: Severity,
    },
    /// The definition's memory, vCPUs and servers are in use, by a VM of this definition or of another in the same pool.
    InUse {
        /// By this VM.
        by: VmNumber,
    },
    /// No number is left for another VM in this boot.
    Exhausted,
    /// What was asked for needs a VM that was created and does not run.
    NotStill {
        /// Where the VM is.
        state: VmState,
    },
    /// An image was refused.
    Image(crate::loader::LoadError),
    /// A device server did not answer: its place in the VM's list.
    Server(u8),
    /// The core refused a step: the value of its status.
    Core(u8),
}
