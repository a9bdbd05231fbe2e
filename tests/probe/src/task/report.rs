//! What a probe says: one line for each thing that it looked at, and one in the end.

use crate::task::system_call::exit;
use probe::script::Script;

/// The lines of one probe: `probe: <script>: <what>: ok`, or `FAILED`.
pub(super) struct Report<'a> {
    script: &'a str,
    failures: u32,
}

impl<'a> Report<'a> {
    /// Nothing was looked at yet.
    pub(super) fn new(script: Script<'a>) -> Self {
        Self { script: script.text(), failures: 0 }
    }

    /// Says whether something is as it must be.
    pub(super) fn check(&mut self, what: &str, is_good: bool) {
        if is_good {
            log::info!("probe: {}: {what}: ok", self.script);
        } else {
            self.fail(what, format_args!("no"));
        }
    }

    /// Says whether this is what was expected.
    pub(super) fn equal<T: PartialEq + core::fmt::Debug>(&mut self, what: &str, found: T, expected: T) {
        if found == expected {
            log::info!("probe: {}: {what}: ok", self.script);
        } else {
            self.fail(what, format_args!("{found:?}, expected {expected:?}"));
        }
    }

    /// Like `equal`, but silent if all is well: for what is looked at very often.
    pub(super) fn quietly<T: PartialEq + core::fmt::Debug>(&mut self, what: &str, found: T, expected: T) {
        if found != expected {
            self.fail(what, format_args!("{found:?}, expected {expected:?}"));
        }
    }

    fn fail(&mut self, what: &str, why: core::fmt::Arguments<'_>) {
        self.failures = self.failures.saturating_add(1);
        // A broken loop must not drown the log.
        if self.failures <= 10 {
            log::error!("probe: {}: {what}: FAILED: {why}", self.script);
        }
    }

    /// The last line; the judge sees the exit code.
    pub(super) fn end(&self) -> ! {
        if self.failures == 0 {
            log::info!("probe: {}: done: ok", self.script);
        } else {
            log::error!("probe: {}: done: FAILED ({} times)", self.script, self.failures);
        }
        exit(u32::from(self.failures > 0))
    }
}
