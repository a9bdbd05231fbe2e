//! From the address and data that a guest has programmed to an interrupt message.

use vdev::Msi;

/// The message, if the address is one at which local APICs listen. A write to any other address is a write to memory
/// that a device makes without being asked to: it goes nowhere.
pub(crate) fn message(address: u64, data: u32) -> Option<Msi> {
    let address = u32::try_from(address).ok()?;
    (address >> 20 == 0xfee).then_some(Msi { address, data })
}
