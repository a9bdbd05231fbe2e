//! Calls form no cycle, and a callee's priority is above its callers': nobody waits for somebody less urgent.

use super::Subject;
use crate::problem::Problem;
use crate::system::{Capability, System, Task};
use toml_span::Span;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let system = subject.system;
    if let Some(cycle) = find_cycle(system) {
        let names: Vec<_> = cycle.iter().map(|task| system.tasks[*task].name.as_str()).collect();
        let first = cycle.first().map_or(Span::default(), |task| call_span(subject, *task));
        return vec![Problem::new(
            first,
            "calls form a cycle",
            format!("{} → {}", names.join(" → "), names.first().copied().unwrap_or_default()),
            "remove one of these calls: all tasks of the cycle would wait for each other",
        )];
    }
    let mut problems = Vec::new();
    for caller in &system.tasks {
        for callee in callees(caller).map(|target| &system.tasks[target]) {
            if callee.priority.value <= caller.priority.value {
                let is_written = |task: &Task| task.priority.span != task.origin;
                let span = match (is_written(caller), is_written(callee)) {
                    (true, _) => caller.priority.span,
                    (false, true) => callee.priority.span,
                    (false, false) => caller.origin,
                };
                problems.push(Problem::new(
                    span,
                    format!(
                        "`{}` (priority {}) calls `{}` (priority {})",
                        caller.name, caller.priority.value, callee.name, callee.priority.value
                    ),
                    "a callee must be above its callers",
                    format!("lower `{}` or raise `{}`", caller.name, callee.name),
                ));
            }
        }
    }
    problems
}

fn callees(task: &Task) -> impl Iterator<Item = usize> + '_ {
    task.slots.iter().filter_map(|slot| match slot {
        Capability::Call(call) => Some(call.target),
        _ => None,
    })
}

/// Where the manifest writes a task's calls.
fn call_span(subject: &Subject<'_>, task: usize) -> Span {
    let task = &subject.system.tasks[task];
    let extra = subject.manifest.tasks.iter().find(|extra| extra.name.span == task.origin);
    extra.and_then(|extra| extra.calls.first()).map_or(task.origin, |(name, _)| name.span)
}

/// The tasks of a cycle in the order of their calls, or nothing.
fn find_cycle(system: &System) -> Option<Vec<usize>> {
    let mut done = vec![false; system.tasks.len()];
    for start in 0..system.tasks.len() {
        let mut path = Vec::new();
        if let Some(cycle) = walk(system, start, &mut path, &mut done) {
            return Some(cycle);
        }
    }
    None
}

fn walk(system: &System, task: usize, path: &mut Vec<usize>, done: &mut [bool]) -> Option<Vec<usize>> {
    if let Some(start) = path.iter().position(|earlier| *earlier == task) {
        return Some(path[start..].to_vec());
    }
    if done[task] {
        return None;
    }
    path.push(task);
    for callee in callees(&system.tasks[task]) {
        if let Some(cycle) = walk(system, callee, path, done) {
            return Some(cycle);
        }
    }
    path.pop();
    done[task] = true;
    None
}
