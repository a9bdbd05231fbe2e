//! `after` names VMs that the system starts itself, and stands in such VMs only.

use super::Subject;
use crate::manifest::VmKind;
use crate::parse::did_you_mean;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0311",
    name: "start-order",
    says: "`after` names VMs that the system starts, and stands in such VMs only.",
    why: "A post-launched VM is started by request: it has no place in the order, and nobody can wait for it.",
};

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
                &RULE,
                first.span,
                format!("`{}` is started by request, not by the system", vm.name.value),
                "has no place in the order",
                "leave `after` out",
            ));
        }
        for name in vm.after.iter().filter(|name| !started.contains(&name.value.as_str())) {
            problems.push(Problem::new(
                &RULE,
                name.span,
                format!("the system does not start a VM `{}`", name.value),
                "unknown, or post-launched",
                did_you_mean(&name.value, started.iter().copied()),
            ));
        }
    }
    problems
}
