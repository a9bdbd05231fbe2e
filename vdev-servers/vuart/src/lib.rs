//! A 16550A serial port: registers, FIFOs and interrupts as in the PC16550D data sheet, and a byte stream behind it.
//!
//! The model assumes that whatever is behind the stream keeps to `bulkhead_protocol::stream`. It never drops or
//! doubles a byte because a peer is slow, dead or repeated; only the guest itself can (FIFO resets, a full THR).
#![no_std]
#![forbid(unsafe_code)]
#![warn(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

mod backend;
mod fifo;
mod inspect;
mod interrupt;
mod modem;
mod receiver;
mod register;
mod state;
mod transmitter;
mod uart;
mod wire;

pub use backend::{Backend, StreamPeer};
pub use bulkhead_protocol::config::Vuart as Config;
pub use state::State;
pub use uart::Uart;
