//! Text of the system's log on its way to the screen, as far as it is wanted there.

use bulkhead_abi::message::LOG_MARKS;
use bulkhead_protocol::terminal::LogLevel;

/// Bytes of the log that may wait.
pub const LOG_TEXT: usize = 2048;

/// Log text that is not yet on the screen.
#[derive(Debug, Default)]
pub struct LogText {
    waiting: heapless::Deque<u8, LOG_TEXT>,
    lines: usize,
    next: u64,
    lost: u64,
    /// Lines of less importance are left out.
    level: LogLevel,
    /// Whether the line under way is shown, once a byte of it has come.
    shown: Option<bool>,
}

impl LogText {
    /// Nothing has been read.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            waiting: heapless::Deque::new(),
            lines: 0,
            next: 0,
            lost: 0,
            level: LogLevel::Info,
            shown: None,
        }
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

    /// How much of the log is shown.
    #[must_use]
    pub const fn level(&self) -> LogLevel {
        self.level
    }

    /// Shows only so much of the lines that come from now on.
    pub const fn set_level(&mut self, level: LogLevel) {
        self.level = level;
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
            if !self.accept_byte(*byte) {
                break;
            }
            self.next = self.next.saturating_add(1);
        }
    }

    /// Takes or leaves out a byte; false if there is no room for it.
    fn accept_byte(&mut self, byte: u8) -> bool {
        let is_mark = self.shown.is_none() && LOG_MARKS.contains(&byte);
        let of_line = match byte {
            _ if !is_mark => LogLevel::Info,
            1 => LogLevel::Error,
            _ => LogLevel::Warning,
        };
        let level = self.level;
        let shown = *self.shown.get_or_insert(of_line <= level);
        if shown && !is_mark {
            if self.waiting.push_back(byte).is_err() {
                return false;
            }
            self.lines = self.lines.saturating_add(usize::from(byte == b'\n'));
        }
        if byte == b'\n' {
            self.shown = None;
        }
        true
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
