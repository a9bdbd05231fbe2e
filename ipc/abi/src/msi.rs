//! Interrupt messages in the format of the platform (Intel SDM volume 3, "Message Signalled Interrupts").

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// An interrupt message: what a device or an I/O APIC writes towards the local APICs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[cfg_attr(
    feature = "messages",
    derive(
        serde::Serialize,
        serde::Deserialize,
        postcard::experimental::max_size::MaxSize,
        postcard_schema::Schema
    )
)]
#[repr(C)]
pub struct Msi {
    /// 0xFEE0_0000 | destination << 12 | redirection hint << 3 | destination mode << 2.
    pub address: u32,
    /// Vector, delivery mode << 8, level << 14, trigger mode << 15.
    pub data: u32,
}

impl Msi {
    /// Composes a message.
    #[must_use]
    pub const fn new(
        destination: u8,
        logical: bool,
        vector: u8,
        mode: DeliveryMode,
        level_triggered: bool,
    ) -> Self {
        Self {
            address: 0xfee0_0000 | (destination as u32) << 12 | (logical as u32) << 2,
            data: vector as u32
                | (mode as u32) << 8
                | (level_triggered as u32) << 14
                | (level_triggered as u32) << 15,
        }
    }

    /// Destination identifier.
    #[must_use]
    pub const fn destination(self) -> u8 {
        (self.address >> 12 & 0xff) as u8
    }

    /// Destination mode: logical if set, physical otherwise.
    #[must_use]
    pub const fn logical(self) -> bool {
        self.address & 1 << 2 != 0
    }

    /// Interrupt vector.
    #[must_use]
    pub const fn vector(self) -> u8 {
        (self.data & 0xff) as u8
    }

    /// Delivery mode; `None` for the two reserved encodings.
    #[must_use]
    pub const fn delivery_mode(self) -> Option<DeliveryMode> {
        DeliveryMode::from_bits((self.data >> 8 & 7) as u8)
    }

    /// Level-triggered: the end of interrupt is broadcast to the I/O APICs.
    #[must_use]
    pub const fn level_triggered(self) -> bool {
        self.data & 1 << 15 != 0
    }
}

/// Delivery mode of an interrupt message, a redirection entry or an interrupt command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum DeliveryMode {
    /// The vector, to all destinations.
    Fixed = 0,
    /// The vector, to one of the destinations.
    LowestPriority = 1,
    /// System management interrupt.
    Smi = 2,
    /// Non-maskable interrupt.
    Nmi = 4,
    /// Reset to the wait-for-SIPI state.
    Init = 5,
    /// Start-up (interrupt command) — reserved in messages and redirection entries.
    StartUp = 6,
    /// The vector comes from the 8259A.
    ExtInt = 7,
}

impl DeliveryMode {
    /// The mode of this three-bit encoding.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Fixed,
            1 => Self::LowestPriority,
            2 => Self::Smi,
            4 => Self::Nmi,
            5 => Self::Init,
            6 => Self::StartUp,
            7 => Self::ExtInt,
            _ => return None,
        })
    }
}
