//! Every task is above every vCPU.

use super::Subject;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0404",
    name: "vcpu-above-task",
    says: "Every task has a higher priority than every vCPU.",
    why: "A guest that never rests could otherwise keep a server from running, and with it other guests.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let Some(lowest) = subject.system.tasks.iter().min_by_key(|task| task.priority.value) else {
        return Vec::new();
    };
    let above = subject.system.vms.iter().filter(|vm| vm.priority.value >= lowest.priority.value);
    above
        .map(|vm| {
            // Whoever wrote the unusual number is the one to change it.
            let is_task_written = lowest.priority.span != lowest.origin;
            let span = if is_task_written { lowest.priority.span } else { vm.priority.span };
            Problem::new(
                &RULE,
                span,
                format!(
                    "vCPUs of `{}` (priority {}) are not below the task `{}` (priority {})",
                    vm.name.value, vm.priority.value, lowest.name, lowest.priority.value
                ),
                "a guest could keep a task from running",
                "give every task a higher priority than every vCPU",
            )
        })
        .collect()
}
