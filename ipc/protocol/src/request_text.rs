//! A request in words, for reports: `bus.Write { sequence: 7, space: Port, address: 1016, width: Byte, value: 65 }`.

use crate::interface::decode;
use crate::{bus, device, echo, inspect, loader, registry, stream, supervisor, terminal};
use core::fmt::{Debug, Display, Formatter, Result};
use serde::de::DeserializeOwned;

/// The bytes of a request, and the interface that they are said to be of. Any bytes will do.
#[derive(Debug, Clone, Copy)]
pub struct RequestText<'a> {
    /// Identifier of the interface.
    pub interface: u16,
    /// The request.
    pub bytes: &'a [u8],
}

impl Display for RequestText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.interface {
            device::ID => self.write::<device::Request>(f, device::NAME),
            bus::ID => self.write::<bus::Request>(f, bus::NAME),
            stream::ID => self.write::<stream::Request>(f, stream::NAME),
            loader::ID => self.write::<loader::Request>(f, loader::NAME),
            registry::ID => self.write::<registry::Request>(f, registry::NAME),
            echo::ID => self.write::<echo::Request>(f, echo::NAME),
            supervisor::ID => self.write::<supervisor::Request>(f, supervisor::NAME),
            terminal::ID => self.write::<terminal::Request>(f, terminal::NAME),
            inspect::ID => self.write::<inspect::Request>(f, inspect::NAME),
            unknown => write!(f, "interface {unknown}, {} bytes", self.bytes.len()),
        }
    }
}

impl RequestText<'_> {
    fn write<R: DeserializeOwned + Debug>(&self, f: &mut Formatter<'_>, name: &str) -> Result {
        match decode::<R>(self.bytes) {
            Ok(request) => write!(f, "{name}.{request:?}"),
            Err(_) => write!(f, "{name}, {} bytes that do not decode", self.bytes.len()),
        }
    }
}
