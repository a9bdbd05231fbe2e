//! Everything fits the core's tables, whose sizes are published in `abi::limits`.

use super::Subject;
use crate::problem::Problem;
use crate::system::{Capability, Role, Task};
use bulkhead_abi::layout::PAGE;
use bulkhead_abi::limits::{MAX_INJECTIONS, MAX_SLOTS, MAX_TASKS, MAX_VCPUS, MAX_VMS};
use bulkhead_protocol::config::MAX_COMMAND_LINE;
use toml_span::Span;

/// vCPUs of one VM, as its manager counts them.
const MAX_VCPUS_OF_A_VM: usize = 16;
/// Calls that a task of the manifest can be told about.
const MAX_CALLS: usize = 16;
/// Bytes of a script.
const MAX_SCRIPT: usize = 64;
/// The largest stack: what is below the end of the stack is otherwise unused, but every page is real.
const MAX_STACK: u64 = 4 << 20;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let system = subject.system;
    let last = subject.manifest.tasks.last().map(|task| task.name.span);
    let last_vm = subject.manifest.vms.last().map_or(Span::default(), |vm| vm.name.span);
    let mut problems = Vec::new();
    let mut at_most = |count: usize, limit: usize, what: &str, span: Span| {
        if count > limit {
            problems.push(Problem::new(
                span,
                format!("{count} {what}, but there can be {limit}"),
                "one too many",
                "split the work over fewer of them",
            ));
        }
    };
    at_most(system.tasks.len(), MAX_TASKS, "tasks in the system", last.unwrap_or(last_vm));
    at_most(system.vms.len(), MAX_VMS, "VMs in the system", last_vm);
    let vcpus = system.vms.iter().map(|vm| vm.vcpus.len()).sum();
    at_most(vcpus, MAX_VCPUS, "vCPUs in the system", last_vm);
    let last_injection = subject.manifest.injections.last().map_or(last_vm, |injection| injection.task.span);
    at_most(system.injections.len(), MAX_INJECTIONS, "victims of faults on purpose", last_injection);
    for vm in &system.vms {
        at_most(vm.vcpus.len(), MAX_VCPUS_OF_A_VM, "vCPUs in a VM", vm.name.span);
        let span = vm.boot.command_line.as_ref().map_or(vm.name.span, |text| text.span);
        at_most(vm.command_line().len(), MAX_COMMAND_LINE, "bytes of boot arguments", span);
    }
    for task in &system.tasks {
        let span = if task.role == Role::VmManager { last_vm } else { task.origin };
        at_most(task.slots.len(), MAX_SLOTS, &format!("slots in the task `{}`", task.name), span);
        if let Role::Extra { script } = &task.role {
            at_most(script.len(), MAX_SCRIPT, "bytes of script", task.origin);
            let calls = task.slots.iter().filter(|slot| matches!(slot, Capability::Call(_))).count();
            at_most(calls, MAX_CALLS, "calls of a task", task.origin);
        }
    }
    problems.extend(system.tasks.iter().filter_map(stack));
    problems
}

fn stack(task: &Task) -> Option<Problem> {
    let bytes = task.stack.value;
    let fits = (PAGE..=MAX_STACK).contains(&bytes) && bytes.is_multiple_of(PAGE);
    (!fits).then(|| {
        Problem::new(
            task.stack.span,
            format!("task `{}` cannot have a stack of {bytes} bytes", task.name),
            "not a possible size",
            format!("use a multiple of 4 KiB up to {} MiB", MAX_STACK >> 20),
        )
    })
}
