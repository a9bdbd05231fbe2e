//! The image holds what the manifest says: the tables, the configurations in their tasks' terms, the modules.

mod image;
mod pools;

use bulkhead_abi::image::{IrqRecord, MAGIC, NONE, SegmentRecord, SlotKind, VcpuRecord, VmRecord, name_text};
use bulkhead_protocol::config::{self, BootProtocol};
use bulkhead_protocol::{bus, device, stream, supervisor};
use bulkhead_schema::{CompileError, Parts, compile, load};
use image::{Image, parts};

const TWO: &str = include_str!("../../../two-linux.toml");
const PAGE: usize = 4096;

#[test]
fn the_header_describes_the_file() {
    let image = Image::of(TWO);
    assert_eq!(image.header.magic, MAGIC);
    assert_eq!(image.header.abi_version, bulkhead_abi::ABI_VERSION);
    assert_eq!(image.header.total_length, image.bytes.len() as u64);
    assert_eq!(image.header.core_length % 4096, 0);
    assert_eq!(image.header.cpus, 3);
    assert_eq!(name_text(&image.header.name), "two-linux");
    assert_eq!(name_text(&image.tasks()[image.header.supervisor.index()].name), "supervisor");
}

#[test]
fn the_digest_follows_the_text() {
    let other = Image::of(&TWO.replace("services_cpu = 0", "services_cpu = 0 # the same")).header;
    assert_ne!(Image::of(TWO).header.manifest_digest, other.manifest_digest);
}

#[test]
fn segments_and_configurations_have_pages_of_their_own() {
    let image = Image::of(TWO);
    let mut pages = std::collections::BTreeSet::new();
    let mut claim = |offset: usize, length: usize| {
        assert_eq!(offset % PAGE, 0);
        for page in offset / PAGE..(offset + length).div_ceil(PAGE) {
            assert!(pages.insert(page), "page {page} is used twice");
        }
    };
    for segment in image.table::<SegmentRecord>(image.header.segments) {
        claim(segment.file_offset as usize, segment.file_length as usize);
    }
    for task in image.tasks() {
        claim(task.config_offset as usize, task.config_length as usize);
    }
    assert!(pages.iter().all(|page| ((page + 1) * PAGE) as u64 <= image.header.core_length));
}

#[test]
fn tasks_of_one_program_share_its_segments() {
    let image = Image::of(TWO);
    let (red, blue) = (image.task("red.vuart").1, image.task("blue.vuart").1);
    assert_eq!(red.segments.first, blue.segments.first);
    let segments: Vec<SegmentRecord> = image.table(image.header.segments);
    let text = segments[red.segments.first as usize];
    let fill = image.bytes[text.file_offset as usize];
    assert!(
        image.bytes[text.file_offset as usize..][..text.file_length as usize]
            .iter()
            .all(|byte| *byte == fill)
    );
    let other = segments[image.task("red.vpci").1.segments.first as usize];
    assert_ne!(image.bytes[other.file_offset as usize], fill);
}

#[test]
fn call_slots_name_task_interface_badge_deadline_and_both_schemas() {
    let image = Image::of(TWO);
    let (console, _) = image.task("console");
    let slots = image.slots(&image.task("blue.vuart").1);
    let config: config::Vuart = image.config("blue.vuart");
    let slot = slots[config.stream.unwrap().index()];
    assert_eq!(slot.kind, SlotKind::Call as u16);
    assert_eq!((slot.target, slot.argument, slot.badge), (console, u32::from(stream::ID), 1));
    assert_eq!(slot.deadline_us, 100_000);
    assert_eq!(slot.caller_schema, 1000 + u64::from(stream::ID));
    assert_eq!(slot.caller_schema, slot.server_schema);
}

#[test]
fn the_manager_s_plan_names_the_right_tasks_through_the_right_slots() {
    let image = Image::of(TWO);
    let (_, manager) = image.task("vm-manager");
    let slots = image.slots(&manager);
    let plan: config::VmManager = image.config("vm-manager");
    assert_eq!(slots[plan.loader.index()].target, image.task("loader").0);
    assert_eq!(slots[plan.platform.unwrap().index()].kind, SlotKind::Platform as u16);
    for vm in &plan.vms {
        let slot = slots[vm.slot.index()];
        assert_eq!((slot.kind, slot.target), (SlotKind::Vm as u16, vm.vm.0));
        assert_eq!(u16::from(vm.event_bit), 2 * vm.vm.0);
        assert_eq!(vm.power_bit, vm.event_bit + 1);
        assert_eq!(vm.servers.len(), 8);
        for server in &vm.servers {
            let slot = slots[server.slot.index()];
            assert_eq!((slot.kind, slot.target), (SlotKind::Call as u16, server.task.0));
            assert_eq!(slot.argument, u32::from(device::ID));
            let name = image.tasks()[server.task.index()].name;
            assert!(name_text(&name).starts_with(vm.name.as_str()));
        }
    }
}

