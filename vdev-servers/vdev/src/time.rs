//! Time as devices see it.

use postcard::experimental::max_size::MaxSize;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// Nanoseconds since the system booted.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, MaxSize, Schema,
)]
pub struct Nanos(pub u64);

impl Nanos {
    /// This time plus so many nanoseconds; stays at the end of time.
    #[must_use]
    pub const fn after(self, nanoseconds: u64) -> Self {
        Self(self.0.saturating_add(nanoseconds))
    }

    /// Nanoseconds since an earlier time; 0 if it is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// How often a clock of `hertz` has ticked in this time since zero.
    #[must_use]
    pub const fn ticks(self, hertz: u64) -> u64 {
        // 2^64 ns are 584 years; the product of 128 bits cannot overflow and the quotient fits for any real clock.
        ((self.0 as u128).wrapping_mul(hertz as u128) / 1_000_000_000) as u64
    }
}
