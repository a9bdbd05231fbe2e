//! What device servers, cables and the instruction emulator of a VM are told.

use super::MAX_SERVERS;
use bulkhead_abi::id::{Slot, VmId};
use serde::{Deserialize, Serialize};

/// An inclusive range of ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    /// First.
    pub first: u16,
    /// Last.
    pub last: u16,
}

/// A range of guest-physical addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// First byte.
    pub base: u64,
    /// Bytes.
    pub length: u64,
}

/// A serial port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vuart {
    /// First of its eight ports.
    pub base: u16,
    /// Interrupt line.
    pub line: u8,
    /// The stream behind it, if it is connected: the console's, or that of a cable to another VM.
    pub stream: Option<Slot>,
}

/// A serial cable between two VMs. End n is the caller with badge n.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Notify slots of the serial ports at its ends.
    pub ends: [Slot; 2],
}

/// The PCI host bridge and what is behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpci {
    /// Configuration space by memory.
    pub ecam: Window,
}

/// The I/O APIC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vioapic {
    /// Its registers.
    pub base: u64,
    /// Pins.
    pub pins: u8,
}

/// The two 8259A.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpic {
    /// Line that its INTR output drives.
    pub output_line: u8,
}

/// The 8254 and the ACPI PM timer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vtimer {
    /// Line of channel 0.
    pub line: u8,
    /// First of the PM timer's four ports.
    pub pm_timer: u16,
}

/// The real-time clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vrtc {
    /// Interrupt line.
    pub line: u8,
    /// Unix time when the VM begins to run, in seconds, unless it is told the machine's.
    pub epoch: u64,
    /// Bytes of the VM's RAM, which firmware looks up here.
    pub memory: u64,
}

/// Power control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpower {
    /// PM1a event block.
    pub pm1_event: u16,
    /// PM1a control block.
    pub pm1_control: u16,
    /// Line of the SCI.
    pub sci_line: u8,
    /// Notify slot of the VM manager.
    pub manager: Slot,
}

/// A window that an instruction emulator passes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MmioTarget {
    /// The addresses.
    pub window: Window,
    /// Call slot of the server (interface `bus`).
    pub server: Slot,
}

/// Ports that an instruction emulator passes on for string I/O.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortTarget {
    /// The ports.
    pub ports: Ports,
    /// Call slot of the server (interface `bus`).
    pub server: Slot,
}

/// An instruction emulator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InsnEmulator {
    /// The VM whose memory it sees.
    pub vm: VmId,
    /// Slot of that VM, with the right to registers.
    pub vm_slot: Slot,
    /// Bytes of the VM's RAM.
    pub memory: u64,
    /// Bytes of its ROM.
    pub rom: u64,
    /// MMIO windows.
    pub windows: heapless::Vec<MmioTarget, MAX_SERVERS>,
    /// Ports.
    pub ports: heapless::Vec<PortTarget, 32>,
}
