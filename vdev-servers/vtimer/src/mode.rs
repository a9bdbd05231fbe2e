//! The six counting modes and the three ways to reach a counter's two bytes.

use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};

/// A counting mode (8254, Mode Definitions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
#[repr(u8)]
pub(crate) enum Mode {
    /// 0: OUT rises at the end of the count.
    InterruptOnTerminalCount,
    /// 1: a rising gate makes one low pulse as long as the count.
    OneShot,
    /// 2: low for one pulse in each period.
    RateGenerator,
    /// 3: high for half of each period.
    SquareWave,
    /// 4: low for one pulse after the count.
    SoftwareStrobe,
    /// 5: the same, begun by a rising gate.
    HardwareStrobe,
}

impl Mode {
    /// The mode in bits 3 to 1 of a control word; bit 3 does not matter for modes 2 and 3.
    pub(crate) const fn from_control(word: u8) -> Self {
        match word >> 1 & 7 {
            0 => Self::InterruptOnTerminalCount,
            1 => Self::OneShot,
            2 | 6 => Self::RateGenerator,
            3 | 7 => Self::SquareWave,
            4 => Self::SoftwareStrobe,
            _ => Self::HardwareStrobe,
        }
    }

    /// OUT after the control word.
    pub(crate) const fn initial_output(self) -> bool {
        !matches!(self, Self::InterruptOnTerminalCount)
    }

    /// Does the count begin anew at its end?
    pub(crate) const fn repeats(self) -> bool {
        matches!(self, Self::RateGenerator | Self::SquareWave)
    }

    /// Does a rising gate begin the count, and nothing else?
    pub(crate) const fn waits_for_gate(self) -> bool {
        matches!(self, Self::OneShot | Self::HardwareStrobe)
    }
}

/// Which bytes of a counter are accessed (control word, RW1 and RW0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
#[repr(u8)]
pub(crate) enum Bytes {
    /// Least significant only.
    Low = 1,
    /// Most significant only.
    High = 2,
    /// Least significant first, then most significant.
    Both = 3,
}
