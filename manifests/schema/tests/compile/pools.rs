//! Pools: one VM of the core, and a plan for each definition.

use crate::image::Image;
use bulkhead_abi::image::{VcpuRecord, VmRecord, name_text};
use bulkhead_abi::layout::PAGE;
use bulkhead_protocol::config::{BootProtocol, Console, InsnEmulator, Loader, Shell, VmManager};

const LAB: &str = include_str!("../../../lab.toml");

#[test]
fn the_core_and_the_servers_know_the_pool_alone() {
    let image = Image::of(LAB);
    let vms: Vec<VmRecord> = image.table(image.header.vms);
    let vcpus: Vec<VcpuRecord> = image.table(image.header.vcpus);
    assert_eq!((vms.len(), vcpus.len()), (1, 1));
    assert_eq!((name_text(&vms[0].name), vms[0].memory), ("lab", 128 << 20));
    let tasks = image.tasks();
    let names: Vec<_> =
        tasks.iter().map(|task| name_text(&task.name)).filter(|name| name.contains('.')).collect();
    assert!(names.len() == 8 && names.iter().all(|name| name.starts_with("lab.")), "{names:?}");
    let console: Console = image.config("console");
    assert_eq!(console.streams.iter().map(|stream| stream.name.as_str()).collect::<Vec<_>>(), ["lab"]);
}

#[test]
fn definitions_of_a_pool_differ_in_what_they_run_alone() {
    let image = Image::of(LAB);
    let manager: VmManager = image.config("vm-manager");
    let names: Vec<_> = manager.vms.iter().map(|plan| plan.name.as_str()).collect();
    assert_eq!(names, ["debian", "memtest", "tiny"]);
    let first = &manager.vms[0];
    for plan in &manager.vms {
        assert_eq!((plan.vm, plan.slot, plan.memory), (first.vm, first.slot, first.memory));
        assert_eq!((plan.event_bit, plan.power_bit), (first.event_bit, first.power_bit));
        assert_eq!((&plan.servers, &plan.vcpus), (&first.servers, &first.vcpus));
    }
    assert_ne!(manager.vms[0].kernel, manager.vms[1].kernel);
    assert!(manager.vms[0].ramdisk.is_some() && manager.vms[1].ramdisk.is_none());
    assert!(
        manager.vms[0].acpi.is_some() && manager.vms[2].acpi.is_none(),
        "a flat image has no use for tables"
    );
    let shell: Shell = image.config("shell");
    for (vm, plan) in shell.vms.iter().zip(&manager.vms) {
        assert_eq!((vm.name.as_str(), vm.vm), (plan.name.as_str(), plan.vm));
        assert_eq!(vm.pool.as_ref().map(|pool| pool.as_str()), Some("lab"));
    }
}

/// The manager asks the loader by a definition's place in its own list.
#[test]
fn the_loader_has_the_plans_of_the_manager_in_its_order() {
    let boss = "[[vm]]\nname = \"boss\"\nkind = \"service\"\nmemory = \"4 MiB\"\nboot = { protocol = \"flat\", kernel = \"b\" }\n";
    let image = Image::of(&format!("{LAB}\n{boss}"));
    let (manager, loader): (VmManager, Loader) = (image.config("vm-manager"), image.config("loader"));
    assert_eq!(manager.vms[0].name.as_str(), "boss", "the service VM starts first");
    assert_eq!(manager.vms.len(), loader.plans.len());
    for (vm, plan) in manager.vms.iter().zip(&loader.plans) {
        assert_eq!((vm.vm, vm.kernel, vm.ramdisk, vm.acpi), (plan.vm, plan.kernel, plan.ramdisk, plan.acpi));
        assert_eq!((vm.memory, &vm.command_line), (plan.memory, &plan.command_line));
    }
}

/// Every image has 5000 bytes here: two pages.
#[test]
fn a_pool_has_the_rom_that_one_of_its_definitions_needs() {
    let text = LAB.replace(
        "protocol = \"flat\", kernel = \"guest:ticker\"",
        "protocol = \"firmware\", kernel = \"rom\"",
    );
    let image = Image::of(&text);
    let vms: Vec<VmRecord> = image.table(image.header.vms);
    assert_eq!(u64::from(vms[0].rom_pages), 2);
    let loader: Loader = image.config("loader");
    assert!(loader.plans.iter().all(|plan| plan.rom == 2 * PAGE), "for all of them: it is there for all");
    assert!(loader.plans.iter().any(|plan| plan.protocol == BootProtocol::Firmware));
    let emulator: InsnEmulator = image.config("lab.emulator");
    assert_eq!(emulator.rom, 2 * PAGE);
}
