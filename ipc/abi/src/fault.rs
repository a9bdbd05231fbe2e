//! What the core records about a task that it stopped.

use crate::id::{CpuId, Generation, TaskId};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Exit code of a server whose committed state is of no valid device: another life from the same state would end the
/// same way.
pub const EXIT_INVALID_STATE: u32 = 0x5354_4154;

/// Why a task was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum FaultKind {
    /// It was not.
    None = 0,
    /// A CPU exception: `code` is the vector, `error` the error code, `address` CR2 for page faults.
    Exception = 1,
    /// A page fault in the guard below the stack: `address`.
    StackOverflow = 2,
    /// It called `panic`; the message is in the record.
    Panic = 3,
    /// It called `exit` with `code`.
    Exited = 4,
    /// It did not end an event by its deadline: `code` is the caller's task number.
    Deadline = 5,
    /// It answered an exit with something that is no answer: `code` is the disposition.
    BadReply = 6,
    /// It asked for a commit that does not fit or names lines that are not its own: `code` says which part.
    BadCommit = 7,
    /// It answered an exit with [`Stop`](crate::exit::Disposition::Stop), and no life before had: `code` is the low half of
    /// the reason. Its next life is asked.
    GaveUp = 8,
    /// The core stopped it because the manifest asks for faults: `code` is the number of the
    /// [`InjectKind`](crate::inject::InjectKind). Never in a production system.
    Injected = 9,
}

impl FaultKind {
    /// The kind of this value; unknown values are `None`.
    #[must_use]
    pub const fn from_value(value: u32) -> Self {
        match value {
            1 => Self::Exception,
            2 => Self::StackOverflow,
            3 => Self::Panic,
            4 => Self::Exited,
            5 => Self::Deadline,
            6 => Self::BadReply,
            7 => Self::BadCommit,
            8 => Self::GaveUp,
            9 => Self::Injected,
            _ => Self::None,
        }
    }
}

/// The typed remains of a task's last life.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct FaultRecord {
    /// A [`FaultKind`].
    pub kind: u32,
    /// See [`FaultKind`].
    pub code: u32,
    /// Error code of an exception.
    pub error: u64,
    /// Faulting address.
    pub address: u64,
    /// Time-stamp counter.
    pub time: u64,
    /// rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8 … r15.
    pub registers: [u64; 16],
    /// Instruction pointer.
    pub rip: u64,
    /// Flags.
    pub rflags: u64,
    /// The first words above the stack pointer, as far as they are in the stack.
    pub stack: [u64; 16],
    /// Who.
    pub task: TaskId,
    /// Where it ran.
    pub cpu: CpuId,
    /// Which life ended.
    pub generation: Generation,
    /// Kind of the event under way, or 0.
    pub event_kind: u32,
    /// Its interface.
    pub event_interface: u32,
    /// Valid bytes of its message.
    pub event_length: u32,
    /// Its flags: [`EVENT_REPEAT`](crate::message::EVENT_REPEAT) or 0.
    pub event_flags: u32,
    /// Its token.
    pub event_token: u64,
    /// Its message.
    pub event_message: [u8; crate::limits::MAX_MESSAGE],
    /// Text of a panic, NUL padded.
    pub text: [u8; 160],
}

const _: () = assert!(size_of::<FaultRecord>() <= crate::message::BULK);

/// What a task is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum TaskPhase {
    /// Ready or running.
    Runnable = 0,
    /// Blocked in `recv` or `wait`.
    Waiting = 1,
    /// Blocked in a call.
    Calling = 2,
    /// Stopped by a fault.
    Faulted = 3,
    /// Not of this system.
    Absent = 4,
}

/// A task as the supervisor sees it, or who may look only.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct TaskStatus {
    /// A [`TaskPhase`].
    pub phase: u32,
    /// A [`FaultKind`] if it is faulted.
    pub fault: u32,
    /// Which life.
    pub generation: Generation,
    /// Who.
    pub task: TaskId,
    /// Where.
    pub cpu: CpuId,
    /// Time-stamp counter at the start of this life.
    pub started: u64,
    /// Time-stamp ticks for which it ran since boot, in all its lives.
    pub ran: u64,
    /// Physical interrupts that it was told of since boot.
    pub interrupts: u64,
    /// Scheduling priority.
    pub priority: u32,
    /// Pages of its stack.
    pub stack_pages: u32,
    /// Bytes at the low end of the page that the call names which nobody has written to in this life; 0 if there is no
    /// such page. A stack grows down, so the page that comes first is the last to be used.
    pub stack_untouched: u32,
    /// Capability slots.
    pub slots: u32,
    /// Its name, NUL padded.
    pub name: [u8; crate::limits::MAX_NAME],
}
