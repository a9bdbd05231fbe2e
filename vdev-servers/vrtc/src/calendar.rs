//! The Gregorian calendar: seconds since 1970 to date and time, and back.

const SECONDS_PER_DAY: i64 = 86_400;
const DAYS_PER_400_YEARS: i64 = 146_097;
/// Days of a common year before each month.
const DAYS_BEFORE_MONTH: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// A moment as people write it. Years count from the birth of Christ, months, days and weekdays (Sunday) from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) year: i64,
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) weekday: u8,
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
}

impl Moment {
    /// The moment so many seconds after the beginning of 1970.
    pub(crate) fn from_seconds(seconds: i64) -> Self {
        let days = seconds.div_euclid(SECONDS_PER_DAY);
        let within = seconds.rem_euclid(SECONDS_PER_DAY);
        let year = year_of(days);
        let of_year = days.wrapping_sub(days_before_year(year));
        let leap = is_leap(year);
        let month = (1..=12u8).rev().find(|month| days_before_month(*month, leap) <= of_year).unwrap_or(1);
        let day = of_year.wrapping_sub(days_before_month(month, leap)).wrapping_add(1);
        Self {
            year,
            month,
            day: small(day),
            // The first day of 1970 was a Thursday.
            weekday: small(days.wrapping_add(4).rem_euclid(7).wrapping_add(1)),
            hour: small(within / 3600),
            minute: small(within / 60 % 60),
            second: small(within % 60),
        }
    }

    /// Seconds since the beginning of 1970. Fields beyond their range carry over; the weekday is ignored.
    pub(crate) fn to_seconds(self) -> i64 {
        let month = self.month.clamp(1, 12);
        days_before_year(self.year)
            .wrapping_add(days_before_month(month, is_leap(self.year)))
            .wrapping_add(i64::from(self.day).wrapping_sub(1))
            .wrapping_mul(SECONDS_PER_DAY)
            .wrapping_add(i64::from(self.hour).wrapping_mul(3600))
            .wrapping_add(i64::from(self.minute).wrapping_mul(60))
            .wrapping_add(i64::from(self.second))
    }
}

fn small(value: i64) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

fn is_leap(year: i64) -> bool {
    year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0)
}

/// Days from the beginning of 1970 to the beginning of this year.
fn days_before_year(year: i64) -> i64 {
    let past = year.wrapping_sub(1);
    let leap_days = past.div_euclid(4).wrapping_sub(past.div_euclid(100)).wrapping_add(past.div_euclid(400));
    // 477 leap days lie before 1970.
    year.wrapping_sub(1970).wrapping_mul(365).wrapping_add(leap_days).wrapping_sub(477)
}

fn days_before_month(month: u8, leap: bool) -> i64 {
    let common = DAYS_BEFORE_MONTH.get(usize::from(month.wrapping_sub(1))).copied().unwrap_or(0);
    common.wrapping_add(i64::from(leap && month > 2))
}

fn year_of(days: i64) -> i64 {
    // The average year is wrong by less than one year, early or late.
    let guess = days.wrapping_mul(400).div_euclid(DAYS_PER_400_YEARS).wrapping_add(1970);
    [1, 0]
        .into_iter()
        .map(|more| guess.wrapping_add(more))
        .find(|year| days_before_year(*year) <= days)
        .unwrap_or_else(|| guess.wrapping_sub(1))
}

#[cfg(test)]
mod tests;
