//! Actors: what is scheduled.

use bulkhead_abi::limits::{MAX_TASKS, MAX_VCPUS};

/// The first actor that is a vCPU.
#[expect(clippy::cast_possible_truncation, reason = "asserted below")]
const FIRST_VCPU: u16 = MAX_TASKS as u16;
const _: () = assert!(MAX_ACTORS <= u16::MAX as usize, "each actor has a number");

/// Actors of a system.
pub const MAX_ACTORS: usize = MAX_TASKS + MAX_VCPUS;

/// A task or a vCPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ActorId(pub u16);

impl ActorId {
    /// The actor of a task.
    #[must_use]
    pub const fn task(task: u16) -> Self {
        Self(task)
    }

    /// The actor of a vCPU.
    #[must_use]
    pub const fn vcpu(vcpu: u16) -> Self {
        Self(FIRST_VCPU + vcpu)
    }

    /// Whose actor this is.
    #[must_use]
    pub const fn kind(self) -> ActorKind {
        if self.0 < FIRST_VCPU { ActorKind::Task(self.0) } else { ActorKind::Vcpu(self.0 - FIRST_VCPU) }
    }

    /// As a table index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Whose actor it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorKind {
    /// A task's.
    Task(u16),
    /// A vCPU's.
    Vcpu(u16),
}
