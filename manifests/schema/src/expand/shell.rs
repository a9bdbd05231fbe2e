//! The shell: it may look at everything, touches VMs through their manager only, and reads guests' memory if the
//! manifest says so.

use super::{Expansion, defaults};
use crate::system::{self, Call, Capability, Mount, System};
use bulkhead_abi::vm::VmRights;
use bulkhead_protocol::config::ServerKind;
use bulkhead_protocol::registry::Role;
use bulkhead_protocol::{inspect, registry, stream, terminal};

/// The serial ports that the console carries, as VM and task, in the order of their streams.
pub(crate) fn console_streams(system: &System) -> impl Iterator<Item = (usize, usize)> + '_ {
    let vms = system.vms.iter().enumerate().filter(|(_, vm)| vm.console);
    vms.filter_map(|(index, vm)| vm.server(ServerKind::Vuart).map(|vuart| (index, vuart)))
}

impl Expansion<'_> {
    /// Where there are VMs, unless the manifest leaves it out.
    pub(super) fn has_shell(&self) -> bool {
        !self.manifest.vms.is_empty() && self.manifest.shell.enabled.unwrap_or(true)
    }

    pub(super) fn connect_shell(&mut self) {
        let Some(shell) = self.system.task_with(&system::Role::Shell) else { return };
        let mut slots = vec![Capability::Inspect];
        slots.extend(self.machine_end());
        if let Some(target) = self.system.task_with(&system::Role::Console) {
            let deadline_us = self.service_deadline("console", defaults::DEADLINE_US);
            // Its stream is behind those of the guests.
            let badge = u16::try_from(console_streams(&self.system).count()).unwrap_or(u16::MAX);
            slots.extend(
                [stream::ID, terminal::ID]
                    .map(|interface| Capability::Call(Call { target, interface, badge, deadline_us })),
            );
        }
        if let Some(target) = self.system.task_with(&system::Role::VmManager) {
            let deadline_us = self.service_deadline("vm-manager", defaults::REGISTRY_DEADLINE_US);
            let badge = Role::Operator.badge();
            slots.push(Capability::Call(Call { target, interface: registry::ID, badge, deadline_us }));
        }
        for (index, vm) in self.system.vms.iter().enumerate() {
            slots.push(Capability::Vm { vm: index, rights: VmRights::INSPECT.bits() });
            for (kind, target) in &vm.servers {
                if *kind != ServerKind::InsnEmulator {
                    let deadline_us = self.server_deadline(index, *kind, defaults::ACCESS_DEADLINE_US);
                    let call = Call { target: *target, interface: inspect::ID, badge: 0, deadline_us };
                    slots.push(Capability::Call(call));
                }
            }
        }
        let reads = self.manifest.shell.inspect.unwrap_or(false);
        let vms = (0..self.system.vms.len()).filter(|_| reads);
        let mounts = vms.map(|vm| Mount::GuestMemory { vm, writable: false }).collect();
        let task = &mut self.system.tasks[shell];
        (task.slots, task.mounts) = (slots, mounts);
    }
}
