//! The MSI-X table and its pending bits (PCI Local Bus Specification 3.0, sections 6.8.2.6 to 6.8.2.10).

use crate::message::message;
use crate::{Header, MsixCapability};
use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};
use vdev::{InvalidState, Msi};

/// Vector control: the vector is masked.
const MASKED: u32 = 1 << 0;

/// A vector of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub struct MsixEntry {
    /// Message address, low half.
    pub address_low: u32,
    /// Message address, high half.
    pub address_high: u32,
    /// Message data.
    pub data: u32,
    /// Bit 0 masks the vector; the others are reserved and zero.
    pub control: u32,
}

impl MsixEntry {
    /// After reset every vector is masked.
    pub const RESET: Self = Self { address_low: 0, address_high: 0, data: 0, control: MASKED };

    const fn read(&self, register: u64) -> u32 {
        match register & 0xc {
            0x0 => self.address_low,
            0x4 => self.address_high,
            0x8 => self.data,
            _ => self.control,
        }
    }

    const fn write(&mut self, register: u64, value: u32) {
        match register & 0xc {
            0x0 => self.address_low = value & !3,
            0x4 => self.address_high = value,
            0x8 => self.data = value,
            _ => self.control = value & MASKED,
        }
    }

    const fn is_valid(&self) -> bool {
        self.address_low & 3 == 0 && self.control & !MASKED == 0
    }

    fn message(&self) -> Option<Msi> {
        message(u64::from(self.address_high) << 32 | u64::from(self.address_low), self.data)
    }
}

/// `N` vectors, at most 64, and their pending bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MsixTable<const N: usize> {
    entries: [MsixEntry; N],
    pending: u64,
}

impl<const N: usize> Default for MsixTable<N> {
    fn default() -> Self {
        const { assert!(N >= 1 && N <= 64) };
        Self { entries: [MsixEntry::RESET; N], pending: 0 }
    }
}

impl<const N: usize> MsixTable<N> {
    /// Bytes of the table.
    pub const LENGTH: u64 = N as u64 * 16;

    /// The table with entries and pending bits of an earlier life.
    ///
    /// # Errors
    /// Reserved bits are set.
    pub fn restore(entries: [MsixEntry; N], pending: u64) -> Result<Self, InvalidState> {
        let beyond = u64::MAX.checked_shl(u32::try_from(N).unwrap_or(64)).unwrap_or(0);
        if pending & beyond != 0 || !entries.iter().all(MsixEntry::is_valid) {
            return Err(InvalidState);
        }
        Ok(Self { entries, pending })
    }

    /// The vectors.
    #[must_use]
    pub const fn entries(&self) -> &[MsixEntry; N] {
        &self.entries
    }

    /// Vectors that wait: the pending bit array's first eight bytes.
    #[must_use]
    pub const fn pending(&self) -> u64 {
        self.pending
    }

    /// The aligned double word at this offset of the table; zero beyond its end.
    #[must_use]
    pub fn read(&self, offset: u64) -> u32 {
        let entry = usize::try_from(offset >> 4).ok().and_then(|index| self.entries.get(index));
        entry.map_or(0, |entry| entry.read(offset))
    }

    /// Writes the aligned double word at this offset. The device calls [`release`](Self::release) afterwards.
    pub fn write(&mut self, offset: u64, value: u32) {
        let index = usize::try_from(offset >> 4).ok();
        if let Some(entry) = index.and_then(|index| self.entries.get_mut(index)) {
            entry.write(offset, value);
        }
    }

    /// The device's event of this vector happens: the message that leaves now. One that may not is remembered, as
    /// long as MSI-X is on.
    pub fn signal(&mut self, header: &Header, capability: MsixCapability, vector: u8) -> Option<Msi> {
        if usize::from(vector) >= N || !capability.enabled(header) {
            return None;
        }
        let bit = 1u64.checked_shl(u32::from(vector))?;
        self.pending |= bit;
        self.release_bits(header, capability, bit)
    }

    /// A message that waited and may leave now; to be called until there is none after each write to the header or
    /// to the table.
    pub fn release(&mut self, header: &Header, capability: MsixCapability) -> Option<Msi> {
        self.release_bits(header, capability, u64::MAX)
    }

    fn release_bits(&mut self, header: &Header, capability: MsixCapability, among: u64) -> Option<Msi> {
        if !capability.open(header) {
            return None;
        }
        for (entry, vector) in self.entries.iter().zip(0u32..) {
            let bit = 1u64.checked_shl(vector)?;
            if self.pending & among & bit != 0 && entry.control & MASKED == 0 {
                self.pending &= !bit;
                if let Some(message) = entry.message() {
                    return Some(message);
                }
            }
        }
        None
    }
}
