//! How a guest ends itself: the ACPI PM1a blocks, the reset control register, and the two legacy resets.
//!
//! What the guest asks for is kept until the device is reset, which is what follows; the manager is notified through the slot of the
//! configuration. The power button goes the other way: it sets a status bit, and the SCI line follows.
#![no_std]
#![forbid(unsafe_code)]
#![warn(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

mod inspect;
mod keyboard_controller;
mod pm1;
mod port_92;
mod reset_control;
mod vpower;

pub use keyboard_controller::{DATA_PORT, NO_DATA, STATUS, STATUS_PORT};
pub use pm1::{Pm1Control, Pm1Event};
pub use port_92::{PORT_92, SystemControl};
pub use reset_control::ResetControl;
pub use vpower::{Power, PowerState};
