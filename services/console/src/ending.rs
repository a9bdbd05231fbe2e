//! The machine's end: what waits for the port is sent first, within bounds.

use crate::{Console, Nanos};

/// The machine ends and all was well.
pub const GOOD_END: u8 = 0;
/// The machine ends because something failed.
pub const BAD_END: u8 = 1;
/// How long the end waits for a port that is slow or does not take any more. Nanoseconds.
pub const END_PATIENCE: u64 = 3_000_000_000;

/// The end that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ending {
    code: u8,
    deadline: Nanos,
}

impl Console {
    /// Asks for the machine's end with this code. Asked twice, the first deadline holds, and the worse code.
    pub fn end_machine(&mut self, code: u8, now: Nanos) {
        let first = Ending { code, deadline: now.after(END_PATIENCE) };
        let ending = self.ending.get_or_insert(first);
        ending.code = ending.code.max(code);
    }

    /// The code with which the machine is to be ended now: nothing waits any more, or it has waited long enough.
    /// `log_is_read`: there is no more text in the log.
    #[must_use]
    pub fn end_due(&self, log_is_read: bool, now: Nanos) -> Option<u8> {
        let ending = self.ending?;
        let is_drained = log_is_read
            && self.log.is_empty()
            && self.announcements.is_empty()
            && self.screen.is_empty()
            && self.streams.iter().all(|stream| stream.output.is_empty());
        (is_drained || ending.deadline <= now).then_some(ending.code)
    }

    /// Gives the end up: this console may not end the machine. Tells the user so.
    pub fn refuse_end(&mut self) {
        self.ending = None;
        self.announcements.say(format_args!("this console may not power the machine off"));
    }

    /// When the end has waited long enough.
    pub(crate) fn end_deadline(&self) -> Option<Nanos> {
        self.ending.map(|ending| ending.deadline)
    }
}
