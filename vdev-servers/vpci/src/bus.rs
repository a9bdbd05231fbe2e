//! A bus: the functions that are there, and all-ones for those that are not.

use crate::Header;
use crate::header::HEADER_TYPE;

/// Header type bit 7: the device has more functions than this one.
const MULTI_FUNCTION: u8 = 1 << 7;

/// A device (0 to 31) and function (0 to 7) of a bus, packed as in addresses: device << 3 | function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceFunction(pub u8);

impl DeviceFunction {
    /// This device and function; bits beyond their range are dropped.
    #[must_use]
    pub const fn new(device: u8, function: u8) -> Self {
        Self(device << 3 | function & 7)
    }

    /// Function 0 of the same device.
    #[must_use]
    pub const fn first(self) -> Self {
        Self(self.0 & !7)
    }
}

/// A bus with at most `N` functions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bus<const N: usize> {
    functions: heapless::Vec<(DeviceFunction, Header), N>,
}

impl<const N: usize> Bus<N> {
    /// Puts a function in its place; false if the place is taken or there is no room.
    pub fn add(&mut self, place: DeviceFunction, header: Header) -> bool {
        self.function(place).is_none() && self.functions.push((place, header)).is_ok()
    }

    /// The function at this place.
    #[must_use]
    pub fn function(&self, place: DeviceFunction) -> Option<&Header> {
        self.functions.iter().find(|(other, _)| *other == place).map(|(_, header)| header)
    }

    /// The function at this place.
    pub fn function_mut(&mut self, place: DeviceFunction) -> Option<&mut Header> {
        self.functions.iter_mut().find(|(other, _)| *other == place).map(|(_, header)| header)
    }

    /// The function with this number, in the order in which they were added.
    pub(crate) fn entry(&self, index: usize) -> Option<(DeviceFunction, &Header)> {
        self.functions.get(index).map(|(place, header)| (*place, header))
    }

    /// Reads a byte of a function. No function has the extended space from offset 256 on: all-ones, as where there
    /// is no function.
    #[must_use]
    pub fn read(&self, place: DeviceFunction, offset: u16) -> u8 {
        let (Some(function), Ok(offset)) = (self.function(place), u8::try_from(offset)) else { return 0xff };
        let byte = function.read(offset);
        if offset == HEADER_TYPE && self.has_siblings(place) { byte | MULTI_FUNCTION } else { byte }
    }

    /// Writes a byte of a function, if it is there.
    pub fn write(&mut self, place: DeviceFunction, offset: u16, byte: u8) {
        if let (Some(function), Ok(offset)) = (self.function_mut(place), u8::try_from(offset)) {
            function.write(offset, byte);
        }
    }

    fn has_siblings(&self, place: DeviceFunction) -> bool {
        self.functions.iter().any(|(other, _)| *other != place && other.first() == place.first())
    }
}
