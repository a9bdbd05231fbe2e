//! No VM waits for itself to start.

use super::Subject;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0312",
    name: "start-circle",
    says: "VMs do not wait for each other to start.",
    why: "None of them would ever start.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    circle(subject).into_iter().collect()
}

/// The first VM of the order that is started before one that it names.
fn circle(subject: &Subject<'_>) -> Option<Problem> {
    let system = subject.system;
    let order = system.start_order();
    order.iter().enumerate().find_map(|(at, index)| {
        let vm = &system.definitions[*index];
        let is_later =
            |name: &str| order[at..].iter().any(|other| system.definitions[*other].name.value == name);
        let name = vm.after.iter().find(|name| is_later(&name.value))?;
        Some(Problem::new(
            &RULE,
            name.span,
            format!("`{}` and `{}` wait for each other", vm.name.value, name.value),
            "would never start",
            "remove one of the names from `after`",
        ))
    })
}