#[test]
fn the_power_device_s_bit_is_the_one_that_the_manager_expects() {
    let image = Image::of(TWO);
    let manager: config::VmManager = image.config("vm-manager");
    let vpower: config::Vpower = image.config("blue.vpower");
    let slot = image.slots(&image.task("blue.vpower").1)[vpower.manager.index()];
    assert_eq!((slot.kind, slot.target), (SlotKind::Notify as u16, image.task("vm-manager").0));
    assert_eq!(slot.argument, u32::from(manager.vms[1].power_bit));
    let vms: Vec<VmRecord> = image.table(image.header.vms);
    assert_eq!(vms[1].manager_bit, u16::from(manager.vms[1].event_bit));
}

#[test]
fn the_emulator_reaches_windows_and_ports_through_bus_slots() {
    let image = Image::of(TWO);
    let config: config::InsnEmulator = image.config("red.emulator");
    let slots = image.slots(&image.task("red.emulator").1);
    let server_of = |slot: bulkhead_abi::id::Slot| slots[slot.index()];
    let windows: Vec<_> = config.windows.iter().map(|target| target.window.base).collect();
    assert_eq!(windows, [0xe000_0000, 0xfec0_0000]);
    for slot in
        config.windows.iter().map(|target| target.server).chain(config.ports.iter().map(|port| port.server))
    {
        assert_eq!(server_of(slot).argument, u32::from(bus::ID));
    }
    let owner = |port: u16| {
        let target = config
            .ports
            .iter()
            .find(|target| (target.ports.first..=target.ports.last).contains(&port))
            .unwrap();
        name_text(&image.tasks()[usize::from(server_of(target.server).target)].name).to_owned()
    };
    assert_eq!(owner(0xcf8), "red.vpci");
    assert_eq!(owner(0xcf9), "red.vpower");
    assert_eq!(owner(0xcfc), "red.vpci");
    assert_eq!(owner(0x3f8), "red.vuart");
}

#[test]
fn the_console_s_streams_notify_their_serial_ports() {
    let image = Image::of(TWO);
    let config: config::Console = image.config("console");
    let (console, record) = image.task("console");
    let slots = image.slots(&record);
    for (stream, server) in config.streams.iter().zip(["red.vuart", "blue.vuart"]) {
        let slot = slots[stream.server.index()];
        assert_eq!(
            (slot.kind, slot.target, slot.argument),
            (SlotKind::Notify as u16, image.task(server).0, 0)
        );
    }
    let irqs: Vec<IrqRecord> = image.table(image.header.irqs);
    assert_eq!(irqs.len(), 1);
    assert_eq!((irqs[0].isa, irqs[0].task.0, irqs[0].slot), (4, console, config.irq));
    assert_eq!(u32::from(config.log_bit), slots[config.log.index()].argument);
}

#[test]
fn the_loader_finds_every_module_and_the_tables_of_each_vm() {
    let image = Image::of(TWO);
    let loader: config::Loader = image.config("loader");
    assert_eq!(loader.plans.len(), 2);
    for plan in &loader.plans {
        assert_eq!(plan.protocol, BootProtocol::Linux);
        assert_eq!(image.module(plan.kernel), [0xa0; 5000]);
        assert_eq!(image.module(plan.ramdisk.unwrap()), [0xa1; 5000]);
        assert!(image.module(plan.acpi.unwrap()).starts_with(b"RSD PTR "));
        assert_eq!(plan.kernel.offset % 4096, 0);
    }
    assert_eq!(loader.plans[0].kernel, loader.plans[1].kernel, "an image is stored once");
    assert_ne!(loader.plans[0].acpi, loader.plans[1].acpi);
}

#[test]
fn lines_belong_to_one_server_of_the_vm() {
    let image = Image::of(TWO);
    for vm in 0..2 {
        let mut owned = 0_u64;
        for task in image.tasks().iter().filter(|task| task.vm.0 == vm) {
            assert_eq!(owned & task.lines, 0, "{}", name_text(&task.name));
            owned |= task.lines;
        }
        assert_eq!(owned, 1 << 0 | 1 << 4 | 1 << 8 | 1 << 9 | 1 << 63);
    }
    assert_eq!(image.task("console").1.vm.0, NONE);
}

#[test]
fn vcpus_are_numbered_across_vms() {
    let image = Image::of(&TWO.replace("cpu = 1", "vcpus = [1, 2]"));
    let vcpus: Vec<VcpuRecord> = image.table(image.header.vcpus);
    let cpus: Vec<_> = vcpus.iter().map(|vcpu| (vcpu.vm.0, vcpu.cpu.0)).collect();
    assert_eq!(cpus, [(0, 1), (0, 2), (1, 2)]);
    let plan: config::VmManager = image.config("vm-manager");
    let numbers: Vec<_> = plan.vms.iter().flat_map(|vm| vm.vcpus.iter().map(|(vcpu, _)| vcpu.0)).collect();
    assert_eq!(numbers, [0, 1, 2]);
}

#[test]
fn a_probe_is_told_its_script_and_its_calls() {
    let manifest = include_str!("../../../probes.toml");
    let image = Image::of(manifest);
    let probe: config::Probe = image.config("caller");
    assert_eq!(&*probe.script, b"call");
    let slots = image.slots(&image.task("caller").1);
    assert_eq!(slots[probe.slots[0].index()].target, image.task("echo").0);
}

