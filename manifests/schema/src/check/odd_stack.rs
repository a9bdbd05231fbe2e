//! Stacks are whole pages, and not too many.

use super::Subject;
use crate::parse::quantity::size_text;
use crate::problem::Problem;
use crate::rule::Rule;
use bulkhead_abi::layout::PAGE;
use bulkhead_abi::limits::MAX_STACK_PAGES;

pub(super) static RULE: Rule = Rule {
    code: "BH0502",
    name: "odd-stack",
    says: "A stack is a multiple of 4 KiB, from 4 KiB to 4 MiB.",
    why: "Stacks are mapped by pages; all of it is real memory, whether the task needs it or not.",
};

/// The largest stack.
const LARGEST: u64 = PAGE * MAX_STACK_PAGES as u64;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for task in &subject.system.tasks {
        let bytes = task.stack.value;
        if (PAGE..=LARGEST).contains(&bytes) && bytes.is_multiple_of(PAGE) {
            continue;
        }
        let problem = Problem::new(
            &RULE,
            task.stack.span,
            format!("task `{}` cannot have a stack of {bytes} bytes", task.name),
            "not a possible size",
            format!("use a multiple of 4 KiB up to {} MiB", LARGEST >> 20),
        );
        let near = bytes.clamp(1, LARGEST).next_multiple_of(PAGE);
        problems.push(problem.replace(task.stack.span, format!("\"{}\"", size_text(near))));
    }
    problems
}
