//! Time: the time-stamp counter and nanoseconds since boot.

use crate::page;

/// Converts between time stamps and nanoseconds since the system booted.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    boot: u64,
    /// Nanoseconds per tick, times 2^32.
    nanos_per_tick: u64,
    /// Ticks per nanosecond, times 2^32.
    ticks_per_nano: u64,
}

impl Clock {
    /// A clock for a counter of this frequency that showed `boot` at time zero.
    #[must_use]
    pub fn new(hertz: u64, boot: u64) -> Self {
        let hertz = u128::from(hertz.max(1));
        let ratio = |numerator: u128, denominator: u128| {
            u64::try_from((numerator << 32) / denominator).unwrap_or(u64::MAX)
        };
        Self {
            boot,
            nanos_per_tick: ratio(1_000_000_000, hertz),
            ticks_per_nano: ratio(hertz, 1_000_000_000),
        }
    }

    /// The clock of this system.
    #[must_use]
    pub fn system() -> Self {
        let info = page::start_info();
        Self::new(info.tsc_hz, info.tsc_boot)
    }

    /// Nanoseconds since boot at a time stamp.
    #[must_use]
    pub fn nanos(&self, stamp: u64) -> u64 {
        scale(stamp.saturating_sub(self.boot), self.nanos_per_tick)
    }

    /// Time stamp at which so many nanoseconds since boot have passed; never 0.
    #[must_use]
    pub fn stamp(&self, nanos: u64) -> u64 {
        // One tick more than the rounded-down product: a deadline never comes early.
        self.boot.saturating_add(scale(nanos, self.ticks_per_nano)).saturating_add(1)
    }
}

fn scale(value: u64, factor: u64) -> u64 {
    u64::try_from((u128::from(value) * u128::from(factor)) >> 32).unwrap_or(u64::MAX)
}

/// The time-stamp counter.
#[must_use]
pub fn now() -> u64 {
    // SAFETY: every CPU that the core accepts has the instruction, and tasks may use it.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// Ticks of the time-stamp counter in a second.
#[must_use]
pub fn frequency() -> u64 {
    page::start_info().tsc_hz
}
