//! The programs of added tasks exist.

use super::Subject;
use crate::parse::did_you_mean;
use crate::problem::Problem;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let Some(programs) = subject.library.programs() else { return Vec::new() };
    let is_unknown = |name: &str| programs.iter().all(|known| known != name);
    let unknown =
        subject.manifest.tasks.iter().map(|task| &task.binary).filter(|name| is_unknown(&name.value));
    unknown
        .map(|name| {
            Problem::new(
                name.span,
                format!("there is no task program `{}`", name.value),
                "unknown program",
                did_you_mean(&name.value, programs.iter().map(String::as_str)),
            )
        })
        .collect()
}
