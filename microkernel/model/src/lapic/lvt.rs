//! The local vector table, and the two pins that only it serves ("Local Vector Table").

use super::timer::TimerMode;
use super::{LocalApic, Mode};
use bitfield_struct::bitfield;
use bulkhead_abi::msi::DeliveryMode;

/// An entry of the local vector table.
#[bitfield(u32)]
#[derive(PartialEq, Eq)]
pub struct LvtEntry {
    /// Vector.
    pub vector: u8,
    /// Delivery mode; not in the timer's and the error's entry.
    #[bits(3)]
    pub delivery_mode: u8,
    #[bits(1)]
    __: u8,
    /// Delivery status: always idle.
    pub delivery_status: bool,
    /// Pin polarity: stored. The pins of the model are logical.
    pub active_low: bool,
    /// Remote IRR: always 0, because pins are taken as edges.
    pub remote_irr: bool,
    /// Trigger mode: stored.
    pub level_triggered: bool,
    /// Mask.
    pub masked: bool,
    /// Timer mode.
    #[bits(2)]
    pub timer_mode: u8,
    #[bits(13)]
    __: u16,
}

/// Names of the entries, in the order of their registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LvtIndex {
    Timer = 0,
    Thermal = 1,
    Performance = 2,
    Lint0 = 3,
    Lint1 = 4,
    Error = 5,
}

impl LvtIndex {
    /// Bits that a guest can write.
    pub(super) const fn writable(self) -> u32 {
        match self {
            Self::Timer => 0x0007_00ff,
            Self::Thermal | Self::Performance => 0x0001_07ff,
            Self::Lint0 | Self::Lint1 => 0x0001_a7ff,
            Self::Error => 0x0001_00ff,
        }
    }

    /// Bits that a guest can write or that are read-only; the others are reserved.
    pub(super) const fn defined(self) -> u32 {
        match self {
            Self::Lint0 | Self::Lint1 => self.writable() | 1 << 12 | 1 << 14,
            _ => self.writable() | 1 << 12,
        }
    }
}

/// The entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lvt([LvtEntry; 6]);

impl Lvt {
    /// All masked.
    pub(super) const fn new() -> Self {
        Self([LvtEntry::new().with_masked(true); 6])
    }

    pub(super) fn get(&self, index: LvtIndex) -> LvtEntry {
        self.0.get(index as usize).copied().unwrap_or_default()
    }

    pub(super) fn set(&mut self, index: LvtIndex, entry: LvtEntry) {
        if let Some(place) = self.0.get_mut(index as usize) {
            *place = entry;
        }
    }

    /// What a software disable does.
    pub(super) fn mask_all(&mut self) {
        for entry in &mut self.0 {
            entry.set_masked(true);
        }
    }
}

/// The interrupt pins of a local APIC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalPin {
    /// LINT0: the 8259A's INTR.
    Lint0,
    /// LINT1: NMI.
    Lint1,
}

impl LocalApic {
    pub(super) fn write_lvt(&mut self, index: LvtIndex, value: u32, now: u64) {
        let mut entry = LvtEntry::from_bits(value & index.writable());
        if !self.software_enabled() {
            entry.set_masked(true);
        }
        if index == LvtIndex::Timer {
            // What fell due under the old entry happens under the old entry.
            self.tick(now);
            self.timer.set_mode(TimerMode::from_bits(entry.timer_mode()));
        }
        self.lvt.set(index, entry);
    }

    /// A pin rises. A vector is accepted here, always as an edge; any other delivery mode is handed back for the
    /// owner to act on: NMI, INIT, SMI, or ExtINT, which means that [`extint_enabled`](Self::extint_enabled) holds.
    pub fn raise(&mut self, pin: LocalPin) -> Option<DeliveryMode> {
        if self.mode == Mode::Disabled {
            // Without an APIC the pins are the CPU's own INTR and NMI.
            return match pin {
                LocalPin::Lint0 => self.bsp.then_some(DeliveryMode::ExtInt),
                LocalPin::Lint1 => Some(DeliveryMode::Nmi),
            };
        }
        let entry = self.lvt.get(match pin {
            LocalPin::Lint0 => LvtIndex::Lint0,
            LocalPin::Lint1 => LvtIndex::Lint1,
        });
        if entry.masked() {
            return None;
        }
        match DeliveryMode::from_bits(entry.delivery_mode())? {
            DeliveryMode::Fixed => {
                self.accept(entry.vector(), false);
                None
            }
            mode @ (DeliveryMode::Smi | DeliveryMode::Nmi | DeliveryMode::Init | DeliveryMode::ExtInt) => {
                Some(mode)
            }
            DeliveryMode::LowestPriority | DeliveryMode::StartUp => None,
        }
    }

    /// Does the CPU take external interrupts, whose vector the 8259A gives, through LINT0? With the APIC disabled
    /// by IA32_APIC_BASE, the bootstrap processor does.
    #[must_use]
    pub fn extint_enabled(&self) -> bool {
        if self.mode == Mode::Disabled {
            return self.bsp;
        }
        let entry = self.lvt.get(LvtIndex::Lint0);
        !entry.masked() && entry.delivery_mode() == DeliveryMode::ExtInt as u8
    }
}
