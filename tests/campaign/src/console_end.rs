//! The other end of the guest's serial line: the console's model with a port that takes every byte at once.

use crate::sabotage;
use bulkhead_abi::id::Slot;
use bulkhead_abi::limits::MAX_MESSAGE;
use bulkhead_protocol::config::ConsoleStream;
use bulkhead_protocol::{CallError, Caller, Text, Transport, stream};
use console::{Console, Nanos, Serving};
use std::cell::RefCell;
use std::rc::Rc;

/// The console and what has left it.
pub(crate) struct ConsoleEnd {
    console: Console,
    /// All bytes that the port has sent.
    pub(crate) output: Vec<u8>,
    /// The console has notified the serial server.
    pub(crate) notified: bool,
    /// The console is dead: calls fail without effect.
    away: bool,
    /// So many calls find it dead, whether or not it is.
    pub(crate) dead_calls: u32,
    now: Nanos,
}

impl ConsoleEnd {
    pub(crate) fn new() -> Self {
        let mut console = Console::new();
        console.add_stream(&ConsoleStream { name: Text::from_prefix("guest"), server: Slot(0) });
        Self { console, output: Vec::new(), notified: false, away: false, dead_calls: 0, now: Nanos(0) }
    }

    /// A key is pressed.
    pub(crate) fn type_in(&mut self, byte: u8) {
        self.console.receive(byte, self.now);
        self.advance();
    }

    /// The console goes away, or comes back and says so.
    pub(crate) fn set_away(&mut self, away: bool) {
        self.notified |= self.away && !away;
        self.away = away;
    }

    /// What ends each of the console's events.
    fn advance(&mut self) {
        self.console.compose(self.now);
        while let Some(byte) = self.console.screen().take() {
            self.output.push(byte);
        }
        self.console.compose(self.now);
        self.notified |= self.console.take_notifications() != 0;
    }
}

/// The serial server's slot for the console.
#[derive(Clone)]
pub(crate) struct ConsoleLink(pub(crate) Rc<RefCell<ConsoleEnd>>);

impl Transport for ConsoleLink {
    fn call(&mut self, _: Slot, request: &[u8], reply: &mut [u8; MAX_MESSAGE]) -> Result<usize, CallError> {
        sabotage::calling(|| {
            let mut end = self.0.borrow_mut();
            if end.away || end.dead_calls > 0 {
                end.dead_calls = end.dead_calls.saturating_sub(1);
                return Err(CallError::PeerDead);
            }
            let now = end.now;
            let mut serving = Serving { console: &mut end.console, now };
            let caller = Caller { badge: 0, token: 0, repeat: false };
            let result = stream::dispatch(&mut serving, caller, request, reply);
            end.advance();
            result.map_err(|_| CallError::Refused)
        })
    }
}
