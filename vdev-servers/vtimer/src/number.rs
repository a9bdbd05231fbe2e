//! Counts as the guest writes and reads them: 16 bits binary, or four decimal digits.

/// The count that a register value means; 0 is the largest.
pub(crate) fn decode(register: u16, bcd: bool) -> u32 {
    let value = if bcd {
        [12, 8, 4, 0].into_iter().fold(0u32, |sum, shift| {
            sum.wrapping_mul(10).wrapping_add(u32::from(register.wrapping_shr(shift) & 0xf))
        })
    } else {
        u32::from(register)
    };
    if value == 0 { modulus(bcd) } else { value }
}

/// A count in its register, modulo the largest.
pub(crate) fn encode(count: i64, bcd: bool) -> u16 {
    let value = u16::try_from(count.rem_euclid(i64::from(modulus(bcd)))).unwrap_or(0);
    if !bcd {
        return value;
    }
    [1000, 100, 10, 1].into_iter().fold(0, |digits: u16, place: u16| {
        digits.wrapping_shl(4) | (value.checked_div(place).unwrap_or(0) % 10)
    })
}

/// Counts until a counter is where it was.
pub(crate) const fn modulus(bcd: bool) -> u32 {
    if bcd { 10_000 } else { 0x1_0000 }
}
