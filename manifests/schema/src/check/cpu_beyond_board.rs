//! The system uses no more CPUs than its board has.

use super::Subject;
use crate::problem::Problem;
use crate::rule::Rule;

pub(super) static RULE: Rule = Rule {
    code: "BH0403",
    name: "cpu-beyond-board",
    says: "A system uses no more CPUs than its board has.",
    why: "The core refuses to start on a machine that has fewer.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let Some((board, named)) = subject.board.filter(|(board, _)| board.is_whole) else { return Vec::new() };
    let system = subject.system;
    if system.cpus <= board.cpus.value {
        return Vec::new();
    }
    let highest = system.vms.iter().flat_map(|vm| &vm.vcpus).chain(system.tasks.iter().map(|task| &task.cpu));
    let highest = highest.max_by_key(|cpu| cpu.value).map_or(named, |cpu| cpu.span);
    let span = subject.manifest.cpus.as_ref().map_or(highest, |cpus| cpus.span);
    let problem = Problem::new(
        &RULE,
        span,
        format!("the system uses {} CPUs, but its board has {}", system.cpus, board.cpus.value),
        "more than there are",
        format!("use CPUs 0 to {}, or name another board", board.cpus.value.saturating_sub(1)),
    );
    vec![problem.with_related(board.cpus.span, "CPUs of the board")]
}
