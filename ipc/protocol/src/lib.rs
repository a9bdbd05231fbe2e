//! The typed messages between tasks. Each interface is declared once, here, by [`interface!`].
//!
//! An interface is a module: its request enum, a `Server` trait with a total `dispatch`, a typed `Client`, its
//! `ID`, and its `SCHEMA`, a hash over the shape of everything that it says. Both ends of a channel must have the
//! same hash; the image builder and the core compare them before the system starts.
#![no_std]
#![forbid(unsafe_code)]

#[macro_use]
mod interface;

pub mod bus;
pub mod bytes;
pub mod config;
pub mod device;
pub mod echo;
pub mod inspect;
mod list;
pub mod loader;
pub mod platform;
pub mod registry;
mod request_text;
pub mod stream;
pub mod supervisor;
pub mod terminal;

pub use bulkhead_abi as abi;
pub use bytes::{Bytes, Text};
pub use interface::{CallError, Caller, Malformed, Transport, decode, encode, fold_schema};
pub use list::{List, Page};
pub use request_text::RequestText;

/// What `interface!` needs in the crates that use it.
#[doc(hidden)]
pub mod reexport {
    pub use postcard;
    pub use postcard_schema;
    pub use serde;
}

/// The name of the interface with this identifier.
#[must_use]
pub fn interface_name(id: u16) -> Option<&'static str> {
    [
        (device::ID, device::NAME),
        (bus::ID, bus::NAME),
        (stream::ID, stream::NAME),
        (loader::ID, loader::NAME),
        (registry::ID, registry::NAME),
        (echo::ID, echo::NAME),
        (supervisor::ID, supervisor::NAME),
        (terminal::ID, terminal::NAME),
        (inspect::ID, inspect::NAME),
    ]
    .into_iter()
    .find_map(|(known, name)| (known == id).then_some(name))
}
