//! What the firmware's tables say about interrupt controllers, and how they want the machine switched off.

use super::io_apic::{IoApic, Wire};
use super::soft_off::{Register, SoftOff};
use crate::memory::direct;
use acpi::address::{AddressSpace, GenericAddress};
use acpi::fadt::Fadt;
use acpi::madt::{Madt, MadtEntry};
use acpi::{AcpiHandler, AcpiTables, PhysicalMapping};
use bulkhead_abi::limits::MAX_CPUS;
use bulkhead_model::soft_off::sleep_types;
use core::ptr::NonNull;

/// The part of the tables that the core uses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Platform {
    /// APIC identifiers of the CPUs.
    pub(crate) cpus: [u8; MAX_CPUS],
    /// How many.
    pub(crate) cpu_count: usize,
    /// The first I/O APIC.
    pub(crate) io_apic: IoApic,
    /// Where each ISA interrupt arrives.
    pub(crate) isa: [Wire; 16],
    /// How the machine is switched off, if that is known.
    pub(crate) soft_off: Option<SoftOff>,
}

impl Platform {
    fn add_cpu(&mut self, apic_id: u8) {
        if let Some(slot) = self.cpus.get_mut(self.cpu_count) {
            *slot = apic_id;
            self.cpu_count += 1;
        }
    }
}

/// How much of physical memory the boot page tables map.
const BOOT_MAP: u64 = 1 << 32;

/// The boot page tables map the first 4 GiB in the direct map; tables lie there.
#[derive(Clone)]
struct BootMap;

impl AcpiHandler for BootMap {
    unsafe fn map_physical_region<T>(&self, physical: usize, size: usize) -> PhysicalMapping<Self, T> {
        let pointer = NonNull::new(direct::<T>(physical as u64)).unwrap_or(NonNull::dangling());
        // SAFETY: the region is mapped while the boot page tables are active, and firmware tables are only read.
        unsafe { PhysicalMapping::new(physical, pointer, size, size, Self) }
    }

    fn unmap_physical_region<T>(_: &PhysicalMapping<Self, T>) {}
}

/// Reads the tables. Without an address the PC's places are searched.
pub(crate) fn read(rsdp: Option<u64>) -> Option<Platform> {
    let tables = match rsdp {
        // SAFETY: the boot loader vouches for the address, and the boot page tables are active.
        Some(address) => unsafe { AcpiTables::from_rsdp(BootMap, usize::try_from(address).ok()?) }.ok()?,
        // SAFETY: the boot page tables are active; this is a PC with BIOS if no loader gave an address.
        None => unsafe { AcpiTables::search_for_rsdp_bios(BootMap) }.ok()?,
    };
    let madt = tables.find_table::<Madt>().ok()?;
    let mut platform = Platform {
        cpus: [0; MAX_CPUS],
        cpu_count: 0,
        io_apic: IoApic { base: 0, first: 0 },
        isa: core::array::from_fn(|line| Wire { gsi: (line as u64 & 0xf) as u32, level: false, low: false }),
        soft_off: soft_off(&tables),
    };
    for entry in madt.get().entries() {
        match entry {
            MadtEntry::LocalApic(cpu) if cpu.flags & 1 != 0 => platform.add_cpu(cpu.apic_id),
            // Identifiers that only x2APIC mode can address are left alone.
            MadtEntry::LocalX2Apic(cpu) if cpu.flags & 1 != 0 => {
                if let Ok(apic_id) = u8::try_from(cpu.x2apic_id) {
                    platform.add_cpu(apic_id);
                }
            }
            MadtEntry::IoApic(io_apic) if platform.io_apic.base == 0 => {
                platform.io_apic = IoApic {
                    base: u64::from(io_apic.io_apic_address),
                    first: io_apic.global_system_interrupt_base,
                };
            }
            MadtEntry::InterruptSourceOverride(source) => {
                if let Some(wire) = platform.isa.get_mut(usize::from(source.irq)) {
                    let flags = source.flags;
                    *wire = Wire {
                        gsi: source.global_system_interrupt,
                        level: flags >> 2 & 3 == 3,
                        low: flags & 3 == 3,
                    };
                }
            }
            _ => {}
        }
    }
    (platform.cpu_count > 0 && platform.io_apic.base != 0).then_some(platform)
}

fn soft_off(tables: &AcpiTables<BootMap>) -> Option<SoftOff> {
    let fadt = tables.find_table::<Fadt>().ok()?;
    let dsdt = tables.dsdt().ok()?;
    let (start, length) = (dsdt.address as u64, dsdt.length);
    if start + u64::from(length) > BOOT_MAP {
        return None;
    }
    // SAFETY: the boot page tables map all of the table, and nothing writes to it.
    let aml = unsafe { core::slice::from_raw_parts(direct::<u8>(start), length as usize) };
    let (first, second) = sleep_types(aml)?;
    let register = |address: GenericAddress, sleep_type| {
        let is_port = address.address_space == AddressSpace::SystemIo && address.address != 0;
        let port = u16::try_from(address.address).ok().filter(|_| is_port)?;
        Some(Register { port, sleep_type })
    };
    let second_block = fadt.pm1b_control_block().ok().flatten();
    Some(SoftOff {
        first: register(fadt.pm1a_control_block().ok()?, first)?,
        second: second_block.and_then(|block| register(block, second)),
        command: u16::try_from(fadt.smi_cmd_port).ok().filter(|port| *port != 0),
        enable: fadt.acpi_enable,
    })
}
