//! What the loader is told: what a VM is started from, and where it goes.

use super::{MAX_COMMAND_LINE, MAX_E820};
use crate::Text;
use bulkhead_abi::id::{Slot, VmId};
use bulkhead_abi::layout::{MAX_ROM, PAGE};
use bulkhead_abi::limits::MAX_DEFINITIONS;
use postcard::experimental::max_size::MaxSize;
use postcard_schema::Schema;
use serde::{Deserialize, Serialize};

/// How a guest is booted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub enum BootProtocol {
    /// Linux bzImage by the 64-bit boot protocol.
    Linux,
    /// ELF by PVH.
    Pvh,
    /// ELF (or a flat kernel with addresses in its header) by multiboot 1.
    Multiboot,
    /// A flat binary at `load`, entered in 16-bit real mode at `entry`.
    Flat {
        /// Guest-physical address of its first byte.
        load: u64,
        /// Guest-physical address of its first instruction.
        entry: u64,
    },
    /// ELF that is a payload of coreboot.
    Coreboot,
    /// A ROM that ends at 4 GiB, entered where a CPU begins after a reset.
    Firmware,
}

impl BootProtocol {
    /// Bytes of the VM's ROM if its kernel has so many: whole pages.
    #[must_use]
    pub const fn rom(self, kernel: u64) -> u64 {
        match self {
            Self::Firmware if kernel <= MAX_ROM => kernel.next_multiple_of(PAGE),
            _ => 0,
        }
    }
}

/// A module of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, MaxSize, Schema)]
pub struct Module {
    /// Offset from the start of the modules' window.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}

/// A range of a VM's memory map (ACPI specification, "Address Range Types").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct E820 {
    /// First byte.
    pub base: u64,
    /// Bytes.
    pub length: u64,
    /// 1 RAM, 2 reserved, 3 ACPI reclaimable.
    pub kind: u32,
}

/// What the loader does for one definition of a VM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadPlan {
    /// Which.
    pub vm: VmId,
    /// Slot of the VM, with the right to registers.
    pub vm_slot: Slot,
    /// Bytes of RAM.
    pub memory: u64,
    /// Bytes of ROM: as many as the largest firmware needs that the VM can have.
    pub rom: u64,
    /// How it boots.
    pub protocol: BootProtocol,
    /// Its kernel.
    pub kernel: Module,
    /// Its initial RAM disk.
    pub ramdisk: Option<Module>,
    /// Its ACPI tables, linked for [`platform::ACPI_TABLES`](crate::platform::ACPI_TABLES).
    pub acpi: Option<Module>,
    /// Its memory map.
    pub e820: heapless::Vec<E820, MAX_E820>,
    /// Boot arguments. The loader appends `tsc_early_khz=` for Linux if they do not have it.
    pub command_line: Text<MAX_COMMAND_LINE>,
}

/// The loader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loader {
    /// One plan for each VM of the VM manager's list, in its order.
    pub plans: heapless::Vec<LoadPlan, MAX_DEFINITIONS>,
}
