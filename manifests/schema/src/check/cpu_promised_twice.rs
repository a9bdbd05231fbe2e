//! The CPUs of an exclusive VM's vCPUs run nothing else.

use super::Subject;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::source::Span;
use crate::system::GuestVm;

pub(super) static RULE: Rule = Rule {
    code: "BH0402",
    name: "cpu-promised-twice",
    says: "On the CPUs of a VM with `exclusive = true` runs nothing but its vCPUs, one on each.",
    why: "Whatever else ran there would take time that was promised to the guest. Its device servers can run \
          elsewhere: `servers_cpu`.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let system = subject.system;
    let mut problems = Vec::new();
    for (index, vm) in system.vms.iter().enumerate() {
        let Some(promise) = subject.manifest.machine(index).and_then(|machine| machine.exclusive) else {
            continue;
        };
        let owns = |cpu: u16| vm.vcpus.iter().any(|own| own.value == cpu);
        let mut seen = Vec::new();
        for vcpu in &vm.vcpus {
            if seen.contains(&vcpu.value) {
                problems.push(shared(vm, promise, vcpu.span, vcpu.value, "a second vCPU of its own"));
            }
            seen.push(vcpu.value);
        }
        for (_, other) in system.vms.iter().enumerate().filter(|(other, _)| *other != index) {
            let guests = other.vcpus.iter().filter(|vcpu| owns(vcpu.value));
            let name = format!("a vCPU of `{}`", other.name.value);
            problems.extend(guests.map(|vcpu| shared(vm, promise, vcpu.span, vcpu.value, &name)));
        }
        problems.extend(tasks_there(subject, vm, promise));
    }
    problems
}

/// One problem for all tasks that run there for the same reason.
fn tasks_there(subject: &Subject<'_>, vm: &GuestVm, promise: Span) -> Vec<Problem> {
    let mut found: Vec<(Span, u16, Vec<&str>)> = Vec::new();
    for task in &subject.system.tasks {
        if vm.vcpus.iter().any(|own| own.value == task.cpu.value) {
            match found.iter_mut().find(|(span, cpu, _)| *span == task.cpu.span && *cpu == task.cpu.value) {
                Some((.., names)) => names.push(&task.name),
                None => found.push((task.cpu.span, task.cpu.value, vec![&task.name])),
            }
        }
    }
    found
        .into_iter()
        .map(|(span, cpu, names)| {
            let others = names.len().saturating_sub(1);
            let first = names.first().copied().unwrap_or_default();
            let who =
                if others == 0 { format!("`{first}`") } else { format!("`{first}` and {others} more tasks") };
            // What the manifest does not place is moved by the keys that place it.
            let span = if span == Span::default() { promise } else { span };
            shared(vm, promise, span, cpu, &who)
        })
        .collect()
}

fn shared(vm: &GuestVm, promise: Span, span: Span, cpu: u16, who: &str) -> Problem {
    let problem = Problem::new(
        &RULE,
        span,
        format!("CPU {cpu} is promised to `{}` alone, but {who} would run there", vm.name.value),
        "would run on an exclusive CPU",
        "move it with `cpu`, `servers_cpu` or `services_cpu`, or leave out `exclusive`",
    );
    if span == promise { problem } else { problem.with_related(promise, "promised here") }
}
