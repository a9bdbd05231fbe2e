//! The arithmetic against wide integers, in which nothing overflows.
#![expect(clippy::arithmetic_side_effects, reason = "the model's numbers are far from their limits")]

use bulkhead_protocol::bus::Width;
use insn_emulator::alu::{AF, CF, Computed, OF, PF, SF, ZF, add, logic, subtract};
use proptest::prelude::*;

fn width() -> impl Strategy<Value = Width> {
    prop::sample::select(vec![Width::Byte, Width::Word, Width::Double, Width::Quad])
}

/// Numbers near the limits of all widths as well as any others.
fn number() -> impl Strategy<Value = u64> {
    let edges = prop::sample::select(vec![0x0, 0x80, 0x100, 0x8000, 0x1_0000, 1 << 31, 1 << 32, 1 << 63]);
    prop_oneof![
        any::<u64>(),
        (edges, -2i64..=2).prop_map(|(edge, by): (u64, i64)| edge.wrapping_add_signed(by))
    ]
}

fn unsigned(width: Width, value: u64) -> i128 {
    i128::from(value & width.all_ones())
}

fn signed(width: Width, value: u64) -> i128 {
    let value = unsigned(width, value);
    let half = 1i128 << (u32::from(width.bytes()) * 8 - 1);
    if value >= half { value - 2 * half } else { value }
}

/// Holds a result against the exact unsigned, signed and low-nibble results.
fn agrees(width: Width, computed: Computed, exact: i128, exact_signed: i128, nibble: i128) {
    let modulus = 1i128 << (u32::from(width.bytes()) * 8);
    let value = exact.rem_euclid(modulus);
    assert_eq!(i128::from(computed.value), value);
    let flag = |flag: u64| computed.flags & flag != 0;
    assert_eq!(flag(CF), !(0..modulus).contains(&exact), "CF");
    assert_eq!(flag(OF), !(-modulus / 2..modulus / 2).contains(&exact_signed), "OF");
    assert_eq!(flag(AF), !(0..16).contains(&nibble), "AF");
    assert_eq!(flag(ZF), value == 0, "ZF");
    assert_eq!(flag(SF), value >= modulus / 2, "SF");
    assert_eq!(flag(PF), (0..8).filter(|bit| value >> bit & 1 == 1).count() % 2 == 0, "PF");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_sum_is_exact_with_all_its_flags(width in width(), left in number(), right in number(), carry: bool) {
        let c = i128::from(carry);
        agrees(
            width,
            add(width, left, right, carry),
            unsigned(width, left) + unsigned(width, right) + c,
            signed(width, left) + signed(width, right) + c,
            unsigned(width, left & 15) + unsigned(width, right & 15) + c,
        );
    }

    #[test]
    fn a_difference_is_exact_with_all_its_flags(width in width(), left in number(), right in number(), borrow: bool) {
        let b = i128::from(borrow);
        agrees(
            width,
            subtract(width, left, right, borrow),
            unsigned(width, left) - unsigned(width, right) - b,
            signed(width, left) - signed(width, right) - b,
            unsigned(width, left & 15) - unsigned(width, right & 15) - b,
        );
    }

    #[test]
    fn a_logical_result_carries_nothing(width in width(), value in number()) {
        let exact = unsigned(width, value);
        agrees(width, logic(width, value), exact, signed(width, value), 0);
    }
}
