//! What a task links: its entry, the system calls, the log, its view of memory, and the server loop.
//!
//! A task is one thread. It talks to the core through its message page and the registers of a system call; this
//! crate is the only place outside the core where that is `unsafe`.
#![no_std]

pub mod config;
mod entry;
mod freestanding;
pub mod guest_memory;
#[cfg_attr(not(feature = "inject"), path = "inject/absent.rs")]
mod inject;
mod kernel;
mod log;
mod mailbox;
pub mod modules;
mod page;
pub mod port;
pub mod raw;
pub mod server;
pub mod time;

pub use bulkhead_abi as abi;
pub use bulkhead_protocol as protocol;
pub use entry::{SchemaEntry, begin, panicked};
pub use kernel::Kernel;
pub use mailbox::{Consequences, Mailbox};
pub use time::Clock;
