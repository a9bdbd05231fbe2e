//! Latches, byte sequences, port 0x61 and the PM timer: what drivers do with them.

use crate::bench::{Bench, CONTROL, PM_TIMER, PORT_B, at_pulse};
use vdev::{Nanos, Width};

#[test]
fn a_latched_count_stays_until_it_is_read() {
    let mut timer = Bench::new();
    timer.program(0, 2, 0);
    timer.now = at_pulse(0x1235);
    timer.output(CONTROL, 0x00);
    timer.now = at_pulse(0x8000);
    timer.output(CONTROL, 0x00);
    let expected = (0x1_0000u32 - 0x1234).to_le_bytes();
    assert_eq!([timer.input(0x40), timer.input(0x40)], expected[..2]);
    let expected = (0x1_0000u32 - 0x7fff).to_le_bytes();
    assert_eq!([timer.input(0x40), timer.input(0x40)], expected[..2], "then the live one");
}

#[test]
fn read_back_gives_the_status_before_the_count() {
    let mut timer = Bench::new();
    timer.program(0, 2, 0x2000);
    timer.now = at_pulse(2);
    timer.output(CONTROL, 0xc2);
    assert_eq!([timer.input(0x40), timer.input(0x40), timer.input(0x40)], [0xb4, 0xff, 0x1f]);
}

#[test]
fn read_back_selects_counters_and_what_they_hold() {
    let mut timer = Bench::new();
    timer.program(0, 3, 0x1000);
    timer.program(1, 2, 0x2000);
    timer.now = at_pulse(1);
    timer.output(CONTROL, 0xe6);
    timer.now = at_pulse(2);
    assert_eq!([timer.input(0x40), timer.input(0x40), timer.input(0x40)], [0xb6, 0xfe, 0x0f]);
    assert_eq!([timer.input(0x41), timer.input(0x41), timer.input(0x41)], [0xb4, 0xff, 0x1f]);
}

#[test]
fn a_counter_without_a_loaded_count_says_so() {
    let mut timer = Bench::new();
    timer.output(CONTROL, 0x34);
    assert_eq!(timer.read_back(0).0, 0xf4);
    timer.write_count(0, 1000);
    assert_eq!(timer.read_back(0).0, 0xf4);
    timer.now = at_pulse(1);
    assert_eq!(timer.read_back(0).0, 0xb4);
}

#[test]
fn one_byte_modes_leave_the_other_byte_zero() {
    for (control, byte, count) in [(0x90, 0x12, 0x0012), (0xa0, 0x12, 0x1200)] {
        let mut timer = Bench::new();
        timer.output(CONTROL, control);
        timer.output(0x42, byte);
        timer.now = at_pulse(1);
        let read = timer.input(0x42);
        assert_eq!((read, timer.input(0x42)), (byte, byte));
        timer.output(CONTROL, 0xb0);
        timer.write_count(2, count);
        assert_eq!(timer.read_back(2).1, count);
    }
}

#[test]
fn a_control_word_starts_the_byte_sequence_anew() {
    let mut timer = Bench::new();
    timer.program(2, 0, 0x1234);
    timer.input(0x42);
    timer.output(0x42, 0x77);
    timer.program(2, 0, 0x5678);
    timer.now = at_pulse(1);
    assert_eq!([timer.input(0x42), timer.input(0x42)], [0x78, 0x56]);
}

#[test]
fn channel_2_measures_time_as_linux_calibrates_its_clock() {
    let mut timer = Bench::new();
    timer.output(PORT_B, 0x01);
    timer.program(2, 0, 11_931);
    assert_eq!(timer.input(PORT_B) & 0x21, 0x01);
    timer.now = Nanos(9_900_000);
    assert_eq!(timer.input(PORT_B) & 0x20, 0);
    timer.now = Nanos(10_001_000);
    assert_eq!(timer.input(PORT_B) & 0x20, 0x20);
}

#[test]
fn the_gate_holds_channel_2() {
    let mut timer = Bench::new();
    timer.program(2, 0, 1000);
    timer.now = at_pulse(5000);
    assert_eq!(timer.read_back(2), (0x30, 1000));
    timer.output(PORT_B, 0x01);
    timer.now = at_pulse(5999);
    assert_eq!(timer.read_back(2), (0x30, 1));
    timer.now = at_pulse(6000);
    assert_eq!(timer.read_back(2), (0xb0, 0));
}

#[test]
fn refresh_toggles_and_the_checks_never_fail() {
    let mut timer = Bench::new();
    timer.output(PORT_B, 0xff);
    let toggles: Vec<u8> = (0..4)
        .map(|step| {
            timer.now = at_pulse(step * 18);
            timer.input(PORT_B) & 0xdf
        })
        .collect();
    assert_eq!(toggles, [0x0f, 0x1f, 0x0f, 0x1f]);
}

#[test]
fn the_pm_timer_counts_and_wraps_at_any_width() {
    let mut timer = Bench::new();
    timer.now = Nanos(1_000_000_000);
    assert_eq!(timer.read(PM_TIMER, Width::Double), 3_579_545);
    assert_eq!(timer.read(PM_TIMER + 1, Width::Word), 3_579_545 >> 8 & 0xffff);
    assert_eq!(timer.read(PM_TIMER + 3, Width::Word), 0xff00);
    timer.output(PM_TIMER, 0);
    assert_eq!(timer.read(PM_TIMER, Width::Double), 3_579_545, "a write changes nothing");
    timer.now = Nanos(1_200_000_000_000);
    assert_eq!(timer.read(PM_TIMER, Width::Double), 3_579_545 * 1200 % (1 << 32));
}

#[test]
fn the_control_port_cannot_be_read() {
    assert_eq!(Bench::new().input(CONTROL), 0xff);
}
