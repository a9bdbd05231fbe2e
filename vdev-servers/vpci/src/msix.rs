//! The MSI-X capability (PCI Local Bus Specification 3.0, section 6.8.2): the part in configuration space.

use crate::{CAPABILITY_MSIX, Command, ConfigByte, Header, LayoutError};

const CONTROL: u8 = 2;
const ENABLE: u16 = 1 << 15;
const FUNCTION_MASK: u16 = 1 << 14;

/// A function's MSI-X capability. The table and the pending bits are a [`MsixTable`](crate::MsixTable), which the
/// device puts where the capability says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MsixCapability {
    offset: u8,
}

impl MsixCapability {
    /// Adds the capability with 1 to 64 vectors: the table at `table` = (BAR, offset), the pending bits at `pending`.
    ///
    /// # Errors
    /// Another number of vectors, a BAR that does not exist, an offset that is no multiple of 8, or no room.
    pub fn add(
        header: &mut Header,
        vectors: u8,
        table: (u8, u32),
        pending: (u8, u32),
    ) -> Result<Self, LayoutError> {
        if !(1..=64).contains(&vectors) {
            return Err(LayoutError::VectorCount);
        }
        let mut body = heapless::Vec::<ConfigByte, 10>::new();
        body.extend([ConfigByte::constant(vectors.saturating_sub(1)), ConfigByte::writable(0, 0xc0)]);
        for (bar, offset) in [table, pending] {
            if bar > 5 || offset & 7 != 0 {
                return Err(LayoutError::NoSuchBar);
            }
            body.extend((offset | u32::from(bar)).to_le_bytes().map(ConfigByte::constant));
        }
        let offset = header.add_capability(CAPABILITY_MSIX, &body)?;
        Ok(Self { offset })
    }

    /// Is MSI-X on? While it is off the function uses its pin.
    #[must_use]
    pub fn enabled(self, header: &Header) -> bool {
        self.control(header) & ENABLE != 0
    }

    /// May a message leave whose vector is not masked?
    #[must_use]
    pub fn open(self, header: &Header) -> bool {
        let control = self.control(header);
        control & ENABLE != 0
            && control & FUNCTION_MASK == 0
            && header.command().contains(Command::BUS_MASTER)
    }

    fn control(self, header: &Header) -> u16 {
        u16::from_le_bytes(header.space.field(self.offset.saturating_add(CONTROL)))
    }
}
