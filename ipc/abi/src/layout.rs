//! Where things are in a task's address space. Everything else there is unmapped.

/// Bytes of a page.
pub const PAGE: u64 = 4096;
/// First address of a task's program (its linker script starts here).
pub const PROGRAM: u64 = 0x0040_0000;
/// The task's [`MessagePage`](crate::message::MessagePage), readable and writable.
pub const MESSAGE_PAGE: u64 = 0x1000_0000;
/// The task's configuration, read-only: a postcard-encoded value of the type that its kind names.
pub const CONFIG: u64 = 0x1100_0000;
/// The committed state that the last life left, read-only; its length is in [`StartInfo`].
pub const COMMITTED: u64 = 0x1200_0000;
/// The [`StartInfo`] of this life, read-only.
pub const START_INFO: u64 = 0x1300_0000;
/// End of the stack; the pages below its size and above its end are unmapped.
pub const STACK_END: u64 = 0x2000_0000;
/// What every byte of a stack holds that its task has not written to.
pub const STACK_FILL: u8 = 0xa5;
/// The image's modules, read-only, for a task whose manifest grants them.
pub const MODULES: u64 = 0x4000_0000;
/// Guest memory of VM `n` starts at `GUEST_MEMORY + n * GUEST_MEMORY_STRIDE`, for a task whose manifest grants it.
/// Offsets in it are guest-physical addresses; RAM above 4 GiB keeps its guest-physical offset.
pub const GUEST_MEMORY: u64 = 0x0000_0100_0000_0000;
/// Distance between the windows of two VMs.
pub const GUEST_MEMORY_STRIDE: u64 = 0x0000_0010_0000_0000;
/// End of guest RAM below the 4 GiB hole; what is beyond continues at 4 GiB.
pub const LOW_MEMORY_END: u64 = 0xc000_0000;
/// End of the lower half: the first address that no task can name.
pub const USER_END: u64 = 0x0000_8000_0000_0000;

use crate::id::{Generation, TaskId};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// What the core tells a task at the start of each of its lives.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct StartInfo {
    /// Time-stamp counter ticks in a second.
    pub tsc_hz: u64,
    /// Time-stamp counter when the core came up: time zero of the system.
    pub tsc_boot: u64,
    /// Valid bytes at [`CONFIG`].
    pub config_len: u32,
    /// Valid bytes at [`COMMITTED`]; 0 if nothing was committed yet.
    pub committed_len: u32,
    /// Which life this is.
    pub generation: Generation,
    /// Who this is.
    pub task: TaskId,
    /// Zero.
    pub reserved: u16,
    /// The task's name, NUL padded.
    pub name: [u8; crate::limits::MAX_NAME],
}
