//! The secondary behind input 2.

use super::*;

#[test]
fn both_chips_have_the_secondarys_interrupt_in_service() {
    let mut bench = Bench::new();
    bench.pulse(12);
    assert_eq!(bench.select(PRIMARY, READ_IRR), 0x04);
    assert_eq!(bench.interrupt(), Some(0x74));
    assert_eq!((bench.select(PRIMARY, READ_ISR), bench.select(SECONDARY, READ_ISR)), (0x04, 0x10));
    assert_eq!(bench.select(PRIMARY, READ_IRR), 0);
}

#[test]
fn the_secondary_ranks_between_1_and_3() {
    let mut bench = Bench::new();
    bench.pulse(3);
    bench.interrupt();
    bench.pulse(8);
    assert_eq!(bench.interrupt(), Some(0x70));
    bench.pulse(1);
    assert_eq!(bench.interrupt(), Some(0x09));
}

#[test]
fn a_higher_secondary_request_waits_for_the_primarys_end() {
    let mut bench = Bench::new();
    bench.pulse(14);
    bench.interrupt();
    bench.pulse(9);
    assert!(!bench.intr);
    bench.write(PRIMARY, NON_SPECIFIC_EOI);
    assert_eq!(bench.interrupt(), Some(0x71));
}

#[test]
fn special_fully_nested_mode_lets_it_through_but_nothing_lower() {
    let mut bench = Bench::with_icw4(0x11, 1);
    bench.pulse(14);
    bench.interrupt();
    bench.pulse(3);
    bench.pulse(15);
    assert!(!bench.intr);
    bench.pulse(9);
    assert_eq!(bench.interrupt(), Some(0x71));
    assert_eq!(bench.select(SECONDARY, READ_ISR), 0x42);
}

#[test]
fn special_fully_nested_mode_of_the_secondary_means_nothing() {
    let mut bench = Bench::with_icw4(0x11, 0x11);
    bench.pulse(10);
    bench.interrupt();
    bench.pulse(10);
    assert!(!bench.intr);
}

#[test]
fn a_second_request_of_the_secondary_follows_the_first() {
    let mut bench = Bench::new();
    bench.pulse(9);
    bench.pulse(14);
    assert_eq!(bench.interrupt(), Some(0x71));
    bench.write(SECONDARY, NON_SPECIFIC_EOI);
    bench.write(PRIMARY, NON_SPECIFIC_EOI);
    assert_eq!(bench.interrupt(), Some(0x76));
}

#[test]
fn with_automatic_end_in_both_the_secondary_asks_again_at_once() {
    let mut bench = Bench::with_icw4(3, 3);
    bench.pulse(9);
    bench.pulse(14);
    assert_eq!(bench.interrupt(), Some(0x71));
    assert_eq!(bench.interrupt(), Some(0x76));
    assert!(!bench.intr);
}

#[test]
fn masking_the_cascade_holds_the_secondary_back() {
    let mut bench = Bench::new();
    bench.write(PRIMARY + 1, 0x04);
    bench.pulse(8);
    assert!(!bench.intr);
    bench.write(PRIMARY + 1, 0);
    assert_eq!(bench.interrupt(), Some(0x70));
}
