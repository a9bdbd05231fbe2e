//! The shell's line that somebody else's line has interrupted: the shell is asked to show it again.

use crate::Nanos;

/// What the shell gets as input when it should show its line again: Ctrl-R, the terminal's own key for that.
pub(crate) const REPRINT: u8 = 0x12;
/// How long the others must be silent first. Nanoseconds.
pub const QUIET: u64 = 100_000_000;

/// Whether the shell's line is to be shown again, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reprint {
    due: Option<Nanos>,
}

impl Reprint {
    pub(crate) const fn new() -> Self {
        Self { due: None }
    }

    /// Another line has interrupted the shell's.
    pub(crate) fn interrupted(&mut self, now: Nanos) {
        self.due = Some(now.after(QUIET));
    }

    /// Others still write.
    pub(crate) fn put_off(&mut self, now: Nanos) {
        self.due = self.due.map(|_| now.after(QUIET));
    }

    /// When the others have been silent for long enough.
    pub(crate) const fn due(&self) -> Option<Nanos> {
        self.due
    }

    /// Takes the wish to show the line again, if there is one.
    pub(crate) fn take(&mut self) -> bool {
        self.due.take().is_some()
    }

    /// The line is of no interest any more.
    pub(crate) fn forget(&mut self) {
        self.due = None;
    }
}
