//! What the console says itself.

use core::fmt;

/// Bytes of own text that may wait.
const TEXT: usize = 2048;

/// Own text that is not yet on the screen. Always whole lines; a line that does not fit is left out.
#[derive(Debug)]
pub(crate) struct Announcements {
    waiting: heapless::Deque<u8, TEXT>,
}

impl Announcements {
    pub(crate) const fn new() -> Self {
        Self { waiting: heapless::Deque::new() }
    }

    /// Says one line.
    pub(crate) fn say(&mut self, text: fmt::Arguments<'_>) {
        let mut length = Length(0);
        let measured = fmt::write(&mut length, format_args!("[console] {text}\n"));
        if measured.is_ok() && length.0 <= TEXT.saturating_sub(self.waiting.len()) {
            let _ = fmt::write(self, format_args!("[console] {text}\n"));
        }
    }

    pub(crate) fn take(&mut self) -> Option<u8> {
        self.waiting.pop_front()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

impl fmt::Write for Announcements {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().try_for_each(|byte| self.waiting.push_back(byte)).map_err(|_| fmt::Error)
    }
}

/// Measures text.
struct Length(usize);

impl fmt::Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.saturating_add(text.len());
        Ok(())
    }
}
