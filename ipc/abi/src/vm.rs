//! What a VM's manager tells the core about it, and what the core tells back.

use crate::id::Slot;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

bitflags::bitflags! {
    /// What a slot that names a VM allows.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct VmRights: u32 {
        /// Reset, routes, CPUID, run, stop, status.
        const MANAGE = 1;
        /// Inject interrupt messages.
        const INJECT = 2;
        /// Read and write the registers of its vCPUs, and reach their local APICs.
        const REGISTERS = 4;
        /// Read the registers and the status of its vCPUs.
        const INSPECT = 8;
    }
}

/// Which accesses a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum RouteSpace {
    /// Ports: `first` to `last`.
    Port = 0,
    /// Everything in guest-physical space without memory, and string I/O: the instruction emulator.
    Undecoded = 1,
    /// Acknowledgement of external interrupts: the 8259A.
    InterruptAcknowledge = 2,
}

/// A range of a VM and the server behind it.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Route {
    /// A [`RouteSpace`].
    pub space: u32,
    /// First port.
    pub first: u16,
    /// Last port.
    pub last: u16,
    /// A call slot of the installing task whose target takes the accesses.
    pub target: Slot,
    /// Zero.
    pub reserved: [u16; 3],
}

/// One answer to CPUID.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct CpuidEntry {
    /// Leaf (EAX).
    pub leaf: u32,
    /// Subleaf (ECX); [`CpuidEntry::ANY`] where the leaf has none.
    pub subleaf: u32,
    /// Result.
    pub eax: u32,
    /// Result.
    pub ebx: u32,
    /// Result.
    pub ecx: u32,
    /// Result.
    pub edx: u32,
}

impl CpuidEntry {
    /// Subleaf of an entry that answers for all subleaves.
    pub const ANY: u32 = u32::MAX;
    /// Entries that fit one `vm_cpuid` call; more need the `first` argument.
    pub const PER_CALL: usize = crate::message::BULK / size_of::<Self>();
}

bitflags::bitflags! {
    /// What has happened to a VM since its last `vm_reset`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct VmEvents: u32 {
        /// A vCPU took a triple fault.
        const TRIPLE_FAULT = 1;
        /// A vCPU left the guest in a way that nobody handles; `detail` is the exit.
        const UNHANDLED_EXIT = 2;
        /// A server stopped a vCPU; `detail` is its reason.
        const STOPPED_BY_SERVER = 4;
        /// The CPU refused the guest's state; `detail` is the code.
        const ENTRY_REFUSED = 8;
        /// All vCPUs halted with interrupts off.
        const HALTED_FOR_EVER = 16;
    }
}

/// A VM as the core sees it.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct VmStatus {
    /// A [`VmEvents`] word.
    pub events: u32,
    /// 1 while the vCPUs may run.
    pub running: u32,
    /// Detail of the last event.
    pub detail: u64,
    /// vCPU of the last event, its number within the VM.
    pub vcpu: u32,
    /// vCPUs of this VM.
    pub vcpus: u32,
    /// Exits since the last `vm_reset`.
    pub exits: u64,
    /// Instruction pointer at the last event.
    pub rip: u64,
    /// Levels of its interrupt lines.
    pub lines: u64,
    /// Port routes that are installed.
    pub routes: u32,
    /// CPUID entries that are installed.
    pub cpuid: u32,
    /// vCPUs that a CPU may choose next.
    pub queued: u32,
    /// vCPUs that wait for a server.
    pub waiting: u32,
    /// Time-stamp ticks for which a vCPU has run since it last took an interrupt; of the vCPU with the most.
    pub deaf: u64,
    /// What the manager said with the last `vm_reset`; 0 before the first.
    pub mark: u64,
}
