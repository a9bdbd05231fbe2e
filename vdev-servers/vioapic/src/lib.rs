//! An 82093AA I/O APIC with the EOI register of its successors: 24 pins, version 0x20.
//!
//! Lines come as asserted or deasserted: what voltage that is, is the manifest's business, and the polarity bit of a
//! redirection entry is stored without effect. An interrupt leaves as a message to the local APICs; how one comes
//! back ended is told by [`Signal::eoi`](vdev::Signal).
//!
//! An event takes a limited number of messages. What finds no room stays in the pins' state, shows as a delivery
//! status of "send pending", and leaves with the next event: `deadline` then asks for one at once.
#![no_std]
#![forbid(unsafe_code)]
#![warn(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

mod device;
mod entry;
mod inspect;
mod pins;
mod registers;
mod state;
mod tally;

pub use entry::RedirectionEntry;
pub use state::State;

use bulkhead_protocol::platform;

/// Pins of the chip.
const PINS: usize = platform::IO_APIC_PINS as usize;

/// The I/O APIC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vioapic {
    /// Address of the registers.
    base: u64,
    /// Pins that exist: the lowest bits.
    present: u32,
    /// I/O register select.
    select: u8,
    /// I/O APIC identifier, four bits.
    id: u8,
    entries: [RedirectionEntry; PINS],
    /// Pins that are asserted.
    asserted: u32,
    /// Pins with an edge that has not left.
    latched: u32,
    sent: tally::Tally,
}
