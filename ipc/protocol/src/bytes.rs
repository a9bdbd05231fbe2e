//! Bounded byte strings and texts that know their largest encoding.

use core::fmt;
use postcard::experimental::max_size::MaxSize;
use postcard_schema::Schema;
use postcard_schema::schema::{DataModelType, NamedType};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// At most `N` bytes, stored in place. Longer input does not decode.
#[derive(Clone, PartialEq, Eq)]
pub struct Bytes<const N: usize>(heapless::Vec<u8, N>);

impl<const N: usize> Bytes<N> {
    /// No bytes.
    #[must_use]
    pub const fn new() -> Self {
        Self(heapless::Vec::new())
    }

    /// As many of the bytes as fit.
    #[must_use]
    pub fn from_prefix(bytes: &[u8]) -> Self {
        let fitting = bytes.get(..N).unwrap_or(bytes);
        Self(heapless::Vec::from_slice(fitting).unwrap_or_default())
    }

    /// Appends a byte; false if there is no room.
    pub fn push(&mut self, byte: u8) -> bool {
        self.0.push(byte).is_ok()
    }

    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl<const N: usize> Default for Bytes<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> fmt::Debug for Bytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

impl<const N: usize> core::ops::Deref for Bytes<N> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<const N: usize> Serialize for Bytes<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Bytes<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bounded<const N: usize>;
        impl<const N: usize> Visitor<'_> for Bounded<N> {
            type Value = Bytes<N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "at most {N} bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                heapless::Vec::from_slice(bytes).map(Bytes).map_err(|_| E::invalid_length(bytes.len(), &self))
            }
        }
        deserializer.deserialize_bytes(Bounded)
    }
}

impl<const N: usize> MaxSize for Bytes<N> {
    // The length is a varint of at most ten bytes; three hold every length that a message can have.
    const POSTCARD_MAX_SIZE: usize = N + if N < 128 {
        1
    } else if N < 16_384 {
        2
    } else {
        10
    };
}

impl<const N: usize> Schema for Bytes<N> {
    const SCHEMA: &'static NamedType = &NamedType { name: "Bytes", ty: &DataModelType::ByteArray };
}

/// At most `N` bytes of text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, Schema)]
pub struct Text<const N: usize>(Bytes<N>);

impl<const N: usize> Text<N> {
    /// As much of the text as fits.
    #[must_use]
    pub fn from_prefix(text: &str) -> Self {
        let mut end = text.len().min(N);
        while !text.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        Self(Bytes::from_prefix(text.get(..end).unwrap_or_default().as_bytes()))
    }

    /// The text; what is not UTF-8 reads as `?`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.0.as_slice()).unwrap_or("?")
    }
}

impl<const N: usize> MaxSize for Text<N> {
    const POSTCARD_MAX_SIZE: usize = Bytes::<N>::POSTCARD_MAX_SIZE;
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
