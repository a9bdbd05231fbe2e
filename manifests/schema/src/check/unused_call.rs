//! A task that may call knows how.

use super::Subject;
use crate::interface;
use crate::problem::Problem;
use crate::program::Role;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0706",
    name: "unused-call",
    says: "A task calls and serves only what its program was built for.",
    why: "A right that a program cannot use is a right that somebody else could, after a takeover.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let tasks = &subject.system.tasks;
    let mut problems = Vec::new();
    for extra in &subject.manifest.tasks {
        let Some(program) = subject.at_hand.program(&extra.binary.value) else { continue };
        let task = tasks.iter().find(|task| task.origin == extra.name.span);
        for call in task.iter().flat_map(|task| task.calls()) {
            let callee = &tasks[call.target];
            let written = extra.calls.iter().find(|(name, _)| name.value == callee.name);
            if let Some((name, _)) = written.filter(|_| program.schema(call.interface, Role::Calls).is_none())
            {
                let interface = interface::name_of(call.interface);
                problems.push(Problem::new(
                    &RULE,
                    name.span,
                    format!("the program `{}` never calls `{interface}`", extra.binary.value),
                    "a right that nobody uses",
                    "remove the call, or name another interface",
                ));
            }
        }
        for name in &extra.serves {
            let known = interface::by_name(&name.value);
            if known.is_some_and(|interface| program.schema(interface, Role::Serves).is_none()) {
                problems.push(Problem::new(
                    &RULE,
                    name.span,
                    format!("the program `{}` does not serve `{}`", extra.binary.value, name.value),
                    "nobody would answer",
                    "remove it, or name another program",
                ));
            }
        }
    }
    problems
}
