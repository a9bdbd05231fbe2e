//! Everything runs on a CPU that the system has.

use super::Subject;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::source::Spanned;

pub(super) static RULE: Rule = Rule {
    code: "BH0401",
    name: "absent-cpu",
    says: "CPUs that are named are among the system's `cpus`.",
    why: "CPUs are numbered from 0. Without `cpus` the system has as many as its manifest names.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let Some(written) = &subject.manifest.cpus else { return Vec::new() };
    let mut seen = Vec::new();
    let mut problems = Vec::new();
    let of_tasks = subject.system.tasks.iter().map(|task| &task.cpu);
    let of_vcpus = subject.system.vms.iter().flat_map(|vm| &vm.vcpus);
    for cpu in of_tasks.chain(of_vcpus).chain(&subject.manifest.services_cpu) {
        // One number places many tasks.
        if !seen.contains(&cpu.span) && cpu.value >= written.value {
            problems.push(absent(cpu, written));
        }
        seen.push(cpu.span);
    }
    problems
}

fn absent(cpu: &Spanned<u16>, cpus: &Spanned<u16>) -> Problem {
    Problem::new(
        &RULE,
        cpu.span,
        format!("the system has no CPU {}", cpu.value),
        "not one of the system's CPUs",
        format!("use 0 to {}, or raise `cpus`", cpus.value.saturating_sub(1)),
    )
    .with_related(cpus.span, "CPUs of the system")
    .replace(cpus.span, (u32::from(cpu.value) + 1).to_string())
}
