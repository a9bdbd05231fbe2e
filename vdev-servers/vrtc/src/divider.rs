//! The divider chain: 32,768 Hz from a crystal, seconds and periodic interrupts from its taps.

use vdev::Nanos;

/// Nanoseconds of a second.
pub(crate) const SECOND: u64 = 1_000_000_000;
/// The crystal.
const HERTZ: u64 = 32_768;
/// UIP rises this long before an update (MC146818, Table 5: tBUC), in nanoseconds.
const UPDATE_WARNING: u64 = 244_000;

/// Where the chain's zero lies on the time axis: the beginning of some second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Divider {
    pub(crate) reference: Nanos,
}

/// Crystal ticks of one period; `None` for no periodic interrupt (MC146818, Table 3).
pub(crate) const fn period(rate_select: u8) -> Option<u64> {
    match rate_select & 0xf {
        0 => None,
        // The first two repeat the rates of 8 and 9.
        1 => Some(128),
        2 => Some(256),
        rate => Some(1u64.wrapping_shl((rate as u32).wrapping_sub(1))),
    }
}

impl Divider {
    /// The chain leaves its reset: its first second ends half a second later (MC146818, divider control).
    pub(crate) const fn released(now: Nanos) -> Self {
        Self { reference: now.after(SECOND / 2) }
    }

    /// The number of the second at this time.
    pub(crate) fn second(self, now: Nanos) -> i64 {
        narrow(self.since_reference(now).div_euclid(i128::from(SECOND)))
    }

    /// When the second with this number begins.
    pub(crate) fn second_begins(self, second: i64) -> Nanos {
        self.at(i128::from(second).wrapping_mul(i128::from(SECOND)))
    }

    /// Is the next update about to come?
    pub(crate) fn update_in_progress(self, now: Nanos) -> bool {
        self.since_reference(now).rem_euclid(i128::from(SECOND))
            >= i128::from(SECOND.wrapping_sub(UPDATE_WARNING))
    }

    /// The number of the period of so many ticks at this time.
    pub(crate) fn period(self, ticks: u64, now: Nanos) -> i64 {
        let crystal = self.since_reference(now).wrapping_mul(i128::from(HERTZ));
        narrow(crystal.div_euclid(i128::from(ticks.wrapping_mul(SECOND).max(1))))
    }

    /// When the period with this number begins: the first nanosecond that `period` counts to it.
    pub(crate) fn period_begins(self, ticks: u64, period: i64) -> Nanos {
        let scaled = i128::from(period).wrapping_mul(i128::from(ticks.wrapping_mul(SECOND)));
        let rounded_up = scaled.wrapping_add(i128::from(HERTZ.wrapping_sub(1)));
        self.at(rounded_up.div_euclid(i128::from(HERTZ)))
    }

    fn since_reference(self, now: Nanos) -> i128 {
        i128::from(now.0).wrapping_sub(i128::from(self.reference.0))
    }

    fn at(self, since_reference: i128) -> Nanos {
        let at = since_reference.wrapping_add(i128::from(self.reference.0));
        Nanos(u64::try_from(at.max(0)).unwrap_or(u64::MAX))
    }
}

/// Counts of seconds and periods since boot fit 64 bits for longer than `Nanos` lasts.
fn narrow(count: i128) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
