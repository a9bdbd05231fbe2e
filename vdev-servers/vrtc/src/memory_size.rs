//! The CMOS bytes by which firmware knows how much memory there is (IBM PC/AT Technical Reference, "CMOS RAM Configuration
//! Information"; from 0x34 on as the firmware of later PCs keeps them).

use crate::ram::Ram;
use crate::register::RAM_START;
use bulkhead_abi::layout::LOW_MEMORY_END;

const BASE: u8 = 0x15;
const EXTENDED: u8 = 0x17;
const EXTENDED_AGAIN: u8 = 0x30;
const ABOVE_16_MIB: u8 = 0x34;
const ABOVE_4_GIB: u8 = 0x5b;
/// Sum of the bytes from 0x10 to 0x2d, high byte first.
const CHECKSUM: u8 = 0x2e;
const SUMMED: core::ops::Range<u8> = 0x10..0x2e;

/// Base memory of a PC in KiB, whatever of it the firmware takes.
const BASE_KIB: u64 = 640;

/// CMOS RAM of a machine with so many bytes of memory.
pub(crate) fn ram(memory: u64) -> Ram {
    let mut ram = Ram::default();
    let low = memory.min(LOW_MEMORY_END);
    let extended = (low >> 10).saturating_sub(1 << 10).min(0xffff);
    let above_16_mib = (low >> 16).saturating_sub(16 << 4).min(0xffff);
    let above_4_gib = (memory.saturating_sub(low) >> 16).min(0xff_ffff);
    put(&mut ram, BASE, BASE_KIB, 2);
    put(&mut ram, EXTENDED, extended, 2);
    put(&mut ram, EXTENDED_AGAIN, extended, 2);
    put(&mut ram, ABOVE_16_MIB, above_16_mib, 2);
    put(&mut ram, ABOVE_4_GIB, above_4_gib, 3);
    let sum: u16 = SUMMED.filter_map(|index| byte(&mut ram, index).map(|byte| u16::from(*byte))).sum();
    put(&mut ram, CHECKSUM, u64::from(sum.swap_bytes()), 2);
    ram
}

/// The lowest bytes of a value from this index on, low byte first.
fn put(ram: &mut Ram, first: u8, value: u64, bytes: usize) {
    for (index, value) in (first..).zip(value.to_le_bytes()).take(bytes) {
        if let Some(byte) = byte(ram, index) {
            *byte = value;
        }
    }
}

fn byte(ram: &mut Ram, index: u8) -> Option<&mut u8> {
    ram.0.get_mut(usize::from(index.checked_sub(RAM_START)?))
}
