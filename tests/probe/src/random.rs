//! Pseudo-random numbers: the same for the same seed, so that a failure can be repeated.

/// A generator (xorshift64*, Marsaglia 2003, Vigna 2016).
#[derive(Debug, Clone, Copy)]
pub struct Random(u64);

impl Random {
    /// From a seed; any will do.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        // The state must not be 0, and small seeds should not begin alike.
        Self((seed ^ 0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `bound`; 0 if that is 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        match self.next().checked_rem(bound) {
            Some(number) => number,
            None => 0,
        }
    }

    /// A number as the limits of checks like them: small, near a power of two, an address, or anything.
    pub const fn awkward(&mut self) -> u64 {
        let number = self.next();
        match self.below(5) {
            0 => number % 48,
            1 => (1u64 << (number % 64)).wrapping_sub(number >> 6 & 3),
            2 => 0x0040_0000 + number % 0x2000_0000,
            3 => 0xffff_8000_0000_0000 | number,
            _ => number,
        }
    }
}
