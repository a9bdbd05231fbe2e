//! Registers in memory and behind the window.

use super::*;

#[test]
fn after_reset_the_identifier_is_0_and_all_entries_are_masked() {
    let mut bench = Bench::new();
    assert_eq!((bench.get(0), bench.get(1), bench.get(2)), (0, 0x0017_0020, 0));
    for pin in 0..24 {
        assert_eq!(bench.entry(pin), MASKED);
    }
    assert_eq!((bench.get(3), bench.get(0x40)), (0, 0));
}

#[test]
fn the_identifier_has_four_bits_and_arbitration_follows_it() {
    let mut bench = Bench::new();
    bench.set(0, u32::MAX);
    assert_eq!((bench.get(0), bench.get(2)), (0x0f00_0000, 0x0f00_0000));
    bench.set(1, 0);
    bench.set(2, 0);
    assert_eq!((bench.get(1), bench.get(2)), (0x0017_0020, 0x0f00_0000));
}

#[test]
fn entries_keep_their_writable_bits_only() {
    let mut bench = Bench::new();
    for pin in 0..24 {
        bench.set_entry(pin, u64::MAX);
        assert_eq!(bench.entry(pin), 0xff00_0000_0001_afff);
    }
    bench.set(0x40, u32::MAX);
    assert_eq!(bench.get(0x40), 0);
}

#[test]
fn a_chip_with_fewer_pins_says_so() {
    let config = config::Vioapic { base: BASE, pins: 8 };
    let mut bench = Bench { chip: Vioapic::new(&config, NOW), ..Bench::new() };
    assert_eq!(bench.get(1), 0x0007_0020);
    bench.set_entry(8, 0x40);
    assert_eq!(bench.entry(8), 0);
    bench.raise(8);
    assert_eq!(bench.vectors(), []);
}

#[test]
fn narrow_reads_see_their_bytes_and_gaps_read_as_ones() {
    let mut bench = Bench::new();
    bench.write(0, 1);
    let mut read =
        |offset, width| bench.chip.read(Access::mmio(BASE + offset, width), NOW, &mut Outcome::new());
    assert_eq!(read(0x10, Width::Byte), 0x20);
    assert_eq!(read(0x12, Width::Byte), 0x17);
    assert_eq!(read(0x12, Width::Word), 0x17);
    assert_eq!(read(0x10, Width::Quad), 0xffff_ffff_0017_0020);
    assert_eq!(read(0x20, Width::Double), 0xffff_ffff);
    assert_eq!(read(0x40, Width::Double), 0);
}

#[test]
fn narrow_writes_select_but_do_not_reach_the_window() {
    let mut bench = Bench::new();
    let mut write = |offset, width, value| {
        bench.chip.write(Access::mmio(BASE + offset, width), value, NOW, &mut Outcome::new());
    };
    write(0x00, Width::Byte, 0x10);
    write(0x10, Width::Byte, 0x55);
    write(0x10, Width::Word, 0x55);
    write(0x12, Width::Word, 0);
    write(0x11, Width::Double, 0);
    write(0x04, Width::Double, 0);
    assert_eq!(bench.read(0x00), 0x10);
    assert_eq!(bench.read(0x10), 0x1_0000);
}
