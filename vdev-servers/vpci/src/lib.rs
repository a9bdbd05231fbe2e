//! A PCI host bridge with configuration mechanism #1 and ECAM, and the type 0 function that devices are built on.
//!
//! [`HostBridge`] is the device server's model. [`Header`] is a function's configuration space: identity, command and
//! status, BARs, capabilities; [`MsiCapability`], [`MsixCapability`] and [`MsixTable`] decide when a message leaves.
//! A [`Bus`] holds functions and answers for the absent ones.
#![no_std]
#![forbid(unsafe_code)]
#![warn(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects
)]

mod bar;
mod bus;
mod capability;
mod config_space;
mod header;
mod host_bridge;
mod inspect;
mod mechanism;
mod message;
mod msi;
mod msix;
mod msix_table;

pub use bar::{Bar, BarWindow};
pub use bus::{Bus, DeviceFunction};
pub use capability::{CAPABILITY_MSI, CAPABILITY_MSIX, LayoutError};
pub use config_space::{ConfigByte, ConfigSpace, ConfigState};
pub use header::{Command, Header, Identity, Status};
pub use host_bridge::{HOST_BRIDGE, HostBridge, HostBridgeState};
pub use mechanism::{ADDRESS_PORT, AddressRegister, ConfigRegister, DATA_PORT, ecam_register};
pub use msi::MsiCapability;
pub use msix::MsixCapability;
pub use msix_table::{MsixEntry, MsixTable};
