//! The shell's end of its stream at the console: input byte by byte, output by pieces, each with its position.

use bulkhead_abi::id::Slot;
use bulkhead_protocol::stream::{CHUNK, Client};
use bulkhead_protocol::{Bytes, CallError};
use bulkhead_runtime::{Clock, Kernel, time};
use core::fmt;
use shell::Terminal;

/// How long a piece of output waits for a console that has no room or is not there. Nanoseconds.
const PATIENCE: u64 = 2_000_000_000;
/// How long it waits before it asks again, if nobody tells it that there is room. Nanoseconds.
const RETRY: u64 = 20_000_000;
/// How long a page waits for somebody to go on reading. Nanoseconds.
const ABSENCE: u64 = 600_000_000_000;
/// Bit of the notification word: the console has input, or room again.
const CONSOLE_BIT: u64 = 1;
/// Bytes of input that wait here.
const INPUT: usize = 256;

/// The stream.
pub(crate) struct Link {
    slot: Slot,
    /// Positions, once they are known: next byte to send, next byte to receive.
    positions: Option<(u64, u64)>,
    input: heapless::Deque<u8, INPUT>,
    output: heapless::Vec<u8, CHUNK>,
}

impl Link {
    pub(crate) const fn new(slot: Slot) -> Self {
        Self { slot, positions: None, input: heapless::Deque::new(), output: heapless::Vec::new() }
    }

    fn console(&self) -> Client<Kernel> {
        Client::new(Kernel, self.slot)
    }

    /// The next byte of input. What is taken from the console is forgotten there at once: a line that ends this life
    /// is not read again by the next.
    pub(crate) fn take(&mut self) -> Option<u8> {
        if self.input.is_empty() {
            self.fetch();
        }
        self.input.pop_front()
    }

    /// Waits for the next byte of input.
    fn wait_for_input(&mut self) -> Option<u8> {
        let clock = Clock::system();
        let end = clock.nanos(time::now()).saturating_add(ABSENCE);
        loop {
            let byte = self.take();
            if byte.is_some() || clock.nanos(time::now()) >= end {
                return byte;
            }
            let _ = Kernel.wait(CONSOLE_BIT, clock.stamp(end));
        }
    }

    fn fetch(&mut self) {
        let Some((sent, mut received)) = self.positions() else { return };
        while self.input.capacity().saturating_sub(self.input.len()) >= CHUNK {
            let Ok(bytes) = self.console().read(received) else { break };
            received = received.saturating_add(bytes.len() as u64);
            for byte in bytes.iter() {
                let _ = self.input.push_back(*byte);
            }
            if bytes.is_empty() {
                break;
            }
        }
        self.positions = Some((sent, received));
    }

    fn positions(&mut self) -> Option<(u64, u64)> {
        if self.positions.is_none() {
            self.positions = self.console().positions().ok();
        }
        self.positions
    }

    /// Sends what was written. What a console does not take in time is lost.
    pub(crate) fn flush(&mut self) {
        let clock = Clock::system();
        let end = clock.nanos(time::now()).saturating_add(PATIENCE);
        while !self.output.is_empty() && clock.nanos(time::now()) < end {
            match self.send() {
                Ok(0) | Err(_) => {
                    let again = clock.nanos(time::now()).saturating_add(RETRY).min(end);
                    let _ = Kernel.wait(CONSOLE_BIT, clock.stamp(again));
                }
                Ok(count) => self.output = self.output.iter().skip(count).copied().collect(),
            }
        }
        self.output.clear();
    }

    /// Offers the waiting output; how many bytes were taken.
    fn send(&mut self) -> Result<usize, CallError> {
        let (sent, received) = self.positions().ok_or(CallError::PeerDead)?;
        let reached = self.console().write(sent, Bytes::from_prefix(&self.output))?;
        self.positions = Some((reached, received));
        Ok(usize::try_from(reached.saturating_sub(sent)).unwrap_or(0).min(self.output.len()))
    }

    fn put(&mut self, byte: u8) {
        if self.output.is_full() {
            self.flush();
        }
        let _ = self.output.push(byte);
    }
}

impl Terminal for Link {
    fn key(&mut self) -> Option<u8> {
        self.flush();
        self.wait_for_input()
    }
}

/// Lines end with a line feed alone; the terminal wants more.
impl fmt::Write for Link {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if byte == b'\n' {
                self.put(b'\r');
            }
            self.put(byte);
            if byte == b'\n' {
                // Whole lines: what others write comes between them and not into them.
                self.flush();
            }
        }
        Ok(())
    }
}
