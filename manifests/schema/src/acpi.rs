//! The ACPI tables of a VM, linked for [`ACPI_TABLES`]; the RSDP comes first.

mod dsdt;
mod fadt;
mod madt;

use crate::system::GuestVm;
use acpi_tables::Aml;
use acpi_tables::facs::FACS;
use acpi_tables::mcfg::MCFG;
use acpi_tables::rsdp::Rsdp;
use acpi_tables::xsdt::XSDT;
use bulkhead_protocol::config::ServerKind;
use bulkhead_protocol::platform::{ACPI_TABLES, ECAM, ECAM_BUSES};

const OEM: [u8; 6] = *b"BULKHD";
const OEM_TABLE: [u8; 8] = *b"BULKHEAD";
const OEM_REVISION: u32 = 1;

/// ACPI specification, "Firmware ACPI Control Structure": on a 64-byte boundary. Good for the other tables too.
const ALIGNMENT: usize = 64;

/// Tables and where they will be in guest memory.
#[derive(Default)]
struct Linked {
    bytes: Vec<u8>,
}

impl Linked {
    /// Appends a table; its guest-physical address.
    fn place(&mut self, table: &dyn Aml) -> u64 {
        self.bytes.resize(self.bytes.len().next_multiple_of(ALIGNMENT), 0);
        let address = ACPI_TABLES + self.bytes.len() as u64;
        table.to_aml_bytes(&mut self.bytes);
        address
    }
}

/// The tables of a VM with these vCPUs and devices.
#[must_use]
pub fn tables(vm: &GuestVm) -> Vec<u8> {
    let has = |kind| vm.server(kind).is_some();
    let mut linked = Linked { bytes: vec![0; Rsdp::len()] };
    let dsdt = linked.place(&dsdt::dsdt(vm));
    let facs = linked.place(&FACS::new());
    let mut xsdt = XSDT::new(OEM, OEM_TABLE, OEM_REVISION);
    xsdt.add_entry(linked.place(&fadt::fadt(vm, dsdt, facs)));
    xsdt.add_entry(linked.place(&madt::madt(vm)));
    if has(ServerKind::Vpci) {
        let mut mcfg = MCFG::new(OEM, OEM_TABLE, OEM_REVISION);
        mcfg.add_ecam(ECAM, 0, 0, ECAM_BUSES - 1);
        xsdt.add_entry(linked.place(&mcfg));
    }
    let xsdt = linked.place(&xsdt);
    let mut rsdp = Vec::new();
    Rsdp::new(OEM, xsdt).to_aml_bytes(&mut rsdp);
    linked.bytes.splice(..rsdp.len(), rsdp);
    linked.bytes
}

#[cfg(test)]
mod tests;
