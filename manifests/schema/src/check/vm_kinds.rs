//! At most one service VM, and post-launched VMs only where somebody can make them.

use super::Subject;
use crate::manifest::{RegistryRole, VmKind, place};
use crate::problem::Problem;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let of_kind = |kind| subject.manifest.vms.iter().filter(move |vm| vm.kind == kind);
    let mut problems = Vec::new();
    let mut services = of_kind(VmKind::Service);
    let service = services.next();
    let is_operated = subject
        .manifest
        .tasks
        .iter()
        .any(|task| task.registry.as_ref().is_some_and(|role| role.value != RegistryRole::Observer));
    if let Some(first) = service {
        for second in services {
            let problem = Problem::new(
                place(&second.name),
                "there can be one service VM only",
                "second service VM",
                "make it `pre-launched` or `post-launched`",
            );
            problems.push(problem.with_related(place(&first.name), "first service VM"));
        }
    } else if !is_operated {
        for vm in of_kind(VmKind::PostLaunched) {
            problems.push(Problem::new(
                place(&vm.name),
                format!("nobody could start the post-launched VM `{}`", vm.name.value),
                "there is no service VM",
                "make it `pre-launched`, or add a VM with `kind = \"service\"` or a task with `registry = \"operator\"`",
            ));
        }
    }
    problems
}
