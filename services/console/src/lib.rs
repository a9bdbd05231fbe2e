//! The console: carries the output of guests and the system's log to one serial port, and its input to one guest.
//!
//! Lines never mix: guests that share the port are shown line by line, each line with its guest's name before it. A
//! single guest owns the screen and is shown byte by byte. Everything is bounded; who is faster than the port waits.
#![no_std]
#![forbid(unsafe_code)]
#![warn(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

mod announcement;
mod console;
mod ending;
mod escape;
mod input;
mod log_text;
mod output;
mod reprint;
mod screen;
mod time;
mod turn;
mod uart;

pub use console::{Console, MAX_STREAMS, Serving};
pub use ending::{BAD_END, END_PATIENCE, GOOD_END};
pub use escape::{Command, Escape, Key};
pub use input::{INPUT, Input};
pub use log_text::{LOG_TEXT, LogText};
pub use output::{LONGEST_WAIT, OUTPUT, Output, PARTIAL_LINE};
pub use reprint::QUIET;
pub use screen::{SCREEN, Screen};
pub use time::Nanos;
pub use uart::{Registers, Uart};
