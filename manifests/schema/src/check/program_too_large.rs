//! Programs keep to the memory that the manifest gives them.

use super::Subject;
use crate::parse::quantity::size_text;
use crate::problem::Problem;
use crate::rule::Rule;
use bulkhead_abi::layout::PAGE;

pub(super) static RULE: Rule = Rule {
    code: "BH0510",
    name: "program-too-large",
    says: "A task's program and stack fit its `memory`, if that is written.",
    why: "The bound is for those who count memory: a program that grows is found when the image is made.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for task in &subject.system.tasks {
        let (Some(bound), Some(program)) = (
            subject.placement(task).and_then(|placement| placement.memory.as_ref()),
            subject.at_hand.program(&task.binary),
        ) else {
            continue;
        };
        let pages = program.segments.iter().map(|segment| segment.memory_length.next_multiple_of(PAGE));
        let needed = pages.sum::<u64>().saturating_add(task.stack.value);
        if needed > bound.value {
            let enough = size_text(needed.next_multiple_of(PAGE));
            let problem = Problem::new(
                &RULE,
                bound.span,
                format!("`{}` does not fit its memory", task.name),
                format!("program and stack need {enough}"),
                "give it more memory, or a smaller stack",
            );
            problems.push(problem.replace(bound.span, format!("\"{enough}\"")));
        }
    }
    problems
}
