//! A pair of 8259A interrupt controllers as a PC has them, with the edge/level control registers (ELCR) of EISA.
//!
//! The secondary's output is the primary's input 2. The primary's output is a line of the VM, which local APICs and
//! the I/O APIC see. A request for an edge-triggered input stays until it is acknowledged, even if the line falls: the
//! core reports a pulse as an edge and no level. So a chip offers spurious vectors where a level-triggered request or
//! a mask changes between the output's rise and the acknowledgement.
#![no_std]
#![forbid(unsafe_code)]
#![warn(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

mod chip;
mod command;
mod device;
mod inspect;
mod pair;
mod state;

pub use state::State;

use chip::Chip;

/// The two chips.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vpic {
    /// The line that INTR drives.
    output: u8,
    primary: Chip,
    secondary: Chip,
    /// Level of the secondary's output, to see its edges. Always what [`Chip::int`] says at the end of an event.
    cascade: bool,
}
