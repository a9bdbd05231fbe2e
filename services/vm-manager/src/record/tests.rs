//! The record shows what the manifest says.

use super::*;
use crate::fake::plan;

#[test]
fn a_record_names_the_instance_behind_each_device() {
    let plan = plan(0, "linux", VmKind::PreLaunched);
    let record = Record::new(&plan, 0, heapless::Vec::new());
    assert_eq!(record.emulator.map(|server| server.place), Some(0));
    assert_eq!(
        record.pic,
        Some(Instance { place: 1, task: plan.servers.get(1).map_or(TaskId(0), |s| s.task), slot: Slot(102) })
    );
    assert_eq!(record.uarts.iter().map(|server| server.place).collect::<std::vec::Vec<_>>(), [2]);
    assert_eq!(record.power.map(|server| server.place), Some(3));
    assert_eq!((record.ioapic, record.pci), (None, None));
}

#[test]
fn every_range_has_its_handler() {
    let plan = plan(0, "linux", VmKind::PreLaunched);
    let record = Record::new(&plan, 0, heapless::Vec::new());
    let ports: std::vec::Vec<_> =
        record.port_handlers.iter().map(|handler| (handler.ports.first, handler.server.place)).collect();
    assert_eq!(ports, [(0x20, 1), (0xa0, 1), (0x3f8, 2), (0x600, 3)]);
    let windows: std::vec::Vec<_> =
        record.mmio_handlers.iter().map(|handler| (handler.window.base, handler.server.place)).collect();
    assert_eq!(windows, [(0xd000_0000, 2)]);
}

#[test]
fn a_new_record_is_off_and_says_that_nothing_has_happened() {
    let plan = plan(0, "linux", VmKind::Service);
    let record = Record::new(&plan, 0, heapless::Vec::new());
    assert_eq!((record.state, record.reason), (VmState::PoweredOff, StateReason::Boot));
    assert_eq!((record.starts, record.resets, record.generation), (0, 0, 0));
    assert_eq!((record.loader.arguments, record.loader.acpi), ("console=ttyS0", plan.acpi));
}
