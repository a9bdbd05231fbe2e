//! The 8254's CLK input: pulses counted since boot.

use vdev::Nanos;

/// CLK on a PC.
const HERTZ: u64 = 1_193_182;
const SECOND: i128 = 1_000_000_000;

/// The number of pulses until this time.
pub(crate) fn pulses(now: Nanos) -> i64 {
    // 584 years have fewer than 2^55 pulses.
    i64::try_from(now.ticks(HERTZ)).unwrap_or(i64::MAX)
}

/// The first nanosecond that counts so many pulses.
pub(crate) fn time_of(pulse: i64) -> Nanos {
    let scaled = i128::from(pulse.max(0)).wrapping_mul(SECOND);
    let rounded_up = scaled.wrapping_add(i128::from(HERTZ.wrapping_sub(1))).div_euclid(i128::from(HERTZ));
    Nanos(u64::try_from(rounded_up).unwrap_or(u64::MAX))
}
