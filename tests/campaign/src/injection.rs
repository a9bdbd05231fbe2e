//! One fault on its way to its server.

use crate::fault::{FaultKind, Server};

/// A fault, where it hits, and how long the server is dead after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Injection {
    /// What.
    pub kind: FaultKind,
    /// Into whom.
    pub server: Server,
    /// It hits the event with this number, or the first after it that it can hit.
    pub event: u64,
    /// In which call of the event.
    pub call: u32,
    /// Which bit, which variant.
    pub detail: u64,
    /// Further deaths of the same kind, one in each repeat of the event.
    pub again: u32,
    /// Turns of the scheduler until the server is restarted.
    pub rest: u32,
}

/// What became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    /// It has hit.
    pub(crate) hit: bool,
    /// The core or the server itself has noticed: a life ended.
    pub(crate) noticed: bool,
    /// Something of others changed with it.
    pub(crate) spilled: bool,
    /// No life could begin from the committed state any more.
    pub(crate) unrestorable: bool,
    /// Turns of the scheduler from the death to the end of the server's next event.
    pub(crate) recovery: Option<u64>,
    /// Deaths of the server.
    pub(crate) deaths: u32,
}
