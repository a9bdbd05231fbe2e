//! The 256 bytes of a function's configuration space: what each bit holds and who may change it.

use bulkhead_protocol::Bytes;
use vdev::InvalidState;

/// The bytes that can change, in the order of their offsets; what the function is made of fills in the rest.
pub type ConfigState = Bytes<256>;

/// A byte of configuration space. Bits that are in none of the masks are constant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConfigByte {
    /// What it reads.
    pub value: u8,
    /// Bits that hold what the guest writes.
    pub writable: u8,
    /// Bits that the device sets and the guest clears by writing one (RW1C).
    pub clearable: u8,
    /// Bits that only the device changes.
    pub internal: u8,
}

impl ConfigByte {
    /// Reads this for ever.
    #[must_use]
    pub const fn constant(value: u8) -> Self {
        Self { value, writable: 0, clearable: 0, internal: 0 }
    }

    /// Starts with a value of which the guest may change some bits.
    #[must_use]
    pub const fn writable(value: u8, writable: u8) -> Self {
        Self { value, writable, clearable: 0, internal: 0 }
    }

    /// Starts at zero; only the device changes the bits.
    #[must_use]
    pub const fn internal(internal: u8) -> Self {
        Self { value: 0, writable: 0, clearable: 0, internal }
    }

    const fn changeable(self) -> u8 {
        self.writable | self.clearable | self.internal
    }

    const fn written(self, byte: u8) -> u8 {
        (self.value & !self.writable | byte & self.writable) & !(byte & self.clearable)
    }
}

/// A function's configuration space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigSpace {
    bytes: [ConfigByte; 256],
}

impl Default for ConfigSpace {
    fn default() -> Self {
        Self { bytes: [ConfigByte::default(); 256] }
    }
}

impl ConfigSpace {
    /// Says what a byte is.
    pub fn define(&mut self, offset: u8, byte: ConfigByte) {
        if let Some(place) = self.bytes.get_mut(usize::from(offset)) {
            *place = byte;
        }
    }

    /// Says what consecutive bytes are.
    pub fn define_all(&mut self, offset: u8, bytes: impl IntoIterator<Item = ConfigByte>) {
        for (offset, byte) in (offset..=u8::MAX).zip(bytes) {
            self.define(offset, byte);
        }
    }

    /// Bits of a byte that hold what the guest writes.
    pub(crate) fn writable_bits(&self, offset: u8) -> u8 {
        self.bytes.get(usize::from(offset)).map_or(0, |byte| byte.writable)
    }

    /// What a byte reads.
    #[must_use]
    pub fn read(&self, offset: u8) -> u8 {
        self.bytes.get(usize::from(offset)).map_or(0, |byte| byte.value)
    }

    /// The guest writes a byte.
    pub fn write(&mut self, offset: u8, written: u8) {
        if let Some(byte) = self.bytes.get_mut(usize::from(offset)) {
            byte.value = byte.written(written);
        }
    }

    /// The value of `N` consecutive bytes; zeros beyond the end.
    #[must_use]
    pub fn field<const N: usize>(&self, offset: u8) -> [u8; N] {
        let mut field = [0; N];
        for (byte, offset) in field.iter_mut().zip(offset..=u8::MAX) {
            *byte = self.read(offset);
        }
        field
    }

    /// The device changes bits of consecutive bytes; constant bits stay.
    pub fn set_field<const N: usize>(&mut self, offset: u8, field: [u8; N]) {
        for (new, offset) in field.into_iter().zip(offset..=u8::MAX) {
            if let Some(byte) = self.bytes.get_mut(usize::from(offset)) {
                let may = byte.changeable();
                byte.value = byte.value & !may | new & may;
            }
        }
    }

    /// The bytes that can change.
    #[must_use]
    pub fn snapshot(&self) -> ConfigState {
        let mut state = ConfigState::new();
        for byte in self.bytes.iter().filter(|byte| byte.changeable() != 0) {
            state.push(byte.value);
        }
        state
    }

    /// Takes over the bytes that can change into a space of the same layout.
    ///
    /// # Errors
    /// The state is of another layout, or has other constant bits.
    pub fn restore(&mut self, state: &ConfigState) -> Result<(), InvalidState> {
        let mut saved = state.as_slice().iter();
        for byte in self.bytes.iter_mut().filter(|byte| byte.changeable() != 0) {
            let value = *saved.next().ok_or(InvalidState)?;
            if (value ^ byte.value) & !byte.changeable() != 0 {
                return Err(InvalidState);
            }
            byte.value = value;
        }
        if saved.next().is_some() { Err(InvalidState) } else { Ok(()) }
    }
}
