//! Settings of restarts have an effect.

use super::Subject;
use crate::manifest::FailurePolicy;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::system::Role;

pub(super) static RULE: Rule = Rule {
    code: "BH0803",
    name: "idle-restart-setting",
    says: "A pause before restarts stands where there are restarts; the supervisor has no restart policy.",
    why: "With `limit = 0` there is no restart to wait for, unless the task is started anew. The core itself \
          starts the supervisor again, at once and always.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for task in &subject.system.tasks {
        let Some(placement) = subject.placement(task) else { continue };
        let restart = &placement.restart;
        if task.role == Role::Supervisor {
            let settings = [
                restart.backoff.as_ref().map(|value| value.span),
                restart.limit.as_ref().map(|value| value.span),
                restart.period.as_ref().map(|value| value.span),
                placement.on_failure.as_ref().map(|value| value.span),
            ];
            problems.extend(settings.into_iter().flatten().map(|span| {
                Problem::new(
                    &RULE,
                    span,
                    "the supervisor has no restart policy",
                    "no effect",
                    "leave it out: the core starts the supervisor again, always",
                )
            }));
        } else if let (Some(backoff), Some(limit)) = (&restart.backoff, &restart.limit)
            && limit.value == 0
            && task.on_failure != FailurePolicy::StartAnew
        {
            let problem = Problem::new(
                &RULE,
                backoff.span,
                format!("`{}` is never restarted, so there is no pause before it", task.name),
                "no effect",
                "leave `backoff` out, or raise `limit`",
            );
            problems.push(problem.with_related(limit.span, "no restarts"));
        }
    }
    problems
}
