//! The scheduler: who runs on each CPU, and for how long.
//!
//! Tasks and vCPUs are *actors*. Each is pinned to a CPU and has a fixed priority; equals take turns; an actor with a
//! budget waits for its next period when the budget is spent. All of it is plain data over times that the caller gives,
//! so the simulation of the response-time analysis runs this very code.

mod account;
mod actor;
mod queues;
mod turns;

pub use account::{Account, Budget};
pub use actor::{ActorId, ActorKind, MAX_ACTORS};
pub use queues::RunQueues;
pub use turns::{Enqueued, Scheduler};
