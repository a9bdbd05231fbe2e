//! No task owns a port of the core.

use super::Subject;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0602",
    name: "port-of-core",
    says: "No task owns a port that the core drives.",
    why: "The core masks the two legacy interrupt controllers and measures time with the timer.",
};

/// Ports that the core drives itself.
const OF_THE_CORE: [(u16, u16, &str); 3] = [
    (0x20, 0x21, "the first interrupt controller"),
    (0xa0, 0xa1, "the second interrupt controller"),
    (0x40, 0x43, "the timer"),
];

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for task in &subject.system.tasks {
        for range in &task.ports {
            let (first, last) = range.value;
            for (start, end, what) in
                OF_THE_CORE.iter().filter(|(start, end, _)| first <= *end && *start <= last)
            {
                problems.push(Problem::new(
                    &RULE,
                    range.span,
                    format!("`{}` would own ports of the core", task.name),
                    format!("{start:#x}-{end:#x} is {what}"),
                    "leave these ports out",
                ));
            }
        }
    }
    problems
}
