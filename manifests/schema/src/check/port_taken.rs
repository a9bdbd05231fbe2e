//! A physical port has one owner.

use super::Subject;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::source::Spanned;

pub(super) static RULE: Rule = Rule {
    code: "BH0601",
    name: "port-taken",
    says: "A physical port belongs to one task.",
    why: "Two drivers of one device would confuse it. The console owns the first serial port, 0x3f8 to 0x3ff, and \
          the VM manager the real-time clock, 0x70 and 0x71.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let tasks = subject.system.tasks.iter();
    let owned: Vec<(&str, &Spanned<(u16, u16)>)> =
        tasks.flat_map(|task| task.ports.iter().map(|range| (task.name.as_str(), range))).collect();
    let mut problems = Vec::new();
    for (index, (owner, range)) in owned.iter().enumerate() {
        for (other, earlier) in owned.iter().take(index) {
            let (a, b) = (range.value, earlier.value);
            if a.0 > b.1 || b.0 > a.1 {
                continue;
            }
            let title = if owner == other {
                format!("`{owner}` names ports twice")
            } else {
                format!("`{owner}` and `{other}` both own ports")
            };
            let problem = Problem::new(
                &RULE,
                range.span,
                title,
                format!("{other} has {:#x}-{:#x}", b.0, b.1),
                "a physical port has one owner: remove it from one of them",
            );
            let is_written = earlier.span != crate::source::Span::default();
            problems.push(if is_written {
                problem.with_related(earlier.span, "first owner")
            } else {
                problem
            });
        }
    }
    problems
}
