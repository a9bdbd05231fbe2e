//! An answer page by page, for terminals that cannot be scrolled back.

use core::fmt::{Result, Write};

/// A terminal with somebody at it.
pub trait Terminal: Write {
    /// Waits for a byte of input; nothing if none comes in a long time.
    fn key(&mut self) -> Option<u8>;
}

/// What is shown at the end of a page.
const MORE: &str = "-- more: space, Enter for a line, q to end --";
/// The console asks for the line again that others have interrupted.
const REPRINT: u8 = 0x12;
const CONTROL_C: u8 = 0x03;

/// Stops after each page and waits for a key.
pub(crate) struct Pager<'t> {
    terminal: &'t mut dyn Terminal,
    /// Lines of a page; 0 does not stop.
    page: u16,
    /// Lines that are left on this page.
    left: u16,
    /// The rest is not wanted.
    ended: bool,
}

impl<'t> Pager<'t> {
    pub(crate) fn new(terminal: &'t mut dyn Terminal, page: u16) -> Self {
        Self { terminal, page, left: page, ended: false }
    }

    /// The page is full, and more comes.
    fn wait(&mut self) -> Result {
        self.terminal.write_str(MORE)?;
        let key = loop {
            match self.terminal.key() {
                Some(REPRINT) => write!(self.terminal, "\r{MORE}")?,
                key => break key,
            }
        };
        match key {
            None | Some(b'q' | b'Q' | CONTROL_C) => self.ended = true,
            Some(b'\r' | b'\n') => self.left = 1,
            Some(_) => self.left = self.page,
        }
        write!(self.terminal, "\r{:1$}\r", "", MORE.len())
    }
}

impl Write for Pager<'_> {
    fn write_str(&mut self, text: &str) -> Result {
        for piece in text.split_inclusive('\n') {
            if self.page > 0 && self.left == 0 && !self.ended {
                self.wait()?;
            }
            if self.ended {
                return Ok(());
            }
            self.terminal.write_str(piece)?;
            if piece.ends_with('\n') {
                self.left = self.left.saturating_sub(1);
            }
        }
        Ok(())
    }
}
