//! Capabilities in words.

use super::{duration, size};
use crate::interface;
use crate::system::{Capability, Mount, System, Task};
use bulkhead_abi::image::{TASK_HEARS_EOI, TASK_HEARS_LINES};
use bulkhead_abi::vm::VmRights;

/// What a slot lets its owner do.
pub(super) fn slot(system: &System, slot: &Capability) -> String {
    let task = |target: &usize| system.tasks[*target].name.as_str();
    match slot {
        Capability::Call(call) => format!(
            "calls {} ({}) and waits for {} at the most",
            task(&call.target),
            interface::name_of(call.interface),
            duration(call.deadline_us.into())
        ),
        Capability::Notify { target, bit } => format!("notifies {} (bit {bit})", task(target)),
        Capability::Irq { isa, .. } => format!("handles the machine's interrupt {isa}"),
        Capability::Vm { vm, rights } => {
            format!("{} of VM {}", vm_rights(*rights), system.vms[*vm].name.value)
        }
        Capability::Supervise { .. } => "sees all tasks and restarts those that have faulted".into(),
        Capability::Log { .. } => "reads the log".into(),
        Capability::Platform => "powers the machine off".into(),
        Capability::Inspect => "sees the status of all tasks".into(),
    }
}

fn vm_rights(rights: u32) -> String {
    let rights = VmRights::from_bits_truncate(rights);
    let words = [
        (VmRights::MANAGE, "moves the life"),
        (VmRights::INJECT, "interrupts the vCPUs"),
        (VmRights::REGISTERS, "reads and writes the registers"),
        (VmRights::INSPECT, "reads the registers"),
    ];
    let held: Vec<_> =
        words.iter().filter(|(right, _)| rights.contains(*right)).map(|(_, word)| *word).collect();
    held.join(", ")
}

/// Memory, ports and interrupt lines.
pub(super) fn beside_slots(system: &System, task: &Task) -> Vec<String> {
    let mut rights = Vec::new();
    rights.extend(task.mounts.iter().map(|mount| match mount {
        Mount::GuestMemory { vm, writable } => {
            let vm = &system.vms[*vm];
            let what = if *writable { "sees and changes" } else { "sees" };
            format!("{what} the {} of RAM of VM {}", size(vm.memory.value), vm.name.value)
        }
        Mount::Modules => "sees the guests' images".into(),
    }));
    rights.extend(task.ports.iter().map(|range| {
        let (first, last) = range.value;
        format!("uses the machine's ports {}", ports(first, last))
    }));
    if let Some(vm) = task.vm {
        let vm = &system.vms[vm].name.value;
        let lines: Vec<_> = lines(task.lines).iter().map(u32::to_string).collect();
        if !lines.is_empty() {
            let plural = if lines.len() == 1 { "" } else { "s" };
            rights.push(format!("drives interrupt line{plural} {} of VM {vm}", lines.join(", ")));
        }
        if task.flags & TASK_HEARS_LINES != 0 {
            rights.push(format!("hears of all changes of lines of VM {vm}"));
        }
        if task.flags & TASK_HEARS_EOI != 0 {
            rights.push(format!("hears of ends of interrupts of VM {vm}"));
        }
    }
    rights
}

/// Who may call a task, and by which interface.
pub(super) fn callers(system: &System, server: usize) -> Vec<String> {
    let mut callers = Vec::new();
    for task in &system.tasks {
        for slot in &task.slots {
            if let Capability::Call(call) = slot
                && call.target == server
            {
                callers.push(format!("{} ({})", task.name, interface::name_of(call.interface)));
            }
        }
    }
    for vm in &system.vms {
        if vm.servers.iter().any(|(_, task)| *task == server) {
            callers.push(format!("vCPUs of {} (exits)", vm.name.value));
        }
    }
    callers
}

/// The lines in a mask.
pub(super) fn lines(mask: u64) -> Vec<u32> {
    (0..u64::BITS).filter(|line| mask >> line & 1 != 0).collect()
}

/// `0x3f8-0x3ff`, or one port.
pub(super) fn ports(first: u16, last: u16) -> String {
    if first == last { format!("{first:#x}") } else { format!("{first:#x}-{last:#x}") }
}
