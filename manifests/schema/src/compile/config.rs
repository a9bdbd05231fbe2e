//! Each task's configuration: its place in the system, in numbers of its own slots.

use super::memory_map::memory_map;
use super::modules::Modules;
use super::shell;
use crate::device::{self, ECAM_LENGTH};
use crate::expand::{
    CONSOLE_END_BITS, CONSOLE_IRQ_BIT, CONSOLE_LOG_BIT, FAILURE_BIT, console_streams, event_bit, power_bit,
};
use crate::system::{Capability, Definition, Role, System, Task};
use bulkhead_abi::id::{CpuId, Slot, TaskId, VcpuId, VmId};
use bulkhead_abi::limits::MAX_DEFINITIONS;
use bulkhead_protocol::config::{
    BootProtocol, Console, ConsoleStream, InsnEmulator, Link, LoadPlan, Loader, MachineEnd, MmioTarget,
    Module, PortTarget, Probe, RestartPolicy, ServerKind, ServerPlan, Supervisor, Vioapic, VmManager, VmPlan,
    Vpci, Vpic, Vpower, Vrtc, Vtimer, Vuart, Window,
};
use bulkhead_protocol::platform::{
    ECAM, INTR_LINE, IO_APIC, IO_APIC_PINS, PM_TIMER, PM1A_CONTROL, PM1A_EVENT, RTC_LINE, SCI_LINE, SERIAL,
    TIMER_LINE,
};
use bulkhead_protocol::{Bytes, Text, bus, device as control, loader, stream, supervisor};
use serde::Serialize;

/// First port of the physical serial port.
const CONSOLE_UART: u16 = 0x3f8;
/// Unix time at which guests' clocks start when the machine's does not say what time it is: 2024-01-01.
const EPOCH: u64 = 1_704_067_200;
/// Bytes of the longest configuration.
const LONGEST: usize = 256 << 10;

type Encoded = Result<Vec<u8>, &'static str>;

/// The configuration of a task.
pub(super) fn encode(system: &System, index: usize, modules: &Modules, digest: &[u8; 32]) -> Encoded {
    let task = &system.tasks[index];
    match &task.role {
        Role::Supervisor => to_bytes(&supervisor_config(system, task)?),
        Role::VmManager => to_bytes(&vm_manager(system, task, modules)?),
        Role::Loader => to_bytes(&loader(system, task, modules)?),
        Role::Console => to_bytes(&console(system, task)?),
        Role::Shell => to_bytes(&shell::config(system, task, digest)?),
        Role::Link { vms } => to_bytes(&link(system, task, *vms)?),
        Role::Device { vm, kind } => device_server(system, task, *vm, *kind, modules),
        Role::Extra { script } => to_bytes(&probe(task, script)?),
    }
}

fn to_bytes<T: Serialize>(value: &T) -> Encoded {
    let mut buffer = vec![0; LONGEST];
    let length = bulkhead_protocol::encode(value, &mut buffer).ok_or("it is too long")?;
    buffer.truncate(length);
    Ok(buffer)
}

fn supervisor_config(system: &System, task: &Task) -> Result<Supervisor, &'static str> {
    let policies = system.tasks.iter().enumerate().map(|(index, task)| {
        Ok(RestartPolicy {
            task: TaskId(number(index)?),
            backoff_us: task.backoff_us,
            limit: task.restart_limit,
            period_ms: task.restart_period_ms,
            on_failure: task.on_failure,
        })
    });
    Ok(Supervisor {
        supervise: slot(task, |slot| matches!(slot, Capability::Supervise { .. }))?,
        platform: platform(task),
        end: machine_end(system, task),
        manager: notify_slot(task, system.task_with(&Role::VmManager), FAILURE_BIT),
        policies: bounded(policies)?,
    })
}

pub(super) fn machine_end(system: &System, task: &Task) -> MachineEnd {
    let console = system.task_with(&Role::Console);
    let (well, badly) = CONSOLE_END_BITS;
    MachineEnd { well: notify_slot(task, console, well), badly: notify_slot(task, console, badly) }
}

pub(super) fn notify_slot(task: &Task, wanted: Option<usize>, wanted_bit: u8) -> Option<Slot> {
    let is = |slot: &Capability| match slot {
        Capability::Notify { target, bit } => Some(*target) == wanted && *bit == u32::from(wanted_bit),
        _ => false,
    };
    task.slot(is).map(Slot)
}

fn console(system: &System, task: &Task) -> Result<Console, &'static str> {
    let streams = console_streams(system).map(|(vm, vuart)| {
        let server = notify_slot(task, Some(vuart), 0).ok_or("it lacks a slot that it needs")?;
        Ok(ConsoleStream { name: Text::from_prefix(&system.vms[vm].name.value), server })
    });
    let shell = system.task_with(&Role::Shell);
    Ok(Console {
        uart: CONSOLE_UART,
        irq: slot(task, |slot| matches!(slot, Capability::Irq { .. }))?,
        irq_bit: CONSOLE_IRQ_BIT,
        log_bit: CONSOLE_LOG_BIT,
        log: slot(task, |slot| matches!(slot, Capability::Log { .. }))?,
        end_well_bit: CONSOLE_END_BITS.0,
        end_badly_bit: CONSOLE_END_BITS.1,
        platform: platform(task),
        streams: bounded(streams)?,
        shell: shell.and_then(|shell| notify_slot(task, Some(shell), 0)),
    })
}

