//! A device server as the bench core knows it: what survives its lives, and the life it has.

use crate::life::{Life, Start};
use bulkhead_abi::exit::VcpuExit;
use bulkhead_abi::limits::MAX_COMMITTED;
use bulkhead_abi::message::LineChange;
use std::collections::VecDeque;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use vdev::Nanos;

/// What a task hears without a caller.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Signals {
    pub(crate) bits: u64,
    /// Edges; `level` is not used here.
    pub(crate) lines: LineChange,
    pub(crate) eoi: [u64; 4],
}

impl Signals {
    pub(crate) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.bits |= other.bits;
        self.lines.rose |= other.lines.rose;
        self.lines.fell |= other.lines.fell;
        for (to, from) in self.eoi.iter_mut().zip(other.eoi) {
            *to |= from;
        }
    }
}

/// Who waits for an answer, and what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Client {
    Vcpu(VcpuExit),
    Task { interface: u16, message: Vec<u8> },
}

/// The event that a task has received and not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UnderWay {
    Nothing,
    Client(Client),
    Signal(Signals),
    Timeout,
}

/// A task.
pub(crate) struct Task {
    pub(crate) start: Start,
    /// Its life; `None` while it is dead.
    pub(crate) life: Option<Box<dyn Life>>,
    /// Turns of the scheduler until it is restarted.
    pub(crate) rest: u32,
    /// It dies so often at its start.
    pub(crate) stillborn: u32,
    pub(crate) committed: Box<[u8; MAX_COMMITTED]>,
    pub(crate) committed_length: usize,
    /// Clients, each with the number of its event if an earlier life has received it, or 0.
    pub(crate) senders: VecDeque<(Client, u64)>,
    pub(crate) signals: Signals,
    pub(crate) under_way: UnderWay,
    /// Number of the event under way, or of the last one; numbers given so far.
    pub(crate) token: u64,
    pub(crate) tokens: u64,
    /// Number of a signal that was under way when the last life ended, or 0.
    pub(crate) repeat: u64,
    pub(crate) wake: Option<Nanos>,
    /// Its own lines of the VM.
    pub(crate) lines: u64,
    /// Notify slots that it has.
    pub(crate) slots: u64,
    pub(crate) hears_lines: bool,
    pub(crate) generation: u32,
    /// Events that it has received.
    pub(crate) events: u64,
    /// When it died last, in turns of the scheduler, if it has not ended an event since.
    pub(crate) died: Option<u64>,
}

impl Task {
    pub(crate) fn new(start: Start, lines: u64) -> Self {
        Self {
            start,
            life: None,
            rest: 0,
            stillborn: 0,
            committed: Box::new([0; MAX_COMMITTED]),
            committed_length: 0,
            senders: VecDeque::new(),
            signals: Signals::default(),
            under_way: UnderWay::Nothing,
            token: 0,
            tokens: 0,
            repeat: 0,
            wake: None,
            lines,
            slots: 0,
            hears_lines: false,
            generation: 0,
            events: 0,
            died: None,
        }
    }

    /// Has it something to do at this time?
    pub(crate) fn is_ready(&self, now: Nanos) -> bool {
        self.life.is_none() || self.has_work(now)
    }

    /// Does an event wait for it?
    pub(crate) fn has_work(&self, now: Nanos) -> bool {
        !self.signals.is_none() || !self.senders.is_empty() || self.wake.is_some_and(|wake| wake <= now)
    }

    /// The bytes that only the core writes.
    pub(crate) fn committed(&self) -> &[u8] {
        &self.committed[..self.committed_length]
    }

    pub(crate) fn hash_committed(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.committed().hash(&mut hasher);
        hasher.finish()
    }
}
