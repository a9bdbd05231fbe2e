//! Base address registers (PCI Local Bus Specification 3.0, section 6.2.5.1).

use crate::ConfigByte;
use vdev::{Access, Space};

/// What a base address register asks for. Lengths are powers of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bar {
    /// Ports; at least 4.
    Io {
        /// Ports.
        length: u32,
    },
    /// Memory below 4 GiB; at least 16 bytes.
    Memory32 {
        /// Bytes.
        length: u32,
        /// Reads have no side effects.
        prefetchable: bool,
    },
    /// Memory anywhere; takes two registers; at least 16 bytes.
    Memory64 {
        /// Bytes.
        length: u64,
        /// Reads have no side effects.
        prefetchable: bool,
    },
}

const IO: u8 = 1 << 0;
const TYPE_64: u8 = 2 << 1;
const PREFETCHABLE: u8 = 1 << 3;

impl Bar {
    /// Registers that it takes.
    #[must_use]
    pub const fn registers(self) -> usize {
        match self {
            Self::Memory64 { .. } => 2,
            _ => 1,
        }
    }

    /// Ports or bytes.
    #[must_use]
    pub const fn length(self) -> u64 {
        match self {
            Self::Io { length } | Self::Memory32 { length, .. } => length as u64,
            Self::Memory64 { length, .. } => length,
        }
    }

    /// Ports or memory.
    #[must_use]
    pub const fn space(self) -> Space {
        match self {
            Self::Io { .. } => Space::Port,
            _ => Space::Mmio,
        }
    }

    const fn flags(self) -> u8 {
        match self {
            Self::Io { .. } => IO,
            Self::Memory32 { prefetchable: true, .. } => PREFETCHABLE,
            Self::Memory32 { .. } => 0,
            Self::Memory64 { prefetchable: true, .. } => PREFETCHABLE | TYPE_64,
            Self::Memory64 { .. } => TYPE_64,
        }
    }

    /// Is the length one that a register can say?
    #[must_use]
    pub const fn is_valid(self) -> bool {
        let smallest = match self {
            Self::Io { .. } => 4,
            _ => 16,
        };
        self.length().is_power_of_two() && self.length() >= smallest
    }

    /// Address bits that the guest may write: all above the length.
    const fn address_mask(self) -> u64 {
        let mask = !self.length().wrapping_sub(1);
        match self {
            Self::Memory64 { .. } => mask,
            _ => mask & 0xffff_ffff,
        }
    }

    /// The register's bytes at power-on, lowest first; four or eight of them.
    pub(crate) fn bytes(self) -> impl Iterator<Item = ConfigByte> {
        let values = u64::from(self.flags()).to_le_bytes();
        let masks = self.address_mask().to_le_bytes();
        let bytes = self.registers().saturating_mul(4);
        values.into_iter().zip(masks).map(|(value, mask)| ConfigByte::writable(value, mask)).take(bytes)
    }

    /// The address in the register's bytes.
    pub(crate) const fn base(self, register: u64) -> u64 {
        register & self.address_mask()
    }
}

/// Where a base address register has put its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BarWindow {
    /// Ports or memory.
    pub space: Space,
    /// First address.
    pub base: u64,
    /// Ports or bytes.
    pub length: u64,
}

impl BarWindow {
    /// The offset of an access whose first byte lies in the window.
    #[must_use]
    pub fn offset(&self, access: Access) -> Option<u64> {
        let offset = access.address.checked_sub(self.base)?;
        (access.space == self.space && offset < self.length).then_some(offset)
    }
}
