//! A physical port has one owner.

use super::Subject;
use crate::manifest::Spanned;
use crate::problem::Problem;

/// Ports that the core drives itself.
const OF_THE_CORE: [(u16, u16, &str); 3] = [
    (0x20, 0x21, "the first interrupt controller"),
    (0xa0, 0xa1, "the second interrupt controller"),
    (0x40, 0x43, "the timer"),
];

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let owned: Vec<(&str, &Spanned<(u16, u16)>)> = subject
        .system
        .tasks
        .iter()
        .flat_map(|task| task.ports.iter().map(|range| (task.name.as_str(), range)))
        .collect();
    let mut problems = Vec::new();
    for (index, (owner, range)) in owned.iter().enumerate() {
        for (other, earlier) in &owned[..index] {
            if overlap(range.value, earlier.value) {
                let title = if owner == other {
                    format!("`{owner}` names ports twice")
                } else {
                    format!("`{owner}` and `{other}` both own ports")
                };
                problems.push(Problem::new(
                    range.span,
                    title,
                    format!("{other} has {:#x}-{:#x}", earlier.value.0, earlier.value.1),
                    "a physical port has one owner: remove it from one of them",
                ));
            }
        }
        for (first, last, what) in OF_THE_CORE {
            if overlap(range.value, (first, last)) {
                problems.push(Problem::new(
                    range.span,
                    format!("`{owner}` would own ports of the core"),
                    format!("{first:#x}-{last:#x} is {what}"),
                    "leave these ports out",
                ));
            }
        }
    }
    problems
}

fn overlap(a: (u16, u16), b: (u16, u16)) -> bool {
    a.0 <= b.1 && b.0 <= a.1
}
