//! The two chips together: ports, lines, cascade, acknowledgement ("Cascade Mode").

use crate::Vpic;
use crate::chip::{CASCADE, Chip, bit};
use vdev::{LineChange, Outcome};

/// Inputs 0 to 2 are always edge-triggered.
pub(crate) const PRIMARY_ELCR: u8 = 0xf8;
/// Inputs 8 and 13 are always edge-triggered.
pub(crate) const SECONDARY_ELCR: u8 = 0xde;

/// A port of the pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Port {
    PrimaryEven,
    PrimaryOdd,
    SecondaryEven,
    SecondaryOdd,
    PrimaryElcr,
    SecondaryElcr,
}

impl Port {
    const fn from_address(address: u64) -> Option<Self> {
        Some(match address {
            0x20 => Self::PrimaryEven,
            0x21 => Self::PrimaryOdd,
            0xa0 => Self::SecondaryEven,
            0xa1 => Self::SecondaryOdd,
            0x4d0 => Self::PrimaryElcr,
            0x4d1 => Self::SecondaryElcr,
            _ => return None,
        })
    }
}

impl Vpic {
    pub(crate) const fn power_on(output: u8) -> Self {
        Self { output, primary: Chip::new(true), secondary: Chip::new(false), cascade: false }
    }

    /// Reads a port; ones where there is none.
    pub(crate) fn read_port(&mut self, address: u64) -> u8 {
        let Some(port) = Port::from_address(address) else { return 0xff };
        match port {
            Port::PrimaryEven => self.primary.read_even(),
            Port::PrimaryOdd => self.primary.read_odd(),
            Port::SecondaryEven | Port::SecondaryOdd => {
                if self.secondary.poll {
                    // The poll is an answer to the cascade's request.
                    self.primary.latched &= !bit(CASCADE);
                    self.cascade = false;
                }
                if port == Port::SecondaryEven {
                    self.secondary.read_even()
                } else {
                    self.secondary.read_odd()
                }
            }
            Port::PrimaryElcr => self.primary.elcr,
            Port::SecondaryElcr => self.secondary.elcr,
        }
    }

    pub(crate) fn write_port(&mut self, address: u64, value: u8) {
        let Some(port) = Port::from_address(address) else { return };
        match port {
            Port::PrimaryEven => self.primary.write_even(value),
            Port::PrimaryOdd => self.primary.write_odd(value),
            Port::SecondaryEven => self.secondary.write_even(value),
            Port::SecondaryOdd => self.secondary.write_odd(value),
            Port::PrimaryElcr => self.primary.write_elcr(value & PRIMARY_ELCR),
            Port::SecondaryElcr => self.secondary.write_elcr(value & SECONDARY_ELCR),
        }
    }

    /// Lines 0 to 15 change; line 2 is the cascade's and comes from nowhere else.
    pub(crate) const fn take_lines(&mut self, lines: LineChange) {
        let own = !bit(CASCADE);
        let ([low, high, ..], [low_rose, high_rose, ..]) =
            (lines.level.to_le_bytes(), lines.rose.to_le_bytes());
        self.primary.set_lines(low & own, low_rose & own);
        self.secondary.set_lines(high, high_rose);
    }

    /// The two acknowledge cycles of a CPU, and the vector that they put on the bus.
    pub(crate) fn answer(&mut self) -> u8 {
        let input = self.primary.acknowledge();
        if input == Some(CASCADE) {
            let input = self.secondary.acknowledge();
            self.cascade = false;
            self.secondary.vector(input)
        } else {
            self.primary.vector(input)
        }
    }

    /// Passes the secondary's output on to the primary, and the primary's to its line.
    pub(crate) fn settle(&mut self, outcome: &mut Outcome) {
        let int = self.secondary.int();
        if int && !self.cascade {
            self.primary.latched |= bit(CASCADE);
        }
        self.cascade = int;
        outcome.set_line(self.output, self.primary.int());
    }
}

impl Chip {
    /// Makes inputs level- or edge-triggered. An edge is asked for anew where a level was.
    const fn write_elcr(&mut self, value: u8) {
        self.elcr = value;
        self.latched &= !value;
    }
}
