//! The register map, common to both modes: an x2APIC register is MSR 0x800 + offset / 16.

use super::lvt::LvtIndex;

/// A register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Register {
    Id,
    Version,
    Tpr,
    /// xAPIC only.
    Apr,
    Ppr,
    Eoi,
    /// xAPIC only.
    RemoteRead,
    Ldr,
    /// xAPIC only.
    Dfr,
    Svr,
    Isr(u8),
    Tmr(u8),
    Irr(u8),
    Esr,
    /// All of the command in x2APIC mode.
    IcrLow,
    /// xAPIC only.
    IcrHigh,
    Lvt(LvtIndex),
    InitialCount,
    CurrentCount,
    DivideConfiguration,
    /// x2APIC only.
    SelfIpi,
}

impl Register {
    /// The register with this number (offset / 16).
    pub(super) const fn from_number(number: u8) -> Option<Self> {
        Some(match number {
            0x02 => Self::Id,
            0x03 => Self::Version,
            0x08 => Self::Tpr,
            0x09 => Self::Apr,
            0x0a => Self::Ppr,
            0x0b => Self::Eoi,
            0x0c => Self::RemoteRead,
            0x0d => Self::Ldr,
            0x0e => Self::Dfr,
            0x0f => Self::Svr,
            0x10..=0x17 => Self::Isr(number & 7),
            0x18..=0x1f => Self::Tmr(number & 7),
            0x20..=0x27 => Self::Irr(number & 7),
            0x28 => Self::Esr,
            0x30 => Self::IcrLow,
            0x31 => Self::IcrHigh,
            0x32 => Self::Lvt(LvtIndex::Timer),
            0x33 => Self::Lvt(LvtIndex::Thermal),
            0x34 => Self::Lvt(LvtIndex::Performance),
            0x35 => Self::Lvt(LvtIndex::Lint0),
            0x36 => Self::Lvt(LvtIndex::Lint1),
            0x37 => Self::Lvt(LvtIndex::Error),
            0x38 => Self::InitialCount,
            0x39 => Self::CurrentCount,
            0x3e => Self::DivideConfiguration,
            0x3f => Self::SelfIpi,
            _ => return None,
        })
    }
}
