//! Names of VMs are short enough that the names of their servers fit.

use super::Subject;
use crate::problem::Problem;
use crate::rule::Rule;
use bulkhead_abi::limits::MAX_NAME;

pub(super) static RULE: Rule = Rule {
    code: "BH0302",
    name: "long-vm-name",
    says: "The name of a VM or pool has 14 characters at the most.",
    why: "Its device servers are called after it, `linux.emulator`, and a task's name has 23 characters at the \
          most.",
};

/// What follows a VM's name in the longest name of a server: `.emulator`.
const LONGEST_SUFFIX: usize = 9;
/// Longest name of a VM.
const LONGEST: usize = MAX_NAME - 1 - LONGEST_SUFFIX;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let vms = subject.manifest.vms.iter().map(|vm| (&vm.name, "VM"));
    let names = vms.chain(subject.manifest.pools.iter().map(|pool| (&pool.name, "pool")));
    names
        .filter(|(name, _)| name.value.len() > LONGEST)
        .map(|(name, what)| {
            Problem::new(
                &RULE,
                name.span,
                format!("the {what}'s name has {} characters", name.value.len()),
                "too long",
                format!("use at most {LONGEST}, so that the names of its servers fit"),
            )
        })
        .collect()
}
