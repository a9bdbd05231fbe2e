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
        /// Reads what the caller lent: the value of the status, and the sum of the bytes.
        LeaseSum = lease_sum(lease: u32, offset: u32, length: u32) -> (u32, u32);
        /// Writes ascending bytes from `first` on into what the caller lent: the value of the status.
        LeaseFill = lease_fill(lease: u32, offset: u32, length: u32, first: u8) -> u32;
        /// Which life of the server answers, and how many requests it has received before.
        Life = life() -> (u32, u32);
        /// Answers after so many microseconds of work.
        Work = work(microseconds: u32) -> ();
    }
}
