//! How date and time stand in the registers: BCD or binary, 12 or 24 hours (MC146818, Table 2).

use crate::calendar::Moment;
use crate::register::{B, Field};

/// Bit 7 of the hour in 12-hour mode.
const PM: u8 = 0x80;

/// The eight bytes, by [`Field`].
pub(crate) type Fields = [u8; 8];

/// The format that register B selects.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Format {
    binary: bool,
    hours_24: bool,
}

impl Format {
    pub(crate) const fn of(b: B) -> Self {
        Self { binary: b.contains(B::DM), hours_24: b.contains(B::HOURS_24) }
    }

    /// A number below 100 in its register.
    pub(crate) const fn number(self, value: u8) -> u8 {
        if self.binary { value } else { (value / 10).wrapping_shl(4) | (value % 10) }
    }

    /// An hour below 24 in its register.
    pub(crate) const fn hour(self, hour: u8) -> u8 {
        if self.hours_24 {
            return self.number(hour);
        }
        let half = if hour >= 12 { PM } else { 0 };
        half | self.number((hour.wrapping_add(11) % 12).wrapping_add(1))
    }

    /// The registers for a moment, with the weekday that many days later.
    pub(crate) fn write(self, moment: Moment, weekday_shift: u8) -> Fields {
        let two_digits = |value: i64| u8::try_from(value.rem_euclid(100)).unwrap_or(0);
        [
            self.number(moment.second),
            self.number(moment.minute),
            self.hour(moment.hour),
            (moment.weekday.wrapping_add(weekday_shift).wrapping_sub(1) % 7).wrapping_add(1),
            self.number(moment.day),
            self.number(moment.month),
            self.number(two_digits(moment.year)),
            self.number(two_digits(moment.year.div_euclid(100))),
        ]
    }

    /// The moment that the registers say, whatever is in them.
    pub(crate) fn read(self, fields: Fields) -> Moment {
        let [second, minute, hour, weekday, day, month, year, century] = fields;
        let century = i64::from(self.value(century));
        Moment {
            year: century.wrapping_mul(100).wrapping_add(i64::from(self.value(year))),
            month: self.value(month),
            day: self.value(day),
            weekday: self.value(weekday),
            hour: self.hour_value(hour),
            minute: self.value(minute),
            second: self.value(second),
        }
    }

    const fn value(self, register: u8) -> u8 {
        if self.binary { register } else { (register >> 4).wrapping_mul(10).wrapping_add(register & 0xf) }
    }

    const fn hour_value(self, register: u8) -> u8 {
        if self.hours_24 {
            return self.value(register);
        }
        let half = if register & PM != 0 { 12 } else { 0 };
        (self.value(register & !PM) % 12).wrapping_add(half)
    }
}

/// The byte of a field.
pub(crate) fn get(fields: &Fields, field: Field) -> u8 {
    fields.get(usize::from(field as u8)).copied().unwrap_or(0)
}

/// Replaces the byte of a field.
pub(crate) fn set(fields: &mut Fields, field: Field, value: u8) {
    if let Some(byte) = fields.get_mut(usize::from(field as u8)) {
        *byte = value;
    }
}
