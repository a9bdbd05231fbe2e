//! Only those call a task whom it lets.

use super::Subject;
use crate::parse::did_you_mean;
use crate::parse::nearest;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0703",
    name: "strange-caller",
    says: "Whoever calls a task with `callers` is one of them, and each of them exists and calls it.",
    why: "`callers` is the view of the one who is called: it keeps a service from gaining clients unseen, and \
          the list from growing old.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let tasks = &subject.system.tasks;
    let mut problems = Vec::new();
    for (index, task) in tasks.iter().enumerate() {
        let callers = subject.placement(task).and_then(|placement| placement.callers.as_ref());
        let Some(allowed) = callers else { continue };
        let calls = |caller: &&crate::system::Task| caller.calls().any(|call| call.target == index);
        let actual: Vec<&str> = tasks.iter().filter(calls).map(|caller| caller.name.as_str()).collect();
        for name in actual.iter().filter(|name| allowed.iter().all(|allowed| allowed.value != **name)) {
            let span = allowed.first().map_or(task.origin, |first| first.span);
            problems.push(Problem::new(
                &RULE,
                span,
                format!("`{name}` calls `{}`, which does not let it", task.name),
                format!("`{name}` is not among them"),
                format!("add \"{name}\" to `callers`, or take the call away"),
            ));
        }
        for name in allowed.iter().filter(|name| !actual.contains(&name.value.as_str())) {
            let problem = Problem::new(
                &RULE,
                name.span,
                format!("`{}` does not call `{}`", name.value, task.name),
                "a right that nobody uses",
                did_you_mean(&name.value, actual.iter().copied()),
            );
            problems.push(match nearest(&name.value, actual.iter().copied()) {
                Some(near) => problem.replace(name.span, format!("\"{near}\"")),
                None => problem,
            });
        }
    }
    problems
}
