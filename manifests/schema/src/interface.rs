//! The interfaces that tasks serve and call.

use bulkhead_protocol::{bus, device, echo, inspect, loader, registry, stream, supervisor, terminal};

/// Names and identifiers.
pub(crate) const INTERFACES: [(&str, u16); 9] = [
    (device::NAME, device::ID),
    (bus::NAME, bus::ID),
    (stream::NAME, stream::ID),
    (loader::NAME, loader::ID),
    (registry::NAME, registry::ID),
    (echo::NAME, echo::ID),
    (supervisor::NAME, supervisor::ID),
    (terminal::NAME, terminal::ID),
    (inspect::NAME, inspect::ID),
];

/// The identifier of the interface with this name.
pub(crate) fn by_name(name: &str) -> Option<u16> {
    INTERFACES.iter().find_map(|(known, id)| (*known == name).then_some(*id))
}

/// The interface's name, for messages.
pub(crate) fn name_of(id: u16) -> &'static str {
    bulkhead_protocol::interface_name(id).unwrap_or("unknown")
}
