//! A machine as its board file describes it.

use crate::source::Spanned;

/// Facts about a machine.
#[derive(Debug, Clone, Default)]
pub struct Board {
    /// What it is called.
    pub name: Option<Spanned<String>>,
    /// CPUs that it has.
    pub cpus: Spanned<u16>,
    /// Its memory map.
    pub memory: Vec<Region>,
    /// Its PCI functions.
    pub pci: Vec<PciFunction>,
    /// All that it says could be read.
    pub(crate) is_whole: bool,
}

/// A piece of the address space.
#[derive(Debug, Clone)]
pub struct Region {
    /// First and last byte.
    pub range: Spanned<(u64, u64)>,
    /// What is there.
    pub kind: MemoryKind,
}

/// What a piece of the address space is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MemoryKind {
    /// Free for use.
    #[default]
    Ram,
    /// The firmware's.
    Reserved,
    /// ACPI tables.
    Acpi,
    /// Registers of devices.
    Device,
}

/// The words for kinds of memory.
pub(crate) const MEMORY_KINDS: [(&str, MemoryKind); 4] = [
    ("ram", MemoryKind::Ram),
    ("reserved", MemoryKind::Reserved),
    ("acpi", MemoryKind::Acpi),
    ("device", MemoryKind::Device),
];

/// A PCI function.
#[derive(Debug, Clone)]
pub struct PciFunction {
    /// Bus, device, function.
    pub at: Spanned<String>,
    /// Vendor and device.
    pub id: Spanned<String>,
    /// Class, subclass, interface.
    pub class: Option<Spanned<String>>,
    /// Memory that it claims.
    pub windows: Vec<Spanned<(u64, u64)>>,
}
