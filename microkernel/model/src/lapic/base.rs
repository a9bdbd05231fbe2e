//! IA32_APIC_BASE: the mode of the APIC and the legal ways between the modes (SDM, "x2APIC State Transitions").

use super::{GeneralProtection, LocalApic};

/// Where the xAPIC page is after reset.
pub(super) const DEFAULT_PAGE: u64 = 0xfee0_0000;

const BSP: u64 = 1 << 8;
const EXTD: u64 = 1 << 10;
const ENABLE: u64 = 1 << 11;
const PAGE: u64 = 0x000f_ffff_ffff_f000;

/// How the registers are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Not at all: the CPU behaves as one without an APIC.
    Disabled,
    /// By memory.
    XApic,
    /// By MSR.
    X2Apic,
}

impl LocalApic {
    /// The mode.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// IA32_APIC_BASE.
    #[must_use]
    pub const fn apic_base(&self) -> u64 {
        let mode = match self.mode {
            Mode::Disabled => 0,
            Mode::XApic => ENABLE,
            Mode::X2Apic => ENABLE | EXTD,
        };
        self.page | mode | if self.bsp { BSP } else { 0 }
    }

    /// Writes IA32_APIC_BASE. The BSP flag keeps its value. Another page address is remembered and read back; where
    /// the registers appear is decided by the VM's routes.
    ///
    /// # Errors
    /// A reserved bit is set, or there is no legal way to the new mode.
    pub fn set_apic_base(&mut self, value: u64) -> Result<(), GeneralProtection> {
        if value & !(PAGE | ENABLE | EXTD | BSP) != 0 {
            return Err(GeneralProtection);
        }
        let mode = match (value & ENABLE != 0, value & EXTD != 0) {
            (false, false) => Mode::Disabled,
            (true, false) => Mode::XApic,
            (true, true) => Mode::X2Apic,
            (false, true) => return Err(GeneralProtection),
        };
        match (self.mode, mode) {
            (Mode::Disabled, Mode::X2Apic) | (Mode::X2Apic, Mode::XApic) => return Err(GeneralProtection),
            // What the registers held is gone when the APIC is enabled again.
            (Mode::XApic | Mode::X2Apic, Mode::Disabled) => self.init(),
            // The high half means something else in x2APIC mode, and is zero there at first.
            (Mode::XApic, Mode::X2Apic) => self.icr &= 0xffff_ffff,
            _ => {}
        }
        self.mode = mode;
        self.page = value & PAGE;
        Ok(())
    }
}
