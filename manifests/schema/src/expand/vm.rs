//! One instance of each device server for each VM, and its instruction emulator.

use super::{Expansion, NewTask, defaults};
use crate::device::{self, COM2_UART, DEVICES, Device, EMULATOR};
use crate::manifest::{Machine, NamedMachine, Placement, Spanned, Vm};
use crate::parse::did_you_mean;
use crate::problem::Problem;
use crate::rule::names::ABSENT_SERVER;
use crate::system::{Call, Capability, Definition, GuestVm, Mount, Role};
use bulkhead_abi::vm::VmRights;
use bulkhead_protocol::config::ServerKind;
use bulkhead_protocol::{bus, device as control, inspect, stream};

/// Bit of the VM manager's notification word for events of this VM from the core.
pub(crate) fn event_bit(vm: usize) -> u8 {
    u8::try_from(2 * vm).unwrap_or(u8::MAX)
}

/// Bit of the VM manager's notification word for the power device of this VM.
pub(crate) fn power_bit(vm: usize) -> u8 {
    event_bit(vm).saturating_add(1)
}

impl Expansion<'_> {
    pub(super) fn add_vms(&mut self) {
        let manifest = self.manifest;
        for (index, named) in manifest.machines().enumerate() {
            let mut devices = Self::chosen_devices(named.machine);
            if self.is_linked(&named.name.value) {
                devices.push(&COM2_UART);
            }
            devices.push(&EMULATOR);
            self.refuse_settings_of_absent_servers(named, &devices);
            let servers =
                devices.iter().map(|device| (device.kind, self.add_server(index, named, device))).collect();
            self.system.vms.push(guest(named, servers));
        }
        // A VM whose pool is not there is nothing: the checker says so.
        let placed =
            manifest.vms.iter().filter_map(|vm| manifest.place(vm).map(|place| definition(vm, place)));
        self.system.definitions = placed.collect();
    }

    /// The devices that the manifest asks for, in the platform's order.
    fn chosen_devices(machine: &Machine) -> Vec<&'static Device> {
        let Some(names) = &machine.devices else { return DEVICES.iter().collect() };
        DEVICES.iter().filter(|device| names.iter().any(|name| name.value == device.name)).collect()
    }

    fn refuse_settings_of_absent_servers(&mut self, named: NamedMachine<'_>, devices: &[&'static Device]) {
        let what = if named.is_pool { "pool" } else { "VM" };
        for (name, _) in &named.machine.servers {
            if devices.iter().all(|device| device.name != name.value) {
                self.problems.push(Problem::new(
                    &ABSENT_SERVER,
                    name.span,
                    format!("{what} `{}` has no device server `{}`", named.name.value, name.value),
                    "unknown server",
                    did_you_mean(&name.value, devices.iter().map(|device| device.name)),
                ));
            }
        }
    }

    fn add_server(&mut self, index: usize, named: NamedMachine<'_>, device: &Device) -> usize {
        let none = Placement::default();
        let placed = named.machine.servers.iter().find(|(name, _)| name.value == device.name);
        let (origin, placement) =
            placed.map_or((named.name.span, &none), |(name, placement)| (name.span, placement));
        let role = Role::Device { vm: index, kind: device.kind };
        let name = format!("{}.{}", named.name.value, device.name);
        let defaults = defaults::server(device.kind);
        let cpu = named.machine.servers_cpu.as_ref();
        let binary = device.binary();
        let task = self.add_task(NewTask { name, binary, role, origin, placement, defaults: &defaults, cpu });
        let record = &mut self.system.tasks[task];
        record.vm = Some(index);
        record.lines = device.lines;
        record.flags = device.flags;
        record.serves = if device.kind == ServerKind::InsnEmulator {
            vec![control::ID]
        } else {
            vec![control::ID, bus::ID, inspect::ID]
        };
        task
    }

    pub(super) fn connect_vms(&mut self) {
        let mut stream_number = 0;
        for index in 0..self.system.vms.len() {
            for (kind, task) in self.system.vms[index].servers.clone() {
                let slots = match kind {
                    ServerKind::Vuart => self.vuart_slots(index, &mut stream_number),
                    ServerKind::Vpower => self.vpower_slots(index),
                    ServerKind::InsnEmulator => self.emulator_slots(index),
                    _ => Vec::new(),
                };
                self.system.tasks[task].slots = slots;
                if kind == ServerKind::InsnEmulator {
                    self.system.tasks[task].mounts = vec![Mount::GuestMemory { vm: index, writable: true }];
                }
            }
        }
    }

    /// The console, as its next stream.
    fn vuart_slots(&self, vm: usize, stream_number: &mut u16) -> Vec<Capability> {
        let console = self.system.task_with(&Role::Console).filter(|_| self.system.vms[vm].console);
        let Some(target) = console else { return Vec::new() };
        let deadline_us = self.service_deadline("console", defaults::DEADLINE_US);
        let call = Call { target, interface: stream::ID, badge: *stream_number, deadline_us };
        *stream_number += 1;
        vec![Capability::Call(call)]
    }

    fn vpower_slots(&self, vm: usize) -> Vec<Capability> {
        let manager = self.system.task_with(&Role::VmManager);
        manager.map(|target| Capability::Notify { target, bit: power_bit(vm).into() }).into_iter().collect()
    }

    fn emulator_slots(&self, vm: usize) -> Vec<Capability> {
        let mut slots = vec![Capability::Vm { vm, rights: VmRights::REGISTERS.bits() }];
        for (kind, target) in &self.system.vms[vm].servers {
            let device = device::of_kind(*kind);
            if !device.ports.is_empty() || !device.windows.is_empty() {
                let deadline_us = self.server_deadline(vm, *kind, defaults::ACCESS_DEADLINE_US);
                let call = Call { target: *target, interface: bus::ID, badge: 0, deadline_us };
                slots.push(Capability::Call(call));
            }
        }
        slots
    }

    /// The deadline that the manifest gives for calls to a device server, or its default.
    pub(super) fn server_deadline(&self, vm: usize, kind: ServerKind, default: u32) -> u32 {
        let placed = self.manifest.machine(vm).and_then(|machine| {
            machine.servers.iter().find(|(name, _)| name.value == device::of_kind(kind).name)
        });
        placed
            .and_then(|(_, placement)| placement.deadline.as_ref())
            .map_or(default, |deadline| deadline.value)
    }
}

