//! The lines that were entered, for the arrow keys.

use crate::LONGEST_LINE;

/// Lines that are remembered.
const LINES: usize = 16;

/// The last lines, and which of them is under the cursor.
#[derive(Debug, Default)]
pub(crate) struct History {
    lines: heapless::Deque<heapless::String<LONGEST_LINE>, LINES>,
    /// How many lines back the cursor is; 0 is the line that is being typed.
    back: usize,
}

impl History {
    pub(crate) const fn new() -> Self {
        Self { lines: heapless::Deque::new(), back: 0 }
    }

    /// Remembers a line that says something else than the last one.
    pub(crate) fn add(&mut self, line: &str) {
        self.back = 0;
        if line.trim().is_empty() || self.lines.back().is_some_and(|last| last.as_str() == line) {
            return;
        }
        if self.lines.is_full() {
            self.lines.pop_front();
        }
        if let Ok(line) = heapless::String::try_from(line) {
            let _ = self.lines.push_back(line);
        }
    }

    /// The line before the one under the cursor, if there is one.
    pub(crate) fn earlier(&mut self) -> Option<&str> {
        if self.back >= self.lines.len() {
            return None;
        }
        self.back = self.back.saturating_add(1);
        self.current()
    }

    /// The line behind the one under the cursor; behind the last one is an empty line.
    pub(crate) fn later(&mut self) -> Option<&str> {
        self.back = self.back.checked_sub(1)?;
        if self.back == 0 { Some("") } else { self.current() }
    }

    fn current(&self) -> Option<&str> {
        let index = self.lines.len().checked_sub(self.back)?;
        self.lines.iter().nth(index).map(heapless::String::as_str)
    }
}
