//! Edge-triggered pins and the wiring.

use super::*;
use vdev::DeliveryMode;

#[test]
fn each_line_has_its_pin() {
    for line in (0..24).chain([63]).filter(|line| *line != 2) {
        let mut bench = Bench::new();
        for pin in 0..24 {
            bench.set_entry(pin, 0x40 + u64::from(pin));
        }
        bench.raise(line);
        let pin = match line {
            0 => 2,
            63 => 0,
            line => line,
        };
        assert_eq!(bench.vectors(), [0x40 + pin]);
    }
}

#[test]
fn lines_without_a_pin_do_nothing() {
    let mut bench = Bench::new();
    for pin in 0..24 {
        bench.set_entry(pin, 0x40 + u64::from(pin));
    }
    for line in (24..63).chain([2]) {
        bench.raise(line);
    }
    assert_eq!(bench.vectors(), []);
}

#[test]
fn an_edge_is_sent_once_and_needs_a_fall_before_the_next() {
    let mut bench = Bench::new();
    bench.set_entry(4, 0x34);
    bench.raise(4);
    assert_eq!(bench.vectors(), [0x34]);
    bench.set_entry(4, 0x34 | MASKED);
    bench.set_entry(4, 0x34);
    bench.end(0x34);
    assert_eq!(bench.vectors(), []);
    bench.lower(4);
    assert_eq!(bench.vectors(), []);
    bench.raise(4);
    assert_eq!(bench.vectors(), [0x34]);
}

#[test]
fn a_pulse_is_an_edge() {
    let mut bench = Bench::new();
    bench.set_entry(8, 0x38);
    bench.pulse(8);
    bench.pulse(8);
    assert_eq!(bench.vectors(), [0x38, 0x38]);
}

#[test]
fn an_edge_while_masked_is_neither_sent_nor_held() {
    let mut bench = Bench::new();
    bench.set_entry(8, 0x38 | MASKED);
    let before = bench.chip.clone();
    bench.pulse(8);
    assert_eq!(bench.chip, before);
    bench.set_entry(8, 0x38);
    bench.tick();
    assert_eq!(bench.vectors(), []);
    bench.pulse(8);
    assert_eq!(bench.vectors(), [0x38]);
}

#[test]
fn a_line_that_rose_while_masked_must_fall_and_rise_again() {
    let mut bench = Bench::new();
    bench.set_entry(8, 0x38 | MASKED);
    bench.raise(8);
    bench.set_entry(8, 0x38);
    assert_eq!(bench.vectors(), []);
    bench.lower(8);
    bench.raise(8);
    assert_eq!(bench.vectors(), [0x38]);
}

#[test]
fn messages_carry_destination_and_delivery_mode() {
    for (bits, mode) in [
        (0, DeliveryMode::Fixed),
        (1, DeliveryMode::LowestPriority),
        (4, DeliveryMode::Nmi),
        (5, DeliveryMode::Init),
        (7, DeliveryMode::ExtInt),
    ] {
        for logical in [false, true] {
            let mut bench = Bench::new();
            bench.set_entry(5, 0xa3 << 56 | u64::from(logical) << 11 | bits << 8 | 0x77);
            bench.pulse(5);
            assert_eq!(bench.sent, [Msi::new(0xa3, logical, 0x77, mode, false)]);
        }
    }
}

#[test]
fn system_management_and_reserved_modes_send_nothing() {
    for mode in [2, 3, 6] {
        let mut bench = Bench::new();
        bench.set_entry(5, mode << 8 | 0x77);
        bench.pulse(5);
        bench.set_entry(5, 0x77);
        assert_eq!(bench.vectors(), []);
    }
}

#[test]
fn polarity_is_stored_without_effect() {
    let mut bench = Bench::new();
    bench.set_entry(5, 1 << 13 | 0x77);
    assert_eq!(bench.entry(5), 1 << 13 | 0x77);
    bench.raise(5);
    assert_eq!(bench.vectors(), [0x77]);
}
