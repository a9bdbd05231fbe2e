//! The `log` crate's back end: lines of the system's log.

use crate::Kernel;
use bulkhead_abi::limits::MAX_LOG_LINE;
use core::fmt::Write;
use log::{LevelFilter, Log, Metadata, Record};

struct CoreLog;

static LOG: CoreLog = CoreLog;

impl Log for CoreLog {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let mut line = Line { bytes: [0; MAX_LOG_LINE], used: 0 };
        let _ = line.write_fmt(*record.args());
        Kernel.log(line.bytes.get(..line.used).unwrap_or(&[]), record.level() as u8);
    }

    fn flush(&self) {}
}

/// Sends what this task logs to the core from now on.
pub(crate) fn start() {
    if log::set_logger(&LOG).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
}

/// A line of bounded length: what does not fit is cut.
pub(crate) struct Line {
    /// The text.
    pub(crate) bytes: [u8; MAX_LOG_LINE],
    /// How much of it is used.
    pub(crate) used: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for byte in text.bytes() {
            if let Some(slot) = self.bytes.get_mut(self.used) {
                *slot = byte;
                self.used += 1;
            }
        }
        Ok(())
    }
}
