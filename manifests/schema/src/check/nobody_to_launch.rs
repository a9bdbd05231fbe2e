//! Post-launched VMs are only where somebody may make them.

use super::Subject;
use crate::manifest::{RegistryRole, VmKind};
use crate::problem::Problem;
use crate::rule::Rule;
use crate::system::Role;

pub(super) static RULE: Rule = Rule {
    code: "BH0309",
    name: "nobody-to-launch",
    says: "A VM of kind `post-launched` needs the shell, a VM of kind `service`, or a task that is an operator of the registry.",
    why: "It is started by request only; without somebody who may make one it would never run.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let of_kind = |kind| subject.manifest.vms.iter().filter(move |vm| vm.kind == kind);
    let is_operator = |role: RegistryRole| role != RegistryRole::Observer;
    let mut roles = subject.manifest.tasks.iter().filter_map(|task| task.registry.as_ref());
    let has_shell = subject.system.task_with(&Role::Shell).is_some();
    if has_shell || of_kind(VmKind::Service).next().is_some() || roles.any(|role| is_operator(role.value)) {
        return Vec::new();
    }
    of_kind(VmKind::PostLaunched)
        .map(|vm| {
            Problem::new(
                &RULE,
                vm.name.span,
                format!("nobody could start the post-launched VM `{}`", vm.name.value),
                "there is no shell and no service VM",
                "make it `pre-launched`, leave the shell in, or add a VM with `kind = \"service\"` or a task with `registry = \"operator\"`",
            )
        })
        .collect()
}
