//! Failure policies suit what they are for.

use super::Subject;
use crate::manifest::{FailurePolicy, Spanned};
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0801",
    name: "policy-of-another-kind",
    says: "A device server has a policy for its VM, any other task one for itself.",
    why: "A device server cannot be left dead under a running guest; a service has no VM that could be paused.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let manifest = subject.manifest;
    let of_vms = manifest.machines().flat_map(|named| {
        let machine = named.machine;
        let of_servers = machine.servers.iter().filter_map(|(_, placement)| placement.on_failure.as_ref());
        machine.on_failure.iter().chain(of_servers)
    });
    let of_services = manifest.services.iter().map(|(_, placement)| placement);
    let others = of_services.chain(manifest.tasks.iter().map(|task| &task.placement));
    let others = others.filter_map(|placement| placement.on_failure.as_ref());
    let mut problems: Vec<_> =
        of_vms.filter(|policy| !is_for_servers(policy.value)).map(no_vm_policy).collect();
    problems.extend(others.filter(|policy| is_for_servers(policy.value)).map(no_task_policy));
    problems
}

const fn is_for_servers(policy: FailurePolicy) -> bool {
    matches!(
        policy,
        FailurePolicy::ResetDevice
            | FailurePolicy::PauseVm
            | FailurePolicy::ResetVm
            | FailurePolicy::PowerOffVm
    )
}

fn no_vm_policy(policy: &Spanned<FailurePolicy>) -> Problem {
    Problem::new(
        &RULE,
        policy.span,
        "this policy is not one for device servers",
        "for services and tasks",
        "use `reset-device`, `pause-vm`, `reset-vm` or `power-off-vm`",
    )
}

fn no_task_policy(policy: &Spanned<FailurePolicy>) -> Problem {
    Problem::new(
        &RULE,
        policy.span,
        "this policy is one for device servers only",
        "there is no VM to apply it to",
        "use `stay-dead`, `start-anew` or `power-off`",
    )
}
