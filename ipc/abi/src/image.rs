//! The system image: the compiled manifest, the tasks' programs and the guests' images, as the core finds them.
//!
//! The file starts with an [`ImageHeader`] and is page-aligned in memory. All offsets count from its first byte.
//! The part up to `core_length` is what the core keeps mapped; the modules behind it are mapped only into tasks
//! whose manifest grants them.

use crate::id::{CpuId, Slot, TaskId, VmId};
use crate::layout::{GuestPiece, PAGE, guest_memory};
use crate::limits::MAX_NAME;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// First bytes of an image.
pub const MAGIC: [u8; 8] = *b"BULKHEAD";
/// What an identifier field holds when there is none.
pub const NONE: u16 = u16::MAX;

/// A table of records.
#[derive(Debug, Clone, Copy, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct TableRef {
    /// Offset of the first record; a multiple of 8.
    pub offset: u32,
    /// Records.
    pub count: u32,
}

/// The image's first bytes.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ImageHeader {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// [`ABI_VERSION`](crate::ABI_VERSION) of the builder.
    pub abi_version: u32,
    /// `size_of::<ImageHeader>()`.
    pub header_length: u32,
    /// Bytes of the whole image.
    pub total_length: u64,
    /// Bytes of the part that the core keeps mapped; a multiple of the page size.
    pub core_length: u64,
    /// SHA-256 of the manifest's text, for people and tools.
    pub manifest_digest: [u8; 32],
    /// CPUs that the manifest names.
    pub cpus: u32,
    /// The task that is told about faults.
    pub supervisor: TaskId,
    /// Zero.
    pub reserved: u16,
    /// [`TaskRecord`]s.
    pub tasks: TableRef,
    /// [`SegmentRecord`]s.
    pub segments: TableRef,
    /// [`SlotRecord`]s.
    pub slots: TableRef,
    /// [`PortRange`]s.
    pub ports: TableRef,
    /// [`VmRecord`]s.
    pub vms: TableRef,
    /// [`VcpuRecord`]s.
    pub vcpus: TableRef,
    /// [`MountRecord`]s.
    pub mounts: TableRef,
    /// [`IrqRecord`]s.
    pub irqs: TableRef,
    /// [`InjectRecord`]s. None in a production system.
    pub injections: TableRef,
    /// Name of the system, NUL padded.
    pub name: [u8; MAX_NAME],
}

/// A run of records of another table.
#[derive(Debug, Clone, Copy, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Span {
    /// Index of the first.
    pub first: u32,
    /// How many.
    pub count: u32,
}

/// A task.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct TaskRecord {
    /// Its name, NUL padded.
    pub name: [u8; MAX_NAME],
    /// First instruction.
    pub entry: u64,
    /// Its memory.
    pub segments: Span,
    /// Its capabilities; slot n is the n-th.
    pub slots: Span,
    /// Ports that it may use directly.
    pub ports: Span,
    /// Guest memory and modules that it sees.
    pub mounts: Span,
    /// Offset of its configuration.
    pub config_offset: u32,
    /// Bytes of its configuration.
    pub config_length: u32,
    /// Pages of its stack.
    pub stack_pages: u32,
    /// Budget per period in microseconds; 0 means no bound.
    pub budget_us: u32,
    /// Period in microseconds.
    pub period_us: u32,
    /// The VM whose interrupt lines and local APICs it may drive, or [`NONE`].
    pub vm: VmId,
    /// Where it runs.
    pub cpu: CpuId,
    /// Lines of that VM that it owns: bit n is line n.
    pub lines: u64,
    /// Scheduling priority; greater runs first.
    pub priority: u8,
    /// 1: interrupt controller: is told about line changes and EOIs of its VM.
    pub flags: u8,
    /// Zero.
    pub reserved: [u8; 2],
    /// Bound of the handling of an event that nobody waits for, in microseconds.
    pub signal_deadline_us: u32,
}

/// Flag of [`TaskRecord::flags`]: is told about all line changes of its VM.
pub const TASK_HEARS_LINES: u8 = 1;
/// Flag of [`TaskRecord::flags`]: is told about EOIs of level-triggered interrupts of its VM.
pub const TASK_HEARS_EOI: u8 = 2;

/// A piece of a task's memory.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct SegmentRecord {
    /// Page-aligned address in the task.
    pub address: u64,
    /// Bytes in memory.
    pub memory_length: u64,
    /// Where its initial bytes are.
    pub file_offset: u32,
    /// How many; the rest is zero.
    pub file_length: u32,
    /// 1: writable; 2: executable; never both.
    pub flags: u32,
    /// Zero.
    pub reserved: u32,
}

/// Flag of [`SegmentRecord::flags`].
pub const SEGMENT_WRITE: u32 = 1;
/// Flag of [`SegmentRecord::flags`].
pub const SEGMENT_EXECUTE: u32 = 2;

