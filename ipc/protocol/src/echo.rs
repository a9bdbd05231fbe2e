//! An interface for tests and measurements: it says back what it hears.

use crate::Bytes;

interface! {
    /// Requests to an echo server.
    "echo" = 6 {
        /// The same bytes.
        Echo = echo(bytes: Bytes<31>) -> Bytes<31>;
        /// Never answers: for deadlines.
        Hang = hang() -> ();
        /// Panics: for dead peers.
        Die = die() -> ();
    }
}
