//! An 8254 interval timer with its corner of port 0x61, and the ACPI PM timer.
//!
//! Nothing counts: counts and outputs are functions of the time that is passed in, so a counter costs nothing while
//! nobody looks. Only channel 0 in a mode with edges to come asks for ticks.
#![no_std]
#![forbid(unsafe_code)]
#![warn(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

mod channel;
mod clk;
mod control;
mod inspect;
mod latch;
mod mode;
mod number;
mod state;
mod timer;
mod waveform;

pub use bulkhead_protocol::config::Vtimer as Config;
pub use state::State;
pub use timer::Timer;
