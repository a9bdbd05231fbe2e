//! What firmware reads of the memory's size.

use crate::bench::{Bench, config};
use vdev::Device;
use vrtc::{Config, Rtc};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

fn with(memory: u64) -> Bench {
    let mut bench = Bench::new();
    bench.rtc = Rtc::new(&Config { memory, ..config() }, bench.now);
    bench
}

/// A little-endian number in CMOS.
fn number(bench: &mut Bench, first: u8, bytes: u8) -> u32 {
    (0..bytes).rev().fold(0, |number, index| number << 8 | u32::from(bench.get(first + index)))
}

#[test]
fn base_and_extended_memory_are_in_kibibytes() {
    let mut small = with(8 * MIB);
    assert_eq!(number(&mut small, 0x15, 2), 640);
    assert_eq!(number(&mut small, 0x17, 2), 7 * 1024);
    assert_eq!(number(&mut small, 0x30, 2), 7 * 1024);
    assert_eq!(number(&mut with(256 * MIB), 0x17, 2), 0xffff);
}

#[test]
fn more_than_16_mib_is_in_blocks_of_64_kib_up_to_the_hole() {
    assert_eq!(number(&mut with(8 * MIB), 0x34, 2), 0);
    assert_eq!(number(&mut with(48 * MIB), 0x34, 2), 32 << 4);
    assert_eq!(number(&mut with(5 * GIB), 0x34, 2), (3 << 14) - (16 << 4));
}

#[test]
fn what_is_above_4_gib_is_in_blocks_of_64_kib() {
    assert_eq!(number(&mut with(3 * GIB), 0x5b, 3), 0);
    assert_eq!(number(&mut with(5 * GIB), 0x5b, 3), 2 << 14);
}

#[test]
fn the_checksum_is_over_the_bytes_that_firmware_sets_up() {
    let mut bench = with(48 * MIB);
    let sum: u16 = (0x10..0x2e).map(|index| u16::from(bench.get(index))).sum();
    assert_ne!(sum, 0);
    assert_eq!([bench.get(0x2e), bench.get(0x2f)], sum.to_be_bytes());
}
