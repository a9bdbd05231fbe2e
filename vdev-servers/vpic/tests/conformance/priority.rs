//! Nesting, rotation, ends of interrupts, special mask mode.

use super::*;

/// Requests all inputs of the primary but the cascade's, and ends each by rotation-free EOI: the order of service.
fn order(bench: &mut Bench) -> Vec<u8> {
    for line in [0, 1, 3, 4, 5, 6, 7] {
        bench.pulse(line);
    }
    let mut order = Vec::new();
    while let Some(vector) = bench.interrupt() {
        order.push(vector - 0x08);
        bench.write(PRIMARY, 0x60 | (vector - 0x08));
    }
    order
}

#[test]
fn input_0_is_first_after_initialization() {
    assert_eq!(order(&mut Bench::new()), [0, 1, 3, 4, 5, 6, 7]);
}

#[test]
fn higher_priorities_interrupt_and_others_wait() {
    let mut bench = Bench::new();
    bench.pulse(4);
    assert_eq!(bench.interrupt(), Some(0x0c));
    bench.pulse(4);
    bench.pulse(6);
    assert!(!bench.intr);
    bench.pulse(1);
    assert_eq!(bench.interrupt(), Some(0x09));
    assert_eq!(bench.select(PRIMARY, READ_ISR), 0x12);
    bench.write(PRIMARY, NON_SPECIFIC_EOI);
    assert_eq!((bench.select(PRIMARY, READ_ISR), bench.intr), (0x10, false));
    bench.write(PRIMARY, NON_SPECIFIC_EOI);
    assert_eq!(bench.interrupt(), Some(0x0c));
}

#[test]
fn a_specific_end_ends_its_level() {
    let mut bench = Bench::new();
    bench.pulse(4);
    bench.interrupt();
    bench.pulse(1);
    bench.interrupt();
    bench.write(PRIMARY, 0x64);
    assert_eq!(bench.select(PRIMARY, READ_ISR), 0x02);
}

#[test]
fn set_priority_names_the_lowest() {
    let mut bench = Bench::new();
    bench.write(PRIMARY, 0xc4);
    assert_eq!(order(&mut bench), [5, 6, 7, 0, 1, 3, 4]);
}

#[test]
fn rotation_makes_the_ended_level_the_lowest() {
    let mut bench = Bench::new();
    bench.pulse(3);
    bench.interrupt();
    bench.write(PRIMARY, 0xa0);
    assert_eq!(order(&mut bench), [4, 5, 6, 7, 0, 1, 3]);
    bench.write(PRIMARY, 0xe5);
    assert_eq!(order(&mut bench), [6, 7, 0, 1, 3, 4, 5]);
}

#[test]
fn a_non_specific_end_follows_the_rotated_priorities() {
    let mut bench = Bench::new();
    bench.pulse(1);
    bench.interrupt();
    bench.write(PRIMARY, 0xc4);
    bench.pulse(6);
    assert_eq!(bench.interrupt(), Some(0x0e));
    bench.write(PRIMARY, NON_SPECIFIC_EOI);
    assert_eq!(bench.select(PRIMARY, READ_ISR), 0x02);
}

#[test]
fn automatic_end_keeps_nothing_in_service() {
    let mut bench = Bench::with_icw4(3, 1);
    bench.pulse(0);
    assert_eq!(bench.interrupt(), Some(0x08));
    assert_eq!(bench.select(PRIMARY, READ_ISR), 0);
    bench.pulse(7);
    assert_eq!(bench.interrupt(), Some(0x0f));
}

#[test]
fn automatic_end_rotates_if_told_so() {
    let mut bench = Bench::with_icw4(3, 1);
    bench.write(PRIMARY, 0x80);
    for line in [3, 4] {
        bench.pulse(line);
    }
    assert_eq!(bench.interrupt(), Some(0x0b));
    bench.pulse(3);
    assert_eq!(bench.interrupt(), Some(0x0c));
    assert_eq!(bench.interrupt(), Some(0x0b));
    bench.write(PRIMARY, 0x00);
    bench.pulse(7);
    bench.interrupt();
    assert_eq!(order(&mut bench), [4, 5, 6, 7, 0, 1, 3]);
}

#[test]
fn special_mask_mode_lets_lower_priorities_through_a_masked_level() {
    let mut bench = Bench::new();
    bench.pulse(3);
    bench.interrupt();
    bench.pulse(6);
    bench.write(PRIMARY + 1, 0x08);
    assert!(!bench.intr);
    bench.write(PRIMARY, 0x68);
    assert_eq!(bench.interrupt(), Some(0x0e));
    bench.write(PRIMARY, NON_SPECIFIC_EOI);
    assert_eq!(bench.select(PRIMARY, READ_ISR), 0x08);
    bench.write(PRIMARY, NON_SPECIFIC_EOI);
    assert_eq!(bench.select(PRIMARY, READ_ISR), 0x08, "masked, so only a specific end reaches it");
    bench.write(PRIMARY, 0x48);
    bench.write(PRIMARY, NON_SPECIFIC_EOI);
    assert_eq!(bench.select(PRIMARY, READ_ISR), 0);
}

#[test]
fn special_mask_mode_changes_only_with_its_enable() {
    let mut bench = Bench::new();
    bench.pulse(3);
    bench.interrupt();
    bench.pulse(6);
    bench.write(PRIMARY + 1, 0x08);
    bench.write(PRIMARY, 0x28);
    assert!(!bench.intr);
    bench.write(PRIMARY, 0x68);
    bench.write(PRIMARY, 0x08);
    assert!(bench.intr);
}
