//! A set of interrupt vectors: the shape of ISR, IRR and TMR.

/// 256 bits, one a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Vectors([u64; 4]);

impl Vectors {
    pub(super) const EMPTY: Self = Self([0; 4]);

    const fn bit(vector: u8) -> u64 {
        1u64.wrapping_shl(vector as u32)
    }

    /// Adds a vector; true if it was not there.
    pub(super) fn insert(&mut self, vector: u8) -> bool {
        let Some(word) = self.0.get_mut(usize::from(vector >> 6)) else { return false };
        let new = *word & Self::bit(vector) == 0;
        *word |= Self::bit(vector);
        new
    }

    /// Takes a vector out.
    pub(super) fn remove(&mut self, vector: u8) {
        if let Some(word) = self.0.get_mut(usize::from(vector >> 6)) {
            *word &= !Self::bit(vector);
        }
    }

    pub(super) fn contains(&self, vector: u8) -> bool {
        self.0.get(usize::from(vector >> 6)).is_some_and(|word| word & Self::bit(vector) != 0)
    }

    /// The highest vector.
    pub(super) const fn highest(&self) -> Option<u8> {
        let [a, b, c, d] = self.0;
        // The common case, by far: asked at each entry to the guest.
        if a | b | c | d == 0 {
            return None;
        }
        let (word, base) = match (d, c, b, a) {
            (0, 0, 0, word) => (word, 0),
            (0, 0, word, _) => (word, 64),
            (0, word, _, _) => (word, 128),
            (word, _, _, _) => (word, 192),
        };
        Some(base | ((word.leading_zeros() ^ 63) & 63) as u8)
    }

    /// Register `index` (0 to 7) of 32 vectors.
    pub(super) fn register(&self, index: u8) -> u32 {
        let word = self.0.get(usize::from(index >> 1)).copied().unwrap_or(0);
        (word.wrapping_shr(u32::from(index & 1).wrapping_mul(32)) & 0xffff_ffff) as u32
    }
}
