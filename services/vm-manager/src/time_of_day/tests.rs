//! Clocks of all formats, in the middle of an update, broken.
#![expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "a test may fail")]

use super::*;

struct Clock {
    bytes: [u8; 128],
    /// Reads of A that find an update.
    updating: usize,
    /// The second changes in the middle of the first look.
    ticks: bool,
    reads: usize,
}

impl Cmos for Clock {
    fn read(&mut self, index: u8) -> u8 {
        self.reads += 1;
        if index == A && self.updating > 0 {
            self.updating -= 1;
            return self.bytes[usize::from(A)] | UIP;
        }
        if index == MINUTE && core::mem::take(&mut self.ticks) {
            self.bytes[usize::from(SECOND)] += 1;
        }
        self.bytes[usize::from(index)]
    }
}

/// Second, minute, hour, day, month, year, century, B.
fn clock(fields: [u8; 8]) -> Clock {
    let mut bytes = [0; 128];
    let places = [SECOND, MINUTE, HOUR, DAY, MONTH, YEAR, CENTURY, B];
    for (place, byte) in places.into_iter().zip(fields) {
        bytes[usize::from(place)] = byte;
    }
    bytes[usize::from(A)] = 0x26;
    bytes[usize::from(D)] = VRT;
    Clock { bytes, updating: 0, ticks: false, reads: 0 }
}

#[test]
fn dates_of_all_formats_are_read() {
    let moment = Some(1_709_208_305);
    for fields in [
        [0x05, 0x05, 0x12, 0x29, 0x02, 0x24, 0x20, HOURS_24],
        [5, 5, 12, 29, 2, 24, 20, HOURS_24 | DM],
        [0x05, 0x05, 0x92, 0x29, 0x02, 0x24, 0x20, 0],
        [5, 5, 0x8c, 29, 2, 24, 20, DM],
        // A machine that keeps no century.
        [0x05, 0x05, 0x12, 0x29, 0x02, 0x24, 0x00, HOURS_24],
    ] {
        assert_eq!(time_of_day(&mut clock(fields)), moment, "{fields:x?}");
    }
}

#[test]
fn midnight_and_noon_of_twelve_hours_are_told_apart() {
    let at = |hour| time_of_day(&mut clock([0, 0, hour, 1, 1, 70, 19, DM]));
    assert_eq!((at(12), at(12 | PM), at(1), at(11 | PM)), (Some(0), Some(43_200), Some(3600), Some(82_800)));
}

#[test]
fn known_days_have_their_numbers() {
    let day = |year, month, day| days(year, month, day);
    assert_eq!(day(1970, 1, 1), Some(0));
    assert_eq!(day(2000, 2, 29), Some(11_016));
    assert_eq!(day(2000, 3, 1), Some(11_017));
    assert_eq!(day(2100, 3, 1), Some(47_541));
    assert_eq!(day(1969, 12, 31), None);
}

#[test]
fn an_update_is_waited_for_and_a_torn_look_is_thrown_away() {
    let mut clock = clock([0x59, 0x00, 0x00, 0x01, 0x01, 0x24, 0x20, HOURS_24]);
    clock.updating = 40;
    assert_eq!(time_of_day(&mut clock), Some(1_704_067_200 + 59));
    let mut torn = self::clock([0x08, 0x00, 0x00, 0x01, 0x01, 0x24, 0x20, HOURS_24]);
    torn.ticks = true;
    assert_eq!(time_of_day(&mut torn), Some(1_704_067_200 + 9));
}

#[test]
fn a_clock_that_does_not_work_says_nothing_in_bounded_time() {
    let mut updating = clock([0; 8]);
    updating.updating = usize::MAX;
    assert_eq!(time_of_day(&mut updating), None);
    assert!(updating.reads <= 2 * LOOKS);
    let mut dead = clock([0x05, 0x05, 0x12, 0x29, 0x02, 0x24, 0x20, HOURS_24]);
    dead.bytes[usize::from(D)] = 0;
    assert_eq!(time_of_day(&mut dead), None);
    for fields in [
        [0x7a, 0, 0, 1, 1, 0, 0x20, HOURS_24],
        [0, 0, 0x24, 1, 1, 0, 0x20, HOURS_24],
        [0, 0, 0x13, 1, 1, 0, 0x20, 0],
        [0, 0, 0, 0, 1, 0, 0x20, HOURS_24],
        [0xff; 8],
    ] {
        assert_eq!(time_of_day(&mut clock(fields)), None, "{fields:x?}");
    }
}
