//! Text of the system's log on its way to the screen.

/// Bytes of the log that may wait.
pub const LOG_TEXT: usize = 2048;

/// Log text that is not yet on the screen.
#[derive(Debug, Default)]
pub struct LogText {
    waiting: heapless::Deque<u8, LOG_TEXT>,
    lines: usize,
    next: u64,
    lost: u64,
}

impl LogText {
    /// Nothing has been read.
    #[must_use]
    pub const fn new() -> Self {
        Self { waiting: heapless::Deque::new(), lines: 0, next: 0, lost: 0 }
    }

    /// Goes on where an earlier life of the console has stopped.
    pub fn resume(&mut self, position: u64) {
        self.next = position;
    }

    /// Position of the next byte that is wanted.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.next
    }

    /// Bytes that can be accepted.
    #[must_use]
    pub fn room(&self) -> usize {
        LOG_TEXT.saturating_sub(self.waiting.len())
    }

    /// Text whose first byte has this position; what was accepted before is skipped, what does not fit stays wanted.
    pub fn accept(&mut self, position: u64, text: &[u8]) {
        self.lost = self.lost.saturating_add(position.saturating_sub(self.next));
        self.next = self.next.max(position);
        let known = usize::try_from(self.next.saturating_sub(position)).unwrap_or(usize::MAX);
        for byte in text.iter().skip(known) {
            if self.waiting.push_back(*byte).is_err() {
                break;
            }
            self.lines = self.lines.saturating_add(usize::from(*byte == b'\n'));
            self.next = self.next.saturating_add(1);
        }
    }

    /// Takes the oldest byte.
    pub fn take(&mut self) -> Option<u8> {
        let byte = self.waiting.pop_front()?;
        self.lines = self.lines.saturating_sub(usize::from(byte == b'\n'));
        Some(byte)
    }

    /// Takes the number of bytes that were overwritten before they could be read.
    pub fn take_lost(&mut self) -> u64 {
        core::mem::take(&mut self.lost)
    }

    /// A whole line waits, or as much of one as ever can.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.lines > 0 || self.room() == 0
    }

    /// Nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}
