//! A policy that brings a task back remembers that it did.

use super::Subject;
use crate::manifest::FailurePolicy;
use crate::parse::quantity::time_text;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0804",
    name: "forgetful-policy",
    says: "Where `on_failure` is `reset-device`, `reset-vm` or `start-anew`, the restart period is at least 1 \
          s.",
    why: "The second failure in a period ends it: the VM is powered off, or the machine. A period shorter than \
          the way back forgets the first failure before the second comes, and a device that always dies would \
          reset its VM for ever.",
};

/// Milliseconds that a reset may take.
const WAY_BACK: u32 = 1000;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for task in &subject.system.tasks {
        let returns = matches!(
            task.on_failure,
            FailurePolicy::ResetDevice | FailurePolicy::ResetVm | FailurePolicy::StartAnew
        );
        let period = subject.placement(task).and_then(|placement| placement.restart.period.as_ref());
        if let Some(period) = period.filter(|period| returns && period.value < WAY_BACK) {
            let written = time_text(u64::from(period.value) * 1000);
            problems.push(
                Problem::new(
                    &RULE,
                    period.span,
                    format!("`{}` could fail and be brought back for ever", task.name),
                    format!("after {written} its last failure is forgotten"),
                    "make the period at least 1 s, or choose a policy that ends it",
                )
                .replace(period.span, "\"10 s\""),
            );
        }
    }
    problems
}
