//! What the core knows of the physical machine.

pub(crate) mod acpi;
pub(crate) mod apic;
pub(crate) mod context;
pub(crate) mod cpu;
pub(crate) mod entry;
pub(crate) mod io_apic;
pub(crate) mod percpu;
pub(crate) mod power;
pub(crate) mod serial;
pub(crate) mod soft_off;
pub(crate) mod time;
