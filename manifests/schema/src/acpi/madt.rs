//! MADT: local APICs, the I/O APIC and the lines that do not go where their number says.

use super::{OEM, OEM_REVISION, OEM_TABLE};
use crate::system::GuestVm;
use acpi_tables::Aml;
use acpi_tables::madt::{EnabledStatus, IoApic, ProcessorLocalApic};
use acpi_tables::sdt::Sdt;
use bulkhead_protocol::config::ServerKind;
use bulkhead_protocol::platform::{IO_APIC, LOCAL_APIC, SCI_LINE, TIMER_LINE};

/// ACPI specification, "Multiple APIC Description Table (MADT)": header, local APIC address, flags.
const LENGTH: u32 = 44;
/// Flags: there are two 8259A that must be disabled when the I/O APIC is used.
const PCAT_COMPAT: u32 = 1;
/// Pin of the I/O APIC for the timer.
const TIMER_PIN: u32 = 2;
/// "MPS INTI Flags": polarity active high 01, trigger edge 01.
const EDGE_HIGH: u16 = 0b0101;
/// Polarity active low 11, trigger level 11.
const LEVEL_LOW: u16 = 0b1111;

pub(super) fn madt(vm: &GuestVm) -> Sdt {
    let has = |kind| vm.server(kind).is_some();
    let mut madt = Sdt::new(*b"APIC", LENGTH, 4, OEM, OEM_TABLE, OEM_REVISION);
    madt.write_u32(36, u32::try_from(LOCAL_APIC).unwrap_or(0));
    madt.write_u32(40, if has(ServerKind::Vpic) { PCAT_COMPAT } else { 0 });
    for local in (0..=u8::MAX).take(vm.vcpus.len()) {
        append(&mut madt, &ProcessorLocalApic::new(local, local, EnabledStatus::Enabled));
    }
    if has(ServerKind::Vioapic) {
        append(&mut madt, &IoApic::new(0, u32::try_from(IO_APIC).unwrap_or(0), 0));
        madt.append_slice(&source_override(TIMER_LINE, TIMER_PIN, EDGE_HIGH));
        madt.append_slice(&source_override(SCI_LINE, SCI_LINE.into(), LEVEL_LOW));
    }
    madt.append_slice(&LOCAL_APIC_NMI);
    madt
}

fn append(table: &mut Sdt, structure: &dyn Aml) {
    let mut bytes = Vec::new();
    structure.to_aml_bytes(&mut bytes);
    table.append_slice(&bytes);
}

/// "Interrupt Source Override Structure": type 2, bus ISA.
fn source_override(line: u8, gsi: u32, flags: u16) -> [u8; 10] {
    let [g0, g1, g2, g3] = gsi.to_le_bytes();
    let [f0, f1] = flags.to_le_bytes();
    [2, 10, 0, line, g0, g1, g2, g3, f0, f1]
}

/// "Local APIC NMI Structure": all processors, LINT1, active high, edge.
const LOCAL_APIC_NMI: [u8; 6] = [4, 6, 0xff, 0b0101, 0, 1];
