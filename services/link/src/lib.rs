//! A serial cable between two VMs: each end is a stream, and what one end writes the other reads.
//!
//! All of it, bytes under way included, is committed with every event, so neither the death of an end nor its own loses
//! or doubles a byte. A slow reader makes the writer wait, as a cable with flow control does.
#![no_std]
#![forbid(unsafe_code)]
#![warn(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

mod link;
mod pipe;

pub use link::{Link, STATE};
pub use pipe::ROOM;
