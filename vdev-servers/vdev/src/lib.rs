//! What all device servers share: the [`Device`] trait, the [`Outcome`] of an event, and the server shell.
//!
//! A device is plain data and total functions. It never blocks, never panics and touches nothing but itself and the
//! outcome; the shell turns the outcome into one commit. The same model runs in host tests and in the task.
#![no_std]
#![forbid(unsafe_code)]

mod committed;
mod device;
mod instance;
mod outcome;
mod shell;
mod time;
mod words;

pub use bulkhead_abi::message::LineChange;
pub use bulkhead_abi::msi::{DeliveryMode, Msi};
pub use bulkhead_protocol::bus::{Space, Width};
pub use bulkhead_protocol::device::PowerRequest;
pub use committed::{Answers, Committed};
pub use device::{Access, Device, InvalidState, Signal, VectorSet};
pub use instance::{Ending, Instance, Unrestorable};
pub use outcome::Outcome;
pub use shell::serve;
pub use time::Nanos;
pub use words::words;
