//! The VM registry and the life of VMs.
//!
//! `table` says what can happen to a VM, `rights` who may ask for it, `registry` makes it happen through a [`Platform`](platform::Platform),
//! `events` hears when a guest ends itself, `failures` what the supervisor has given up,
//! `farewell` ends a service VM after its post-launched VMs, `watchdog` looks for guests that spin, `recovery` brings the registry into the manager's own next life.
#![no_std]
#![forbid(unsafe_code)]
#![warn(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

#[cfg(test)]
extern crate std;

pub mod asked;
pub mod cpuid;
mod cpuid_features;
pub mod events;
pub mod failures;
mod farewell;
mod fingerprint;
pub mod manager;
pub mod mark;
pub mod msrs;
pub mod order;
pub mod pages;
pub mod platform;
mod pool;
pub mod record;
pub mod recovery;
pub mod registry;
pub mod report;
pub mod retry;
pub mod rights;
mod steps;
pub mod table;
pub mod time_of_day;
mod watchdog;

#[cfg(test)]
mod deaths;
#[cfg(test)]
mod fake;
