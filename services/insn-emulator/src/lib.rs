//! Decodes and carries out the guest instructions that touch devices by memory, and string I/O.
//!
//! [`emulate`] is the whole of it: it takes the registers of a vCPU that has exited, does to them, to guest memory
//! and to the devices behind a [`Machine`] what the instruction at its instruction pointer says, and returns what
//! to answer. Everything that it reads belongs to the guest and is taken as hostile; what it cannot carry out
//! exactly it refuses with a [`StopReason`].
#![no_std]
#![forbid(unsafe_code)]
#![warn(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

pub mod alu;
mod condition;
mod cpu;
mod devices;
mod escape;
mod execute;
mod fetch;
mod location;
mod machine;
mod mode;
mod paging;
mod registers;
mod segment;
mod sequence;
mod verdict;

pub use devices::{Devices, LocalApic};
pub use escape::StopReason;
pub use fetch::prepare;
pub use machine::{Machine, Unreachable};
pub use sequence::Sequence;
pub use verdict::{Verdict, emulate};
