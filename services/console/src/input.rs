//! Input for one stream that its guest has not taken yet.

use bulkhead_protocol::Bytes;
use bulkhead_protocol::stream::CHUNK;

/// Bytes that may wait for one stream.
pub const INPUT: usize = 1024;

/// A stream's input.
#[derive(Debug, Default)]
pub struct Input {
    waiting: heapless::Deque<u8, INPUT>,
    /// Position of the oldest byte; what lies before is forgotten. `None` until the reader is first heard of.
    forgotten: Option<u64>,
    dropped: u64,
}

impl Input {
    /// A stream that has not been heard of.
    #[must_use]
    pub const fn new() -> Self {
        Self { waiting: heapless::Deque::new(), forgotten: None, dropped: 0 }
    }

    /// A byte has come; false if there was no room and it is lost.
    pub fn push(&mut self, byte: u8) -> bool {
        let fits = self.waiting.push_back(byte).is_ok();
        self.dropped = self.dropped.saturating_add(u64::from(!fits));
        fits
    }

    /// Bytes from this position on; what lies before it is forgotten. A position that was forgotten already, or that
    /// no byte has reached, has none.
    pub fn read(&mut self, position: u64) -> Bytes<CHUNK> {
        // After a restart of the console the reader knows best how far it has come.
        let forgotten = *self.forgotten.get_or_insert(position);
        let taken = position.checked_sub(forgotten).and_then(|taken| usize::try_from(taken).ok());
        let Some(taken) = taken.filter(|taken| *taken <= self.waiting.len()) else { return Bytes::new() };
        for _ in 0..taken {
            self.waiting.pop_front();
        }
        self.forgotten = Some(position);
        let mut bytes = Bytes::new();
        for byte in self.waiting.iter().take(CHUNK) {
            bytes.push(*byte);
        }
        bytes
    }

    /// How far input was forgotten. From now on positions are counted from there.
    pub fn position(&mut self) -> u64 {
        *self.forgotten.get_or_insert(0)
    }

    /// Bytes lost because there was no room.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }
}
