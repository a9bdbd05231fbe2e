//! A callee's priority is above its callers'.

use super::Subject;
use super::call_cycle::find_cycle;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::system::Task;

pub(super) static RULE: Rule = Rule {
    code: "BH0702",
    name: "callee-below-caller",
    says: "A task that is called has a higher priority than its callers.",
    why: "Otherwise a caller would wait for somebody less urgent, and for everything in between.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let tasks = &subject.system.tasks;
    let mut problems = Vec::new();
    // In a cycle nobody can be above everybody: it is reported by its own rule.
    let cycle = find_cycle(subject.system).unwrap_or_default();
    for (index, caller) in tasks.iter().enumerate() {
        let mut seen = Vec::new();
        for call in caller.calls() {
            let callee = &tasks[call.target];
            let is_in_cycle = cycle.contains(&index) && cycle.contains(&call.target);
            if is_in_cycle || callee.priority.value > caller.priority.value || seen.contains(&call.target) {
                continue;
            }
            seen.push(call.target);
            problems.push(below(caller, callee));
        }
    }
    problems
}

fn below(caller: &Task, callee: &Task) -> Problem {
    let is_written = |task: &Task| task.priority.span != task.origin;
    let span = match (is_written(caller), is_written(callee)) {
        (true, _) => caller.priority.span,
        (false, true) => callee.priority.span,
        (false, false) => caller.origin,
    };
    let problem = Problem::new(
        &RULE,
        span,
        format!(
            "`{}` (priority {}) calls `{}` (priority {})",
            caller.name, caller.priority.value, callee.name, callee.priority.value
        ),
        "a callee must be above its callers",
        format!("lower `{}` or raise `{}`", caller.name, callee.name),
    );
    match (is_written(caller), is_written(callee), callee.priority.value.checked_sub(1)) {
        (true, _, Some(lower)) => problem.replace(span, lower.to_string()),
        (false, true, _) => problem.replace(span, caller.priority.value.saturating_add(1).to_string()),
        _ => problem,
    }
}
