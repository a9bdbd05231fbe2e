//! What a simulation saw.

/// A time that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// Of what.
    pub kind: Kind,
    /// Whose: for requests, the server's.
    pub actor: usize,
    /// Microseconds.
    pub took: u64,
}

/// What a time is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// From a whole budget until all of it was used, by an actor that always wants to run.
    Budget,
    /// From waking up until as much as a budget at the most was worked off, by an actor that sleeps now and then.
    Burst,
    /// From the receipt of a request to its reply.
    Event,
    /// From a call to its reply.
    Request,
}
