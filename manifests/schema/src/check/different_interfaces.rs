//! Both ends of a channel were built from the same declaration.

use super::Subject;
use crate::interface;
use crate::problem::Problem;
use crate::program::Role;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0705",
    name: "different-interfaces",
    says: "Caller and server were built from the same declaration of their interface.",
    why: "A message that one end writes must mean the same to the other. The hash of all shapes is in both \
          programs.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let tasks = &subject.system.tasks;
    let mut problems = Vec::new();
    for caller in tasks {
        let Some(client) = subject.at_hand.program(&caller.binary) else { continue };
        for call in caller.calls() {
            let callee = &tasks[call.target];
            let Some(server) = subject.at_hand.program(&callee.binary) else { continue };
            let calls = client.schema(call.interface, Role::Calls);
            let serves = server.schema(call.interface, Role::Serves);
            let name = interface::name_of(call.interface);
            let label = match (calls, serves) {
                (Some(calls), Some(serves)) if calls != serves => {
                    format!("`{name}` has the hash {calls:016x} in one and {serves:016x} in the other")
                }
                (_, None) => format!("the program `{}` does not serve `{name}`", callee.binary),
                _ => continue,
            };
            let span =
                if caller.origin == crate::source::Span::default() { callee.origin } else { caller.origin };
            problems.push(Problem::new(
                &RULE,
                span,
                format!("`{}` and `{}` do not speak the same `{name}`", caller.name, callee.name),
                label,
                "build both programs from the same sources",
            ));
        }
    }
    problems
}
