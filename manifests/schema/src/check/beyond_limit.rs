//! Everything fits the core's tables, whose sizes are published in `abi::limits`.

use super::Subject;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::source::Span;
use crate::system::{Capability, Role};
use bulkhead_abi::limits::{MAX_DEFINITIONS, MAX_INJECTIONS, MAX_SLOTS, MAX_TASKS, MAX_VCPUS, MAX_VMS};
use bulkhead_protocol::config::MAX_COMMAND_LINE;

pub(super) static RULE: Rule = Rule {
    code: "BH0901",
    name: "beyond-limit",
    says: "A system fits the published limits of the core.",
    why: "The core has no heap: its tables have the sizes that [limits](../limits.md#numbers) lists.",
};

/// vCPUs of one VM, as its manager counts them.
const MAX_VCPUS_OF_A_VM: usize = 16;
/// Calls that a task of the manifest can be told about.
const MAX_CALLS: usize = 16;
/// Bytes of a script.
const MAX_SCRIPT: usize = 64;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let (system, manifest) = (subject.system, subject.manifest);
    let last = manifest.tasks.last().map(|task| task.name.span);
    let last_vm = manifest.vms.last().map_or(Span::default(), |vm| vm.name.span);
    let mut problems = Vec::new();
    let mut at_most = |count: usize, limit: usize, what: &str, span: Span| {
        if count > limit {
            let title = format!("{count} {what}, but there can be {limit}");
            let label = format!("{} too many", count - limit);
            problems.push(Problem::new(&RULE, span, title, label, "split the work over fewer of them"));
        }
    };
    at_most(system.tasks.len(), MAX_TASKS, "tasks in the system", last.unwrap_or(last_vm));
    at_most(system.vms.len(), MAX_VMS, "VMs in the system", last_vm);
    at_most(manifest.vms.len(), MAX_DEFINITIONS, "VMs in the manifest", last_vm);
    let vcpus = system.vms.iter().map(|vm| vm.vcpus.len()).sum();
    at_most(vcpus, MAX_VCPUS, "vCPUs in the system", last_vm);
    let last_injection = manifest.injections.last().map_or(last_vm, |injection| injection.task.span);
    at_most(system.injections.len(), MAX_INJECTIONS, "victims of faults on purpose", last_injection);
    for vm in &system.vms {
        at_most(vm.vcpus.len(), MAX_VCPUS_OF_A_VM, "vCPUs in a VM", vm.name.span);
    }
    for definition in &system.definitions {
        let span = definition.boot.command_line.as_ref().map_or(definition.name.span, |text| text.span);
        at_most(definition.command_line().len(), MAX_COMMAND_LINE, "bytes of boot arguments", span);
    }
    for task in &system.tasks {
        let span = if task.role == Role::VmManager { last_vm } else { task.origin };
        at_most(task.slots.len(), MAX_SLOTS, &format!("slots in the task `{}`", task.name), span);
        if let Role::Extra { script } = &task.role {
            let written = manifest.tasks.iter().find(|extra| extra.name.span == task.origin);
            let written =
                written.and_then(|extra| extra.script.as_ref()).map_or(task.origin, |script| script.span);
            at_most(script.len(), MAX_SCRIPT, "bytes of script", written);
            let calls = task.slots.iter().filter(|slot| matches!(slot, Capability::Call(_))).count();
            at_most(calls, MAX_CALLS, "calls of a task", task.origin);
        }
    }
    problems
}
