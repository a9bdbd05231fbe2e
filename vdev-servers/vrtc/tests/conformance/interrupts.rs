//! Flags, enables and the line.

use crate::bench::{A, B, Bench, C, SECOND};
use vdev::{Device, Nanos};

#[test]
fn an_idle_clock_wants_no_tick() {
    assert_eq!(Bench::new().rtc.deadline(), None);
}

#[test]
fn the_update_interrupt_comes_with_each_second() {
    let mut rtc = Bench::new();
    rtc.now = Nanos(SECOND / 3);
    rtc.set(B, 0x12);
    for second in 1..4 {
        rtc.wait(2 * SECOND);
        assert_eq!((rtc.line, rtc.now), (true, Nanos(second * SECOND)));
        assert_eq!(rtc.rtc.deadline(), None, "the line is high already");
        assert_eq!(rtc.get(C) & 0x90, 0x90);
        assert!(!rtc.line);
        assert_eq!(rtc.get(C), 0);
    }
}

#[test]
fn flags_are_set_without_their_enables() {
    let mut rtc = Bench::new();
    rtc.now = Nanos(SECOND);
    assert_eq!(rtc.get(C), 0x50, "update and period, and no IRQF");
    assert!(!rtc.line);
}

#[test]
fn a_flag_that_waits_raises_the_line_when_it_is_enabled() {
    let mut rtc = Bench::new();
    rtc.now = Nanos(SECOND);
    rtc.set(B, 0x12);
    assert!(rtc.line);
}

#[test]
fn the_alarm_comes_at_its_time() {
    let mut rtc = Bench::new();
    for (index, value) in [(1, 0x00), (3, 0x01), (5, 0x00)] {
        rtc.set(index, value);
    }
    rtc.set(B, 0x22);
    rtc.wait(3600 * SECOND);
    assert_eq!((rtc.line, rtc.now), (true, Nanos(70 * SECOND)));
    assert_eq!(rtc.get(C) & 0xa0, 0xa0);
    rtc.wait(200_000 * SECOND);
    assert_eq!(rtc.now, Nanos((70 + 86_400) * SECOND), "and again a day later");
}

#[test]
fn an_alarm_that_does_not_care_comes_each_minute() {
    let mut rtc = Bench::new();
    for (index, value) in [(1, 0x15), (3, 0xff), (5, 0xc0)] {
        rtc.set(index, value);
    }
    rtc.set(B, 0x22);
    for at in [25, 85, 145] {
        rtc.wait(100 * SECOND);
        assert_eq!(rtc.now, Nanos(at * SECOND));
        rtc.get(C);
    }
}

#[test]
fn an_alarm_that_is_no_time_never_comes() {
    let mut rtc = Bench::new();
    rtc.set(1, 0x61);
    rtc.set(B, 0x22);
    assert_eq!(rtc.rtc.deadline(), None);
}

#[test]
fn each_periodic_rate_has_its_frequency() {
    for (select, hertz) in
        (3u8..).zip([8192, 4096, 2048, 1024, 512, 256, 128, 64, 32, 16, 8, 4, 2]).chain([(1, 256), (2, 128)])
    {
        let mut rtc = Bench::new();
        rtc.set(A, 0x20 | select);
        rtc.set(B, 0x42);
        let mut count = 0;
        while rtc.now < Nanos(SECOND) {
            rtc.wait(SECOND);
            assert_eq!(rtc.get(C) & 0xc0, 0xc0);
            count += 1;
        }
        assert_eq!((count, rtc.now), (hertz, Nanos(SECOND)), "rate {select}");
    }
}

#[test]
fn many_missed_periods_are_one_interrupt_in_phase() {
    let mut rtc = Bench::new();
    rtc.set(B, 0x42);
    rtc.now = Nanos(SECOND / 2 + 1);
    rtc.tick();
    assert_eq!(rtc.get(C) & 0xc0, 0xc0);
    assert_eq!(rtc.get(C), 0);
    assert_eq!(rtc.rtc.deadline(), Some(Nanos(SECOND / 2 + 976_563)));
}

#[test]
fn rate_zero_has_no_period() {
    let mut rtc = Bench::new();
    rtc.set(A, 0x20);
    rtc.set(B, 0x42);
    assert_eq!(rtc.rtc.deadline(), None);
}

#[test]
fn set_clears_the_update_enable_and_stops_updates_but_not_periods() {
    let mut rtc = Bench::new();
    rtc.set(B, 0x92);
    assert_eq!(rtc.get(B), 0x82);
    rtc.now = Nanos(3 * SECOND);
    assert_eq!(rtc.get(C), 0x40);
}
