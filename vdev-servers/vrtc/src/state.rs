//! Everything that the clock is.

use crate::divider::Divider;
use crate::format::{Fields, Format};
use crate::memory_size;
use crate::ram::Ram;
use crate::register::{A, A_DEFAULT, B, B_DEFAULT, C};
use bulkhead_protocol::config::Vrtc as Config;
use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};
use vdev::{InvalidState, Nanos};

/// Moments beyond the year 9999 are no dates; a limit keeps every sum far from overflow.
const LAST_SECOND: u64 = 253_402_300_799;

/// A clock's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub struct State {
    pub(crate) ram: Ram,
    /// Selected byte, without the NMI bit.
    pub(crate) index: u8,
    pub(crate) a: u8,
    pub(crate) b: u8,
    /// Flags of C, without IRQF.
    pub(crate) c: u8,
    pub(crate) alarm: [u8; 3],
    /// Date and time while they stand still.
    pub(crate) held: Fields,
    /// How many days the weekday register is ahead of the calendar.
    pub(crate) weekday_shift: u8,
    /// When some second of the divider chain began or will begin.
    pub(crate) reference: Nanos,
    /// Date and time of that second, since 1970.
    pub(crate) seconds: i64,
    /// Flags are right up to here.
    pub(crate) seen: Nanos,
}

const _: () = assert!(State::POSTCARD_MAX_SIZE <= bulkhead_abi::limits::MAX_COMMITTED);

impl State {
    /// The clock as firmware leaves it, showing the time of day.
    pub(crate) fn power_on(config: &Config, now: Nanos) -> Self {
        Self {
            ram: memory_size::ram(config.memory),
            index: 0,
            a: A_DEFAULT,
            b: B_DEFAULT,
            c: 0,
            alarm: [0; 3],
            held: [0; 8],
            weekday_shift: 0,
            reference: Nanos(0),
            seconds: config.epoch.min(LAST_SECOND).cast_signed(),
            seen: now,
        }
    }

    /// A second begins, with this date and time.
    pub(crate) fn set_clock(&mut self, seconds: u64, now: Nanos) {
        self.reference = now;
        self.seconds = seconds.min(LAST_SECOND).cast_signed();
    }

    /// Refuses what no sequence of events can lead to.
    pub(crate) fn validate(&self) -> Result<(), InvalidState> {
        let bits = self.index < 0x80
            && self.a & A::UIP.bits() == 0
            && self.c & !(C::UF | C::AF | C::PF).bits() == 0
            && !self.b().contains(B::SET | B::UIE)
            && self.weekday_shift < 7;
        let range = self.seconds.unsigned_abs() <= LAST_SECOND.saturating_mul(4)
            && self.reference <= self.seen.after(crate::divider::SECOND / 2);
        if bits && range { Ok(()) } else { Err(InvalidState) }
    }

    pub(crate) fn a(&self) -> A {
        A::from_bits_truncate(self.a)
    }

    pub(crate) fn b(&self) -> B {
        B::from_bits_truncate(self.b)
    }

    pub(crate) fn c(&self) -> C {
        C::from_bits_truncate(self.c)
    }

    pub(crate) fn divider(&self) -> Divider {
        Divider { reference: self.reference }
    }

    pub(crate) fn format(&self) -> Format {
        Format::of(self.b())
    }
}
