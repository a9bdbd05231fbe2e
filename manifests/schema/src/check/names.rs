//! Names are unique, and short enough that the names of a VM's servers fit.

use super::Subject;
use crate::manifest::{Spanned, place};
use crate::problem::Problem;
use bulkhead_abi::limits::MAX_NAME;

/// What follows a VM's name in the longest name of a server: `.emulator`.
const LONGEST_SUFFIX: usize = 9;
/// Longest name of a VM.
const LONGEST_VM_NAME: usize = MAX_NAME - 1 - LONGEST_SUFFIX;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let vms: Vec<_> = subject.manifest.vms.iter().map(|vm| &vm.name).collect();
    let tasks: Vec<_> = subject.manifest.tasks.iter().map(|task| &task.name).collect();
    let mut problems = Vec::new();
    problems.extend(doubled(&vms, "VM"));
    problems.extend(doubled(&tasks, "task"));
    for name in tasks {
        let is_service = ["supervisor", "console", "loader", "vm-manager"].contains(&name.value.as_str());
        if is_service {
            problems.push(Problem::new(
                place(name),
                format!("`{}` is the name of a service", name.value),
                "taken",
                format!("choose another name; to change the service write `[service.{}]`", name.value),
            ));
        }
    }
    for name in vms {
        if name.value.len() > LONGEST_VM_NAME {
            problems.push(Problem::new(
                place(name),
                format!("the VM's name has {} characters", name.value.len()),
                "too long",
                format!("use at most {LONGEST_VM_NAME}, so that the names of its servers fit"),
            ));
        }
    }
    problems
}

fn doubled(names: &[&Spanned<String>], what: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, name) in names.iter().enumerate() {
        if let Some(first) = names.iter().take(index).find(|earlier| earlier.value == name.value) {
            let problem = Problem::new(
                place(name),
                format!("there are two of the {what} `{}`", name.value),
                "second one here",
                "give each its own name",
            );
            problems.push(problem.with_related(place(first), "first one here"));
        }
    }
    problems
}
