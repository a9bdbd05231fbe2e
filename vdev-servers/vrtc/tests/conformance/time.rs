//! Date and time: running, formats, setting, UIP.

use crate::bench::{A, B, Bench, SECOND};
use vdev::{Device, Nanos, Outcome, Width};

#[test]
fn the_clock_shows_the_epoch_and_goes_on() {
    let mut rtc = Bench::new();
    assert_eq!(rtc.time(), [0x50, 0x59, 0x23, 5, 0x29, 0x02, 0x24, 0x20]);
    rtc.now = Nanos(10 * SECOND - 1);
    assert_eq!(rtc.get(0), 0x59);
    rtc.now = Nanos(10 * SECOND);
    assert_eq!(rtc.time(), [0x00, 0x00, 0x00, 6, 0x01, 0x03, 0x24, 0x20]);
}

#[test]
fn binary_and_twelve_hours_change_the_format() {
    let mut rtc = Bench::new();
    rtc.set(B, 0x06);
    assert_eq!(rtc.time(), [50, 59, 23, 5, 29, 2, 24, 20]);
    rtc.set(B, 0x00);
    assert_eq!(rtc.get(4), 0x91);
    rtc.set(B, 0x04);
    assert_eq!(rtc.get(4), 0x80 | 11);
    let hours: Vec<u8> = (0..24)
        .map(|_| {
            rtc.now = rtc.now.after(3600 * SECOND);
            rtc.get(4)
        })
        .collect();
    let expected: Vec<u8> = [12].into_iter().chain(1..12).flat_map(|hour| [hour]).collect();
    assert_eq!(hours[..12], expected);
    assert_eq!(hours[12..], expected.iter().map(|hour| hour | 0x80).collect::<Vec<u8>>());
}

#[test]
fn set_holds_the_time_until_it_is_released() {
    let mut rtc = Bench::new();
    rtc.set(B, 0x82);
    rtc.now = Nanos(5 * SECOND);
    assert_eq!(rtc.get(0), 0x50);
    rtc.set_time([0x58, 0x59, 0x23, 6, 0x31, 0x12, 0x99, 0x19]);
    assert_eq!(rtc.time(), [0x58, 0x59, 0x23, 6, 0x31, 0x12, 0x99, 0x19]);
    rtc.set(B, 0x02);
    rtc.now = Nanos(7 * SECOND);
    assert_eq!(rtc.time(), [0x00, 0x00, 0x00, 7, 0x01, 0x01, 0x00, 0x20]);
}

#[test]
fn a_field_may_be_set_while_the_clock_runs() {
    let mut rtc = Bench::new();
    rtc.set(0x04, 0x05);
    assert_eq!(rtc.time(), [0x50, 0x59, 0x05, 5, 0x29, 0x02, 0x24, 0x20]);
    rtc.now = Nanos(10 * SECOND);
    assert_eq!(rtc.get(4), 0x06);
}

#[test]
fn a_weekday_that_the_guest_chose_counts_on_from_there() {
    let mut rtc = Bench::new();
    rtc.set(0x06, 7);
    assert_eq!(rtc.get(0x06), 7);
    rtc.now = Nanos(10 * SECOND);
    assert_eq!(rtc.get(0x06), 1);
}

#[test]
fn a_date_that_does_not_exist_carries_over() {
    let mut rtc = Bench::new();
    rtc.set(B, 0x82);
    rtc.set_time([0x00, 0x00, 0x00, 1, 0x31, 0x02, 0x23, 0x20]);
    rtc.set(B, 0x02);
    assert_eq!((rtc.get(7), rtc.get(8)), (0x03, 0x03));
}

#[test]
fn update_in_progress_is_short_and_before_the_second() {
    let mut rtc = Bench::new();
    let steps: Vec<u64> = (0..10_000)
        .filter(|step| {
            rtc.now = Nanos(step * 100_000 + 1);
            rtc.get(A) & 0x80 != 0
        })
        .collect();
    assert_eq!(steps, [9998, 9999], "of 100 us each");
    rtc.now = Nanos(2 * SECOND - 1);
    rtc.set(B, 0x82);
    assert_eq!(rtc.get(A) & 0x80, 0, "SET ends an update");
}

#[test]
fn a_divider_in_reset_stops_the_clock_and_ends_half_a_second_before_the_next() {
    let mut rtc = Bench::new();
    rtc.now = Nanos(SECOND / 4);
    rtc.set(A, 0x76);
    rtc.now = Nanos(3 * SECOND);
    assert_eq!(rtc.get(0), 0x50);
    rtc.set(A, 0x26);
    rtc.now = Nanos(3 * SECOND + SECOND / 2 - 1);
    assert_eq!(rtc.get(0), 0x50);
    rtc.now = Nanos(3 * SECOND + SECOND / 2);
    assert_eq!(rtc.get(0), 0x51);
}

#[test]
fn ram_keeps_what_is_written_and_the_nmi_bit_selects_nothing() {
    let mut rtc = Bench::new();
    for index in (0x0e..0x80).filter(|index| *index != 0x32) {
        rtc.set(index, index ^ 0x55);
    }
    for index in (0x0e..0x80).filter(|index| *index != 0x32) {
        assert_eq!(rtc.get(index | 0x80), index ^ 0x55);
    }
    assert_eq!(rtc.get(0x0d), 0x80);
}

#[test]
fn a_word_written_to_the_index_port_writes_the_data_too() {
    let mut rtc = Bench::new();
    rtc.output(0x70, 0xab_40, Width::Word);
    assert_eq!(rtc.get(0x40), 0xab);
    assert_eq!(rtc.input(0x70, Width::Byte), 0xff, "the index cannot be read");
}

#[test]
fn a_clock_that_is_told_the_time_begins_that_second() {
    let mut bench = Bench::new();
    bench.wait(700_000_000);
    bench.rtc.set_clock(1_709_208_305, bench.now, &mut Outcome::new());
    assert_eq!(bench.time(), [0x05, 0x05, 0x12, 0x05, 0x29, 0x02, 0x24, 0x20]);
    bench.wait(999_000_000);
    assert_eq!(bench.get(0), 0x05);
    bench.wait(1_000_000);
    assert_eq!(bench.get(0), 0x06);
    bench.rtc.set_clock(u64::MAX, bench.now, &mut Outcome::new());
    assert_eq!(bench.time(), [0x59, 0x59, 0x23, 0x06, 0x31, 0x12, 0x99, 0x99]);
}
