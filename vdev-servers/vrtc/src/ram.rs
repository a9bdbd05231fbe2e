//! The CMOS RAM: 114 bytes, encoded one by one (serde knows arrays only up to 32).

use crate::register::RAM_BYTES;
use postcard::experimental::max_size::MaxSize;
use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The bytes from index 0x0E on; that of the century is never used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ram(pub(crate) [u8; RAM_BYTES]);

impl Default for Ram {
    fn default() -> Self {
        Self([0; RAM_BYTES])
    }
}

impl Serialize for Ram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(RAM_BYTES)?;
        for byte in &self.0 {
            tuple.serialize_element(byte)?;
        }
        tuple.end()
    }
}

impl<'de> Deserialize<'de> for Ram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl<'de> Visitor<'de> for Bytes {
            type Value = Ram;

            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "{RAM_BYTES} bytes")
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Ram, S::Error> {
                let mut ram = [0; RAM_BYTES];
                for (index, byte) in ram.iter_mut().enumerate() {
                    *byte = seq.next_element()?.ok_or_else(|| S::Error::invalid_length(index, &self))?;
                }
                Ok(Ram(ram))
            }
        }
        deserializer.deserialize_tuple(RAM_BYTES, Bytes)
    }
}

impl MaxSize for Ram {
    const POSTCARD_MAX_SIZE: usize = RAM_BYTES;
}
