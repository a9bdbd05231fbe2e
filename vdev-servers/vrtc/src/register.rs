//! Names and bits of the registers (MC146818, address map and registers A to D).

use bitflags::bitflags;

/// A byte of the chip's 128.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Register {
    /// One of the eight bytes of date and time.
    Time(Field),
    /// Second, minute or hour of the alarm: 0, 1, 2.
    Alarm(u8),
    /// Divider, rate, UIP.
    A,
    /// Modes and interrupt enables.
    B,
    /// Interrupt flags.
    C,
    /// Valid RAM and time.
    D,
    /// CMOS RAM, counted from its first byte.
    Ram(u8),
}

/// A byte of date and time, in the order in which they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Field {
    Second,
    Minute,
    Hour,
    Weekday,
    Day,
    Month,
    Year,
    /// Not the chip's: a PC keeps it in RAM, where the FADT says.
    Century,
}

/// First byte of RAM.
pub(crate) const RAM_START: u8 = 0x0e;
/// Bytes of RAM.
pub(crate) const RAM_BYTES: usize = 114;
/// Where a PC keeps the century.
const CENTURY: u8 = 0x32;

impl Register {
    /// The register at this index; bit 7 does not count.
    pub(crate) const fn from_index(index: u8) -> Self {
        match index & 0x7f {
            0x00 => Self::Time(Field::Second),
            0x01 => Self::Alarm(0),
            0x02 => Self::Time(Field::Minute),
            0x03 => Self::Alarm(1),
            0x04 => Self::Time(Field::Hour),
            0x05 => Self::Alarm(2),
            0x06 => Self::Time(Field::Weekday),
            0x07 => Self::Time(Field::Day),
            0x08 => Self::Time(Field::Month),
            0x09 => Self::Time(Field::Year),
            0x0a => Self::A,
            0x0b => Self::B,
            0x0c => Self::C,
            0x0d => Self::D,
            CENTURY => Self::Time(Field::Century),
            ram => Self::Ram(ram.wrapping_sub(RAM_START)),
        }
    }
}

bitflags! {
    /// Register A.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct A: u8 {
        /// Rate select.
        const RS = 0x0f;
        /// Divider.
        const DV = 0x70;
        /// Update in progress; read only.
        const UIP = 0x80;
    }

    /// Register B.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct B: u8 {
        /// Daylight saving; kept, without effect, as in every successor of the chip.
        const DSE = 1 << 0;
        /// 24 hours.
        const HOURS_24 = 1 << 1;
        /// Data mode: binary.
        const DM = 1 << 2;
        /// Square wave; the pin is not connected.
        const SQWE = 1 << 3;
        /// Update-ended interrupt enable.
        const UIE = 1 << 4;
        /// Alarm interrupt enable.
        const AIE = 1 << 5;
        /// Periodic interrupt enable.
        const PIE = 1 << 6;
        /// Stops updates, so that the time can be set.
        const SET = 1 << 7;
    }

    /// Register C. The flags have the places of their enables in B.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct C: u8 {
        /// Update ended.
        const UF = 1 << 4;
        /// Alarm.
        const AF = 1 << 5;
        /// Periodic.
        const PF = 1 << 6;
        /// Some flag is set that is enabled.
        const IRQF = 1 << 7;
    }
}

/// Register D, bit 7: RAM and time are valid.
pub(crate) const VRT: u8 = 0x80;
/// Register A as firmware leaves it: divider for 32,768 Hz, 1,024 Hz periodic rate.
pub(crate) const A_DEFAULT: u8 = 0x26;
/// Register B as firmware leaves it: BCD, 24 hours.
pub(crate) const B_DEFAULT: u8 = B::HOURS_24.bits();
