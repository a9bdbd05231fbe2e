//! One instance of each device server for each VM, and its instruction emulator.

use super::{Expansion, NewTask, defaults};
use crate::device::{self, COM2_UART, DEVICES, Device, EMULATOR};
use crate::manifest::{Placement, Spanned, Vm};
use crate::parse::did_you_mean;
use crate::problem::Problem;
use crate::rule::names::ABSENT_SERVER;
use crate::system::{Call, Capability, GuestVm, Mount, Role};
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
        for (index, vm) in self.manifest.vms.iter().enumerate() {
            let mut devices = Self::chosen_devices(vm);
            if self.is_linked(vm.name.value.as_str()) {
                devices.push(&COM2_UART);
            }
            devices.push(&EMULATOR);
            self.refuse_settings_of_absent_servers(vm, &devices);
            let servers =
                devices.iter().map(|device| (device.kind, self.add_server(index, vm, device))).collect();
            self.system.vms.push(guest(vm, servers));
        }
    }

    /// The devices that the VM asks for, in the platform's order.
    fn chosen_devices(vm: &Vm) -> Vec<&'static Device> {
        let Some(names) = &vm.devices else { return DEVICES.iter().collect() };
        DEVICES.iter().filter(|device| names.iter().any(|name| name.value == device.name)).collect()
    }

    fn refuse_settings_of_absent_servers(&mut self, vm: &Vm, devices: &[&'static Device]) {
        for (name, _) in &vm.servers {
            if devices.iter().all(|device| device.name != name.value) {
                self.problems.push(Problem::new(
                    &ABSENT_SERVER,
                    name.span,
                    format!("VM `{}` has no device server `{}`", vm.name.value, name.value),
                    "unknown server",
                    did_you_mean(&name.value, devices.iter().map(|device| device.name)),
                ));
            }
        }
    }

    fn add_server(&mut self, index: usize, vm: &Vm, device: &Device) -> usize {
        let none = Placement::default();
        let placed = vm.servers.iter().find(|(name, _)| name.value == device.name);
        let (origin, placement) =
            placed.map_or((vm.name.span, &none), |(name, placement)| (name.span, placement));
        let role = Role::Device { vm: index, kind: device.kind };
        let name = format!("{}.{}", vm.name.value, device.name);
        let defaults = defaults::server(device.kind);
        let cpu = vm.servers_cpu.as_ref();
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
        let placed = self
            .manifest
            .vms
            .get(vm)
            .and_then(|vm| vm.servers.iter().find(|(name, _)| name.value == device::of_kind(kind).name));
        placed
            .and_then(|(_, placement)| placement.deadline.as_ref())
            .map_or(default, |deadline| deadline.value)
    }
}

fn guest(vm: &Vm, servers: Vec<(ServerKind, usize)>) -> GuestVm {
    let span = vm.name.span;
    let budget_us = vm.placement.budget.clone().unwrap_or_else(|| Spanned::with_span(0, span));
    let default_period = if budget_us.value == 0 { 0 } else { defaults::PERIOD_US };
    GuestVm {
        name: vm.name.clone(),
        kind: vm.kind,
        severity: vm.severity,
        after: vm.after.clone(),
        memory: vm.memory.clone(),
        vcpus: vm.vcpus.clone(),
        priority: vm
            .placement
            .priority
            .clone()
            .unwrap_or_else(|| Spanned::with_span(defaults::VCPU_PRIORITY, span)),
        budget_us,
        period_us: vm.placement.period.clone().unwrap_or_else(|| Spanned::with_span(default_period, span)),
        boot: vm.boot.clone(),
        servers,
        console: vm.console.as_ref().is_none_or(|console| console.value),
        on_power_off: vm.on_power_off,
        on_reset: vm.on_reset,
        watchdog: vm.watchdog,
        epoch: vm.epoch.as_ref().map(|epoch| epoch.value),
        shutdown_deadline_us: vm
            .shutdown_deadline_us
            .as_ref()
            .map_or(defaults::SHUTDOWN_US, |time| time.value),
    }
}
