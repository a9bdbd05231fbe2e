//! The ACPI tables of a VM, linked for [`ACPI_TABLES`]; the RSDP comes first.

mod dsdt;
mod fadt;
mod madt;

use crate::system::GuestVm;
use acpi_tables::Aml;
use acpi_tables::facs::FACS;
use acpi_tables::mcfg::MCFG;
use acpi_tables::rsdp::Rsdp;
use acpi_tables::sdt::Sdt;
use acpi_tables::xsdt::XSDT;
use bulkhead_protocol::config::ServerKind;
use bulkhead_protocol::platform::{ACPI_TABLES, ECAM, ECAM_BUSES};

const OEM: [u8; 6] = *b"BULKHD";
const OEM_TABLE: [u8; 8] = *b"BULKHEAD";
const OEM_REVISION: u32 = 1;

/// ACPI specification, "Firmware ACPI Control Structure": on a 64-byte boundary. Good for the other tables too.
const ALIGNMENT: usize = 64;

/// Bytes of a table's header, before its entries.
const RSDT_HEADER: u32 = 36;

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
    let mut tables = vec![linked.place(&fadt::fadt(vm, dsdt, facs)), linked.place(&madt::madt(vm))];
    if has(ServerKind::Vpci) {
        let mut mcfg = MCFG::new(OEM, OEM_TABLE, OEM_REVISION);
        mcfg.add_ecam(ECAM, 0, 0, ECAM_BUSES - 1);
        tables.push(linked.place(&mcfg));
    }
    let mut xsdt = XSDT::new(OEM, OEM_TABLE, OEM_REVISION);
    let mut rsdt = Sdt::new(*b"RSDT", RSDT_HEADER, 1, OEM, OEM_TABLE, OEM_REVISION);
    for address in tables {
        xsdt.add_entry(address);
        rsdt.append(below_4_gib(address));
    }
    let (rsdt, xsdt) = (linked.place(&rsdt), linked.place(&xsdt));
    let rsdp = root_pointer(below_4_gib(rsdt), xsdt);
    linked.bytes.splice(..rsdp.len(), rsdp);
    linked.bytes
}

/// "Root System Description Pointer", which has two checksums: one for readers that know no more than the first 20 bytes.
fn root_pointer(rsdt: u32, xsdt: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    Rsdp::new(OEM, xsdt).to_aml_bytes(&mut bytes);
    // The crate leaves this pointer out; some readers know no other.
    bytes[16..20].copy_from_slice(&rsdt.to_le_bytes());
    for (checksum, covered) in [(8, 20), (32, bytes.len())] {
        bytes[checksum] = 0;
        let sum = bytes[..covered].iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte));
        bytes[checksum] = sum.wrapping_neg();
    }
    bytes
}

/// All tables are below 1 MiB.
fn below_4_gib(address: u64) -> u32 {
    u32::try_from(address).unwrap_or_default()
}

#[cfg(test)]
mod tests;
