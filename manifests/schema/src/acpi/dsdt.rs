//! DSDT: the devices that a guest cannot find by itself, and the value that powers it off.

use super::{OEM, OEM_REVISION, OEM_TABLE};
use crate::device::ECAM_LENGTH;
use crate::system::GuestVm;
use acpi_tables::Aml;
use acpi_tables::aml::{
    AddressSpace, AddressSpaceCacheable, Device, EISAName, IO, Interrupt, Memory32Fixed, Name, Package,
    PackageBuilder, Path, ResourceTemplate, Scope, ZERO,
};
use acpi_tables::sdt::Sdt;
use bulkhead_protocol::config::ServerKind;
use bulkhead_protocol::platform::{
    ECAM, ECAM_BUSES, PCI_IO, PCI_IO_LENGTH, PCI_LINES, PCI_MMIO, PCI_MMIO_LENGTH, PM1A_EVENT, RTC_LINE,
    SERIAL, SLEEP_TYPE_S5,
};

/// Bytes of a table's header.
const HEADER: u32 = 36;

pub(super) fn dsdt(vm: &GuestVm) -> Sdt {
    let has = |kind| vm.server(kind).is_some();
    let mut body = Vec::new();
    if has(ServerKind::Vpower) {
        let values = encode(&Package::new(vec![&SLEEP_TYPE_S5, &ZERO, &ZERO, &ZERO]));
        Name::new("_S5_".into(), &values).to_aml_bytes(&mut body);
    }
    for local in (0..=u8::MAX).take(vm.vcpus.len()) {
        in_system_bus(&processor(local), &mut body);
    }
    if has(ServerKind::Vpci) {
        in_system_bus(&host_bridge(), &mut body);
    }
    in_system_bus(&motherboard(has(ServerKind::Vpci)), &mut body);
    for (place, kind) in [ServerKind::Vuart, ServerKind::Vuart2].into_iter().enumerate() {
        if has(kind) {
            in_system_bus(&serial_port(place), &mut body);
        }
    }
    if has(ServerKind::Vrtc) {
        in_system_bus(&clock(), &mut body);
    }
    let mut dsdt = Sdt::new(*b"DSDT", HEADER, 2, OEM, OEM_TABLE, OEM_REVISION);
    dsdt.append_slice(&body);
    dsdt
}

/// AML bytes that are already encoded.
struct Encoded(Vec<u8>);

impl Aml for Encoded {
    fn to_aml_bytes(&self, sink: &mut dyn acpi_tables::AmlSink) {
        sink.vec(&self.0);
    }
}

fn in_system_bus(device: &Encoded, body: &mut Vec<u8>) {
    Scope::new("_SB_".into(), vec![device]).to_aml_bytes(body);
}

fn encode(device: &dyn Aml) -> Encoded {
    let mut bytes = Vec::new();
    device.to_aml_bytes(&mut bytes);
    Encoded(bytes)
}

/// The MADT's local APIC with the same number.
fn processor(local: u8) -> Encoded {
    let name = format!("C{local:03X}");
    encode(&Device::new(
        Path::new(&name),
        vec![&Name::new("_HID".into(), &"ACPI0007"), &Name::new("_UID".into(), &local)],
    ))
}

/// PCI Firmware Specification, "ACPI": the root bridge, its windows and the routing of its interrupt pins.
fn host_bridge() -> Encoded {
    let last_bus = u16::from(ECAM_BUSES) - 1;
    let first_mmio = u32::try_from(PCI_MMIO).unwrap_or(0);
    let last_mmio = u32::try_from(PCI_MMIO + PCI_MMIO_LENGTH - 1).unwrap_or(0);
    let windows = encode(&ResourceTemplate::new(vec![
        &AddressSpace::<u16>::new_bus_number(0, last_bus),
        &IO::new(0xcf8, 0xcf8, 1, 8),
        &AddressSpace::<u16>::new_io(PCI_IO, PCI_IO + (PCI_IO_LENGTH - 1), None),
        &AddressSpace::<u32>::new_memory(
            AddressSpaceCacheable::NotCacheable,
            true,
            first_mmio,
            last_mmio,
            None,
        ),
    ]));
    encode(&Device::new(
        "PCI0".into(),
        vec![
            &Name::new("_HID".into(), &EISAName::new("PNP0A08")),
            &Name::new("_CID".into(), &EISAName::new("PNP0A03")),
            &Name::new("_UID".into(), &ZERO),
            &Name::new("_SEG".into(), &ZERO),
            &Name::new("_BBN".into(), &ZERO),
            &Name::new("_CRS".into(), &windows),
            &Name::new("_PRT".into(), &interrupt_routing()),
        ],
    ))
}

/// Pin INTx of device n goes to the line (n + x) modulo 4, as behind a bridge.
fn interrupt_routing() -> PackageBuilder {
    let mut routing = PackageBuilder::new();
    for device in 0_u32..32 {
        for pin in 0_u8..4 {
            let line = PCI_LINES[(device as usize + usize::from(pin)) % PCI_LINES.len()];
            routing.add_element(&Package::new(vec![&(device << 16 | 0xffff), &pin, &ZERO, &line]));
        }
    }
    routing
}

/// Addresses that no driver may take for its own.
fn motherboard(has_pci: bool) -> Encoded {
    let ecam =
        Memory32Fixed::new(true, u32::try_from(ECAM).unwrap_or(0), u32::try_from(ECAM_LENGTH).unwrap_or(0));
    let power = IO::new(PM1A_EVENT, PM1A_EVENT, 1, 16);
    let edge_control = IO::new(0x4d0, 0x4d0, 1, 2);
    let mut children: Vec<&dyn Aml> = vec![&power, &edge_control];
    if has_pci {
        children.push(&ecam);
    }
    let resources = ResourceTemplate::new(children);
    encode(&Device::new(
        "MBRD".into(),
        vec![&Name::new("_HID".into(), &EISAName::new("PNP0C02")), &Name::new("_CRS".into(), &resources)],
    ))
}

fn serial_port(place: usize) -> Encoded {
    let (base, line) = SERIAL[place];
    let resources = encode(&ResourceTemplate::new(vec![
        &IO::new(base, base, 1, 8),
        &Interrupt::new(true, true, false, false, line.into()),
    ]));
    encode(&Device::new(
        format!("COM{}", place + 1).as_str().into(),
        vec![
            &Name::new("_HID".into(), &EISAName::new("PNP0501")),
            &Name::new("_UID".into(), &place),
            &Name::new("_CRS".into(), &resources),
        ],
    ))
}

fn clock() -> Encoded {
    let resources = encode(&ResourceTemplate::new(vec![
        &IO::new(0x70, 0x70, 1, 2),
        &Interrupt::new(true, true, false, false, RTC_LINE.into()),
    ]));
    encode(&Device::new(
        "RTC0".into(),
        vec![&Name::new("_HID".into(), &EISAName::new("PNP0B00")), &Name::new("_CRS".into(), &resources)],
    ))
}
