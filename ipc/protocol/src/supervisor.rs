//! The supervisor: tells the VM manager which device servers it has given up, and starts them anew when it is asked.
//!
//! A failure stays until it is settled, so a VM manager that dies while it deals with one finds it again.

use bulkhead_abi::id::{Generation, TaskId};
use postcard::experimental::max_size::MaxSize;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// Why a task is not started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub enum Cause {
    /// It has used up the restarts of its period.
    LimitReached,
    /// Its committed state is of no valid device: every further life would end at its start.
    InvalidState,
    /// The core refused to start it.
    Refused,
}

/// A device server that stays dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct Failure {
    /// Which.
    pub task: TaskId,
    /// Its life that was the last one.
    pub life: Generation,
    /// Why.
    pub cause: Cause,
    /// It was started anew in this period already, and that did not help.
    pub again: bool,
    /// It was started anew since, because of this failure.
    pub revived: bool,
}

interface! {
    /// Requests to the supervisor.
    "supervisor" = 7 {
        /// The first failure that nobody has settled yet, among those of this task and the tasks behind it.
        NextFailure = next_failure(from: TaskId) -> Option<Failure>;
        /// The VM's policy for the failure of this task after this life was carried out.
        Settle = settle(task: TaskId, life: Generation) -> ();
        /// Starts a task that stays dead, or waits for its next life, without its committed state; false if it does
        /// neither, or cannot be started.
        Revive = revive(task: TaskId) -> bool;
        /// How often a task was started after its first life; 0 if there is no such task.
        Restarts = restarts(task: TaskId) -> u32;
    }
}