fn guest(named: NamedMachine<'_>, servers: Vec<(ServerKind, usize)>) -> GuestVm {
    let NamedMachine { name, machine, is_pool, .. } = named;
    let placement = &machine.placement;
    let at = |value| Spanned::with_span(value, name.span);
    let budget_us = placement.budget.clone().unwrap_or_else(|| at(0));
    let default_period = if budget_us.value == 0 { 0 } else { defaults::PERIOD_US };
    let default_priority = || Spanned::with_span(defaults::VCPU_PRIORITY, name.span);
    GuestVm {
        name: name.clone(),
        is_pool,
        memory: machine.memory.clone(),
        vcpus: machine.vcpus.clone(),
        priority: placement.priority.clone().unwrap_or_else(default_priority),
        budget_us,
        period_us: placement.period.clone().unwrap_or_else(|| at(default_period)),
        servers,
        console: machine.console.as_ref().is_none_or(|console| console.value),
        epoch: machine.epoch.as_ref().map(|epoch| epoch.value),
    }
}

fn definition(vm: &Vm, place: usize) -> Definition {
    let shutdown = vm.shutdown_deadline_us.as_ref();
    Definition {
        name: vm.name.clone(),
        vm: place,
        kind: vm.kind,
        severity: vm.severity,
        after: vm.after.clone(),
        boot: vm.boot.clone(),
        on_power_off: vm.on_power_off,
        on_reset: vm.on_reset,
        watchdog: vm.watchdog,
        shutdown_deadline_us: shutdown.map_or(defaults::SHUTDOWN_US, |time| time.value),
    }
}
