//! The published limits. The manifest checker enforces them and the core's tables are of these sizes.

/// Physical CPUs.
pub const MAX_CPUS: usize = 16;
/// Tasks of one system.
pub const MAX_TASKS: usize = 96;
/// Virtual machines of one system.
pub const MAX_VMS: usize = 8;
/// VMs that a system defines. Those that share a pool are one VM to the core.
pub const MAX_DEFINITIONS: usize = 16;
/// Virtual CPUs of all VMs together.
pub const MAX_VCPUS: usize = 32;
/// Capability slots of one task.
pub const MAX_SLOTS: usize = 96;
/// Pages of a task's stack.
pub const MAX_STACK_PAGES: u32 = 1024;
/// Memory segments (text, data, …) of one task.
pub const MAX_SEGMENTS: usize = 6;
/// Port and MMIO routes of one VM.
pub const MAX_ROUTES: usize = 48;
/// CPUID entries of one VM.
pub const MAX_CPUID_ENTRIES: usize = 64;
/// Faults that a system can order to be injected.
pub const MAX_INJECTIONS: usize = 128;
/// Bytes of a request or a reply.
pub const MAX_MESSAGE: usize = 128;
/// Bytes that a task may keep in its committed state.
pub const MAX_COMMITTED: usize = 2048;
/// Bytes of one commit patch.
pub const MAX_PATCH: usize = 1024;
/// Interrupt messages that may leave with one commit.
pub const MAX_INTERRUPTS: usize = 16;
/// Leases that one call may lend.
pub const MAX_LEASES: usize = 2;
/// Bytes that one lease transfer moves at the most.
pub const MAX_LEASE_TRANSFER: usize = 4096;
/// Scheduling priorities: 0 (lowest) to `PRIORITIES - 1`.
pub const PRIORITIES: usize = 64;
/// Bytes of a name in the compiled manifest, NUL padded.
pub const MAX_NAME: usize = 24;
/// Bytes of one line that a task logs.
pub const MAX_LOG_LINE: usize = 240;
