//! `after` names VMs that the system starts itself, and no VM waits for itself.

use super::Subject;
use crate::manifest::VmKind;
use crate::parse::did_you_mean;
use crate::problem::Problem;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let vms = &subject.manifest.vms;
    let started: Vec<_> =
        vms.iter().filter(|vm| vm.kind != VmKind::PostLaunched).map(|vm| vm.name.value.as_str()).collect();
    let mut problems = Vec::new();
    for vm in vms {
        if vm.kind == VmKind::PostLaunched
            && let Some(first) = vm.after.first()
        {
            problems.push(Problem::new(
                first.span,
                format!("`{}` is started by request, not by the system", vm.name.value),
                "has no place in the order",
                "leave `after` out",
            ));
        }
        for name in vm.after.iter().filter(|name| !started.contains(&name.value.as_str())) {
            problems.push(Problem::new(
                name.span,
                format!("the system does not start a VM `{}`", name.value),
                "unknown, or post-launched",
                did_you_mean(&name.value, started.iter().copied()),
            ));
        }
    }
    problems.extend(circle(subject));
    problems
}

/// The first VM of the order that is started before one that it names.
fn circle(subject: &Subject<'_>) -> Option<Problem> {
    let system = subject.system;
    let order = system.start_order();
    order.iter().enumerate().find_map(|(at, index)| {
        let vm = &system.vms[*index];
        let is_later = |name: &str| order[at..].iter().any(|other| system.vms[*other].name.value == name);
        let name = vm.after.iter().find(|name| is_later(&name.value))?;
        Some(Problem::new(
            name.span,
            format!("`{}` and `{}` wait for each other", vm.name.value, name.value),
            "would never start",
            "remove one of the names from `after`",
        ))
    })
}
