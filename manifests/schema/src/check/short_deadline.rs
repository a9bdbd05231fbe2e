//! Deadlines cover what the callee itself may wait for.

use super::Subject;
use super::call_cycle::find_cycle;
use crate::parse::quantity::time_text;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::source::Span;
use crate::system::{Call, Task};

pub(super) static RULE: Rule = Rule {
    code: "BH0704",
    name: "short-deadline",
    says: "The deadline of a call is longer than every deadline of the callee's own calls.",
    why: "A server that rightly waits for another one would be stopped as if it were hung, and the wrong task \
          would be blamed.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let tasks = &subject.system.tasks;
    let mut problems: Vec<Problem> = Vec::new();
    // In a cycle no deadline could be longer than all others: it is reported by its own rule.
    let cycle = find_cycle(subject.system).unwrap_or_default();
    for (index, caller) in tasks.iter().enumerate() {
        for call in caller.calls() {
            let callee = &tasks[call.target];
            let Some(inner) = callee.calls().max_by_key(|inner| inner.deadline_us) else { continue };
            let is_in_cycle = cycle.contains(&index) && cycle.contains(&call.target);
            if !is_in_cycle && call.deadline_us <= inner.deadline_us {
                let problem = short(subject, caller, call, callee, inner);
                // One number is the deadline of many calls.
                if problems.iter().all(|earlier| earlier.span != problem.span) {
                    problems.push(problem);
                }
            }
        }
    }
    problems
}

fn short(subject: &Subject<'_>, caller: &Task, call: &Call, callee: &Task, inner: &Call) -> Problem {
    let last = &subject.system.tasks[inner.target];
    let (outer_text, inner_text) = (time_text(call.deadline_us.into()), time_text(inner.deadline_us.into()));
    let written = |task: &Task| {
        let deadline = subject.placement(task).and_then(|placement| placement.deadline.as_ref());
        deadline.map(|deadline| deadline.span)
    };
    let span = written(callee).or_else(|| written(last)).unwrap_or(callee.origin);
    let problem = Problem::new(
        &RULE,
        span,
        format!(
            "`{}` waits {outer_text} for `{}`, which may itself wait {inner_text} for `{}`",
            caller.name, callee.name, last.name
        ),
        "does not cover the wait inside",
        format!("give `{}` a longer deadline, or `{}` a shorter one", callee.name, last.name),
    );
    match written(last).filter(|other| *other != span && *other != Span::default()) {
        Some(other) => problem.with_related(other, format!("the deadline of `{}`", last.name)),
        None => problem,
    }
}
