//! The ACPI PM1a event and control registers (ACPI specification 6.5, section 4.8.3).

use bulkhead_protocol::platform::SLEEP_TYPE_S5;

bitflags::bitflags! {
    /// PM1 status and enable (section 4.8.3.1): the same bit in both words is one event.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Pm1Event: u16 {
        /// TMR: the PM timer's top bit has changed.
        const TMR = 1 << 0;
        /// GBL: firmware has released the global lock.
        const GBL = 1 << 5;
        /// PWRBTN: the power button was pressed.
        const PWRBTN = 1 << 8;
        /// SLPBTN: the sleep button was pressed.
        const SLPBTN = 1 << 9;
        /// RTC: an alarm of the real-time clock.
        const RTC = 1 << 10;
        /// PCIEXP_WAKE in status, PCIEXP_WAKE_DIS in enable; no part of the SCI equation.
        const PCIEXP_WAKE = 1 << 14;
        /// WAK: the machine has woken from a sleeping state. Status only.
        const WAK = 1 << 15;
    }
}

impl Pm1Event {
    /// Bits of the enable register that hold what is written to them.
    pub const ENABLE: Self = Self::all().difference(Self::WAK);
    /// Events that raise the SCI while status and enable are both set.
    pub const SCI: Self = Self::TMR.union(Self::GBL).union(Self::PWRBTN).union(Self::SLPBTN).union(Self::RTC);
}

bitflags::bitflags! {
    /// PM1 control (section 4.8.3.2.1). `SLP_TYP` is the three bits 10 to 12.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Pm1Control: u16 {
        /// SCI_EN: power events raise the SCI, not an SMI. Set for ever: there is no SMM to hand over from.
        const SCI_EN = 1 << 0;
        /// BM_RLD: bus masters end C3.
        const BM_RLD = 1 << 1;
        /// GBL_RLS: tells firmware about the global lock; reads as zero.
        const GBL_RLS = 1 << 2;
        /// SLP_TYP.
        const SLP_TYP = 7 << 10;
        /// SLP_EN: enters the state of `SLP_TYP`; reads as zero.
        const SLP_EN = 1 << 13;
    }
}

impl Pm1Control {
    /// Bits that hold what is written to them.
    pub const STORED: Self = Self::BM_RLD.union(Self::SLP_TYP);

    /// The value of a register with these bits written.
    #[must_use]
    pub const fn after_write(written: u16) -> Self {
        Self::from_bits_truncate(written).intersection(Self::STORED).union(Self::SCI_EN)
    }

    /// Does this write enter S5?
    #[must_use]
    pub const fn enters_soft_off(written: u16) -> bool {
        let sleep_type = written >> 10 & 7;
        written & Self::SLP_EN.bits() != 0 && sleep_type == SLEEP_TYPE_S5 as u16
    }
}
