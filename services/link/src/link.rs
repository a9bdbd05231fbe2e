//! The cable: two pipes and the two ends between them.

use crate::pipe::{PIPE, Pipe};
use bulkhead_abi::id::Slot;
use bulkhead_protocol::config;
use bulkhead_protocol::stream::{self, CHUNK};
use bulkhead_protocol::{Bytes, Caller};

/// Bytes of the committed state.
pub const STATE: usize = 2 * PIPE;

/// The cable. End n is the caller with badge n; it writes into pipe n and reads from the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    ends: [Slot; 2],
    pipes: [Pipe; 2],
    /// Servers to notify: bit n is slot n.
    notify: u64,
}

impl Link {
    /// A cable with nothing under way.
    #[must_use]
    pub const fn new(config: &config::Link) -> Self {
        Self { ends: config.ends, pipes: [Pipe::new(), Pipe::new()], notify: 0 }
    }

    /// The cable that an earlier life left; `None` if it is none. Both ends are told: what they were told before may
    /// have been lost with that life.
    #[must_use]
    pub fn restore(config: &config::Link, state: &[u8]) -> Option<Self> {
        let (first, second) = state.split_at_checked(PIPE)?;
        let pipes = [Pipe::load(first)?, Pipe::load(second)?];
        let mut link = Self { ends: config.ends, pipes, notify: 0 };
        link.notify(0);
        link.notify(1);
        Some(link)
    }

    /// What the next life needs.
    #[must_use]
    pub fn save(&self) -> [u8; STATE] {
        let mut state = [0; STATE];
        for (to, pipe) in state.chunks_exact_mut(PIPE).zip(&self.pipes) {
            if let Ok(to) = to.try_into() {
                pipe.save(to);
            }
        }
        state
    }

    /// Slots to notify: there are bytes for them, or there is room again.
    pub const fn take_notifications(&mut self) -> u64 {
        core::mem::replace(&mut self.notify, 0)
    }

    fn notify(&mut self, end: usize) {
        let slot = self.ends.get(end).map_or(u32::MAX, |slot| u32::from(slot.0));
        self.notify |= 1u64.checked_shl(slot).unwrap_or(0);
    }
}

/// The place of the end that calls.
fn end(caller: Caller) -> usize {
    usize::from(caller.badge & 1)
}

/// The place of the end at the other side.
const fn other(end: usize) -> usize {
    end ^ 1
}

impl stream::Server for Link {
    fn write(&mut self, caller: Caller, position: u64, bytes: Bytes<CHUNK>) -> u64 {
        let end = end(caller);
        let Some(pipe) = self.pipes.get_mut(end) else { return position };
        let before = pipe.written();
        let after = pipe.write(position, &bytes);
        if after != before {
            self.notify(other(end));
        }
        after
    }

    fn read(&mut self, caller: Caller, position: u64) -> Bytes<CHUNK> {
        let writer = other(end(caller));
        let Some(pipe) = self.pipes.get_mut(writer) else { return Bytes::new() };
        let bytes = pipe.read(position);
        if pipe.take_room_again() {
            self.notify(writer);
        }
        bytes
    }

    fn positions(&mut self, caller: Caller) -> (u64, u64) {
        let end = end(caller);
        let position = |pipe: usize, of: fn(&Pipe) -> u64| self.pipes.get(pipe).map_or(0, of);
        (position(end, Pipe::written), position(other(end), Pipe::read_position))
    }
}
