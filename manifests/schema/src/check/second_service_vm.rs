//! There is one service VM at the most.

use super::Subject;
use crate::manifest::VmKind;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0308",
    name: "second-service-vm",
    says: "There is one VM of kind `service` at the most.",
    why: "The service VM manages the post-launched ones; two managers would contradict each other.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let mut services = subject.manifest.vms.iter().filter(|vm| vm.kind == VmKind::Service);
    let Some(first) = services.next() else { return Vec::new() };
    services
        .map(|second| {
            let problem = Problem::new(
                &RULE,
                second.name.span,
                "there can be one service VM only",
                "second service VM",
                "make it `pre-launched` or `post-launched`",
            );
            problem.with_related(first.name.span, "first service VM")
        })
        .collect()
}
