//! The device: a root bus with its host bridge, behind ports 0xCF8 to 0xCFF and the ECAM window.

use crate::ecam_register;
use crate::mechanism::ConfigRegister;
use crate::{ADDRESS_PORT, AddressRegister, Bus, ConfigState, DATA_PORT, DeviceFunction, Header, Identity};
use bulkhead_protocol::config::Vpci;
use postcard::experimental::max_size::MaxSize;
use serde::{Deserialize, Serialize};
use vdev::{Access, Device, InvalidState, Nanos, Outcome, Space, Width};

/// What the bridge says that it is. The vendor is one that PCI-SIG has not assigned: nothing binds to it by its
/// identifiers, all software goes by the class.
pub const HOST_BRIDGE: Identity =
    Identity { vendor: 0xb148, device: 0x0001, revision: 0, class: 0x06_0000, subsystem: (0, 0) };

/// Where the bridge is on its own bus.
const BRIDGE_PLACE: DeviceFunction = DeviceFunction::new(0, 0);
/// The root bus.
const ROOT_BUS: u8 = 0;
/// Functions on the root bus.
const FUNCTIONS: usize = 1;

/// The PCI host bridge of one VM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostBridge {
    config: Vpci,
    address: AddressRegister,
    bus: Bus<FUNCTIONS>,
}

/// What survives the server's death.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, MaxSize)]
pub struct HostBridgeState {
    /// CONFIG_ADDRESS, little endian.
    pub address: [u8; 4],
    /// The bridge's own configuration space.
    pub bridge: ConfigState,
}

impl HostBridge {
    fn power_on(config: &Vpci) -> Self {
        let mut bus = Bus::default();
        bus.add(BRIDGE_PLACE, Header::new(&HOST_BRIDGE));
        Self { config: config.clone(), address: AddressRegister::default(), bus }
    }

    /// The configuration register behind each byte of an access.
    fn register(&self, space: Space, address: u64) -> Option<ConfigRegister> {
        let register = match space {
            Space::Port => {
                let byte = address.checked_sub(u64::from(DATA_PORT)).filter(|byte| *byte < 4)?;
                self.address.register(u8::try_from(byte).ok()?)
            }
            Space::Mmio => {
                let offset = address.checked_sub(self.config.ecam.base)?;
                (offset < self.config.ecam.length).then(|| ecam_register(offset)).flatten()
            }
        };
        register.filter(|register| register.bus == ROOT_BUS)
    }

    fn read_byte(&self, space: Space, address: u64) -> u8 {
        self.register(space, address).map_or(0xff, |register| self.bus.read(register.place, register.offset))
    }

    fn write_byte(&mut self, space: Space, address: u64, byte: u8) {
        if let Some(register) = self.register(space, address) {
            self.bus.write(register.place, register.offset, byte);
        }
    }

    /// Only a double word at 0xCF8 is the address register; narrower accesses there are plain ports, and empty.
    fn is_address_register(access: Access) -> bool {
        access == Access::port(ADDRESS_PORT, Width::Double)
    }
}

/// The addresses of an access's bytes.
fn byte_addresses(access: Access) -> impl Iterator<Item = Option<u64>> {
    (0..u64::from(access.width.bytes())).map(move |byte| access.address.checked_add(byte))
}

impl Device for HostBridge {
    type Config = Vpci;
    type State = HostBridgeState;
    type Peer = ();

    fn new(config: &Vpci, _: Nanos) -> Self {
        Self::power_on(config)
    }

    fn snapshot(&self) -> HostBridgeState {
        let bridge = self.bus.function(BRIDGE_PLACE).map(Header::snapshot).unwrap_or_default();
        HostBridgeState { address: self.address.value().to_le_bytes(), bridge }
    }

    fn restore(config: &Vpci, state: HostBridgeState) -> Result<Self, InvalidState> {
        let mut host = Self::power_on(config);
        let address = u32::from_le_bytes(state.address);
        host.address = AddressRegister::new(address);
        if host.address.value() != address {
            return Err(InvalidState);
        }
        host.bus.function_mut(BRIDGE_PLACE).ok_or(InvalidState)?.restore(&state.bridge)?;
        Ok(host)
    }

    fn inspect(&self, number: u16, line: &mut dyn core::fmt::Write) -> core::fmt::Result {
        self.bus.write_line(number, line)
    }

    fn reset(&mut self, _: Nanos, _: &mut Outcome) {
        *self = Self::power_on(&self.config);
    }

    fn read(&mut self, access: Access, _: Nanos, _: &mut Outcome) -> u64 {
        if Self::is_address_register(access) {
            return u64::from(self.address.value());
        }
        let mut bytes = [0; 8];
        for (byte, address) in bytes.iter_mut().zip(byte_addresses(access)) {
            *byte = address.map_or(0xff, |address| self.read_byte(access.space, address));
        }
        u64::from_le_bytes(bytes)
    }

    fn write(&mut self, access: Access, value: u64, _: Nanos, _: &mut Outcome) {
        if Self::is_address_register(access) {
            let [a, b, c, d, ..] = value.to_le_bytes();
            self.address = AddressRegister::new(u32::from_le_bytes([a, b, c, d]));
            return;
        }
        for (byte, address) in value.to_le_bytes().into_iter().zip(byte_addresses(access)) {
            if let Some(address) = address {
                self.write_byte(access.space, address, byte);
            }
        }
    }
}
