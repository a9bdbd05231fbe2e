//! The supervisor: tells the VM manager which device servers it has given up, and starts them anew when it is asked.
//!
//! A failure stays until it is settled, so a VM manager that dies while it deals with one finds it again.

use bulkhead_abi::id::TaskId;
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
    /// Why.
    pub cause: Cause,
    /// It was started anew in this period already, and that did not help.
    pub again: bool,
}

interface! {
    /// Requests to the supervisor.
    "supervisor" = 7 {
        /// A failure that nobody has settled yet.
        NextFailure = next_failure() -> Option<Failure>;
        /// The VM's policy for this task's failure was carried out.
        Settle = settle(task: TaskId) -> ();
        /// Starts a task that stays dead without its committed state, and settles its failure; false if it does not
        /// stay dead, or cannot be started.
        Revive = revive(task: TaskId) -> bool;
        /// How often a task was started after its first life; 0 if there is no such task.
        Restarts = restarts(task: TaskId) -> u32;
    }
}
