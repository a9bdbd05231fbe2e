//! What an instruction can reach: guest memory and devices.

use bulkhead_protocol::bus::{Space, Width};

/// Why a device did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// Its server is not there at present; the access has not happened.
    Absent,
    /// Its server did not answer properly; the access may have happened.
    Lost,
}

/// The surroundings of a vCPU.
///
/// Addresses are guest-physical. An access to memory lies within one page, so it is in RAM as a whole or not at all.
pub trait Machine {
    /// Fills `bytes` from RAM; false, without any effect, if there is none.
    fn read_memory(&mut self, address: u64, bytes: &mut [u8]) -> bool;

    /// Puts `bytes` into RAM; false, without any effect, if there is none.
    fn write_memory(&mut self, address: u64, bytes: &[u8]) -> bool;

    /// Sets bits of a byte of RAM. Where other vCPUs run meanwhile this should be one atomic operation.
    fn set_memory_bits(&mut self, address: u64, bits: u8) -> bool {
        let mut byte = [0];
        self.read_memory(address, &mut byte) && self.write_memory(address, &byte.map(|byte| byte | bits))
    }

    /// Reads from whatever is at an address that is not RAM; what nothing answers reads all ones.
    ///
    /// # Errors
    /// There is a device, but its server is not to be reached.
    fn read_device(&mut self, space: Space, address: u64, width: Width) -> Result<u64, Unreachable>;

    /// Writes to whatever is at an address that is not RAM; what nothing takes vanishes.
    ///
    /// # Errors
    /// There is a device, but its server is not to be reached.
    fn write_device(
        &mut self,
        space: Space,
        address: u64,
        width: Width,
        value: u64,
    ) -> Result<(), Unreachable>;
}