#[test]
fn service_vms_start_after_pre_launched_ones() {
    let image = Image::of(&TWO.replacen("name = \"red\"", "name = \"red\"\nkind = \"service\"", 1));
    let plan: config::VmManager = image.config("vm-manager");
    let order: Vec<_> = plan.vms.iter().map(|vm| vm.vm.0).collect();
    assert_eq!(order, [1, 0]);
}

#[test]
fn programs_of_different_declarations_do_not_fit_together() {
    let system = load(TWO, &()).unwrap();
    let mut parts = parts(&system);
    let vuart = parts.programs.get_mut("vuart").unwrap();
    for entry in vuart.schemas.iter_mut().filter(|entry| entry.interface == stream::ID) {
        entry.hash += 1;
    }
    let errors = compile(&system, TWO, &parts).unwrap_err();
    assert_eq!(errors.len(), 2, "one for each serial port");
    let text = errors[0].to_string();
    assert!(text.contains("red.vuart") && text.contains("console") && text.contains("stream"), "{text}");
    assert_eq!(text.lines().count(), 1);
}

#[test]
fn a_program_that_does_not_know_its_interface_is_refused() {
    let system = load(TWO, &()).unwrap();
    let mut parts = parts(&system);
    parts.programs.get_mut("console").unwrap().schemas.clear();
    let errors = compile(&system, TWO, &parts).unwrap_err();
    assert!(errors.iter().all(|error| error.to_string().contains("does not say that it serves it")));
}

#[test]
fn missing_parts_are_all_named() {
    let system = load(TWO, &()).unwrap();
    let errors = compile(&system, TWO, &Parts::default()).unwrap_err();
    assert!(errors.contains(&CompileError::NoProgram("vuart".into())));
    assert!(errors.contains(&CompileError::NoImage("debian:initrd".into())));
}

#[test]
fn the_supervisor_tells_the_manager_by_the_bit_that_it_expects() {
    let image = Image::of(TWO);
    let (manager, record) = image.task("vm-manager");
    let config: config::VmManager = image.config("vm-manager");
    let call = image.slots(&record)[config.supervisor.index()];
    assert_eq!((call.kind, call.target, call.argument), (SlotKind::Call as u16, 0, supervisor::ID.into()));
    let (_, record) = image.task("supervisor");
    let told: config::Supervisor = image.config("supervisor");
    let slot = image.slots(&record)[told.manager.unwrap().index()];
    assert_eq!(
        (slot.kind, slot.target, slot.argument),
        (SlotKind::Notify as u16, manager, config.failure_bit.into())
    );
    let bits = config.vms.iter().flat_map(|vm| [vm.event_bit, vm.power_bit]);
    assert!(bits.into_iter().all(|bit| bit != config.failure_bit));
}

#[test]
fn the_machine_s_end_is_asked_of_the_console_by_its_bits() {
    let image = Image::of(TWO);
    let (console, _) = image.task("console");
    let told: config::Console = image.config("console");
    let (manager, supervisor) = (
        image.config::<config::VmManager>("vm-manager").end,
        image.config::<config::Supervisor>("supervisor").end,
    );
    for (name, end) in [("vm-manager", manager), ("supervisor", supervisor)] {
        let (_, record) = image.task(name);
        for (slot, bit) in [(end.well, told.end_well_bit), (end.badly, told.end_badly_bit)] {
            let slot = image.slots(&record)[slot.unwrap().index()];
            assert_eq!((slot.target, slot.argument), (console, bit.into()));
        }
    }
}

#[test]
fn failure_policies_reach_the_supervisor_and_the_manager() {
    use config::FailurePolicy::{PauseVm, PowerOffVm, ResetDevice, StartAnew, StayDead};
    let text = TWO.replacen("cpu = 1\n", "cpu = 1\non_failure = \"pause-vm\"\n", 1).replacen(
        "\n[[vm]]\nname = \"blue\"",
        "\n[vm.server.vuart]\non_failure = \"reset-device\"\n\n[[vm]]\nname = \"blue\"",
        1,
    );
    let image = Image::of(&text);
    let manager: config::VmManager = image.config("vm-manager");
    let policies = image.config::<config::Supervisor>("supervisor").policies;
    let known = |name: &str| {
        let (task, _) = image.task(name);
        let of_manager = manager.vms.iter().flat_map(|vm| &vm.servers).find(|server| server.task.0 == task);
        (policies[usize::from(task)].on_failure, of_manager.map(|server| server.on_failure))
    };
    assert_eq!(known("red.vuart"), (ResetDevice, Some(ResetDevice)), "the server's own word comes first");
    assert_eq!(known("red.vpic"), (PauseVm, Some(PauseVm)), "then its VM's");
    assert_eq!(known("blue.vpic"), (PowerOffVm, Some(PowerOffVm)), "then the default");
    assert_eq!(known("vm-manager"), (StartAnew, None));
    assert_eq!(known("console"), (StayDead, None));
}
