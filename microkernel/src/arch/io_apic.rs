//! The physical I/O APIC: routes the few device interrupts that tasks handle.

use super::apic::DEVICE_VECTORS;
use crate::memory::DIRECT;

/// An I/O APIC that the firmware told about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IoApic {
    /// Physical address of its registers.
    pub(crate) base: u64,
    /// First global interrupt.
    pub(crate) first: u32,
}

/// How an interrupt arrives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wire {
    /// Global interrupt.
    pub(crate) gsi: u32,
    /// Level-triggered.
    pub(crate) level: bool,
    /// Active low.
    pub(crate) low: bool,
}

impl IoApic {
    /// Masks all pins.
    pub(crate) fn mask_all(self) {
        let pins = self.read(1) >> 16 & 0xff;
        for pin in 0..=pins {
            self.write(0x10 + 2 * pin, 1 << 16);
        }
    }

    /// Routes an interrupt to a CPU; the vector.
    pub(crate) fn route(self, wire: Wire, destination: u8) -> u8 {
        let pin = wire.gsi.saturating_sub(self.first) & 0x1f;
        let vector = DEVICE_VECTORS + pin as u8;
        self.write(0x11 + 2 * pin, u32::from(destination) << 24);
        self.write(
            0x10 + 2 * pin,
            u32::from(vector) | u32::from(wire.low) << 13 | u32::from(wire.level) << 15,
        );
        vector
    }

    /// Masks or unmasks a routed interrupt.
    pub(crate) fn set_mask(self, wire: Wire, masked: bool) {
        let pin = wire.gsi.saturating_sub(self.first) & 0x1f;
        let entry = self.read(0x10 + 2 * pin) & !(1 << 16);
        self.write(0x10 + 2 * pin, entry | u32::from(masked) << 16);
    }

    fn read(self, register: u32) -> u32 {
        self.select(register);
        // SAFETY: the core maps the registers as device memory; only the holder of the core's lock gets here.
        unsafe { ((DIRECT + self.base + 0x10) as *const u32).read_volatile() }
    }

    fn write(self, register: u32, value: u32) {
        self.select(register);
        // SAFETY: as for reading.
        unsafe { ((DIRECT + self.base + 0x10) as *mut u32).write_volatile(value) };
    }

    fn select(self, register: u32) {
        // SAFETY: as for reading.
        unsafe { ((DIRECT + self.base) as *mut u32).write_volatile(register) };
    }
}
