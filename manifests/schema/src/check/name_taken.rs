//! Names are unique.

use super::Subject;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::source::Spanned;

pub(super) static RULE: Rule = Rule {
    code: "BH0301",
    name: "name-taken",
    says: "VMs, pools, tasks and services have names of their own; a VM and a pool cannot share one.",
    why: "Calls, logs and commands speak of VMs and tasks by name.",
};

/// Services are there whether the manifest names them or not.
const SERVICES: [&str; 5] = ["supervisor", "console", "loader", "vm-manager", "shell"];

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let vms: Vec<_> = subject.manifest.vms.iter().map(|vm| &vm.name).collect();
    let pools: Vec<_> = subject.manifest.pools.iter().map(|pool| &pool.name).collect();
    let tasks: Vec<_> = subject.manifest.tasks.iter().map(|task| &task.name).collect();
    let mut problems = doubled(&vms, "VM");
    problems.extend(doubled(&pools, "pool"));
    problems.extend(pools.iter().filter_map(|pool| shared(pool, &vms)));
    problems.extend(doubled(&tasks, "task"));
    for name in tasks.iter().filter(|name| SERVICES.contains(&name.value.as_str())) {
        problems.push(Problem::new(
            &RULE,
            name.span,
            format!("`{}` is the name of a service", name.value),
            "taken",
            format!("choose another name; to change the service write `[service.{}]`", name.value),
        ));
    }
    problems
}

fn shared(pool: &Spanned<String>, vms: &[&Spanned<String>]) -> Option<Problem> {
    let vm = vms.iter().find(|vm| vm.value == pool.value)?;
    let title = format!("`{}` is a pool and a VM", pool.value);
    let help = "give the pool a name of its own: its device servers are called after it";
    Some(Problem::new(&RULE, pool.span, title, "the pool", help).with_related(vm.span, "the VM"))
}

fn doubled(names: &[&Spanned<String>], what: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, name) in names.iter().enumerate() {
        if let Some(first) = names.iter().take(index).find(|earlier| earlier.value == name.value) {
            let problem = Problem::new(
                &RULE,
                name.span,
                format!("there are two of the {what} `{}`", name.value),
                "second one here",
                "give each its own name",
            );
            problems.push(problem.with_related(first.span, "first one here"));
        }
    }
    problems
}
