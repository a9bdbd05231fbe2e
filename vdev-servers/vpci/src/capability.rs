//! The list of capabilities (PCI Local Bus Specification 3.0, section 6.7), and what a layout may not be.

use crate::header::{CAPABILITIES_POINTER, STATUS};
use crate::{ConfigByte, Header, Status};

/// Capability identifier of MSI.
pub const CAPABILITY_MSI: u8 = 0x05;
/// Capability identifier of MSI-X.
pub const CAPABILITY_MSIX: u8 = 0x11;

/// First offset after the header.
const FIRST: u8 = 0x40;

/// Why a function cannot be laid out so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayoutError {
    /// There are six base address registers; a 64-bit one takes two.
    NoSuchBar,
    /// Another base address register is there.
    BarTaken,
    /// Not a power of two, or below the smallest.
    BarLength,
    /// Configuration space is full.
    NoRoom,
    /// Vectors are 1 to 32 and a power of two for MSI, 1 to 64 for MSI-X.
    VectorCount,
}

/// Where the next capability goes, and which byte points to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CapabilityList {
    end: u16,
    link: u8,
}

impl CapabilityList {
    pub(crate) const EMPTY: Self = Self { end: FIRST as u16, link: CAPABILITIES_POINTER };
}

impl Header {
    /// Adds a capability after those that are there; `body` follows its identifier and its link. Its offset.
    ///
    /// # Errors
    /// Configuration space is full.
    pub fn add_capability(&mut self, id: u8, body: &[ConfigByte]) -> Result<u8, LayoutError> {
        let length = u16::try_from(body.len()).map_err(|_| LayoutError::NoRoom)?.saturating_add(2);
        let end = self.capabilities.end.saturating_add(length).saturating_add(3) & !3;
        if end > 0x100 {
            return Err(LayoutError::NoRoom);
        }
        let offset = u8::try_from(self.capabilities.end).map_err(|_| LayoutError::NoRoom)?;
        self.space.define(self.capabilities.link, ConfigByte::constant(offset));
        let link = offset.saturating_add(1);
        self.space.define(offset, ConfigByte::constant(id));
        self.space.define(link, ConfigByte::constant(0));
        self.space.define_all(offset.saturating_add(2), body.iter().copied());
        self.capabilities = CapabilityList { end, link };
        let [low, _] = Status::CAPABILITIES.bits().to_le_bytes();
        self.space.define(STATUS, ConfigByte { value: low, ..Self::STATUS_LOW });
        Ok(offset)
    }
}
