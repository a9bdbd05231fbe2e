//! The MSI capability (PCI Local Bus Specification 3.0, section 6.8.1): 64-bit address, masking for each vector.

use crate::message::message;
use crate::{CAPABILITY_MSI, Command, ConfigByte, Header, LayoutError};
use vdev::Msi;

const CONTROL: u8 = 2;
const ADDRESS: u8 = 4;
const DATA: u8 = 12;
const MASK: u8 = 16;
const PENDING: u8 = 20;

const ENABLE: u16 = 1 << 0;
const ADDRESS_64: u8 = 1 << 7;
const PER_VECTOR_MASKING: u8 = 1 << 0;

/// A function's MSI capability: where it is and how many vectors it offers. What it holds is in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MsiCapability {
    offset: u8,
    log2_vectors: u8,
}

impl MsiCapability {
    /// Adds the capability with 1, 2, 4, 8, 16 or 32 vectors.
    ///
    /// # Errors
    /// Another number of vectors, or no room.
    pub fn add(header: &mut Header, vectors: u8) -> Result<Self, LayoutError> {
        if !vectors.is_power_of_two() || vectors > 32 {
            return Err(LayoutError::VectorCount);
        }
        let log2_vectors = u8::try_from(vectors.trailing_zeros()).map_err(|_| LayoutError::VectorCount)?;
        let vector_bits = u32::MAX >> 32u32.saturating_sub(u32::from(vectors));
        let mut body = heapless::Vec::<ConfigByte, 22>::new();
        body.extend([
            ConfigByte::writable(ADDRESS_64 | log2_vectors << 1, 0x71),
            ConfigByte::constant(PER_VECTOR_MASKING),
        ]);
        body.extend([0xfc, 0xff, 0xff, 0xff].map(|mask| ConfigByte::writable(0, mask)));
        body.extend([0xff; 4].map(|mask| ConfigByte::writable(0, mask)));
        body.extend([0xff, 0xff, 0, 0].map(|mask| ConfigByte::writable(0, mask)));
        body.extend(vector_bits.to_le_bytes().map(|mask| ConfigByte::writable(0, mask)));
        body.extend(vector_bits.to_le_bytes().map(ConfigByte::internal));
        let offset = header.add_capability(CAPABILITY_MSI, &body)?;
        Ok(Self { offset, log2_vectors })
    }

    /// Is MSI on? While it is off the function uses its pin.
    #[must_use]
    pub fn enabled(self, header: &Header) -> bool {
        self.control(header) & ENABLE != 0
    }

    /// Vectors that the guest lets the function use.
    #[must_use]
    pub fn allocated(self, header: &Header) -> u8 {
        // Multiple message enable may be written larger than what is offered; then all that is offered is meant.
        let log2 = u8::try_from(self.control(header) >> 4 & 7).unwrap_or(0).min(self.log2_vectors);
        1 << log2
    }

    /// The device's event of this number happens: the message that leaves now. A masked one is remembered in the
    /// pending bits; with MSI off nothing is.
    pub fn signal(self, header: &mut Header, vector: u8) -> Option<Msi> {
        let bit = 1u32.checked_shl(u32::from(self.shared(header, vector)))?;
        if !self.enabled(header) {
            return None;
        }
        self.set_pending(header, self.pending(header) | bit);
        self.release_bits(header, bit)
    }

    /// A message that waited and may leave now; to be called until there is none after each write to the header.
    pub fn release(self, header: &mut Header) -> Option<Msi> {
        self.release_bits(header, u32::MAX)
    }

    /// Vectors that wait.
    #[must_use]
    pub fn pending(self, header: &Header) -> u32 {
        u32::from_le_bytes(header.space.field(self.at(PENDING)))
    }

    fn release_bits(self, header: &mut Header, among: u32) -> Option<Msi> {
        if !self.enabled(header) || !header.command().contains(Command::BUS_MASTER) {
            return None;
        }
        let mask = u32::from_le_bytes(header.space.field(self.at(MASK)));
        loop {
            let pending = self.pending(header);
            let vector = (pending & !mask & among).trailing_zeros();
            self.set_pending(header, pending & !1u32.checked_shl(vector)?);
            if let Some(message) = self.message(header, vector) {
                return Some(message);
            }
        }
    }

    /// What the vector sends: the function replaces as many low bits of the data as it needs to tell its vectors apart.
    fn message(self, header: &Header, vector: u32) -> Option<Msi> {
        let address = u64::from_le_bytes(header.space.field(self.at(ADDRESS)));
        let data = u32::from(u16::from_le_bytes(header.space.field(self.at(DATA))));
        let low_bits = u32::from(self.allocated(header)).wrapping_sub(1);
        message(address, data & !low_bits | vector & low_bits)
    }

    /// With fewer vectors allocated than offered, events share them.
    fn shared(self, header: &Header, vector: u8) -> u8 {
        vector & self.allocated(header).wrapping_sub(1)
    }

    fn control(self, header: &Header) -> u16 {
        u16::from_le_bytes(header.space.field(self.at(CONTROL)))
    }

    fn set_pending(self, header: &mut Header, pending: u32) {
        header.space.set_field(self.at(PENDING), pending.to_le_bytes());
    }

    const fn at(self, register: u8) -> u8 {
        self.offset.saturating_add(register)
    }
}
