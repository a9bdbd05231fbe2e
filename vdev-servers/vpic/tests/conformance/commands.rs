//! Initialization and operation command words.

use super::*;

#[test]
fn a_chip_asks_for_nothing_before_it_is_initialized() {
    let mut bench = Bench::power_on();
    bench.write(PRIMARY + 1, 0xfb);
    assert_eq!(bench.read(PRIMARY + 1), 0xfb);
    bench.write(PRIMARY + 1, 0);
    bench.pulse(1);
    assert!(!bench.intr);
    assert_eq!(bench.select(PRIMARY, READ_IRR), 0x02);
}

#[test]
fn initialization_takes_as_many_words_as_it_announces() {
    for (icw1, words) in [(0x11, 3), (0x10, 2), (0x13, 2), (0x12, 1)] {
        let mut bench = Bench::power_on();
        bench.write(PRIMARY, icw1);
        for _ in 0..words {
            bench.pulse(1);
            assert!(!bench.intr);
            bench.write(PRIMARY + 1, 0x31);
        }
        assert_eq!(bench.interrupt(), Some(0x31), "{icw1:#x}");
        bench.write(PRIMARY + 1, 0x55);
        assert_eq!(bench.read(PRIMARY + 1), 0x55);
    }
}

#[test]
fn vectors_have_the_top_five_bits_of_icw2() {
    let mut bench = Bench::power_on();
    bench.write(PRIMARY, 0x11);
    for word in [0xf7, 0x04, 0x01] {
        bench.write(PRIMARY + 1, word);
    }
    bench.pulse(3);
    assert_eq!(bench.interrupt(), Some(0xf3));
}

#[test]
fn initialization_clears_edges_mask_rotation_and_modes() {
    let mut bench = Bench::new();
    bench.write(PRIMARY + 1, 0xf0);
    bench.write(PRIMARY, 0xc4);
    bench.write(PRIMARY, 0x68);
    bench.write(PRIMARY, READ_ISR);
    bench.raise(4);
    bench.write(PRIMARY, 0x11);
    for word in [0x08, 0x04, 0x01] {
        bench.write(PRIMARY + 1, word);
    }
    assert_eq!((bench.intr, bench.read(PRIMARY + 1), bench.read(PRIMARY)), (false, 0, 0));
    bench.raise(4);
    assert!(!bench.intr, "the line must fall first");
    bench.lower(4);
    bench.raise(4);
    bench.pulse(0);
    assert_eq!(bench.read(PRIMARY), 0x11);
    assert_eq!(bench.interrupt(), Some(0x08));
}

#[test]
fn initialization_keeps_what_is_in_service_and_the_trigger_modes() {
    let mut bench = Bench::new();
    bench.write(0x4d0, 0x20);
    bench.pulse(4);
    bench.interrupt();
    bench.write(PRIMARY, 0x11);
    for word in [0x08, 0x04, 0x01] {
        bench.write(PRIMARY + 1, word);
    }
    assert_eq!((bench.select(PRIMARY, READ_ISR), bench.read(0x4d0)), (0x10, 0x20));
}

#[test]
fn without_icw4_its_modes_are_off() {
    let mut bench = Bench::with_icw4(0x13, 1);
    bench.write(PRIMARY, 0x10);
    bench.write(PRIMARY + 1, 0x08);
    bench.write(PRIMARY + 1, 0x04);
    bench.pulse(4);
    bench.interrupt();
    assert_eq!(bench.select(PRIMARY, READ_ISR), 0x10);
}

#[test]
fn the_register_to_read_stays_chosen() {
    let mut bench = Bench::new();
    bench.pulse(4);
    bench.interrupt();
    bench.pulse(5);
    bench.write(PRIMARY, READ_ISR);
    assert_eq!((bench.read(PRIMARY), bench.read(PRIMARY)), (0x10, 0x10));
    bench.write(PRIMARY, 0x08);
    assert_eq!(bench.read(PRIMARY), 0x10);
    bench.write(PRIMARY, READ_IRR);
    assert_eq!(bench.read(PRIMARY), 0x20);
}

#[test]
fn a_poll_acknowledges_by_one_read() {
    let mut bench = Bench::new();
    bench.pulse(4);
    assert_eq!(bench.select(PRIMARY, POLL), 0x84);
    assert!(!bench.intr);
    assert_eq!((bench.select(PRIMARY, READ_ISR), bench.select(PRIMARY, READ_IRR)), (0x10, 0));
    bench.write(PRIMARY, POLL);
    assert_eq!(bench.read(PRIMARY + 1), 0x07);
    assert_eq!(bench.read(PRIMARY + 1), 0x00);
}

#[test]
fn a_poll_of_the_secondary_answers_the_cascade() {
    let mut bench = Bench::new();
    bench.pulse(12);
    assert_eq!(bench.select(SECONDARY, POLL), 0x84);
    assert!(!bench.intr);
    bench.write(SECONDARY, NON_SPECIFIC_EOI);
    bench.pulse(9);
    assert_eq!(bench.interrupt(), Some(0x71));
}

#[test]
fn polls_of_both_chips_find_a_secondary_request() {
    let mut bench = Bench::new();
    bench.pulse(12);
    assert_eq!(bench.select(PRIMARY, POLL), 0x82);
    assert_eq!(bench.select(SECONDARY, POLL), 0x84);
}

#[test]
fn a_reset_lowers_the_output() {
    let mut bench = Bench::new();
    bench.raise(1);
    let mut outcome = Outcome::new();
    bench.pair.reset(NOW, &mut outcome);
    assert_eq!(outcome.line(OUTPUT), Some(false));
}
