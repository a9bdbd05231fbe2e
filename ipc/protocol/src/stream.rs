//! Byte streams between a guest's serial port and the console.
//!
//! Each direction counts its bytes from zero at the start of the system. A position names a byte for ever, so that
//! a repeated request has no second effect: bytes before the position that the receiver has are skipped.

use crate::Bytes;

/// Bytes of one transfer.
pub const CHUNK: usize = 64;

interface! {
    /// Requests to the console. The caller's badge says which stream.
    "stream" = 3 {
        /// Appends output whose first byte has this position; the position after the last byte that was accepted,
        /// which may be less than all if there is no room. The console notifies when there is room again.
        Write = write(position: u64, bytes: Bytes<CHUNK>) -> u64;
        /// Input from this position on; what lies before it is forgotten. The console notifies when there is more.
        Read = read(position: u64) -> Bytes<CHUNK>;
        /// Positions that the console has reached: output accepted, input forgotten. For a server without memory.
        Positions = positions() -> (u64, u64);
    }
}
