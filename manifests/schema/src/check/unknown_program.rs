//! The programs of added tasks exist.

use super::Subject;
use crate::parse::did_you_mean;
use crate::parse::nearest;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0307",
    name: "unknown-program",
    says: "A task's `binary` is a task program of the workspace.",
    why: "A task program is a package that links the runtime, such as `probe`.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let Some(programs) = subject.at_hand.programs() else { return Vec::new() };
    let known = || programs.iter().map(String::as_str);
    let binaries = subject.manifest.tasks.iter().map(|task| &task.binary);
    binaries
        .filter(|name| !name.value.is_empty() && known().all(|known| known != name.value))
        .map(|name| {
            let problem = Problem::new(
                &RULE,
                name.span,
                format!("there is no task program `{}`", name.value),
                "unknown program",
                did_you_mean(&name.value, known()),
            );
            match nearest(&name.value, known()) {
                Some(near) => problem.replace(name.span, format!("\"{near}\"")),
                None => problem,
            }
        })
        .collect()
}
