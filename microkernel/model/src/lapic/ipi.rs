//! Interrupt commands ("Issuing Interprocessor Interrupts").

use super::error::Errors;
use super::{Destination, Effects, FIRST_LEGAL_VECTOR, LocalApic};
use bulkhead_abi::msi::DeliveryMode;

/// Who receives an interprocessor interrupt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shorthand {
    /// Those that match the destination.
    None,
    /// Everybody.
    AllIncludingSelf,
    /// Everybody else.
    AllExcludingSelf,
}

/// An interprocessor interrupt. Always an edge: CPUs since the Pentium 4 ignore the trigger mode of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ipi {
    /// Who receives it, without a shorthand.
    pub destination: Destination,
    /// Who receives it otherwise.
    pub shorthand: Shorthand,
    /// Vector; the page of the entry point for start-up.
    pub vector: u8,
    /// Fixed, lowest priority, SMI, NMI, INIT or start-up.
    pub mode: DeliveryMode,
}

impl LocalApic {
    /// Carries out the low half of the interrupt command register. Combinations that the manual's table "Valid
    /// Combinations for the Pentium 4 and Intel Xeon Processors' Local xAPIC Interrupt Command Register" calls
    /// invalid, and the de-assertion of INIT, do nothing.
    pub(super) fn send(&mut self, command: u32, destination: Destination) -> Effects {
        let vector = (command & 0xff) as u8;
        let Some(mode) = DeliveryMode::from_bits((command >> 8 & 7) as u8) else { return Effects::NONE };
        let carries_vector = matches!(mode, DeliveryMode::Fixed | DeliveryMode::LowestPriority);
        if carries_vector && vector < FIRST_LEGAL_VECTOR {
            self.record(Errors::SEND_ILLEGAL_VECTOR);
            return Effects::NONE;
        }
        let asserted = command & 1 << 14 != 0;
        let level = command & 1 << 15 != 0;
        if mode == DeliveryMode::ExtInt || mode == DeliveryMode::Init && level && !asserted {
            return Effects::NONE;
        }
        let shorthand = match command >> 18 & 3 {
            0 => Shorthand::None,
            3 => Shorthand::AllExcludingSelf,
            _ if mode != DeliveryMode::Fixed => return Effects::NONE,
            1 => {
                self.accept(vector, false);
                return Effects::NONE;
            }
            _ => Shorthand::AllIncludingSelf,
        };
        Effects { ipi: Some(Ipi { destination, shorthand, vector, mode }), eoi: None }
    }
}
