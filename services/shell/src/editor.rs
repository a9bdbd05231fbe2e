//! The line under the cursor, and what the terminal must be sent so that it shows it.
//!
//! Only printing characters, backspaces and carriage returns are sent: every terminal understands them.

use core::fmt::{self, Write};

/// Characters of the longest line.
pub const LONGEST_LINE: usize = 120;

/// A line that is being typed. Invariant: the cursor is not behind the end.
#[derive(Debug, Default)]
pub(crate) struct Editor {
    text: heapless::String<LONGEST_LINE>,
    cursor: usize,
}

impl Editor {
    pub(crate) const fn new() -> Self {
        Self { text: heapless::String::new(), cursor: 0 }
    }

    /// All of the line.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What is before the cursor.
    pub(crate) fn before_cursor(&self) -> &str {
        self.text.get(..self.cursor).unwrap_or_default()
    }

    fn behind_cursor(&self) -> &str {
        self.text.get(self.cursor..).unwrap_or_default()
    }

    /// Empties the line without a word to the terminal.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.cursor = 0;
    }

    /// Shows prompt and line again, over whatever is in this row of the screen.
    pub(crate) fn reprint(&self, prompt: &str, out: &mut dyn Write) -> fmt::Result {
        write!(out, "\r{prompt}{}", self.text)?;
        back(self.behind_cursor().len(), out)
    }

    /// Inserts a text at the cursor; what does not fit is left out.
    pub(crate) fn insert(&mut self, text: &str, out: &mut dyn Write) -> fmt::Result {
        let room = LONGEST_LINE.saturating_sub(self.text.len());
        let fitting = text.get(..text.len().min(room)).unwrap_or_default();
        let mut whole = heapless::String::new();
        for part in [self.before_cursor(), fitting, self.behind_cursor()] {
            let _ = whole.push_str(part);
        }
        self.text = whole;
        self.cursor = self.cursor.saturating_add(fitting.len());
        write!(out, "{fitting}{}", self.behind_cursor())?;
        back(self.behind_cursor().len(), out)
    }

    /// Deletes so many characters before the cursor.
    pub(crate) fn delete_before(&mut self, count: usize, out: &mut dyn Write) -> fmt::Result {
        let count = count.min(self.cursor);
        let mut whole = heapless::String::new();
        let kept = self.cursor.saturating_sub(count);
        for part in [self.text.get(..kept).unwrap_or_default(), self.behind_cursor()] {
            let _ = whole.push_str(part);
        }
        let tail = self.behind_cursor().len();
        self.text = whole;
        self.cursor = kept;
        back(count, out)?;
        write!(out, "{}", self.behind_cursor())?;
        blank(count, out)?;
        back(tail, out)
    }

    /// Deletes so many characters behind the cursor.
    pub(crate) fn delete_behind(&mut self, count: usize, out: &mut dyn Write) -> fmt::Result {
        let count = count.min(self.behind_cursor().len());
        self.move_by(count, true, out)?;
        self.delete_before(count, out)
    }

    /// Deletes the word before the cursor and the blanks behind it.
    pub(crate) fn delete_word(&mut self, out: &mut dyn Write) -> fmt::Result {
        let before = self.before_cursor();
        let kept = before.trim_end().rfind(' ').map_or(0, |blank| blank.saturating_add(1));
        self.delete_before(before.len().saturating_sub(kept), out)
    }

    /// Moves the cursor by so many characters, right or left, as far as there are any.
    pub(crate) fn move_by(&mut self, count: usize, right: bool, out: &mut dyn Write) -> fmt::Result {
        if right {
            let passed =
                self.behind_cursor().get(..count.min(self.behind_cursor().len())).unwrap_or_default();
            write!(out, "{passed}")?;
            self.cursor = self.cursor.saturating_add(passed.len());
            Ok(())
        } else {
            let count = count.min(self.cursor);
            self.cursor = self.cursor.saturating_sub(count);
            back(count, out)
        }
    }

    /// Puts another line in the place of this one.
    pub(crate) fn replace(&mut self, text: &str, out: &mut dyn Write) -> fmt::Result {
        self.move_by(usize::MAX, true, out)?;
        self.delete_before(usize::MAX, out)?;
        self.insert(text, out)
    }
}

fn back(count: usize, out: &mut dyn Write) -> fmt::Result {
    (0..count).try_for_each(|_| out.write_char('\u{8}'))
}

/// Blanks so many characters from the cursor on, and comes back.
fn blank(count: usize, out: &mut dyn Write) -> fmt::Result {
    (0..count).try_for_each(|_| out.write_char(' '))?;
    back(count, out)
}
