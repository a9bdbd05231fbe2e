//! Count and OUT of a counter that was loaded some pulses ago, mode by mode (8254, Mode Definitions).

use crate::mode::Mode;
use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};

/// What a loaded counting element does from its load on. Invariant: 1 <= count <= 65,536 (or 10,000).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub(crate) struct Waveform {
    pub(crate) mode: Mode,
    pub(crate) count: u32,
}

impl Waveform {
    fn length(self) -> i64 {
        i64::from(self.count.max(1))
    }

    /// Pulses for which mode 3 is high; one more than low if the count is odd.
    pub(crate) fn high_half(self) -> i64 {
        self.length().wrapping_add(1) / 2
    }

    /// Pulses since the beginning of the period.
    fn within(self, elapsed: i64) -> i64 {
        elapsed.checked_rem_euclid(self.length()).unwrap_or(0)
    }

    /// OUT so many pulses after the load. A period of one pulse is not allowed, and here without edges.
    pub(crate) fn output(self, elapsed: i64) -> bool {
        let length = self.length();
        match self.mode {
            Mode::InterruptOnTerminalCount | Mode::OneShot => elapsed >= length,
            Mode::RateGenerator => length == 1 || self.within(elapsed) != length.wrapping_sub(1),
            Mode::SquareWave => self.within(elapsed) < self.high_half(),
            Mode::SoftwareStrobe | Mode::HardwareStrobe => elapsed != length,
        }
    }

    /// The count so many pulses after the load; where it wraps, it is negative.
    pub(crate) fn count(self, elapsed: i64) -> i64 {
        let length = self.length();
        match self.mode {
            Mode::RateGenerator => length.wrapping_sub(self.within(elapsed)),
            // Each half counts the even part of the count down by two.
            Mode::SquareWave => {
                let within = self.within(elapsed);
                let half = within.checked_sub(self.high_half()).filter(|late| *late >= 0).unwrap_or(within);
                (length & !1).wrapping_sub(half.wrapping_mul(2))
            }
            _ => length.wrapping_sub(elapsed),
        }
    }

    /// The first rise of OUT that lies more than so many pulses after the load.
    pub(crate) fn next_rise(self, elapsed: i64) -> Option<i64> {
        let length = self.length();
        match self.mode {
            Mode::InterruptOnTerminalCount | Mode::OneShot => Some(length).filter(|rise| *rise > elapsed),
            Mode::RateGenerator | Mode::SquareWave => (length > 1).then(|| self.period_end(elapsed)),
            Mode::SoftwareStrobe | Mode::HardwareStrobe => {
                Some(length.wrapping_add(1)).filter(|rise| *rise > elapsed)
            }
        }
    }

    /// When a new count takes over in modes 2 and 3: the end of the period, or of the half of a square wave.
    pub(crate) fn handover(self, elapsed: i64) -> i64 {
        let end = self.period_end(elapsed);
        let half = end.wrapping_sub(self.length()).wrapping_add(self.high_half());
        if self.mode == Mode::SquareWave && elapsed < half { half } else { end }
    }

    /// The end of the period; before the load, that of the first.
    fn period_end(self, elapsed: i64) -> i64 {
        let elapsed = elapsed.max(0);
        elapsed.wrapping_sub(self.within(elapsed)).wrapping_add(self.length())
    }
}
