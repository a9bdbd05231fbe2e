//! Edge and level requests, acknowledgement, spurious vectors.

use super::*;

#[test]
fn each_line_has_its_vector() {
    for line in (0..16).filter(|line| *line != 2) {
        let mut bench = Bench::new();
        bench.raise(line);
        let vector = if line < 8 { 0x08 + line } else { 0x70 + line - 8 };
        assert_eq!(bench.interrupt(), Some(vector));
        assert!(!bench.intr);
    }
}

#[test]
fn other_lines_and_line_2_do_nothing() {
    let mut bench = Bench::new();
    for line in (16..64).chain([2]) {
        bench.raise(line);
        assert!(!bench.intr);
    }
    assert_eq!(bench.select(PRIMARY, READ_IRR), 0);
}

#[test]
fn an_edge_is_one_request_however_long_the_line_stays_high() {
    let mut bench = Bench::new();
    bench.raise(4);
    assert_eq!(bench.select(PRIMARY, READ_IRR), 0x10);
    assert_eq!(bench.interrupt(), Some(0x0c));
    assert_eq!((bench.select(PRIMARY, READ_IRR), bench.select(PRIMARY, READ_ISR)), (0, 0x10));
    bench.write(PRIMARY, NON_SPECIFIC_EOI);
    assert!(!bench.intr);
    bench.lower(4);
    bench.raise(4);
    assert_eq!(bench.select(PRIMARY, READ_ISR), 0);
    assert_eq!(bench.interrupt(), Some(0x0c));
}

#[test]
fn a_pulse_is_a_request() {
    let mut bench = Bench::new();
    bench.pulse(0);
    assert_eq!(bench.interrupt(), Some(0x08));
    bench.pulse(0);
    bench.write(PRIMARY, NON_SPECIFIC_EOI);
    assert_eq!(bench.interrupt(), Some(0x08));
}

#[test]
fn an_edge_while_masked_is_requested_on_unmask() {
    let mut bench = Bench::new();
    bench.write(PRIMARY + 1, 0x10);
    bench.pulse(4);
    assert_eq!((bench.intr, bench.select(PRIMARY, READ_IRR)), (false, 0x10));
    bench.write(PRIMARY + 1, 0);
    assert_eq!(bench.interrupt(), Some(0x0c));
}

#[test]
fn a_level_requests_as_long_as_it_lasts() {
    let mut bench = Bench::new();
    bench.write(0x4d1, 0x04);
    bench.raise(10);
    for _ in 0..2 {
        assert_eq!(bench.interrupt(), Some(0x72));
        bench.write(SECONDARY, NON_SPECIFIC_EOI);
        bench.write(PRIMARY, NON_SPECIFIC_EOI);
    }
    assert_eq!(bench.interrupt(), Some(0x72));
    bench.lower(10);
    bench.write(SECONDARY, NON_SPECIFIC_EOI);
    bench.write(PRIMARY, NON_SPECIFIC_EOI);
    assert!(!bench.intr);
}

#[test]
fn an_acknowledgement_that_nobody_asked_for_is_a_spurious_interrupt_7() {
    let mut bench = Bench::new();
    bench.write(0x4d0, 0x20);
    bench.raise(5);
    assert!(bench.intr);
    bench.lower(5);
    assert!(!bench.intr);
    assert_eq!(bench.acknowledge(), 0x0f);
    assert_eq!(bench.select(PRIMARY, READ_ISR), 0);
}

#[test]
fn a_request_that_the_secondary_withdraws_is_a_spurious_interrupt_15() {
    let mut bench = Bench::new();
    bench.write(0x4d1, 0x08);
    bench.raise(11);
    bench.lower(11);
    assert_eq!(bench.interrupt(), Some(0x77));
    assert_eq!((bench.select(PRIMARY, READ_ISR), bench.select(SECONDARY, READ_ISR)), (0x04, 0));
    bench.write(PRIMARY, NON_SPECIFIC_EOI);
    assert!(!bench.intr);
}

#[test]
fn only_some_inputs_can_be_level_triggered() {
    let mut bench = Bench::power_on();
    bench.write(0x4d0, 0xff);
    bench.write(0x4d1, 0xff);
    assert_eq!((bench.read(0x4d0), bench.read(0x4d1)), (0xf8, 0xde));
    let mut outcome = Outcome::new();
    bench.pair.write(Access::port(0x4d0, Width::Word), 0x0820, NOW, &mut outcome);
    assert_eq!(bench.pair.read(Access::port(0x4d0, Width::Word), NOW, &mut outcome), 0x0820);
}

#[test]
fn an_edge_is_forgotten_when_its_input_becomes_level_triggered() {
    let mut bench = Bench::new();
    bench.pulse(5);
    bench.write(0x4d0, 0x20);
    assert!(!bench.intr);
    bench.write(0x4d0, 0);
    assert!(!bench.intr);
}

#[test]
fn the_output_falls_with_each_acknowledgement() {
    let mut bench = Bench::with_icw4(3, 1);
    bench.pulse(1);
    bench.pulse(3);
    let mut outcome = Outcome::new();
    assert_eq!(bench.pair.acknowledge(NOW, &mut outcome), Some(0x09));
    assert_eq!((outcome.line(OUTPUT), outcome.line_pulse()), (Some(true), 1 << OUTPUT));
}

#[test]
fn other_ports_read_as_ones() {
    let mut bench = Bench::new();
    assert_eq!(bench.pair.read(Access::port(0x22, Width::Byte), NOW, &mut Outcome::new()), 0xff);
    assert_eq!(bench.pair.read(Access::port(0x21, Width::Word), NOW, &mut Outcome::new()), 0xff00);
    assert_eq!(bench.pair.read(Access::mmio(0x21, Width::Byte), NOW, &mut Outcome::new()), 0xff);
}
