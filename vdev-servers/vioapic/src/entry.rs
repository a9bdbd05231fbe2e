//! A redirection table entry (82093AA, 3.2.4).

use bitfield_struct::bitfield;
use vdev::{DeliveryMode, Msi};

/// Bits that a guest can write. Delivery status and remote IRR are the chip's.
const WRITABLE: u64 = 0xff00_0000_0001_afff;

/// An entry of the redirection table.
#[bitfield(u64)]
#[derive(PartialEq, Eq)]
pub struct RedirectionEntry {
    /// Interrupt vector (INTVEC).
    pub vector: u8,
    /// Delivery mode (DELMOD).
    #[bits(3)]
    pub delivery_mode: u8,
    /// Destination mode (DESTMOD): logical if set.
    pub logical: bool,
    /// Delivery status (DELIVS): made when it is read.
    pub delivery_status: bool,
    /// Pin polarity (INTPOL): stored.
    pub active_low: bool,
    /// Remote IRR: sent, and not yet ended. Level-triggered interrupts only.
    pub remote_irr: bool,
    /// Trigger mode: level if set.
    pub level_triggered: bool,
    /// Interrupt mask.
    pub masked: bool,
    #[bits(39)]
    __: u64,
    /// Destination (DEST). All eight bits in both modes, as in the successors.
    pub destination: u8,
}

impl RedirectionEntry {
    /// An entry after reset.
    pub(crate) const RESET: Self = Self::new().with_masked(true);

    /// The entry after a guest has written these bits.
    pub(crate) const fn written(self, bits: u64) -> Self {
        let kept = self.into_bits() & !WRITABLE;
        let entry = Self::from_bits(bits & WRITABLE | kept);
        if entry.level_triggered() { entry } else { entry.with_remote_irr(false) }
    }

    /// Does the pin's level request, rather than its edge? SMI, NMI, INIT and ExtINT are edges even in an entry that
    /// says level.
    pub(crate) const fn by_level(self) -> bool {
        self.level_triggered()
            && matches!(
                DeliveryMode::from_bits(self.delivery_mode()),
                Some(DeliveryMode::Fixed | DeliveryMode::LowestPriority)
            )
    }

    /// The message; none for SMI, which guests do not get, and for the reserved modes.
    pub(crate) const fn message(self) -> Option<Msi> {
        match DeliveryMode::from_bits(self.delivery_mode()) {
            None | Some(DeliveryMode::Smi | DeliveryMode::StartUp) => None,
            Some(mode) => {
                Some(Msi::new(self.destination(), self.logical(), self.vector(), mode, self.by_level()))
            }
        }
    }

    /// Could the chip hold this entry?
    pub(crate) const fn is_valid(self) -> bool {
        let stored = self.into_bits() & !(WRITABLE | Self::new().with_remote_irr(true).into_bits());
        stored == 0 && (!self.remote_irr() || self.level_triggered())
    }
}
