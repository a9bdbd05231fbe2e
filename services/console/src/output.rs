//! Output of one stream that is not yet on the screen.

use crate::Nanos;
use bulkhead_protocol::stream::CHUNK;

/// Bytes that one stream may have waiting.
pub const OUTPUT: usize = 1024;
/// How long the beginning of a line waits for its next byte, before it is shown and before another line interrupts it.
/// Nanoseconds.
pub const PARTIAL_LINE: u64 = 50_000_000;
/// How long the beginning of a line waits at the most, however its bytes trickle in. Nanoseconds.
pub const LONGEST_WAIT: u64 = 500_000_000;

/// A stream's output.
#[derive(Debug, Default)]
pub struct Output {
    waiting: heapless::Deque<u8, OUTPUT>,
    /// Newlines in `waiting`.
    lines: usize,
    /// Position after the last byte accepted; `None` until the stream is first heard of.
    accepted: Option<u64>,
    /// When the oldest byte of `waiting` came to be the oldest.
    since: Nanos,
    /// When the newest byte came.
    newest: Nanos,
    /// The writer was told that there is no room.
    refused: bool,
}

impl Output {
    /// A stream that has not been heard of.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            waiting: heapless::Deque::new(),
            lines: 0,
            accepted: None,
            since: Nanos(0),
            newest: Nanos(0),
            refused: false,
        }
    }

    /// Appends bytes of which the first has this position; the position after the last byte accepted. A repeat is
    /// skipped, and nothing behind a gap is accepted.
    pub fn write(&mut self, position: u64, bytes: &[u8], now: Nanos) -> u64 {
        // After a restart of the console the writer knows best how far it has come.
        let mut accepted = *self.accepted.get_or_insert(position);
        let Some(known) = accepted.checked_sub(position) else { return accepted };
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        for byte in bytes.iter().skip(known) {
            if self.waiting.is_empty() {
                self.since = now;
            }
            if self.waiting.push_back(*byte).is_err() {
                self.refused = true;
                break;
            }
            self.newest = now;
            self.lines = self.lines.saturating_add(usize::from(*byte == b'\n'));
            accepted = accepted.saturating_add(1);
        }
        self.accepted = Some(accepted);
        accepted
    }

    /// How far output was accepted. From now on positions are counted from there.
    pub fn position(&mut self) -> u64 {
        *self.accepted.get_or_insert(0)
    }

    /// Takes the oldest byte.
    pub fn take(&mut self, now: Nanos) -> Option<u8> {
        let byte = self.waiting.pop_front()?;
        self.since = now;
        self.lines = self.lines.saturating_sub(usize::from(byte == b'\n'));
        Some(byte)
    }

    /// Nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// When a line should be begun for this. At any time for a whole line and for one that cannot become longer; after
    /// a pause for the beginning of a line whose end does not come (a prompt).
    #[must_use]
    pub fn ready_at(&self) -> Option<Nanos> {
        if self.lines > 0 || self.refused {
            return Some(Nanos(0));
        }
        let prompt = self.newest.after(PARTIAL_LINE).min(self.since.after(LONGEST_WAIT));
        (!self.waiting.is_empty()).then_some(prompt)
    }

    /// Is there room again, and has the writer been waiting for it? Says so once.
    pub fn take_room_again(&mut self) -> bool {
        let room = OUTPUT.saturating_sub(self.waiting.len());
        let again = self.refused && room >= CHUNK;
        self.refused &= !again;
        again
    }
}
