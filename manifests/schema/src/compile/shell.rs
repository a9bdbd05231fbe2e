//! The shell's configuration: what it can be asked about, in numbers of its own slots.

use super::config::{bounded, machine_end, number, slot, vm_slot};
use crate::device;
use crate::system::{Capability, Definition, Mount, Role, System, Task};
use bulkhead_abi::id::{CpuId, Slot, TaskId, VmId};
use bulkhead_protocol::config::{HandledIrq, Shell, ShellVm};
use bulkhead_protocol::{Text, inspect, registry, stream, terminal};

/// The shell's configuration.
pub(super) fn config(system: &System, task: &Task, digest: &[u8; 32]) -> Result<Shell, &'static str> {
    let call = |role: &Role, interface| {
        let target = system.task_with(role);
        let slot = target.and_then(|target| task.call_slot(target, interface)).map(Slot);
        slot.ok_or("it cannot call a service")
    };
    let irqs = system.tasks.iter().enumerate().flat_map(|(index, task)| {
        task.slots.iter().filter_map(move |slot| match slot {
            Capability::Irq { isa, .. } => {
                Some(number(index).map(|task| HandledIrq { isa: *isa, task: TaskId(task) }))
            }
            _ => None,
        })
    });
    Ok(Shell {
        system: Text::from_prefix(&system.name),
        digest: *digest,
        tasks: number(system.tasks.len())?,
        vms: bounded(system.definitions.iter().map(|definition| shell_vm(system, task, definition)))?,
        irqs: bounded(irqs)?,
        stream: call(&Role::Console, stream::ID)?,
        terminal: call(&Role::Console, terminal::ID)?,
        registry: call(&Role::VmManager, registry::ID)?,
        inspect: slot(task, |slot| matches!(slot, Capability::Inspect))?,
        end: machine_end(system, task),
    })
}

fn shell_vm(system: &System, task: &Task, definition: &Definition) -> Result<ShellVm, &'static str> {
    let index = definition.vm;
    let vm = &system.vms[index];
    let devices = vm.servers.iter().filter_map(|(kind, server)| {
        let slot = task.call_slot(*server, inspect::ID).map(Slot)?;
        Some(Ok((Text::from_prefix(device::of_kind(*kind).name), slot)))
    });
    let reads = |mount: &Mount| matches!(mount, Mount::GuestMemory { vm, .. } if *vm == index);
    Ok(ShellVm {
        vm: VmId(number(index)?),
        name: Text::from_prefix(&definition.name.value),
        pool: vm.is_pool.then(|| Text::from_prefix(&vm.name.value)),
        slot: vm_slot(task, index)?,
        vcpus: bounded(vm.vcpus.iter().map(|cpu| Ok(CpuId(cpu.value))))?,
        memory: vm.memory.value,
        readable: task.mounts.iter().any(reads),
        devices: bounded(devices)?,
    })
}
