//! The alarm: three bytes compared with the time at each update; 0xC0 and above match anything.

use crate::format::Format;

const SECONDS_PER_DAY: i64 = 86_400;
const DONT_CARE: u8 = 0xc0;

/// The alarm's bytes and the format in which they are compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Alarm {
    pub(crate) registers: [u8; 3],
    pub(crate) format: Format,
}

impl Alarm {
    /// The first second after this one, both since 1970, at which the alarm matches. `None` if its bytes are no time.
    pub(crate) fn next_after(self, second: i64) -> Option<i64> {
        let next = second.wrapping_add(1);
        let today = next.rem_euclid(SECONDS_PER_DAY);
        let midnight = next.wrapping_sub(today);
        let later = self.first_from(today).map(|at| midnight.wrapping_add(at));
        later.or_else(|| Some(midnight.wrapping_add(SECONDS_PER_DAY).wrapping_add(self.first_from(0)?)))
    }

    /// The first matching second of a day from this one on.
    fn first_from(self, start: i64) -> Option<i64> {
        let [second, minute, hour] = self.registers;
        let (from_hour, from_minute, from_second) = (start / 3600, start / 60 % 60, start % 60);
        let hours = matching(24, hour, |value| self.format.hour(value));
        hours.filter(|hour| *hour >= from_hour).find_map(|hour| {
            let same_hour = hour == from_hour;
            matching(60, minute, |value| self.format.number(value))
                .filter(|minute| !same_hour || *minute >= from_minute)
                .find_map(|minute| {
                    let same_minute = same_hour && minute == from_minute;
                    matching(60, second, |value| self.format.number(value))
                        .find(|second| !same_minute || *second >= from_second)
                        .map(|second| {
                            hour.wrapping_mul(60).wrapping_add(minute).wrapping_mul(60).wrapping_add(second)
                        })
                })
        })
    }
}

/// Values below `limit` that a byte of the alarm matches, in rising order.
fn matching(limit: u8, register: u8, encode: impl Fn(u8) -> u8) -> impl Iterator<Item = i64> {
    (0..limit).filter(move |value| register >= DONT_CARE || encode(*value) == register).map(i64::from)
}

#[cfg(test)]
mod tests;