fn link(system: &System, task: &Task, vms: [usize; 2]) -> Result<Link, &'static str> {
    let end = |vm: usize| {
        let uart = system.vms[vm].server(ServerKind::Vuart2);
        notify_slot(task, uart, 0).ok_or("it lacks a slot that it needs")
    };
    Ok(Link { ends: [end(vms[0])?, end(vms[1])?] })
}

fn loader(system: &System, task: &Task, modules: &Modules) -> Result<Loader, &'static str> {
    let plans = system.start_order().into_iter().map(|index| {
        let definition = &system.definitions[index];
        let vm = &system.vms[definition.vm];
        let images = images(definition, modules)?;
        Ok(LoadPlan {
            vm: VmId(number(definition.vm)?),
            vm_slot: vm_slot(task, definition.vm)?,
            memory: vm.memory.value,
            rom: modules.rom(system, definition.vm),
            protocol: definition.boot.protocol,
            kernel: images.kernel,
            ramdisk: images.ramdisk,
            acpi: images.acpi,
            e820: memory_map(vm.memory.value),
            command_line: Text::from_prefix(definition.command_line()),
        })
    });
    Ok(Loader { plans: bounded(plans)? })
}

fn vm_manager(system: &System, task: &Task, modules: &Modules) -> Result<VmManager, &'static str> {
    let vms = system.start_order().into_iter().map(|index| vm_plan(system, task, index, modules));
    let target = system.task_with(&Role::Loader).ok_or("there is no loader")?;
    let supervisor = system.task_with(&Role::Supervisor).ok_or("there is no supervisor")?;
    let supervisor = task.call_slot(supervisor, supervisor::ID).map(Slot);
    Ok(VmManager {
        vms: bounded(vms)?,
        loader: task.call_slot(target, loader::ID).map(Slot).ok_or("it cannot call the loader")?,
        platform: platform(task),
        end: machine_end(system, task),
        supervisor: supervisor.ok_or("it cannot call the supervisor")?,
        failure_bit: FAILURE_BIT,
    })
}

/// Places in the manager's list of the VMs that come before this one.
fn after(system: &System, index: usize) -> Result<heapless::Vec<u8, MAX_DEFINITIONS>, &'static str> {
    let order = system.start_order();
    let places = system.definitions[index].after.iter().map(|name| {
        let place = order.iter().position(|other| system.definitions[*other].name.value == name.value);
        place.and_then(|place| u8::try_from(place).ok()).ok_or("a VM that it starts after is not there")
    });
    bounded(places)
}

fn vm_plan(system: &System, task: &Task, index: usize, modules: &Modules) -> Result<VmPlan, &'static str> {
    let definition = &system.definitions[index];
    let place = definition.vm;
    let vm = &system.vms[place];
    let images = images(definition, modules)?;
    let first_vcpu: usize = system.vms[..place].iter().map(|earlier| earlier.vcpus.len()).sum();
    let vcpus = vm
        .vcpus
        .iter()
        .enumerate()
        .map(|(local, cpu)| Ok((VcpuId(number(first_vcpu + local)?), CpuId(cpu.value))));
    let servers = vm.servers.iter().map(|(kind, server)| {
        let device = device::of_kind(*kind);
        Ok(ServerPlan {
            kind: *kind,
            task: TaskId(number(*server)?),
            slot: task.call_slot(*server, control::ID).map(Slot).ok_or("it cannot call a device server")?,
            ports: device.port_ranges().collect(),
            windows: device.mmio_windows().collect(),
            on_failure: system.tasks[*server].on_failure,
        })
    });
    Ok(VmPlan {
        vm: VmId(number(place)?),
        name: Text::from_prefix(&definition.name.value),
        kind: definition.kind,
        severity: definition.severity,
        after: after(system, index)?,
        slot: vm_slot(task, place)?,
        event_bit: event_bit(place),
        power_bit: power_bit(place),
        memory: vm.memory.value,
        vcpus: bounded(vcpus)?,
        servers: bounded(servers)?,
        e820: memory_map(vm.memory.value),
        protocol: definition.boot.protocol,
        kernel: images.kernel,
        ramdisk: images.ramdisk,
        acpi: images.acpi,
        command_line: Text::from_prefix(definition.command_line()),
        on_power_off: definition.on_power_off,
        on_reset: definition.on_reset,
        watchdog: definition.watchdog,
        host_clock: vm.epoch.is_none(),
        shutdown_ms: definition.shutdown_deadline_us.div_ceil(1000).max(1),
    })
}

struct Images {
    kernel: Module,
    ramdisk: Option<Module>,
    acpi: Option<Module>,
}

