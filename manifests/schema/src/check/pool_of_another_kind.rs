//! Only post-launched VMs take turns.

use super::Subject;
use crate::manifest::VmKind;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0316",
    name: "pool-of-another-kind",
    says: "Only post-launched VMs are in pools.",
    why: "The system starts the others at boot, and they stay: what they run in is never free for anybody else.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let others = subject.manifest.vms.iter().filter(|vm| vm.kind != VmKind::PostLaunched);
    others
        .filter_map(|vm| {
            let pool = vm.pool.as_ref()?;
            let what = if vm.kind == VmKind::Service { "the service VM" } else { "pre-launched" };
            let problem = Problem::new(
                &RULE,
                pool.span,
                format!("`{}` is {what} and cannot take turns with others", vm.name.value),
                "for post-launched VMs only",
                "write `kind = \"post-launched\"`, or give the VM memory and vCPUs of its own instead of `pool`",
            );
            Some(match vm.kind_span {
                Some(span) => problem.with_related(span, "its kind"),
                None => problem,
            })
        })
        .collect()
}
