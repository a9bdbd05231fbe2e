//! Everything that the timer is.

use crate::channel::{Channel, Progress};
use crate::mode::Bytes;
use crate::number;
use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};
use vdev::{InvalidState, Nanos};

/// Pulses of more than a thousand years; sums of a few stay far from overflow.
const PULSE_LIMIT: i64 = 1 << 58;

/// A timer's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub struct State {
    /// Bits 3 to 0 of port 0x61.
    pub(crate) port_b: u8,
    pub(crate) channels: [Channel; 3],
    /// Edges are delivered up to here.
    pub(crate) seen: Nanos,
}

const _: () = assert!(State::POSTCARD_MAX_SIZE <= bulkhead_abi::limits::MAX_COMMITTED);

impl State {
    /// The timer at power-on: nothing counts. On a PC only the gate of channel 2 can be moved.
    pub(crate) const fn power_on(now: Nanos) -> Self {
        let channels = [Channel::power_on(true), Channel::power_on(true), Channel::power_on(false)];
        Self { port_b: 0, channels, seen: now }
    }

    /// Refuses what no sequence of events can lead to.
    pub(crate) fn validate(&self) -> Result<(), InvalidState> {
        let [first, second, third] = &self.channels;
        let gates = first.gate && second.gate && third.gate == (self.port_b & 1 != 0);
        let valid = self.port_b & 0xf0 == 0 && gates && self.channels.iter().all(channel_is_valid);
        if valid { Ok(()) } else { Err(InvalidState) }
    }
}

fn channel_is_valid(channel: &Channel) -> bool {
    let in_range = |pulse: i64| (-PULSE_LIMIT..PULSE_LIMIT).contains(&pulse);
    // Four digits beyond 9 make a little more than 10,000.
    let count_fits = |count: u32| count >= 1 && count <= number::modulus(false);
    let mode = channel.waveform.mode;
    let progress = match channel.progress {
        Progress::Idle => true,
        Progress::Loaded { at } => in_range(at) && channel.programmed,
        Progress::Held { elapsed } => {
            (0..PULSE_LIMIT).contains(&elapsed) && channel.programmed && !mode.waits_for_gate()
        }
    };
    let successor = channel.successor.is_none_or(|next| {
        mode.repeats()
            && matches!(channel.progress, Progress::Loaded { .. })
            && in_range(next.when)
            && next.at <= next.when
            && in_range(next.at)
            && count_fits(next.count)
    });
    let two_bytes =
        channel.bytes == Bytes::Both || (channel.low_byte.is_none() && !channel.latches.high_next);
    count_fits(channel.waveform.count) && progress && successor && two_bytes
}
