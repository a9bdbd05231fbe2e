//! What the supervisor is told: how each task is kept alive.

use super::{FailurePolicy, MachineEnd};
use bulkhead_abi::id::{Slot, TaskId};
use bulkhead_abi::limits::MAX_TASKS;
use serde::{Deserialize, Serialize};

/// Restart policy of one task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestartPolicy {
    /// Which.
    pub task: TaskId,
    /// Pause before the first restart in a period; doubles with each further one. Microseconds.
    pub backoff_us: u32,
    /// Restarts in a period; one more fault and the task stays dead.
    pub limit: u16,
    /// The period. Milliseconds.
    pub period_ms: u32,
    /// What follows when it stays dead.
    pub on_failure: FailurePolicy,
}

/// The supervisor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supervisor {
    /// Slot with the right to supervise.
    pub supervise: Slot,
    /// Platform slot: used when a task that the system cannot do without stays dead.
    pub platform: Option<Slot>,
    /// How the console is asked to end the machine before that.
    pub end: MachineEnd,
    /// Notify slot of the VM manager: a device server stays dead.
    pub manager: Option<Slot>,
    /// One policy for each task.
    pub policies: heapless::Vec<RestartPolicy, MAX_TASKS>,
}
