//! An MC146818 real-time clock with alarm, periodic and update-ended interrupts, and its CMOS RAM.
//!
//! The clock is never ticked: date, flags and interrupts follow from the time that is passed in, so an idle clock
//! costs nothing.
#![no_std]
#![forbid(unsafe_code)]
#![warn(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

mod alarm;
mod calendar;
mod clock;
mod divider;
mod format;
mod inspect;
mod interrupt;
mod memory_size;
mod ram;
mod register;
mod rtc;
mod state;

pub use bulkhead_protocol::config::Vrtc as Config;
pub use rtc::Rtc;
pub use state::State;
