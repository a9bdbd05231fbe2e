//! Restarts faulted tasks with back-off and a limit, says what happened to them, and tells the VM manager which device
//! servers stay dead.
//!
//! `policy` decides about one task, `supervision` keeps the decisions about all of them, `report` turns a fault record
//! into lines. Nothing here survives the supervisor's own death, and nothing has to: faulted tasks stay faulted until
//! somebody looks, so its next life finds them by looking at all. It counts their faults from zero, so a task that
//! stayed dead gets the restarts of one more period.
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

pub mod policy;
pub mod report;
pub mod supervision;
