//! Accesses that the instruction emulator has decoded, on their way to a device server.

use postcard::experimental::max_size::MaxSize;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// Address space of an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, MaxSize, Schema)]
pub enum Space {
    /// I/O ports.
    Port,
    /// Guest-physical memory.
    Mmio,
}

/// Bytes of an access.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, MaxSize, Schema,
)]
pub enum Width {
    /// 1
    Byte,
    /// 2
    Word,
    /// 4
    Double,
    /// 8
    Quad,
}

impl Width {
    /// The width of this many bytes.
    #[must_use]
    pub const fn from_bytes(bytes: u8) -> Option<Self> {
        match bytes {
            1 => Some(Self::Byte),
            2 => Some(Self::Word),
            4 => Some(Self::Double),
            8 => Some(Self::Quad),
            _ => None,
        }
    }

    /// Bytes.
    #[must_use]
    pub const fn bytes(self) -> u8 {
        match self {
            Self::Byte => 1,
            Self::Word => 2,
            Self::Double => 4,
            Self::Quad => 8,
        }
    }

    /// All bits of the width set: what an empty bus reads.
    #[must_use]
    pub const fn all_ones(self) -> u64 {
        match self {
            Self::Byte => 0xff,
            Self::Word => 0xffff,
            Self::Double => 0xffff_ffff,
            Self::Quad => u64::MAX,
        }
    }
}

/// Accesses of an exit whose answers a device remembers. An instruction emulator ends an exit that reads from devices
/// before it makes more, and goes on in the next one: a forgotten answer could only be had by a second effect.
pub const ACCESSES_OF_A_READING_EXIT: usize = 4;

interface! {
    /// Requests to a device server.
    ///
    /// `sequence` numbers the accesses of one instruction emulator: a repeat after its death carries the same number,
    /// so that the device can answer again without a second effect.
    "bus" = 2 {
        /// Reads `width` bytes at `address`, which is absolute in its space.
        Read = read(sequence: u64, space: Space, address: u64, width: Width) -> u64;
        /// Writes `width` bytes at `address`.
        Write = write(sequence: u64, space: Space, address: u64, width: Width, value: u64) -> ();
    }
}
