//! The serial line: which byte of the stream comes next in each direction, and the exchange with the peer.

use crate::backend::Backend;
use crate::register::Mcr;
use crate::state::State;
use bulkhead_protocol::stream::CHUNK;
use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};
use vdev::Nanos;

/// Nanoseconds until a peer that did not answer is asked again: longer than a restart, too short to be noticed.
const RETRY: u64 = 10_000_000;

/// The line's two positions and what is known about the peer. It belongs to the cable, not to the chip: a reset of
/// the chip leaves the positions, or bytes would be sent or read twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub(crate) struct Wire {
    /// The positions agree with the peer's.
    known: bool,
    /// A notification came: ask for input even if the receiver still holds some.
    signalled: bool,
    /// The peer may have more input.
    more_input: bool,
    /// Position of the transmitter's oldest byte.
    sent: u64,
    /// Position of the next byte to receive.
    received: u64,
    /// The peer did not answer; when it is asked again.
    retry_at: Option<Nanos>,
}

impl Default for Wire {
    fn default() -> Self {
        Self { known: false, signalled: false, more_input: true, sent: 0, received: 0, retry_at: None }
    }
}

impl Wire {
    /// The same line with a chip that has just been reset. A write before it may have reached the peer and died with
    /// an earlier life of this server, so only the peer knows where the next byte belongs.
    pub(crate) fn after_reset(self) -> Self {
        Self { known: false, signalled: false, more_input: true, retry_at: None, ..self }
    }

    /// The bytes at the send position change. If the peer may have taken them without an answer, only it knows
    /// where the next byte belongs.
    pub(crate) fn forget_offer(&mut self) {
        self.known &= self.retry_at.is_none();
    }

    /// The peer has room or input again, or is alive again. One that says twice that it has input says nothing new.
    pub(crate) fn signal(&mut self) {
        self.signalled |= !self.more_input;
        self.more_input = true;
        self.retry_at = None;
    }

    /// Where the stream is, and whether its other end answers.
    pub(crate) fn write_line(&self, line: &mut dyn core::fmt::Write) -> core::fmt::Result {
        let peer = match (self.known, self.retry_at) {
            (_, Some(_)) => "the other end does not answer",
            (false, None) => "not connected yet",
            (true, None) if self.more_input => "connected, may have input",
            (true, None) => "connected",
        };
        write!(line, "stream: {} bytes sent, {} received; {peer}", self.sent, self.received)
    }

    /// When the peer should be asked again.
    pub(crate) fn retry_at(&self) -> Option<Nanos> {
        self.retry_at
    }
}

impl State {
    /// Moves bytes both ways as far as they go.
    pub(crate) fn exchange_with(&mut self, peer: &mut impl Backend, now: Nanos) {
        if self.wire.retry_at.is_some_and(|at| now < at) {
            return;
        }
        let was_known = self.wire.known;
        let agreed = self.agree(peer).is_some();
        if agreed && !was_known && !self.transmitter.is_empty() {
            // A death after sending from a position that is not committed would send again, from the next one.
            self.wire.retry_at = Some(now);
            return;
        }
        let answered = agreed && self.send(peer).is_some() && self.fetch(peer, now).is_some();
        self.wire.retry_at = (!answered).then(|| now.after(RETRY));
    }

    /// No peer: the line carries the bytes away and never brings one.
    pub(crate) fn discard(&mut self) {
        self.transmitted(self.transmitter.len());
    }

    /// Learns the positions after a start without memory, or after an answer that cannot be.
    fn agree(&mut self, peer: &mut impl Backend) -> Option<()> {
        if !self.wire.known {
            let (accepted, forgotten) = peer.positions()?;
            self.wire.sent = accepted;
            // The peer keeps what one transfer may carry; within that, only we know what entered the FIFO.
            let ahead = self.wire.received.checked_sub(forgotten);
            if ahead.is_none_or(|ahead| ahead > CHUNK as u64) {
                self.wire.received = forgotten;
            }
            self.wire.known = true;
        }
        Some(())
    }

    fn send(&mut self, peer: &mut impl Backend) -> Option<()> {
        if self.transmitter.is_empty() {
            return Some(());
        }
        let reached = peer.write(self.wire.sent, &self.transmitter.to_bytes())?;
        let Some(accepted) = reached.checked_sub(self.wire.sent) else {
            self.wire.known = false;
            return None;
        };
        // More than was offered are bytes that an earlier life offered and did not commit: the guest's writes of them
        // come again, and the peer will know them.
        let held = self.transmitter.len();
        let accepted = u8::try_from(accepted).unwrap_or(u8::MAX).min(held);
        self.wire.sent = self.wire.sent.saturating_add(u64::from(accepted));
        self.transmitted(accepted);
        Some(())
    }

    /// Fetches what fits, once the receiver is empty or the peer has notified; loopback disconnects the line.
    fn fetch(&mut self, peer: &mut impl Backend, now: Nanos) -> Option<()> {
        let wanted = self.wire.more_input && (self.wire.signalled || self.receiver.is_empty());
        let room = self.receiver_room();
        if !wanted || room == 0 || self.mcr().contains(Mcr::LOOP) {
            return Some(());
        }
        let input = peer.read(self.wire.received)?;
        let taken = input.len().min(usize::from(room));
        for byte in input.iter().take(taken) {
            self.receive(*byte, now);
        }
        self.wire.received = self.wire.received.saturating_add(taken as u64);
        self.wire.signalled = false;
        self.wire.more_input = taken < input.len() || input.is_full();
        Some(())
    }
}
