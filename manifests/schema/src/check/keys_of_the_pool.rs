//! What a pool has is said by the pool.

use super::Subject;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0317",
    name: "keys-of-the-pool",
    says: "Memory, vCPUs and devices of a VM in a pool are said by the pool.",
    why: "The pool's tasks are there once, for all its VMs: one VM's settings would be another's too.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for vm in &subject.manifest.vms {
        let Some(pool) = &vm.pool else { continue };
        problems.extend(vm.machine_keys.iter().map(|key| {
            let problem = Problem::new(
                &RULE,
                key.span,
                format!("`{}` of `{}` is the business of its pool", key.value, vm.name.value),
                "belongs to the pool",
                format!("write it in the `[[pool]]` `{}`, or leave it out", pool.value),
            );
            problem.with_related(pool.span, "the pool is named here")
        }));
    }
    problems
}
