//! A period belongs to a budget.

use super::Subject;
use crate::problem::Problem;
use crate::rule::Rule;
use crate::source::Spanned;

pub(super) static RULE: Rule = Rule {
    code: "BH0406",
    name: "period-without-budget",
    says: "A `period` stands beside a `budget`.",
    why: "Without a budget there is nothing to count in a period.",
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Problem> {
    let of_tasks = subject.system.tasks.iter().map(|task| (&task.budget_us, &task.period_us));
    let of_vms = subject.system.vms.iter().map(|vm| (&vm.budget_us, &vm.period_us));
    of_tasks.chain(of_vms).filter_map(|(budget, period)| idle(budget, period)).collect()
}

fn idle(budget: &Spanned<u32>, period: &Spanned<u32>) -> Option<Problem> {
    (budget.value == 0 && period.value != 0).then(|| {
        Problem::new(
            &RULE,
            period.span,
            "a period without a budget has no meaning",
            "no `budget` beside it",
            "add `budget`, or remove `period`",
        )
    })
}
