//! The screen: bytes on their way to the serial port, and whose line the cursor is in.

use crate::Nanos;
use crate::output::{LONGEST_WAIT, PARTIAL_LINE};

/// Bytes that may wait for the serial port.
pub const SCREEN: usize = 16 * 1024;
/// Room that the beginning of a line needs: a line break, the longest name in its brackets, and a first byte.
const LINE_START: usize = 2 + bulkhead_protocol::config::NAME + 3 + 2;

/// Who writes a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    /// The console itself.
    Console,
    /// The system's log.
    Log,
    /// A stream, by its index.
    Stream(usize),
}

/// The line in which the cursor is.
#[derive(Debug, Clone, Copy)]
struct Line {
    writer: Writer,
    /// When its newest byte came.
    newest: Nanos,
    /// Since when its bytes have come without a pause.
    since: Nanos,
}

impl Line {
    /// Another byte of it comes now.
    fn goes_on(&mut self, now: Nanos) {
        if self.newest.after(PARTIAL_LINE) <= now {
            self.since = now;
        }
        self.newest = now;
    }
}

/// The screen.
#[derive(Debug)]
pub struct Screen {
    waiting: heapless::Deque<u8, SCREEN>,
    /// `None` at the start of a line.
    line: Option<Line>,
    /// Bytes of that line.
    column: usize,
}

impl Default for Screen {
    fn default() -> Self {
        Self::new()
    }
}

impl Screen {
    /// An empty screen.
    #[must_use]
    pub const fn new() -> Self {
        Self { waiting: heapless::Deque::new(), line: None, column: 0 }
    }

    /// Takes the next byte for the serial port.
    pub fn take(&mut self) -> Option<u8> {
        self.waiting.pop_front()
    }

    /// Nothing waits for the serial port.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    fn room(&self) -> usize {
        SCREEN.saturating_sub(self.waiting.len())
    }

    /// Can a line be begun now?
    pub(crate) fn has_room_for_a_line_start(&self) -> bool {
        self.room() >= LINE_START
    }

    /// Is there room for one more byte, with the carriage return that it may need?
    pub(crate) fn has_room_for_a_byte(&self) -> bool {
        self.room() >= 2
    }

    /// The writer of the line in which the cursor is; `None` at the start of a line.
    pub(crate) fn line(&self) -> Option<Writer> {
        self.line.map(|line| line.writer)
    }

    /// Until when the line in which the cursor is waits for its next byte, so that nobody else interrupts it.
    pub(crate) fn held_until(&self) -> Option<Nanos> {
        self.line.map(|line| line.newest.after(PARTIAL_LINE).min(line.since.after(LONGEST_WAIT)))
    }

    pub(crate) const fn column(&self) -> usize {
        self.column
    }

    /// The current line may go on as if it were new.
    pub(crate) const fn restart_column(&mut self) {
        self.column = 0;
    }

    /// Makes sure that the cursor is in a line of this writer; one that has to be begun starts with the prefix.
    pub(crate) fn begin(&mut self, writer: Writer, prefix: &str, now: Nanos) {
        if let Some(line) = self.line.as_mut().filter(|line| line.writer == writer) {
            line.goes_on(now);
            return;
        }
        if self.line.is_some() {
            self.put(b'\r');
            self.put(b'\n');
        }
        if !prefix.is_empty() {
            self.put(b'[');
            prefix.bytes().for_each(|byte| self.put(byte));
            self.put(b']');
            self.put(b' ');
        }
        self.line = Some(Line { writer, newest: now, since: now });
        self.column = 0;
    }

    /// A byte of the current line as it is; a newline ends the line.
    pub(crate) fn put_byte(&mut self, byte: u8) {
        self.put(byte);
        self.column = self.column.saturating_add(1);
        if byte == b'\n' {
            self.line = None;
        }
    }

    /// A byte of text whose lines end with a newline alone.
    pub(crate) fn put_text(&mut self, byte: u8) {
        if byte == b'\n' {
            self.put(b'\r');
        }
        self.put_byte(byte);
    }

    fn put(&mut self, byte: u8) {
        // Callers ask for room first.
        let _ = self.waiting.push_back(byte);
    }
}
