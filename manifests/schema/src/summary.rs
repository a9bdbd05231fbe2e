//! A system in words: what was built, for people.

use crate::interface;
use crate::system::{Capability, Definition, System, Task};
use bulkhead_abi::image::InjectRecord;
use bulkhead_abi::inject::InjectKind;
use bulkhead_abi::vm::VmRights;
use std::fmt::Write as _;

/// Name and kernel.
fn kernel(definition: &Definition) -> (&str, &str) {
    (&definition.name.value, &definition.boot.kernel.value)
}

/// VMs, tasks, and who may call whom.
#[must_use]
pub fn summary(system: &System) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "system {}: {} CPU(s), {} VM(s), {} tasks",
        system.name,
        system.cpus,
        system.vms.len(),
        system.tasks.len()
    );
    for (index, vm) in system.vms.iter().enumerate() {
        let cpus: Vec<_> = vm.vcpus.iter().map(|cpu| cpu.value.to_string()).collect();
        let kernels: Vec<_> = system.definitions_of(index).map(kernel).collect();
        let (what, boots) = match (vm.is_pool, kernels.as_slice()) {
            (false, [(_, kernel)]) => ("VM", format!("kernel {kernel}")),
            _ => ("pool", "for one VM at a time".into()),
        };
        let _ = writeln!(
            text,
            "  {what} {:<width$} {:>6} MiB  vCPUs on CPU {}  {boots}",
            vm.name.value,
            vm.memory.value >> 20,
            cpus.join(", "),
            width = 17 - what.len()
        );
        for (name, kernel) in kernels.iter().filter(|_| vm.is_pool) {
            let _ = writeln!(text, "    VM {name:<13} kernel {kernel}");
        }
    }
    for task in &system.tasks {
        let _ = writeln!(
            text,
            "  task {:<20} CPU {:<2} priority {:<2} {}",
            task.name,
            task.cpu.value,
            task.priority.value,
            reach(system, task)
        );
    }
    for record in &system.injections {
        let _ = writeln!(text, "  faults on purpose: {}", faults(system, record));
    }
    text
}

/// `linux.vuart: panic, hang; one event in 50`
fn faults(system: &System, record: &InjectRecord) -> String {
    let name = system.tasks.get(record.task.index()).map_or("?", |task| task.name.as_str());
    let kinds: Vec<_> = InjectKind::ALL
        .iter()
        .filter(|kind| record.kinds & kind.bit() != 0)
        .map(|kind| kind.name())
        .collect();
    let kinds = if kinds.len() > 6 { format!("{} kinds", kinds.len()) } else { kinds.join(", ") };
    match record.every_us {
        0 => format!("{name}: {kinds}; one event in {}", record.rate),
        every => format!("{name}: {kinds}; every {every} us"),
    }
}

fn reach(system: &System, task: &Task) -> String {
    let mut words = Vec::new();
    for slot in &task.slots {
        words.push(match slot {
            Capability::Call(call) => {
                format!("calls {} ({})", system.tasks[call.target].name, interface::name_of(call.interface))
            }
            Capability::Notify { target, .. } => format!("notifies {}", system.tasks[*target].name),
            Capability::Irq { isa, .. } => format!("handles IRQ {isa}"),
            Capability::Vm { vm, rights } if *rights == VmRights::INSPECT.bits() => {
                format!("looks at VM {}", system.vms[*vm].name.value)
            }
            Capability::Vm { vm, .. } => format!("controls VM {}", system.vms[*vm].name.value),
            Capability::Supervise { .. } => "supervises".into(),
            Capability::Log { .. } => "reads the log".into(),
            Capability::Platform => "may power off".into(),
            Capability::Inspect => "sees the status of tasks".into(),
        });
    }
    words.join(", ")
}