/// What a slot names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum SlotKind {
    /// Nothing.
    Empty = 0,
    /// Call task `target`, interface `argument`, badge `badge`.
    Call = 1,
    /// Set bit `argument` of task `target`'s notification word.
    Notify = 2,
    /// Interrupt `target` of the image's table.
    Irq = 3,
    /// VM `target` with rights `argument`.
    Vm = 4,
    /// Status, fault records and restart of all tasks.
    Supervise = 5,
    /// Read the log.
    Log = 6,
    /// Power the machine off.
    Platform = 7,
    /// Status of all tasks, and nothing else.
    Inspect = 8,
}

impl SlotKind {
    /// The kind of this value.
    #[must_use]
    pub const fn from_value(value: u16) -> Option<Self> {
        Some(match value {
            0 => Self::Empty,
            1 => Self::Call,
            2 => Self::Notify,
            3 => Self::Irq,
            4 => Self::Vm,
            5 => Self::Supervise,
            6 => Self::Log,
            7 => Self::Platform,
            8 => Self::Inspect,
            _ => return None,
        })
    }
}

/// A capability.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct SlotRecord {
    /// A [`SlotKind`].
    pub kind: u16,
    /// Task, VM or interrupt.
    pub target: u16,
    /// Interface, bit or rights.
    pub argument: u32,
    /// Number that the target sees.
    pub badge: u16,
    /// Zero.
    pub reserved: u16,
    /// Bound of a call through this slot, in microseconds.
    pub deadline_us: u32,
    /// For calls: schema hash with which the caller was built.
    pub caller_schema: u64,
    /// For calls: schema hash with which the server was built.
    pub server_schema: u64,
}

/// Ports that a task may use.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct PortRange {
    /// First port.
    pub first: u16,
    /// Last port.
    pub last: u16,
}

/// A VM.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct VmRecord {
    /// Its name, NUL padded.
    pub name: [u8; MAX_NAME],
    /// Bytes of RAM; a multiple of 2 MiB.
    pub memory: u64,
    /// Its vCPUs.
    pub vcpus: Span,
    /// The task that is told about its events, or [`NONE`].
    pub manager: TaskId,
    /// Bit of the manager's notification word.
    pub manager_bit: u16,
    /// Pages of ROM.
    pub rom_pages: u16,
    /// Zero.
    pub reserved: u16,
}

impl VmRecord {
    /// Its RAM and ROM.
    #[must_use]
    pub const fn pieces(&self) -> [GuestPiece; 3] {
        guest_memory(self.memory, self.rom_pages as u64 * PAGE)
    }

    /// Bytes of RAM and ROM.
    #[must_use]
    pub const fn total_memory(&self) -> u64 {
        let [low, high, rom] = self.pieces();
        low.length + high.length + rom.length
    }
}

/// A vCPU.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct VcpuRecord {
    /// Its VM.
    pub vm: VmId,
    /// Where it runs.
    pub cpu: CpuId,
    /// Scheduling priority.
    pub priority: u8,
    /// Zero.
    pub reserved: [u8; 3],
    /// Budget per period in microseconds; 0 means no bound.
    pub budget_us: u32,
    /// Period in microseconds.
    pub period_us: u32,
}

/// What a mount shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum MountKind {
    /// The RAM of VM `target`, writable.
    GuestMemory = 0,
    /// The image's modules, read-only.
    Modules = 1,
}

/// Memory beside its own that a task sees.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct MountRecord {
    /// A [`MountKind`].
    pub kind: u16,
    /// The VM.
    pub target: u16,
    /// 1: writable.
    pub writable: u32,
}

/// A physical interrupt.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct IrqRecord {
    /// ISA interrupt (0 to 15), before the firmware's overrides.
    pub isa: u16,
    /// The task that handles it.
    pub task: TaskId,
    /// Bit of its notification word.
    pub bit: u16,
    /// The slot by which it acknowledges.
    pub slot: Slot,
}

/// Faults to inject into a task. Either at events, by chance, or by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct InjectRecord {
    /// Kinds to choose from: bit n is kind n of [`InjectKind`](crate::inject::InjectKind).
    pub kinds: u64,
    /// Start of the random numbers.
    pub seed: u64,
    /// The victim.
    pub task: TaskId,
    /// Zero.
    pub reserved: u16,
    /// One event in so many; 0 if time decides.
    pub rate: u32,
    /// The time between two faults in microseconds; 0 if events decide.
    pub every_us: u32,
    /// Events to let pass before the first fault.
    pub first: u32,
    /// Faults at the most.
    pub limit: u32,
    /// Zero.
    pub reserved_end: u32,
}

/// A name, NUL padded; longer names are cut.
#[must_use]
pub fn padded_name(name: &str) -> [u8; MAX_NAME] {
    let mut padded = [0; MAX_NAME];
    for (to, from) in padded.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    padded
}

/// The text of a padded name.
#[must_use]
pub fn name_text(padded: &[u8]) -> &str {
    let end = padded.iter().position(|byte| *byte == 0).unwrap_or(padded.len());
    padded.get(..end).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or("?")
}
