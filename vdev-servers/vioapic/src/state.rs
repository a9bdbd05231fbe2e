//! The committed state, and what makes one valid.

use crate::{PINS, RedirectionEntry, Vioapic};
use bulkhead_protocol::{config, platform};
use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};
use vdev::InvalidState;

/// What survives the server. All in little-endian bytes, so that each field stays at its place in the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub struct State {
    select: u8,
    id: u8,
    asserted: [u8; 4],
    latched: [u8; 4],
    entries: [[u8; 8]; PINS],
}

impl Vioapic {
    /// After power-on.
    pub(crate) fn power_on(config: &config::Vioapic) -> Self {
        let pins = u32::from(config.pins.clamp(1, platform::IO_APIC_PINS));
        Self {
            base: config.base,
            present: u32::MAX.wrapping_shr(32u32.saturating_sub(pins)),
            select: 0,
            id: 0,
            entries: [RedirectionEntry::RESET; PINS],
            asserted: 0,
            latched: 0,
            sent: crate::tally::Tally::default(),
        }
    }

    /// To bytes.
    pub(crate) fn save(&self) -> State {
        State {
            select: self.select,
            id: self.id,
            asserted: self.asserted.to_le_bytes(),
            latched: self.latched.to_le_bytes(),
            entries: self.entries.map(|entry| entry.into_bits().to_le_bytes()),
        }
    }

    /// From bytes, if they are of a state that the chip can be in.
    pub(crate) fn load(config: &config::Vioapic, state: &State) -> Result<Self, InvalidState> {
        let chip = Self {
            select: state.select,
            id: state.id,
            asserted: u32::from_le_bytes(state.asserted),
            latched: u32::from_le_bytes(state.latched),
            entries: state.entries.map(|bytes| RedirectionEntry::from_bits(u64::from_le_bytes(bytes))),
            ..Self::power_on(config)
        };
        let pins_exist = (chip.asserted | chip.latched) & !chip.present == 0;
        let entries_are_valid = (0u32..).zip(&chip.entries).all(|(pin, entry)| {
            let bit = 1u32.wrapping_shl(pin);
            let exists = chip.present & bit != 0 || *entry == RedirectionEntry::RESET;
            entry.is_valid() && exists && (chip.latched & bit == 0 || !entry.by_level())
        });
        if chip.id < 16 && pins_exist && entries_are_valid { Ok(chip) } else { Err(InvalidState) }
    }
}
