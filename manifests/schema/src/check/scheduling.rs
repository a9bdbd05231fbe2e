//! Priorities exist, every task is above every vCPU, and budgets fit their periods.

use super::Subject;
use crate::manifest::Spanned;
use crate::problem::Problem;
use bulkhead_abi::limits::PRIORITIES;

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let (tasks, vms) = (&subject.system.tasks, &subject.system.vms);
    let mut problems = Vec::new();
    let priorities = tasks.iter().map(|task| &task.priority).chain(vms.iter().map(|vm| &vm.priority));
    problems.extend(priorities.filter_map(out_of_range));
    let budgets = tasks.iter().map(|task| (&task.budget_us, &task.period_us));
    let budgets = budgets.chain(vms.iter().map(|vm| (&vm.budget_us, &vm.period_us)));
    problems.extend(budgets.filter_map(|(budget, period)| over_budget(budget, period)));
    let Some(lowest) = tasks.iter().min_by_key(|task| task.priority.value) else { return problems };
    for vm in vms {
        if vm.priority.value >= lowest.priority.value {
            // Whoever wrote the unusual number is the one to change it.
            let is_task_written = lowest.priority.span != lowest.origin;
            let span = if is_task_written { lowest.priority.span } else { vm.priority.span };
            problems.push(Problem::new(
                span,
                format!(
                    "vCPUs of `{}` (priority {}) are not below the task `{}` (priority {})",
                    vm.name.value, vm.priority.value, lowest.name, lowest.priority.value
                ),
                "a guest could keep a task from running",
                "give every task a higher priority than every vCPU",
            ));
        }
    }
    problems
}

fn out_of_range(priority: &Spanned<u8>) -> Option<Problem> {
    (usize::from(priority.value) >= PRIORITIES).then(|| {
        Problem::new(
            priority.span,
            format!("there is no priority {}", priority.value),
            "out of range",
            format!("priorities are 0 (lowest) to {}", PRIORITIES - 1),
        )
    })
}

fn over_budget(budget: &Spanned<u32>, period: &Spanned<u32>) -> Option<Problem> {
    if budget.value > period.value {
        return Some(
            Problem::new(
                budget.span,
                "the budget is longer than its period",
                format!("{} us in {} us", budget.value, period.value),
                "make the budget shorter, or the period longer (10 ms if it is not written)",
            )
            .with_related(period.span, "the period"),
        );
    }
    (budget.value == 0 && period.value != 0).then(|| {
        Problem::new(
            period.span,
            "a period without a budget has no meaning",
            "no `budget` beside it",
            "add `budget`, or remove `period`",
        )
    })
}
