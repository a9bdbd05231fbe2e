//! A VM's record, in parts that fit messages.

use super::{Severity, StateReason, VmKind, VmNumber, VmState};
use crate::Text;
use crate::config::{BootProtocol, Module, ServerKind};
use bulkhead_abi::id::{CpuId, Slot, TaskId, VcpuId, VmId};
use bulkhead_abi::limits::MAX_NAME;
use postcard::experimental::max_size::MaxSize;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// A VM in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct VmLine {
    /// Which.
    pub vm: VmNumber,
    /// Its name.
    pub name: Text<MAX_NAME>,
    /// Who owns it.
    pub kind: VmKind,
    /// Where it is in its life.
    pub state: VmState,
}

/// What VMs can be made from at run time: memory, vCPUs and servers for one VM at a time, and what is run with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct Definition {
    /// Its number.
    pub definition: u8,
    /// The name of VMs made from it.
    pub name: Text<MAX_NAME>,
    /// The VM of the core that it is made of. Definitions with the same one share a pool.
    pub place: VmId,
    /// MiB of RAM.
    pub memory_mib: u32,
    /// vCPUs.
    pub vcpus: u8,
    /// The VM that holds its memory, vCPUs and servers: one of this definition, or of another in the same pool.
    pub in_use: Option<VmNumber>,
}

/// What a VM is, and where it is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct VmSummary {
    /// Which.
    pub vm: VmNumber,
    /// Its name.
    pub name: Text<MAX_NAME>,
    /// Its number in the core, by which routes, lines and vCPUs are its own.
    pub place: VmId,
    /// Owner.
    pub kind: VmKind,
    /// How much depends on it.
    pub severity: Severity,
    /// Where it is in its life.
    pub state: VmState,
    /// Why.
    pub reason: StateReason,
    /// It was asked to shut down and has not yet.
    pub is_asked: bool,
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
    /// How often one of its device servers began another life.
    pub server_restarts: u32,
    /// How often it was created: which life this is.
    pub generation: u32,
    /// Exits of its vCPUs in this life.
    pub exits: u64,
}

/// A vCPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct VcpuLine {
    /// Its number across all VMs.
    pub vcpu: VcpuId,
    /// Its number within the VM: its local APIC identifier.
    pub local: u8,
    /// Where it runs.
    pub cpu: CpuId,
}

/// What a range of guest-physical addresses is (ACPI specification, "Address Range Types").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct E820Line {
    /// First byte.
    pub base: u64,
    /// Bytes.
    pub length: u64,
    /// 1 RAM, 2 reserved, 3 ACPI reclaimable.
    pub kind: u32,
}

/// RAM of a VM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct MemoryLine {
    /// First guest-physical address.
    pub base: u64,
    /// Bytes.
    pub length: u64,
}

/// A device server of a VM. Its place in the list is its number in [`PortLine`] and [`MmioLine`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct ServerLine {
    /// What it is.
    pub kind: ServerKind,
    /// The task behind it.
    pub task: TaskId,
    /// Call slot of the manager.
    pub slot: Slot,
    /// It stays dead.
    pub is_lost: bool,
    /// Lives that it has begun after its first; what the supervisor says.
    pub restarts: u32,
}

/// Ports and who answers for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct PortLine {
    /// First port.
    pub first: u16,
    /// Last port.
    pub last: u16,
    /// Which server of the VM.
    pub server: u8,
}

/// Addresses and who answers for them, behind the instruction emulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct MmioLine {
    /// First byte.
    pub base: u64,
    /// Bytes.
    pub length: u64,
    /// Which server of the VM.
    pub server: u8,
}

/// An answer to CPUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct CpuidLine {
    /// EAX of the question.
    pub leaf: u32,
    /// ECX of the question; `None` where it does not matter.
    pub subleaf: Option<u32>,
    /// EAX, EBX, ECX, EDX.
    pub values: [u32; 4],
}

/// What reading a model-specific register gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub enum MsrRead {
    /// #GP(0).
    Fault,
    /// Always this value.
    Fixed(u64),
    /// What the vCPU holds.
    Vcpu,
}

/// What writing a model-specific register does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub enum MsrWrite {
    /// #GP(0).
    Fault,
    /// Nothing.
    Ignored,
    /// The vCPU's register changes.
    Vcpu,
}

/// The policy for a range of model-specific registers. All others fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct MsrLine {
    /// First.
    pub first: u32,
    /// Last.
    pub last: u32,
    /// Reads.
    pub read: MsrRead,
    /// Writes.
    pub write: MsrWrite,
}

/// What the loader is told. Images are pieces of the system image's modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct LoaderLine {
    /// How the guest boots.
    pub protocol: BootProtocol,
    /// Its kernel.
    pub kernel: Module,
    /// Its initial RAM disk.
    pub ramdisk: Option<Module>,
    /// Its ACPI tables.
    pub acpi: Option<Module>,
    /// Bytes of its boot arguments.
    pub arguments: u16,
    /// Entry point, once the images are loaded.
    pub entry: Option<u64>,
}

/// Hashes of all that a VM consists of. Two VMs of the same definition whose hashes are equal will do the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct Fingerprint {
    /// Of the states of its devices.
    pub devices: u64,
    /// Of the registers and local APICs of its vCPUs.
    pub vcpus: u64,
    /// Of its RAM.
    pub memory: u64,
}

/// What the manager and the core hold for VMs, to be compared before and after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct Account {
    /// Records.
    pub vms: u16,
    /// VMs of the core in use by definitions.
    pub definitions: u16,
    /// VMs whose vCPUs may run.
    pub running: u16,
    /// Port routes in the core.
    pub routes: u16,
    /// CPUID entries in the core.
    pub cpuid: u16,
    /// vCPUs that a CPU may choose.
    pub queued: u16,
    /// vCPUs that wait for a server.
    pub waiting: u16,
    /// Interrupt lines that are high.
    pub lines: u16,
    /// Deadlines of VMs that were asked to shut down.
    pub deadlines: u16,
}
