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
        // Whole seconds and the rest apart, so that nothing overflows for any real clock.
        let seconds = self.0 / 1_000_000_000;
        let rest = self.0 % 1_000_000_000;
        seconds.wrapping_mul(hertz).wrapping_add(rest.wrapping_mul(hertz) / 1_000_000_000)
    }
}
