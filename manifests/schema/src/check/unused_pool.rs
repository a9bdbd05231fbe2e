//! Every pool is some VM's.

use super::Subject;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0315",
    name: "unused-pool",
    says: "Each pool is named by a VM.",
    why: "It would hold memory and tasks that nothing could ever run in.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let is_used = |name: &str| {
        let mut named = subject.manifest.vms.iter().filter_map(|vm| vm.pool.as_ref());
        named.any(|pool| pool.value == name)
    };
    let unused = subject.manifest.pools.iter().map(|pool| &pool.name).filter(|name| !is_used(&name.value));
    unused
        .map(|name| {
            Problem::new(
                &RULE,
                name.span,
                format!("no VM is in the pool `{}`", name.value),
                "is not used",
                format!("write `pool = \"{}\"` in a post-launched VM, or leave the pool out", name.value),
            )
        })
        .collect()
}
