//! Two ways to name a configuration register: mechanism #1 by ports (PCI Local Bus Specification 3.0, section 3.2.2.3.2)
//! and ECAM by memory (PCI Express Base Specification, section 7.2.2).

use crate::DeviceFunction;

/// CONFIG_ADDRESS: four ports, one register.
pub const ADDRESS_PORT: u16 = 0xcf8;
/// CONFIG_DATA: four ports.
pub const DATA_PORT: u16 = 0xcfc;

const ENABLE: u32 = 1 << 31;
const RESERVED: u32 = 0x7f00_0003;

/// A byte of configuration space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigRegister {
    /// Bus.
    pub bus: u8,
    /// Device and function.
    pub place: DeviceFunction,
    /// Offset in the function's space.
    pub offset: u16,
}

/// CONFIG_ADDRESS. It keeps its value over any number of data accesses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AddressRegister(u32);

impl AddressRegister {
    /// The register after a write of 32 bits: reserved bits read as zero.
    #[must_use]
    pub const fn new(written: u32) -> Self {
        Self(written & !RESERVED)
    }

    /// What it reads.
    #[must_use]
    pub const fn value(self) -> u32 {
        self.0
    }

    /// The register behind byte 0 to 3 of CONFIG_DATA; `None` while the address is not enabled.
    #[must_use]
    pub const fn register(self, byte: u8) -> Option<ConfigRegister> {
        let [offset, place, bus, _] = self.0.to_le_bytes();
        if self.0 & ENABLE == 0 {
            return None;
        }
        let offset = (offset | byte & 3) as u16;
        Some(ConfigRegister { bus, place: DeviceFunction(place), offset })
    }
}

/// The register at this offset of the ECAM window; `None` beyond the last bus that there can be.
#[must_use]
pub fn ecam_register(offset: u64) -> Option<ConfigRegister> {
    let [place_low, place_high, ..] = (offset >> 12).to_le_bytes();
    (offset >> 28 == 0).then_some(ConfigRegister {
        bus: place_high,
        place: DeviceFunction(place_low),
        offset: u16::try_from(offset & 0xfff).ok()?,
    })
}
