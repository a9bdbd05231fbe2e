//! The tables link to each other, and their checksums hold.

use super::{ALIGNMENT, tables};
use crate::library::Library;
use crate::system::System;
use bulkhead_protocol::platform::{ACPI_TABLES, ACPI_TABLES_LENGTH, ECAM, IO_APIC, SLEEP_TYPE_S5};

fn system(vcpus: &str, devices: &str) -> System {
    let manifest = format!(
        "[[vm]]\nname = \"a\"\nmemory = \"64 MiB\"\nvcpus = {vcpus}\n{devices}\n\
         boot = {{ protocol = \"linux\", kernel = \"debian:kernel\" }}\n"
    );
    crate::load(&manifest, &() as &dyn Library).unwrap()
}

/// A guest's memory from the tables' address on.
struct Memory(Vec<u8>);

impl Memory {
    fn of(system: &System) -> Self {
        Self(tables(&system.vms[0]))
    }

    fn at(&self, address: u64, length: usize) -> &[u8] {
        let offset = usize::try_from(address - ACPI_TABLES).unwrap();
        &self.0[offset..offset + length]
    }

    fn number(&self, address: u64, bytes: usize) -> u64 {
        self.at(address, bytes).iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn table(&self, address: u64) -> &[u8] {
        self.at(address, usize::try_from(self.number(address + 4, 4)).unwrap())
    }

    /// Addresses of the tables that the XSDT lists.
    fn listed(&self) -> Vec<u64> {
        let xsdt = self.number(ACPI_TABLES + 24, 8);
        let length = self.number(xsdt + 4, 4);
        (36..length).step_by(8).map(|offset| self.number(xsdt + offset, 8)).collect()
    }

    fn find(&self, signature: &[u8]) -> Option<u64> {
        self.listed().into_iter().find(|address| self.at(*address, 4) == signature)
    }
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

#[test]
fn the_root_pointer_comes_first_and_both_its_checksums_hold() {
    let memory = Memory::of(&system("[0]", ""));
    assert_eq!(memory.at(ACPI_TABLES, 8), b"RSD PTR ");
    assert_eq!(memory.number(ACPI_TABLES + 15, 1), 2);
    assert_eq!(sum(memory.at(ACPI_TABLES, 20)), 0);
    assert_eq!(sum(memory.at(ACPI_TABLES, 36)), 0);
}

#[test]
fn both_lists_of_tables_say_the_same() {
    let memory = Memory::of(&system("[0]", ""));
    let rsdt = memory.number(ACPI_TABLES + 16, 4);
    assert_eq!(memory.at(rsdt, 4), b"RSDT");
    assert_eq!(sum(memory.table(rsdt)), 0);
    let length = memory.number(rsdt + 4, 4);
    let listed: Vec<u64> = (36..length).step_by(4).map(|offset| memory.number(rsdt + offset, 4)).collect();
    assert_eq!(listed, memory.listed());
}

#[test]
fn every_table_that_is_listed_has_a_good_checksum() {
    let memory = Memory::of(&system("[0, 0]", ""));
    let listed = memory.listed();
    assert_eq!(listed.len(), 3);
    for address in listed {
        assert_eq!(sum(memory.table(address)), 0, "{:?}", memory.at(address, 4));
        assert_eq!(usize::try_from(address).unwrap() % ALIGNMENT, 0);
    }
}

#[test]
fn the_fixed_table_points_at_the_other_two() {
    let memory = Memory::of(&system("[0]", ""));
    let fadt = memory.find(b"FACP").unwrap();
    let dsdt = memory.number(fadt + 40, 4);
    assert_eq!(memory.number(fadt + 140, 8), dsdt);
    assert_eq!(memory.at(dsdt, 4), b"DSDT");
    assert_eq!(sum(memory.table(dsdt)), 0);
    assert_eq!(memory.at(memory.number(fadt + 36, 4), 4), b"FACS");
}

#[test]
fn the_fixed_table_names_the_platform_s_ports() {
    let memory = Memory::of(&system("[0]", ""));
    let fadt = memory.find(b"FACP").unwrap();
    assert_eq!(memory.number(fadt + 46, 2), 9);
    assert_eq!(memory.number(fadt + 56, 4), 0x600);
    assert_eq!(memory.number(fadt + 64, 4), 0x604);
    assert_eq!(memory.number(fadt + 76, 4), 0x608);
    assert_eq!(memory.number(fadt + 116 + 4, 8), 0xcf9);
    assert_eq!(memory.number(fadt + 128, 1), 6);
    assert_eq!(memory.number(fadt + 48, 4), 0, "no SMI command port: always in ACPI mode");
}

#[test]
fn each_vcpu_has_a_local_apic_and_the_timer_goes_to_pin_2() {
    let memory = Memory::of(&system("[0, 0, 0]", ""));
    let madt = memory.table(memory.find(b"APIC").unwrap());
    assert_eq!(madt[40], 1, "there are 8259A");
    let mut structures = Vec::new();
    let mut rest = &madt[44..];
    while let [kind, length, ..] = rest {
        structures.push((*kind, &rest[..usize::from(*length)]));
        rest = &rest[usize::from(*length)..];
    }
    let locals: Vec<_> =
        structures.iter().filter(|(kind, _)| *kind == 0).map(|(_, bytes)| (bytes[3], bytes[4])).collect();
    assert_eq!(locals, [(0, 1), (1, 1), (2, 1)]);
    let io_apic = structures.iter().find(|(kind, _)| *kind == 1).unwrap().1;
    assert_eq!(io_apic[4..8], u32::try_from(IO_APIC).unwrap().to_le_bytes());
    let overrides: Vec<_> = structures
        .iter()
        .filter(|(kind, _)| *kind == 2)
        .map(|(_, bytes)| (bytes[3], bytes[4], bytes[8]))
        .collect();
    assert_eq!(overrides, [(0, 2, 0b0101), (9, 9, 0b1111)]);
}

#[test]
fn configuration_space_is_in_the_mcfg() {
    let memory = Memory::of(&system("[0]", ""));
    let mcfg = memory.find(b"MCFG").unwrap();
    assert_eq!(memory.number(mcfg + 44, 8), ECAM);
    assert_eq!((memory.number(mcfg + 54, 1), memory.number(mcfg + 55, 1)), (0, 0));
}

#[test]
fn the_soft_off_value_is_in_the_dsdt() {
    let memory = Memory::of(&system("[0]", ""));
    let dsdt = memory.table(memory.number(memory.find(b"FACP").unwrap() + 40, 4));
    let name = dsdt.windows(5).position(|window| window == b"\x08_S5_").unwrap();
    // Package of four; byte prefix; the value.
    assert_eq!(dsdt[name + 5..][..5], [0x12, 0x07, 4, 0x0a, SLEEP_TYPE_S5]);
}

#[test]
fn absent_devices_are_not_described() {
    let memory = Memory::of(&system("[0]", "devices = [\"vuart\"]"));
    assert!(memory.find(b"MCFG").is_none());
    let madt = memory.table(memory.find(b"APIC").unwrap());
    assert_eq!(madt[40], 0);
    let dsdt = memory.table(memory.number(memory.find(b"FACP").unwrap() + 40, 4));
    let has = |name: &[u8]| dsdt.windows(4).any(|window| window == name);
    assert!(has(b"COM1"));
    assert!(!has(b"_S5_") && !has(b"PCI0") && !has(b"RTC0"));
}

#[test]
fn the_tables_fit_their_place_even_with_many_vcpus() {
    let cpus = format!("{:?}", vec![0; 16]);
    let length = u64::try_from(tables(&system(&cpus, "").vms[0]).len()).unwrap();
    assert!(length <= ACPI_TABLES_LENGTH);
}
