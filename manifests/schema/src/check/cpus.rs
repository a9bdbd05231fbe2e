//! Everything runs on a CPU that the system has.

use super::Subject;
use crate::manifest::Spanned;
use crate::problem::Problem;
use bulkhead_abi::limits::MAX_CPUS;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let cpus = subject.system.cpus;
    if let Some(written) = &subject.manifest.cpus
        && (written.value == 0 || usize::from(written.value) > MAX_CPUS)
    {
        problems.push(Problem::new(
            written.span,
            format!("a system cannot have {} CPUs", written.value),
            "out of range",
            format!("use 1 to {MAX_CPUS}"),
        ));
        return problems;
    }
    let mut seen = Vec::new();
    let of_tasks = subject.system.tasks.iter().map(|task| &task.cpu);
    let of_vcpus = subject.system.vms.iter().flat_map(|vm| &vm.vcpus);
    for cpu in of_tasks.chain(of_vcpus).chain(&subject.manifest.services_cpu) {
        let is_new = !seen.contains(&cpu.span);
        seen.push(cpu.span);
        if is_new {
            problems.extend(out_of_range(cpu, cpus, subject.manifest.cpus.as_ref()));
        }
    }
    problems
}

fn out_of_range(cpu: &Spanned<u16>, cpus: u16, written: Option<&Spanned<u16>>) -> Option<Problem> {
    if usize::from(cpu.value) >= MAX_CPUS {
        return Some(Problem::new(
            cpu.span,
            format!("there is no CPU {}", cpu.value),
            "out of range",
            format!("CPUs are numbered 0 to {}", MAX_CPUS - 1),
        ));
    }
    let written = written?;
    (cpu.value >= cpus).then(|| {
        Problem::new(
            cpu.span,
            format!("the system has no CPU {}", cpu.value),
            "not one of the system's CPUs",
            format!("use 0 to {}, or raise `cpus`", cpus.saturating_sub(1)),
        )
        .with_related(written.span, "CPUs of the system")
    })
}
