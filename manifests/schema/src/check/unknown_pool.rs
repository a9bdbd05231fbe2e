//! `pool` names a pool.

use super::Subject;
use crate::parse::did_you_mean;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0314",
    name: "unknown-pool",
    says: "`pool` names a pool of the manifest.",
    why: "Without its pool a VM has no memory, no vCPUs and no devices.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let pools = || subject.manifest.pools.iter().map(|pool| pool.name.value.as_str());
    let named = subject.manifest.vms.iter().filter_map(|vm| vm.pool.as_ref());
    named
        .filter(|name| pools().all(|pool| pool != name.value))
        .map(|name| {
            let help = match pools().next() {
                Some(_) => did_you_mean(&name.value, pools().collect::<Vec<_>>()),
                None => format!("add `[[pool]]` with `name = \"{}\"` and `memory`", name.value),
            };
            Problem::new(&RULE, name.span, format!("there is no pool `{}`", name.value), "unknown pool", help)
        })
        .collect()
}
