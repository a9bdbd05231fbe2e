//! Date and time: when they run, what they show, how they are set.

use crate::calendar::Moment;
use crate::divider::Divider;
use crate::format::{self, Fields};
use crate::register::{A, B, Field};
use crate::state::State;
use vdev::Nanos;

/// The highest divider setting that counts; above are tests and resets of the chain.
const DIVIDER_RUNS: u8 = 0x20;

impl State {
    /// Does the divider chain count?
    pub(crate) fn divider_runs(&self) -> bool {
        self.a().intersection(A::DV).bits() <= DIVIDER_RUNS
    }

    /// Are date and time updated?
    pub(crate) fn time_runs(&self) -> bool {
        self.divider_runs() && !self.b().contains(B::SET)
    }

    /// Seconds since 1970 that a running clock shows.
    pub(crate) fn seconds_at(&self, now: Nanos) -> i64 {
        self.seconds.wrapping_add(self.divider().second(now))
    }

    /// When a running clock begins to show this second.
    pub(crate) fn when_seconds(&self, seconds: i64) -> Nanos {
        self.divider().second_begins(seconds.wrapping_sub(self.seconds))
    }

    pub(crate) fn read_time(&self, field: Field, now: Nanos) -> u8 {
        format::get(&self.fields(now), field)
    }

    pub(crate) fn write_time(&mut self, field: Field, value: u8, now: Nanos) {
        let mut fields = self.fields(now);
        format::set(&mut fields, field, value);
        self.load(fields, now);
    }

    /// The guest writes register A. A divider that leaves its reset begins a second.
    pub(crate) fn write_a(&mut self, value: u8, now: Nanos) {
        let (counted, ran) = (self.divider_runs(), self.time_runs());
        let fields = self.fields(now);
        self.a = A::from_bits_truncate(value).difference(A::UIP).bits();
        if self.divider_runs() && !counted {
            self.reference = Divider::released(now).reference;
        }
        if ran != self.time_runs() {
            self.load(fields, now);
        }
    }

    /// The guest writes register B. SET holds date and time, and clears UIE. The format of what is held does not
    /// change with DM and 24/12: the guest must set it anew, as on the chip.
    pub(crate) fn write_b(&mut self, value: u8, now: Nanos) {
        let ran = self.time_runs();
        let fields = self.fields(now);
        let mut b = B::from_bits_truncate(value);
        if b.contains(B::SET) {
            b.remove(B::UIE);
        }
        self.b = b.bits();
        if ran != self.time_runs() {
            self.load(fields, now);
        }
    }

    fn fields(&self, now: Nanos) -> Fields {
        if self.time_runs() {
            self.format().write(Moment::from_seconds(self.seconds_at(now)), self.weekday_shift)
        } else {
            self.held
        }
    }

    /// Sets date and time to these bytes: as they are if they stand still, as the moment that they say if they run.
    fn load(&mut self, fields: Fields, now: Nanos) {
        if !self.time_runs() {
            self.held = fields;
            return;
        }
        let moment = self.format().read(fields);
        let seconds = moment.to_seconds();
        let weekday = i16::from(Moment::from_seconds(seconds).weekday);
        let shift = i16::from(moment.weekday).wrapping_sub(weekday).rem_euclid(7);
        self.weekday_shift = u8::try_from(shift).unwrap_or(0);
        self.seconds = seconds.wrapping_sub(self.divider().second(now));
    }
}
