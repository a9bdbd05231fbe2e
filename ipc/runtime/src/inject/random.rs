//! Random numbers that depend on nothing but the core's order.

/// SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014).
pub(super) struct Random(u64);

impl Random {
    /// Numbers that follow from the order's random bits and something of the event.
    pub(super) const fn new(bits: u16, more: u64) -> Self {
        Self((bits as u64) << 48 ^ more)
    }

    /// Any number.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `end`; 0 if that is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    /// Fills bytes.
    pub(super) fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            for (to, from) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *to = from;
            }
        }
    }

    /// A number as somebody who looks for mistakes chooses it: small, huge, near a power of two, or an address.
    pub(super) fn nasty(&mut self) -> u64 {
        match self.below(8) {
            0 | 1 => self.below(8),
            2 | 3 => self.below(256),
            4 => u64::MAX - self.below(4),
            5 => (1u64 << self.below(64)).wrapping_add(self.below(3)).wrapping_sub(1),
            6 => 0x40_0000 + self.below(0x20_0000),
            _ => self.next(),
        }
    }
}
