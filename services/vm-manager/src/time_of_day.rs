//! The machine's own real-time clock: an MC146818 in its CMOS, read once for each VM that starts.
//!
//! It is taken to show UTC, as machines without another system on them do.

/// The clock's registers.
pub trait Cmos {
    /// Reads the byte with this index.
    fn read(&mut self, index: u8) -> u8;
}

const SECOND: u8 = 0x00;
const MINUTE: u8 = 0x02;
const HOUR: u8 = 0x04;
const DAY: u8 = 0x07;
const MONTH: u8 = 0x08;
const YEAR: u8 = 0x09;
const A: u8 = 0x0a;
const B: u8 = 0x0b;
const D: u8 = 0x0d;
/// Where PCs keep the century.
const CENTURY: u8 = 0x32;
/// A: an update is under way or about to come.
const UIP: u8 = 0x80;
/// B: bytes are binary, not BCD.
const DM: u8 = 0x04;
/// B: hours go to 23.
const HOURS_24: u8 = 0x02;
/// D: the battery has held.
const VRT: u8 = 0x80;
/// Of the hour, without `HOURS_24`: after noon.
const PM: u8 = 0x80;
/// An update takes 2 ms, and a look at least a microsecond: one of so many looks is between two updates.
const LOOKS: usize = 10_000;

/// Seconds since 1970; nothing if the clock does not say.
pub fn time_of_day(cmos: &mut impl Cmos) -> Option<u64> {
    if cmos.read(D) & VRT == 0 {
        return None;
    }
    let fields = settled(cmos)?;
    let format = cmos.read(B);
    let century =
        number(cmos.read(CENTURY), format).filter(|century| (19..=99).contains(century)).unwrap_or(20);
    seconds(fields, format, century)
}

/// Second, minute, hour, day, month, year: as they are twice in a row, with no update between.
fn settled(cmos: &mut impl Cmos) -> Option<[u8; 6]> {
    let mut look = || {
        (cmos.read(A) & UIP == 0)
            .then(|| [SECOND, MINUTE, HOUR, DAY, MONTH, YEAR].map(|index| cmos.read(index)))
    };
    let mut before = None;
    for _ in 0..LOOKS {
        let now = look();
        if now.is_some() && now == before {
            return now;
        }
        before = now;
    }
    None
}

fn seconds([second, minute, hour, day, month, year]: [u8; 6], format: u8, century: u32) -> Option<u64> {
    let within = |byte: u8, least: u32, most: u32| {
        number(byte, format).filter(|number| (least..=most).contains(number))
    };
    let (second, minute) = (within(second, 0, 59)?, within(minute, 0, 59)?);
    let hour = if format & HOURS_24 != 0 {
        within(hour, 0, 23)?
    } else {
        let after_noon = if hour & PM != 0 { 12 } else { 0 };
        // Twelve comes before one.
        within(hour & !PM, 1, 12)?.checked_rem(12)?.checked_add(after_noon)?
    };
    let year = century.checked_mul(100)?.checked_add(within(year, 0, 99)?)?;
    let days = days(year, within(month, 1, 12)?, within(day, 1, 31)?)?;
    let hours = days.checked_mul(24)?.checked_add(u64::from(hour))?;
    let minutes = hours.checked_mul(60)?.checked_add(u64::from(minute))?;
    minutes.checked_mul(60)?.checked_add(u64::from(second))
}

/// Days since 1970 of a date of the Gregorian calendar. Years are counted from March, so that a leap day is the last.
fn days(year: u32, month: u32, day: u32) -> Option<u64> {
    const DAYS_UNTIL_1970: u64 = 719_468;
    let year = if month <= 2 { year.checked_sub(1)? } else { year };
    let month = month.checked_add(9)?.checked_rem(12)?;
    let of_year = month.checked_mul(153)?.checked_add(2)?.checked_div(5)?.checked_add(day)?.checked_sub(1)?;
    let leaps =
        year.checked_div(4)?.checked_sub(year.checked_div(100)?)?.checked_add(year.checked_div(400)?)?;
    let days =
        u64::from(year).checked_mul(365)?.checked_add(u64::from(leaps))?.checked_add(u64::from(of_year))?;
    days.checked_sub(DAYS_UNTIL_1970)
}

/// The number that a byte stands for.
fn number(byte: u8, format: u8) -> Option<u32> {
    if format & DM != 0 {
        return Some(byte.into());
    }
    let (tens, ones) = (u32::from(byte >> 4), u32::from(byte & 0xf));
    (tens < 10 && ones < 10).then(|| tens.saturating_mul(10).saturating_add(ones))
}

#[cfg(test)]
mod tests;
