//! Integer arithmetic with its flags (Intel SDM volume 1, "Status Flags"; volume 2 for each instruction).

use bulkhead_protocol::bus::Width;

/// Carry.
pub const CF: u64 = 1;
/// Even parity of the result's low byte.
pub const PF: u64 = 1 << 2;
/// Carry out of bit 3.
pub const AF: u64 = 1 << 4;
/// The result is zero.
pub const ZF: u64 = 1 << 6;
/// The result's highest bit.
pub const SF: u64 = 1 << 7;
/// The result does not fit as a signed number.
pub const OF: u64 = 1 << 11;
/// All of them.
pub const STATUS: u64 = CF | PF | AF | ZF | SF | OF;

/// A result and the status flags that go with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Computed {
    /// The value, zero-extended.
    pub value: u64,
    /// Some of [`STATUS`].
    pub flags: u64,
}

const fn flag(condition: bool, flag: u64) -> u64 {
    if condition { flag } else { 0 }
}

fn sign(width: Width) -> u64 {
    width.all_ones() ^ (width.all_ones() >> 1)
}

/// ZF, SF and PF of a value.
fn shape(width: Width, value: u64) -> u64 {
    flag(value == 0, ZF)
        | flag(value & sign(width) != 0, SF)
        | flag((value & 0xff).count_ones().is_multiple_of(2), PF)
}

/// ADD, ADC.
#[must_use]
pub fn add(width: Width, left: u64, right: u64, carry: bool) -> Computed {
    let (left, right) = (left & width.all_ones(), right & width.all_ones());
    let value = left.wrapping_add(right).wrapping_add(u64::from(carry)) & width.all_ones();
    // A bit position carries out if both operands have the bit, or one has it and the sum has lost it.
    let carries = left & right | (left | right) & !value;
    let overflow = (left ^ value) & (right ^ value);
    let flags = flag(carries & sign(width) != 0, CF)
        | flag(carries & 8 != 0, AF)
        | flag(overflow & sign(width) != 0, OF)
        | shape(width, value);
    Computed { value, flags }
}

/// SUB, SBB, CMP, and NEG as 0 − x.
#[must_use]
pub fn subtract(width: Width, left: u64, right: u64, borrow: bool) -> Computed {
    let (left, right) = (left & width.all_ones(), right & width.all_ones());
    let value = left.wrapping_sub(right).wrapping_sub(u64::from(borrow)) & width.all_ones();
    let borrows = !left & right | !(left ^ right) & value;
    let overflow = (left ^ right) & (left ^ value);
    let flags = flag(borrows & sign(width) != 0, CF)
        | flag(borrows & 8 != 0, AF)
        | flag(overflow & sign(width) != 0, OF)
        | shape(width, value);
    Computed { value, flags }
}

/// AND, OR, XOR, TEST from their result: CF and OF are clear; AF, which is undefined, too.
#[must_use]
pub fn logic(width: Width, value: u64) -> Computed {
    let value = value & width.all_ones();
    Computed { value, flags: shape(width, value) }
}
