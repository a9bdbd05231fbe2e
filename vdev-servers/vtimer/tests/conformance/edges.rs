//! Interrupts of channel 0: when they come, and what is asked for in between.

use crate::bench::{Bench, CONTROL, at_pulse};
use vdev::{Device, Nanos};

#[test]
fn an_idle_timer_wants_no_tick() {
    let mut timer = Bench::new();
    assert_eq!(timer.timer.deadline(), None);
    timer.output(CONTROL, 0x34);
    assert_eq!(timer.timer.deadline(), None, "a control word counts nothing");
    timer.program(2, 3, 1000);
    assert_eq!(timer.timer.deadline(), None, "nobody hears channel 2");
}

#[test]
fn a_rate_generator_rises_once_each_period() {
    let mut timer = Bench::new();
    timer.program(0, 2, 11_932);
    let expected: Vec<Nanos> = (1..=5).map(|period| at_pulse(1 + period * 11_932)).collect();
    assert_eq!(timer.wait_until(5 * 11_932 + 100), expected);
}

#[test]
fn a_square_wave_rises_once_each_period() {
    let mut timer = Bench::new();
    timer.program(0, 3, 0);
    let expected: Vec<Nanos> = (1..=3).map(|period| at_pulse(1 + period * 65_536)).collect();
    assert_eq!(timer.wait_until(3 * 65_536 + 100), expected);
}

#[test]
fn a_terminal_count_rises_once() {
    let mut timer = Bench::new();
    timer.program(0, 0, 1000);
    assert!(!timer.line);
    assert_eq!(timer.wait_until(200_000), [at_pulse(1001)]);
    assert!(timer.line);
    assert_eq!(timer.timer.deadline(), None);
    timer.write_count(0, 500);
    assert!(!timer.line);
    assert_eq!(timer.wait_until(300_000), [at_pulse(200_501)]);
}

#[test]
fn a_control_word_that_ends_a_high_output_is_no_edge() {
    let mut timer = Bench::new();
    timer.program(0, 0, 1000);
    timer.wait_until(2000);
    assert!(timer.line);
    let before = timer.edges;
    timer.output(CONTROL, 0x30);
    assert!(!timer.line);
    assert_eq!(timer.edges, before);
}

#[test]
fn a_rise_that_nobody_has_seen_is_an_edge_even_if_a_control_word_ends_it() {
    let mut timer = Bench::new();
    timer.program(0, 0, 1000);
    let before = timer.edges;
    timer.now = at_pulse(2000);
    timer.output(CONTROL, 0x30);
    assert!(!timer.line);
    assert_eq!(timer.edges, before + 1);
}

#[test]
fn a_software_strobe_rises_after_its_low_pulse() {
    let mut timer = Bench::new();
    timer.program(0, 4, 100);
    assert_eq!(timer.wait_until(100_000), [at_pulse(102)]);
}

#[test]
fn a_new_count_waits_for_the_end_of_the_period() {
    let mut timer = Bench::new();
    timer.program(0, 2, 1000);
    timer.now = at_pulse(500);
    timer.write_count(0, 300);
    assert_eq!(timer.wait_until(1700), [at_pulse(1001), at_pulse(1301), at_pulse(1601)]);
}

#[test]
fn many_missed_periods_are_one_edge_in_phase() {
    let mut timer = Bench::new();
    timer.program(0, 2, 1000);
    timer.now = at_pulse(10_500);
    let before = timer.edges;
    timer.tick();
    assert_eq!(timer.edges, before + 1);
    timer.tick();
    assert_eq!(timer.edges, before + 1);
    assert_eq!(timer.timer.deadline(), Some(at_pulse(11_001)));
}

#[test]
fn an_access_delivers_an_edge_that_is_due() {
    let mut timer = Bench::new();
    timer.program(0, 3, 1000);
    timer.now = at_pulse(1700);
    let before = timer.edges;
    timer.input(0x40);
    assert_eq!(timer.edges, before + 1);
    assert!(!timer.line, "the second half of the second period is low");
}

#[test]
fn too_short_a_period_does_not_keep_the_server_busy() {
    for mode in [2, 3] {
        let mut timer = Bench::new();
        timer.program(0, mode, 2);
        let mut ticks = 0;
        while timer.now < Nanos(1_000_000) {
            timer.now = timer.timer.deadline().unwrap();
            timer.tick();
            ticks += 1;
        }
        assert_eq!(ticks, 50);
    }
}

#[test]
fn a_period_of_one_has_no_edges() {
    for mode in [2, 3] {
        let mut timer = Bench::new();
        timer.program(0, mode, 1);
        assert_eq!(timer.timer.deadline(), None);
    }
}

#[test]
fn a_control_word_moves_the_line() {
    let mut timer = Bench::new();
    timer.output(CONTROL, 0x34);
    assert!(timer.line);
    timer.output(CONTROL, 0x30);
    assert!(!timer.line);
}
