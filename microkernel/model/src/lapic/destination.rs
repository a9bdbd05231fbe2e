//! Whom an interrupt message addresses ("Determining IPI Destination").

use super::{LocalApic, Mode};
use bulkhead_abi::msi::Msi;

/// Physical broadcast.
const EVERYBODY: u32 = u32::MAX;

/// An address of one or several local APICs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination {
    /// Identifier or logical address; all ones is everybody.
    pub id: u32,
    /// Logical destination mode.
    pub logical: bool,
}

impl Destination {
    /// The eight-bit form that messages and xAPIC commands carry, whose physical broadcast is 0xFF.
    #[must_use]
    pub const fn from_byte(id: u8, logical: bool) -> Self {
        let id = if id == 0xff && !logical { EVERYBODY } else { id as u32 };
        Self { id, logical }
    }

    /// The destination of an interrupt message.
    #[must_use]
    pub const fn of(message: Msi) -> Self {
        Self::from_byte(message.destination(), message.logical())
    }
}

impl LocalApic {
    /// Does this APIC answer to the destination? One that is disabled by IA32_APIC_BASE answers to none; one that is
    /// disabled by software still receives NMI, INIT and start-up.
    #[must_use]
    pub fn matches(&self, destination: Destination) -> bool {
        let Destination { id, logical } = destination;
        match self.mode {
            Mode::Disabled => false,
            _ if id == EVERYBODY => true,
            _ if !logical => id == u32::from(self.id),
            Mode::XApic => self.matches_xapic_logical(id),
            Mode::X2Apic => {
                let own = self.x2apic_ldr();
                id >> 16 == own >> 16 && id & own & 0xffff != 0
            }
        }
    }

    /// The logical identifier of x2APIC mode: cluster and a bit for the member, both from the identifier.
    pub(super) const fn x2apic_ldr(&self) -> u32 {
        let id = self.id as u32;
        (id >> 4) << 16 | 1u32.wrapping_shl(id & 0xf)
    }

    fn matches_xapic_logical(&self, id: u32) -> bool {
        let own = self.ldr >> 24;
        if id > 0xff {
            return false;
        }
        match self.dfr >> 28 {
            // Flat: a bit an APIC.
            0xf => id & own != 0,
            // Cluster: its number, of which 15 is all, and a bit a member.
            0x0 => (id >> 4 == 0xf || id >> 4 == own >> 4) && id & own & 0xf != 0,
            _ => false,
        }
    }
}

/// The addressee of a lowest-priority message among those that match it: the enabled APIC with the lowest processor
/// priority, the first of equals.
pub fn select_lowest_priority<'a, K>(candidates: impl IntoIterator<Item = (K, &'a LocalApic)>) -> Option<K> {
    candidates
        .into_iter()
        .filter(|(_, apic)| apic.software_enabled())
        .min_by_key(|(_, apic)| apic.ppr())
        .map(|(key, _)| key)
}
