//! What is at the other end of the serial line.

use bulkhead_protocol::stream::{CHUNK, Client};
use bulkhead_protocol::{Bytes, Transport};

/// A byte stream in both directions with the rules of `bulkhead_protocol::stream`: each byte has a position for
/// ever, so a repeated request has no second effect. `None` is a peer that does not answer now; the UART asks again.
pub trait Backend {
    /// Offers output whose first byte has this position; the position after the last byte that was accepted.
    fn write(&mut self, position: u64, bytes: &[u8]) -> Option<u64>;

    /// Input from this position on, as much as there is or fits; what lies before it may be forgotten.
    fn read(&mut self, position: u64) -> Option<heapless::Vec<u8, CHUNK>>;

    /// Where the peer is: output accepted, input forgotten. For a UART that starts without a memory.
    fn positions(&mut self) -> Option<(u64, u64)>;
}

/// The console's end, called through a slot.
#[derive(Debug, Clone, Copy)]
pub struct StreamPeer<T>(pub Client<T>);

impl<T: Transport> Backend for StreamPeer<T> {
    fn write(&mut self, position: u64, bytes: &[u8]) -> Option<u64> {
        self.0.write(position, Bytes::from_prefix(bytes)).ok()
    }

    fn read(&mut self, position: u64) -> Option<heapless::Vec<u8, CHUNK>> {
        heapless::Vec::from_slice(self.0.read(position).ok()?.as_slice()).ok()
    }

    fn positions(&mut self) -> Option<(u64, u64)> {
        self.0.positions().ok()
    }
}
