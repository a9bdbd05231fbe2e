//! The rules of the protocol, each of which a test can take away.

/// What the core and the server keep to. `SOUND` is what they do; each test of a broken rule takes one away.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// The client is a vCPU, which is asked for nothing and waits for the next life; else a task, which is told and asks
    /// again.
    pub(crate) vcpu: bool,
    /// A task that was told of a death gives up.
    pub(crate) gives_up: bool,
    /// What was under way for a vCPU comes again.
    pub(crate) redelivers: bool,
    /// Commit and reply happen together.
    pub(crate) atomic: bool,
    /// The server knows a request that it has carried out.
    pub(crate) remembers: bool,
    /// The peer knows bytes that it has.
    pub(crate) has_positions: bool,
    /// Only the life that received an event can end it.
    pub(crate) checks_life: bool,
    /// Every event has a deadline in its server, with or without a client.
    pub(crate) times_all_events: bool,
    /// A request that was given up is followed by a reset: the server forgets what it has not sent, and asks the peer
    /// where it is.
    pub(crate) resets_after_errors: bool,
    /// A position that was asked for is committed before anything is sent from there.
    pub(crate) commits_positions: bool,
    /// A peer that has more than was offered has it from a life whose event comes again.
    pub(crate) trusts_repeats: bool,
    /// Deaths and hangs that may happen.
    pub(crate) faults: u8,
}

pub(crate) const SOUND: Rules = Rules {
    vcpu: true,
    gives_up: false,
    redelivers: true,
    atomic: true,
    remembers: true,
    has_positions: true,
    checks_life: true,
    times_all_events: true,
    resets_after_errors: true,
    commits_positions: true,
    trusts_repeats: true,
    faults: 3,
};
