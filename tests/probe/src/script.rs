//! Scripts: a word and its numbers.

/// The words of a script.
#[derive(Debug, Clone, Copy)]
pub struct Script<'a>(&'a str);

impl<'a> Script<'a> {
    /// Takes the bytes of the configuration; what is no text is an empty script.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(core::str::from_utf8(bytes).unwrap_or("").trim())
    }

    /// All of it.
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.0
    }

    /// A word; empty if there are not so many.
    #[must_use]
    pub fn word(&self, index: usize) -> &'a str {
        self.0.split_whitespace().nth(index).unwrap_or("")
    }

    /// A word as a number, or this if it is none.
    #[must_use]
    pub fn number(&self, index: usize, otherwise: u64) -> u64 {
        self.word(index).parse().unwrap_or(otherwise)
    }
}
