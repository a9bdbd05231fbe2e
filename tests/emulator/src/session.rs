//! The dialogue with a machine: wait for text, type, and see how it ends.

use crate::Patience;
use crate::last_words::last_words;
use std::thread;
use std::time::{Duration, Instant};
use xtask::Failure;
use xtask::emulator::{self, Kind, Machine, Outcome, Running, Serial};
use xtask::serial::SerialLine;

/// How often the screen is looked at.
const POLL: Duration = Duration::from_millis(100);

/// A machine under way. What it does not do in time is a panic with its last words.
#[derive(Debug)]
pub struct Session {
    running: Running,
    line: SerialLine,
    patience: Patience,
}

impl Session {
    /// Switches a machine on.
    #[must_use]
    pub fn boot(kind: Kind, machine: &Machine) -> Self {
        let started = emulator::start(kind, machine, Serial::Line);
        let mut running = started.unwrap_or_else(|failure| panic!("{failure}"));
        let line = running.serial.take().expect("the machine was started with a line");
        Self { running, line, patience: Patience::with(kind) }
    }

    /// Waits for a text after those that were seen before; what came up to its end.
    pub fn see(&mut self, text: &str) -> String {
        self.see_within(text, self.patience.step)
    }

    /// The same with as much patience as the boot of a Linux guest takes.
    pub fn see_after_boot(&mut self, text: &str) -> String {
        self.see_within(text, self.patience.linux)
    }

    fn see_within(&mut self, text: &str, within: Duration) -> String {
        match self.line.expect(text, within) {
            Ok(seen) => seen,
            Err(failure) => self.fail(&failure),
        }
    }

    /// Waits, with the patience of a Linux boot, until everything that has come so far is as it should be.
    pub fn see_that(&mut self, what: &str, holds: impl Fn(&str) -> bool) {
        let end = Instant::now() + self.patience.linux;
        while !holds(&self.line.transcript()) {
            if Instant::now() >= end {
                self.fail(&Failure::found(format!("{what}: not within {} s", self.patience.linux.as_secs())));
            }
            thread::sleep(POLL);
        }
    }

    /// Waits so long for what has come so far to be as it should be; whether it is.
    pub fn comes(&mut self, within: Duration, holds: impl Fn(&str) -> bool) -> bool {
        let end = Instant::now() + within;
        loop {
            if holds(&self.line.transcript()) {
                return true;
            }
            if Instant::now() >= end {
                return false;
            }
            thread::sleep(POLL);
        }
    }

    /// Everything so far.
    pub fn transcript(&mut self) -> String {
        self.line.transcript()
    }

    /// Types on the machine's console.
    pub fn enter(&mut self, keys: &str) {
        if let Err(failure) = self.line.send(keys.as_bytes()) {
            self.fail(&failure);
        }
    }

    /// Waits for the machine's end, which must be this one; all that came.
    pub fn ends(mut self, expected: &Outcome) -> String {
        match self.running.finish(Some(self.patience.step)) {
            Ok(outcome) if outcome == *expected => self.line.drain(),
            Ok(outcome) => self.fail_at_end(&format!("it should have {expected}"), &outcome),
            Err(failure) => self.fail(&failure),
        }
    }

    /// Waits for the machine's end, in whatever way; all that came.
    pub fn ends_somehow(mut self) -> (Outcome, String) {
        match self.running.finish(Some(self.patience.step)) {
            Ok(outcome) => (outcome, self.line.drain()),
            Err(failure) => self.fail(&failure),
        }
    }

    /// Pulls the plug; all that came.
    pub fn stop(mut self) -> String {
        self.running.stop();
        self.line.drain()
    }

    /// Ends the machine and the test.
    fn fail(&mut self, failure: &Failure) -> ! {
        // The tail of the output comes with the last words.
        let what = failure.message.lines().next().unwrap_or_default().to_owned();
        // An emulator that is about to end has closed its line before.
        match self.running.finish(Some(Duration::from_secs(3))) {
            Ok(outcome) => self.fail_at_end(&what, &outcome),
            Err(_) => self.report(&what, "was still running and has been stopped"),
        }
    }

    fn fail_at_end(&mut self, what: &str, outcome: &Outcome) -> ! {
        self.report(what, &outcome.to_string())
    }

    fn report(&mut self, what: &str, end: &str) -> ! {
        let serial = self.line.drain();
        panic!("{what}\n{}", last_words(&serial, self.running.log(), end));
    }
}
