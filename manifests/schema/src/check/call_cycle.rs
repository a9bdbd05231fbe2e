//! Calls form no cycle.

use super::Subject;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::source::Span;
use crate::system::{System, Task};

pub(super) static RULE: Rule = Rule {
    code: "BH0701",
    name: "call-cycle",
    says: "Calls between tasks form no cycle.",
    why: "All tasks of the cycle could wait for each other, until the first deadline makes one of them a \
          fault.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let system = subject.system;
    let Some(cycle) = find_cycle(system) else { return Vec::new() };
    let names: Vec<_> = cycle.iter().map(|task| system.tasks[*task].name.as_str()).collect();
    let spans: Vec<_> = cycle
        .iter()
        .zip(cycle.iter().cycle().skip(1))
        .map(|(caller, callee)| call_span(subject, *caller, &system.tasks[*callee]))
        .collect();
    let first = spans.first().copied().unwrap_or_default();
    let mut problem = Problem::new(
        &RULE,
        first,
        "calls form a cycle",
        format!("{} → {}", names.join(" → "), names.first().copied().unwrap_or_default()),
        "remove one of these calls: all tasks of the cycle would wait for each other",
    );
    for span in spans.into_iter().skip(1) {
        problem = problem.with_related(span, "and this call");
    }
    vec![problem]
}

/// Where the manifest writes a call.
fn call_span(subject: &Subject<'_>, caller: usize, callee: &Task) -> Span {
    let task = &subject.system.tasks[caller];
    let extra = subject.manifest.tasks.iter().find(|extra| extra.name.span == task.origin);
    let call = extra.and_then(|extra| extra.calls.iter().find(|(name, _)| name.value == callee.name));
    call.map_or(task.origin, |(name, _)| name.span)
}

/// The tasks of a cycle in the order of their calls, or nothing.
pub(super) fn find_cycle(system: &System) -> Option<Vec<usize>> {
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
    for call in system.tasks[task].calls() {
        if let Some(cycle) = walk(system, call.target, path, done) {
            return Some(cycle);
        }
    }
    path.pop();
    done[task] = true;
    None
}