fn images(definition: &Definition, modules: &Modules) -> Result<Images, &'static str> {
    let boot = &definition.boot;
    let ramdisk =
        boot.ramdisk.as_ref().map(|name| modules.image(&name.value).ok_or("its RAM disk is not there"));
    // A flat image starts in real mode and has no use for tables; firmware makes its own.
    let takes_acpi = !matches!(boot.protocol, BootProtocol::Flat { .. } | BootProtocol::Firmware);
    Ok(Images {
        kernel: modules.image(&boot.kernel.value).ok_or("its kernel is not there")?,
        ramdisk: ramdisk.transpose()?,
        acpi: modules.acpi(definition.vm).filter(|_| takes_acpi),
    })
}

fn device_server(system: &System, task: &Task, vm: usize, kind: ServerKind, modules: &Modules) -> Encoded {
    match kind {
        ServerKind::Vuart => {
            let console = system.task_with(&Role::Console);
            let console = console.and_then(|console| task.call_slot(console, stream::ID)).map(Slot);
            to_bytes(&Vuart { base: SERIAL[0].0, line: SERIAL[0].1, stream: console })
        }
        ServerKind::Vuart2 => {
            let stream = slot(task, |slot| matches!(slot, Capability::Call(_)))?;
            to_bytes(&Vuart { base: SERIAL[1].0, line: SERIAL[1].1, stream: Some(stream) })
        }
        ServerKind::Vpci => to_bytes(&Vpci { ecam: Window { base: ECAM, length: ECAM_LENGTH } }),
        ServerKind::Vioapic => to_bytes(&Vioapic { base: IO_APIC, pins: IO_APIC_PINS }),
        ServerKind::Vpic => to_bytes(&Vpic { output_line: INTR_LINE }),
        ServerKind::Vtimer => to_bytes(&Vtimer { line: TIMER_LINE, pm_timer: PM_TIMER }),
        ServerKind::Vrtc => {
            let memory = system.vms[vm].memory.value;
            to_bytes(&Vrtc { line: RTC_LINE, epoch: system.vms[vm].epoch.unwrap_or(EPOCH), memory })
        }
        ServerKind::Vpower => to_bytes(&Vpower {
            pm1_event: PM1A_EVENT,
            pm1_control: PM1A_CONTROL,
            sci_line: SCI_LINE,
            manager: slot(task, |slot| matches!(slot, Capability::Notify { .. }))?,
        }),
        ServerKind::InsnEmulator => to_bytes(&insn_emulator(system, task, vm, modules)?),
    }
}

fn insn_emulator(
    system: &System,
    task: &Task,
    vm: usize,
    modules: &Modules,
) -> Result<InsnEmulator, &'static str> {
    let guest = &system.vms[vm];
    let mut windows = Vec::new();
    let mut ports = Vec::new();
    for (kind, server) in &guest.servers {
        let Some(server) = task.call_slot(*server, bus::ID).map(Slot) else { continue };
        let device = device::of_kind(*kind);
        windows.extend(device.mmio_windows().map(|window| Ok(MmioTarget { window, server })));
        ports.extend(device.port_ranges().map(|ports| Ok(PortTarget { ports, server })));
    }
    Ok(InsnEmulator {
        vm: VmId(number(vm)?),
        vm_slot: vm_slot(task, vm)?,
        memory: guest.memory.value,
        rom: modules.rom(system, vm),
        windows: bounded(windows.into_iter())?,
        ports: bounded(ports.into_iter())?,
    })
}

fn probe(task: &Task, script: &str) -> Result<Probe, &'static str> {
    let slots_of = |is: fn(&Capability) -> bool| {
        let slots = task.slots.iter().enumerate().filter(move |(_, slot)| is(slot));
        bounded(slots.map(|(index, _)| Ok(Slot(number(index)?))))
    };
    Ok(Probe {
        script: Bytes::from_prefix(script.as_bytes()),
        slots: slots_of(|slot| matches!(slot, Capability::Call(_)))?,
        notifies: slots_of(|slot| matches!(slot, Capability::Notify { .. }))?,
        supervise: task.slot(|slot| matches!(slot, Capability::Supervise { .. })).map(Slot),
        platform: platform(task),
    })
}

pub(super) fn slot(task: &Task, is: impl Fn(&Capability) -> bool) -> Result<Slot, &'static str> {
    task.slot(is).map(Slot).ok_or("it lacks a slot that it needs")
}

pub(super) fn vm_slot(task: &Task, index: usize) -> Result<Slot, &'static str> {
    slot(task, |slot| matches!(slot, Capability::Vm { vm, .. } if *vm == index))
}

fn platform(task: &Task) -> Option<Slot> {
    task.slot(|slot| matches!(slot, Capability::Platform)).map(Slot)
}

pub(super) fn number(index: usize) -> Result<u16, &'static str> {
    u16::try_from(index).map_err(|_| "an identifier is out of range")
}

/// Collects into a vector of fixed size.
pub(super) fn bounded<T, const N: usize>(
    items: impl Iterator<Item = Result<T, &'static str>>,
) -> Result<heapless::Vec<T, N>, &'static str> {
    let mut bounded = heapless::Vec::new();
    for item in items {
        bounded.push(item?).map_err(|_| "a list is too long")?;
    }
    Ok(bounded)
}
