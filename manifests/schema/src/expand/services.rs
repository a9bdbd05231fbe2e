//! The services that every system has, or every system with VMs.

use super::{Expansion, NewTask, console_streams, defaults};
use crate::manifest::{Placement, Spanned};
use crate::parse::did_you_mean;
use crate::problem::Problem;
use crate::rule::names::UNKNOWN_SERVICE;
use crate::source::Span;
use crate::system::{Call, Capability, Mount, Role};
use bulkhead_abi::vm::VmRights;
use bulkhead_protocol::config::ServerKind;
use bulkhead_protocol::{device, loader, registry, stream, supervisor, terminal};

/// First and last port of the physical serial port.
const UART_PORTS: (u16, u16) = (0x3f8, 0x3ff);
/// The machine's real-time clock.
const CMOS_PORTS: (u16, u16) = (0x70, 0x71);
/// Its ISA interrupt.
const UART_IRQ: u16 = 4;
/// Bits of the console's notification word.
pub(crate) const CONSOLE_IRQ_BIT: u8 = 0;
/// New text in the log.
pub(crate) const CONSOLE_LOG_BIT: u8 = 1;
/// End the machine: all was well, and it was not.
pub(crate) const CONSOLE_END_BITS: (u8, u8) = (2, 3);
/// Bit of the supervisor's notification word: a task has faulted.
const FAULT_BIT: u32 = 0;
/// Bit of the VM manager's notification word: a device server stays dead. Behind the bits of all VMs.
pub(crate) const FAILURE_BIT: u8 = 32;

impl Expansion<'_> {
    /// Supervisor and console always; VM manager, loader and shell where there are VMs.
    pub(super) fn add_services(&mut self) {
        let services = [
            ("supervisor", Role::Supervisor, &defaults::SUPERVISOR, true),
            ("console", Role::Console, &defaults::CONSOLE, true),
            ("loader", Role::Loader, &defaults::LOADER, !self.manifest.vms.is_empty()),
            ("vm-manager", Role::VmManager, &defaults::VM_MANAGER, !self.manifest.vms.is_empty()),
            ("shell", Role::Shell, &defaults::SHELL, self.has_shell()),
        ];
        for (name, role, defaults, needed) in services.clone() {
            if needed {
                let none = Placement::default();
                let placed = self.manifest.services.iter().find(|(known, _)| known.value == name);
                let (origin, placement) =
                    placed.map_or((Span::default(), &none), |(name, placement)| (name.span, placement));
                let name_text = name.into();
                self.add_task(NewTask {
                    name: name_text,
                    binary: name,
                    role,
                    origin,
                    placement,
                    defaults,
                    cpu: None,
                });
            }
        }
        // A shell that is left out is left out by its own table.
        let may_be_set =
            |needed: bool, role: &Role| needed || (*role == Role::Shell && !self.manifest.vms.is_empty());
        let present = services.iter().filter(|(_, role, _, needed)| may_be_set(*needed, role));
        let present = present.map(|(known, ..)| *known);
        for (name, _) in &self.manifest.services {
            if present.clone().all(|known| known != name.value) {
                self.problems.push(Problem::new(
                    &UNKNOWN_SERVICE,
                    name.span,
                    format!("there is no service `{}`", name.value),
                    "unknown service",
                    did_you_mean(&name.value, present.clone()),
                ));
            }
        }
    }

    pub(super) fn connect_services(&mut self) {
        self.connect_supervisor();
        self.connect_console();
        self.connect_loader();
        self.connect_vm_manager();
        self.connect_shell();
    }

    fn connect_supervisor(&mut self) {
        let Some(supervisor) = self.system.task_with(&Role::Supervisor) else { return };
        let mut slots = vec![Capability::Supervise { bit: FAULT_BIT }, Capability::Platform];
        slots.extend(self.machine_end());
        let manager = self.system.task_with(&Role::VmManager);
        slots.extend(manager.map(|target| Capability::Notify { target, bit: FAILURE_BIT.into() }));
        let task = &mut self.system.tasks[supervisor];
        task.slots = slots;
        task.serves = vec![supervisor::ID];
    }

    /// The two ways to ask the console to end the machine.
    pub(super) fn machine_end(&self) -> Vec<Capability> {
        let Some(target) = self.system.task_with(&Role::Console) else { return Vec::new() };
        let bits = [CONSOLE_END_BITS.0, CONSOLE_END_BITS.1];
        bits.map(|bit| Capability::Notify { target, bit: bit.into() }).into()
    }

    fn connect_console(&mut self) {
        let Some(console) = self.system.task_with(&Role::Console) else { return };
        let mut slots = vec![
            Capability::Irq { isa: UART_IRQ, bit: CONSOLE_IRQ_BIT.into() },
            Capability::Log { bit: CONSOLE_LOG_BIT.into() },
            Capability::Platform,
        ];
        let writers = console_streams(&self.system).map(|(_, vuart)| vuart);
        let writers = writers.chain(self.system.task_with(&Role::Shell));
        slots.extend(writers.map(|target| Capability::Notify { target, bit: 0 }));
        let task = &mut self.system.tasks[console];
        task.slots = slots;
        task.serves = vec![stream::ID, terminal::ID];
        task.ports = vec![Spanned::with_span(UART_PORTS, task.origin)];
    }

    fn connect_loader(&mut self) {
        let Some(loader) = self.system.task_with(&Role::Loader) else { return };
        let vms = 0..self.system.vms.len();
        let task = &mut self.system.tasks[loader];
        task.slots =
            vms.clone().map(|vm| Capability::Vm { vm, rights: VmRights::REGISTERS.bits() }).collect();
        task.serves = vec![loader::ID];
        task.mounts = vec![Mount::Modules];
        task.mounts.extend(vms.map(|vm| Mount::GuestMemory { vm, writable: true }));
    }

    fn connect_vm_manager(&mut self) {
        let Some(manager) = self.system.task_with(&Role::VmManager) else { return };
        let Some(target) = self.system.task_with(&Role::Loader) else { return };
        let deadline_us = self.service_deadline("loader", defaults::LOADER_DEADLINE_US);
        let mut slots = vec![
            Capability::Call(Call { target, interface: loader::ID, badge: 0, deadline_us }),
            Capability::Platform,
        ];
        slots.extend(self.machine_end());
        slots.extend(self.system.task_with(&Role::Supervisor).map(|target| {
            let deadline_us = defaults::CONTROL_DEADLINE_US;
            Capability::Call(Call { target, interface: supervisor::ID, badge: 0, deadline_us })
        }));
        let rights = (VmRights::MANAGE | VmRights::REGISTERS).bits();
        for (index, vm) in self.system.vms.iter().enumerate() {
            slots.push(Capability::Vm { vm: index, rights });
            for (kind, target) in &vm.servers {
                let deadline_us = self.server_deadline(index, *kind, defaults::CONTROL_DEADLINE_US);
                slots.push(Capability::Call(Call {
                    target: *target,
                    interface: device::ID,
                    badge: 0,
                    deadline_us,
                }));
            }
        }
        let reads_clock = self
            .system
            .vms
            .iter()
            .any(|vm| vm.epoch.is_none() && vm.servers.iter().any(|(kind, _)| *kind == ServerKind::Vrtc));
        let task = &mut self.system.tasks[manager];
        task.slots = slots;
        task.serves = vec![registry::ID];
        if reads_clock {
            task.ports = vec![Spanned::with_span(CMOS_PORTS, task.origin)];
        }
    }
}
