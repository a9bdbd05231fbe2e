//! A task as the core knows it.

use crate::arch::context::TaskContext;
use crate::memory::{TaskMemory, direct};
use bulkhead_abi::fault::{FaultKind, FaultRecord};
use bulkhead_abi::image::SlotRecord;
use bulkhead_abi::message::{LineChange, MessagePage};
use bulkhead_model::sched::ActorId;

/// What a task is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Not of this system.
    Absent,
    /// Ready or running.
    Runnable,
    /// In `recv` or `reply_recv`.
    Receiving,
    /// In `wait` for one of these bits.
    Waiting(u64),
    /// In `call`; its [`ClientState`](super::ClientState) says where.
    Calling,
    /// In `vm_stop` for this VM.
    Stopping(u16),
    /// Stopped by a fault.
    Faulted,
}

/// The event that a task has received and not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnderWay {
    /// None.
    Nothing,
    /// A client's request or exit.
    Client(ActorId),
    /// A signal.
    Signal(Signals),
    /// The deadline of `recv` passed.
    Timeout,
    /// A client's request or exit that nobody waits for any more.
    Abandoned,
}

/// What a task hears without a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signals {
    /// Notification bits.
    pub(crate) bits: u64,
    /// Edges of the lines of its VM; `level` is not used here.
    pub(crate) lines: LineChange,
    /// Ended level-triggered vectors.
    pub(crate) eoi: [u64; 4],
}

impl Signals {
    pub(crate) const NONE: Self =
        Self { bits: 0, lines: LineChange { level: 0, rose: 0, fell: 0 }, eoi: [0; 4] };

    pub(crate) fn is_none(&self) -> bool {
        self.bits == 0 && self.lines.rose | self.lines.fell == 0 && self.eoi == [0; 4]
    }

    /// Adds what another one says.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.bits |= other.bits;
        self.lines.rose |= other.lines.rose;
        self.lines.fell |= other.lines.fell;
        for (to, from) in self.eoi.iter_mut().zip(other.eoi) {
            *to |= from;
        }
    }
}

/// A task.
pub(crate) struct Task {
    pub(crate) phase: Phase,
    /// Its next life begins as soon as no CPU is in ring 3 with this one: with or without the committed state.
    pub(crate) restart: Option<bool>,
    /// A CPU is in ring 3 with it right now.
    pub(crate) in_ring3: bool,
    pub(crate) memory: TaskMemory,
    /// Which life.
    pub(crate) generation: u32,
    /// Lives in a row that ended without having ended an event or waited for one.
    pub(crate) fruitless: u32,
    /// When this life began.
    pub(crate) started: u64,
    /// When the event under way, or the start of a life, has taken too long; 0 is never.
    pub(crate) event_due: u64,
    /// When `recv` or `wait` ends; 0 is never.
    pub(crate) deadline: u64,
    /// How long the handling of an event without a client may take, in time-stamp ticks.
    pub(crate) signal_patience: u64,
    /// Signals that were not delivered yet.
    pub(crate) signals: Signals,
    pub(crate) under_way: UnderWay,
    /// Number of the event under way, or of the last one.
    pub(crate) token: u64,
    /// Number of the signal event that was under way when the last life ended; 0 if there is none to repeat.
    pub(crate) repeat: u64,
    /// Valid bytes of the committed state.
    pub(crate) committed: u32,
    /// The VM whose lines and local APICs it drives.
    pub(crate) vm: u16,
    /// Its own lines of that VM.
    pub(crate) lines: u64,
    /// Physical interrupts that it was told of.
    pub(crate) interrupts: u64,
    /// It may use ports.
    pub(crate) has_ports: bool,
    /// Its capabilities.
    pub(crate) slots: &'static [SlotRecord],
    /// Why it was stopped.
    pub(crate) fault: FaultKind,
    /// The remains of the last life; an arena page of its own.
    pub(crate) record: *mut FaultRecord,
}

impl Task {
    pub(crate) const fn new() -> Self {
        Self {
            phase: Phase::Absent,
            restart: None,
            in_ring3: false,
            memory: TaskMemory::NONE,
            generation: 0,
            fruitless: 0,
            started: 0,
            event_due: 0,
            deadline: 0,
            signal_patience: 0,
            signals: Signals::NONE,
            under_way: UnderWay::Nothing,
            token: 0,
            repeat: 0,
            committed: 0,
            vm: u16::MAX,
            lines: 0,
            interrupts: 0,
            has_ports: false,
            slots: &[],
            fault: FaultKind::None,
            record: core::ptr::null_mut(),
        }
    }

    /// Its message page.
    pub(crate) fn page(&mut self) -> &mut MessagePage {
        // SAFETY: a page of the arena that belongs to this task and is initialised; any bytes are valid. The task
        // itself writes to it only while it runs, and then the core does not look at it: what the core reads is
        // read once, after the task has entered the core.
        unsafe { &mut *self.page_pointer() }
    }

    /// Where its message page is.
    pub(crate) fn page_pointer(&self) -> *mut MessagePage {
        direct::<MessagePage>(self.memory.message)
    }

    /// Its registers.
    pub(crate) fn context(&mut self) -> &mut TaskContext {
        // SAFETY: a page of the arena that belongs to this task; the entry code writes to it only when the task
        // enters the core, before anybody looks.
        unsafe { &mut *self.context_pointer() }
    }

    /// Where its registers are.
    pub(crate) fn context_pointer(&self) -> *mut TaskContext {
        direct::<TaskContext>(self.memory.context)
    }

    /// The remains of its last life.
    pub(crate) fn record(&mut self) -> &mut FaultRecord {
        // SAFETY: an arena page that belongs to this task; any bytes are valid.
        unsafe { &mut *self.record }
    }
}
