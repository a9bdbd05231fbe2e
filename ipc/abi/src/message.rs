//! The message page: one page per task, mapped in the task and known to the core.
//!
//! The task writes `send` and reads the rest; the core copies between pages of two tasks. Nothing in it is trusted
//! by the core: every length and count is checked when it is used.

use crate::limits::{MAX_INTERRUPTS, MAX_LEASES, MAX_LOG_LINE, MAX_MESSAGE, MAX_PATCH};
use crate::msi::Msi;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Memory that a blocked caller lends to the server of its call.
#[derive(Debug, Clone, Copy, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Lease {
    /// First byte, in the caller's address space.
    pub address: u64,
    /// Bytes.
    pub length: u32,
    /// 1: the server may read; 2: it may write; 3: both.
    pub rights: u32,
}

/// A change of the server's committed state.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Patch {
    /// Where in the committed state the bytes go.
    pub offset: u32,
    /// Valid bytes of `bytes`; 0 with `total` 0 means that nothing changes.
    pub length: u32,
    /// Length of the whole committed state after this patch; 0 means that it stays as it is.
    pub total: u32,
    /// Zero.
    pub reserved: u32,
    /// The bytes.
    pub bytes: [u8; MAX_PATCH],
}

/// What a task says in a call or at the end of an event.
#[derive(Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Send {
    /// The request of a call or the reply of an event.
    pub message: [u8; MAX_MESSAGE],
    /// Memory lent with a call.
    pub leases: [Lease; MAX_LEASES],
    /// Interrupt lines whose level this commit sets: bit n is line n of the task's VM.
    pub line_mask: u64,
    /// Their levels: 1 is asserted.
    pub line_level: u64,
    /// Lines of `line_mask` that additionally pulse: the line is seen to fall and rise again even if its level
    /// does not change (an edge that came and went within one event).
    pub line_pulse: u64,
    /// Notify slots to signal: bit n is slot n.
    pub notify: u64,
    /// Valid entries of `interrupts`.
    pub interrupt_count: u32,
    /// Zero.
    pub reserved: u32,
    /// Interrupt messages to the local APICs of the task's VM.
    pub interrupts: [Msi; MAX_INTERRUPTS],
    /// The change of the committed state.
    pub patch: Patch,
    /// Text for `log` and `panic`.
    pub log: [u8; MAX_LOG_LINE],
}

/// What an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum EventKind {
    /// The deadline of `recv` passed and nothing else came.
    Timeout = 0,
    /// A task's request: `message`, `interface`, `badge`.
    Request = 1,
    /// A vCPU's exit: `message` holds a [`VcpuExit`](crate::exit::VcpuExit).
    Exit = 2,
    /// Notifications, changes of lines or EOIs, without a caller: `bits`, `lines`, `eoi`.
    Signal = 3,
}

impl EventKind {
    /// The kind of this value; anything unknown is a timeout, which asks for nothing.
    #[must_use]
    pub const fn from_value(value: u32) -> Self {
        match value {
            1 => Self::Request,
            2 => Self::Exit,
            3 => Self::Signal,
            _ => Self::Timeout,
        }
    }
}

/// The event was under way when an earlier life of this task died.
pub const EVENT_REPEAT: u32 = 1;

/// What an interrupt controller is told about the lines of its VM.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct LineChange {
    /// Present levels: bit n is line n, 1 is asserted.
    pub level: u64,
    /// Lines that rose since the last event (a pulse shows here although `level` is 0).
    pub rose: u64,
    /// Lines that fell since the last event.
    pub fell: u64,
}

/// What a task is told.
#[derive(Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Event {
    /// An [`EventKind`].
    pub kind: u32,
    /// [`EVENT_REPEAT`] or 0. In a system with fault injection the upper bits may order a fault
    /// ([`order`](crate::inject::order)).
    pub flags: u32,
    /// Which of its interfaces the request is for: the index that the server's manifest entry gives it.
    pub interface: u16,
    /// Distinguishes the callers of one interface: the number that the manifest gives to the calling slot.
    pub badge: u16,
    /// Valid bytes of `message`.
    pub length: u32,
    /// Number of this event among all of this task's events; a repeat carries the number of the original.
    pub token: u64,
    /// Time-stamp counter at delivery. A device server lives in its VM's time, which stands still while the VM does not
    /// run: it is told that, counted from the time stamp of the system's boot, and its deadlines are taken as that.
    pub now: u64,
    /// Notification bits taken with this event.
    pub bits: u64,
    /// For interrupt controllers.
    pub lines: LineChange,
    /// For interrupt controllers: vectors (bit n of the 256) of level-triggered interrupts that a vCPU has ended.
    pub eoi: [u64; 4],
    /// Leases that came with the request.
    pub lease_length: [u32; MAX_LEASES],
    /// The request, or the exit.
    pub message: [u8; MAX_MESSAGE],
}

/// Bytes of the two bulk areas.
pub const BULK: usize = 1024;

/// The page itself.
#[derive(Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct MessagePage {
    /// Written by the task.
    pub send: Send,
    /// Written by the core: the event that `recv`, `reply_recv` returned.
    pub event: Event,
    /// Written by the core: the reply to a call.
    pub reply: [u8; MAX_MESSAGE],
    /// Written by the task: structs for `vm_*` and `vcpu_*` calls.
    pub bulk: [u8; BULK],
    /// Written by the core: results of calls that return a struct or text.
    pub reply_bulk: [u8; BULK],
}

const _: () = assert!(size_of::<MessagePage>() as u64 <= crate::layout::PAGE);

/// In the log, the first byte of a line that is no mere information: 1 an error, 2 a warning, as the `log` crate
/// numbers them. Nowhere else in the log.
pub const LOG_MARKS: core::ops::RangeInclusive<u8> = 1..=2;
